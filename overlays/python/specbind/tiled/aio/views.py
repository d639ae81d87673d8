"""Keys, values and items of a container, any of them reachable without the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from specbind.core import arguments
from specbind.tiled._base import BaseClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ._listing import Listing, Params

__all__ = ["ItemsView", "KeysView", "ValuesView"]

Make: TypeAlias = Callable[[dict[str, Any]], BaseClient]


class _View:
    """Entries of a listing by position. What a view gives is asked for when it is asked for, and never kept."""

    _params: Params = ()

    def __init__(self, listing: Listing, make: Make, inlined: list[dict[str, Any]] | None = None) -> None:
        self._listing = listing
        self._make = make
        self._inlined = inlined

    async def _count(self) -> int:
        return await self._listing.count() if self._inlined is None else len(self._inlined)

    async def _range(self, start: int, limit: int | None, *, reverse: bool = False) -> list[dict[str, Any]]:
        """`limit` entries from a position on, counted from the end and going backwards with `reverse`."""
        if limit == 0:
            return []
        if self._inlined is not None:
            ordered = self._inlined[::-1] if reverse else self._inlined
            return ordered[start : None if limit is None else start + limit]
        entries = self._listing.entries(self._params, start=start, limit=limit, reverse=reverse)
        return [entry async for entry in entries]

    async def _entries(self) -> AsyncIterator[dict[str, Any]]:
        if self._inlined is not None:
            for entry in self._inlined:
                yield entry
            return
        async for entry in self._listing.entries(self._params):
            yield entry

    async def _at(self, position: int) -> dict[str, Any]:
        """One entry: one request. Raises IndexError where there is none."""
        reverse = position < 0
        found = await self._range(-1 - position if reverse else position, 1, reverse=reverse)
        if not found:
            raise IndexError(f"there is no entry {position}")
        return found[0]

    async def _slice(self, part: slice) -> list[dict[str, Any]]:
        """Entries of any slice. Only one that mixes both ends needs the number of entries, and asks for it."""
        start, stop, step = part.start, part.stop, 1 if part.step is None else part.step
        if step == 0:
            raise ValueError("a slice has no step 0")
        if step > 0 and (start is None or start >= 0) and (stop is None or stop >= 0):
            found = await self._range(start or 0, None if stop is None else max(0, stop - (start or 0)))
            return found[::step]
        if step < 0 and (start is None or start < 0) and (stop is None or stop < 0):
            first = 0 if start is None else -1 - start
            limit = None if stop is None else max(0, -1 - stop - first)
            return (await self._range(first, limit, reverse=True))[::-step]
        if step > 0 and start is not None and start < 0 and stop is None:
            return (await self._range(0, -start, reverse=True))[::-1][::step]
        positions = range(*part.indices(await self._count()))
        if not positions:
            return []
        low, high = min(positions[0], positions[-1]), max(positions[0], positions[-1])
        found = await self._range(low, high - low + 1)
        return [found[position - low] for position in positions if position - low < len(found)]

    def _sized(self, page_size: int) -> Listing:
        return self._listing.sized(page_size)


def key_of(entry: dict[str, Any]) -> str:
    """The key of an entry."""
    return str(entry["id"])


class KeysView(_View):
    """The keys of a container, in its order."""

    _params = (("fields", ""),)

    def __aiter__(self) -> AsyncIterator[str]:
        return self._keys()

    async def _keys(self) -> AsyncIterator[str]:
        async for entry in self._entries():
            yield key_of(entry)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    async def count(self) -> int:
        """How many there are."""
        return await self._count()

    @overload
    async def lookup(self, position: int) -> str: ...
    @overload
    async def lookup(self, position: slice) -> list[str]: ...
    async def lookup(self, position: int | slice) -> str | list[str]:
        """The key at a position, or those of a slice; negative ones count from the end.

        Raises:
            IndexError: there is none.
        """
        if isinstance(position, slice):
            return [key_of(entry) for entry in await self._slice(position)]
        return key_of(await self._at(position))

    async def first(self) -> str:
        """The first key. Raises IndexError where there is none."""
        return key_of(await self._at(0))

    async def last(self) -> str:
        """The last key. Raises IndexError where there is none."""
        return key_of(await self._at(-1))

    async def head(self, n: int = 5) -> list[str]:
        """The first `n` keys, or all if there are fewer."""
        return [key_of(entry) for entry in await self._range(0, arguments.whole("n", n, least=0))]

    async def tail(self, n: int = 5) -> list[str]:
        """The last `n` keys in their order, or all if there are fewer."""
        found = await self._range(0, arguments.whole("n", n, least=0), reverse=True)
        return [key_of(entry) for entry in reversed(found)]

    def page_size(self, page_size: int) -> KeysView:
        """The same in pages of 1 to 300; 300 is the default and the fastest."""
        return KeysView(self._sized(page_size), self._make, self._inlined)


class ValuesView(_View):
    """The nodes of a container, in its order."""

    def __aiter__(self) -> AsyncIterator[BaseClient]:
        return self._values()

    async def _values(self) -> AsyncIterator[BaseClient]:
        async for entry in self._entries():
            yield self._make(entry)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    async def count(self) -> int:
        """How many there are."""
        return await self._count()

    @overload
    async def lookup(self, position: int) -> BaseClient: ...
    @overload
    async def lookup(self, position: slice) -> list[BaseClient]: ...
    async def lookup(self, position: int | slice) -> BaseClient | list[BaseClient]:
        """The node at a position, or those of a slice; negative ones count from the end.

        Raises:
            IndexError: there is none.
        """
        if isinstance(position, slice):
            return [self._make(entry) for entry in await self._slice(position)]
        return self._make(await self._at(position))

    async def first(self) -> BaseClient:
        """The first node. Raises IndexError where there is none."""
        return self._make(await self._at(0))

    async def last(self) -> BaseClient:
        """The last node. Raises IndexError where there is none."""
        return self._make(await self._at(-1))

    async def head(self, n: int = 5) -> list[BaseClient]:
        """The first `n` nodes, or all if there are fewer."""
        return [self._make(entry) for entry in await self._range(0, arguments.whole("n", n, least=0))]

    async def tail(self, n: int = 5) -> list[BaseClient]:
        """The last `n` nodes in their order, or all if there are fewer."""
        found = await self._range(0, arguments.whole("n", n, least=0), reverse=True)
        return [self._make(entry) for entry in reversed(found)]

    def page_size(self, page_size: int) -> ValuesView:
        """The same in pages of 1 to 300; 300 is the default."""
        return ValuesView(self._sized(page_size), self._make, self._inlined)


class ItemsView(_View):
    """Keys and nodes of a container, in its order."""

    def __aiter__(self) -> AsyncIterator[tuple[str, BaseClient]]:
        return self._pairs()

    async def _pairs(self) -> AsyncIterator[tuple[str, BaseClient]]:
        async for entry in self._entries():
            yield self._pair(entry)

    def _pair(self, entry: dict[str, Any]) -> tuple[str, BaseClient]:
        return key_of(entry), self._make(entry)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    async def count(self) -> int:
        """How many there are."""
        return await self._count()

    @overload
    async def lookup(self, position: int) -> tuple[str, BaseClient]: ...
    @overload
    async def lookup(self, position: slice) -> list[tuple[str, BaseClient]]: ...
    async def lookup(self, position: int | slice) -> tuple[str, BaseClient] | list[tuple[str, BaseClient]]:
        """Key and node at a position, or those of a slice; negative ones count from the end.

        Raises:
            IndexError: there is none.
        """
        if isinstance(position, slice):
            return [self._pair(entry) for entry in await self._slice(position)]
        return self._pair(await self._at(position))

    async def first(self) -> tuple[str, BaseClient]:
        """The first key and node. Raises IndexError where there is none."""
        return self._pair(await self._at(0))

    async def last(self) -> tuple[str, BaseClient]:
        """The last key and node. Raises IndexError where there is none."""
        return self._pair(await self._at(-1))

    async def head(self, n: int = 5) -> list[tuple[str, BaseClient]]:
        """The first `n` keys and nodes, or all if there are fewer."""
        return [self._pair(entry) for entry in await self._range(0, arguments.whole("n", n, least=0))]

    async def tail(self, n: int = 5) -> list[tuple[str, BaseClient]]:
        """The last `n` keys and nodes in their order, or all if there are fewer."""
        found = await self._range(0, arguments.whole("n", n, least=0), reverse=True)
        return [self._pair(entry) for entry in reversed(found)]

    def page_size(self, page_size: int) -> ItemsView:
        """The same in pages of 1 to 300; 300 is the default."""
        return ItemsView(self._sized(page_size), self._make, self._inlined)
