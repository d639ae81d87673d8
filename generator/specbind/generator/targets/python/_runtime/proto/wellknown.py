"""Messages of google.protobuf."""

from __future__ import annotations

from msgspec import field

from ..enums import OpenInt
from .message import Message


class NullValue(OpenInt):
    NULL_VALUE = 0


class Timestamp(Message):
    seconds: int = 0
    nanos: int = 0
    __proto__ = ("google.protobuf.Timestamp", ((1, "seconds", "int64"), (2, "nanos", "int32")))


class Duration(Message):
    seconds: int = 0
    nanos: int = 0
    __proto__ = ("google.protobuf.Duration", ((1, "seconds", "int64"), (2, "nanos", "int32")))


class Any(Message):
    type_url: str = ""
    value: bytes = b""
    __proto__ = ("google.protobuf.Any", ((1, "type_url", "string"), (2, "value", "bytes")))


class FieldMask(Message):
    paths: list[str] = field(default_factory=list)
    __proto__ = ("google.protobuf.FieldMask", ((1, "paths", "string", "repeated"),))


class Empty(Message):
    __proto__ = ("google.protobuf.Empty", ())
