"""The calls of the official client's later versions are all there: names, arguments, defaults."""

from __future__ import annotations

import inspect
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from specbind.viam import _later
from specbind.viam._later import LaterCalls

SEED = json.loads((Path(__file__).parents[1] / "seed_names" / "viam-later.json").read_text())
CLASSES: dict[str, dict[str, Any]] = SEED["classes"]
METHODS = [(owner, name) for owner, each in CLASSES.items() for name in each.get("methods", {})]


def find(owner: str) -> Any:
    return LaterCalls if owner == "DataClient" else getattr(_later, owner)


@pytest.mark.parametrize(("owner", "name"), METHODS)
def test_signatures_begin_as_in_the_official_client(owner: str, name: str) -> None:
    cls, expected = find(owner), CLASSES[owner]["methods"][name]
    raw = inspect.getattr_static(cls, name)
    assert isinstance(raw, property) is (expected["kind"] == "property")
    assert isinstance(raw, classmethod) is (expected["kind"] == "classmethod")
    if isinstance(raw, property):
        return
    parameters = list(inspect.signature(getattr(cls, name)).parameters.values())[expected["kind"] == "method" :]
    seed, extra = parameters[: len(expected["parameters"])], parameters[len(expected["parameters"]) :]
    assert [parameter.name for parameter in seed] == [each[0] for each in expected["parameters"]]
    aliases: dict[str, str] = expected.get("aliases", {})
    optional = False
    for parameter, (argument, *default) in zip(seed, expected["parameters"], strict=True):
        assert parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        optional = optional or argument in aliases  # what has an old name may be missing, and what stands behind it
        missing = [] if parameter.default is parameter.empty else [parameter.default]
        assert missing == (default or ([None] if optional else []))
    assert set(aliases.values()) <= {parameter.name for parameter in extra}
    for parameter in extra:
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
        assert parameter.default is not parameter.empty


@pytest.mark.parametrize("name", CLASSES["DataClient"]["methods"])
def test_calls_are_coroutines(name: str) -> None:
    assert inspect.iscoroutinefunction(getattr(LaterCalls, name))


@pytest.mark.parametrize("owner", [owner for owner, each in CLASSES.items() if "attributes" in each])
def test_results_have_their_attributes(owner: str) -> None:
    assert [field.name for field in fields(find(owner))] == CLASSES[owner]["attributes"]
