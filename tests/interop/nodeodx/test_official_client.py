"""The official client and ours, step by step over the whole surface, against the same emulated node."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.support.witness import interop_python

from specbind.emulators.nodeodx import NodeOdx, serve

SURFACE = Path(__file__).with_name("surface.py")
TOKEN = "interop"

pytestmark = pytest.mark.witness

# what the official client does otherwise than its documentation says; docs/nodeodx.md has the reasons
DEVIATIONS: dict[str, Any] = {
    "unknown task: cancel": False,
    "unknown task: remove": False,
    "unknown task: restart": False,
}
MESSAGES = {"wait for a canceled task": "task <task> was canceled"}


async def run_surface(python: Path | str, module: str) -> dict[str, Any]:
    async with serve(NodeOdx(token=TOKEN, speed=200)) as url:
        process = await asyncio.create_subprocess_exec(
            python, str(SURFACE), module, url, TOKEN, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        try:
            output, errors = await asyncio.wait_for(process.communicate(), 120)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    assert process.returncode == 0, errors.decode()
    found: dict[str, Any] = json.loads(output)
    return found


async def test_both_clients_give_the_same() -> None:
    official = await run_surface(interop_python("pyodx"), "pyodx")
    ours = await run_surface(sys.executable, "specbind.nodeodx")
    assert sorted(official) == sorted(ours)
    for name, expected in DEVIATIONS.items():
        assert official[name]["error"] == "NodeResponseError"
        assert ours[name] == expected
    for name, message in MESSAGES.items():
        assert ours[name]["error"] == official[name]["error"]
        assert ours[name]["message"] == message
    compared = [name for name in official if name not in DEVIATIONS and name not in MESSAGES]
    assert len(compared) >= 50
    assert {name: ours[name] for name in compared} == {name: official[name] for name in compared}
