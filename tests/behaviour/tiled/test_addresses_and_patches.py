"""Addresses of servers, and patches of metadata."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from specbind.tiled import DELETE_KEY, Spec
from specbind.tiled._patches import difference, spec_patch, updated
from specbind.tiled._views import DictView, ListView, specs_json
from specbind.tiled.aio._address import Address
from specbind.tiled.aio._api_keys import seconds_of


@pytest.mark.parametrize(
    ("uri", "api", "keys"),
    [
        ("http://h", "http://h/api/v1/", ()),
        ("http://h:8000/", "http://h:8000/api/v1/", ()),
        ("http://h:80/api", "http://h/api/v1/", ()),
        ("https://h/api/v1/", "https://h/api/v1/", ()),
        ("https://h/api/v1/metadata/", "https://h/api/v1/", ()),
        ("https://h/api/v1//metadata//a/b%20c", "https://h/api/v1/", ("a", "b c")),
        ("https://h/under/it/api/v1/metadata/a/api", "https://h/under/it/api/v1/", ("a", "api")),
        ("http://[::1]:8000", "http://[::1]:8000/api/v1/", ()),
        ("https://h/api/tiled", "https://h/api/tiled/api/v1/", ()),
        ("https://h/api/tiled/api/v1", "https://h/api/tiled/api/v1/", ()),
        ("https://h/api/tiled/api/v1/metadata/a", "https://h/api/tiled/api/v1/", ("a",)),
        ("https://h/api/v1/api/v1/metadata/a", "https://h/api/v1/api/v1/", ("a",)),
        ("https://h/metadata/api/v1/metadata/a", "https://h/metadata/api/v1/", ("a",)),
        ("https://h/api/v1/metadata/a/api/v1", "https://h/api/v1/", ("a", "api", "v1")),
        ("https://h/api/v1/metadata/a/api/v1/metadata/b", "https://h/api/v1/", ("a", "api", "v1", "metadata", "b")),
        ("https://h/api/metadata/a", "https://h/api/v1/", ("a",)),
        ("https://h/api/tiled/ui/browse/a", "https://h/api/tiled/api/v1/", ("a",)),
    ],
)
def test_addresses_of_sites_apis_and_nodes_are_read(uri: str, api: str, keys: tuple[str, ...]):
    found = Address.parse(uri)
    assert (found.api_uri, found.keys) == (api, keys)


@pytest.mark.parametrize(
    "uri", ["h:8000", "ftp://h", "http://", "http://u:p@h", "https://h/api/v1/array/full/a", "http://h:99999", ""]
)
def test_what_is_no_address_is_told_without_its_query(uri: str):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - each says something else
        Address.parse(f"{uri}?api_key=secret")
    assert "secret" not in str(caught.value)


def apply(document: Any, patch: list[dict[str, Any]]) -> Any:
    """Operations, as RFC 6902 has them."""
    found = copy.deepcopy(document)
    for operation in patch:
        if not operation["path"]:
            found = operation["value"]
            continue
        *way, last = [part.replace("~1", "/").replace("~0", "~") for part in operation["path"][1:].split("/")]
        place = found
        for part in way:
            place = place[int(part)] if isinstance(place, list) else place[part]
        if isinstance(place, list):
            if operation["op"] == "add":
                place.append(operation["value"])
            elif operation["op"] == "remove":
                del place[int(last)]
            else:
                place[int(last)] = operation["value"]
        elif operation["op"] == "remove":
            del place[last]
        else:
            place[last] = operation["value"]
    return found


@pytest.mark.parametrize(
    ("origin", "target"),
    [
        ({}, {"a": 1}),
        ({"a": 1, "b": {"c": 2}}, {"b": {"c": 3, "d": None}}),
        ({"a/b~": 1}, {"a/b~": 2, "": 3}),
        ({"a": [1, 2]}, {"a": [2]}),
        ({"a": 1}, {"a": True}),
        ({"a": {"b": 1}}, {"a": [1]}),
        (["a", "b", "c"], ["a"]),
        (["a"], ["b", "c", "d"]),
        ([], ["x"]),
    ],
)
def test_a_difference_makes_one_of_the_other(origin: Any, target: Any):
    assert apply(origin, difference(origin, target)) == target
    assert difference(target, target) == []


def test_an_update_is_nested_and_removes_what_is_marked():
    origin = {"a": {"x": 1, "y": [1]}, "b": 2}
    found = updated(origin, {"a": {"x": DELETE_KEY, "z": None}, "b": DELETE_KEY, "no": DELETE_KEY, "c": {"d": 1}})
    assert found == {"a": {"y": [1], "z": None}, "c": {"d": 1}}
    assert origin == {"a": {"x": 1, "y": [1]}, "b": 2}
    assert pickle.loads(pickle.dumps(DELETE_KEY)) is DELETE_KEY  # noqa: S301 - its own
    assert copy.deepcopy(DELETE_KEY) is DELETE_KEY
    deep: dict[str, Any] = {}
    for _ in range(200):
        deep = {"a": deep}
    with pytest.raises(ValueError, match="deep"):
        updated({}, deep)
    with pytest.raises(TypeError):
        updated({}, [1])  # type: ignore[arg-type]


def test_specs_are_compared_with_their_versions():
    origin = [{"name": "a", "version": "1"}, {"name": "b", "version": None}]
    assert spec_patch(origin, [Spec("a", "1"), "b"]) == []
    assert spec_patch(origin, [Spec("a", "2"), "b"]) == [
        {"op": "replace", "path": "/0", "value": {"name": "a", "version": "2"}}
    ]
    with pytest.raises(TypeError, match="list"):
        specs_json("a")
    with pytest.raises(TypeError):
        specs_json([1])  # type: ignore[list-item]


def test_views_cannot_be_changed():
    view = DictView({"a": 1})
    with pytest.raises(TypeError):
        view["a"] = 2  # type: ignore[index]
    assert repr(view) == "DictView({'a': 1})"
    assert ListView([1, 2])[1:] == [2]
    assert ListView([1]) == ListView([1])


def test_durations_are_seconds():
    assert [seconds_of(text) for text in (None, 5, "600", "90s", "1h 30m", "2d", "1y1d")] == [
        None, 5, 600, 90, 5400, 172800, 31622400,
    ]  # fmt: skip
