"""The words of the wire format: variable-length integers, tags, fields that are skipped or kept.

Readers take the whole buffer and a position. A position behind the end of a message is noticed once, by the message's
own reader; an index behind the buffer raises IndexError, which the entry point of the codec translates.
"""

from __future__ import annotations

import struct

from .failures import Malformed, Unencodable

__all__ = [
    "MAX_DEPTH",
    "ONE",
    "VARINTS",
    "group_end",
    "keep",
    "length",
    "read_tag",
    "read_varint",
    "rest_i32",
    "rest_i64",
    "rest_u32",
    "rest_u64",
    "tag1",
    "tag2",
    "varint",
    "varint_i32",
    "varint_i64",
    "varint_s32",
    "varint_s64",
    "varint_u32",
    "varint_u64",
]

MAX_DEPTH = 100
"""Levels of messages inside the outermost one, as the other implementations allow."""

_U64 = 0xFFFF_FFFF_FFFF_FFFF


ONE = tuple(bytes((i,)) for i in range(256))
_pack2, _pack3, _pack4, _pack5 = (struct.Struct(f"{width}B").pack for width in (2, 3, 4, 5))


def varint(n: int) -> bytes:
    """Encode an integer of 0 to 2**64 - 1."""
    if n < 0x4000:
        return ONE[n] if n < 128 else _pack2(n & 127 | 128, n >> 7)
    if n < 0x20_0000:
        return _pack3(n & 127 | 128, n >> 7 & 127 | 128, n >> 14)
    if n < 0x1000_0000:
        return _pack4(n & 127 | 128, n >> 7 & 127 | 128, n >> 14 & 127 | 128, n >> 21)
    if n < 0x8_0000_0000:
        return _pack5(n & 127 | 128, n >> 7 & 127 | 128, n >> 14 & 127 | 128, n >> 21 & 127 | 128, n >> 28)
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


VARINTS = tuple(map(varint, range(2048)))
"""Encodings of small numbers."""


def varint_i32(number: int) -> bytes:
    """Encode an int32."""
    if not -0x8000_0000 <= number <= 0x7FFF_FFFF:
        raise Unencodable(f"{number} is no 32-bit integer")
    return varint(number if number >= 0 else number + (1 << 64))


def varint_i64(number: int) -> bytes:
    """Encode an int64."""
    if not -0x8000_0000_0000_0000 <= number <= 0x7FFF_FFFF_FFFF_FFFF:
        raise Unencodable(f"{number} is no 64-bit integer")
    return varint(number if number >= 0 else number + (1 << 64))


def varint_u32(number: int) -> bytes:
    """Encode a uint32."""
    if not 0 <= number <= 0xFFFF_FFFF:
        raise Unencodable(f"{number} is no unsigned 32-bit integer")
    return varint(number)


def varint_u64(number: int) -> bytes:
    """Encode a uint64."""
    if not 0 <= number <= _U64:
        raise Unencodable(f"{number} is no unsigned 64-bit integer")
    return varint(number)


def varint_s32(number: int) -> bytes:
    """Encode a sint32."""
    if not -0x8000_0000 <= number <= 0x7FFF_FFFF:
        raise Unencodable(f"{number} is no 32-bit integer")
    return varint(number << 1 ^ number >> 31)


def varint_s64(number: int) -> bytes:
    """Encode a sint64."""
    if not -0x8000_0000_0000_0000 <= number <= 0x7FFF_FFFF_FFFF_FFFF:
        raise Unencodable(f"{number} is no 64-bit integer")
    return varint(number << 1 ^ number >> 63)


def read_varint(b: bytes, p: int) -> tuple[int, int]:
    """Read a varint of at most 10 bytes as an unsigned 64-bit integer."""
    number = b[p]
    if number < 128:
        return number, p + 1
    return rest_u64(b, p + 2, number, b[p + 1])


def rest_u64(b: bytes, p: int, first: int, second: int) -> tuple[int, int]:
    """Read on after two bytes, of which the first goes on."""
    number = first & 127 | (second & 127) << 7
    if second < 128:
        return number, p
    byte = b[p]
    if byte < 128:
        return number | byte << 14, p + 1
    number |= (byte & 127) << 14
    byte = b[p + 1]
    if byte < 128:
        return number | byte << 21, p + 2
    number |= (byte & 127) << 21
    p += 2
    shift = 28
    while True:
        byte = b[p]
        p += 1
        if byte < 128:
            return (number | byte << shift) & _U64, p
        number |= (byte & 127) << shift
        shift += 7
        if shift > 63:
            raise Malformed("a number of more than 10 bytes")


