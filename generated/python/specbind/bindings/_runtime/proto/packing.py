"""Lists of numbers in packed form, near the speed of C.

Fixed-width numbers are one cast. Varints are handled in blocks: the bytes of a block are spread to slots of equal
width, read as one large integer, and shifts and masks over all slots at once join or part the groups of seven bits.
"""

from __future__ import annotations

import re
import struct
import sys
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from .failures import Malformed, Unencodable
from .wire import varint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "fixed_packer",
    "fixed_reader",
    "from_zigzag",
    "pack_signed",
    "pack_varints",
    "pack_zigzag",
    "unpack_varints",
]

_BLOCK = 1024
_MORE = bytes(byte > 127 for byte in range(256))
_split = re.compile(rb"[\x80-\xff]*+[\x00-\x7f]", re.DOTALL).findall
_U64 = 0xFFFF_FFFF_FFFF_FFFF
_LITTLE = sys.byteorder == "little"


def fixed_reader(code: str, size: int) -> Callable[[bytes, int, int], list[int] | list[float]]:
    """Make a reader of packed numbers of a fixed width; `code` is the letter of the `struct` module."""

    def cast(b: bytes, start: int, end: int) -> list[int] | list[float]:
        view = memoryview(b)[start:end]  # shorter if the end is behind that of the buffer
        if len(view) % size:
            raise Malformed(f"a packed list whose length is no multiple of {size}")
        return view.cast(code).tolist()  # type: ignore[call-overload,no-any-return]  # by letter

    def swapped(b: bytes, start: int, end: int) -> list[int] | list[float]:
        piece = b[start:end]
        if len(piece) % size:
            raise Malformed(f"a packed list whose length is no multiple of {size}")
        return list(struct.unpack(f"<{len(piece) // size}{code}", piece))

    return cast if _LITTLE else swapped


def fixed_packer(code: str) -> Callable[[Sequence[float]], bytes]:
    """Make a writer of packed numbers of a fixed width; one that is out of range is an error of `struct`."""
    return lambda values: struct.pack(f"<{len(values)}{code}", *values)


@cache
def _mask(pattern: bytes) -> int:
    """A pattern of 8 bytes over all slots of a block; `&` with fewer slots costs only those."""
    return int.from_bytes(pattern * (2 * _BLOCK), "little")


def unpack_varints(b: bytes, start: int, end: int) -> list[int]:
    """Read packed varints as unsigned 64-bit integers."""
    chunk = b[start:end]
    if chunk.isascii():
        return list(chunk)
    if chunk[-1] > 127:
        raise Malformed("a packed list that ends inside a number")
    more = chunk.translate(_MORE)
    if b"\1\1" not in more:
        numbers = iter(chunk)
        following = numbers.__next__
        return [x if x < 128 else x & 127 | following() << 7 for x in numbers]
    if b"\1\1\1\1\1\1\1\1\1\1" in more:
        raise Malformed("a number of more than 10 bytes")
    pieces: list[bytes] = _split(chunk)
    join = _join_wide if b"\1\1\1\1\1\1\1\1" in more else _join
    if len(pieces) <= _BLOCK:
        return join(pieces)
    out: list[int] = []
    for first in range(0, len(pieces), _BLOCK):
        out += join(pieces[first : first + _BLOCK])
    return out


def _compact(x: int) -> int:
    """Join the 8 groups of 7 bits in each slot of 64 bits."""
    x = (x & _mask(b"\x7f\0\x7f\0\x7f\0\x7f\0")) | (x >> 1 & _mask(b"\x80\x3f\x80\x3f\x80\x3f\x80\x3f"))
    x = (x & _mask(b"\xff\x3f\0\0\xff\x3f\0\0")) | (x >> 2 & _mask(b"\0\xc0\xff\x0f\0\xc0\xff\x0f"))
    return (x & _mask(b"\xff\xff\xff\x0f\0\0\0\0")) | (x >> 4 & _mask(b"\0\0\0\xf0\xff\xff\xff\0"))


def _numbers(x: int, slots: int) -> list[int]:
    return list(struct.unpack(f"<{slots}Q", x.to_bytes(8 * slots, "little")))


def _join(pieces: list[bytes]) -> list[int]:
    """Numbers of at most 8 bytes."""
    n = len(pieces)
    return _numbers(_compact(int.from_bytes(struct.pack("8s" * n, *pieces), "little")), n)


def _join_wide(pieces: list[bytes]) -> list[int]:
    """Numbers of at most 10 bytes: in the upper half of each slot stand the groups 9 and 10."""
    n = len(pieces)
    halves = _numbers(_compact(int.from_bytes(struct.pack("16s" * n, *pieces), "little")), 2 * n)
    upper = halves[1::2]
    if not any(upper):
        return halves[::2]
    return [(low | high << 56) & _U64 for low, high in zip(halves[::2], upper, strict=True)]


def pack_varints(values: Sequence[int], bits: int = 64) -> bytes:
    """Write integers without sign as packed varints."""
    low, high = min(values), max(values)
    if low < 0 or high >> bits:
        raise Unencodable(f"{low if low < 0 else high} is no unsigned {bits}-bit integer")
    return _pack(values, high)


