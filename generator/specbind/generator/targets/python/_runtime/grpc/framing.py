"""Messages as gRPC frames them: a flag, a length of four bytes, the message; and their compression.

What is large is packed and unpacked in a thread, since an event loop would stand still for it (a second for 50 MiB).
"""

from __future__ import annotations

import asyncio
import os
import struct
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PREFIX", "TooLong", "frame", "framed", "inflate", "inflated", "parse_prefix"]

T = TypeVar("T")

PREFIX = 5
"""Bytes before a message."""

_HEAD = struct.Struct(">BI")
_GZIP = 16 + zlib.MAX_WBITS
_LEVEL = 1  # a call waits for it, and higher levels seldom win back what they take
_PIECE = 256 * 1024
_LARGE = 1024 * 1024
"""Bytes that may be packed or unpacked on the event loop: some milliseconds."""


class TooLong(Exception):  # noqa: N818  # no error of a call: whoever reads the message makes one of it
    """A message is longer than allowed after decompression."""


class _Over(Exception):  # noqa: N818  # nobody gets it: whoever would has been cancelled
    """Nobody waits for the work of this thread any more."""


def frame(message: bytes, *, gzip: bool = False) -> bytes:
    """A message with its prefix, compressed if asked."""
    return _framed(message, gzip, _never)


async def framed(message: bytes, *, gzip: bool) -> bytes:
    """As `frame`; a large message is compressed in a thread, which stops soon when the caller is cancelled."""
    if not gzip or len(message) <= _LARGE:
        return frame(message, gzip=gzip)
    return await _beside(lambda over: _framed(message, gzip, over))


def _never() -> bool:
    return False


def _framed(message: bytes, gzip: bool, over: Callable[[], bool]) -> bytes:
    if not gzip:
        return _HEAD.pack(0, len(message)) + message
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    pieces = [b""]  # the place of the prefix
    whole = memoryview(message)
    for start in range(0, len(message), _PIECE):
        if over():
            raise _Over
        pieces.append(packer.compress(whole[start : start + _PIECE]))
    pieces.append(packer.flush())
    pieces[0] = _HEAD.pack(1, sum(map(len, pieces)))
    return b"".join(pieces)


def parse_prefix(prefix: bytes) -> tuple[int, int]:
    """The flag and the length."""
    flag, length = _HEAD.unpack(prefix)
    return flag, length


def inflate(content: bytes, limit: int | None) -> bytes:
    """Decompress gzip.

    Raises:
        TooLong: there would be more than `limit` bytes.
        ValueError: it is no gzip, or not one whole piece of it.
    """
    return _Inflation(content, limit).rest(_never)


async def inflated(content: bytes, limit: int | None) -> bytes:
    """As `inflate`; what is large, packed or unpacked, is decompressed in a thread, as by `framed`."""
    inflation = _Inflation(content, limit)
    if len(content) <= _LARGE:
        while inflation.size <= _LARGE - _PIECE:
            if not inflation.step():
                return inflation.whole()
    return await _beside(inflation.rest)


class _Inflation:
    """Gzip that is unpacked piece by piece, each of 256 KiB at most."""

    def __init__(self, content: bytes, limit: int | None) -> None:
        self.size = 0
        self._content = memoryview(content)
        self._place = 0
        self._unread: bytes | memoryview = b""
        self._limit = limit
        self._pieces: list[bytes] = []
        self._unpacker = zlib.decompressobj(_GZIP)

    def step(self) -> bool:
        """Unpack a piece; whether there is more. Raises as `inflate` does."""
        if not self._unread:  # in pieces: what zlib leaves of its input is copied each time
            self._unread = self._content[self._place : self._place + _PIECE]
            self._place += len(self._unread)
        given = len(self._unread)
        try:
            piece = self._unpacker.decompress(self._unread, _PIECE)
        except zlib.error as error:
            raise ValueError(str(error)) from None
        self._unread = self._unpacker.unconsumed_tail
        self.size += len(piece)
        if self._limit is not None and self.size > self._limit:
            raise TooLong
        self._pieces.append(piece)
        if not self._unpacker.eof:
            if not piece and not given:
                raise ValueError("it stops before its end")
            return True
        if self._unpacker.unused_data or self._place < len(self._content):
            raise ValueError("something follows its end")
        return False

    def rest(self, over: Callable[[], bool]) -> bytes:
        """Unpack what is left, unless it is over; give the whole."""
        while self.step():
            if over():
                raise _Over
        return self.whole()

    def whole(self) -> bytes:
        """What was unpacked."""
        return b"".join(self._pieces)


# threads of its own: those of the event loop may all be blocked by the program
_pool = ThreadPoolExecutor(2, "specbind-gzip")


def _after_fork() -> None:
    global _pool  # noqa: PLW0603 - the threads of the parent are not here
    _pool = ThreadPoolExecutor(2, "specbind-gzip")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


async def _beside(work: Callable[[Callable[[], bool]], T]) -> T:
    """Work in a thread, which is told when nobody waits for it any more."""
    over = threading.Event()
    try:
        return await asyncio.get_running_loop().run_in_executor(_pool, work, over.is_set)
    finally:
        over.set()
