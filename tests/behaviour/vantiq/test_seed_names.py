"""The surface of the official client is all there: names, signatures, defaults."""

from __future__ import annotations

import importlib
import inspect
import json
from pathlib import Path
from typing import Any

import pytest

from specbind.vantiq import VantiqResources, VantiqResponse

SEED = json.loads((Path(__file__).parents[1] / "seed_names" / "vantiq.json").read_text())
METHODS = [(owner, name) for owner, each in SEED["classes"].items() for name in each["methods"]]


def find(owner: str, package: str = "specbind.vantiq") -> Any:
    module = package if owner == "Vantiq" else "specbind.vantiq"
    return getattr(importlib.import_module(module), owner)


@pytest.mark.parametrize("name", [*SEED["names"], *SEED["names_beyond"]])
def test_every_name_can_be_imported(name: str) -> None:
    package = importlib.import_module("specbind.vantiq")
    assert name in package.__all__
    assert getattr(package, name) is not None


def test_constants_have_their_values() -> None:
    found = {name: value for name, value in vars(VantiqResources).items() if name.isupper()}
    assert found == SEED["constants"]


@pytest.mark.parametrize("package", ["specbind.vantiq", "specbind.vantiq.aio", "specbind.vantiq.sync"])
@pytest.mark.parametrize(("owner", "name"), METHODS)
def test_signatures_begin_as_in_the_seed(owner: str, name: str, package: str) -> None:
    cls = find(owner, package)
    expected = SEED["classes"][owner]["methods"][name]
    raw = inspect.getattr_static(cls, name)
    assert isinstance(raw, staticmethod) is (expected["kind"] == "staticmethod")
    assert isinstance(raw, classmethod) is (expected["kind"] == "classmethod")
    parameters = list(inspect.signature(getattr(cls, name)).parameters.values())
    if expected["kind"] == "method":
        parameters = parameters[1:]
    seed, extra = parameters[: len(expected["parameters"])], parameters[len(expected["parameters"]) :]
    assert [parameter.name for parameter in seed] == [each[0] for each in expected["parameters"]]
    for parameter, (_, *default) in zip(seed, expected["parameters"], strict=True):
        assert parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        assert default == ([] if parameter.default is parameter.empty else [parameter.default])
    for parameter in extra:
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
        assert parameter.default is not parameter.empty


@pytest.mark.parametrize("name", SEED["classes"]["Vantiq"]["methods"])
def test_calls_that_ask_the_server_are_async_and_only_those(name: str) -> None:
    asks = SEED["classes"]["Vantiq"]["methods"][name]["blocks"]
    assert inspect.iscoroutinefunction(getattr(find("Vantiq"), name)) is asks
    assert not inspect.iscoroutinefunction(getattr(find("Vantiq", "specbind.vantiq.sync"), name))


@pytest.mark.parametrize("owner", ["VantiqError", "VantiqException"])
def test_errors_have_their_attributes(owner: str) -> None:
    error = find(owner)("a.b", "text {0}", ["x"])
    assert [getattr(error, name) for name in SEED["classes"][owner]["attributes"]] == ["a.b", "text {0}", ["x"]]
    assert [base.__name__ for base in find("VantiqException").__bases__] == SEED["classes"]["VantiqException"]["bases"]


def test_answers_have_their_attributes() -> None:
    answer = VantiqResponse(True, 200, "text/plain")  # noqa: FBT003 - as the official one
    assert sorted(vars(answer)) == sorted(SEED["classes"]["VantiqResponse"]["attributes"])
