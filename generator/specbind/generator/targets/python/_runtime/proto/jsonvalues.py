"""google.protobuf.Struct, Value and ListValue as plain Python, and the wrappers as plain values.

A Value is None, a bool, a float, a str, a list or a dict. Numbers are doubles: an integer that a double cannot hold is
refused, not rounded. A Value without content reads as None.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, cast

from msgspec import UNSET

from .failures import Malformed, Unencodable
from .scalars import read_scalar, zero
from .table import WIRE_TYPES
from .wire import MAX_DEPTH, VARINTS, length, read_tag, read_varint, skip, tag1, varint

if TYPE_CHECKING:
    from collections.abc import Callable

    from .message import JsonValue

__all__ = [
    "check_double",
    "read_list",
    "read_struct",
    "read_value",
    "wrapped_reader",
    "write_list",
    "write_struct",
    "write_value",
]

_ENTRY = frozenset((10, 18))  # tags of the key and the value
_LISTS: tuple[type, ...] = (list, tuple)  # so named: types alone cannot promise what a caller passes
_double = struct.Struct("<d").unpack_from
_pack_double = struct.Struct("<Bd").pack


def read_struct(  # noqa: C901, PLR0912 - entries are read here, since every object has some
    b: bytes, p: int, end: int, d: int, into: object = UNSET
) -> dict[str, JsonValue]:
    """Read a Struct; with `into`, read on into that dict."""
    if d > MAX_DEPTH:
        raise Malformed(f"more than {MAX_DEPTH} levels")
    out = cast("dict[str, JsonValue]", into) if isinstance(into, dict) else {}
    while p < end:
        tag = b[p]
        p += 1
        if tag != 10:
            if tag > 127:
                tag, p = tag1(b, p, tag)
            if tag != 10:
                p = skip(b, p, end, tag, d)
                continue
        n = b[p]
        p += 1
        if n > 127:
            n = n & 127 | b[p] << 7
            p += 1
            if n > 16383:
                n, p = length(b, p, n)
        entry_end = p + n
        key = ""
        value: JsonValue = None
        while p < entry_end:
            tag = b[p]
            n = b[p + 1]
            p += 2
            if tag not in _ENTRY:
                tag, p = read_tag(b, p - 2)
                if tag not in _ENTRY:
                    p = skip(b, p, entry_end, tag, d)
                    continue
                n = b[p]
                p += 1
            if n > 127:
                n = n & 127 | b[p] << 7
                p += 1
                if n > 16383:
                    n, p = length(b, p, n)
            if tag == 10:
                key = b[p : p + n].decode()
            else:
                value = read_value(b, p, p + n, d + 2, value)
            p += n
        if p != entry_end:
            raise Malformed("it stops inside an entry of a Struct")
        out[key] = value
    if p != end:
        raise Malformed("it stops inside a Struct")
    return out


def read_list(b: bytes, p: int, end: int, d: int, into: object = UNSET) -> list[JsonValue]:
    """Read a ListValue; with `into`, read on into that list."""
    if d > MAX_DEPTH:
        raise Malformed(f"more than {MAX_DEPTH} levels")
    out = cast("list[JsonValue]", into) if isinstance(into, list) else []
    while p < end:
        tag, p = read_tag(b, p)
        if tag != 10:
            p = skip(b, p, end, tag, d)
            continue
        n, p = read_varint(b, p)
        out.append(read_value(b, p, p + n, d + 1))
        p += n
    if p != end:
        raise Malformed("it stops inside a ListValue")
    return out


def read_value(  # noqa: C901 - one branch for each kind of value
    b: bytes, p: int, end: int, d: int, into: object = UNSET
) -> JsonValue:
    """Read a Value; with `into`, a list or dict is read on into that one. The last of its members wins."""
    if d > MAX_DEPTH:
        raise Malformed(f"more than {MAX_DEPTH} levels")
    value = None if into is UNSET else cast("JsonValue", into)  # it was read by this function
    while p < end:
        tag = b[p]
        p += 1
        if tag > 127:
            tag, p = tag1(b, p, tag)
        if tag == 26:
            n = b[p]
            p += 1
            if n > 127:
                n, p = read_varint(b, p - 1)
            value = b[p : p + n].decode()
            p += n
        elif tag == 17:
            value = _double(b, p)[0]
            p += 8
        elif tag == 42:
            n, p = read_varint(b, p)
            value = read_struct(b, p, p + n, d + 1, value)
            p += n
        elif tag == 50:
            n, p = read_varint(b, p)
            value = read_list(b, p, p + n, d + 1, value)
            p += n
        elif tag == 32:
            n, p = read_varint(b, p)
            value = n != 0
        elif tag == 8:
            p = read_varint(b, p)[1]
            value = None
        else:
            p = skip(b, p, end, tag, d)
    if p != end:
        raise Malformed("it stops inside a Value")
    return value


def write_struct(fields: dict[str, JsonValue]) -> bytes:
    """Write a Struct."""
    out: list[bytes] = []
    for name, value in fields.items():
        key = name.encode()
        content = write_value(value)
        n = len(key)
        m = len(content)
        head = b"\x0a" + (VARINTS[n] if n < 2048 else varint(n))
        between = b"\x12" + (VARINTS[m] if m < 2048 else varint(m))
        size = len(head) + n + len(between) + m
        out += (b"\x0a", VARINTS[size] if size < 2048 else varint(size), head, key, between, content)
    return b"".join(out)


def write_list(values: list[JsonValue] | tuple[JsonValue, ...]) -> bytes:
    """Write a ListValue."""
    out: list[bytes] = []
    for value in values:
        content = write_value(value)
        out += (b"\x0a", varint(len(content)), content)
    return b"".join(out)


def check_double(value: int) -> None:
    """Refuse an integer that a double cannot hold.

    Raises:
        Unencodable: it is none that comes back as it was.
    """
    if abs(value) <= 1 << 53:
        return
    try:
        if int(float(value)) == value:
            return
    except OverflowError:
        raise Unencodable("an integer that a double cannot hold") from None
    raise Unencodable(f"{value} is an integer that a double cannot hold")


def write_value(value: JsonValue) -> bytes:
    """Write a Value.

    Raises:
        Unencodable: it has no form in JSON, or it is an integer that a double cannot hold.
    """
    if isinstance(value, str):
        text = value.encode()
        n = len(text)
        return b"\x1a" + (VARINTS[n] if n < 2048 else varint(n)) + text
    if value is None:
        return b"\x08\x00"
    if isinstance(value, bool):
        return b"\x20\x01" if value else b"\x20\x00"
    if isinstance(value, int):
        check_double(value)
        return _pack_double(17, value)
    if isinstance(value, float):
        return _pack_double(17, value)
    if isinstance(value, dict):
        content = write_struct(value)
        return b"\x2a" + varint(len(content)) + content
    if not isinstance(value, _LISTS):
        raise Unencodable(f"{type(value).__name__} is no JSON value")
    content = write_list(value)
    return b"\x32" + varint(len(content)) + content


def wrapped_reader(kind: str) -> Callable[..., object]:
    """Make the reader of a wrapper (as google.protobuf.Int64Value) as the value in it."""
    wanted = 1 << 3 | WIRE_TYPES[kind]
    absent = zero(kind)

    def read(b: bytes, p: int, end: int, d: int, into: object = UNSET) -> object:
        if d > MAX_DEPTH:
            raise Malformed(f"more than {MAX_DEPTH} levels")
        value = absent if into is UNSET else into
        while p < end:
            tag, p = read_tag(b, p)
            if tag == wanted:
                value, p = read_scalar(kind, b, p)
            else:
                p = skip(b, p, end, tag, d)
        if p != end:
            raise Malformed("it stops inside a wrapper")
        return value

    return read
