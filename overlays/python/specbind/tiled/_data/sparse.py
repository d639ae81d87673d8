"""Sparse arrays: coordinates and values, as `sparse.COO`."""

from __future__ import annotations

import asyncio
import math
import operator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from specbind.bindings._runtime import DecodeError, TransportError
from specbind.tiled._libraries import load
from specbind.tiled._wire import Filling, Patience
from specbind.tiled.structures import BuiltinDtype, COOStructure, checked_dims, data_type_of

from .arrays import block_shape
from .arrow_files import ARROW_FILE, arrow_table
from .jobs import REREADS, cut_off, in_thread, said
from .pieces import Piece, halves
from .selection import select
from .table_writes import arrow_file
from .writable import plain_array

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from specbind.tiled._libraries import Array
    from specbind.tiled._wire import Wire

__all__ = ["planned", "put_sparse", "read_sparse", "read_sparse_block", "write_sparse", "write_sparse_block"]

_FRACTIONS = 2**63
"""Coordinates from here on have no signed form."""


async def read_sparse(wire: Wire, node: str, structure: COOStructure, index: object = None) -> Any:  # noqa: ANN401
    """Read a sparse array, or some of it, as `sparse.COO`; a single element is a scalar.

    Raises:
        IndexError: the index does not fit; nothing was sent.
        DecodeError: the answer has coordinates that lie outside, or is no such array.
    """
    return await _read(wire, f"array/full/{node}", [], structure, structure.shape, index)


async def read_sparse_block(
    wire: Wire, node: str, structure: COOStructure, block: Sequence[int], index: object = None
) -> Any:  # noqa: ANN401 - sparse has no types
    """Read one block, or some of it. Shape and coordinates are those of the block, not of the array.

    Raises:
        IndexError: there is no such block, or the index does not fit; nothing was sent.
        DecodeError: the answer has coordinates that lie outside, or is no such array.
    """
    shape = block_shape(structure.chunks, block)
    params = [("block", ",".join(str(number) for number in block))]
    return await _read(wire, f"array/block/{node}", params, structure, shape, index)


async def write_sparse(wire: Wire, node: str, structure: COOStructure, coords: object, values: object) -> None:
    """Write a whole sparse array of one block.

    Args:
        wire: the connection.
        node: path of the array, quoted.
        structure: its structure.
        coords: a row of coordinates for each dimension.
        values: the values at them.

    Raises:
        ValueError: it has several blocks, or coordinates and values do not fit; nothing was sent.
    """
    if any(len(row) > 1 for row in structure.chunks):
        raise ValueError("the array has several blocks; write each with write_block, with coordinates of the block")
    await put_sparse(wire, node, await asyncio.to_thread(_file, coords, values, structure.shape))


async def planned(
    coords: object, values: object, shape: Sequence[int], dims: Sequence[str] | None = None
) -> tuple[COOStructure, memoryview]:
    """Structure of a sparse array of one block that is to be made, and its content.

    Raises:
        ValueError: coordinates, values, shape and names of dimensions do not fit each other, or cannot be written.
    """
    sides = checked_sides(shape)
    return await asyncio.to_thread(_planned, coords, values, sides, checked_dims(dims, len(sides)))


def _planned(
    coords: object, values: object, sides: tuple[int, ...], dims: tuple[str, ...] | None
) -> tuple[COOStructure, memoryview]:
    places, found = _whole_numbers(_of_one_type(coords)), plain_array(values, "data")
    body = _file(places, found, sides)
    kinds = data_type_of(found.dtype), BuiltinDtype.from_numpy_dtype(places.dtype)
    chunks = tuple((side,) for side in sides)
    return COOStructure(sides, chunks, dims, data_type=kinds[0], coord_data_type=kinds[1]), body


def checked_sides(shape: Sequence[int]) -> tuple[int, ...]:
    """The shape of an array.

    Raises:
        ValueError: it holds something else than whole numbers from 0.
    """
    try:
        sides = tuple(operator.index(side) for side in shape)
    except TypeError as error:
        raise ValueError(f"shape holds whole numbers, one for each dimension; not {shape!r:.80}") from error
    if any(side < 0 for side in sides):
        raise ValueError(f"shape holds numbers from 0; not {shape!r:.80}")
    return sides


