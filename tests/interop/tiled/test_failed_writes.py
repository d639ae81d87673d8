"""What a real server takes and refuses; a write that fails there leaves nothing behind."""

from __future__ import annotations

import asyncio
from typing import Any

import dask.array as da
import numpy as np
import pyarrow as pa
import pytest

from specbind.bindings._runtime import TruncatedError
from specbind.tiled import ConflictError, ServerError, aio


async def keys_of(place: aio.Container) -> list[str]:
    return [key async for key in place]


@pytest.mark.parametrize(
    "dtype",
    [
        *("?", "u1", ">i4", "f2", "c8", "c16", "S3", "U2", "V3", "M8[ns]", "M8[25us]", "M8[D]", "m8", "m8[s]"),
        [("a", "<i4"), ("b", [("x", "<f4"), ("y", "S2")])],
        [("t", "M8[s]"), ("d", "m8"), ("u", "U3"), ("z", "?"), ("c", ">c16")],
    ],
    ids=str,
)
async def test_what_is_not_refused_comes_back(place: aio.Container, dtype: Any):
    array = np.frombuffer(bytes(range(1, 241)), "u1")[: np.dtype(dtype).itemsize * 3].view("u1")
    wanted = np.zeros(3, dtype) if np.dtype(dtype).kind in "?bU" or np.dtype(dtype).names else array.view(dtype)
    made = await place.write_array(wanted, key="a")
    assert isinstance(made, aio.ArrayClient)
    found = await made.read()
    assert found.dtype == wanted.dtype
    assert found.tobytes() == wanted.tobytes()


async def test_lazy_records_with_gaps_come_back(place: aio.Container):
    array = np.array([(1, 2.5), (3, 4.5), (5, 6.5)], dtype=np.dtype([("a", "u1"), ("b", "<f8")], align=True))
    made = await place.write_array(da.from_array(array, chunks=2), key="a")
    assert isinstance(made, aio.ArrayClient)
    assert (await made.read())["b"].tolist() == [2.5, 4.5, 6.5]


async def test_coordinates_and_values_of_any_order_of_bytes(place: aio.Container):
    made = await place.write_sparse(np.array([[1, 2]], ">i4"), np.array([1.5, 2.5], ">f8"), (4,), key="s", dims=["x"])
    assert isinstance(made, aio.SparseClient)
    assert (await made.todense()).tolist() == [0, 1.5, 2.5, 0]
    empty = await place.write_sparse([[], []], [], (4, 5), key="e")
    assert isinstance(empty, aio.SparseClient)
    assert not (await empty.todense()).any()


async def test_data_that_the_server_refuses_leave_nothing(place: aio.Container):
    with pytest.raises(ServerError, match="500") as caught:
        await place.write_table({"a": pa.array([1], pa.time64("ns"))}, key="t")
    assert not hasattr(caught.value, "__notes__")
    with pytest.raises(ServerError, match="500"):
        await place.write_array(np.zeros((1,) * 33), key="a")
    assert await keys_of(place) == []
    assert isinstance(await place.write_table({"a": [1]}, key="t"), aio.DataFrameClient)


async def test_a_block_that_cannot_be_computed_leaves_nothing(place: aio.Container):
    def fail(block: np.ndarray, block_info: Any = None) -> np.ndarray:
        if block_info and block_info[0]["chunk-location"] == (7,):
            raise RuntimeError("this block cannot be")
        return block

    lazy = da.map_blocks(fail, da.zeros(10_000, chunks=1000), dtype=float)
    with pytest.raises(RuntimeError, match="this block cannot be") as caught:
        await place.write_array(lazy, key="a")
    assert not hasattr(caught.value, "__notes__")
    assert await keys_of(place) == []
    made = await place.write_array(da.zeros(10_000, chunks=1000), key="a")
    assert isinstance(made, aio.ArrayClient)
    assert made.shape == (10_000,)


