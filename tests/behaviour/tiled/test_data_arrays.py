"""Arrays arrive as numpy would index them, in few answers, in one piece of memory; writes are exact."""

from __future__ import annotations

import json
import re
import tracemalloc
from typing import Any

import dask.array as da
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.raw_server import Connection, RawServer, response
from tests.support.tiled_nodes import MemoryWire, Nodes

from specbind.bindings._runtime import ConnectError, DecodeError, TruncatedError
from specbind.tiled import aio
from specbind.tiled._data.array_writes import chunks_for, patch_array, write_array, write_block
from specbind.tiled._data.arrays import read_array, read_block
from specbind.tiled._data.pieces import MIB, Sizes, cut
from specbind.tiled._data.selection import select
from specbind.tiled._data.writable import plain_array
from specbind.tiled.structures import ArrayStructure, read_structure, structure_json

NUMBERS = np.arange(60).reshape(3, 4, 5)
CHUNKS = ((2, 1), (1, 3), (5,))
SMALL = Sizes(rows=200, other=100, most=300)


def wire_of(array: np.ndarray, chunks: tuple[tuple[int, ...], ...] | None = None, **how: Any) -> MemoryWire:
    return MemoryWire(Nodes({"a": (array, chunks or tuple((side,) for side in array.shape))}), **how)


def structure(wire: MemoryWire) -> ArrayStructure:
    return wire.nodes.structure("a")


INDEXES = [
    None,
    ...,
    0,
    -1,
    np.int64(1),
    np.s_[1:3],
    np.s_[::-1],
    np.s_[-1, ::-1],
    np.s_[::2, ::3],
    np.s_[::-2, 1:, ::-3],
    np.s_[..., 2],
    np.s_[1, ..., ::2],
    np.s_[1, 2, 3],
    np.s_[2:1],
    np.s_[:, 5:],
    np.s_[-100:100, -2:],
    (),
]


@pytest.mark.parametrize("index", INDEXES)
@pytest.mark.parametrize("sizes", [None, SMALL])
async def test_an_index_gives_what_numpy_gives(index: Any, sizes: Sizes | None):
    wire = wire_of(NUMBERS, CHUNKS)
    found = await read_array(wire, "a", structure(wire), index, sizes=sizes)
    wanted = np.asarray(NUMBERS[... if index is None else index])
    assert found.shape == wanted.shape
    assert found.dtype == wanted.dtype
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("index", [3, -4, (0, 0, 0, 0), (..., ...), (0, 4), np.s_[:"a"]])
async def test_an_index_that_does_not_fit_is_refused_before_anything_is_sent(index: Any):
    wire = wire_of(NUMBERS, CHUNKS)
    with pytest.raises(IndexError):
        await read_array(wire, "a", structure(wire), index)
    assert wire.nodes.calls == []


async def test_a_step_of_zero_is_a_value_error_as_for_numpy():
    wire = wire_of(NUMBERS, CHUNKS)
    with pytest.raises(ValueError, match="a step other than 0"):
        await read_array(wire, "a", structure(wire), np.s_[::0])
    assert wire.nodes.calls == []


@pytest.mark.parametrize("index", [[0, 1], np.array([0, 2]), np.array([True, False, True]), True, 1.0, "a"])
async def test_an_index_that_the_server_does_not_know_says_what_to_do(index: Any):
    wire = wire_of(NUMBERS, CHUNKS)
    with pytest.raises(IndexError, match="integers and slices only"):
        await read_array(wire, "a", structure(wire), index)
    with pytest.raises(IndexError, match="new axis"):
        await read_array(wire, "a", structure(wire), (None, 0))


async def test_the_whole_is_one_request_without_a_slice():
    wire = wire_of(NUMBERS, CHUNKS)
    await read_array(wire, "a", structure(wire))
    assert wire.nodes.calls == ["GET array/full/a?expected_shape=3,4,5"]