def _whole_numbers(coords: object) -> Array:
    """Coordinates; those of no element at all may be empty lists, which have no type.

    Raises:
        ValueError: the dimensions have different numbers of coordinates, or they cannot be written.
    """
    found = plain_array(coords, "coords")
    return found if found.size else found.astype("i8")


async def put_sparse(wire: Wire, node: str, body: memoryview) -> None:
    """Send the content of a whole array."""
    await wire.put(f"array/full/{node}", body=body, content_type=ARROW_FILE)


async def write_sparse_block(
    wire: Wire, node: str, structure: COOStructure, coords: object, values: object, block: Sequence[int]
) -> None:
    """Write one block; its coordinates are counted from its own front.

    Raises:
        IndexError: there is no such block; nothing was sent.
        ValueError: coordinates and values do not fit; nothing was sent.
    """
    shape = block_shape(structure.chunks, block)
    body = await asyncio.to_thread(_file, coords, values, shape)
    params = [("block", ",".join(str(number) for number in block))]
    await wire.put(f"array/block/{node}", params=params, body=body, content_type=ARROW_FILE)


async def _read(
    wire: Wire,
    path: str,
    params: list[tuple[str, str]],
    structure: COOStructure,
    shape: tuple[int, ...],
    index: object,
) -> Any:  # noqa: ANN401 - sparse has no types
    selection = select(index, shape)
    # positions and steps backwards are taken here: a server gives no table for a single element
    takes = tuple(replace(take, single=False, reverse=False) for take in selection.takes)
    sides = tuple(take.count for take in takes)
    reading = _Reading(wire, path, params, structure)
    if 0 not in sides:
        await reading.run(Piece(takes, tuple((0, side) for side in sides), whole=selection.whole))
    place = None
    if any(take.single or take.reverse for take in selection.takes):
        place = tuple(0 if take.single else slice(None, None, -1 if take.reverse else None) for take in selection.takes)
    return await asyncio.to_thread(_joined, reading.parts, structure, sides, place)


class _Reading:
    """Parts of one array on their way. One is asked for; one that breaks off is asked for again in halves."""

    def __init__(self, wire: Wire, path: str, params: list[tuple[str, str]], structure: COOStructure) -> None:
        self._wire = wire
        self._path = path
        self._params = params
        self._structure = structure
        self._done = 0
        self.parts: list[tuple[Any, Any]] = []
        """Coordinates and values."""

    async def run(self, piece: Piece) -> None:
        self._patience = Patience(self._wire.patience)
        size = math.prod(piece.shape)
        with said(lambda: f"a part with {self._done:,} of {size:,} elements had come; read slices or blocks"):
            await self._read(piece)

    async def _read(self, piece: Piece, failures: int = 0) -> None:
        parts = halves(piece) if failures < REREADS else [piece]
        filling = Filling(self._patience, keeps=len(parts) > 1)
        slices = [] if piece.whole else [("slice", piece.text)]
        try:
            body, media_type = await self._wire.get_bytes(
                self._path, params=[*self._params, *slices], accept=ARROW_FILE, filling=filling
            )
        except TransportError as error:
            if len(parts) == 1 or not cut_off(error) or self._patience.over:
                raise
            for part in parts:
                await self._read(part, failures + 1)
            return
        self._patience.renew()
        self.parts.append(await in_thread(len(body), _part, body, media_type, piece))
        self._done += math.prod(piece.shape)


