"""A write that cannot be leaves no node without data: it is refused before anything is sent, or taken back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import xarray as xr
from tests.support.tiled_catalog import Catalog, root_of

from specbind.bindings._runtime import TruncatedError, answer
from specbind.tiled import ClientError, ConflictError, ServerError, aio
from specbind.tiled._data import array_writes
from specbind.tiled.aio import _taking_back
from specbind.tiled.data_sources import DataSource

if TYPE_CHECKING:
    from specbind.bindings._runtime import Request, Response

OBJECTS = np.array([object()])
SAMPLE = np.arange(6.0)


def masked() -> Any:
    return np.ma.masked_array([1, 2], [0, 1])


ARRAYS: list[tuple[Any, dict[str, Any], type[Exception], str]] = [
    (OBJECTS, {}, ValueError, "Python objects"),
    (np.zeros(2, "V0"), {}, ValueError, "no bytes"),
    (np.zeros(2, "M8"), {}, ValueError, r"M8\[ns\]"),
    (np.zeros(2, [("t", "M8")]), {}, ValueError, "field 't'.*unit"),
    (np.zeros(2, [("a", "i4", (2,))]), {}, ValueError, "field 'a'.*array of its own"),
    (np.zeros(2, [("a", "V3"), ("b", "i4")]), {}, ValueError, "field 'a'.*'S3'"),
    (np.zeros(2, [("a", [("b", "S0")])]), {}, ValueError, "field 'a'.*field 'b'.*no bytes"),
    (masked(), {}, ValueError, r"masked.*filled\(0\)"),
    (da.ma.masked_array([1, 2], [0, 1]), {}, ValueError, r"masked.*filled\(array, 0\)"),
    (da.arange(6, chunks=3)[da.arange(6, chunks=3) > 1], {}, ValueError, "compute_chunk_sizes"),
    (da.from_array(OBJECTS, chunks=1), {}, ValueError, "Python objects"),
    (SAMPLE, {"dims": ["x", "y"]}, ValueError, "2 names.*1 dimensions"),
    (SAMPLE, {"dims": [1]}, ValueError, "names"),
    (SAMPLE, {"dims": "x"}, ValueError, "names"),
    (np.zeros((2, 2)), {"dims": ["x", "x"]}, ValueError, "twice"),
    (SAMPLE, {"metadata": [1]}, TypeError, "metadata is a mapping"),
    (SAMPLE, {"metadata": {"a": {"b": object()}}}, TypeError, "JSON"),
    (SAMPLE, {"metadata": {"a": 2**64}}, ValueError, "64 bits"),
    (SAMPLE, {"specs": "one"}, TypeError, "list"),
    (SAMPLE, {"specs": [3]}, TypeError, "spec"),
    (SAMPLE, {"access_tags": "one"}, TypeError, r"\['one'\]"),
    (SAMPLE, {"access_tags": [1]}, TypeError, "texts"),
    (SAMPLE, {"key": "a/b"}, ValueError, "slash"),
]


@pytest.mark.parametrize(("array", "given", "kind", "message"), ARRAYS)
async def test_an_array_that_cannot_be_written_is_told_before_anything_is_sent(
    array: Any, given: dict[str, Any], kind: type[Exception], message: str
):
    tree = Catalog()
    root = await root_of(tree)
    with pytest.raises(kind, match=message):
        await root.write_array(array, **{"key": "a", **given})
    assert tree.calls == []


@pytest.mark.skipif(np.dtype("g").itemsize <= 8, reason="the long double of this platform is a double")
@pytest.mark.parametrize(("dtype", "way_out"), [("g", "f8"), ("G", "c16"), ([("a", "g")], "f8")])
async def test_what_other_machines_read_otherwise_is_told_before_anything_is_sent(dtype: Any, way_out: str):
    tree = Catalog()
    root = await root_of(tree)
    with pytest.raises(ValueError, match=f"another machine.*{way_out}"):
        await root.write_array(np.zeros(2, dtype))
    assert tree.calls == []


@pytest.mark.parametrize(
    "dtype", ["?", ">i4", "f2", "c8", "S3", "U2", "V3", "M8[25us]", "m8", [("a", [("b", "f4")]), ("c", "m8")]]
)
async def test_what_servers_take_is_written(dtype: Any):
    tree = Catalog()
    root = await root_of(tree)
    await root.write_array(np.zeros(2, dtype), key="a")
    assert tree.calls == ["POST metadata/", "PUT array/full/a"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"_a": [1]}, "underscore"),
        (pa.table([[1], [2]], names=["a", "a"]), "twice"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "twice"),
        (pd.DataFrame({1: [1]}), "name is text"),
        ({1: [1]}, "name is text"),
        (dd.from_pandas(pd.DataFrame({1: [1]}), npartitions=1), "name is text"),
        ({"a": [1, 2], "b": [1]}, "length"),
        (pd.DataFrame({"a": [1, "x"]}), "convert"),
        (pa.table({"m": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int32()))}), "'m' holds maps"),
        (
            pa.table({"m": pa.nulls(1, pa.struct([("a", pa.list_(pa.map_(pa.string(), pa.int32())))]))}),
            "'m' holds maps",
        ),
    ],
)
async def test_a_table_that_cannot_be_written_is_told_before_anything_is_sent(data: Any, message: str):
    tree = Catalog()
    root = await root_of(tree)
    with pytest.raises((ValueError, TypeError), match=message):
        await root.write_table(data, key="t")
    assert tree.calls == []


@pytest.mark.parametrize(
    ("coords", "data", "shape", "given", "message"),
    [
        ([[0, 1]], [1.0], (4,), {}, "2 coordinates for 1 values"),
        ([[4]], [1.0], (4,), {}, "outside of 0 to 3"),
        ([[-1]], [1.0], (4,), {}, "outside"),
        ([[0.5]], [1.0], (4,), {}, "whole numbers"),
        ([[0]], [1.0], (4, 4), {}, "1 dimensions"),
        ([[0]], [1.0], (4.5,), {}, "shape holds whole numbers"),
        ([[0]], [1.0], (-4,), {}, "from 0"),
        ([[0]], [1j], (4,), {}, "complex128"),
        ([[0]], OBJECTS, (4,), {}, "data has the dtype object"),
        ([[[0]]], [[1.0]], (4,), {}, "row of values"),
        ([[0]], [1.0], (4,), {"dims": ["x", "y"]}, "2 names"),
    ],
)
async def test_a_sparse_array_that_cannot_be_written_is_told_before_anything_is_sent(
    coords: Any, data: Any, shape: Any, given: dict[str, Any], message: str
):
    tree = Catalog()
    root = await root_of(tree)
    with pytest.raises(ValueError, match=message):
        await root.write_sparse(coords, data, shape, **given)
    assert tree.calls == []


async def test_other_arrays_that_cannot_be_written_are_told_before_anything_is_sent():
    tree = Catalog()
    root = await root_of(tree)
    for write, array in ((root.write_awkward, object()), (root.write_ragged, [["a"], [object()]])):
        with pytest.raises((TypeError, ValueError)):
            await write(array, key="w")
    with pytest.raises(ValueError, match="names"):
        await root.write_ragged([[1.0], []], dims=["x"])
    for given in ({"max_partition_bytes": 4}, {"max_partition_bytes": 0}, {"appendable": False}):
        with pytest.raises(ValueError, match=r"max_partition_bytes|appendable"):
            await root.write_ragged([[1.0], []], **given)
    assert tree.calls == []


async def test_a_ragged_array_of_blocks_is_taken_back_when_one_is_refused():
    tree = Catalog()
    root = await root_of(tree)
    tree.data = lambda request: answer(400 if "block=1" in request.url else 200, {"detail": "no"})
    with pytest.raises(ClientError):
        await root.write_ragged([[1.0], [], [2.0, 3.0], [4.0]], key="a", max_partition_bytes=40)
    assert tree.calls == ["POST metadata/", *["PUT ragged/block/a"] * 2, *TAKEN_BACK]


async def test_what_cannot_be_a_part_of_a_ragged_array_is_told_before_anything_is_sent():
    tree = Catalog()
    root = await root_of(tree)
    made = await root.write_ragged([[1.0], [], [2.0, 3.0], [4.0]], key="a", max_partition_bytes=40)
    assert isinstance(made, aio.RaggedClient)
    tree.requests.clear()
    for call, kind in (
        (made.write_block([[1.0]], 9), IndexError),
        (made.write_block([[1.0]] * 9, 0), ValueError),
        (made.write_block([[1], [2]], 0), ValueError),
        (made.patch([[1.0]], 0, extend=True), ValueError),
        (made.patch([[1]], 4, extend=True), ValueError),
        (made.patch([[1.0]], 4), ValueError),
        (made.export("nowhere.json", slice="x"), TypeError),
    ):
        with pytest.raises(kind):
            await call
    assert tree.calls == []


async def test_a_dataset_that_cannot_be_written_is_told_before_anything_is_sent():
    tree = Catalog()
    root = await root_of(tree)
    with pytest.raises(ValueError, match="Python objects"):
        await aio.write_xarray_dataset(root, xr.Dataset({"a": ("x", [1.0]), "b": ("x", OBJECTS)}), "ds")
    assert tree.calls == []


TAKEN_BACK = ["GET metadata/a", "DELETE metadata/a"]


@pytest.mark.parametrize("status", [400, 500])
async def test_a_node_whose_data_are_refused_is_taken_back(status: int):
    tree = Catalog()
    root = await root_of(tree)
    tree.data = lambda _: answer(status, {"detail": "no"})
    for write in (
        root.write_array(SAMPLE, key="a"),
        root.write_table({"x": [1]}, key="a"),
        root.write_awkward([[1], []], key="a"),
        root.write_ragged([[1.0], []], key="a"),
        root.write_sparse([[1]], [1.0], (4,), key="a"),
    ):
        tree.requests.clear()
        with pytest.raises((ClientError, ServerError)) as caught:
            await write
        assert caught.value.status == status  # type: ignore[union-attr]
        assert tree.calls[-2:] == TAKEN_BACK
        assert not hasattr(caught.value, "__notes__")
    assert tree.sources == {}


async def test_a_failure_of_dask_takes_the_node_back():
    def fail(block: np.ndarray, block_info: Any = None) -> np.ndarray:
        if block_info and block_info[0]["chunk-location"] == (3,):
            raise RuntimeError("this block cannot be")
        return block

    tree = Catalog()
    root = await root_of(tree)
    with pytest.raises(RuntimeError, match="this block"):
        await root.write_array(da.map_blocks(fail, da.zeros(40, chunks=10), dtype=float), key="a")
    assert tree.calls[-2:] == TAKEN_BACK
    frame = dd.from_pandas(pd.DataFrame({"x": [1, 2]}), npartitions=2)

    def refuse(part: pd.DataFrame) -> pd.DataFrame:
        raise RuntimeError(f"this part of {len(part)} cannot be")

    with pytest.raises(RuntimeError, match="this part"):
        await root.write_table(frame.map_partitions(refuse, meta=frame._meta), key="a")
    assert tree.calls[-2:] == TAKEN_BACK
    assert tree.sources == {}


async def test_a_block_that_fails_ends_the_others_before_the_node_is_taken_back():
    tree = Catalog()
    root = await root_of(tree)
    ended: list[str] = []
    begun = asyncio.Event()

    async def data(request: Request) -> Response:
        if "block=1" in request.url:
            await begun.wait()
            return answer(400, {"detail": "no"})
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("ended" if "DELETE metadata/a" not in tree.calls else "too late")
        raise AssertionError

    tree.data = data
    with pytest.raises(ClientError):
        await root.write_array(da.zeros(200, chunks=10), key="a")
    assert ended
    assert set(ended) == {"ended"}
    assert tree.calls[-2:] == TAKEN_BACK
    assert len([call for call in tree.calls if call.startswith("PUT")]) <= root.context._connection.connections


async def test_what_cannot_be_taken_back_is_named(monkeypatch: pytest.MonkeyPatch):
    tree = Catalog()
    root = await root_of(tree)
    tree.data = lambda _: answer(400, {"detail": "the first error"})
    tree.deletion = lambda: answer(403, {"detail": "you may not delete"})
    with pytest.raises(ClientError, match="the first error") as caught:
        await root.write_array(SAMPLE, key="a")
    (note,) = caught.value.__notes__
    assert "/api/v1/metadata/a" in note
    assert "you may not delete" in note
    assert "external_only=False" in note

    async def never() -> Response:
        await asyncio.sleep(60)
        raise AssertionError

    tree.deletion = never
    monkeypatch.setattr(_taking_back, "_SECONDS", 0.05)
    tree.sources.clear()
    with pytest.raises(ClientError, match="the first error") as caught:
        await root.write_array(SAMPLE, key="a")
    assert "0.05 seconds" in caught.value.__notes__[0]


async def test_a_node_that_is_not_of_this_call_stays():
    tree = Catalog()
    root = await root_of(tree)
    await root.write_array(SAMPLE, key="a")
    with pytest.raises(ConflictError):
        await root.write_array(SAMPLE, key="a")

    def replaced(_: Request) -> Response:
        tree.sources["b"] = 99  # somebody deleted it and made another one
        return answer(400, {"detail": "no"})

    tree.data = replaced
    with pytest.raises(ClientError):
        await root.write_array(SAMPLE, key="b")
    assert tree.sources == {"a": 1, "b": 99}
    assert "DELETE" not in " ".join(tree.calls)


async def test_a_node_whose_making_was_not_answered_is_written_when_its_key_is_random():
    tree = Catalog()
    root = await root_of(tree)
    tree.creation = lambda: TruncatedError("cut")
    await root.write_array(SAMPLE)
    tree.data = lambda _: answer(400, {"detail": "no"})
    with pytest.raises(ClientError, match="400") as caught:
        await root.write_array(SAMPLE)
    assert len(tree.sources) == 1
    assert not hasattr(caught.value, "__notes__")


@pytest.mark.parametrize("on_conflict", ["error", "skip"])
async def test_no_data_go_over_a_node_that_may_be_somebody_elses(on_conflict: Any):
    tree = Catalog()
    root = await root_of(tree)
    tree.creation = lambda: TruncatedError("cut")
    with pytest.raises(ConflictError, match="metadata/a is there after a lost answer") as caught:
        await root.write_array(SAMPLE, key="a")
    assert "whether it is yours" in caught.value.__notes__[0]
    with pytest.raises(ConflictError, match="metadata/ds is there"):
        await aio.write_xarray_dataset(root, xr.Dataset({"a": ("x", [1.0])}), "ds")
    with pytest.raises(ConflictError, match="metadata/b is there"):
        await aio.copy({"b": await root.lookup("a")}, root, on_conflict)
    assert sorted(tree.sources) == ["a", "b", "ds"]
    assert not [call for call in tree.calls if call.startswith(("PUT", "DELETE"))]


OTHERS = [np.arange(5.0), np.arange(6), da.arange(6.0, chunks=3)]


@pytest.mark.parametrize("there", OTHERS, ids=["shape", "type", "chunks"])
async def test_a_node_with_other_data_is_not_what_was_asked_for(there: Any):
    tree = Catalog()
    root = await root_of(tree)
    await root.write_array(there, key="a")
    old, tree.bodies = tree.bodies["a"], Unchanged(tree.bodies)
    tree.sources.clear()
    tree.creation = lambda: answer(502, None)
    wanted, _ = await array_writes.planned(SAMPLE)
    with pytest.raises(ServerError, match="502"):
        await root.new("array", [DataSource(structure_family="array", structure=wanted)], key="a")
    assert tree.bodies["a"] == old


class Unchanged(dict[str, Any]):
    """What is there stays."""

    def __setitem__(self, key: str, value: Any) -> None:
        self.setdefault(key, value)


async def test_a_dataset_whose_variable_was_not_answered_stays():
    tree = Catalog()
    root = await root_of(tree)
    tree.creation = lambda: TruncatedError("cut") if "ds/b" in tree.sources else None
    with pytest.raises(ConflictError, match="metadata/ds/b is there"):
        await aio.write_xarray_dataset(root, xr.Dataset({"a": ("x", [1.0]), "b": ("x", [2.0])}), "ds")
    assert [call for call in tree.calls if call.startswith("PUT")] == ["PUT array/full/ds/a"]


async def test_a_node_that_appears_after_a_lost_request_is_found():
    tree = Catalog()
    root = await root_of(tree)
    answers: list[Any] = [TruncatedError("cut")]
    tree.creation = lambda: answers.pop() if answers else answer(409, {"detail": "taken"})
    shown = tree.node
    tree.node = lambda path: shown(path) if "GET metadata/a" in tree.calls[:-1] else None  # type: ignore[method-assign]
    made = await root.create_container("a")
    assert made.path_parts == ["a"]
    assert tree.calls[:4] == ["POST metadata/", "GET metadata/a", "POST metadata/", "GET metadata/a"]


async def test_a_cancelled_write_takes_its_node_back():
    tree = Catalog()
    root = await root_of(tree)
    begun = asyncio.Event()

    async def data(_: Request) -> Response:
        begun.set()
        await asyncio.sleep(60)
        raise AssertionError

    tree.data = data
    writing = asyncio.create_task(root.write_array(SAMPLE, key="a"))
    await begun.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert tree.calls[-2:] == TAKEN_BACK
    assert tree.sources == {}


async def test_a_write_that_is_cancelled_while_its_node_is_made_takes_it_back(monkeypatch: pytest.MonkeyPatch):
    tree = Catalog()
    root = await root_of(tree)
    begun, release = asyncio.Event(), asyncio.Event()

    async def creation() -> Response:
        begun.set()
        await release.wait()
        return answer(200, {"id": "a", "data_sources": [{"id": 1}]})

    tree.creation = creation
    writing = asyncio.create_task(root.write_array(SAMPLE, key="a"))
    await begun.wait()
    writing.cancel()
    await asyncio.sleep(0)
    release.set()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert tree.calls == ["POST metadata/", *TAKEN_BACK]
    monkeypatch.setattr(_taking_back, "_CANCELLED_SECONDS", 0.05)
    begun.clear()
    release.clear()
    writing = asyncio.create_task(root.write_array(SAMPLE, key="a"))
    await begun.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await writing  # the answer never comes, and the wait has an end
    assert "/metadata/a" in caught.value.__notes__[0]


async def test_a_dataset_that_fails_is_taken_back_with_what_was_written():
    tree = Catalog()
    root = await root_of(tree)
    tree.data = lambda request: answer(400, {"detail": "no"}) if "/b" in request.url else answer(200, None)
    with pytest.raises(ClientError):
        await aio.write_xarray_dataset(root, xr.Dataset({"a": ("x", [1.0]), "b": ("x", [2.0])}), "ds")
    deleted = [call for call in tree.calls if call.startswith("DELETE")]
    assert deleted == ["DELETE metadata/ds/b", "DELETE metadata/ds/a", "DELETE metadata/ds"]
    assert tree.sources == {}


class RaggedCatalog(Catalog):
    """A server that answers 200 to a ragged block that is there, and drops it; one that is missing is a 500."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: set[int] = set()
        self.missing = 500

    def __call__(self, request: Request) -> Any:
        if request.method != "GET" or "/ragged/full/" not in request.url:
            return super().__call__(request)
        self.requests.append(request)
        row = int(request.url.partition("slice=")[2].partition("%3A")[0])
        return answer(200, {}) if row in self.rows else answer(self.missing, {"detail": "no such row"})


