"""Multipart bodies whose parts come in a certain order, and those of answers."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, cast

from aiohttp import BodyPartReader, MultipartReader
from aiohttp.http_exceptions import HttpProcessingError

from specbind.supervisely.exceptions import ApiAnswerError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from aiohttp import StreamReader

    from specbind.bindings._runtime import ByteStream

__all__ = ["pairs", "parts"]

_LINE = 64 << 10
_BLOCK = 256 << 10
_PLAIN = frozenset({"", "7bit", "8bit", "binary"})
_MALFORMED = (ValueError, AssertionError, RuntimeError, HttpProcessingError)  # what the reader of aiohttp raises


async def parts(stream: ByteStream, *, limit: int) -> AsyncIterator[tuple[str, bytearray]]:
    """Names and contents of the parts of an answer, one after the other: a single one is in memory.

    Args:
        stream: the answer.
        limit: bytes that a part may have.

    Raises:
        ApiAnswerError: it is no multipart body, is malformed or ends early, or a part is larger.
        TransportError: the connection was lost.
    """
    kind = stream.content_type
    if not kind.lower().startswith("multipart/"):
        raise ApiAnswerError(f"the answer is no multipart body but {kind[:100]!r}")
    try:
        # it asks for no more of a StreamReader than what _Content has
        reader = MultipartReader({"Content-Type": kind}, cast("StreamReader", _Content(stream)))
        while (part := await reader.next()) is not None:
            yield await _read(part, limit)
    except _MALFORMED as error:
        message = (
            f"the multipart body of the answer is malformed or ends early: {str(error)[:200]}; make the call again"
        )
        raise ApiAnswerError(message) from error


async def _read(part: MultipartReader | BodyPartReader, limit: int) -> tuple[str, bytearray]:
    if not isinstance(part, BodyPartReader):
        raise ApiAnswerError("a part of the answer is a multipart body itself")
    encoding = part.headers.get("Content-Transfer-Encoding", "").strip().lower()
    if encoding not in _PLAIN:
        raise ApiAnswerError(
            f"a part of the answer has the transfer encoding {encoding[:100]!r}, which has no use in HTTP"
        )
    name = part.name
    if not name:
        raise ApiAnswerError("a part of the answer has no name")
    content = bytearray()
    while not part.at_eof():
        content += await part.read_chunk(_BLOCK)
        if len(content) > limit:
            raise ApiAnswerError(f"the part {name[:100]!r} of the answer has more than {limit} bytes")
    return name, content


class _Content:
    """The bytes of an answer in lines and blocks, as the reader of parts asks for them."""

    def __init__(self, stream: ByteStream) -> None:
        self._blocks = aiter(stream)
        self._waiting = bytearray()
        self._ended = False

    async def read(self, size: int) -> bytes:
        """At most `size` bytes, none at the end."""
        if not self._waiting:
            await self._more()
        return self._take(size)

    async def readline(self, *, max_line_length: int = _LINE) -> bytes:
        """A line with its end; the rest where there is no further one. Raises ValueError for one that is too long."""
        seen = 0
        while (end := self._waiting.find(b"\n", seen)) < 0 and not self._ended:
            seen = len(self._waiting)
            if seen > max_line_length:
                break
            await self._more()
        size = end + 1 if end >= 0 else len(self._waiting)
        if size > max_line_length:
            raise ValueError(f"a line has more than {max_line_length} bytes")
        return self._take(size)

    def unread_data(self, data: bytes) -> None:
        """Put bytes back to the front."""
        self._waiting[:0] = data

    def at_eof(self) -> bool:
        """Whether everything was read."""
        return self._ended and not self._waiting

    async def _more(self) -> None:
        try:
            self._waiting += await anext(self._blocks)
        except StopAsyncIteration:
            self._ended = True

    def _take(self, size: int) -> bytes:
        found = bytes(self._waiting[:size])
        del self._waiting[:size]
        return found


def pairs(figures: Sequence[tuple[int, bytes]]) -> tuple[str, bytes]:
    """Media type and body of figures and their geometries: the id, then the geometry, for each."""
    boundary = secrets.token_hex(16)
    pieces: list[bytes] = []
    for figure, geometry in figures:
        name = str(figure).encode()
        pieces += [
            f"--{boundary}\r\n".encode(),
            b'Content-Disposition: form-data; name="figureId"\r\n\r\n' + name + b"\r\n",
            f"--{boundary}\r\n".encode(),
            b'Content-Disposition: form-data; name="geometry"; filename="' + name + b'"\r\n',
            b"Content-Type: application/octet-stream\r\n\r\n" + geometry + b"\r\n",
        ]
    pieces.append(f"--{boundary}--\r\n".encode())
    return f"multipart/form-data; boundary={boundary}", b"".join(pieces)
