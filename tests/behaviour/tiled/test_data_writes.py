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

from specbind.tiled._data import array_writes, chunks, nested, ragged_writes, sparse, table_writes, writable
from specbind.tiled.structures import ArrayStructure, TableStructure

LARGE = np.zeros((512, 1024))  # 4 MiB


class Kept(MemoryWire):
    """A wire that keeps the bodies as they were given, and takes its time."""

    def __init__(self, connections: int = 16) -> None:
        super().__init__(Nodes(), connections)
        self.bodies: list[Any] = []
        self.done = 0

    async def put(self, path: str, *, params: Any = (), body: Any, content_type: str) -> object:
        del path, params, content_type
        self.running += 1
        self.most = max(self.most, self.running)
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
    wire = Kept(connections)
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
    assert wire.most <= most


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
