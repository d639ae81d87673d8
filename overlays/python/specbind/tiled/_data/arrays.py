"""Arrays: read whole, in part or by block, into one array that is made before."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from specbind.bindings._runtime import DecodeError, TransportError
from specbind.tiled._libraries import load
from specbind.tiled._wire import Filling, Patience

from .jobs import REREADS, cut_off, in_thread, said, side_by_side
from .pieces import Piece, Sizes, behind, cut, halves
from .selection import Selection, select

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator, Sequence

    from specbind.core import Progress
    from specbind.tiled._libraries import Array
    from specbind.tiled._wire import Wire
    from specbind.tiled.structures import ArrayStructure, Chunks

__all__ = ["BUFFERS", "OCTETS", "block_shape", "bytes_of", "read_array", "read_block", "within_block"]

OCTETS = "application/octet-stream"
BUFFERS = 3
"""Pieces under way at once that need a buffer of their own."""
_STEADY = 4
"""The rest of a piece is asked for in one where at least its 4th part came, in halves where less did.

At most 4 + REREADS times the bytes are asked for: each halving repeats at most all of them, and what comes steadily
asks for 1 + 3/4 + 9/16 + ... times the rest. Rows that came are not sent again.
"""


async def read_array(
    wire: Wire,
    node: str,
    structure: ArrayStructure,
    index: object = None,
    *,
    sizes: Sizes | None = None,
    progress: Progress | None = None,
    patience: Patience | None = None,
) -> Array:
    """Read an array, or some of it.

    The result is made once, and answers are received in it. A large read is several requests; of one that breaks off,
    whole rows that came are kept, and the rest alone is read again, in halves where little came.

    Args:
        wire: the connection.
        node: path of the array, quoted.
        structure: its structure.
        index: integers, slices and `...`, one for each dimension; None for all of it.
        sizes: how large answers should be.
        progress: told the bytes.
        patience: how long it is tried while nothing comes; by default that of `wire`.

    Raises:
        IndexError: the index does not fit; nothing was sent.
        DecodeError: the answer is no such array.
    """
    selection = select(index, structure.shape)
    result = _empty(structure, selection.shape)
    pieces = cut(selection, structure.chunks, result.itemsize, sizes)
    if selection.whole and len(pieces) == 1:
        pieces = [replace(pieces[0], whole=True)]
    reading = _Reading(wire, f"array/full/{node}", result, _Told(progress, result.nbytes))
    await reading.run(pieces, patience)
    turns = selection.turns
    return result if turns is None else result[turns]


def block_shape(chunks: Chunks, block: Sequence[int]) -> tuple[int, ...]:
    """Shape of a block.

    Raises:
        IndexError: there is no such block.
    """
    if len(block) != len(chunks):
        raise IndexError(f"a block of this array has {len(chunks)} numbers, not {len(block)}")
    for axis, (number, lengths) in enumerate(zip(block, chunks, strict=True)):
        if not 0 <= number < len(lengths):
            raise IndexError(f"block {number} lies outside of dimension {axis}, which has {len(lengths)} blocks")
    return tuple(lengths[number] for number, lengths in zip(block, chunks, strict=True))


async def read_block(
    wire: Wire,
    node: str,
    structure: ArrayStructure,
    block: Sequence[int],
    index: object = None,
    *,
    sizes: Sizes | None = None,
) -> Array:
    """Read one chunk, or some of it.

    Raises:
        IndexError: there is no such block, or the index does not fit; nothing was sent.
        DecodeError: the answer is no such array.
    """
    shape = block_shape(structure.chunks, block)
    selection = select(index, shape)
    result = _empty(structure, selection.shape)
    if result.nbytes > (sizes or Sizes()).most:  # too much for one answer
        moved = within_block(selection, structure.chunks, block)
        return await read_array(wire, node, structure, moved, sizes=sizes)
    takes = tuple(replace(take, reverse=False) for take in selection.takes)
    spans = tuple((0, side) for side in selection.shape)
    pieces = [] if 0 in result.shape else [Piece(takes, spans, whole=selection.whole)]
    params = [("block", ",".join(str(number) for number in block))]
    await _Reading(wire, f"array/block/{node}", result, _Told(None, result.nbytes), params).run(pieces)
    turns = selection.turns
    return result if turns is None else result[turns]


def within_block(selection: Selection, chunks: Chunks, block: Sequence[int]) -> Selection:
    """The same positions, counted from the front of the array."""
    takes = zip(selection.takes, chunks, block, strict=True)
    moved = tuple(replace(take, start=take.start + sum(lengths[:number])) for take, lengths, number in takes)
    return Selection(moved, whole=False)


def _empty(structure: ArrayStructure, shape: tuple[int, ...]) -> Array:
    dtype = structure.data_type.to_numpy_dtype()
    if dtype.hasobject:
        raise DecodeError("arrays of Python objects are not read: their bytes could run code; use export")
    return cast("Array", load("numpy").empty(shape, dtype))


def bytes_of(array: Array) -> memoryview:
    """The memory of an array that lies in one stretch."""
    flat: Any = array.reshape(-1).view("u1") if array.nbytes else b""
    return memoryview(flat)


def _fill(target: Any, source: object) -> None:  # noqa: ANN401 - an array or a memoryview
    target[...] = source


class _Told:
    """Counts the bytes that came, and tells a progress."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    def __str__(self) -> str:
        return f"{self._done:,} of {self._total:,} bytes had come; read the array in parts, by slices or blocks"

    async def add(self, count: int) -> None:
        self._done += count
        if self._progress is not None:
            told = self._progress(self._done, self._total)
            if hasattr(told, "__await__"):
                await cast("asyncio.Future[object]", told)


