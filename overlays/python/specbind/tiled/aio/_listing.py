"""Entries as the server lists them, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, cast
from urllib.parse import parse_qsl, urlsplit

from specbind.bindings._runtime import DecodeError
from specbind.core.pages import Pages
from specbind.tiled._items import checked_entries

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from ._connection import Connection

__all__ = ["PAGE", "Listing", "Params"]

Params: TypeAlias = "Sequence[tuple[str, str]]"
PAGE = 300
"""Most entries of one page that servers give."""
_COUNT_TOO = "count"


class Listing:
    """One listing: a path, and what limits and orders it.

    The server's links are used for their page parameters only; every request goes to the address of the caller.

    Args:
        connection: the connection.
        path: `search/...`, quoted.
        filters: parameters that limit it.
        sort: keys to sort by, with `-` before those that go down.
        page_size: entries of one page, 1 to 300.
        reversible: whether the server can be asked for the other order.
        keyed: whether the entries are nodes, which have keys.
    """

    def __init__(
        self,
        connection: Connection,
        path: str,
        filters: Params = (),
        sort: Sequence[str] = (),
        *,
        page_size: int = PAGE,
        reversible: bool = True,
        keyed: bool = True,
    ) -> None:
        self._connection = connection
        self._path = path
        self._filters = list(filters)
        self._sort = list(sort)
        self._page_size = page_size
        self._keyed = keyed
        self.reversible = reversible

    def sized(self, page_size: int) -> Listing:
        """The same in pages of another size. Raises ValueError for one outside of 1 to 300."""
        if not 1 <= page_size <= PAGE:
            raise ValueError(f"a page has 1 to {PAGE} entries, not {page_size}")
        return self._changed(self._filters, page_size)

    def narrowed(self, filters: Params) -> Listing:
        """The same with further limits, which the server looks at first."""
        own = [*filters, *self._filters]
        return self._changed(own, self._page_size)

    def _changed(self, filters: Params, page_size: int) -> Listing:
        return Listing(
            self._connection,
            self._path,
            filters,
            self._sort,
            page_size=page_size,
            reversible=self.reversible,
            keyed=self._keyed,
        )

    async def count(self) -> int:
        """How many entries there are, as the server counts them now.

        What pages say of it is a lower bound, and never used here.
        """
        return _count_in(await self._get([("fields", _COUNT_TOO), *self._filters, *self._sorting(reverse=False)]))

    async def count_of_first_page(self) -> int:
        """The count that comes with a page, for listings that have no other."""
        return _count_in(await self._get([("page[offset]", "0"), ("page[limit]", "1")]))

    async def glance(self, limit: int, params: Params = ()) -> tuple[list[dict[str, Any]], int]:
        """The first entries, and how many there are at least."""
        page = [("page[offset]", "0"), ("page[limit]", str(limit))]
        answer = await self._get([*page, *params, *self._filters, *self._sorting(reverse=False)])
        return _entries_in(answer), _count_in(answer)

    async def entries(
        self, params: Params = (), *, start: int = 0, limit: int | None = None, reverse: bool = False
    ) -> AsyncIterator[dict[str, Any]]:
        """Entries from a position on, at most `limit`; from the end backwards with `reverse`.

        Raises:
            PageLoopError: the server's pages lead in a circle.
            ValueError: backwards, and the listing cannot be reversed.
        """
        if reverse and not self.reversible:
            raise ValueError("the server gives this list in its own order only")
        left = limit
        async for page in self._pages(params, start, limit, reverse=reverse).pages():
            for entry in _entries_in(page):
                if left is not None:
                    if not left:
                        return
                    left -= 1
                yield entry
            if left == 0:
                return

    async def batches(self, params: Params = ()) -> AsyncIterator[list[dict[str, Any]]]:
        """All entries, page by page. Raises PageLoopError where the server's pages lead in a circle."""
        async for page in self._pages(params, 0, None, reverse=False).pages():
            yield _entries_in(page)

    def _pages(
        self, params: Params, start: int, limit: int | None, *, reverse: bool
    ) -> Pages[tuple[tuple[str, str], ...], dict[str, Any], dict[str, Any]]:
        size = self._page_size if limit is None else max(1, min(limit, self._page_size))
        others = [*params, *self._filters, *self._sorting(reverse=reverse)]

        async def fetch(place: tuple[tuple[str, str], ...]) -> dict[str, Any]:
            return await self._get([*place, ("page[limit]", str(size)), *others])

        return Pages(
            fetch, (("page[offset]", str(start)),), items=_entries_in, following=lambda _, page: _following(page)
        )

    def _sorting(self, *, reverse: bool) -> list[tuple[str, str]]:
        keys = [_turned(key) for key in self._sort] if reverse else self._sort
        return [("sort", key) for key in keys] if any(keys) else []

    async def _get(self, params: Params) -> dict[str, Any]:
        answer = await self._connection.get_json(self._path, params=params)
        if not isinstance(answer, dict):
            raise DecodeError(f"a page of entries is an object, not {type(answer).__name__}")
        page = cast("dict[str, Any]", answer)
        if self._keyed and "data" in page:
            checked_entries(page["data"], "data", f"the page of {self._path} is no list of entries")
        return page


def _turned(key: str) -> str:
    return key[1:] if key.startswith("-") else f"-{key.removeprefix('+')}"


def _count_in(page: dict[str, Any]) -> int:
    meta = page.get("meta")
    count: object = cast("dict[str, Any]", meta).get("count") if isinstance(meta, dict) else None
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise DecodeError("the page does not say how many entries there are", path="meta.count")
    return count


def _entries_in(page: dict[str, Any]) -> list[dict[str, Any]]:
    entries: object = page.get("data")
    if not isinstance(entries, list):
        raise DecodeError("the page has no list of entries", path="data")
    if not all(isinstance(entry, dict) for entry in cast("list[object]", entries)):
        raise DecodeError("an entry of the page is no object", path="data")
    return cast("list[dict[str, Any]]", entries)


def _following(page: dict[str, Any]) -> tuple[tuple[str, str], ...] | None:
    links = page.get("links")
    link: object = cast("dict[str, Any]", links).get("next") if isinstance(links, dict) else None
    if not isinstance(link, str):
        return None
    try:
        pairs = parse_qsl(urlsplit(link).query)
    except ValueError as error:
        raise DecodeError(f"the link to the next page cannot be read: {error}", path="links.next") from error
    found = [pair for pair in pairs if pair[0] in {"page[offset]", "page[cursor]"}]
    if not found:
        raise DecodeError("the link to the next page names no place in the list", path="links.next")
    return tuple(found)
