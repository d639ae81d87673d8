"""Sparse, awkward and ragged arrays: right places, and only the buffers that are needed."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from typing import Any

import awkward as ak
import numpy as np
import pyarrow as pa
import pytest
import sparse
from tests.support.tiled_nodes import ARROW, MemoryWire, Nodes, arrow_file, index_of

from specbind.bindings._runtime import DecodeError
from specbind.tiled._data import nested
from specbind.tiled._data.arrow_files import arrow_table
from specbind.tiled._data.nested import awkward_parts, read_awkward, read_ragged, write_awkward, zipped
from specbind.tiled._data.sparse import read_sparse, read_sparse_block, write_sparse, write_sparse_block
from specbind.tiled.structures import (
    ArrayStructure,
    AwkwardStructure,
    COOStructure,
    RaggedStructure,
)

DENSE = np.zeros((6, 8))
DENSE[[0, 1, 5], [1, 3, 7]] = [1.0, 2.0, 3.0]
CHUNKS = ((3, 3), (8,))
F8 = ArrayStructure.from_array(np.zeros(1)).data_type
COO = COOStructure((6, 8), CHUNKS, data_type=F8)
NESTED = ak.Array(
    [
        {"a": [1, 2, 3], "b": {"c": 1.5}, "s": "hey"},
        {"a": [], "b": {"c": 2.5}, "s": None},
        {"a": [4], "b": {"c": 3.5}, "s": "x"},
    ]
)


class SparseWire(MemoryWire):
    """Answers with coordinates and values, those of a block counted from its own front."""

    dense = DENSE
    moved = 0
    written: Any = None

    async def get_bytes(
        self, path: str, *, params: Any = (), accept: str, into: Any = None, filling: Any = None
    ) -> tuple[bytes, str]:
        del filling
        assert accept == ARROW
        assert into is None
        given = dict(params)
        self.nodes.calls.append(f"{path} {given}")
        found = self.dense
        if path.startswith("array/block/"):
            row = int(given["block"].split(",")[0])
            found = found[3 * row : 3 * row + 3]
        found = sparse.COO(np.atleast_1d(found[index_of(given.get("slice", ""))]))
        columns = {f"dim{axis}": coords + self.moved for axis, coords in enumerate(found.coords)}
        return arrow_file(pa.table({**columns, "data": found.data})), ARROW

    async def put(self, path: str, *, params: Any = (), body: Any, content_type: str) -> object:
        assert content_type == ARROW
        self.written = (path, list(params), arrow_table(body).to_pydict())
        return None


def dense(found: Any) -> np.ndarray:
    return np.asarray(found.todense() if hasattr(found, "todense") else found)


@pytest.mark.parametrize(
    "index",
    [
        None,
        ...,
        1,
        -1,
        np.s_[::-1],
        np.s_[1, 3],
        np.s_[1:6:2, ::-2],
        np.s_[..., 7],
        np.s_[2:2],
        np.s_[0:1],
        np.s_[::-3, 1::2],
        np.s_[-2:, ..., -1],
        np.s_[-100:100:4],
        (),
    ],
)
async def test_a_sparse_array_is_what_numpy_would_give(index: Any):
    found = await read_sparse(SparseWire(Nodes()), "a", COO, index)
    wanted = np.asarray(DENSE[... if index is None else index])
    assert np.shape(found) == wanted.shape
    np.testing.assert_array_equal(dense(found), wanted)


@pytest.mark.parametrize(
    "index", [6, -7, np.s_[0, 0, 0], np.s_[..., ...], None, [0, 1], np.array([True] * 6), True, 1.0]
)
async def test_what_is_no_index_of_a_sparse_array_is_refused_before_anything_is_sent(index: Any):
    wire = SparseWire(Nodes())
    with pytest.raises(IndexError):
        await read_sparse(wire, "a", COO, (None, 0) if index is None else index)
    assert wire.nodes.calls == []


@pytest.mark.parametrize("index", [None, 2, np.s_[::-1, 7]])
async def test_a_block_has_its_own_shape_and_coordinates(index: Any):
    found = await read_sparse_block(SparseWire(Nodes()), "a", COO, (1, 0), index)
    wanted = DENSE[3:][... if index is None else index]
    assert found.shape == wanted.shape
    np.testing.assert_array_equal(dense(found), wanted)


async def test_a_block_that_is_not_there_is_refused():
    wire = SparseWire(Nodes())
    with pytest.raises(IndexError):
        await read_sparse_block(wire, "a", COO, (2, 0))
    assert wire.nodes.calls == []


@pytest.mark.parametrize("moved", [6, -2])
async def test_coordinates_outside_of_the_shape_are_an_error(moved: int):
    wire = SparseWire(Nodes())
    wire.moved = moved
    with pytest.raises(DecodeError, match="outside"):
        await read_sparse(wire, "a", COO)


async def test_sparse_writes():
    wire = SparseWire(Nodes())
    await write_sparse_block(wire, "a", COO, [[2], [7]], [3.0], (1, 0))
    assert wire.written == ("array/block/a", [("block", "1,0")], {"dim0": [2], "dim1": [7], "data": [3.0]})
    single = COOStructure((6, 8), ((6,), (8,)), data_type=F8)
    await write_sparse(wire, "a", single, np.array([[5], [7]]), np.array([3.0]))
    assert wire.written == ("array/full/a", [], {"dim0": [5], "dim1": [7], "data": [3.0]})


@pytest.mark.parametrize(
    ("coords", "values", "message"),
    [
        ([[1, 2]], [1.0, 2.0], "1 dimensions"),
        ([[1], [2, 3]], [1.0], "2 coordinates"),
        ([[9], [2]], [1.0], "outside"),
        ([[-1], [2]], [1.0], "outside"),
        ([[0.5], [2]], [1.0], "whole"),
    ],
)
async def test_sparse_values_that_do_not_fit_are_not_sent(coords: Any, values: Any, message: str):
    wire = SparseWire(Nodes())
    with pytest.raises(ValueError, match=message):
        await write_sparse(wire, "a", COOStructure((6, 8), ((6,), (8,))), coords, values)
    with pytest.raises(ValueError, match="several blocks"):
        await write_sparse(wire, "a", COO, [[1], [1]], [1.0])
    assert wire.written is None


INDEXES = [..., "a", ("b", "c"), 1, slice(1, 3), ["a", "s"], ("a", 0), np.array([2, 0]), (slice(None), "a")]


@pytest.mark.parametrize("index", INDEXES)
async def test_an_awkward_array_is_what_awkward_gives(index: Any):
    structure, buffers = awkward_parts(NESTED)
    wire = MemoryWire(Nodes(buffers={"w": buffers}))
    found = await read_awkward(wire, "w", structure, index)
    assert ak.to_list(found) == ak.to_list(NESTED[index])


@pytest.mark.parametrize(
    "index",
    [(0, "a", 1), (np.int64(0), "a", 1), ("a", 0, 2), (1, "s"), ("a", slice(1, 3)), (["a", "s"], -1), (None, 0)],
)
async def test_fields_and_positions_go_together(index: Any):
    structure, buffers = awkward_parts(NESTED)
    wire = MemoryWire(Nodes(buffers={"w": buffers}))
    assert ak.to_list(await read_awkward(wire, "w", structure, index)) == ak.to_list(NESTED[index])


@pytest.mark.parametrize(
    ("index", "error"),
    [
        (1.5, TypeError),
        (True, TypeError),
        (b"a", TypeError),
        ({"a": 1}, TypeError),
        (slice("a", "b"), TypeError),
        (("a", 1.5), TypeError),
        ([1.5], TypeError),
        (["a", 1], TypeError),
        ("nope", IndexError),
        (3, IndexError),
        (-4, IndexError),
        (("a", 3), IndexError),
        ((0, 0, 0, 0, 0), IndexError),
    ],
)
async def test_what_is_no_index_of_an_awkward_array_is_refused_before_anything_is_sent(
    index: Any, error: type[Exception]
):
    structure, buffers = awkward_parts(NESTED)
    wire = MemoryWire(Nodes(buffers={"w": buffers}))
    with pytest.raises(error):
        await read_awkward(wire, "w", structure, index)
    assert wire.nodes.calls == []


async def test_only_the_buffers_that_an_index_needs_are_asked_for():
    structure, buffers = awkward_parts(NESTED)
    asked: list[list[str]] = []

    class Noting(MemoryWire):
        async def post_bytes(self, path: str, *, json: Any = None, **how: Any) -> tuple[bytes | memoryview, str]:
            asked.append(json)
            return await super().post_bytes(path, json=json, **how)

    wire = Noting(Nodes(buffers={"w": buffers}))
    await read_awkward(wire, "w", structure, ("b", "c"))
    await read_awkward(wire, "w", structure)
    assert len(asked[0]) == 1
    assert len(asked[1]) > 3
    assert asked[1] == sorted(asked[1])


async def test_what_awkward_does_not_show_is_not_written():
    structure, buffers = awkward_parts(NESTED[1:])
    assert structure.length == 2
    written: dict[str, bytes] = {}

    class Writing(MemoryWire):
        async def put(self, path: str, *, params: Any = (), body: Any, content_type: str) -> object:
            assert (path, list(params), content_type) == ("awkward/full/w", [], "application/zip")
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                written.update({name: archive.read(name) for name in archive.namelist()})
            return None

    await write_awkward(Writing(Nodes()), "w", buffers)
    back = MemoryWire(Nodes(buffers={"w": written}))
    assert ak.to_list(await read_awkward(back, "w", structure)) == ak.to_list(NESTED[1:])


def compressed(body: bytes, kind: str) -> tuple[bytes, str]:
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as archive, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as out:
        for name in archive.namelist():
            out.writestr(name, archive.read(name) + bytes(10_000))
    return sink.getvalue(), kind


def emptied(body: bytes, kind: str) -> tuple[bytes, str]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return zipped(dict.fromkeys(archive.namelist()[:-1], b"")), kind


def astray(body: bytes, kind: str) -> tuple[bytes, str]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    offsets = {name: np.full(len(text) // 8, 2**40, "<i8").tobytes() for name, text in members.items() if "off" in name}
    return zipped({**members, **offsets}), kind


@pytest.mark.parametrize(
    "changed", [compressed, emptied, astray, lambda _, kind: (b"PK", kind), lambda body, _: (body, "text/html")]
)
async def test_buffers_that_cannot_be_are_an_error(changed: Any):
    structure, buffers = awkward_parts(NESTED)
    wire = MemoryWire(Nodes(buffers={"w": buffers}), changed=changed)
    with pytest.raises(DecodeError):
        await read_awkward(wire, "w", structure)


async def test_a_form_that_is_none_is_an_error():
    with pytest.raises(DecodeError, match="form"):
        await read_awkward(MemoryWire(Nodes()), "w", AwkwardStructure(1, {"class": "Nonsense"}))


class RaggedWire(MemoryWire):
    members: Any = None

    async def get_bytes(
        self, path: str, *, params: Any = (), accept: str, into: Any = None, filling: Any = None
    ) -> tuple[bytes, str]:
        del filling
        assert (path, list(params), into) == ("ragged/full/r", [], None)
        return zipped(self.members), accept


def ragged_members(array: ak.Array) -> dict[str, Any]:
    form, length, buffers = ak.to_buffers(array)
    return {**buffers, "length": length.to_bytes(8, "big"), "form": json.dumps(form.to_json()).encode()}


async def test_rows_of_different_lengths():
    structure = RaggedStructure(F8, (3, None), 5, ((3,), None))
    wire = RaggedWire(Nodes())
    wire.members = ragged_members(ak.Array([[1.0, 2.0], [], [3.0, 4.0, 5.0]]))
    assert (await read_ragged(wire, "r", structure)).tolist() == [[1.0, 2.0], [], [3.0, 4.0, 5.0]]
    assert (await read_ragged(wire, "r", structure, np.s_[2, 1:])).tolist() == [4.0, 5.0]
    for broken in ("length", "form"):
        wire.members = {name: part for name, part in wire.members.items() if name != broken}
        with pytest.raises(DecodeError):
            await read_ragged(wire, "r", structure)


@pytest.mark.parametrize("offsets", [[-5, 3, 5, 6], [0, 5, 3, 6], [0, 3, 5, 10**6]])
@pytest.mark.parametrize("index", [..., 0, (slice(None), 0), (0, 2), slice(1, None)])
def test_lists_that_lead_outside_are_no_values(offsets: list[int], index: Any):
    structure, container = nested.awkward_parts([[1, 2, 3], [4, 5], [6]])
    buffers = {key: np.asarray(value).view("u1") for key, value in container.items()}
    (key,) = [key for key in buffers if key.endswith("offsets")]
    buffers[key] = np.array(offsets, "i8").view("u1")
    members = nested._members(nested.zipped(buffers), nested.ZIP)
    with pytest.raises(DecodeError):
        nested._built(nested._form(structure.form), structure.length, members, index)


def test_buffers_that_share_their_bytes_are_refused():
    body = nested.zipped({"a": b"x" * 1000})
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        (entry,) = archive.infolist()
        directory = body[archive.start_dir :]
    again = directory[:-22] * 3
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 3, 3, len(again), archive.start_dir, 0)
    with pytest.raises(DecodeError, match="can be in it"):
        nested._members(body[: archive.start_dir] + again + end, nested.ZIP)
    damaged = bytearray(body)
    damaged[entry.header_offset + 500] ^= 1
    with pytest.raises(DecodeError, match="damaged"):
        nested._members(bytes(damaged), nested.ZIP)


def test_buffers_do_not_lie_in_what_was_received():
    body = bytearray(nested.zipped({"a": b"12345678"}))
    found = nested._members(memoryview(body), nested.ZIP)
    body[:] = bytes(len(body))
    assert found["a"].tobytes() == b"12345678"
