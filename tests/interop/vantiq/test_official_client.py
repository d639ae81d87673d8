"""The official client and ours, step by step over the whole surface, against the same emulated server."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.support.witness import interop_python

from specbind.emulators.vantiq import VantiqServer, serve

SURFACE = Path(__file__).with_name("surface.py")
OPERATION_ERROR = "VantiqException io.vantiq.python.operationerror"

pytestmark = pytest.mark.witness

# step, what the official client gives, what ours gives; docs/vantiq.md has the reasons
DEVIATIONS = {
    "wrong password": ("AttributeError", "VantiqException io.vantiq.authentication.failed"),
    "refresh with a wrong token": ("AttributeError", "VantiqException io.vantiq.authentication.failed"),
    "upload under a name of the document": (OPERATION_ERROR, "yes named.txt"),
    "upload nothing": (OPERATION_ERROR, "no io.vantiq.python.upload.empty"),
    "download /docs/missing": ("no None", "no io.vantiq.document.not.found"),
    "download what was deleted": ("no None", "no io.vantiq.document.not.found"),
    "two currencies": ("ValueError", "ValueError"),  # in other words
    "no currency": ("ValueError", "ValueError"),
    "from nonsense Currency": ("ValueError", "ValueError"),
    "upload what is not there": (OPERATION_ERROR, OPERATION_ERROR),  # ours says why
    "procedure fail": ("VantiqException io.vantiq.sdk.procedure.execution.failed",) * 2,  # ours with its parameters
    "closed": (2, 1),  # the callback at the end is called once
}
MORE = {"constants": 5, "names": 4}
# one document more is there, since ours can upload it
COUNTED = ("documents", "delete documents")


async def run_surface(python: Path | str, module: str) -> dict[str, Any]:
    async with serve(VantiqServer()) as url:
        process = await asyncio.create_subprocess_exec(
            python, str(SURFACE), module, url, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
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


def short(step: Any) -> Any:
    if not isinstance(step, dict):
        return step
    if "error" in step:
        return " ".join(filter(None, [step["error"], step.get("code")]))
    if step["is_success"]:
        return f"yes {step['body']['name']}"
    return f"no {step['errors'] and step['errors'][0][0]}"


async def test_both_clients_give_the_same() -> None:
    official = await run_surface(interop_python("vantiqsdk"), "vantiqsdk")
    ours = await run_surface(sys.executable, "specbind.vantiq")
    assert sorted(official) == sorted(ours)
    assert {name: (short(official[name]), short(ours[name])) for name in DEVIATIONS} == DEVIATIONS
    for name, number in MORE.items():
        assert len(ours[name]) - len(official[name]) == number
        assert set(official[name]) < set(ours[name])
    assert official["constants"].items() < ours["constants"].items()
    assert len(ours["documents"]["body"]) - len(official["documents"]["body"]) == 1
    assert ours["delete documents"]["count"] - official["delete documents"]["count"] == 1
    compared = [name for name in official if name not in (*DEVIATIONS, *MORE, *COUNTED)]
    assert len(compared) >= 180
    assert {name: ours[name] for name in compared} == {name: official[name] for name in compared}
