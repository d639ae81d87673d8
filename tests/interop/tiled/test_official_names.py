"""Every public name of the official client is here, or stands in the table of differences."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.support.witness import ROOT, interop_python

import specbind.tiled

pytestmark = pytest.mark.witness

INTERNAL = {
    "Admin(context",  # made by the context
    "BaseClient.URL_CHARACTER_LIMIT",
    "Container.STRUCTURE_CLIENTS_FROM_ENTRYPOINTS",
    "Container.discover_clients_from_entrypoints",
    "Container.fetch_count",
    "NoBool",
    "raise_if_cannot_prompt",
    "gather_profiles",
    "resolve_precedence",
    *(
        f"{owner}.{name}_indexer"
        for owner in ("Container", "DeepSearchResults")
        for name in ("items", "keys", "values")
    ),
}
"""What no program uses, and what the table has in other words: classes of entry points."""


@pytest.fixture(scope="module")
def official() -> dict[str, Any]:
    script = Path(__file__).with_name("official_names.py")
    found = subprocess.run([interop_python("tiled"), str(script)], check=True, capture_output=True, text=True)
    return json.loads(found.stdout)


def test_every_name_and_parameter_is_here_or_in_the_table(official: dict[str, Any]) -> None:
    table = (ROOT / "docs" / "tiled.md").read_text(encoding="utf-8").partition("## Differences")[2]
    told = set(re.findall(r"[A-Za-z_][\w.]*(?:\(\w+)?", " ".join(re.findall(r"`([^`]+)`", table))))
    missing = {
        each for name, found in official["functions"].items() for each in missing_of(specbind.tiled, name, found)
    }
    shared: set[str] = set()
    for owner in sorted(official["classes"], key=lambda name: (name != "BaseClient", name != "Container")):
        cls = getattr(specbind.tiled, owner, None)
        if cls is None:
            missing.add(owner)
            continue
        for name, parameters in official["classes"][owner].items():
            found = missing_of(cls, name, parameters) - shared
            shared |= found if owner in ("BaseClient", "Container") else set()
            missing |= {f"{owner.removeprefix('Dask')}.{each}" for each in found}
    left = sorted(missing - INTERNAL - told)
    assert not left, "\n".join(left)


def missing_of(owner: Any, name: str, parameters: list[str]) -> set[str]:
    """The name if the owner does not have it, else its parameters that are not there."""
    found = getattr(owner, name, None) if inspect.ismodule(owner) else inspect.getattr_static(owner, name, None)
    if found is None:
        return {name}
    function = found.__func__ if isinstance(found, classmethod | staticmethod) else found
    if not parameters or not callable(function):
        return set()
    own = inspect.signature(function).parameters
    if any(each.kind is each.VAR_KEYWORD for each in own.values()):
        return set()
    return {f"{name}({each}" for each in parameters if each not in own}
