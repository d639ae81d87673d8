"""Entries of a container by position."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from specbind.tiled._base import BaseClient

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from ._listing import Listing, Params

__all__ = ["Entries", "Keys", "Make", "key_of"]

Make: TypeAlias = Callable[[dict[str, Any]], BaseClient]


class Entries:
    """Entries of a listing by position. They are asked for when somebody wants them, and never kept.

    Args:
        listing: what the server lists.
        make: makes a client of an entry.
        inlined: the entries, where the server sent them along with the container.
        params: what is asked for of each entry.
    """

    def __init__(
        self, listing: Listing, make: Make, inlined: list[dict[str, Any]] | None = None, params: Params = ()
    ) -> None:
        self.make = make
        self._listing = listing
        self._inlined = inlined
        self._params = params

    async def count(self) -> int:
        """How many there are."""
        return await self._listing.count() if self._inlined is None else len(self._inlined)

    async def stretch(self, start: int, limit: int | None, *, reverse: bool = False) -> list[dict[str, Any]]:
        """`limit` entries from a position on, counted from the end and going backwards with `reverse`.

        Where the server gives one order only, the entries are counted, and those asked for forwards.
        """
        if limit == 0:
            return []
        if self._inlined is not None:
            ordered = self._inlined[::-1] if reverse else self._inlined
            return ordered[start : None if limit is None else start + limit]
        if reverse and not self._listing.reversible:
            end = max(0, await self.count() - start)
            first = 0 if limit is None else max(0, end - limit)
            return (await self.stretch(first, end - first))[::-1]
        entries = self._listing.entries(self._params, start=start, limit=limit, reverse=reverse)
        return [entry async for entry in entries]

    async def each(self) -> AsyncIterator[dict[str, Any]]:
        """All of them."""
        if self._inlined is not None:
            for entry in self._inlined:
                yield entry
            return
        async for entry in self._listing.entries(self._params):
            yield entry

    async def batches(self) -> AsyncGenerator[list[dict[str, Any]], None]:
        """All of them, as they come."""
        if self._inlined is not None:
            yield self._inlined
            return
        async for entries in self._listing.batches(self._params):
            yield entries

    async def at(self, position: int) -> dict[str, Any]:
        """One entry: one request. Raises IndexError where there is none."""
        reverse = position < 0
        found = await self.stretch(-1 - position if reverse else position, 1, reverse=reverse)
        if not found:
            raise IndexError(f"there is no entry {position}")
        return found[0]

    async def section(self, part: slice) -> list[dict[str, Any]]:
        """Entries of any slice. Only one that mixes both ends needs the number of entries, and asks for it."""
        start, stop, step = part.start, part.stop, 1 if part.step is None else part.step
        if step == 0:
            raise ValueError("a slice has no step 0")
        if step > 0 and (start is None or start >= 0) and (stop is None or stop >= 0):
            found = await self.stretch(start or 0, None if stop is None else max(0, stop - (start or 0)))
            return found[::step]
        if step < 0 and (start is None or start < 0) and (stop is None or stop < 0):
            first = 0 if start is None else -1 - start
            limit = None if stop is None else max(0, -1 - stop - first)
            return (await self.stretch(first, limit, reverse=True))[::-step]
        if step > 0 and start is not None and start < 0 and stop is None:
            return (await self.stretch(0, -start, reverse=True))[::-1][::step]
        positions = range(*part.indices(await self.count()))
        if not positions:
            return []
        low, high = min(positions[0], positions[-1]), max(positions[0], positions[-1])
        found = await self.stretch(low, high - low + 1)
        return [found[position - low] for position in positions if position - low < len(found)]

    def sized(self, page_size: int) -> Entries:
        """The same in pages of another size."""
        return Entries(self._listing.sized(page_size), self.make, self._inlined, self._params)


class Keys(AsyncIterator[str]):
    """The keys of entries that come in batches. A synchronous caller gets a batch at once, by `take_ready`."""

    def __init__(self, batches: AsyncGenerator[list[dict[str, Any]], None]) -> None:
        self._batches = batches
        self._ready: deque[str] = deque()

    async def __anext__(self) -> str:
        while not self._ready:
            self._ready.extend(key_of(entry) for entry in await anext(self._batches))
        return self._ready.popleft()

    def take_ready(self) -> list[str]:
        """Give what is there already."""
        found = list(self._ready)
        self._ready.clear()
        return found

    async def aclose(self) -> None:
        """End the requests."""
        await self._batches.aclose()


def key_of(entry: dict[str, Any]) -> str:
    """The key of an entry."""
    return str(entry["id"])
