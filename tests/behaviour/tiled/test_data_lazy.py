"""Graphs of dask: nothing is read before it is computed, no more than is needed, in any process."""

from __future__ import annotations

import asyncio
import pickle
import threading
from typing import TYPE_CHECKING, Any

import dask
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from tests.support.tiled_nodes import HttpWire, MemoryWire, Nodes, served

from specbind.tiled._data.datasets import Variable, wide_groups
from specbind.tiled._data.lazy import Source, dask_array, dask_dataset, dask_frame
from specbind.tiled.structures import ArrayStructure, TableStructure

if TYPE_CHECKING:
    from collections.abc import Iterator

NUMBERS = np.arange(60).reshape(3, 4, 5)
CHUNKS = ((2, 1), (2, 2), (5,))
FRAME = pd.DataFrame({"a": range(12), "b": np.linspace(0, 1, 12)})


class Kept(MemoryWire):
    """A wire that cannot be pickled, so that the same one is used here."""

    def __reduce__(self) -> Any:
        raise TypeError("only here")


def kept() -> Kept:
    tables = [pa.Table.from_pandas(FRAME.iloc[i : i + 4]) for i in (0, 4, 8)]
    return Kept(Nodes({"a": (NUMBERS, CHUNKS)}, tables={"t": tables}))


def table_structure() -> TableStructure:
    return TableStructure.from_schema(pa.Table.from_pandas(FRAME).schema, 3)


@pytest.mark.parametrize(
    ("index", "calls"),
    [(None, 4), (np.s_[0, 0, :2], 1), (np.s_[::-1, 1:, ::-2], 4), (np.s_[1, 2, 3], 1), (np.s_[2:1], 0), (np.s_[-1], 2)],
)
def test_an_index_reads_what_it_needs(index: Any, calls: int):
    wire = kept()
    lazy = dask_array(Source(wire), "a", wire.nodes.structure("a"), index)
    wanted = np.asarray(NUMBERS[... if index is None else index])
    assert lazy.shape == wanted.shape
    assert wire.nodes.calls == []
    np.testing.assert_array_equal(lazy.compute(scheduler="synchronous"), wanted)
    assert len(wire.nodes.calls) == calls


def test_chunks_are_those_of_the_server():
    wire = kept()
    assert dask_array(Source(wire), "a", wire.nodes.structure("a")).chunks == CHUNKS


def test_a_column_reads_that_column_only():
    wire = kept()
    lazy = dask_frame(Source(wire), "t", table_structure())
    assert wire.nodes.calls == []
    assert lazy["b"].sum().compute(scheduler="synchronous") == pytest.approx(FRAME["b"].sum())
    assert sorted(wire.nodes.calls) == [f"GET table/partition/t?partition={i}&column=b" for i in range(3)]
    pd.testing.assert_frame_equal(lazy.compute(scheduler="synchronous"), FRAME)


def test_one_partition_reads_that_partition_only():
    wire = kept()
    lazy = dask_frame(Source(wire), "t", table_structure(), ["a"], [2])
    assert lazy.compute(scheduler="synchronous")["a"].tolist() == [8, 9, 10, 11]
    assert wire.nodes.calls == ["GET table/partition/t?partition=2&column=a"]


def test_what_is_not_there_is_refused_at_once():
    wire = kept()
    with pytest.raises(KeyError):
        dask_frame(Source(wire), "t", table_structure(), ["nope"])
    with pytest.raises(IndexError):
        dask_frame(Source(wire), "t", table_structure(), partitions=[3])
    with pytest.raises(IndexError):
        dask_array(Source(wire), "a", wire.nodes.structure("a"), 3)


def test_a_dataset_is_lazy_but_for_its_index():
    wire = kept()
    names = {"t": np.linspace(0, 1, 5), "u": np.arange(5.0)}
    wire.nodes.arrays.update({f"ds/{name}": (array, ((5,),)) for name, array in names.items()})
    found = [
        Variable(name, f"ds/{name}", ArrayStructure.from_array(array, dims=["x"]), coordinate=False)
        for name, array in names.items()
    ]
    assert wide_groups(found)
    lazy = dask_dataset(Source(wire), "ds", found, {"a": 1})
    assert wire.nodes.calls == []
    assert dask.is_dask_collection(lazy["t"].data)
    np.testing.assert_array_equal(lazy["u"].values, names["u"])
    assert lazy.attrs == {"a": 1}


@pytest.fixture
def address() -> Iterator[tuple[Nodes, str]]:
    """Nodes behind HTTP, on an event loop of their own."""
    nodes = kept().nodes
    ready, done = threading.Event(), asyncio.Event()
    found: list[Any] = []

    async def serve() -> None:
        async with served(nodes) as base:
            found.extend([base, asyncio.get_running_loop()])
            ready.set()
            await done.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(30)
    yield nodes, found[0]
    found[1].call_soon_threadsafe(done.set)
    thread.join(30)


def test_a_graph_survives_pickling(address: tuple[Nodes, str]):
    nodes, base = address
    lazy = dask_array(Source(HttpWire(base)), "a", nodes.structure("a"))
    again = pickle.loads(pickle.dumps(lazy))  # noqa: S301 - our own
    np.testing.assert_array_equal(again.compute(), NUMBERS)


@pytest.mark.slow
def test_two_worker_processes_read_an_array_and_a_table(address: tuple[Nodes, str]):
    distributed = pytest.importorskip("distributed")
    nodes, base = address
    source = Source(HttpWire(base))
    assert Source(HttpWire(base)).token == source.token != Source(HttpWire(base + "/other")).token
    patience = {"distributed.comm.timeouts.connect": "120s", "distributed.comm.timeouts.tcp": "120s"}
    with (
        dask.config.set(patience),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster, timeout=120),
    ):
        array = dask_array(source, "a", nodes.structure("a"))
        frame = dask_frame(source, "t", table_structure())
        np.testing.assert_array_equal(array.compute(), NUMBERS)
        assert array.map_blocks(lambda block: block * 2).sum().compute() == NUMBERS.sum() * 2
        pd.testing.assert_frame_equal(frame.compute(), FRAME)
    assert len([call for call in nodes.calls if call.startswith("GET array")]) >= 8
