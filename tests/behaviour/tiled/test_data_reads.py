"""Large reads leave the event loop free; what broke off is read again by itself, within one deadline."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import awkward as ak
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import sparse
from tests.support.raw_server import Connection, RawServer, response
from tests.support.tiled_nodes import ARROW, OCTETS, MemoryWire, Nodes, arrow_file, index_of

from specbind.bindings._runtime import TransportError, TruncatedError
from specbind.tiled import aio
from specbind.tiled._data import arrays, datasets, frames, nested, tables
from specbind.tiled._data import sparse as sparse_reads
from specbind.tiled._data.arrays import read_array
from specbind.tiled._data.pieces import Sizes
from specbind.tiled.structures import ArrayStructure, AwkwardStructure, COOStructure, RaggedStructure, TableStructure

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

ROWS = 300_000
FRAME = pd.DataFrame({"a": np.arange(ROWS), "x": np.arange(ROWS) / 2})
DENSE = np.zeros((6, 8))
DENSE[[0, 1, 5], [1, 3, 7]] = [1.0, 2.0, 3.0]
F8 = ArrayStructure.from_array(np.zeros(1)).data_type
COO = COOStructure((6, 8), ((6,), (8,)), data_type=F8)


def table_wire(frame: pd.DataFrame, parts: int, **how: Any) -> tuple[MemoryWire, TableStructure]:
    whole = pa.Table.from_pandas(frame)
    rows = -(-len(frame) // parts)
    nodes = Nodes(tables={"t": [pa.Table.from_pandas(frame.iloc[at : at + rows]) for at in range(0, len(frame), rows)]})
    return MemoryWire(nodes, **how), TableStructure.from_schema(whole.schema, parts)


@dataclass
class Answering(MemoryWire):
    """Gives one body to every question; breaks off as often as it is told, and notes what it was asked."""

    body: bytes = b""
    fillings: list[Any] = field(default_factory=list)
    breaks: int = 0

    async def get_bytes(self, path: str, *, accept: str, filling: Any = None, **how: Any) -> tuple[bytes, str]:
        del path, how
        self.fillings.append(filling)
        if len(self.fillings) <= self.breaks:
            raise TruncatedError("cut off")
        return self.body, accept


async def whole_frame(parts: int) -> object:
    wire, structure = table_wire(FRAME, parts)
    return await tables.read_frame(wire, "t", structure)


async def arrow() -> object:
    wire, structure = table_wire(FRAME, 2)
    return await tables.read_arrow(wire, "t", structure)


async def partition() -> object:
    wire, structure = table_wire(FRAME, 2)
    return await tables.read_partition_frame(wire, "t", structure, 1)


async def columns_of_an_array() -> object:
    array = np.ones((2000, 200))
    wire = MemoryWire(Nodes({"a": (array, ((2000,), (100, 100)))}))
    return await read_array(wire, "a", wire.nodes.structure("a"), sizes=Sizes(rows=1_700_000, other=1_700_000))


async def coordinates() -> object:
    wire = Answering(Nodes())
    wire.body = arrow_file(pa.table({"dim0": np.arange(ROWS), "data": np.ones(ROWS)}))
    return await sparse_reads.read_sparse(wire, "a", COOStructure((ROWS,), ((ROWS,),), data_type=F8), np.s_[::-1])


async def buffers() -> object:
    structure, given = nested.awkward_parts(ak.Array({"x": np.arange(ROWS)}))
    return await nested.read_awkward(MemoryWire(Nodes(buffers={"w": given})), "w", structure, "x")


async def ragged() -> object:
    form, length, given = ak.to_buffers(ak.Array([np.arange(ROWS), np.arange(3)]))
    wire = Answering(Nodes())
    wire.body = nested.zipped(
        {**given, "length": length.to_bytes(8, "big"), "form": json.dumps(form.to_json()).encode()}
    )
    return await nested.read_ragged(wire, "r", RaggedStructure(F8, (2, None), ROWS + 3, ((2,), None)), np.s_[0, ::2])


async def dataset() -> object:
    wire = Answering(Nodes())
    wire.body = arrow_file(pa.table({name: np.arange(ROWS) for name in "ab"}))
    described = ArrayStructure.from_array(np.arange(ROWS), dims=["x"])
    variables = [datasets.Variable(name, name, described, coordinate=False) for name in "ab"]
    return await datasets.read_dataset(wire, "d", variables, {})


@pytest.mark.parametrize(
    ("read", "place", "name"),
    [
        (lambda: whole_frame(1), tables, "arrow_table"),
        (lambda: whole_frame(1), tables, "alone"),
        (lambda: whole_frame(2), tables, "arrow_table"),
        (lambda: whole_frame(2), frames.Frames, "take"),
        (lambda: whole_frame(2), frames.Frames, "joined"),
        (arrow, tables, "arrow_table"),
        (partition, tables, "alone"),
        (columns_of_an_array, arrays, "_fill"),
        (coordinates, sparse_reads, "arrow_table"),
        (coordinates, sparse_reads, "_joined"),
        (buffers, nested, "_members"),
        (buffers, nested, "_built"),
        (ragged, nested, "_members"),
        (ragged, nested, "_ragged"),
        (dataset, tables, "arrow_table"),
        (dataset, datasets, "_column"),
        (dataset, datasets, "dataset_of"),
    ],
)
async def test_the_loop_goes_on_while_a_large_answer_is_read(
    read: Callable[[], Coroutine[Any, Any, object]], place: Any, name: str, monkeypatch: pytest.MonkeyPatch
):
    loop, ticked = asyncio.get_running_loop(), threading.Event()
    found: list[bool] = []
    work = getattr(place, name)

    def tick(left: int) -> None:
        if left:
            loop.call_soon(tick, left - 1)
        else:
            ticked.set()

    def noted(*given: Any, **named: Any) -> object:
        loop.call_soon_threadsafe(tick, 10)
        # on the loop's own thread it could not tick meanwhile, and the wait would be in vain
        found.append(threading.current_thread() is not threading.main_thread() and ticked.wait(30))
        return work(*given, **named)

    monkeypatch.setattr(place, name, noted)
    await read()
    assert found
    assert all(found)


async def test_rows_that_came_in_a_buffer_are_copied_beside_the_loop(monkeypatch: pytest.MonkeyPatch):
    array = np.arange(400_000.0).reshape(1000, 400)
    head = {"Content-Type": OCTETS}
    sizes: list[tuple[int, bool]] = []
    fill = arrays._fill

    def noted(target: Any, source: Any) -> None:
        sizes.append((len(target), threading.current_thread() is threading.main_thread()))
        fill(target, source)

    monkeypatch.setattr(arrays, "_fill", noted)
    answers = 0

    async def script(raw: Connection) -> None:
        nonlocal answers
        while (asked := await raw.request()) is not None:
            answers += 1
            text = re.search(r"slice=([^&]*)", asked.target)
            assert text
            part = array[index_of(text[1].replace("%3A", ":").replace("%2C", ","))]
            whole = response(200, part.tobytes(), head)
            if answers == 1:
                await raw.send(whole[: int(len(whole) * 0.9)])
                return
            await raw.send(whole)

    async with RawServer(script) as server, aio.Context(server.url, api_key="secret") as context:
        described = ArrayStructure.from_array(array, chunks=((1000,), (200, 200)))
        small = Sizes(rows=1_700_000, other=1_700_000)
        np.testing.assert_array_equal(await read_array(context._connection, "a", described, sizes=small), array)
    assert not any(on_loop for rows, on_loop in sizes if rows > 500)
    assert any(500 < rows < 1000 for rows, _ in sizes)


async def test_a_partition_that_breaks_off_is_asked_for_again_and_the_others_are_not():
    frame = pd.DataFrame({"a": np.arange(90_000)})
    wire, structure = table_wire(frame, 3)
    asked: list[str] = []

    async def script(raw: Connection) -> None:
        while (request := await raw.request()) is not None:
            number = request.target.partition("partition=")[2][:1]
            asked.append(number)
            whole = response(200, arrow_file(wire.nodes.tables["t"][int(number)]), {"Content-Type": ARROW})
            if number == "1" and asked.count("1") == 1:
                await raw.send(whole[: len(whole) // 2])
                return
            await raw.send(whole)

    async with RawServer(script) as server, aio.Context(server.url, api_key="secret") as context:
        pd.testing.assert_frame_equal(await tables.read_frame(context._connection, "t", structure), frame)
    assert sorted(asked) == ["0", "1", "1", "2"]


async def test_a_table_that_is_given_up_says_what_had_come(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TILED_RETRY_TIMEOUT", "0")
    wire, structure = table_wire(pd.DataFrame({"a": np.arange(9)}), 3)
    first = asyncio.Event()

    async def script(raw: Connection) -> None:
        while (request := await raw.request()) is not None:
            number = int(request.target.partition("partition=")[2][:1])
            whole = response(200, arrow_file(wire.nodes.tables["t"][number]), {"Content-Type": ARROW})
            if number:
                await first.wait()
                await raw.send(whole[: len(whole) // 2])
                return
            await raw.send(whole)

    async with RawServer(script) as server, aio.Context(server.url, api_key="secret") as context:
        with pytest.raises(TransportError) as caught:
            await tables.read_frame(context._connection, "t", structure, progress=lambda _done, _total: first.set())
    note = next(note for note in caught.value.__notes__ if not note.startswith("at the same time"))
    assert note.startswith("1 of 3 partitions had come; read the others one by one with read_partition")
    assert "TILED_RETRY_TIMEOUT" in note


async def test_all_partitions_share_one_patience():
    wire = Answering(Nodes(), connections=1)
    wire.body = arrow_file(pa.table({"a": [1]}))
    structure = TableStructure.from_schema(pa.schema({"a": pa.int64()}), 5)
    for read in (tables.read_frame, tables.read_arrow):
        wire.fillings.clear()
        await read(wire, "t", structure)
        assert len(wire.fillings) == 5
        assert len({id(filling.patience) for filling in wire.fillings}) == 1
        assert not any(filling.keeps for filling in wire.fillings)


async def test_variables_of_a_dataset_share_one_patience_and_those_that_came_are_counted():
    class Breaking(MemoryWire):
        patiences: set[int] = set()  # noqa: RUF012 - one object only

        async def get_bytes(self, path: str, *, into: Any = None, filling: Any = None, **how: Any) -> Any:
            self.patiences.add(id(filling.patience))
            if path.endswith("/c"):
                raise TruncatedError("cut off")
            return await super().get_bytes(path, into=into, filling=filling, **how)

    wire = Breaking(Nodes({name: (np.arange(3.0), ((3,),)) for name in "abc"}), connections=1)
    described = ArrayStructure.from_array(np.arange(3.0), dims=["x"])
    variables = [datasets.Variable(name, name, described, coordinate=False) for name in "abc"]
    with pytest.raises(TruncatedError) as caught:
        await datasets.read_dataset(wire, "d", variables, {}, optimize_wide_table=False)
    assert caught.value.__notes__[0].startswith("0 of 24 bytes had come")
    assert caught.value.__notes__[1].startswith("2 of 3 variables had come")
    assert len(wire.patiences) == 1


async def test_a_long_read_is_patient_as_long_as_something_comes(monkeypatch: pytest.MonkeyPatch):
    clock = [0.0]
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: clock[0])

    class Slow:
        """Each answer takes 10 s; the eighth breaks off in the middle."""

        connections, patience, asked = 1, 15.0, 0

        async def get_bytes(self, path: str, *, into: memoryview, filling: Any, **how: Any) -> tuple[memoryview, str]:
            del path, how
            self.asked += 1
            clock[0] += 10
            if self.asked == 8:
                filling.came = len(into) // 2
                raise TruncatedError("cut off")
            into[:] = bytes(len(into))
            filling.came = len(into)
            return into, "application/octet-stream"

    described = ArrayStructure.from_array(np.zeros(10_000), chunks=((1000,) * 10,))
    wire: Any = Slow()
    assert not (await arrays.read_array(wire, "a", described, sizes=Sizes(rows=8000, other=8000))).any()
    assert wire.asked == 11


async def test_a_part_that_never_comes_ends_the_patience(monkeypatch: pytest.MonkeyPatch):
    clock = [0.0]
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: clock[0])

    class Silent:
        connections, patience, asked = 1, 15.0, 0

        async def get_bytes(self, path: str, **how: Any) -> tuple[memoryview, str]:
            del path, how
            self.asked += 1
            clock[0] += 10
            raise TruncatedError("cut off")

    wire: Any = Silent()
    described = ArrayStructure.from_array(np.zeros(10_000))
    with pytest.raises(TruncatedError):
        await arrays.read_array(wire, "a", described, sizes=Sizes(rows=8000, other=8000))
    assert wire.asked == 2


class Sparse(MemoryWire):
    """A sparse array whose answers break off where they have more rows than `most`."""

    most = 6

    async def get_bytes(self, path: str, *, params: Any = (), accept: str, **how: Any) -> tuple[bytes, str]:
        del path, how
        text = dict(params).get("slice", "")
        self.nodes.calls.append(text)
        found = DENSE[index_of(text)]
        if len(found) > self.most:
            raise TruncatedError("cut off")
        coo = sparse.COO(found)
        return arrow_file(pa.table({"dim0": coo.coords[0], "dim1": coo.coords[1], "data": coo.data})), accept


@pytest.mark.parametrize(("index", "calls"), [(None, 6), (np.s_[::-1, 1:], 6), (np.s_[:2], 1)])
async def test_a_sparse_array_that_breaks_off_is_read_in_halves(index: Any, calls: int):
    wire = Sparse(Nodes())
    wire.most = 2
    found = await sparse_reads.read_sparse(wire, "a", COO, index)
    np.testing.assert_array_equal(found.todense(), DENSE[... if index is None else index])
    assert len(wire.nodes.calls) <= calls + 1


async def test_a_sparse_array_that_always_breaks_off_says_what_had_come():
    wire = Sparse(Nodes())
    wire.most = 0
    with pytest.raises(TruncatedError) as caught:
        await sparse_reads.read_sparse(wire, "a", COO)
    assert caught.value.__notes__[0].startswith("a part with 0 of 48 elements had come")
    assert len(wire.nodes.calls) == 3
    wire = Sparse(Nodes(), patience=-1)
    wire.most = 0
    with pytest.raises(TruncatedError):
        await sparse_reads.read_sparse(wire, "a", COO)
    assert len(wire.nodes.calls) == 1


@pytest.mark.parametrize("family", ["awkward", "ragged"])
async def test_what_comes_in_one_answer_says_so_when_it_is_given_up(family: str):
    class Broken(Answering):
        async def post_bytes(self, path: str, **how: Any) -> tuple[bytes, str]:
            return await self.get_bytes(path, accept="", filling=how["filling"])

    wire = Broken(Nodes())
    wire.breaks = 9
    structure, _ = nested.awkward_parts(ak.Array([[1], [2, 3]]))
    assert isinstance(structure, AwkwardStructure)
    described = RaggedStructure(F8, (2, None), 3, ((2,), None))
    reading = (
        nested.read_awkward(wire, "a", structure) if family == "awkward" else nested.read_ragged(wire, "a", described)
    )
    with pytest.raises(TruncatedError) as caught:
        await reading
    assert "in one answer" in caught.value.__notes__[0]
    assert [filling.keeps for filling in wire.fillings] == [False]


def received(table: pa.Table) -> tuple[pa.Table, memoryview]:
    body = memoryview(bytearray(arrow_file(table)))
    return tables.arrow_table(body), body


def test_a_table_of_one_partition_lies_where_it_was_received_and_can_be_changed():
    frame = pd.DataFrame(
        {"a": np.arange(1000), "x": np.arange(1000.0), "t": pd.date_range("2020", periods=1000), "s": ["text"] * 1000},
        index=pd.Index(np.arange(1000) + 5, name="when"),
    )
    table, body = received(pa.Table.from_pandas(frame))
    found = frames.alone(table, body)
    pd.testing.assert_frame_equal(found, frame)
    memory = np.frombuffer(body, "u1")
    assert all(np.shares_memory(found[name].to_numpy(), memory) for name in "axt")
    found.iloc[:2, 0] = -1
    found.loc[5, "t"] = pd.Timestamp("1999")
    found.loc[6, "s"] = "new"
    assert found.iloc[:2].to_numpy().tolist() == [
        [-1, 0.0, pd.Timestamp("1999"), "text"],
        [-1, 1.0, pd.Timestamp("2020-01-02"), "new"],
    ]


@pytest.mark.parametrize("values", [pd.array([1, None] * 500, dtype="Int64"), [1.0, None] * 500])
def test_what_was_received_goes_where_little_of_it_is_of_use(values: Any):
    frame = pd.DataFrame({"a": values, "b": values, "c": np.arange(1000, dtype="u1")})
    table, body = received(pa.Table.from_pandas(frame))
    found = frames.alone(table, body)
    pd.testing.assert_frame_equal(found, frame)
    memory = np.frombuffer(body, "u1")
    assert not np.shares_memory(found["c"].to_numpy(), memory)
    found.iloc[0, 0] = found.iloc[2, 0]


def test_constants_are_never_changed():
    text = arrow_file(pa.table({"a": np.arange(10)}))
    before = bytes(bytearray(text))
    found = frames.alone(tables.arrow_table(text), text)
    found.iloc[0, 0] = 100
    assert text == before


@pytest.mark.parametrize("seed", range(40))
async def test_however_answers_break_off_at_most_6_times_the_bytes_are_asked_for(seed: int):
    array, draw = np.arange(4000.0).reshape(1000, 4), np.random.default_rng(seed)
    steady = draw.choice([0.0, 0.5, 1.0])
    asked = 0

    class Breaking(MemoryWire):
        async def get_bytes(self, path: str, *, into: Any = None, filling: Any = None, **how: Any) -> Any:
            nonlocal asked
            asked += len(into)
            body, kind = await super().get_bytes(path, into=None, **how)
            came = len(body) if draw.random() < 0.1 else int(len(body) * (0.26 if draw.random() < steady else 0.05))
            into[:came] = body[:came]
            filling.came = came
            if came < len(body):
                raise TruncatedError("cut off")
            return into, kind

    wire = Breaking(Nodes({"a": (array, ((1000,), (4,)))}))
    with suppress(TruncatedError):
        np.testing.assert_array_equal(await read_array(wire, "a", wire.nodes.structure("a")), array)
    assert asked <= 6 * array.nbytes
