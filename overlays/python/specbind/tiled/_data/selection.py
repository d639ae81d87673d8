"""What a user asks of an array, resolved against its shape, and the text in which the server understands it.

The server's own grammar has integers and `start:stop:step`. Steps backwards are asked for forwards and turned round
here, since some servers refuse them. `...` is filled up; arrays of positions and new axes have no form on the wire.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from types import EllipsisType
from typing import TYPE_CHECKING, Any, SupportsIndex, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Index", "Selection", "Take", "select"]

_Item: TypeAlias = "SupportsIndex | slice[Any, Any, Any] | EllipsisType"
Index: TypeAlias = "_Item | tuple[_Item, ...] | None"
"""Integers, slices and `...`; None for everything."""


@dataclass(frozen=True, slots=True)
class Take:
    """Some positions of one dimension, forwards.

    Attributes:
        start: the first position.
        count: how many.
        step: from one to the next, at least 1.
        single: one position that takes its dimension away.
        reverse: they are wanted backwards.
    """

    start: int
    count: int
    step: int = 1
    single: bool = False
    reverse: bool = False

    @property
    def text(self) -> str:
        """As the server understands it."""
        return str(self.start) if self.single else f"{self.start}:{self.stop}:{self.step}"

    @property
    def stop(self) -> int:
        """The position behind the last one."""
        return self.start + (self.count - 1) * self.step + 1 if self.count else self.start

    def part(self, begin: int, end: int) -> Take:
        """Some of them, counted from 0, forwards."""
        return Take(self.start + begin * self.step, end - begin, self.step, self.single)


@dataclass(frozen=True, slots=True)
class Selection:
    """Some elements of an array.

    Attributes:
        takes: for each dimension of the array.
        whole: nothing is left out.
    """

    takes: tuple[Take, ...]
    whole: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of what comes out."""
        return tuple(take.count for take in self.takes if not take.single)

    @property
    def text(self) -> str:
        """As the server understands it; empty for all of it."""
        return "" if self.whole else ",".join(take.text for take in self.takes)

    @property
    def turns(self) -> tuple[slice, ...] | None:
        """How the result is turned round, None if it is not."""
        if not any(take.reverse for take in self.takes):
            return None
        return tuple(slice(None, None, -1 if take.reverse else None) for take in self.takes if not take.single)

    def within(self, index: object) -> Selection:
        """Some of these elements, by an index into what comes out forwards."""
        inner = iter(select(index, self.shape).takes)
        takes: list[Take] = []
        for take in self.takes:
            if take.single:
                takes.append(take)
                continue
            part = next(inner)
            start, step = take.start + part.start * take.step, take.step * part.step
            takes.append(Take(start, part.count, step, part.single, part.reverse))
        return Selection(tuple(takes), whole=False)


def select(index: object, shape: Sequence[int]) -> Selection:
    """Resolve an index against a shape; a selection is resolved already.

    Raises:
        IndexError: a position lies outside, there are too many, or the index is of a kind that has no form on the wire.
    """
    if isinstance(index, Selection):
        return index
    given = _filled(index, len(shape))
    takes = tuple(_take(item, side, axis) for axis, (item, side) in enumerate(zip(given, shape, strict=True)))
    whole = all(
        not take.single and take.step == 1 and take.count == side for take, side in zip(takes, shape, strict=True)
    )
    return Selection(takes, whole)


def _filled(index: object, ndim: int) -> list[object]:
    """One item for each dimension."""
    if index is None:
        return [slice(None)] * ndim
    items = list(cast("tuple[object, ...]", index)) if isinstance(index, tuple) else [index]
    gaps = [at for at, item in enumerate(items) if isinstance(item, EllipsisType)]
    if len(gaps) > 1:
        raise IndexError("an index can have one ellipsis ('...') only")
    missing = ndim - (len(items) - len(gaps))
    if missing < 0:
        raise IndexError(f"the array has {ndim} dimensions, and the index is for {len(items) - len(gaps)}")
    at = gaps[0] if gaps else len(items)
    return [*items[:at], *([slice(None)] * missing), *items[at + len(gaps) :]]


def _take(item: object, side: int, axis: int) -> Take:
    if item is None:
        raise IndexError("a new axis is not read from a server; add it to the result: array.read()[None]")
    if isinstance(item, slice):
        return _take_slice(cast("slice[object, object, object]", item), side, axis)
    if isinstance(item, bool) or not hasattr(item, "__index__") or bool(getattr(item, "ndim", 0) != 0):
        raise IndexError(
            f"dimension {axis} is indexed with {type(item).__name__}: the server knows integers and slices only; "
            "read the slice around the positions, and pick them from the result"
        )
    position = operator.index(cast("SupportsIndex", item))
    if not -side <= position < side:
        raise IndexError(f"position {position} lies outside of dimension {axis}, which has {side}")
    return Take(position % side, 1, single=True)


def _take_slice(item: slice[object, object, object], side: int, axis: int) -> Take:
    try:
        positions = range(*cast("slice[int, int, int]", item).indices(side))
    except TypeError as error:
        raise IndexError(f"dimension {axis}: the parts of a slice are integers, not {item!r:.80}") from error
    except ValueError as error:
        raise ValueError(f"dimension {axis}: a slice needs a step other than 0") from error
    if positions.step > 0 or not positions:
        return Take(positions.start if positions else 0, len(positions), max(1, positions.step))
    return Take(positions[-1], len(positions), -positions.step, reverse=True)
