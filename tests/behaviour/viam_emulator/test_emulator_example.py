"""The example against an emulated platform."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from specbind.emulators.viam import API_KEY, API_KEY_ID, PART_ID, Viam, serve

EXAMPLE = Path(__file__).parents[3] / "examples" / "viam_job.py"


async def ran(viam: Viam, *arguments: str, key: str = API_KEY) -> tuple[int | None, str, str]:
    async with serve(viam) as address:
        where = [
            "--host",
            address.host,
            "--port",
            str(address.port),
            "--insecure",
            "--part",
            PART_ID,
            "--patience",
            "0",
        ]
        who = ["--api-key", key, "--api-key-id", API_KEY_ID]
        pipe = asyncio.subprocess.PIPE
        program = await asyncio.create_subprocess_exec(
            sys.executable,
            str(EXAMPLE),
            *where,
            *who,
            "--part",
            PART_ID,
            "--patience",
            "0",
            *arguments,
            stdout=pipe,
            stderr=pipe,
        )
        output, errors = await asyncio.wait_for(program.communicate(), 60)
    return program.returncode, output.decode(), errors.decode()


async def test_everything_comes_back(tmp_path: Path) -> None:
    # smaller messages than files: the bytes come from their addresses
    status, output, errors = await ran(Viam(max_message=200_000), "--out", str(tmp_path / "kept"))
    assert (status, errors) == (0, "")
    assert "Found       30 rows of the second half hour, 4 files\n" in output
    assert "Checked     4 of 4 files are back with the same SHA-256\n" in output
    assert len(list((tmp_path / "kept").iterdir())) == 4


async def test_own_files_are_sent(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_text("x")
    status, output, _ = await ran(Viam(), str(path))
    assert status == 0
    assert "Sent        1 bytes\n" in output


async def test_data_that_is_not_found_is_told() -> None:
    viam = Viam()
    viam.state.binaries = Forgetful()  # type: ignore[assignment]
    status, output, _ = await ran(viam)
    assert status == 1
    assert "Checked     0 of 4 files" in output
    assert "missing or changed: capture_1.pcd\n" in output


class Forgetful(dict[str, object]):
    """Keeps nothing."""

    def __setitem__(self, key: str, value: object) -> None:
        pass


async def test_a_wrong_key_is_told_in_one_line() -> None:
    status, _, errors = await ran(Viam(), key="wrong")
    assert status == 1
    assert errors.startswith("The job failed: ")
    assert "UNAUTHENTICATED" in errors
    assert len(errors.splitlines()) == 1
