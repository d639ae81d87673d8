"""Reader of BSON. No length is believed: everything is held against the end of the document that it stands in."""

from __future__ import annotations

import struct
from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from .decimal128 import unpack
from .faults import MAX_DEPTH, BsonDecodeError, Fault
from .values import MAX_KEY, MIN_KEY, NAIVE_EPOCH, Binary, Code, DatetimeMS, DBPointer, ObjectId, Regex, Timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from .values import BsonValue

__all__ = ["decode"]

_Read: TypeAlias = "tuple[BsonValue, int]"
_Reader: TypeAlias = "Callable[[bytes, int, int, int], _Read]"

_int32 = struct.Struct("<i").unpack_from
_int64 = struct.Struct("<q").unpack_from
_double = struct.Struct("<d").unpack_from
_two = struct.Struct("<II").unpack_from


def decode(data: bytes | bytearray | memoryview) -> dict[str, BsonValue]:
    """Read one document; nothing may stand behind it.

    int32 and int64 become `int`; a datetime is in UTC without a zone, a `DatetimeMS` where it is not in the years 1 to
    9999; decimal128 becomes `Decimal` with all its digits; a symbol becomes `str`, undefined becomes None; a UUID is a
    `Binary` of subtype 4. Elements of an array count by their order, whatever their keys are.

    Raises:
        BsonDecodeError: cut off, a length that lies, text that is not UTF-8, an unknown type, a key twice, or more than
            100 levels; `path` names the field.
    """
    content = bytes(data)
    try:
        return _whole(content)
    except Fault as fault:
        raise BsonDecodeError(f"this is no BSON document: {fault}", path=fault.path, content=content[:100]) from None


def _whole(b: bytes) -> dict[str, BsonValue]:
    document, end = _document(b, 0, len(b), 0)
    if end != len(b):
        raise Fault(f"{len(b) - end} bytes stand behind the document")
    return document


def _need(p: int, size: int, end: int) -> int:
    """Where something of this size ends."""
    if size < 0 or size > end - p:
        raise Fault(f"{size} bytes are announced, {max(end - p, 0)} are left")
    return p + size


def _bounds(b: bytes, p: int, end: int, depth: int) -> int:
    """Where the document that begins here ends."""
    if depth > MAX_DEPTH:
        raise Fault(f"it has more than {MAX_DEPTH} levels")
    _need(p, 4, end)
    size: int = _int32(b, p)[0]
    stop = _need(p, size, end)
    if size < 5:
        raise Fault(f"a document has 5 bytes at least, not {size}")
    if b[stop - 1]:
        raise Fault("the document does not end with a zero")
    return stop


def _cstring(b: bytes, p: int, end: int) -> tuple[str, int]:
    stop = b.find(0, p, end)
    if stop < 0:
        raise Fault("a text does not end with a zero")
    return _text(b, p, stop), stop + 1


def _text(b: bytes, p: int, stop: int) -> str:
    try:
        return b[p:stop].decode()
    except UnicodeDecodeError:
        raise Fault("text that is not UTF-8") from None


def _document(b: bytes, p: int, end: int, depth: int) -> tuple[dict[str, BsonValue], int]:
    stop = _bounds(b, p, end, depth)
    last = stop - 1
    p += 4
    found: dict[str, BsonValue] = {}
    while p < last:
        kind = b[p]
        key, p = _cstring(b, p + 1, last)
        try:
            if key in found:
                _twice()
            found[key], p = _READERS[kind](b, p, last, depth)
        except Fault as fault:
            fault.keys.append(key)
            raise
    return found, stop


def _twice() -> NoReturn:
    raise Fault("the key stands twice")


def _array(b: bytes, p: int, end: int, depth: int) -> _Read:
    stop = _bounds(b, p, end, depth)
    last = stop - 1
    p += 4
    found: list[BsonValue] = []
    while p < last:
        kind = b[p]
        try:
            _, p = _cstring(b, p + 1, last)
            value, p = _READERS[kind](b, p, last, depth)
        except Fault as fault:
            fault.keys.append(len(found))
            raise
        found.append(value)
    return found, stop


def _read_double(b: bytes, p: int, end: int, _: int) -> _Read:
    stop = _need(p, 8, end)
    return _double(b, p)[0], stop


def _read_int32(b: bytes, p: int, end: int, _: int) -> _Read:
    stop = _need(p, 4, end)
    return _int32(b, p)[0], stop


def _read_int64(b: bytes, p: int, end: int, _: int) -> _Read:
    stop = _need(p, 8, end)
    return _int64(b, p)[0], stop


