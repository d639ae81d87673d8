"""The emulator as a program, the example, and the surface without optional libraries."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession

from specbind.emulators.supervisely import Supervisely
from specbind.supervisely import Api as BlockingApi
from specbind.supervisely import LibraryMissingError
from specbind.supervisely.snapshot import libraries

from .conftest import TOKEN

if TYPE_CHECKING:
    from specbind.supervisely import ProjectInfo
    from specbind.supervisely.aio import Api

    from .conftest import Emulated

ROOT = Path(__file__).resolve().parents[3]


async def test_the_program_says_where_it_listens_and_stops_when_told() -> None:
    command = [sys.executable, "-m", "specbind.emulators.supervisely", "--port", "0", "--token", TOKEN]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
        url = line.partition("listens on ")[2].partition(",")[0]
        with BlockingApi(url, TOKEN) as api:
            assert await asyncio.to_thread(api.get_instance_version) == "6.15.0"
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 30) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.parametrize(
    "arguments", [["--port", "x"], ["--port", "70000"], ["--host", " "], ["--faults", "500:nothing"]]
)
def test_options_that_make_no_sense_are_told(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "specbind.emulators.supervisely", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr


def test_the_example_ends_well() -> None:
    command = [sys.executable, str(ROOT / "examples" / "supervisely_job.py"), "--emulate"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "Restored as it was" in done.stdout


@pytest.mark.parametrize("missing", ["pyarrow", "zstandard"])
async def test_a_library_that_is_not_there_is_told_before_anything_is_reserved(
    api: Api, emulator: Emulated, project: ProjectInfo, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    def load(name: str) -> Any:
        if name.partition(".")[0] == missing:
            raise ModuleNotFoundError(name)
        return import_module(name)

    monkeypatch.setattr(libraries, "import_module", load)
    with pytest.raises(LibraryMissingError, match=rf"{missing}.*pip install 'specbind\[supervisely\]'"):
        await api.project.version.create(project)
    assert emulator.calls == []


def test_importing_needs_no_optional_library() -> None:
    code = (
        "import sys; import specbind.supervisely.aio, specbind.supervisely.project.data_version; "
        "print([name for name in ('pyarrow', 'zstandard', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


async def test_files_are_handed_out_by_their_address_too(api: Api, emulator: Emulated, tmp_path: Path) -> None:
    source = tmp_path / "a.bin"
    source.write_bytes(bytes(range(100)))
    about = await api.file.upload(emulator.world.team_id, source, "/a.bin")
    assert about.full_storage_url is not None
    async with ClientSession() as session:
        async with session.get(about.full_storage_url) as refused:
            assert refused.status == 404
        headers = {"x-api-key": TOKEN, "Range": "bytes=10-19"}
        async with session.get(about.full_storage_url, headers=headers) as answer:
            assert (answer.status, await answer.read()) == (206, bytes(range(10, 20)))


def test_a_server_can_be_made_and_closed_without_a_loop() -> None:
    server = Supervisely()
    server.close()
    with pytest.raises(ValueError, match="no call is called"):
        Supervisely(faults="500:other")
