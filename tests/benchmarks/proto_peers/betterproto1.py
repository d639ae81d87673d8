# ruff: noqa: RUF009, UP006, UP035 - so the library wants its classes written
"""The messages of `messages.proto` for betterproto 1.2.5, whose compiler refuses `optional` and google's Struct."""

from dataclasses import dataclass
from datetime import datetime
from typing import Dict, List

import betterproto


class Matching(betterproto.Enum):
    UNSPECIFIED = 0
    ANY = 1
    ALL = 2


@dataclass
class Span(betterproto.Message):
    begin: datetime = betterproto.message_field(1)
    end: datetime = betterproto.message_field(2)


@dataclass
class Labels(betterproto.Message):
    matching: "Matching" = betterproto.enum_field(1)
    names: List[str] = betterproto.string_field(2)


@dataclass
class Query(betterproto.Message):
    device: str = betterproto.string_field(1)
    device_type: str = betterproto.string_field(2)
    call: str = betterproto.string_field(4)
    machine: str = betterproto.string_field(6)
    machine_id: str = betterproto.string_field(7)
    part: str = betterproto.string_field(8)
    part_id: str = betterproto.string_field(9)
    locations: List[str] = betterproto.string_field(10)
    owners: List[str] = betterproto.string_field(11)
    media_types: List[str] = betterproto.string_field(12)
    span: "Span" = betterproto.message_field(13)
    labels: "Labels" = betterproto.message_field(14)
    boxes: List[str] = betterproto.string_field(15)
    collection: str = betterproto.string_field(16)


@dataclass
class Origin(betterproto.Message):
    owner: str = betterproto.string_field(1)
    location: str = betterproto.string_field(2)
    machine: str = betterproto.string_field(3)
    machine_id: str = betterproto.string_field(4)
    part: str = betterproto.string_field(5)
    part_id: str = betterproto.string_field(6)
    device_type: str = betterproto.string_field(7)
    device: str = betterproto.string_field(8)
    call: str = betterproto.string_field(9)
    arguments: Dict[str, str] = betterproto.map_field(10, betterproto.TYPE_STRING, betterproto.TYPE_STRING)
    tags: List[str] = betterproto.string_field(11)
    media_type: str = betterproto.string_field(12)


@dataclass
class Box(betterproto.Message):
    id: str = betterproto.string_field(1)
    label: str = betterproto.string_field(2)
    left: float = betterproto.double_field(3)
    top: float = betterproto.double_field(4)
    right: float = betterproto.double_field(5)
    bottom: float = betterproto.double_field(6)
    confidence: float = betterproto.double_field(7)


@dataclass
class Notes(betterproto.Message):
    boxes: List["Box"] = betterproto.message_field(1)


@dataclass
class Image(betterproto.Message):
    id: str = betterproto.string_field(1)
    origin: "Origin" = betterproto.message_field(2)
    requested: datetime = betterproto.message_field(3)
    received: datetime = betterproto.message_field(4)
    name: str = betterproto.string_field(5)
    suffix: str = betterproto.string_field(6)
    uri: str = betterproto.string_field(7)
    notes: "Notes" = betterproto.message_field(8)
    collections: List[str] = betterproto.string_field(9)
    size: int = betterproto.uint64_field(10)


@dataclass
class Images(betterproto.Message):
    items: List["Image"] = betterproto.message_field(1)
    count: int = betterproto.uint64_field(2)
    last: str = betterproto.string_field(3)


@dataclass
class ListValue(betterproto.Message):
    values: List["Value"] = betterproto.message_field(1)


@dataclass
class Value(betterproto.Message):
    null_value: int = betterproto.int32_field(1, group="kind")
    number_value: float = betterproto.double_field(2, group="kind")
    string_value: str = betterproto.string_field(3, group="kind")
    bool_value: bool = betterproto.bool_field(4, group="kind")
    struct_value: "Struct" = betterproto.message_field(5, group="kind")
    list_value: "ListValue" = betterproto.message_field(6, group="kind")


@dataclass
class Struct(betterproto.Message):
    fields: Dict[str, "Value"] = betterproto.map_field(1, betterproto.TYPE_STRING, betterproto.TYPE_MESSAGE)


@dataclass
class Reading(betterproto.Message):
    values: "Struct" = betterproto.message_field(1)
    index: int = betterproto.uint32_field(2)
    requested: datetime = betterproto.message_field(3)
    received: datetime = betterproto.message_field(4)


@dataclass
class Readings(betterproto.Message):
    items: List["Reading"] = betterproto.message_field(1)


@dataclass
class Point(betterproto.Message):
    x: float = betterproto.double_field(1)
    y: float = betterproto.double_field(2)
    z: float = betterproto.double_field(3)
    id: int = betterproto.int64_field(4)
    step: int = betterproto.sint32_field(5)
    weight: float = betterproto.float_field(6)
    valid: bool = betterproto.bool_field(7)
    mask: int = betterproto.fixed32_field(8)


@dataclass
class Points(betterproto.Message):
    items: List["Point"] = betterproto.message_field(1)


@dataclass
class Numbers(betterproto.Message):
    doubles: List[float] = betterproto.double_field(1)
    floats: List[float] = betterproto.float_field(2)
    wide: List[int] = betterproto.int64_field(3)
    steps: List[int] = betterproto.sint32_field(4)
    small: List[int] = betterproto.uint32_field(5)


@dataclass
class File(betterproto.Message):
    name: str = betterproto.string_field(1)
    content: bytes = betterproto.bytes_field(2)


@dataclass
class Event(betterproto.Message):
    sequence: int = betterproto.uint64_field(1)
    text: str = betterproto.string_field(2, group="content")
    point: "Point" = betterproto.message_field(3, group="content")
    file: "File" = betterproto.message_field(4, group="content")
    code: int = betterproto.int32_field(5, group="content")


@dataclass
class Events(betterproto.Message):
    items: List["Event"] = betterproto.message_field(1)
