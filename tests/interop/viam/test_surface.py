"""The official client and ours, call by call over the whole surface, against the same emulated platform."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.support.witness import interop_python

from specbind.emulators.viam import API_KEY, API_KEY_ID, FLEET, Viam, serve

SURFACE = Path(__file__).with_name("surface.py")
PART = FLEET[0]
ABSENT = "not there"

pytestmark = pytest.mark.witness

# What our client does otherwise. Step -> (what comes instead, the reason). Besides, for every step (`as_ours`): a null
# stays None; the official client gives 0 for it, which a reading can be as well.
DEVIATIONS: dict[str, tuple[Any, str]] = {
    "add no tags": ("tags is empty", "refused before it is sent"),
    "add tags to nothing": ("binary_ids is empty", "refused before it is sent"),
    "by no ids": ("binary_ids is empty", "refused before it is sent"),
    "delete by no ids": ("binary_ids is empty", "refused before it is sent"),
    "add a box outside": ("x_max_normalized is 1.5, and lies outside of 0 to 1", "refused before it is sent"),
    "change nothing": ("nothing to change: give resources, sequence_tags, start_time or end_time", "own words"),
    "rename it to nothing": ("id and name are needed, and one of them is empty", "own words"),
    "delete rows by filter": (
        "the platform deletes no tabular data by a filter; use delete_tabular_data",
        "the official client gives no words",
    ),
}
UPLOADS = frozenset(
    {"upload a reading", "upload a stream", "upload a file", "upload from a path", "upload an empty file"}
)  # our client gives the identifier of the file, as the first version did, and not that of the binary data


def as_ours(value: Any) -> Any:
    """What the official client gave, with nulls where there were some."""
    match value:
        case list():
            return [as_ours(each) for each in value]
        case dict():
            return {name: None if name == "note" else as_ours(each) for name, each in value.items()}
        case _:
            return value


async def run_surface(python: Path | str, package: str) -> dict[str, Any]:
    async with serve(Viam()) as address:
        place = f"{address.host}:{address.port}"
        process = await asyncio.create_subprocess_exec(
            python, str(SURFACE), package, place, API_KEY_ID, API_KEY, PART.organization_id, PART.location_id, PART.id,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            output, errors = await asyncio.wait_for(process.communicate(), 120)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    assert process.returncode == 0, errors.decode()
    found: dict[str, Any] = json.loads(output)
    return found


async def test_the_official_client_works_with_every_call() -> None:
    found = await run_surface(interop_python("viam-sdk"), "viam")
    assert found.pop("calls that no step makes") == []
    assert len(found) >= 130
    wrong = [each for each in found.values() if isinstance(each, dict) and "message" in each]
    assert len(wrong) == 30
    # every refusal is one that a step is for: nothing is missing, and nothing broke
    assert {each.get("status", each.get("error")) for each in wrong} == {
        "ALREADY_EXISTS", "INVALID_ARGUMENT", "NOT_FOUND", "NotImplementedError", "UNAUTHENTICATED", "ValueError",
    }  # fmt: skip
    assert ABSENT not in found.values()


async def test_both_clients_give_the_same() -> None:
    official = await run_surface(interop_python("viam-sdk"), "viam")
    ours = await run_surface(sys.executable, "specbind.viam")
    del official["calls that no step makes"]
    assert sorted(official) == sorted(ours)
    assert ABSENT not in ours.values()
    for name, (message, _) in DEVIATIONS.items():
        assert ours.pop(name) == official.pop(name) | {"message": message}
    for name in UPLOADS:
        assert ours.pop(name) == official.pop(name).rpartition("/")[2]
    assert len(official) >= 110
    assert ours == {name: as_ours(found) for name, found in official.items()}
