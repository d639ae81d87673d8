"""The example against a real server, and where there is none."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest
from tests.support.tiled_server import KEY, free_port
from tests.support.witness import ROOT

from specbind.tiled import aio

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLE = ROOT / "examples" / "tiled_job.py"


async def ran(*arguments: str, program: Path = EXAMPLE, **environment: str) -> tuple[int | None, str, str]:
    pipe = asyncio.subprocess.PIPE
    settings = {**os.environ, **environment}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(program), *arguments, env=settings, stdout=pipe, stderr=pipe
    )
    output, errors = await asyncio.wait_for(process.communicate(), 120)
    return process.returncode, output.decode(), errors.decode()


async def test_everything_comes_back_and_nothing_stays(catalog: str) -> None:
    status, output, errors = await ran(TILED_URL=catalog, TILED_API_KEY=KEY)
    assert (status, errors) == (0, "")
    lines = output.splitlines()
    assert "Array       40,000,000 bytes in 4 chunks" in output
    assert "Search      red: frames; 'calibrated': readings; all keys: frames, readings" in lines
    assert sum(line.startswith("Export ") and line.endswith(" bytes, the same") for line in lines) == 4
    assert "Deleted     everything that was made" in lines
    name = next(line.split()[1] for line in lines if line.startswith("Container "))
    root = await aio.from_uri(catalog, api_key=KEY)
    assert isinstance(root, aio.Container)
    assert not await root.contains(name)
    await root.context.close()


@pytest.mark.slow
@pytest.mark.usefixtures("catalog")
async def test_it_starts_a_server_of_its_own_and_counts_its_requests() -> None:
    status, output, errors = await ran("--serve")
    assert (status, errors) == (0, "")
    requests = next(int(line.split()[1]) for line in output.splitlines() if line.startswith("Requests "))
    assert 20 < requests < 60


async def test_a_wrong_key_is_told_in_one_line(catalog: str) -> None:
    status, _, errors = await ran("--url", catalog, "--api-key", "00" * 16)
    assert status == 1
    assert errors.startswith("The job failed: ")
    assert "401" in errors
    assert len(errors.splitlines()) == 1


async def test_a_missing_server_is_told_in_one_line() -> None:
    status, _, errors = await ran("--url", f"http://127.0.0.1:{free_port()}", "--api-key", KEY)
    assert status == 1
    assert errors.startswith("The job failed: ")
    assert "no connection to 127.0.0.1" in errors
    assert len(errors.splitlines()) == 1


async def test_where_tiled_is_not_installed_one_line_says_how_to_install_it(tmp_path: Path) -> None:
    alone = tmp_path / "examples" / "tiled_job.py"
    alone.parent.mkdir()
    await asyncio.to_thread(shutil.copyfile, EXAMPLE, alone)
    status, output, errors = await ran("--serve", program=alone, PATH=str(tmp_path))
    assert (status, output) == (1, "")
    assert (
        errors
        == "The job failed: there is no Tiled to start; `make interop` or `pip install 'tiled[all]'` installs it\n"
    )