def rest_i64(b: bytes, p: int, first: int, second: int) -> tuple[int, int]:
    """Read on, as a signed number."""
    byte = b[p]
    if byte < 128 <= second:
        return first & 127 | (second & 127) << 7 | byte << 14, p + 1
    number, p = rest_u64(b, p, first, second)
    return (number if number < 0x8000_0000_0000_0000 else number - (1 << 64)), p


def rest_u32(b: bytes, p: int, first: int, second: int) -> tuple[int, int]:
    """Read on; what is above 32 bits is cut off, as the format says."""
    number, p = rest_u64(b, p, first, second)
    return number & 0xFFFF_FFFF, p


def rest_i32(b: bytes, p: int, first: int, second: int) -> tuple[int, int]:
    """Read on, as a signed number of 32 bits."""
    number, p = rest_u64(b, p, first, second)
    if number < 0x8000_0000:
        return number, p
    number &= 0xFFFF_FFFF
    return (number if number < 0x8000_0000 else number - (1 << 32)), p


def _rest(b: bytes, p: int, number: int, shift: int, last: int, longest: str) -> tuple[int, int]:
    """Read on a varint that may take up shifts to `last`."""
    while True:
        byte = b[p]
        p += 1
        if byte < 128:
            return number | byte << shift, p
        number |= (byte & 127) << shift
        shift += 7
        if shift > last:
            raise Malformed(longest)


def length(b: bytes, p: int, number: int) -> tuple[int, int]:
    """Read on a length whose first two bytes go on; `number` has their 14 bits and the sign to go on."""
    number, p = _rest(b, p, number & 16383, 14, 63, "a length of more than 10 bytes")
    if number > 0x7FFF_FFFF:
        raise Malformed("a length of 2 GiB or more")
    return number, p


def _tag(b: bytes, p: int, number: int, shift: int) -> tuple[int, int]:
    number, p = _rest(b, p, number, shift, 28, "a tag of more than 5 bytes")
    if number > 0xFFFF_FFFF:
        raise Malformed("a field number that is too high")
    return number, p


def tag1(b: bytes, p: int, number: int) -> tuple[int, int]:
    """Read on a tag whose first byte goes on."""
    return _tag(b, p, number & 127, 7)


def tag2(b: bytes, p: int, number: int) -> tuple[int, int]:
    """Read on a tag whose first two bytes go on."""
    return _tag(b, p, number & 16383, 14)


def read_tag(b: bytes, p: int) -> tuple[int, int]:
    """Read a tag."""
    tag = b[p]
    return (tag, p + 1) if tag < 128 else tag1(b, p + 1, tag)


def skip(b: bytes, p: int, end: int, tag: int, depth: int) -> int:
    """Give the position behind a field whose tag was read."""
    kind = tag & 7
    if tag < 8:
        raise Malformed("field number 0")
    if kind == 0:
        p = read_varint(b, p)[1]
    elif kind == 1:
        p += 8
    elif kind == 5:
        p += 4
    elif kind == 2:
        n, p = read_varint(b, p)
        p += n
    elif kind == 3:
        p = group_end(b, p, end, tag >> 3, depth)[1]
    elif kind == 4:
        raise Malformed("the end of a group that was not begun")
    else:
        raise Malformed(f"wire type {kind}")
    if p > end:
        raise Malformed("it stops inside a field")
    return p


def group_end(b: bytes, p: int, end: int, number: int, depth: int) -> tuple[int, int]:
    """Find the end of a group: the positions of its closing tag and behind it."""
    if depth >= MAX_DEPTH:
        raise Malformed(f"more than {MAX_DEPTH} levels")
    while p < end:
        start = p
        tag = b[p]
        p += 1
        if tag > 127:
            tag, p = tag1(b, p, tag)
        if tag & 7 == 4:
            if tag >> 3 != number:
                raise Malformed("a group ends that was not begun")
            if p > end:
                break
            return start, p
        p = skip(b, p, end, tag, depth + 1)
    raise Malformed("a group does not end")


def keep(b: bytes, p: int, end: int, tag: int, depth: int, unknown: list[bytes]) -> int:
    """Keep a field that the table does not know, as it came; give the position behind it."""
    behind = skip(b, p, end, tag, depth)
    unknown.append(varint(tag) + b[p:behind])
    return behind
