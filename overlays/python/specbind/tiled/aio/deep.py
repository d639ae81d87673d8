"""What a search at any depth found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from .views import ValuesView

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from specbind.tiled._base import BaseClient

    from ._entries import Entries

__all__ = ["DeepSearchResults"]

D = TypeVar("D")


class DeepSearchResults:
    """Nodes at any depth, by their path below the container that was searched. Their order is the server's."""

    def __init__(self, entries: Entries, keys: Entries, root: tuple[str, ...]) -> None:
        self._entries = entries
        self._keys = keys
        self._root = root

    def __aiter__(self) -> AsyncIterator[tuple[str, ...]]:
        return self.keys()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} below {'/'.join(self._root)!r}>"

    async def count(self) -> int:
        """How many there are."""
        return await self._keys.count()

    async def lookup(self, path: tuple[str, ...] | str) -> BaseClient:
        """The node at a path; the results are looked through one by one.

        Raises:
            KeyError: it is not among them.
        """
        wanted = tuple(path.split("/")) if isinstance(path, str) else tuple(path)
        async for entry in self._entries.each():
            if self._path_of(entry) == wanted:
                return self._entries.make(entry)
        raise KeyError(f"{'/'.join(wanted)} is not among the results")

    async def get(self, key: tuple[str, ...] | str, default: D | None = None) -> BaseClient | D | None:
        """The node at a path, `default` where it is not among the results."""
        try:
            return await self.lookup(key)
        except KeyError:
            return default

    async def keys(self) -> AsyncIterator[tuple[str, ...]]:
        """The paths."""
        async for entry in self._keys.each():
            yield self._path_of(entry)

    def values(self) -> ValuesView:
        """The nodes."""
        return ValuesView(self._entries)

    async def items(self) -> AsyncIterator[tuple[tuple[str, ...], BaseClient]]:
        """Paths and nodes."""
        async for entry in self._entries.each():
            yield self._path_of(entry), self._entries.make(entry)

    def _path_of(self, entry: dict[str, Any]) -> tuple[str, ...]:
        attributes = cast("dict[str, Any]", entry.get("attributes") or {})
        path = (*cast("list[str]", attributes.get("ancestors") or []), str(entry["id"]))
        return path[len(self._root) :]
