"""Answers that are a row of typed items, read as they come: what event streams and JSON lines share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Callable, Iterable
from contextlib import aclosing
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar, cast

from .errors import DecodeError, Error, LimitError, RequestError
from .streams import Unread

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator
    from types import TracebackType
    from typing import Self

    from multidict import MultiMapping

    from .http import Response
    from .portal import Portal

__all__ = ["LARGEST_ITEM", "ItemBody", "Items", "SyncTypedStream", "TypedStream", "items_of", "split_lines"]

I = TypeVar("I")  # noqa: E741 - an item
T = TypeVar("T")
LARGEST_ITEM = 16 * 1024 * 1024
"""Bytes of one event or line, by default 16 MiB."""

Items: TypeAlias = AsyncIterable[T] | Iterable[T]
"""What is sent as a row of items. A list or tuple can be sent again, others once only."""


class TypedStream(Unread, Generic[I]):
    """Items as they come. Use it as `async with`, or read it to its end: either frees the connection.

    Attributes:
        status: HTTP status.
    """

    def __init__(self, response: Response, read: Callable[[AsyncIterator[bytes]], AsyncGenerator[I, None]]) -> None:
        self._response = response
        self._read = read
        self._taken = False
        self.status = response.status

    @property
    def headers(self) -> MultiMapping[str]:
        """Headers of the answer."""
        return self._response.headers

    async def __aiter__(self) -> AsyncIterator[I]:
        """Give the items, once only.

        Raises:
            DecodeError: an item is not what is declared; the message has its number.
            LimitError: an item is too large.
            TransportError: the connection broke.
        """
        if self._taken:
            raise RequestError("this stream was read before; call the operation again")
        self._taken = True
        response = self._response
        try:
            async with aclosing(self._read(response.chunks())) as items:
                async for item in items:
                    self.note(item)
                    yield item
        except Error as error:
            if isinstance(error, DecodeError):
                error.status = self.status
                error.media_type = self.headers.get("Content-Type", "")
            self.broken(error)
            if response.request is not None:
                error.at(response.request)
            raise
        finally:
            response.close()

    def note(self, item: I) -> None:
        """See an item before it is given."""

    def broken(self, error: Error) -> None:
        """See the error that ends the stream before it is raised."""

    async def aclose(self) -> None:
        """Let go of the connection. An unread rest is thrown away."""
        self._taken = True
        self._response.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


class SyncTypedStream(Generic[I]):
    """The same for synchronous callers: `with` and `for`."""

    def __init__(self, stream: TypedStream[I], portal: Portal) -> None:
        self._stream = stream
        self._portal = portal
        self.status = stream.status

    @property
    def headers(self) -> MultiMapping[str]:
        """Headers of the answer."""
        return self._stream.headers

    def __iter__(self) -> Iterator[I]:
        """Give the items, once only; raises as the asynchronous stream does."""
        return self._portal.iterate(aiter(self._stream))

    def close(self) -> None:
        """Let go of the connection. An unread rest is thrown away."""
        self._portal.run(self._stream.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Splitter:
    """Cuts bytes at a separator; a piece without one waits for the next, at most `largest` bytes."""

    def __init__(self, separator: bytes, largest: int) -> None:
        self._separator = separator
        self._largest = largest
        self._waiting: list[bytes] = []
        self._size = 0

    def feed(self, piece: bytes) -> list[bytes]:
        """Give what the piece completes; raises LimitError."""
        parts = piece.split(self._separator)
        if len(parts) > 1:
            parts[0] = b"".join([*self._waiting, parts[0]])
            self._waiting, self._size = [], 0
        rest = parts.pop()
        if rest:
            self._waiting.append(rest)
            self._size += len(rest)
        if self._size > self._largest or any(len(part) > self._largest for part in parts):
            raise LimitError(f"one item of the stream is larger than {self._largest} bytes", limit=self._largest)
        return parts

    def rest(self) -> bytes:
        """Give what no separator ended."""
        return b"".join(self._waiting)


async def split_lines(pieces: AsyncIterator[bytes], largest: int) -> AsyncGenerator[bytes, None]:
    """Give the lines of a text that ends them with CR, LF or CR LF; the last one need not end."""
    splitter = Splitter(b"\n", largest)
    after_return = False
    async for given in pieces:
        piece = given[1:] if after_return and given.startswith(b"\n") else given
        if given:
            after_return = given.endswith(b"\r")
        for line in splitter.feed(piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")):
            yield line
    if rest := splitter.rest():
        yield rest


class ItemBody:
    """A request's or answer's body of items, each written when its turn comes."""

    __slots__ = ("_items", "_used", "_write", "length")
    repeatable = False

    def __init__(self, items: Items[object], write: Callable[[object], bytes]) -> None:
        self._items = items
        self._write = write
        self._used = False
        self.length: int | None = None

    async def chunks(self) -> AsyncIterator[bytes]:
        """Give the content, a piece for each item."""
        if self._used:
            raise RequestError("these items were sent before and cannot be read again; give a list to allow that")
        self._used = True
        async for item in items_of(self._items):
            yield self._write(item)


async def items_of(items: Items[T]) -> AsyncIterator[T]:
    """Iterate either kind of iterable; a synchronous one is asked in a thread, where it may block."""
    if isinstance(items, AsyncIterable):
        async for item in items:
            yield item
        return
    iterator = iter(items)
    end = object()
    while (found := await asyncio.to_thread(next, iterator, end)) is not end:
        yield cast("T", found)