class _Reading:
    """Pieces of one array on their way."""

    def __init__(
        self, wire: Wire, path: str, result: Array, told: _Told, params: Sequence[tuple[str, str]] = ()
    ) -> None:
        self._wire = wire
        self._path = path
        self._result = result
        self._told = told
        self._params = params

    async def run(self, pieces: Sequence[Piece], patience: Patience | None = None) -> None:
        """Read all pieces, with the patience of a larger read if they are part of one."""
        self._patience = patience or Patience(self._wire.patience)
        in_place = all(self._in_place(piece) for piece in pieces)
        limit = self._wire.connections if in_place else min(BUFFERS, self._wire.connections)
        with said(lambda: str(self._told)):
            await side_by_side((partial(self._read, piece) for piece in pieces), min(limit, len(pieces)))

    def _in_place(self, piece: Piece) -> bool:
        return bool(self._result[piece.place].flags.c_contiguous)

    async def _read(self, piece: Piece, failures: int = 0) -> None:
        filling = Filling(self._patience)
        try:
            await self._receive(piece, filling)
            self._patience.renew()
        except Exception as error:
            if filling.came:
                self._patience.renew()
            if not cut_off(error) or self._patience.over:
                raise
            rows = self._rows(piece, filling.came)
            steady = bool(rows) and rows * _STEADY >= piece.shape[0]
            if failures >= REREADS and not steady:
                raise
            if rows:
                await self._told.add(rows * math.prod(piece.shape[1:]) * self._result.itemsize)
            rest = behind(piece, rows)
            for part in [rest] if steady else halves(rest):
                await self._read(part, failures if steady else failures + 1)

    def _rows(self, piece: Piece, came: int) -> int:
        """Whole rows of a piece that came; the last one is read again in any case."""
        if not piece.spans:
            return 0
        row = math.prod(piece.shape[1:]) * self._result.itemsize
        return min(came // row, piece.shape[0] - 1) if row else 0

    async def _receive(self, piece: Piece, filling: Filling) -> None:
        place = self._result[piece.place] if piece.spans else self._result
        target = place if place.flags.c_contiguous else load("numpy").empty(place.shape, place.dtype)
        view = bytes_of(target)
        params = [*self._params, *self._asked(piece)]
        try:
            body, media_type = await self._wire.get_bytes(
                self._path, params=params, accept=OCTETS, into=view, filling=filling
            )
        except TransportError:
            if target is not place and (rows := self._rows(piece, filling.came)):
                await in_thread(len(view), _fill, place[:rows], target[:rows])
            raise
        if len(body) != len(view) or media_type.partition(";")[0].strip() != OCTETS:
            raise DecodeError(
                f"{len(view)} bytes of {OCTETS} were due, and {len(body)} of {media_type!r:.60} came",
                media_type=media_type,
            )
        if body is not view and len(view):
            await in_thread(len(view), _fill, view, body)
        if target is not place:
            await in_thread(len(view), _fill, place, target)
        await self._told.add(len(view))

    def _asked(self, piece: Piece) -> Iterator[tuple[str, str]]:
        if piece.takes and not piece.whole:
            yield "slice", piece.text
        yield "expected_shape", ",".join(str(side) for side in piece.shape) or "scalar"
