"""Bodies: from the socket into memory of the caller, and from memory to the socket."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING

from specbind.bindings._runtime import DecodeError, LimitError, TruncatedError
from specbind.tiled._wire import Filling

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator

    from specbind.bindings._runtime import RequestBody, Response

__all__ = ["ReadyBody", "body_of", "read_body", "read_into"]

_PIECE = 256 * 1024
_SMALL = 64 * 1024
_MAPPED = 1024 * 1024
_LAZY = hasattr(mmap, "MAP_PRIVATE")  # Windows sets memory aside at once


class ReadyBody:
    """A body that lies in memory, sent without a copy of the whole."""

    repeatable = True

    def __init__(self, view: memoryview) -> None:
        self._view = view.cast("B")

    @property
    def length(self) -> int | None:
        """Length in bytes."""
        return len(self._view)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Give the content."""
        for start in range(0, len(self._view), _PIECE):
            yield bytes(self._view[start : start + _PIECE])


class _OnceBody:
    """A body that comes piece by piece and cannot be had again."""

    length = None
    repeatable = False

    def __init__(self, pieces: AsyncIterable[bytes]) -> None:
        self._pieces = pieces

    async def chunks(self) -> AsyncIterator[bytes]:
        async for piece in self._pieces:
            yield piece


def body_of(body: bytes | memoryview | AsyncIterable[bytes]) -> bytes | RequestBody:
    """A request's body."""
    if isinstance(body, bytes):
        return body
    return ReadyBody(body) if isinstance(body, memoryview) else _OnceBody(body)


async def read_into(response: Response, view: memoryview, filling: Filling | None = None) -> memoryview:
    """Fill `view` with the body, which must be exactly as long. `filling` is told what came.

    Raises:
        DecodeError: the body has another length.
        TruncatedError: the connection was lost before its end.
    """
    room = view.cast("B") if view.nbytes else memoryview(bytearray())
    announced = _length(response)
    if announced is not None and announced != len(room):
        response.close()
        raise DecodeError(f"the body has {announced} bytes, and {len(room)} were expected", status=response.status)
    filling = filling or Filling()
    filled = filling.came = 0
    bulk = response.bulk() if len(room) else None
    if bulk is not None:
        while filled < len(room):
            count = await bulk.fill(room[filled:])
            if not count:
                break
            filled += count
            filling.came = filled
    else:
        async for piece in response.chunks():
            end = filled + len(piece)
            if end > len(room):
                raise DecodeError(f"the body is longer than the {len(room)} bytes expected", status=response.status)
            room[filled:end] = piece
            filled = filling.came = end
    if filled != len(room):
        raise TruncatedError(f"the body ended after {filled} of {len(room)} bytes")
    return view


async def read_body(response: Response, limit: int, filling: Filling | None = None) -> bytes | memoryview:
    """The whole body, of at most `limit` bytes; a large one whose length is known is read without a second copy.

    Memory is taken as the body comes, whatever length it announces.
    """
    length = _length(response)
    if length is not None and length > limit:
        response.close()
        raise LimitError(f"the answer is larger than {limit} bytes", limit=limit)
    if length is not None and length > _SMALL and (length < _MAPPED or _LAZY):
        return await read_into(response, _memory(length), filling)
    return await _read(response, limit, filling or Filling())


async def _read(response: Response, limit: int, filling: Filling) -> bytes:
    """A body whose length is not known, or small."""
    pieces: list[bytes] = []
    filling.came = 0
    async for piece in response.chunks():
        filling.came += len(piece)
        if filling.came > limit:
            response.close()
            raise LimitError(f"the answer is larger than {limit} bytes", limit=limit)
        pieces.append(piece)
    return b"".join(pieces)


def _memory(length: int) -> memoryview:
    """Memory that can be written to; much of it comes from the system, which clears it only as it is filled."""
    if length < _MAPPED:
        return memoryview(bytearray(length))
    return memoryview(mmap.mmap(-1, length, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))


def _length(response: Response) -> int | None:
    """Length of the body in bytes, where it is announced and means what is read."""
    if response.headers.get("Content-Encoding", "identity") != "identity":
        return None
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isdecimal() and len(text) < 20 else None
