"""How arrays are cut into chunks. Servers keep chunks of one length along each dimension: that of the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from specbind.tiled.structures import Chunks

__all__ = ["check_kept", "chunks_for", "is_regular", "regular"]

_CHUNK = 100_000_000


def chunks_for(shape: Sequence[int], itemsize: int, most: int = _CHUNK) -> Chunks:
    """Chunks of at most `most` bytes, as runs of rows where possible. One element is never cut."""
    sides = list(shape)
    for axis in range(len(sides)):
        rest = max(1, itemsize)
        for side in sides[axis + 1 :]:
            rest *= max(1, side)
        sides[axis] = max(1, min(sides[axis], most // rest)) if sides[axis] else 0
        if sides[axis] > 1:
            break
    return tuple(_row(side, step) for side, step in zip(shape, sides, strict=True))


def _row(side: int, step: int) -> tuple[int, ...]:
    if not side:
        return (0,)
    full, rest = divmod(side, step)
    return (step,) * full + ((rest,) if rest else ())


def regular(chunks: Chunks) -> Chunks:
    """The same shape in chunks of one length along each dimension, only the last one shorter.

    The length is that of the longest, so that no block is larger than the largest one was.
    """
    return tuple(_row(sum(row), max(row, default=0)) for row in chunks)


def is_regular(chunks: Chunks) -> bool:
    """Whether each block is a chunk of its own on the server, so that blocks may be written at the same time."""
    return regular(chunks) == tuple(tuple(row) for row in chunks)


def check_kept(chunks: Chunks) -> None:
    """Refuse chunks for which a server has made room too small: it says so of the reads alone.

    Raises:
        ValueError: the first chunk is too short.
    """
    for axis, row in enumerate(chunks):
        if row and row[0] * len(row) < sum(row):
            raise ValueError(
                f"dimension {axis} has chunks of {row[0]} and more, and servers keep {len(row)} of the length of the "
                "first, so a part of the array has no place; make it anew in chunks of one length, as write_array does"
            )
