"""Bodies that are handed over unread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import Error, RequestError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from types import TracebackType
    from typing import Self

    from multidict import MultiMapping

    from .http import Response
    from .portal import Portal

__all__ = ["ByteStream", "SyncByteStream", "Unread"]


class Unread:
    """Base of answers that are handed over unread."""

    def synchronous(self, portal: Portal) -> object:
        """Give the same for synchronous callers."""
        raise NotImplementedError


class ByteStream(Unread):
    """An answer's bytes as they come. Use it as `async with`, or read it to its end: either frees the connection.

    Attributes:
        status: HTTP status.
        headers: headers of the answer.
    """

    def __init__(self, response: Response) -> None:
        self._response = response
        self._taken = False
        self.status = response.status

    @property
    def headers(self) -> MultiMapping[str]:
        """Headers of the answer."""
        return self._response.headers

    @property
    def content_length(self) -> int | None:
        """Length of the content in bytes, None where the server does not say or sends it compressed."""
        text = self.headers.get("Content-Length", "")
        packed = self.headers.get("Content-Encoding", "identity").lower() != "identity"
        return int(text) if text.isascii() and text.isdecimal() and not packed else None

    @property
    def content_type(self) -> str:
        """Media type as the server says, "" if it does not."""
        return self.headers.get("Content-Type", "")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the bytes piece by piece, as they come. Once only."""
        if self._taken:
            raise RequestError("this stream was read before; call the operation again")
        self._taken = True
        response = self._response
        try:
            async for piece in response.chunks():
                yield piece
        except Error as error:
            if response.request is not None:
                error.at(response.request)
            raise
        finally:
            response.close()

    async def read(self) -> bytes:
        """Read the rest into memory, however large it is."""
        return b"".join([piece async for piece in self])

    def synchronous(self, portal: Portal) -> SyncByteStream:
        """Give the same for synchronous callers."""
        return SyncByteStream(self, portal)

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


class SyncByteStream:
    """The same for synchronous callers: `with` and `for`."""

    def __init__(self, stream: ByteStream, portal: Portal) -> None:
        self._stream = stream
        self._portal = portal
        self.status = stream.status

    @property
    def headers(self) -> MultiMapping[str]:
        """Headers of the answer."""
        return self._stream.headers

    @property
    def content_length(self) -> int | None:
        """Length of the content in bytes, None where the server does not say or sends it compressed."""
        return self._stream.content_length

    @property
    def content_type(self) -> str:
        """Media type as the server says, "" if it does not."""
        return self._stream.content_type

    def __iter__(self) -> Iterator[bytes]:
        """Give the bytes piece by piece, as they come. Once only."""
        return self._portal.iterate(aiter(self._stream))

    def read(self) -> bytes:
        """Read the rest into memory, however large it is."""
        return self._portal.run(self._stream.read())

    def close(self) -> None:
        """Let go of the connection. An unread rest is thrown away."""
        self._portal.run(self._stream.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
