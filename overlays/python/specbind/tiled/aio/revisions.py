"""Earlier metadata of a node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from specbind.core import arguments

from ._listing import Listing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ._connection import Connection

__all__ = ["MetadataRevisions"]


class MetadataRevisions:
    """Earlier metadata, the oldest first. Each has `revision_number` and `attributes`.

    A position is no revision number: numbers stay as they are when others are deleted.
    """

    def __init__(self, connection: Connection, path: str) -> None:
        self._connection = connection
        self._path = f"revisions/{path}"
        self._listing = Listing(connection, self._path, keyed=False)

    def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        return self._listing.entries()

    async def count(self) -> int:
        """How many there are."""
        return await self._listing.count_of_first_page()

    async def lookup(self, position: int) -> dict[str, Any]:
        """The revision at a position; a negative one counts from the end.

        Raises:
            IndexError: there is none.
        """
        return [entry async for entry in self._listing.entries()][position]

    async def section(self, part: slice) -> list[dict[str, Any]]:
        """Those of a slice."""
        return [entry async for entry in self._listing.entries()][part]

    async def revision(self, number: int) -> dict[str, Any]:
        """The revision with a number.

        Raises:
            KeyError: there is none.
        """
        async for entry in self._listing.entries():
            if entry.get("revision_number") == number:
                return entry
        raise KeyError(f"there is no revision {number}")

    async def delete_revision(self, n: int) -> None:
        """Delete the revision with the number `n`."""
        params = [("number", str(arguments.whole("n", n, least=0)))]
        await self._connection.send_json("DELETE", self._path, params=params, safe=True)
