"""Keys, values and items of a container, any of them reachable without the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from specbind.core import arguments

from ._entries import Keys, key_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from specbind.tiled._base import BaseClient

    from ._entries import Entries

__all__ = ["ItemsView", "KeysView", "ValuesView"]


class KeysView:
    """The keys of a container, in its order."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries

    def __aiter__(self) -> AsyncIterator[str]:
        return Keys(self._entries.batches())

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    async def count(self) -> int:
        """How many there are."""
        return await self._entries.count()

    async def lookup(self, position: int) -> str:
        """The key at a position; a negative one counts from the end.

        Raises:
            IndexError: there is none.
        """
        return key_of(await self._entries.at(arguments.whole("position", position)))

    async def section(self, part: slice) -> list[str]:
        """Those of a slice, of any kind."""
        return [key_of(entry) for entry in await self._entries.section(part)]

    async def first(self) -> str:
        """The first key. Raises IndexError where there is none."""
        return key_of(await self._entries.at(0))

    async def last(self) -> str:
        """The last key. Raises IndexError where there is none."""
        return key_of(await self._entries.at(-1))

    async def head(self, n: int = 5) -> list[str]:
        """The first `n` keys, or all if there are fewer."""
        return [key_of(entry) for entry in await self._entries.stretch(0, arguments.whole("n", n, least=0))]

    async def tail(self, n: int = 5) -> list[str]:
        """The last `n` keys in their order, or all if there are fewer."""
        found = await self._entries.stretch(0, arguments.whole("n", n, least=0), reverse=True)
        return [key_of(entry) for entry in reversed(found)]

    def page_size(self, page_size: int) -> KeysView:
        """The same in pages of 1 to 300; 300 is the default and the fastest."""
        return KeysView(self._entries.sized(page_size))


class ValuesView:
    """The nodes of a container, in its order."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries

    def __aiter__(self) -> AsyncIterator[BaseClient]:
        return self._values()

    async def _values(self) -> AsyncIterator[BaseClient]:
        async for entry in self._entries.each():
            yield self._entries.make(entry)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    async def count(self) -> int:
        """How many there are."""
        return await self._entries.count()

    async def lookup(self, position: int) -> BaseClient:
        """The node at a position; a negative one counts from the end.

        Raises:
            IndexError: there is none.
        """
        return self._entries.make(await self._entries.at(arguments.whole("position", position)))

    async def section(self, part: slice) -> list[BaseClient]:
        """Those of a slice, of any kind."""
        return [self._entries.make(entry) for entry in await self._entries.section(part)]

    async def first(self) -> BaseClient:
        """The first node. Raises IndexError where there is none."""
        return self._entries.make(await self._entries.at(0))

    async def last(self) -> BaseClient:
        """The last node. Raises IndexError where there is none."""
        return self._entries.make(await self._entries.at(-1))

    async def head(self, n: int = 5) -> list[BaseClient]:
        """The first `n` nodes, or all if there are fewer."""
        return [self._entries.make(entry) for entry in await self._entries.stretch(0, arguments.whole("n", n, least=0))]

    async def tail(self, n: int = 5) -> list[BaseClient]:
        """The last `n` nodes in their order, or all if there are fewer."""
        found = await self._entries.stretch(0, arguments.whole("n", n, least=0), reverse=True)
        return [self._entries.make(entry) for entry in reversed(found)]

    def page_size(self, page_size: int) -> ValuesView:
        """The same in pages of 1 to 300; 300 is the default."""
        return ValuesView(self._entries.sized(page_size))


class ItemsView:
    """Keys and nodes of a container, in its order."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries

    def __aiter__(self) -> AsyncIterator[tuple[str, BaseClient]]:
        return self._pairs()

    async def _pairs(self) -> AsyncIterator[tuple[str, BaseClient]]:
        async for entry in self._entries.each():
            yield self._pair(entry)

    def _pair(self, entry: dict[str, Any]) -> tuple[str, BaseClient]:
        return key_of(entry), self._entries.make(entry)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    async def count(self) -> int:
        """How many there are."""
        return await self._entries.count()

    async def lookup(self, position: int) -> tuple[str, BaseClient]:
        """The key and node at a position; a negative one counts from the end.

        Raises:
            IndexError: there is none.
        """
        return self._pair(await self._entries.at(arguments.whole("position", position)))

    async def section(self, part: slice) -> list[tuple[str, BaseClient]]:
        """Those of a slice, of any kind."""
        return [self._pair(entry) for entry in await self._entries.section(part)]

    async def first(self) -> tuple[str, BaseClient]:
        """The first key and node. Raises IndexError where there is none."""
        return self._pair(await self._entries.at(0))

    async def last(self) -> tuple[str, BaseClient]:
        """The last key and node. Raises IndexError where there is none."""
        return self._pair(await self._entries.at(-1))

    async def head(self, n: int = 5) -> list[tuple[str, BaseClient]]:
        """The first `n` keys and nodes, or all if there are fewer."""
        return [self._pair(entry) for entry in await self._entries.stretch(0, arguments.whole("n", n, least=0))]

    async def tail(self, n: int = 5) -> list[tuple[str, BaseClient]]:
        """The last `n` keys and nodes in their order, or all if there are fewer."""
        found = await self._entries.stretch(0, arguments.whole("n", n, least=0), reverse=True)
        return [self._pair(entry) for entry in reversed(found)]

    def page_size(self, page_size: int) -> ItemsView:
        """The same in pages of 1 to 300; 300 is the default."""
        return ItemsView(self._entries.sized(page_size))
