"""Large writes: few blocks in memory, none copied without need, and the event loop goes on."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from tests.support.tiled_nodes import MemoryWire, Nodes

from specbind.tiled._data import (
    array_writes,
    chunks,
    conversions,
    nested,
    ragged_writes,
    sparse,
    table_writes,
    writable,
)
from specbind.tiled.structures import ArrayStructure, TableStructure

LARGE = np.zeros((512, 1024))  # 4 MiB


class Kept(MemoryWire):
    """A wire that keeps the bodies as they were given, and takes its time."""

    def __init__(self, connections: int = 16, together: int = 1) -> None:
        super().__init__(Nodes(), connections)
        self.bodies: list[Any] = []
        self.done = 0
        self.together = together  # so many must be under way before one ends
        self.full = asyncio.Event()

    async def put(self, path: str, *, params: Any = (), body: Any, content_type: str) -> object:
        del path, params, content_type
        self.running += 1
        self.most = max(self.most, self.running)
        if self.running >= self.together:
            self.full.set()
        await asyncio.wait_for(self.full.wait(), 10)
        await asyncio.sleep(0.005)
        self.running -= 1
        self.done += 1
        self.bodies.append(body)
        return None


async def write(wire: Kept, array: Any, rows: tuple[tuple[int, ...], ...]) -> None:
    structure = ArrayStructure.from_array(array, chunks=rows)
    await array_writes.write_array(wire, "a", structure, array)


@pytest.mark.parametrize(("connections", "rows", "most"), [(16, 1024, 8), (16, 10_240, 2), (3, 1, 3), (1, 1024, 1)])
async def test_blocks_under_way_are_bounded_by_memory_and_connections(connections: int, rows: int, most: int):
    wire = Kept(connections, most)
    lock, live, seen = threading.Lock(), 0, 0

    def computed(block: np.ndarray) -> np.ndarray:
        nonlocal live, seen
        with lock:
            live += 1
            seen = max(seen, live - wire.done)
        return block

    side = 1024  # numbers, of 8 bytes
    lazy = da.zeros((rows * 12, side), chunks=(rows, side)).map_blocks(computed, dtype=float, meta=np.zeros((0, 0)))
    await write(wire, lazy, lazy.chunks)
    assert wire.done == live == 12
    assert seen <= most
    assert wire.most == most


@pytest.mark.parametrize(
    ("given", "planned"),
    [
        (((4, 4, 2), (3,)), ((4, 4, 2), (3,))),
        (((5, 4, 4),), ((5, 5, 3),)),
        (((3, 5, 5, 5),), ((5, 5, 5, 3),)),
        (((2, 4), (3, 3)), ((4, 2), (3, 3))),
        (((0, 5, 3),), ((5, 3),)),
        (((5, 0),), ((5,),)),
        (((0, 0),), ((0,),)),
    ],
)
async def test_arrays_are_made_in_chunks_of_one_length(given: Any, planned: Any):
    lazy = da.zeros([sum(row) for row in given], chunks=given)
    structure, _ = await array_writes.planned(lazy)
    assert structure.chunks == planned
    assert structure.shape == lazy.shape
    assert chunks.is_regular(structure.chunks)


async def test_blocks_that_share_a_chunk_of_the_server_go_one_after_the_other():
    wire = Kept()
    await write(wire, np.arange(13.0), ((5, 4, 4),))
    assert (wire.done, wire.most) == (3, 1)


async def test_blocks_for_which_the_server_has_no_place_are_refused():
    wire = Kept()
    structure = ArrayStructure.from_array(np.arange(8.0), chunks=((3, 5),))
    with pytest.raises(ValueError, match="no place"):
        await array_writes.write_array(wire, "a", structure, np.arange(8.0))
    with pytest.raises(ValueError, match="no place"):
        await array_writes.write_block(wire, "a", structure, np.arange(3.0), (0,))
    assert wire.done == 0


async def test_rows_are_sent_from_where_they_are_and_columns_from_copies():
    wire = Kept()
    await write(wire, LARGE, ((256, 256), (1024,)))
    assert all(np.shares_memory(np.frombuffer(body, "u1"), LARGE) for body in wire.bodies)
    wire = Kept()
    await write(wire, LARGE, ((512,), (512, 512)))
    assert not any(np.shares_memory(np.frombuffer(body, "u1"), LARGE) for body in wire.bodies)
    assert sum(len(body) for body in wire.bodies) == LARGE.nbytes


async def test_conversions_and_encodings_leave_the_event_loop_alone(monkeypatch: pytest.MonkeyPatch):
    threads: list[tuple[str, bool]] = []

    def watched(module: Any, name: str) -> None:
        real = getattr(module, name)

        def call(*given: Any) -> Any:
            threads.append((name, threading.current_thread() is threading.main_thread()))
            return real(*given)

        monkeypatch.setattr(module, name, call)

    wire = Kept()
    structure = ArrayStructure.from_array(LARGE)
    watched(array_writes, "_view")
    watched(writable, "plain_array")
    await array_writes.write_array(wire, "a", structure, LARGE.astype("f4"))
    await array_writes.patch_array(Patched(Nodes()), "a", structure, LARGE.T.copy().T, (0, 0))
    await array_writes.planned(LARGE.tolist())
    watched(table_writes, "arrow_of")
    watched(table_writes, "arrow_file")
    frame = pd.DataFrame({"x": np.arange(3)})
    table, arrow = await table_writes.planned(frame)
    await table_writes.write_table(wire, "t", table, arrow)
    await table_writes.planned(dd.from_pandas(frame, npartitions=2))
    watched(sparse, "arrow_file")
    await sparse.planned([[1]], [1.0], (4,))
    watched(nested, "zipped")
    await nested.planned_awkward([[1], []])
    await ragged_writes.planned([[1.0], []], None, None)
    assert {name for name, _ in threads} == {"_view", "plain_array", "arrow_of", "arrow_file", "zipped"}
    assert not [name for name, on_the_loop in threads if on_the_loop]


class Patched(MemoryWire):
    async def patch(self, path: str, *, params: Any = (), body: Any, content_type: str) -> object:
        del path, params, body, content_type
        structure = ArrayStructure.from_array(LARGE)
        return {
            "data_type": {"endianness": "little", "kind": "f", "itemsize": 8, "dt_units": None},
            "shape": list(structure.shape),
            "chunks": [list(row) for row in structure.chunks],
        }


async def test_a_table_is_converted_once(monkeypatch: pytest.MonkeyPatch):
    frame = pd.DataFrame({"x": np.arange(3)})
    real, calls = pa.Table.from_pandas, []
    monkeypatch.setattr(
        table_writes, "arrow_of", lambda data: (calls.append(type(data)), data if calls[1:] else real(data))[1]
    )
    structure, arrow = await table_writes.planned(frame)
    assert isinstance(structure, TableStructure)
    await table_writes.write_table(Kept(), "t", structure, arrow)
    assert calls == [pd.DataFrame, pa.Table]


@pytest.mark.parametrize(
    "given",
    [{"x": np.arange(300_000)}, {"x": []}, {}, {"s": ["a", None, "b"]}, {"d": pa.array(["x"]).dictionary_encode()}],
)
def test_the_file_of_a_table_is_as_large_as_its_memory(given: dict[str, Any]):
    before = pa.total_allocated_bytes()
    file = table_writes.arrow_file(given)
    assert pa.ipc.open_file(pa.py_buffer(file)).read_all().equals(pa.table(given))
    assert pa.total_allocated_bytes() - before <= len(file) + 128


def fitted(given: Any, dtype: Any) -> np.ndarray:
    return conversions.converted(np.asarray(given), np.dtype(dtype))


@pytest.mark.parametrize(
    ("given", "dtype"),
    [
        (np.array([1, 2], ">i4"), "<i8"),
        (np.array([2**32 - 1], "u4"), "i8"),
        (np.array([1.5], "f4"), "f8"),
        (np.array([1j], "c8"), "c16"),
        (np.array(["a"]), "U21"),
        (np.array([b"a"]), "S4"),
        (np.array(["2020-01-01", "NaT"], "M8[s]"), "M8[ns]"),
        (np.array([3], "m8[h]"), "m8[s]"),
    ],
)
def test_what_keeps_its_values_is_converted(given: np.ndarray, dtype: str):
    found = fitted(given, dtype)
    assert found.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(found, given)


def test_records_are_matched_by_the_names_of_their_fields():
    found = fitted(np.array([(1, 2.5)], [("a", "i4"), ("b", "f8")]), [("b", "f8"), ("a", ">i8")])
    assert found["a"].tolist() == [1]
    assert found["b"].tolist() == [2.5]


@pytest.mark.parametrize(
    ("given", "dtype"),
    [
        ([2**53 + 1], "f8"),
        ([1, 2], "U21"),
        ([1], "m8[s]"),
        ([True], "f8"),
        ([1.5], "f4"),
        ([1], "u8"),
        (np.array([2**63], "u8"), "i8"),
        (np.array([b"a"]), "U4"),
        (np.array(["long"]), "U2"),
        (np.array(["3000-01-01"], "M8[s]"), "M8[ns]"),
        (np.array([1], "m8"), "m8[s]"),
        (np.array([(1, 2)], [("a", "i4"), ("b", "i4")]), [("a", "i4"), ("c", "i4")]),
        (np.array([(1, 2)], [("a", "i4"), ("b", "i4")]), "i8"),
        ([1], [("a", "i8")]),
    ],
)
def test_what_may_change_a_value_is_refused(given: Any, dtype: Any):
    with pytest.raises(ValueError, match="holds"):
        fitted(given, dtype)


@pytest.mark.parametrize("array", [np.ones(2), np.float64(1), np.ones((1, 1, 1))])
async def test_a_patch_of_other_dimensions_is_refused_before_anything_is_sent(array: Any):
    wire = MemoryWire(Nodes())
    with pytest.raises(ValueError, match="2 dimensions"):
        await array_writes.patch_array(wire, "a", ArrayStructure.from_array(LARGE), array, (1,))
    assert wire.nodes.calls == []


TABLE = TableStructure.from_schema(pa.schema([("a", pa.int64()), ("b", pa.string())]))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"a": [1]}, "'b' are missing"),
        ({"a": [1], "b": ["x"], "c": [2]}, "'c' are not those"),
        (pd.DataFrame([[1, "x"]]), "name is text"),
    ],
)
async def test_other_columns_are_refused_before_anything_is_sent(data: Any, message: str):
    wire = MemoryWire(Nodes())
    for write in (table_writes.write_partition, table_writes.append_partition):
        with pytest.raises(ValueError, match=message):
            await write(wire, "t", TABLE, data, 0)
    with pytest.raises(ValueError, match=message):
        await table_writes.write_table(wire, "t", TABLE, data)
    assert wire.nodes.calls == []


@pytest.mark.parametrize("index", [[7], pd.RangeIndex(1)])
async def test_columns_go_in_the_order_of_the_table(index: Any):
    wire = Kept()
    await table_writes.write_partition(wire, "t", TABLE, pd.DataFrame({"b": ["x"], "a": [1]}, index=index), 0)
    table = pa.ipc.open_file(pa.py_buffer(wire.bodies[0])).read_all()
    assert table.column_names[:2] == ["a", "b"]
    assert table.to_pandas().index.tolist() == list(index)


async def test_a_series_is_no_table():
    for series in (pd.Series([1]), dd.from_pandas(pd.Series([1]), npartitions=1)):
        with pytest.raises(TypeError, match="Series is no table"):
            await table_writes.planned(series)


@pytest.mark.parametrize(
    ("kinds", "wanted"), [(("i8", "u8"), "i8"), (("u8", "u8"), "i8"), (("i4", "u2"), "i4"), (("u1", "u1"), "u1")]
)
async def test_coordinates_are_written_as_one_type(kinds: tuple[str, str], wanted: str):
    coords = [np.array([0, 1], kind) for kind in kinds]
    structure, body = await sparse.planned(coords, [1.0, 2.0], (2, 2))
    assert structure.coord_data_type.to_numpy_dtype() == np.dtype(wanted)
    wire = Kept()
    await sparse.write_sparse(wire, "s", structure, coords, [1.0, 2.0])
    for file in (body, wire.bodies[0]):
        table = pa.ipc.open_file(pa.py_buffer(file)).read_all()
        assert {str(table.schema.field(name).type.to_pandas_dtype()().dtype) for name in ("dim0", "dim1")} == {
            str(np.dtype(wanted))
        }