def _pack(values: Sequence[int], high: int) -> bytes:
    """Write integers of 0 to `high`."""
    if high < 128:
        return bytes(values)
    if len(values) < 16 or high > 0xFF_FFFF_FFFF_FFFF:
        return b"".join(map(varint, values))
    return _spread_all(values, _spread_two if high < 0x4000 else _spread)


def _spread_all(values: Sequence[int], spread: Callable[[list[int]], bytes]) -> bytes:
    out: list[bytes] = []
    numbers = iter(values)
    while block := list(islice(numbers, _BLOCK)):
        if 0 not in block:
            out.append(spread(block))
            continue
        start = 0
        while start < len(block):  # a zero has no bit to be known by: it is written apart
            try:
                zero = block.index(0, start)
            except ValueError:
                zero = len(block)
            part = block[start:zero]
            out.append(spread(part) if len(part) > 8 else b"".join(map(varint, part)))
            if zero < len(block):
                out.append(b"\0")
            start = zero + 1
    return b"".join(out)


def _spread(values: list[int]) -> bytes:
    """Write numbers of 1 to 2**56 - 1: part the groups, mark those that go on, drop the empty bytes."""
    n = len(values)
    x = int.from_bytes(struct.pack(f"<{n}Q", *values), "little")
    x = (x & _mask(b"\xff\xff\xff\x0f\0\0\0\0")) | (x & _mask(b"\0\0\0\xf0\xff\xff\xff\0")) << 4
    x = (x & _mask(b"\xff\x3f\0\0\xff\x3f\0\0")) | (x & _mask(b"\0\xc0\xff\x0f\0\xc0\xff\x0f")) << 2
    x = (x & _mask(b"\x7f\0\x7f\0\x7f\0\x7f\0")) | (x & _mask(b"\x80\x3f\x80\x3f\x80\x3f\x80\x3f")) << 1
    above = x >> 8 & _mask(b"\xff\xff\xff\xff\xff\xff\xff\0")
    above |= above >> 8 & _mask(b"\xff\xff\xff\xff\xff\xff\0\0")
    above |= above >> 16 & _mask(b"\xff\xff\xff\xff\xff\0\0\0")
    above |= above >> 32 & _mask(b"\xff\xff\xff\xff\0\0\0\0")
    x |= above + _mask(b"\x7f" * 8) & _mask(b"\x80" * 8)
    return x.to_bytes(8 * n, "little").translate(None, b"\0")


def _spread_two(values: list[int]) -> bytes:
    """Write numbers of 1 to 2**14 - 1."""
    n = len(values)
    x = int.from_bytes(struct.pack(f"<{n}H", *values), "little")
    x = (x & _mask(b"\x7f\0\x7f\0\x7f\0\x7f\0")) | (x & _mask(b"\x80\x3f\x80\x3f\x80\x3f\x80\x3f")) << 1
    x |= (x >> 8 & _mask(b"\x7f\0\x7f\0\x7f\0\x7f\0")) + _mask(b"\x7f\0\x7f\0\x7f\0\x7f\0") & _mask(b"\x80\0" * 4)
    return x.to_bytes(2 * n, "little").translate(None, b"\0")


def pack_signed(values: Sequence[int], bits: int) -> bytes:
    """Write integers of 32 or 64 bits with sign; negative ones take ten bytes."""
    low, high = _signed_range(values, bits)
    if low >= 0:
        return _pack(values, high)
    return b"".join([varint(x & _U64) for x in values])


def _signed_range(values: Sequence[int], bits: int) -> tuple[int, int]:
    low, high = min(values), max(values)
    if low < -1 << bits - 1 or high >= 1 << bits - 1:
        raise Unencodable(f"{low if low < -1 << bits - 1 else high} is no {bits}-bit integer")
    return low, high


def pack_zigzag(values: Sequence[int], bits: int) -> bytes:
    """Write integers of 32 or 64 bits with sign in zigzag form."""
    low, high = _signed_range(values, bits)
    largest = max(2 * high, -2 * low - 1)
    if largest < len(_ZIGZAG) and len(values) > _WORTH_A_TABLE:
        table = _zigzag_table()
        return _pack([table[x] for x in values], largest)
    return _pack([x << 1 ^ x >> 63 for x in values], largest)


def from_zigzag(numbers: list[int]) -> list[int]:
    """Give numbers in zigzag form their signs."""
    if len(numbers) > _WORTH_A_TABLE and max(numbers) < len(_ZIGZAG):
        table = _sign_table()
        return [table[x] for x in numbers]
    return [x >> 1 ^ -(x & 1) for x in numbers]


_ZIGZAG = range(0x4000)
_WORTH_A_TABLE = 500


@cache
def _zigzag_table() -> list[int]:
    """Zigzag forms by number; the negative ones stand at negative places."""
    return [*_ZIGZAG[::2], *_ZIGZAG[::-2]]


@cache
def _sign_table() -> list[int]:
    return [x >> 1 ^ -(x & 1) for x in _ZIGZAG]
