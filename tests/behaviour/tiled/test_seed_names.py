"""The surface of the official client is all there: names, signatures, defaults."""

from __future__ import annotations

import importlib
import inspect
import json
from pathlib import Path
from typing import Any

import pytest

SEED = json.loads((Path(__file__).parents[1] / "seed_names" / "tiled.json").read_text())
PACKAGES = ["specbind.tiled", "specbind.tiled.aio"]
METHODS = [(owner, name) for owner, each in SEED["classes"].items() for name in each["methods"]]
DUNDERS = {"__getitem__": "lookup", "__len__": "count", "__iter__": "__aiter__"}
"""What a dunder is in the asynchronous package."""

# docs/tiled.md has the reasons
OTHER_DEFAULTS = {
    ("Context.from_app", "api_key"): None,
}
OTHER_NAMES = {
    ("Container.__getitem__", "keys"): "key",
} | {
    (f"{owner}.{name}", "dataframe"): "data"  # any table is taken
    for owner in ("DataFrameClient", "DaskDataFrameClient")
    for name in ("write", "write_partition", "append_partition")
}


def default_of(seed: dict[str, Any], where: str) -> Any:
    if (where, seed["name"]) in OTHER_DEFAULTS:
        return OTHER_DEFAULTS[where, seed["name"]]
    default = seed.get("default", inspect.Parameter.empty)
    return None if default == "UNSET" else default  # absent is None: no cache, no key


def compare(where: str, function: Any, expected: list[dict[str, Any]]) -> None:
    found = inspect.signature(function).parameters
    variadic = any(each.kind is each.VAR_KEYWORD for each in found.values())
    for seed in expected:
        name = OTHER_NAMES.get((where, seed["name"]), seed["name"])
        if seed.get("variadic") or name == "_ignore_inlined_contents":
            continue
        if name not in found:
            assert variadic, f"{where} has no {name}"
            continue
        if seed.get("keyword"):
            assert found[name].kind in (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        if found[name].kind is not inspect.Parameter.VAR_KEYWORD:
            wanted = default_of(seed, where)
            assert repr(found[name].default) == repr(wanted) or str(found[name].default) == str(wanted), name


def positional(function: Any) -> list[str]:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [each.name for each in inspect.signature(function).parameters.values() if each.kind in kinds]


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("name", SEED["functions"])
def test_functions_have_the_arguments_of_the_seed(package: str, name: str) -> None:
    function = getattr(importlib.import_module(package), name)
    compare(name, function, SEED["functions"][name])
    seed = [each["name"] for each in SEED["functions"][name] if not each.get("keyword") and not each.get("variadic")]
    assert positional(function)[: len(seed)] == seed


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize(("owner", "name"), METHODS)
def test_methods_have_the_arguments_of_the_seed(package: str, owner: str, name: str) -> None:
    module = importlib.import_module("specbind.tiled" if owner == "Cache" else package)
    cls = getattr(module, owner)
    own = DUNDERS.get(name, name) if package.endswith("aio") else name
    compare(f"{owner}.{name}", getattr(cls, own), SEED["classes"][owner]["methods"][name])


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("owner", SEED["classes"])
def test_attributes_are_there(package: str, owner: str) -> None:
    cls = getattr(importlib.import_module("specbind.tiled" if owner == "Cache" else package), owner)
    missing = [name for name in SEED["classes"][owner]["attributes"] if not hasattr(cls, name)]
    assert not missing


@pytest.mark.parametrize("name", SEED["queries"])
def test_queries_are_made_as_in_the_seed(name: str) -> None:
    cls = getattr(importlib.import_module("specbind.tiled"), name)
    expected = [each["name"] for each in SEED["queries"][name]]
    assert positional(cls)[: len(expected)] == expected
    compare(name, cls, SEED["queries"][name])