@pytest.mark.parametrize("most", [None, 40])
async def test_a_ragged_block_that_is_there_is_not_sent_again(most: int | None):
    rows = [[1.0], [], [2.0, 3.0], [4.0]]
    tree = RaggedCatalog()
    root = await root_of(tree)
    made = await root.write_ragged(rows, key="a", max_partition_bytes=most)
    assert isinstance(made, aio.RaggedClient)
    assert not [call for call in tree.calls if call.startswith("GET")]
    blocks = made.chunks[0]
    assert blocks
    for write in (made.write(rows), made.write_block(rows[-blocks[-1] :], len(blocks) - 1)):
        tree.rows = {0, len(rows) - blocks[-1]}
        tree.requests.clear()
        with pytest.raises(ConflictError, match=r"once.*delete the node.*patch"):
            await write
        assert set(tree.calls) == {"GET ragged/full/a"}
    tree.rows.clear()
    tree.requests.clear()
    await made.write(rows)
    route = "full" if most is None else "block"
    assert tree.calls == ["GET ragged/full/a"] * len(blocks) + [f"PUT ragged/{route}/a"] * len(blocks)


async def test_a_ragged_block_is_not_sent_where_it_cannot_be_told_whether_it_is_there():
    tree = RaggedCatalog()
    root = await root_of(tree)
    made = await root.write_ragged([[1.0], []], key="a")
    assert isinstance(made, aio.RaggedClient)
    tree.missing = 403
    tree.requests.clear()
    with pytest.raises(ClientError):
        await made.write([[1.0], []])
    with pytest.raises(ValueError, match=r"3 rows.*has 2"):
        await made.write([[1.0], [], []])
    assert tree.calls == ["GET ragged/full/a"]