async def test_a_cancelled_write_leaves_nothing(place: aio.Container):
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def tell(block: np.ndarray, block_info: Any = None) -> np.ndarray:
        if block_info and block_info[0]["chunk-location"] == (5,):
            loop.call_soon_threadsafe(begun.set)
        return block

    lazy = da.map_blocks(tell, da.zeros(400_000, chunks=1000), dtype=float)
    writing = asyncio.create_task(place.write_array(lazy, key="a"))
    await begun.wait()
    assert await keys_of(place) == ["a"]
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await keys_of(place) == []


async def test_nodes_are_known_again_after_lost_answers(place: aio.Container, monkeypatch: pytest.MonkeyPatch):
    connection = place.context._connection
    real = connection.post_json

    async def lost(*given: Any) -> object:
        await real(*given)
        raise TruncatedError("cut")

    monkeypatch.setattr(connection, "post_json", lost)
    array = await place.write_array(np.arange(6.0).reshape(2, 3), dims=["y", "x"], metadata={"n": [1, 2.5]})
    assert isinstance(array, aio.ArrayClient)
    assert (await array.read()).tolist() == [[0, 1, 2], [3, 4, 5]]
    await place.write_array(np.zeros(2, [("t", "M8[s]"), ("z", ">c16")]), specs=["one"])
    await place.write_array(da.zeros((5, 5), chunks=2))
    await place.write_table({"a": [1, 2], "b": ["x", None]})
    await place.create_appendable_table(pa.schema([("a", pa.int64())]), table_name="known_again")
    await place.write_sparse([[0, 1]], [1.0, 2.0], (4,))
    await place.write_awkward([[1], []])
    await place.write_ragged([[1.0], []])
    assert len(await keys_of(place)) == 8
    with pytest.raises(ConflictError, match="after a lost answer"):
        await place.write_array(np.arange(3), key="a")


async def test_what_is_written_over_an_array_keeps_its_values(place: aio.Container):
    records = await place.write_array(np.array([(1.0, 2.0)], [("x", "f8"), ("y", "f8")]))
    assert isinstance(records, aio.ArrayClient)
    await records.write(np.array([(10, 20)], [("y", "f4"), ("x", ">f8")]))
    assert (await records.read()).tolist() == [(20.0, 10.0)]
    times = await place.write_array(np.zeros(1, "M8[ns]"))
    assert isinstance(times, aio.ArrayClient)
    with pytest.raises(ValueError, match="outside"):
        await times.write(np.array(["3000-01-01"], "M8[s]"))
    await times.write(np.array(["2020-01-01"], "M8[s]"))
    assert (await times.read()).astype(str).tolist() == ["2020-01-01T00:00:00.000000000"]


async def test_coordinates_of_different_types_are_read_again(place: aio.Container):
    made = await place.write_sparse([[0, 1], [0, 1]], [1.0, 2.0], (2, 2))
    assert isinstance(made, aio.SparseClient)
    await made.write([np.array([0, 1], "i8"), np.array([1, 0], "u8")], [1.0, 2.0])
    assert (await made.todense()).tolist() == [[0, 1], [2, 0]]
    unsigned = await place.write_sparse(np.array([[1], [0]], "u8"), [3.0], (2, 2))
    assert isinstance(unsigned, aio.SparseClient)
    assert (await unsigned.todense()).tolist() == [[0, 0], [3, 0]]


async def test_partitions_and_rows_go_by_the_names_of_their_columns(place: aio.Container):
    table = await place.create_appendable_table(pa.schema([("a", pa.int64()), ("b", pa.float64())]))
    assert isinstance(table, aio.DataFrameClient)
    await table.append_partition(0, {"b": [1.5], "a": [1]})
    with pytest.raises(ValueError, match="'b' are missing"):
        await table.append_partition(0, {"a": [1]})
    assert (await table.read()).to_dict("list") == {"a": [1], "b": [1.5]}
