"""Tables arrive with index and types, few partitions at a time; writes are sent once."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import pairwise
from typing import Any

import dask.dataframe as dd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.tiled_nodes import MemoryWire, Nodes, arrow_file

from specbind.bindings._runtime import ConnectError, DecodeError, TruncatedError
from specbind.tiled._data import tables
from specbind.tiled._data.arrow_files import arrow_table
from specbind.tiled._data.frames import Frames
from specbind.tiled._data.table_writes import (
    append_partition,
    arrow_of,
    planned,
    write_partition,
    write_table,
)
from specbind.tiled._data.tables import read_arrow, read_frame, read_partition
from specbind.tiled.structures import TableStructure

FRAME = pd.DataFrame(
    {
        "a": [1, 2, 3, 4, 5, 6],
        "x": [0.5, None, 2.5, 3.5, 4.5, 5.5],
        "s": ["p", None, "q", "r", "s", "t"],
        "t": pd.date_range("2020", periods=6, tz="UTC"),
        "c": pd.Categorical(list("uvuvuv")),
        "n": pd.array([1, None, 3, 4, 5, 6], dtype="Int64"),
        "b": [True, False] * 3,
    },
    index=pd.Index([3, 4, 5, 6, 7, 8], name="when"),
)


def wire_of(frame: pd.DataFrame, parts: int = 1, **how: Any) -> tuple[MemoryWire, TableStructure]:
    bounds = np.linspace(0, len(frame), parts + 1).astype(int)
    tables = [pa.Table.from_pandas(frame.iloc[i:j]) for i, j in pairwise(bounds)]
    structure = TableStructure.from_schema(pa.Table.from_pandas(frame).schema, parts)
    return MemoryWire(Nodes(tables={"t": tables}), **how), structure


@pytest.mark.parametrize("parts", [1, 2, 3, 6])
async def test_a_table_is_the_frame_that_was_written(parts: int):
    wire, structure = wire_of(FRAME, parts)
    found = await read_frame(wire, "t", structure)
    pd.testing.assert_frame_equal(found, FRAME)
    assert len(wire.nodes.calls) == parts
    found.iloc[0, 0] = 100  # it belongs to the caller
    assert found.iloc[0, 0] == 100


async def test_columns_come_in_the_order_that_was_asked_for():
    wire, structure = wire_of(FRAME, 2)
    found = await read_frame(wire, "t", structure, ["x", "a"])
    pd.testing.assert_frame_equal(found, FRAME[["x", "a"]])
    assert wire.nodes.calls[0] == "GET table/partition/t?partition=0&column=x&column=a"


async def test_a_column_that_is_not_there_is_a_key_error_before_anything_is_sent():
    wire, structure = wire_of(FRAME)
    with pytest.raises(KeyError, match="nope"):
        await read_frame(wire, "t", structure, ["nope"])
    with pytest.raises(IndexError):
        await read_partition(wire, "t", structure, 1)
    with pytest.raises(ValueError, match="no column"):
        await read_frame(wire, "t", structure, [])
    assert wire.nodes.calls == []


async def test_many_columns_go_in_the_body():
    frame = pd.DataFrame({f"column_number_{i:04}": [i] for i in range(200)})
    wire, structure = wire_of(frame)
    names = list(frame.columns)[::-1]
    found = await read_frame(wire, "t", structure, names)
    pd.testing.assert_frame_equal(found, frame[names])
    assert wire.nodes.calls == ["POST table/partition/t?partition=0"]


async def test_categories_that_differ_between_partitions_are_joined():
    first, second = (pd.DataFrame({"c": pd.Categorical(list(text))}) for text in ("ab", "bc"))
    wire, structure = wire_of(first, 1)
    wire.nodes.tables["t"] = [pa.Table.from_pandas(first), pa.Table.from_pandas(second)]
    structure = TableStructure(structure.arrow_schema, 2, structure.columns)
    found = await read_frame(wire, "t", structure)
    assert found["c"].tolist() == ["a", "b", "b", "c"]
    assert isinstance(found["c"].dtype, pd.CategoricalDtype)


@pytest.mark.parametrize(("room", "most"), [(1, 2), (10**9, 16)])
async def test_partitions_under_way_are_few_where_they_are_large(room: int, most: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tables, "_ROOM", room)
    wire, structure = wire_of(pd.DataFrame({"a": range(100)}), 50)
    told: list[tuple[int, int | None]] = []
    found = await read_frame(wire, "t", structure, progress=lambda done, total: told.append((done, total)))
    assert found["a"].tolist() == list(range(100))
    assert 2 <= wire.most <= most
    assert told[-1] == (50, 50)


async def test_a_slow_first_partition_does_not_pile_up_the_others(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tables, "_ROOM", 1)
    wire, structure = wire_of(pd.DataFrame({"a": range(20)}), 10)
    release, second = asyncio.Event(), asyncio.Event()
    ask = wire._ask

    async def slow(method: str, path: str, params: Any, body: bytes) -> tuple[bytes, str]:
        if ("partition", "0") in params:
            await release.wait()
        return await ask(method, path, params, body)

    monkeypatch.setattr(wire, "_ask", slow)
    reading = asyncio.create_task(read_frame(wire, "t", structure, progress=lambda _done, _total: second.set()))
    await second.wait()
    for _ in range(100):  # turns of the loop: more than all the others would need
        await asyncio.sleep(0)
    assert len(wire.nodes.calls) == 1
    release.set()
    assert (await reading)["a"].tolist() == list(range(20))


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0]])
def test_parts_come_in_any_order_and_belong_to_the_frame(order: list[int]):
    parts = [pd.DataFrame({"a": np.arange(1000.0) + n, "s": [f"t{n}"] * 1000}) for n in range(3)]
    wanted = pd.concat(parts)
    before = pa.total_allocated_bytes()
    frames = Frames(3)
    for number in order:
        frames.take(number, arrow_table(arrow_file(pa.Table.from_pandas(parts[number]))))
    found = frames.joined()
    pd.testing.assert_frame_equal(found, wanted)
    assert found["a"].to_numpy().base is None or found["a"].to_numpy().base.nbytes == 24_000
    found.iloc[0, 0] = -1  # it can be changed
    assert pa.total_allocated_bytes() - before < 100_000


def test_types_that_differ_between_parts_are_joined_as_pandas_does():
    parts = [pd.DataFrame({"a": values}) for values in ([1, 2], [1.5, None], ["x", "y"])]
    frames = Frames(3)
    for number, part in enumerate(parts):
        frames.take(number, arrow_table(arrow_file(pa.Table.from_pandas(part))))
    assert frames.joined()["a"].tolist()[:3] == [1, 2, 1.5]


def test_a_first_part_that_is_small_is_no_limit():
    frames = Frames(3)
    for number, count in enumerate((0, 5, 5000)):
        frames.take(number, pa.table({"a": np.arange(count)}))
    assert frames.joined()["a"].tolist() == [*range(5), *range(5000)]


def test_later_parts_have_the_order_of_the_first():
    frames = Frames(2)
    frames.take(0, pa.table({"a": [1, 2], "b": [10, 20]}))
    frames.take(1, pa.table({"b": [30], "a": [3]}))
    assert frames.joined().to_dict("list") == {"a": [1, 2, 3], "b": [10, 20, 30]}


@pytest.mark.parametrize("later", [{"a": [3]}, {"a": [3], "c": [1]}, {"a": [3], "b": [1], "c": [1]}])
def test_parts_with_other_columns_are_told(later: dict[str, list[int]]):
    frames = Frames(2)
    frames.take(0, pa.table({"a": [1, 2], "b": [10, 20]}))
    with pytest.raises(DecodeError, match=r"partition 1 has other columns than those before it: \['[bc]'"):
        frames.take(1, pa.table(later))


def test_how_many_parts_there_are_to_be_is_not_reserved_for():
    frames = Frames(10_000_000)
    frames.take(0, pa.table({"a": np.arange(1_000_000.0)}))
    assert frames.joined()["a"].sum() == np.arange(1_000_000.0).sum()


def file_of(table: pa.Table, **options: Any) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize("kind", ["zstd", "lz4"])
@pytest.mark.parametrize("values", [np.zeros(100_000), pa.array(["x" * 1000] * 1000).dictionary_encode()])
def test_a_file_that_unpacks_to_more_is_refused_before_it_does(kind: str, values: Any):
    before = pa.total_allocated_bytes()
    with pytest.raises(DecodeError, match="compressed, which was not asked for"):
        arrow_table(file_of(pa.table({"a": values}), compression=kind))
    assert pa.total_allocated_bytes() - before < 50_000


def test_rows_that_take_no_bytes_are_bounded():
    assert arrow_table(file_of(pa.table({"a": pa.nulls(1000)}))).num_rows == 1000
    with pytest.raises(DecodeError, match="claims 100000000 rows"):
        arrow_table(file_of(pa.table({"a": pa.nulls(100_000_000)})))


def test_what_pyarrow_writes_is_read_as_it_was():
    texts = pa.array(["a", None, "b"]).dictionary_encode()
    table = pa.table({"n": [1, None, 3], "s": texts, "l": [[1], [], None], "m": [{"x": 1}, None, {"x": 2}]})
    for chunks in (table, pa.concat_tables([table, table]), table.slice(0, 0), table.select([])):
        assert arrow_table(file_of(chunks)).equals(chunks)


@given(st.binary(max_size=200), st.integers(0, 2000), st.booleans())
def test_no_bytes_break_the_reader(noise: bytes, at: int, whole: bool):
    body = file_of(pa.table({"a": [1, 2, 3], "s": ["x", "y", "z"]}))
    with suppress(DecodeError):
        arrow_table(noise if whole else body[:at] + noise + body[at + len(noise) :])


async def test_a_column_is_asked_for_once():
    wire, structure = wire_of(pd.DataFrame({"a": range(4)}), 2)
    with pytest.raises(ValueError, match="more than once"):
        await read_frame(wire, "t", structure, ["a", "a"])
    assert not wire.nodes.calls


async def test_arrow_is_had_without_pandas_in_between():
    wire, structure = wire_of(FRAME, 3)
    found = await read_arrow(wire, "t", structure, ["a"])
    assert found.column("a").to_pylist() == FRAME["a"].tolist()


def broken(body: bytes) -> bytes:
    """The same file with the offsets of its texts led astray."""
    marks = np.frombuffer(body, "u1").copy()
    offsets = np.array([0, 1, 2, 3], "<i4").tobytes()
    at = body.index(offsets)
    marks[at + 4 : at + 8] = np.frombuffer(np.array([2**30], "<i4").tobytes(), "u1")
    return marks.tobytes()


async def test_an_answer_that_is_no_sound_arrow_file_is_an_error():
    wire, structure = wire_of(FRAME)
    for changed in (
        lambda body, kind: (body[: len(body) // 2], kind),
        lambda _, kind: (b"", kind),
        lambda body, _: (body, "text/csv"),
    ):
        wire.changed = changed
        with pytest.raises(DecodeError):
            await read_frame(wire, "t", structure)
    with pytest.raises(DecodeError, match="sound"):
        arrow_table(broken(arrow_file(pa.table({"s": ["a", "b", "c"]}))))


async def test_an_answer_without_a_column_is_an_error():
    wire, structure = wire_of(FRAME)
    wire.changed = lambda _, kind: (arrow_file(pa.table({"other": [1]})), kind)
    with pytest.raises(DecodeError, match="'a'"):
        await read_frame(wire, "t", structure, ["a"])


@pytest.mark.parametrize(
    "given",
    [FRAME, {"a": [1, 2], "b": ["x", "y"]}, {"a": np.arange(3)}, pa.table({"a": [1.5]})],
)
async def test_what_is_written_is_read_back(given: Any):
    structure, _ = await planned(given)
    wire = MemoryWire(Nodes(tables={"t": [pa.table({})]}))
    await write_table(wire, "t", structure, given)
    assert wire.nodes.calls == ["PUT table/full/t?"]
    found = await read_frame(wire, "t", structure)
    pd.testing.assert_frame_equal(found, arrow_of(given).to_pandas())


async def test_a_lazy_frame_is_written_by_partition():
    lazy = dd.from_pandas(FRAME, npartitions=3)
    structure, _ = await planned(lazy)
    assert structure.npartitions == 3
    wire = MemoryWire(Nodes(tables={"t": [pa.table({})] * 3}))
    await write_table(wire, "t", structure, lazy)
    assert sorted(wire.nodes.calls) == [f"PUT table/partition/t?partition={number}" for number in range(3)]
    pd.testing.assert_frame_equal(await read_frame(wire, "t", structure), FRAME, check_dtype=False)


async def test_another_number_of_partitions_is_refused():
    wire, structure = wire_of(FRAME, 2)
    with pytest.raises(ValueError, match="2 partitions"):
        await write_table(wire, "t", structure, FRAME)
    with pytest.raises(ValueError, match="2 partitions"):
        await write_table(wire, "t", structure, dd.from_pandas(FRAME, npartitions=3))
    with pytest.raises(IndexError):
        await write_partition(wire, "t", structure, FRAME, 2)
    assert wire.nodes.calls == []


async def test_what_is_no_table_is_refused():
    with pytest.raises(TypeError, match="no table"):
        arrow_of([1, 2])


class Appending(MemoryWire):
    """A wire that loses the answer of a patch."""

    error: Exception = TruncatedError("lost")
    patches = 0

    async def patch(self, path: str, *, params: Any = (), body: Any, content_type: str) -> object:
        del path, params, body, content_type
        self.patches += 1
        raise self.error


@pytest.mark.parametrize(("error", "notes"), [(TruncatedError("lost"), 1), (ConnectError("refused"), 0)])
async def test_rows_are_appended_once_and_a_lost_answer_says_so(error: Exception, notes: int):
    _, structure = wire_of(FRAME)
    wire = Appending(Nodes())
    wire.error = error
    with pytest.raises(type(error)) as caught:
        await append_partition(wire, "t", structure, FRAME)
    assert wire.patches == 1
    assert len(getattr(caught.value, "__notes__", [])) == notes


def test_an_older_way_to_say_that_a_file_is_compressed_is_known_too():
    sink = pa.BufferOutputStream()
    batch = pa.record_batch({"a": pa.array([1, 2], "u1")})
    options = pa.ipc.IpcWriteOptions(metadata_version=pa.ipc.MetadataVersion.V4)
    with pa.ipc.new_file(sink, batch.schema, options=options) as writer:
        writer.write_batch(batch, custom_metadata={"ARROW:experimental_compression": "zstd"})
    with pytest.raises(DecodeError, match="compressed"):
        arrow_table(sink.getvalue().to_pybytes())


def test_ordered_categories_that_differ_between_parts_are_joined_as_pandas_does():
    parts = [
        pd.DataFrame({"a": pd.Categorical(["a"], categories=list(known), ordered=True)}) for known in ("ab", "abc")
    ]
    frames = Frames(2)
    for number, part in enumerate(parts):
        frames.take(number, arrow_table(arrow_file(pa.Table.from_pandas(part))))
    assert frames.joined()["a"].tolist() == ["a", "a"]
