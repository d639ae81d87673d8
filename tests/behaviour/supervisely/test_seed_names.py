"""The surface of the official client is all there: names, signatures, defaults, constants, fields."""

from __future__ import annotations

import importlib
import inspect
import json
from pathlib import Path
from typing import Any

import pytest

from specbind.supervisely import Api, DataVersion, VersionInfo
from specbind.supervisely import aio as asynchronous

SEED = json.loads((Path(__file__).parents[1] / "seed_names" / "supervisely.json").read_text())
VERSIONS: dict[str, Any] = SEED["classes"]["DataVersion"]
METHODS: dict[str, Any] = VERSIONS["methods"]
SIDES = [DataVersion, asynchronous.DataVersion]


def same_parameters(function: Any, expected: list[list[Any]], *, receiver: bool) -> None:
    parameters = list(inspect.signature(function).parameters.values())[receiver:]
    seed, extra = parameters[: len(expected)], parameters[len(expected) :]
    assert [parameter.name for parameter in seed] == [each[0] for each in expected]
    for parameter, (_, *default) in zip(seed, expected, strict=True):
        assert parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        assert default == ([] if parameter.default is parameter.empty else [parameter.default])
    for parameter in extra:
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
        assert parameter.default is not parameter.empty


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, names in SEED["modules"].items() for name in names]
)
def test_every_module_has_its_names(module: str, name: str) -> None:
    found = importlib.import_module("specbind.supervisely" + (f".{module}" if module else ""))
    assert getattr(found, name) is {"Api": Api, "DataVersion": DataVersion, "VersionInfo": VersionInfo}[name]


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", METHODS)
def test_signatures_begin_as_in_the_seed(name: str, side: type) -> None:
    expected = METHODS[name]
    raw = inspect.getattr_static(side, name)
    assert isinstance(raw, staticmethod) is (expected["kind"] == "staticmethod")
    assert isinstance(raw, classmethod) is (expected["kind"] == "classmethod")
    same_parameters(getattr(side, name), expected["parameters"], receiver=expected["kind"] == "method")


@pytest.mark.parametrize(
    "name", [name for name, each in METHODS.items() if each["kind"] == "method" and name != "__init__"]
)
def test_calls_are_async_in_aio_and_block_elsewhere(name: str) -> None:
    ours = getattr(asynchronous.DataVersion, name)
    assert inspect.iscoroutinefunction(ours) or inspect.isasyncgenfunction(ours)
    face = getattr(DataVersion, name)
    stays = inspect.iscoroutinefunction(face) or inspect.isasyncgenfunction(face)
    assert stays is METHODS[name].get("async", False)


@pytest.mark.parametrize("side", SIDES)
def test_constants_and_attributes(side: type) -> None:
    for name, value in VERSIONS["constants"].items():
        assert getattr(side, name) == value
    api = (Api if side is DataVersion else asynchronous.Api)("http://localhost:1", "key")
    versions = api.project.version
    assert type(versions) is side
    assert [getattr(versions, name) for name in VERSIONS["attributes"]] == [None] * 4
    for name in VERSIONS["properties"]:
        with pytest.raises(ValueError, match="initialize"):
            getattr(versions, name)


@pytest.mark.parametrize("side", SIDES)
def test_the_sequence_of_fields(side: Any) -> None:
    assert json.loads(json.dumps(side.info_sequence())) == VERSIONS["info_sequence"]
    assert side.info_tuple_name() == VERSIONS["info_tuple_name"]
    assert side.InfoType is VersionInfo


def test_fields_of_a_version() -> None:
    defaults = VersionInfo._field_defaults
    found = [[name, defaults[name]] if name in defaults else [name] for name in VersionInfo._fields]
    assert found == SEED["classes"]["VersionInfo"]["fields"]


@pytest.mark.parametrize("side", [Api, asynchronous.Api])
@pytest.mark.parametrize("name", ["__init__", "from_env"])
def test_the_ways_to_a_server(name: str, side: type) -> None:
    same_parameters(getattr(side, name), SEED["classes"]["Api"]["signatures"][name], receiver=name == "__init__")


def test_a_version_as_json_and_back() -> None:
    info = VersionInfo(1, 2, 3, 4, 5, "d", "s", "c", "u", "p", 6, "n", 7)
    json_ = DataVersion.convert_info_to_json(info)
    assert json_ == {
        "id": 1, "projectId": 2, "createdBy": 3, "teamFileId": 4, "version": 5, "description": "d", "status": "s",
        "createdAt": "c", "updatedAt": "u", "projectUpdatedAt": "p", "teamId": 6, "name": "n", "previewProjectId": 7,
    }  # fmt: skip
    assert info.created_by_id == info.created_by == 3
    with pytest.raises(ValueError, match="13 fields"):
        DataVersion.convert_info_to_json((1, 2))
