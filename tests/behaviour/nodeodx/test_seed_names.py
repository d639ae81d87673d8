"""The surface of the official client is all there: names, signatures, defaults."""

from __future__ import annotations

import importlib
import inspect
import json
from pathlib import Path
from typing import Any

import pytest

SEED = json.loads((Path(__file__).parents[1] / "seed_names" / "nodeodx.json").read_text())
CLASSES: dict[str, dict[str, Any]] = SEED["classes"]
METHODS = [(owner, name) for owner, each in CLASSES.items() for name in each.get("methods", {})]


def find(name: str, package: str = "specbind.nodeodx") -> Any:
    module = next(module for module, names in SEED["modules"].items() if module and name in names)
    if package.endswith(".aio") and name in SEED["modules"][""]:
        return getattr(importlib.import_module(package), name)
    return getattr(importlib.import_module(f"specbind.nodeodx.{module}"), name)


def immutable(default: Any) -> Any:
    """A default that nobody can change; the seed has `{}` and `[]`."""
    return {"{}": None, "[]": ()}.get(json.dumps(default), default)


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, names in SEED["modules"].items() for name in names]
)
def test_every_module_has_its_names(module: str, name: str) -> None:
    found = importlib.import_module("specbind.nodeodx" + (f".{module}" if module else ""))
    assert getattr(found, name) is find(name)


@pytest.mark.parametrize("package", ["specbind.nodeodx", "specbind.nodeodx.aio"])
@pytest.mark.parametrize(("owner", "name"), METHODS)
def test_signatures_begin_as_in_the_seed(owner: str, name: str, package: str) -> None:
    cls = find(owner, package)
    expected = CLASSES[owner]["methods"][name]
    raw = inspect.getattr_static(cls, name)
    assert isinstance(raw, staticmethod) is (expected["kind"] == "staticmethod")
    parameters = list(inspect.signature(getattr(cls, name)).parameters.values())
    if not isinstance(raw, staticmethod):
        parameters = parameters[1:]
    seed, extra = parameters[: len(expected["parameters"])], parameters[len(expected["parameters"]) :]
    assert [parameter.name for parameter in seed] == [each[0] for each in expected["parameters"]]
    for parameter, (_, *default) in zip(seed, expected["parameters"], strict=True):
        assert parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        assert [immutable(each) for each in default] == (
            [] if parameter.default is parameter.empty else [parameter.default]
        )
    for parameter in extra:
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
        assert parameter.default is not parameter.empty


@pytest.mark.parametrize(
    ("owner", "name"), [each for each in METHODS if each[0] in ("Node", "Task") and each[1] != "__init__"]
)
def test_calls_that_ask_the_node_are_async_in_aio_and_only_there(owner: str, name: str) -> None:
    expected = CLASSES[owner]["methods"][name]
    asks = expected["kind"] == "method" and expected.get("blocks", True)
    assert inspect.iscoroutinefunction(getattr(find(owner, "specbind.nodeodx.aio"), name)) is asks
    assert not inspect.iscoroutinefunction(getattr(find(owner), name))


@pytest.mark.parametrize("owner", [owner for owner, each in CLASSES.items() if "bases" in each])
def test_bases(owner: str) -> None:
    assert [base.__name__ for base in find(owner).__bases__] == CLASSES[owner]["bases"]


@pytest.mark.parametrize("package", ["specbind.nodeodx", "specbind.nodeodx.aio"])
def test_node_and_task_have_their_attributes(package: str) -> None:
    node = find("Node", package)("localhost", 3000)
    task = find("Task", package)(node, "abc")
    assert [getattr(node, name) for name in CLASSES["Node"]["attributes"]] == ["localhost", 3000, "", 30]
    assert task.node is node or task.node == node
    assert task.uuid == "abc"


def test_status_members() -> None:
    assert {member.name: member.value for member in find("TaskStatus")} == CLASSES["TaskStatus"]["members"]


@pytest.mark.parametrize("owner", ["NodeInfo", "TaskInfo"])
def test_answers_have_their_attributes(owner: str) -> None:
    answer = {
        "uuid": "u",
        "dateCreated": 0,
        "processingTime": 0,
        "status": {"code": 10},
        "options": [],
        "imagesCount": 0,
    }
    found = find(owner)(answer if owner == "TaskInfo" else {})
    assert sorted(vars(found)) == sorted(CLASSES[owner]["attributes"])
