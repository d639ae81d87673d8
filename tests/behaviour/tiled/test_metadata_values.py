"""Values of metadata arrive as what they are, or are refused before anything is sent."""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

import msgspec
import numpy as np
import pytest
from tests.support.tiled_catalog import Catalog, root_of

from specbind.tiled import DELETE_KEY, Spec


class Colour(enum.Enum):
    RED = "red"


TAKEN: list[tuple[Any, Any]] = [
    (np.float32(1.5), 1.5),
    (np.int64(3), 3),
    (np.array([1]) > 0, [True]),
    (np.str_("a"), "a"),
    (np.arange(4).reshape(2, 2), [[0, 1], [2, 3]]),
    (np.array("2020-01-01T00:00:00", "M8[ns]"), "2020-01-01T00:00:00.000000000"),
    (np.array([b"ab"]), ["data:application/octet-stream;base64,YWI="]),
    (b"ab", "data:application/octet-stream;base64,YWI="),
    (datetime(2020, 1, 2, tzinfo=UTC), "2020-01-02T00:00:00+00:00"),
    (datetime(2020, 1, 2), "2020-01-02T00:00:00"),  # noqa: DTZ001 - without a zone, as users have them
    (date(2020, 1, 2), "2020-01-02"),
    ({"x"}, ["x"]),
    ((1, (2, None)), [1, [2, None]]),
    (Colour.RED, "red"),
    (PurePosixPath("/a/b"), "/a/b"),
    (2**64 - 1, 2**64 - 1),
]


@pytest.mark.parametrize(("value", "kept"), TAKEN, ids=lambda value: repr(value)[:40])
async def test_values_have_one_form_on_every_way(value: Any, kept: Any):
    tree = Catalog()
    root = await root_of(tree)
    made = await root.create_container("a", metadata={"v": value})
    assert made.metadata["v"] == kept
    sent = msgspec.json.decode(tree.requests[-1].body)  # type: ignore[arg-type]
    assert sent["metadata"] == {"v": kept}
    assert made.build_metadata_patches({"v": value})[0] == []
    assert made.build_metadata_patches({"w": [value]})[0] == [{"op": "add", "path": "/w", "value": [kept]}]


REFUSED: list[tuple[Any, type[Exception], str]] = [
    (float("nan"), ValueError, r"metadata\['v'\] is nan.*null"),
    (np.float64("inf"), ValueError, r"metadata\['v'\]"),
    ({"deep": [1.0, float("-inf")]}, ValueError, r"metadata\['v'\]\['deep'\]\[1\] is -inf"),
    (np.array([1.0, np.nan]), ValueError, r"metadata\['v'\]\[1\] is nan"),
    ({1: "x"}, TypeError, r"a key of metadata\['v'\] is 1"),
    (2**64, ValueError, "64 bits"),
    (1j, TypeError, "JSON"),
    (np.timedelta64(3, "ns"), TypeError, "JSON"),
    (NotImplemented, TypeError, "JSON"),
]


@pytest.mark.parametrize(("value", "kind", "message"), REFUSED, ids=lambda value: repr(value)[:40])
async def test_values_that_would_be_lost_are_told_before_anything_is_sent(value: Any, kind: Any, message: str):
    tree = Catalog()
    root = await root_of(tree)
    with pytest.raises(kind, match=message):
        await root.create_container("a", metadata={"v": value})
    for call in (root.update_metadata, root.replace_metadata):
        with pytest.raises(kind, match=message):
            await call({"v": value})
    with pytest.raises(kind, match=message.replace("metadata", "metadata_patch")):
        await root.patch_metadata({"v": value}, content_type="application/merge-patch+json")
    assert tree.calls == []


async def test_endless_metadata_are_told():
    root = await root_of(Catalog())
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ValueError, match="nested"):
        await root.create_container("a", metadata={"v": endless})


async def test_the_mark_for_removal_is_no_value_of_a_new_node():
    root = await root_of(Catalog())
    assert root.build_metadata_patches({"v": DELETE_KEY})[0] == []
    with pytest.raises(TypeError, match="DELETE_KEY"):
        await root.create_container("a", metadata={"v": DELETE_KEY})


async def test_a_span_of_time_is_text():
    made = await (await root_of(Catalog())).create_container("a", metadata={"v": timedelta(days=1)})
    assert made.metadata["v"] == "P1D"


@pytest.mark.parametrize(
    ("specs", "kind", "message"),
    [
        (["a", Spec("a")], ValueError, "'a' is there twice"),
        ([{"name": "a", "version": "1"}, Spec("a", "1")], ValueError, "twice"),
        ([f"s{number}" for number in range(21)], ValueError, "at most 20"),
        (["x" * 256], ValueError, "255"),
        ([Spec("a", "1" * 256)], ValueError, "255"),
        ([{"name": "a", "version": 1}], TypeError, "version"),
    ],
)
async def test_specs_that_servers_refuse_are_told_before_anything_is_sent(specs: Any, kind: Any, message: str):
    tree = Catalog()
    root = await root_of(tree)
    for call in (
        root.create_container("a", specs=specs),
        root.update_metadata(specs=specs),
        root.replace_metadata(specs=specs),
        root.patch_metadata(None, specs, content_type="application/merge-patch+json"),
    ):
        with pytest.raises(kind, match=message):
            await call
    assert tree.calls == []


async def test_specs_of_two_versions_are_two():
    made = await (await root_of(Catalog())).create_container("a", specs=["a", Spec("a", "1")])
    assert list(made.specs) == [Spec("a"), Spec("a", "1")]