async def test_a_reverse_slice_is_asked_for_forwards():
    wire = wire_of(NUMBERS, CHUNKS)
    await read_array(wire, "a", structure(wire), np.s_[-1, ::-1])
    assert wire.nodes.calls == ["GET array/full/a?slice=2,0:4:1,0:5:1&expected_shape=4,5"]


@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 0)])
async def test_nothing_is_asked_for_where_there_is_nothing(shape: tuple[int, ...]):
    wire = wire_of(np.zeros(shape))
    assert (await read_array(wire, "a", structure(wire))).shape == shape
    assert wire.nodes.calls == []


async def test_a_scalar_is_an_array_without_dimensions():
    wire = wire_of(np.array(3.5))
    assert await read_array(wire, "a", structure(wire)) == 3.5
    assert await read_block(wire, "a", structure(wire), ()) == 3.5
    assert wire.nodes.calls[0] == "GET array/full/a?expected_shape=scalar"


@given(
    sides=st.lists(st.integers(1, 9), min_size=1, max_size=3),
    seed=st.integers(0, 10_000),
    limits=st.tuples(st.integers(1, 400), st.integers(1, 400), st.integers(8, 400)),
)
@settings(max_examples=60, deadline=None)
async def test_pieces_cover_every_selection_once(sides: list[int], seed: int, limits: tuple[int, int, int]):
    draw = np.random.default_rng(seed)
    chunks = tuple(tuple(int(n) for n in np.diff([0, *sorted(draw.choice(side, side // 3)), side])) for side in sides)
    index = tuple(
        int(draw.integers(side))
        if draw.random() < 0.2
        else slice(int(draw.integers(side)), int(draw.integers(side + 1)), int(draw.integers(1, 4)))
        for side in sides
    )
    array = np.arange(np.prod(sides)).reshape(sides)
    rows, other, most = limits
    selection = select(index, array.shape)
    pieces = cut(selection, chunks, 8, Sizes(rows, other, most))
    count = np.zeros(selection.shape, int)
    for piece in pieces:
        count[piece.place] += 1
    assert (count == 1).all()
    wire = MemoryWire(Nodes({"a": (array, chunks)}))
    found = await read_array(wire, "a", wire.nodes.structure("a"), index, sizes=Sizes(rows, other, most))
    np.testing.assert_array_equal(found, array[index])


def test_cuts_follow_the_borders_of_chunks():
    pieces = cut(select(None, (100, 10)), ((30, 30, 30, 10), (5, 5)), 8, Sizes(rows=5000))
    assert [piece.spans[0] for piece in pieces] == [(0, 60), (60, 100)]
    pieces = cut(select(None, (10, 100)), ((10,), (30, 30, 30, 10)), 8, Sizes(rows=5000, other=5000))
    assert [piece.spans[1] for piece in pieces] == [(0, 60), (60, 100)]


def test_a_chunk_is_read_once_unless_the_server_would_refuse_it():
    mib = MIB // 8
    assert len(cut(select(None, (200 * mib,)), ((200 * mib,),), 8)) == 1
    assert len(cut(select(None, (400 * mib,)), ((400 * mib,),), 8)) == 2


def test_many_chunks_are_few_answers():
    assert len(cut(select(None, (12_500_000,)), ((1_250_000,) * 10,), 8)) == 1
    assert len(cut(select(None, (50_000_000,)), ((5_000_000,) * 10,), 8)) == 5
    assert len(cut(select(None, (50_000_000,)), ((1_250_000,) * 40,), 8)) == 4


@pytest.mark.parametrize("chunks", [((64,), (64,)), ((8,) * 8, (64,)), ((64,), (8,) * 8)])
async def test_a_large_array_is_in_memory_once(chunks: tuple[tuple[int, ...], ...]):
    array = np.ones((64, 64, 256), "f8")  # 8 MiB
    wire = wire_of(array, (*chunks, (256,)))
    sizes = Sizes(rows=MIB, other=MIB // 2, most=MIB)
    described = structure(wire)
    tracemalloc.start()
    found = await read_array(wire, "a", described, sizes=sizes)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.nbytes == 8 * MIB
    # the wire of this test holds 3 copies of each piece that is under way, and only one is under way at once
    assert peak < 8 * MIB + 5 * MIB


async def test_answers_under_way_are_bounded():
    wire = wire_of(np.arange(1000), ((10,) * 100,), connections=4)
    await read_array(wire, "a", structure(wire), sizes=Sizes(rows=80))
    assert len(wire.nodes.calls) == 100
    assert 1 < wire.most <= 4


async def test_only_the_piece_that_broke_off_is_read_again_and_in_halves():
    array = np.arange(400)
    wire = wire_of(array, ((100,) * 4,), cuts={2})
    found = await read_array(wire, "a", structure(wire), sizes=Sizes(rows=800))
    np.testing.assert_array_equal(found, array)
    slices = sorted(call.partition("slice=")[2].partition("&")[0] for call in wire.nodes.calls)
    assert slices == ["0:100:1", "100:150:1", "100:200:1", "150:200:1", "200:300:1", "300:400:1"]


async def test_a_read_that_always_breaks_off_ends():
    wire = wire_of(np.arange(8), cuts=set(range(1000)))
    with pytest.raises(TruncatedError):
        await read_array(wire, "a", structure(wire))
    assert len(wire.nodes.calls) <= 7


async def test_a_whole_read_in_one_piece_that_breaks_off_is_cut_too():
    array = np.arange(400)
    wire = wire_of(array, cuts={1})
    np.testing.assert_array_equal(await read_array(wire, "a", structure(wire)), array)
    assert [call.partition("slice=")[2].partition("&")[0] for call in wire.nodes.calls] == ["", "0:200:1", "200:400:1"]
    wire = wire_of(array, cuts={1})
    np.testing.assert_array_equal(await read_block(wire, "a", structure(wire), (0,)), array)
    assert len(wire.nodes.calls) == 3


@pytest.mark.parametrize("share", [0.05, 0.6])
async def test_rows_that_came_are_kept_and_the_bytes_asked_for_are_bounded(share: float):
    array = np.arange(6000).reshape(3000, 2)
    asked: list[int] = []
    head = {"Content-Type": "application/octet-stream"}

    async def script(raw: Connection) -> None:
        found = await raw.request()
        assert found is not None
        wanted = re.search(r"slice=(\d+)%3A(\d+)", found.target)
        part = array[int(wanted[1]) : int(wanted[2])] if wanted else array
        asked.append(part.nbytes)
        whole = response(200, part.tobytes(), head)
        cut = len(asked) <= 2
        await raw.send(whole[: int(len(whole) * share)] if cut else whole)
        if not cut:
            await raw.closed()

    async with RawServer(script) as server, aio.Context(server.url, api_key="secret") as context:
        described = structure(wire_of(array))
        np.testing.assert_array_equal(await read_array(context._connection, "a", described), array)
    assert asked[0] == array.nbytes
    assert asked[1] < array.nbytes
    assert sum(asked) < (2.0 if share > 0.5 else 2.6) * array.nbytes


async def test_all_tries_of_a_read_have_one_deadline():
    wire = wire_of(np.arange(8), cuts=set(range(1000)), patience=-1)
    with pytest.raises(TruncatedError):
        await read_array(wire, "a", structure(wire))
    assert len(wire.nodes.calls) == 1


async def test_an_answer_of_another_length_or_kind_is_an_error():
    wire = wire_of(np.arange(8), changed=lambda body, kind: (body[:-1], kind))
    with pytest.raises(DecodeError, match="64 bytes"):
        await read_array(wire, "a", structure(wire))
    wire = wire_of(np.arange(8), changed=lambda body, _: (body, "application/json"))
    with pytest.raises(DecodeError, match="json"):
        await read_array(wire, "a", structure(wire))


async def test_objects_are_never_made_of_bytes():
    raw = structure_json(ArrayStructure.from_array(np.zeros(2)))
    raw["data_type"] = {"endianness": "not_applicable", "kind": "O", "itemsize": 8, "dt_units": None}
    described = read_structure("array", raw)
    assert isinstance(described, ArrayStructure)
    wire = wire_of(np.zeros(2))
    with pytest.raises(DecodeError, match="objects"):
        await read_array(wire, "a", described)
    assert wire.nodes.calls == []


async def test_progress_ends_with_all_bytes():
    told: list[tuple[int, int | None]] = []
    wire = wire_of(np.arange(400), ((100,) * 4,))
    await read_array(
        wire, "a", structure(wire), sizes=Sizes(rows=800), progress=lambda done, total: told.append((done, total))
    )
    assert told[-1] == (3200, 3200)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


@pytest.mark.parametrize("index", [None, np.s_[0, ::-1], np.s_[..., 1], np.s_[1:1]])
async def test_a_block_is_that_part_of_the_array(index: Any):
    wire = wire_of(NUMBERS, CHUNKS)
    found = await read_block(wire, "a", structure(wire), (0, 1, 0), index)
    np.testing.assert_array_equal(found, NUMBERS[0:2, 1:4][... if index is None else index])


@pytest.mark.parametrize("block", [(0, 0), (2, 0, 0), (0, -1, 0), (0, 0, 0, 0)])
async def test_a_block_that_is_not_there_is_refused_before_anything_is_sent(block: tuple[int, ...]):
    wire = wire_of(NUMBERS, CHUNKS)
    with pytest.raises(IndexError):
        await read_block(wire, "a", structure(wire), block)
    with pytest.raises(IndexError):
        await write_block(wire, "a", structure(wire), NUMBERS, block)
    assert wire.nodes.calls == []


async def test_a_block_too_large_for_an_answer_is_read_in_parts():
    wire = wire_of(NUMBERS, CHUNKS)
    found = await read_block(
        wire, "a", structure(wire), (0, 1, 0), np.s_[:, ::-1], sizes=Sizes(rows=100, other=100, most=100)
    )
    np.testing.assert_array_equal(found, NUMBERS[0:2, 1:4][:, ::-1])
    assert len(wire.nodes.calls) > 1


@pytest.mark.parametrize(
    "array",
    [
        NUMBERS,
        np.asfortranarray(NUMBERS.astype(">f4")),
        np.array([(1, 2.5, b"a"), (3, 4.5, b"b")], dtype=[("a", "<i4"), ("b", "<f8"), ("c", "S3")]),
        np.arange(5).astype("M8[us]"),
        np.array(["ab", "cde"]),
        np.array(7.5),
        NUMBERS[::2, ::-1],
        np.zeros((0, 3)),
    ],
)
async def test_what_is_written_is_read_back(array: np.ndarray):
    wire = wire_of(np.zeros(array.shape, array.dtype))
    await write_array(wire, "a", structure(wire), array)
    found = await read_array(wire, "a", structure(wire))
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


async def test_fields_keep_their_names_and_gaps_are_closed():
    array = np.array([(1, 2.5), (3, 4.5)], dtype=np.dtype([("a", "u1"), ("b", "<f8")], align=True))
    plain = plain_array(array)
    assert plain.dtype == np.dtype([("a", "u1"), ("b", "<f8")])
    wire = wire_of(np.zeros(2, plain.dtype))
    await write_array(wire, "a", structure(wire), array)
    assert (await read_array(wire, "a", structure(wire)))["b"].tolist() == [2.5, 4.5]


async def test_blocks_are_written_each_once_a_few_at_a_time():
    wire = wire_of(np.zeros((3, 4, 5), int), ((2, 1), (3, 1), (5,)))
    await write_array(wire, "a", structure(wire), NUMBERS)
    np.testing.assert_array_equal(wire.nodes.arrays["a"][0], NUMBERS)
    assert sorted(wire.nodes.calls) == [f"PUT array/block/a?block={i},{j},0" for i in (0, 1) for j in (0, 1)]


async def test_a_lazy_array_is_computed_block_by_block():
    wire = wire_of(np.zeros(100, int), ((30, 30, 30, 10),))
    await write_array(wire, "a", structure(wire), da.arange(100, chunks=30))
    np.testing.assert_array_equal(wire.nodes.arrays["a"][0], np.arange(100))


@pytest.mark.parametrize("array", [np.zeros((3, 4)), np.zeros((3, 4, 6), int), np.zeros((3, 4, 5), complex)])
async def test_another_shape_or_type_is_refused_before_anything_is_sent(array: np.ndarray):
    wire = wire_of(np.zeros((3, 4, 5), int))
    with pytest.raises(ValueError, match=r"shape|holds"):
        await write_array(wire, "a", structure(wire), array)
    with pytest.raises(ValueError, match=r"shape|holds"):
        await write_block(wire, "a", structure(wire), array, (0, 0, 0))
    assert wire.nodes.calls == []


async def test_objects_are_not_written():
    with pytest.raises(ValueError, match="Python objects"):
        plain_array(np.array([object()]))


class Patched(MemoryWire):
    """A wire that notes a patch, and answers with a structure or an error."""

    error: Exception | None = None
    params: Any = None

    async def patch(self, path: str, *, params: Any = (), body: Any, content_type: str) -> object:
        del path, body, content_type
        self.params = list(params)
        if self.error:
            raise self.error
        return json.loads(json.dumps(structure_json(ArrayStructure.from_array(np.zeros((4, 4, 5), int)))))


async def test_a_patch_says_where_and_gives_the_new_structure():
    wire = Patched(Nodes({"a": (NUMBERS, CHUNKS)}))
    found = await patch_array(wire, "a", structure(wire), NUMBERS[:1], (3, 0, 0), extend=True)
    assert found.shape == (4, 4, 5)
    assert wire.params == [("offset", "3,0,0"), ("shape", "1,4,5"), ("extend", "true")]


@pytest.mark.parametrize(("error", "notes"), [(TruncatedError("lost"), 1), (ConnectError("refused"), 0)])
async def test_a_patch_without_an_answer_says_what_is_not_known(error: Exception, notes: int):
    wire = Patched(Nodes({"a": (NUMBERS, CHUNKS)}))
    wire.error = error
    with pytest.raises(type(error)) as caught:
        await patch_array(wire, "a", structure(wire), NUMBERS[:1], (3, 0, 0), extend=True)
    assert len(getattr(caught.value, "__notes__", [])) == notes


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"offset": (0, 0, 0, 0)}, "dimensions"),
        ({"offset": (-1, 0, 0)}, "front"),
        ({"offset": (0, 0, 0), "extend": True, "persist": False}, "grow"),
    ],
)
async def test_a_patch_that_cannot_be_is_refused(given: dict[str, Any], message: str):
    wire = Patched(Nodes({"a": (NUMBERS, CHUNKS)}))
    with pytest.raises(ValueError, match=message):
        await patch_array(wire, "a", structure(wire), NUMBERS[:1], **given)
    assert wire.params is None


@pytest.mark.parametrize(
    ("shape", "wanted"),
    [
        ((), ()),
        ((0,), ((0,),)),
        ((12_500_000,), ((12_500_000,),)),
        ((30_000_000,), ((12_500_000, 12_500_000, 5_000_000),)),
        ((3, 12_500_000), ((1, 1, 1), (12_500_000,))),
        ((2, 25_000_000), ((1, 1), (12_500_000, 12_500_000))),
        ((5, 0), ((5,), (0,))),
    ],
)
def test_chunks_are_runs_of_rows_of_at_most_100_mb(shape: tuple[int, ...], wanted: tuple[tuple[int, ...], ...]):
    assert chunks_for(shape, 8) == wanted
