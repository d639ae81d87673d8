"""Messages as gRPC frames them: a flag, a length of four bytes, the message; and their compression."""

from __future__ import annotations

import struct
import zlib

__all__ = ["PREFIX", "TooLong", "frame", "inflate", "parse_prefix"]

PREFIX = 5
"""Bytes before a message."""

_HEAD = struct.Struct(">BI")
_GZIP = 16 + zlib.MAX_WBITS
_LEVEL = 1  # a call waits for it, and higher levels seldom win back what they take
_PIECE = 256 * 1024


class TooLong(Exception):  # noqa: N818  # no error of a call: whoever reads the message makes one of it
    """A message is longer than allowed after decompression."""


def frame(message: bytes, *, gzip: bool = False) -> bytes:
    """A message with its prefix, compressed if asked."""
    if gzip:
        packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
        message = packer.compress(message) + packer.flush()
    return _HEAD.pack(gzip, len(message)) + message


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
    unpacker = zlib.decompressobj(_GZIP)
    pieces: list[bytes] = []
    size = 0
    rest = content
    try:
        while not unpacker.eof:
            piece = unpacker.decompress(rest, _PIECE)
            rest = unpacker.unconsumed_tail
            size += len(piece)
            if limit is not None and size > limit:
                raise TooLong
            if not piece and not rest and not unpacker.eof:
                raise ValueError("it stops before its end")
            pieces.append(piece)
    except zlib.error as error:
        raise ValueError(str(error)) from None
    if unpacker.unused_data:
        raise ValueError("something follows its end")
    return b"".join(pieces)