def _part(body: bytes | memoryview, media_type: str, piece: Piece) -> tuple[Any, Any]:
    """Coordinates, counted from the front of what is read, and values.

    Raises:
        DecodeError: the answer is no such array.
    """
    numpy, table = load("numpy"), arrow_table(body, media_type)
    shape = piece.shape
    names = [f"dim{axis}" for axis in range(len(shape))]
    if not {"data", *names} <= set(table.column_names):
        raise DecodeError(f"a sparse array has the columns {', '.join(names)} and data, not {table.column_names[:10]}")
    if len(set(table.column_names)) != len(table.column_names):
        raise DecodeError(f"a sparse array has two columns of one name: {table.column_names[:10]}")
    values = table.column("data").to_numpy()
    if table.column("data").null_count and values.dtype.kind != "f":
        raise DecodeError("a sparse array has values that are null")
    rows = [table.column(name).to_numpy() for name in names]
    for row, side, name in zip(rows, shape, names, strict=True):
        if row.dtype.kind not in "iu" or (len(row) and not 0 <= int(row.min()) <= int(row.max()) < side):
            raise DecodeError(f"column {name} has coordinates outside of 0 to {side - 1}")
    coords = numpy.stack(rows) if rows else numpy.empty((0, len(values)), "i8")
    if any(begin for begin, _ in piece.spans):
        coords = coords.astype("i8", copy=False) + numpy.array([[begin] for begin, _ in piece.spans], "i8")
    return coords, values


def _joined(
    parts: list[tuple[Any, Any]], structure: COOStructure, shape: tuple[int, ...], place: tuple[int | slice, ...] | None
) -> Any:  # noqa: ANN401 - sparse has no types
    numpy, sparse = load("numpy"), load("sparse")
    dtype = None if structure.data_type is None else structure.data_type.to_numpy_dtype()
    if not parts:
        parts = [(numpy.empty((len(shape), 0), "i8"), numpy.empty(0, dtype))]
    coords, values = parts[0] if len(parts) == 1 else (numpy.concatenate(each, -1) for each in zip(*parts, strict=True))
    if dtype is not None and dtype.kind in "iub" and values.dtype.kind == "f":
        raise DecodeError(f"a sparse array of {dtype} came with values of {values.dtype}")
    found = sparse.COO(coords, values if dtype is None else values.astype(dtype, copy=False), shape=shape)
    return found if place is None else found[place]


def _file(coords: object, values: object, shape: tuple[int, ...]) -> memoryview:
    rows = _of_one_type(coords)
    found = plain_array(values, "data")
    if found.ndim != 1:
        raise ValueError(f"data is a row of values, and has {found.ndim} dimensions")
    if len(rows) != len(shape):
        raise ValueError(f"there are coordinates for {len(rows)} dimensions, and the array has {len(shape)}")
    for axis, (row, side) in enumerate(zip(rows, shape, strict=True)):
        if row.shape != found.shape:
            raise ValueError(f"dimension {axis} has {row.size} coordinates for {found.size} values")
        if row.size and row.dtype.kind not in "iu":
            raise ValueError(f"dimension {axis}: coordinates are whole numbers, not {row.dtype}")
        if row.size and not 0 <= int(row.min()) <= int(row.max()) < side:
            raise ValueError(f"dimension {axis} has coordinates outside of 0 to {side - 1}")
    columns = {f"dim{axis}": _native(row if row.size else row.astype("i8")) for axis, row in enumerate(rows)}
    try:
        return arrow_file({**columns, "data": _native(found)})
    except load("pyarrow").ArrowException as error:
        raise ValueError(
            f"data has the dtype {found.dtype}, and Arrow, the form of sparse arrays, has none for it ({error}); "
            "convert it first with astype, or write its parts as arrays of their own"
        ) from error


def _of_one_type(coords: object) -> list[Array]:
    """Coordinates as servers need them: of one type, and signed, as u8 and i8 together become fractions there."""
    numpy = load("numpy")
    rows: list[Array] = [numpy.asarray(row) for row in cast("Iterable[object]", coords)]
    if not rows or any(row.dtype.kind not in "iu" or (row.size and int(row.max()) >= _FRACTIONS) for row in rows):
        return rows
    common = numpy.result_type(*(row.dtype for row in rows))
    if common.kind not in "iu" or common == numpy.dtype("u8"):
        common = numpy.dtype("i8")
    return [row.astype(common, copy=False) for row in rows]


def _native(row: Array) -> Array:
    """Numbers in the order of bytes of this machine, the only one that Arrow knows."""
    return row.astype(row.dtype.newbyteorder("="), copy=False)