def _string(b: bytes, p: int, end: int) -> tuple[str, int]:
    start = _need(p, 4, end)
    size: int = _int32(b, p)[0]
    stop = _need(start, size, end)
    if size < 1 or b[stop - 1]:
        raise Fault("a text does not end with a zero")
    return _text(b, start, stop - 1), stop


def _read_string(b: bytes, p: int, end: int, _: int) -> _Read:
    return _string(b, p, end)


def _read_document(b: bytes, p: int, end: int, depth: int) -> _Read:
    return _document(b, p, end, depth + 1)


def _read_array(b: bytes, p: int, end: int, depth: int) -> _Read:
    return _array(b, p, end, depth + 1)


def _read_binary(b: bytes, p: int, end: int, _: int) -> _Read:
    start = _need(p, 5, end)
    size: int = _int32(b, p)[0]
    stop = _need(start, size, end)
    subtype = b[p + 4]
    if subtype == 2:  # the old form has its length twice
        inner = _need(start, 4, stop)
        if _int32(b, start)[0] != stop - inner:
            raise Fault("the two lengths of old binary data differ")
        start = inner
    content = b[start:stop]
    return (Binary(content, subtype) if subtype else content), stop


def _read_object_id(b: bytes, p: int, end: int, _: int) -> _Read:
    stop = _need(p, 12, end)
    return ObjectId(b[p:stop]), stop


def _read_bool(b: bytes, p: int, end: int, _: int) -> _Read:
    stop = _need(p, 1, end)
    if b[p] > 1:
        raise Fault(f"a bool is 0 or 1, not {b[p]}")
    return b[p] == 1, stop


def _read_datetime(b: bytes, p: int, end: int, _: int) -> _Read:
    stop = _need(p, 8, end)
    milliseconds: int = _int64(b, p)[0]
    try:
        return NAIVE_EPOCH + timedelta(milliseconds=milliseconds), stop
    except OverflowError:
        return DatetimeMS(milliseconds), stop


def _read_null(_b: bytes, p: int, _end: int, _: int) -> _Read:
    return None, p


def _read_regex(b: bytes, p: int, end: int, _: int) -> _Read:
    pattern, p = _cstring(b, p, end)
    options, p = _cstring(b, p, end)
    return Regex(pattern, options), p


def _read_pointer(b: bytes, p: int, end: int, _: int) -> _Read:
    namespace, p = _string(b, p, end)
    stop = _need(p, 12, end)
    return DBPointer(namespace, ObjectId(b[p:stop])), stop


def _read_code(b: bytes, p: int, end: int, _: int) -> _Read:
    code, p = _string(b, p, end)
    return Code(code), p


def _read_scoped_code(b: bytes, p: int, end: int, depth: int) -> _Read:
    start = _need(p, 4, end)
    stop = _need(p, _int32(b, p)[0], end)
    code, start = _string(b, start, stop)
    scope, start = _document(b, start, stop, depth + 1)
    if start != stop:
        raise Fault("the length of the code with its scope is wrong")
    return Code(code, scope), stop


def _read_timestamp(b: bytes, p: int, end: int, _: int) -> _Read:
    stop = _need(p, 8, end)
    increment, time = _two(b, p)
    return Timestamp(time, increment), stop


def _read_decimal(b: bytes, p: int, end: int, _: int) -> _Read:
    stop = _need(p, 16, end)
    return unpack(b[p:stop]), stop


def _read_min_key(_b: bytes, p: int, _end: int, _: int) -> _Read:
    return MIN_KEY, p


def _read_max_key(_b: bytes, p: int, _end: int, _: int) -> _Read:
    return MAX_KEY, p


def _unknown(kind: int) -> _Reader:
    def read(_b: bytes, _p: int, _end: int, _: int) -> _Read:
        raise Fault(f"type {kind:#04x} is not known")

    return read


_READERS: list[_Reader] = [_unknown(kind) for kind in range(256)]
for _kind, _reader in {
    0x01: _read_double,
    0x02: _read_string,
    0x03: _read_document,
    0x04: _read_array,
    0x05: _read_binary,
    0x06: _read_null,
    0x07: _read_object_id,
    0x08: _read_bool,
    0x09: _read_datetime,
    0x0A: _read_null,
    0x0B: _read_regex,
    0x0C: _read_pointer,
    0x0D: _read_code,
    0x0E: _read_string,
    0x0F: _read_scoped_code,
    0x10: _read_int32,
    0x11: _read_timestamp,
    0x12: _read_int64,
    0x13: _read_decimal,
    0x7F: _read_max_key,
    0xFF: _read_min_key,
}.items():
    _READERS[_kind] = _reader
