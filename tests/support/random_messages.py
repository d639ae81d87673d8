"""Random messages by descriptor, filled through google's own library."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Any

from google.protobuf.descriptor import FieldDescriptor as F

if TYPE_CHECKING:
    from random import Random

__all__ = ["fill"]

RANGES = {
    F.TYPE_INT32: 31,
    F.TYPE_SINT32: 31,
    F.TYPE_SFIXED32: 31,
    F.TYPE_INT64: 63,
    F.TYPE_SINT64: 63,
    F.TYPE_SFIXED64: 63,
    F.TYPE_UINT32: 32,
    F.TYPE_FIXED32: 32,
    F.TYPE_UINT64: 64,
    F.TYPE_FIXED64: 64,
}
TEXTS = ("", "a", "naïve", "日本語", "🌍", "x" * 130, 'with "quotes" and \\', "\u0000\u001f\u2028", "plain words")
FOREIGN = (b"\x63", b"\xff\x7f", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")
"""Numbers that no enum of the tests has. A closed enum leaves them among the unknown fields."""
DOUBLES = (0.0, -0.0, 1.0, -1.5, 0.1, 1e300, 5e-324, math.inf, -math.inf, 123456789.125, 1e16)


def fill(message: Any, random: Random, depth: int = 0) -> Any:
    """Set some of the fields, and send numbers that closed enums do not have; give the message."""
    known = message.DESCRIPTOR.full_name
    if known == "google.protobuf.Timestamp":
        message.seconds = random.choice(
            (0, 1, -1, 1_700_000_000 + random.randrange(10**6), -62_135_596_800, 253402300799)
        )
        message.nanos = random.choice((0, 1, 1000, 500_000_000, 999_999_999, random.randrange(10**9)))
    elif known == "google.protobuf.Duration":
        sign = random.choice((1, -1))
        message.seconds = sign * random.choice((0, 1, 86400, 315_576_000_000))
        message.nanos = sign * random.choice((0, 1000, 999_999_999))
    elif known == "google.protobuf.FieldMask":
        message.paths.extend(random.sample(["a", "foo_bar", "foo.bar_baz", "x1.y_z"], random.randrange(4)))
    elif known == "google.protobuf.Any":
        pass
    elif known in {"google.protobuf.Struct", "google.protobuf.ListValue", "google.protobuf.Value"}:
        _json(message, random, depth)
    else:
        for field in message.DESCRIPTOR.fields:
            if random.random() < (0.6 if depth < 2 else 0.2) or field.is_required:
                _field(message, field, random, depth)
            if field.enum_type is not None and field.enum_type.is_closed and random.random() < 0.2:
                message.MergeFromString(_varint(field.number << 3) + random.choice(FOREIGN))
    return message


def _varint(number: int) -> bytes:
    return bytes([number & 127 | 128]) + _varint(number >> 7) if number > 127 else bytes([number])


def _json(message: Any, random: Random, depth: int) -> None:
    value = _value(random, depth)
    short = message.DESCRIPTOR.name
    if short == "Struct":
        message.update({random.choice("abcdé") * random.randrange(4): _value(random, depth) for _ in range(3)})
    elif short == "ListValue":
        message.extend([_value(random, depth) for _ in range(random.randrange(4))])
    else:
        holder = type(message)().list_value
        holder.extend([value])
        message.CopyFrom(holder.values[0])


def _value(random: Random, depth: int) -> Any:
    kind = random.randrange(6 if depth < 4 else 4)
    if kind < 4:
        return (None, random.random() < 0.5, random.choice(TEXTS), random.uniform(-1e6, 1e6))[kind]
    if kind == 4:
        return [_value(random, depth + 1) for _ in range(random.randrange(3))]
    return {random.choice(TEXTS): _value(random, depth + 1) for _ in range(random.randrange(3))}


def _field(message: Any, field: F, random: Random, depth: int) -> None:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        key, value = field.message_type.fields
        target = getattr(message, field.name)
        for _ in range(random.randrange(4)):
            if value.message_type is not None:
                fill(target[_scalar(key, random)], random, depth + 1)
            else:
                target[_scalar(key, random)] = _scalar(value, random)
    elif field.is_repeated:
        target = getattr(message, field.name)
        count = random.choice((0, 1, 2, 3, 40)) if depth < 2 and field.message_type is None else random.randrange(3)
        for _ in range(count):
            if field.message_type is not None:
                fill(target.add(), random, depth + 1)
            else:
                target.append(_scalar(field, random))
    elif field.message_type is not None:
        if depth < 5:
            getattr(message, field.name).SetInParent()
            fill(getattr(message, field.name), random, depth + 1)
    else:
        setattr(message, field.name, _scalar(field, random))


def _scalar(field: F, random: Random) -> Any:
    kind = field.type
    if kind in RANGES:
        bits = random.choice((1, 7, 8, 14, 21, 28, RANGES[kind]))
        number = random.randrange(1 << min(bits, RANGES[kind]))
        return -number if RANGES[kind] in {31, 63} and random.random() < 0.3 else number
    if kind == F.TYPE_BOOL:
        return random.random() < 0.5
    if kind == F.TYPE_STRING:
        return random.choice(TEXTS)
    if kind == F.TYPE_BYTES:
        return random.randbytes(random.choice((0, 1, 5, 200)))
    if kind == F.TYPE_ENUM:
        numbers = [value.number for value in field.enum_type.values]
        return random.choice(numbers if field.enum_type.is_closed else [*numbers, 77, -5])
    number = random.choice((*DOUBLES, random.uniform(-1e9, 1e9)))
    if kind == F.TYPE_FLOAT and math.isfinite(number):
        return struct.unpack("<f", struct.pack("<f", max(-3e38, min(3e38, number))))[0]
    return number
