"""The Swagger 2.0 document of NodeODM, as its makers publish it: whole, imported, typed, and callable."""

from __future__ import annotations

import importlib
import json
import pkgutil
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.exchange import Reply, exchange, refusal, runtime_of
from tests.support.packages import generated
from tests.support.witness import shared_path
from tests.typing.test_typing import CHECKERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

UUID = "0f6ec7a2-1111-4222-8333-444455556666"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(shared_path("upstream", "nodeodm-swagger.json").read_text(encoding="utf-8"))
    return content


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nodeodm")


@pytest.fixture(scope="module")
def node(folder: Path) -> Iterator[ModuleType]:
    with generated(folder, shared_path("upstream", "nodeodm-swagger.json"), "--without-core") as package:
        yield package


def test_every_operation_has_a_method(document, folder, node):
    declared = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    (api,) = json.loads(next(folder.glob("sdk_*/MANIFEST.json")).read_text())["apis"].values()
    assert {(operation["method"], operation["path"]) for operation in api["operations"]} == declared
    assert {(each.operation.method) for each in node.Server.endpoints} == {"GET", "POST"}
    assert len(node.Server.endpoints) == len(declared) == 16


def test_every_module_imports(node):
    for module in pkgutil.walk_packages(node.__path__, f"{node.__name__}."):
        importlib.import_module(module.name)
    assert all(hasattr(node.models, name) for name in node.models.__all__)


async def test_a_task_is_listed_made_and_refused(node):
    done = await exchange(node, lambda c: c.task.get_task_list(token="t k"), Reply(200, [{"uuid": UUID}]))
    assert done.request.target == "/task/list?token=t%20k"
    assert done.value[0].uuid == UUID
    body = node.models.PostTaskNewBody(images=runtime_of(node).File(b"jpg", filename="a.jpg"), name="field")
    done = await exchange(node, lambda c: c.task.post_task_new(body=body), Reply(200, {"uuid": UUID}))
    assert done.request.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b'filename="a.jpg"' in done.request.content
    assert done.value.uuid == UUID
    found = await refusal(node, lambda c: c.task.get_task_list(), Reply(401, {"error": "Invalid token"}))
    assert found.error.body == node.models.Error(error="Invalid token")


@pytest.mark.slow
@pytest.mark.parametrize("checker", CHECKERS)
def test_the_package_is_clean_under_strict_checkers(folder, node, checker):
    sdk = next(folder.glob("sdk_*"))
    settings = {"typeCheckingMode": "strict", "pythonVersion": "3.11", "include": ["."]}
    (sdk / "pyrightconfig.json").write_text(json.dumps(settings))
    assert checker(sdk, node.__name__) == []
