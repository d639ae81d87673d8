"""The example when somebody presses Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from tests.behaviour.nodeodx.faulty import FaultyNode

from specbind.emulators.nodeodx import serve

EXAMPLE = Path(__file__).parents[3] / "examples" / "nodeodx_job.py"
# a parent may have SIGINT ignored, which children inherit
START = """
import runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has signals of another kind")


async def start(*arguments: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", START, str(EXAMPLE), *arguments, stdout=pipe, stderr=pipe
    )


async def interrupted(program: asyncio.subprocess.Process, after: str) -> str:
    """Press Ctrl-C when a line with `after` was printed; gives what is said then."""
    assert program.stdout is not None
    async with asyncio.timeout(60):
        while after not in (line := (await program.stdout.readline()).decode()):
            assert line, "the program ended too early"
        program.send_signal(signal.SIGINT)
        _, errors = await program.communicate()
    assert program.returncode == 130
    assert "Traceback" not in errors.decode()
    return errors.decode().strip()


async def test_a_job_that_was_interrupted_goes_on() -> None:
    node = FaultyNode(speed=3.0)
    async with serve(node) as url:
        said = await interrupted(await start("--node", url), "Created")
        (uuid,) = node.engine.jobs
        assert said.endswith(f"--task {uuid} to fetch its assets.")
        program = await start("--node", url, "--task", uuid)
        printed, errors = await asyncio.wait_for(program.communicate(), 60)
        assert (program.returncode, errors) == (0, b"")
        assert b"5 of 5 images are back" in printed
        assert len(node.engine.jobs) == 1


async def test_an_upload_that_was_interrupted_begins_again() -> None:
    node = FaultyNode(faults="hang:upload:*")
    async with serve(node) as url:
        said = await interrupted(await start("--node", url), "Node ")
    assert said == "Interrupted. The node has no whole task yet: run the same command again."


async def test_an_emulated_node_goes_too() -> None:
    said = await interrupted(await start("--emulate"), "Created")
    assert said == "Interrupted. The emulated node is gone: run the same command again."
