"""The surface of the official client is all there: names, signatures, defaults."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import pytest
from tests.support.seed import Seed

SEED = Seed("nodeodx")
CLASSES = SEED.classes
METHODS = SEED.methods


def find(name: str, package: str = "specbind.nodeodx") -> Any:
    return SEED.find(name, "aio" if package.endswith(".aio") and name in SEED.modules[""] else None)


@pytest.mark.parametrize(("module", "name"), SEED.names)
def test_every_module_has_its_names(module: str, name: str) -> None:
    found = importlib.import_module("specbind.nodeodx" + (f".{module}" if module else ""))
    assert getattr(found, name) is find(name)


@pytest.mark.parametrize("package", ["specbind.nodeodx", "specbind.nodeodx.aio"])
@pytest.mark.parametrize(("owner", "name"), METHODS)
def test_signatures_begin_as_in_the_seed(owner: str, name: str, package: str) -> None:
    SEED.check_signature(find(owner, package), owner, name)


@pytest.mark.parametrize(
    ("owner", "name"), [each for each in METHODS if each[0] in ("Node", "Task") and each[1] != "__init__"]
)
def test_calls_that_ask_the_node_are_async_in_aio_and_only_there(owner: str, name: str) -> None:
    asks = SEED.waits(owner, name)
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
