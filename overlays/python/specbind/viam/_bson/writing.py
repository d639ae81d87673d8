"""Writer of BSON."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias, cast
from uuid import UUID

from .decimal128 import pack
from .faults import MAX_DEPTH, BsonEncodeError, Fault
from .values import EPOCH, Binary, Code, DatetimeMS, DBPointer, Int64, Key, ObjectId, Regex, Timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .values import BsonDocument

__all__ = ["encode"]

_Written: TypeAlias = tuple[int, bytes]
"""Type of an element, and its value."""

_int32 = struct.Struct("<i").pack
_int64 = struct.Struct("<q").pack
_double = struct.Struct("<d").pack
_two = struct.Struct("<II").pack
_MILLISECOND = timedelta(milliseconds=1)
_LARGEST = 2**31 - 1


def encode(document: BsonDocument) -> bytes:
    """Write one document, its fields in their order.

    Taken are the values of `BsonValue`, and mappings, tuples, bytearrays and UUIDs. An `int` takes 32 bits if it fits
    and 64 if not; `Int64` always takes 64. A datetime without a zone counts as UTC; what is below a millisecond is cut
    off.

    Raises:
        TypeError: it is no mapping.
        BsonEncodeError: a value has no form in BSON, an integer needs more than 64 bits, a decimal more than 34 digits,
            a key is no text or has a NUL, or there are more than 100 levels; `path` names the field.
    """
    given = cast("object", document)  # callers without a type checker give anything
    if not isinstance(given, Mapping):
        raise TypeError(f"a document is a mapping of names to values, not {type(given).__name__}")
    try:
        return _document(cast("Mapping[object, object]", given), 0)
    except Fault as fault:
        raise BsonEncodeError(f"this cannot be written as BSON: {fault}", path=fault.path) from None


def _framed(parts: list[bytes]) -> bytes:
    content = b"".join(parts)
    if len(content) > _LARGEST - 5:
        raise Fault(f"a document has {_LARGEST} bytes at most")
    return b"".join((_int32(len(content) + 5), content, b"\x00"))


def _document(document: Mapping[object, object], depth: int) -> bytes:
    if depth > MAX_DEPTH:
        raise Fault(f"it has more than {MAX_DEPTH} levels")
    parts: list[bytes] = []
    for key, value in document.items():
        if not isinstance(key, str):
            raise Fault(f"a key is a str, not {key!r:.80}")
        try:
            name = _cstring(key)
            kind, content = _value(value, depth)
        except Fault as fault:
            fault.keys.append(key)
            raise
        parts += (kind.to_bytes(1, "little"), name, content)
    return _framed(parts)


def _array(values: Iterable[object], depth: int) -> bytes:
    if depth > MAX_DEPTH:
        raise Fault(f"it has more than {MAX_DEPTH} levels")
    parts: list[bytes] = []
    for index, value in enumerate(values):
        try:
            kind, content = _value(value, depth)
        except Fault as fault:
            fault.keys.append(index)
            raise
        parts += (kind.to_bytes(1, "little"), b"%d\x00" % index, content)
    return _framed(parts)


def _value(value: object, depth: int) -> _Written:
    writer = _WRITERS.get(type(value))
    if writer is not None:
        return writer(value)
    if isinstance(value, Mapping):
        return 0x03, _document(cast("Mapping[object, object]", value), depth + 1)
    if isinstance(value, list | tuple):
        return 0x04, _array(cast("Iterable[object]", value), depth + 1)
    if isinstance(value, Code):
        return _write_code(value, depth)
    for kind, writer in _WRITERS.items():  # a subclass, as an IntEnum
        if isinstance(value, kind):
            return writer(value)
    raise Fault(f"BSON has no form for a {type(value).__name__}")


def _utf8(text: str) -> bytes:
    try:
        return str.encode(text)
    except UnicodeEncodeError:
        raise Fault("text with half a surrogate pair") from None


def _cstring(text: str) -> bytes:
    content = _utf8(text)
    if b"\x00" in content:
        raise Fault("a key, or a regular expression, with a NUL")
    return content + b"\x00"


def _string(text: str) -> bytes:
    content = _utf8(text)
    if len(content) >= _LARGEST:
        raise Fault(f"a text has {_LARGEST - 1} bytes at most")
    return b"".join((_int32(len(content) + 1), content, b"\x00"))


def _write_code(value: Code, depth: int) -> _Written:
    code = _string(value.code)
    if value.scope is None:
        return 0x0D, code
    content = code + _document(cast("Mapping[object, object]", value.scope), depth + 1)
    return 0x0F, _int32(len(content) + 4) + content


def _write_str(value: str) -> _Written:
    return 0x02, _string(value)


def _write_int(value: int) -> _Written:
    if -(2**31) <= value < 2**31:
        return 0x10, _int32(value)
    return _write_int64(value)


def _write_int64(value: int) -> _Written:
    if not -(2**63) <= value < 2**63:
        raise Fault("an integer needs more than 64 bits")
    return 0x12, _int64(value)


def _write_float(value: float) -> _Written:
    return 0x01, _double(value)


def _write_bool(value: bool) -> _Written:
    return 0x08, b"\x01" if value else b"\x00"


def _write_null(_: None) -> _Written:
    return 0x0A, b""


def _write_bytes(value: bytes | bytearray | memoryview) -> _Written:
    return _binary(bytes(value), 0)


def _write_binary(value: Binary) -> _Written:
    return _binary(bytes(value), value.subtype)


def _write_uuid(value: UUID) -> _Written:
    return _binary(value.bytes, 4)


def _binary(content: bytes, subtype: int) -> _Written:
    if len(content) > _LARGEST - 20:
        raise Fault(f"binary data has {_LARGEST - 20} bytes at most")
    if subtype == 2:  # the old form has its length twice
        content = _int32(len(content)) + content
    return 0x05, b"".join((_int32(len(content)), subtype.to_bytes(1, "little"), content))


def _write_object_id(value: ObjectId) -> _Written:
    return 0x07, value.binary


def _write_datetime(value: datetime) -> _Written:
    aware = value if value.utcoffset() is not None else value.replace(tzinfo=UTC)
    return 0x09, _int64((aware - EPOCH) // _MILLISECOND)


def _write_milliseconds(value: DatetimeMS) -> _Written:
    if not -(2**63) <= value.milliseconds < 2**63:
        raise Fault("the milliseconds need more than 64 bits")
    return 0x09, _int64(value.milliseconds)


def _write_timestamp(value: Timestamp) -> _Written:
    if not (0 <= value.time < 2**32 and 0 <= value.increment < 2**32):
        raise Fault("the parts of a timestamp have 32 bits each and no sign")
    return 0x11, _two(value.increment, value.time)


def _write_decimal(value: Decimal) -> _Written:
    try:
        return 0x13, pack(value)
    except ValueError as error:
        raise Fault(str(error)) from None


def _write_regex(value: Regex) -> _Written:
    return 0x0B, _cstring(value.pattern) + _cstring("".join(sorted(value.options)))


def _write_pointer(value: DBPointer) -> _Written:
    return 0x0C, _string(value.namespace) + value.id.binary


def _write_key(value: Key) -> _Written:
    return (0xFF if value is Key.MIN else 0x7F), b""


_WRITERS: dict[type, Callable[..., _Written]] = {
    bool: _write_bool,  # before int, of which it is a subclass
    Int64: _write_int64,
    int: _write_int,
    float: _write_float,
    str: _write_str,
    type(None): _write_null,
    Binary: _write_binary,
    bytes: _write_bytes,
    bytearray: _write_bytes,
    memoryview: _write_bytes,
    datetime: _write_datetime,
    Decimal: _write_decimal,
    UUID: _write_uuid,
    ObjectId: _write_object_id,
    DatetimeMS: _write_milliseconds,
    Timestamp: _write_timestamp,
    Regex: _write_regex,
    DBPointer: _write_pointer,
    Key: _write_key,
}
