"""Cutting a read into answers of a bearable size, along the borders of chunks where that is possible.

A server reads whole chunks, so a cut through a chunk makes it read that chunk twice. Pieces that are runs of rows lie
in one stretch of the result and are received in place; others need a buffer of their own.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .selection import Selection, Take

__all__ = ["MIB", "Piece", "Sizes", "behind", "chunks_of", "cut", "halves"]

MIB = 1 << 20

Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes that an answer should have.

    Attributes:
        rows: of a run of whole rows.
        other: of anything else.
        most: of a single chunk; a larger one is cut. Servers refuse more than 300 MB by default.
    """

    rows: int = 100 * MIB
    other: int = 32 * MIB
    most: int = 256 * MIB


@dataclass(frozen=True, slots=True)
class Piece:
    """A box of the result.

    Attributes:
        takes: what is read, for each dimension of the array.
        spans: where it goes, for each dimension of the result.
        whole: whether it is all there is, so that no slice is to be named.
    """

    takes: tuple[Take, ...]
    spans: tuple[Span, ...]
    whole: bool = False

    @property
    def text(self) -> str:
        """The slice, as the server understands it."""
        return ",".join(take.text for take in self.takes)

    @property
    def place(self) -> tuple[slice, ...]:
        """Where it goes."""
        return tuple(slice(begin, end) for begin, end in self.spans)

    @property
    def shape(self) -> tuple[int, ...]:
        """Its own shape."""
        return tuple(end - begin for begin, end in self.spans)


def cut(
    selection: Selection, chunks: Sequence[Sequence[int]], itemsize: int, sizes: Sizes | None = None
) -> list[Piece]:
    """Cut a selection into pieces that cover it once. One of no elements gives none."""
    if 0 in selection.shape:
        return []
    axes = [axis for axis, take in enumerate(selection.takes) if not take.single]
    borders = [_borders(selection.takes[axis], chunks[axis]) for axis in axes]
    cutter = _Cutter(borders, itemsize, sizes or Sizes())
    found: list[Piece] = []
    for spans in cutter.boxes(tuple((0, selection.takes[axis].count) for axis in axes), 0):
        takes = list(selection.takes)
        for axis, (begin, end) in zip(axes, spans, strict=True):
            takes[axis] = selection.takes[axis].part(begin, end)
        found.append(Piece(tuple(replace(take, reverse=False) for take in takes), spans))
    return found


def chunks_of(selection: Selection, chunks: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    """Lengths of the chunks of what comes out of a selection, forwards."""
    rows = [_borders(take, lengths) for take, lengths in zip(selection.takes, chunks, strict=True) if not take.single]
    return tuple(tuple(end - begin for begin, end in pairwise(row)) or (0,) for row in rows)


def halves(piece: Piece) -> list[Piece]:
    """Cut a piece in two along its first dimension that can be cut; one element stays whole."""
    at = next((at for at, (begin, end) in enumerate(piece.spans) if end - begin > 1), None)
    if at is None:
        return [piece]
    begin, end = piece.spans[at]
    middle = (end - begin) // 2
    return [_part(piece, at, 0, middle), _part(piece, at, middle, end - begin)]


def behind(piece: Piece, rows: int) -> Piece:
    """What is left of a piece when so many of its rows came, fewer than it has."""
    return _part(piece, 0, rows, piece.shape[0]) if rows else piece


def _part(piece: Piece, at: int, first: int, last: int) -> Piece:
    """Positions `first` to `last` of one dimension of the result, counted within the piece."""
    axis = [axis for axis, take in enumerate(piece.takes) if not take.single][at]
    take = piece.takes[axis].part(first, last)
    begin = piece.spans[at][0]
    return Piece(
        (*piece.takes[:axis], take, *piece.takes[axis + 1 :]),
        (*piece.spans[:at], (begin + first, begin + last), *piece.spans[at + 1 :]),
    )


def _borders(take: Take, chunks: Sequence[int]) -> list[int]:
    """Where chunks begin, counted in positions that are taken; from 0 to all of them."""
    if not take.count:
        return [0]
    ends = list(accumulate(chunks))
    first = bisect_right(ends, take.start)
    found = [0]
    for end in ends[first:]:
        at = -((take.start - end) // take.step)  # the first one at or behind the border
        if at >= take.count:
            break
        if at > found[-1]:
            found.append(at)
    return [*found, take.count]


class _Cutter:
    def __init__(self, borders: list[list[int]], itemsize: int, sizes: Sizes) -> None:
        self._borders = borders
        self._itemsize = max(1, itemsize)
        self._sizes = sizes

    def boxes(self, box: tuple[Span, ...], axis: int) -> Iterator[tuple[Span, ...]]:
        """Cut a box along one dimension and, where that is not enough, along the next ones."""
        size = self._size(box)
        if size <= (self._sizes.rows if axis <= 1 else self._sizes.other):
            yield box
            return
        if axis == len(box):
            yield from self._through(box)
            return
        for begin, end in self._groups(box, axis, size // (box[axis][1] - box[axis][0])):
            part = (*box[:axis], (begin, end), *box[axis + 1 :])
            if self._size(part) <= (self._sizes.rows if axis == 0 else self._sizes.other):
                yield part
            else:
                yield from self.boxes(part, axis + 1)

    def _groups(self, box: tuple[Span, ...], axis: int, row: int) -> Iterator[Span]:
        """Neighbouring chunks of one dimension that go together; one alone may be too large."""
        room = max(1, (self._sizes.rows if axis == 0 else self._sizes.other) // row)
        begin, last = box[axis]
        end = begin
        for border in self._borders[axis]:
            if border <= begin or border > last:
                continue
            if border - begin > room and end > begin:
                yield begin, end
                begin = end
            end = border
        yield begin, last

    def _through(self, box: tuple[Span, ...]) -> Iterator[tuple[Span, ...]]:
        """Cut through a chunk that is too large for an answer."""
        axis = next((at for at, (begin, end) in enumerate(box) if end - begin > 1), None)
        if axis is None or self._size(box) <= self._sizes.most:
            yield box
            return
        begin, end = box[axis]
        for first, last in ((begin, (begin + end) // 2), ((begin + end) // 2, end)):
            yield from self._through((*box[:axis], (first, last), *box[axis + 1 :]))

    def _size(self, box: tuple[Span, ...]) -> int:
        return math.prod(end - begin for begin, end in box) * self._itemsize
