"""Listings that come in pages, as one asynchronous stream of items.

    async for item in cursor_pages(fetch, items=lambda page: page.items, cursor=lambda page: page.next):
        ...
    async for page in cursor_pages(...).pages():
        ...

A listing is followed by what the server says comes next, never by a total. An empty page with a next one is followed
(up to ten in a row). The same cursor twice is an error, not an endless loop.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import urljoin, urlsplit

from .errors import ForeignPageError, PageLoopError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

__all__ = ["Pages", "cursor_pages", "link_pages", "next_link", "number_pages", "offset_pages"]

K = TypeVar("K")
P = TypeVar("P")
T = TypeVar("T")

_MAX_EMPTY = 10
_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+(?:\s*=\s*(?:\"(?:[^\"\\]|\\.)*\"|[^\s;,\"]*))?)*)")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]*))", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}


class Pages(Generic[K, P, T]):
    """A listing in pages. Iterate it for items, or `pages()` for pages. Each iteration starts at the first page.

    Args:
        fetch: gets the page of a key.
        first: key of the first page.
        items: items of a page.
        following: key of the page after `page`, None at the end; given the key and the page.
        max_empty: most empty pages in a row that are followed.
    """

    def __init__(
        self,
        fetch: Callable[[K], Awaitable[P]],
        first: K,
        *,
        items: Callable[[P], Sequence[T]],
        following: Callable[[K, P], K | None],
        max_empty: int = _MAX_EMPTY,
    ) -> None:
        self._fetch = fetch
        self._first = first
        self._items = items
        self._following = following
        self._max_empty = max_empty

    def __aiter__(self) -> AsyncIterator[T]:
        return self._each()

    async def _each(self) -> AsyncIterator[T]:
        async for page in self.pages():
            for item in self._items(page):
                yield item

    async def pages(self) -> AsyncIterator[P]:
        """Give the pages one by one; the next is fetched when it is asked for.

        Raises:
            PageLoopError: a key came twice, or more than `max_empty` empty pages in a row.
            ForeignPageError: the next page lies on another origin (link pages only).
        """
        key: K | None = self._first
        seen: set[K] = set()
        empty = 0
        while key is not None:
            if key in seen:
                message = f"the listing leads in a circle: page {str(key)[:200]!r} came twice"
                raise PageLoopError(message)
            seen.add(key)
            page = await self._fetch(key)
            yield page
            empty = 0 if self._items(page) else empty + 1
            key = self._following(key, page)
            if key is not None and empty > self._max_empty:
                message = f"the listing gave {empty} empty pages in a row, and says that there are more"
                raise PageLoopError(message)


def cursor_pages(
    fetch: Callable[[str], Awaitable[P]],
    *,
    items: Callable[[P], Sequence[T]],
    cursor: Callable[[P], str | None],
    start: str = "",
    max_empty: int = _MAX_EMPTY,
) -> Pages[str, P, T]:
    """Pages by a cursor or page token that the server gives; none or an empty one ends the listing.

    Args:
        fetch: gets the page of a cursor; `""` asks for the first page.
        items: items of a page.
        cursor: cursor of the next page, as it stands in a page.
        start: cursor to go on from.
        max_empty: most empty pages in a row that are followed.
    """
    return Pages(fetch, start, items=items, following=lambda _, page: cursor(page) or None, max_empty=max_empty)


def offset_pages(
    fetch: Callable[[int], Awaitable[P]],
    *,
    items: Callable[[P], Sequence[T]],
    more: Callable[[P], bool] | None = None,
    start: int = 0,
) -> Pages[int, P, T]:
    """Pages by offset. The next offset counts the items that came, so short and long pages lose nothing.

    Args:
        fetch: gets the page that starts at an offset.
        items: items of a page.
        more: whether the server says that there are more; by default the listing ends at the first empty page.
        start: first offset, from 0.
    """

    def following(offset: int, page: P) -> int | None:
        count = len(items(page))
        return offset + count if count and (more is None or more(page)) else None

    return Pages(fetch, start, items=items, following=following)


def number_pages(
    fetch: Callable[[int], Awaitable[P]],
    *,
    items: Callable[[P], Sequence[T]],
    more: Callable[[P], bool] | None = None,
    start: int = 1,
    max_empty: int = _MAX_EMPTY,
) -> Pages[int, P, T]:
    """Pages by number.

    Args:
        fetch: gets the page of a number.
        items: items of a page.
        more: whether the server says that there are more; by default the listing ends at the first empty page.
        start: number of the first page.
        max_empty: most empty pages in a row that are followed, where `more` says so.
    """

    def following(number: int, page: P) -> int | None:
        return number + 1 if (more(page) if more is not None else len(items(page)) > 0) else None

    return Pages(fetch, start, items=items, following=following, max_empty=max_empty)


def link_pages(
    fetch: Callable[[str], Awaitable[P]],
    first: str,
    *,
    items: Callable[[P], Sequence[T]],
    link: Callable[[P], str | None],
    max_empty: int = _MAX_EMPTY,
) -> Pages[str, P, T]:
    """Pages by the address of the next one, from a `Link` header (`next_link`) or a field of the page.

    An address on another scheme, host or port is refused: credentials never go there.

    Args:
        fetch: gets the page at an absolute address.
        first: absolute address of the first page.
        items: items of a page.
        link: address of the next page, absolute or relative to the page it stands in; None at the end.
        max_empty: most empty pages in a row that are followed.
    """

    def following(address: str, page: P) -> str | None:
        target = link(page)
        return _same_origin(address, target) if target else None

    return Pages(fetch, first, items=items, following=following, max_empty=max_empty)


def next_link(header: str | None, rel: str = "next") -> str | None:
    """Address with a relation in a `Link` header (RFC 8288), as it stands there; None when there is none."""
    for address, parameters in _LINK.findall((header or "")[:16384]):
        for quoted, plain in _REL.findall(parameters)[:1]:
            if rel in (quoted or plain).lower().split():
                return str(address)
    return None


def _same_origin(base: str, target: str) -> str:
    try:
        address = urljoin(base, target)
    except ValueError:
        address = ""
    origin = _origin(address)
    if origin is None or origin != _origin(base) or any(c.isspace() or not c.isprintable() for c in target):
        message = f"the next page {target[:200]!r} is not on the origin of {base[:200]!r}; credentials do not go there"
        raise ForeignPageError(message)
    return address


def _origin(address: str) -> tuple[str, str, int | None] | None:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if parts.username is not None or parts.scheme not in _PORTS:
        return None
    return parts.scheme, parts.hostname or "", port or _PORTS[parts.scheme]
