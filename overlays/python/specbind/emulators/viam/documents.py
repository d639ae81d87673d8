"""BSON documents, as far as queries and their results need them. The format: https://bsonspec.org."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from .refusals import invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Document", "Value", "read", "write"]

Value: TypeAlias = "bool | int | float | str | bytes | datetime | list[Value] | Document | None"
"""What a member of a document may be. A regular expression, code and the like are refused."""

Document: TypeAlias = "dict[str, Value]"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DEPTH = 100
_INT32 = range(-(1 << 31), 1 << 31)
_INT64 = range(-(1 << 63), 1 << 63)


def read(content: bytes) -> Document:
    """Read one document. Raises INVALID_ARGUMENT for what is none."""
    try:
        found, end = _read_document(content, 0, 0)
    except (struct.error, ValueError, IndexError, OverflowError) as error:
        raise invalid(f"this is no BSON document: {error}") from error
    if end != len(content):
        raise invalid("this is no BSON document: something follows it")
    return found


def _read_document(content: bytes, start: int, depth: int) -> tuple[Document, int]:
    if depth > _DEPTH:
        raise ValueError("it has too many levels")
    (size,) = struct.unpack_from("<i", content, start)
    end = start + size
    if size < 5 or end > len(content) or content[end - 1]:
        raise ValueError("its length is wrong")
    found: Document = {}
    place = start + 4
    while place < end - 1:
        kind = content[place]
        stop = content.index(0, place + 1, end)
        name = content[place + 1 : stop].decode()
        found[name], place = _read_value(kind, content, stop + 1, depth)
        if place > end - 1:
            raise ValueError("a member is longer than its document")
    return found, end


def _read_value(kind: int, content: bytes, start: int, depth: int) -> tuple[Value, int]:  # noqa: C901, PLR0911 - a table
    match kind:
        case 0x01:
            return struct.unpack_from("<d", content, start)[0], start + 8
        case 0x02:
            size = _size(content, start, 1)
            return content[start + 4 : start + 3 + size].decode(), start + 4 + size
        case 0x03:
            return _read_document(content, start, depth + 1)
        case 0x04:
            members, end = _read_document(content, start, depth + 1)
            return list(members.values()), end
        case 0x05:
            size = _size(content, start, 0)
            return content[start + 5 : start + 5 + size], start + 5 + size
        case 0x07:
            return _exact(content, start, 12).hex(), start + 12
        case 0x08:
            return bool(content[start]), start + 1
        case 0x09:
            return _EPOCH + timedelta(milliseconds=struct.unpack_from("<q", content, start)[0]), start + 8
        case 0x0A:
            return None, start
        case 0x10:
            return struct.unpack_from("<i", content, start)[0], start + 4
        case 0x12:
            return struct.unpack_from("<q", content, start)[0], start + 8
        case _:
            raise ValueError(f"values of type 0x{kind:02x} are not supported")


def _size(content: bytes, start: int, least: int) -> int:
    (size,) = struct.unpack_from("<i", content, start)
    if size < least or start + 4 + size > len(content):
        raise ValueError("a length is wrong")
    return int(size)


def _exact(content: bytes, start: int, size: int) -> bytes:
    if start + size > len(content):
        raise ValueError("it is cut off")
    return content[start : start + size]


def write(document: Mapping[str, Value]) -> bytes:
    """Write a document."""
    return _write_members(document.items())


def _write_members(members: Iterable[tuple[str, Value]]) -> bytes:
    body = b"".join(_write_member(name, value) for name, value in members)
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def _write_member(name: str, value: Value) -> bytes:
    kind, content = _write_value(value)
    # a name ends at its first zero byte; one inside of it cannot be written
    return bytes([kind]) + name.replace("\0", "").encode() + b"\0" + content


def _write_value(value: Value) -> tuple[int, bytes]:  # noqa: C901 - a table
    match value:
        case None:
            return 0x0A, b""
        case bool():
            return 0x08, bytes([value])
        case int() if value in _INT32:
            return 0x10, struct.pack("<i", value)
        case int() if value in _INT64:
            return 0x12, struct.pack("<q", value)
        case int() | float():
            return 0x01, struct.pack("<d", value)
        case str():
            text = value.encode() + b"\0"
            return 0x02, struct.pack("<i", len(text)) + text
        case bytes():
            return 0x05, struct.pack("<iB", len(value), 0) + value
        case datetime():
            return 0x09, struct.pack("<q", (value - _EPOCH) // timedelta(milliseconds=1))
        case Mapping():
            return 0x03, _write_members(value.items())
        case Sequence():
            return 0x04, _write_members((str(place), item) for place, item in enumerate(value))
