"""Reader and writer of Timestamp and Duration: nearly every message of a service has some of them.

They take the usual form, seconds of five bytes and nanoseconds behind them, in one step. Anything else goes to the
compiled functions.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, cast

from msgspec import UNSET
from msgspec.structs import astuple

from .wire import MAX_DEPTH, varint

if TYPE_CHECKING:
    from collections.abc import Callable

    from msgspec import Struct

__all__ = ["fast_reader", "fast_writer"]

_upper = struct.Struct("3B").pack
_seconds = struct.Struct("3B3s").pack
_nanos5 = struct.Struct("3B3s6B").pack
_REMEMBERED = 1000


def fast_reader(cls: Callable[..., object], compiled: Callable[..., object]) -> Callable[..., object]:
    """Make the reader of a class with the fields seconds and nanos."""

    def read(b: bytes, p: int, end: int, d: int, m: object = UNSET) -> object:
        n = end - p
        if n < 6 or m is not UNSET or end > len(b) or d > MAX_DEPTH:
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

    upper: dict[int, bytes] = {}  # the upper bits of seconds change every four and a half hours

    def write(message: object) -> bytes:
        if type(message) is not cls:
            return compiled(message)
        s, n, unknown = cast("tuple[int, int, object]", astuple(cast("Struct", message)))
        if unknown or not 0x1000_0000 <= s < 0x8_0000_0000 or not 0 <= n < 0x4000_0000:
            return compiled(message)
        head = upper.get(s >> 14)
        if head is None:
            if len(upper) > _REMEMBERED:
                upper.clear()
            head = upper[s >> 14] = _upper(s >> 14 & 127 | 128, s >> 21 & 127 | 128, s >> 28)
        if not n:
            return _seconds(8, s & 127 | 128, s >> 7 & 127 | 128, head)
        if n >= 0x1000_0000:
            return _nanos5(
                8,
                s & 127 | 128,
                s >> 7 & 127 | 128,
                head,
                16,
                n & 127 | 128,
                n >> 7 & 127 | 128,
                n >> 14 & 127 | 128,
                n >> 21 & 127 | 128,
                n >> 28,
            )
        return _seconds(8, s & 127 | 128, s >> 7 & 127 | 128, head) + b"\x10" + varint(n)

    return write
