"""Reader and writer of Timestamp and Duration: nearly every message of a service has some of them.

They take the usual form, seconds of five bytes and nanoseconds behind them, in one step. Anything else goes to the
compiled functions.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from msgspec import UNSET
from msgspec.structs import astuple

from .wire import VARINTS

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["fast_reader", "fast_writer"]

_seconds = struct.Struct("6B").pack
_nanos5 = struct.Struct("6B").pack
_nanos4 = struct.Struct("5B").pack


def fast_reader(cls: Callable[[int, int], object], compiled: Callable[..., object]) -> Callable[..., object]:
    """Make the reader of a class with the fields seconds and nanos."""

    def read(b: bytes, p: int, end: int, d: int, m: object = UNSET) -> object:
        n = end - p
        if n < 6 or m is not UNSET or end > len(b):
            return compiled(b, p, end, d, m)
        t, s0, s1, s2, s3, s4 = b[p : p + 6]
        if t != 8 or s0 & s1 & s2 & s3 < 128 or s4 > 127:
            return compiled(b, p, end, d, m)
        seconds = s0 & 127 | (s1 & 127) << 7 | (s2 & 127) << 14 | (s3 & 127) << 21 | s4 << 28
        if n == 6:
            return cls(seconds, 0)
        if n == 12:
            t, s0, s1, s2, s3, s4 = b[p + 6 : end]
            if t == 16 and s0 & s1 & s2 & s3 > 127 and s4 < 8:
                return cls(seconds, s0 & 127 | (s1 & 127) << 7 | (s2 & 127) << 14 | (s3 & 127) << 21 | s4 << 28)
        elif n == 11:
            t, s0, s1, s2, s3 = b[p + 6 : end]
            if t == 16 and s0 & s1 & s2 > 127 and s3 < 128:
                return cls(seconds, s0 & 127 | (s1 & 127) << 7 | (s2 & 127) << 14 | s3 << 21)
        return compiled(b, p, end, d, m)

    return read


def fast_writer(cls: type, compiled: Callable[..., bytes]) -> Callable[..., bytes]:
    """Make the writer of a class with the fields seconds and nanos."""

    def write(message: object) -> bytes:
        if type(message) is not cls:
            return compiled(message)
        s, n, unknown = astuple(message)  # type: ignore[type-var]  # a Struct, see above
        if unknown or not 0x1000_0000 <= s < 0x8_0000_0000 or not 0 <= n < 0x4000_0000:
            return compiled(message)
        head = _seconds(8, s & 127 | 128, s >> 7 & 127 | 128, s >> 14 & 127 | 128, s >> 21 & 127 | 128, s >> 28)
        if not n:
            return head
        if n >= 0x1000_0000:
            return head + _nanos5(
                16, n & 127 | 128, n >> 7 & 127 | 128, n >> 14 & 127 | 128, n >> 21 & 127 | 128, n >> 28
            )
        if n >= 0x20_0000:
            return head + _nanos4(16, n & 127 | 128, n >> 7 & 127 | 128, n >> 14 & 127 | 128, n >> 21)
        return compiled(message) if n >= len(VARINTS) else head + b"\x10" + VARINTS[n]

    return write
