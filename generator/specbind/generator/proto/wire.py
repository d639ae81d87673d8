"""The wire format, read strictly: for options that are extensions, and to check a descriptor set from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .descriptors import layout
from .limits import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from betterproto import Message

__all__ = ["WireError", "WireField", "check", "packed", "read_varint", "split", "wire_fields"]

VARINT, FIXED64, LENGTH, START, END, FIXED32 = range(6)
_LARGEST_FIELD = (1 << 29) - 1
_WITH_LENGTH = {"message", "string", "bytes"}


class WireError(ValueError):
    """The bytes are no message."""


class WireField(NamedTuple):
    """One field as it stands: number, wire type, and its value (the bytes of a varint's or fixed number's value)."""

    number: int
    wire_type: int
    varint: int
    content: bytes


def read_varint(content: bytes, position: int) -> tuple[int, int]:
    """The number at a position, and the position after it. Raises WireError."""
    value = shift = 0
    while True:
        if position >= len(content):
            raise WireError("the bytes end inside a number")
        byte = content[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, position
        shift += 7
        if shift >= 70:
            raise WireError("a number has more than ten bytes")


def wire_fields(content: bytes) -> Iterator[WireField]:
    """The fields of a message, in order. Raises WireError."""
    position = 0
    while position < len(content):
        field, position = _field(content, position, 0)
        yield field


def split(content: bytes, number: int) -> tuple[bytes, bytes]:
    """A message without a field of messages, and that field's content (joined where it stands twice).

    Raises WireError.
    """
    rest: list[bytes] = []
    taken: list[bytes] = []
    position = 0
    while position < len(content):
        start = position
        field, position = _field(content, position, 0)
        if field.number == number and field.wire_type == LENGTH:
            taken.append(field.content)
        else:
            rest.append(content[start:position])
    return b"".join(rest), b"".join(taken)


def packed(field: WireField) -> tuple[int, ...]:
    """The small numbers of a repeated field, packed or one of them. Raises WireError."""
    if field.wire_type != LENGTH:
        return (field.varint,)
    if field.content.isascii():  # each number has one byte
        return tuple(field.content)
    found: list[int] = []
    position = 0
    while position < len(field.content):
        value, position = read_varint(field.content, position)
        found.append(value)
    return tuple(found)


def _field(content: bytes, position: int, depth: int) -> tuple[WireField, int]:
    tag, position = read_varint(content, position)
    number, wire_type = tag >> 3, tag & 7
    if not 0 < number <= _LARGEST_FIELD:
        raise WireError(f"{number} is no field number")
    if wire_type == VARINT:
        value, position = read_varint(content, position)
        return WireField(number, wire_type, value, b""), position
    if wire_type == START:
        return _group(content, position, number, depth)
    if wire_type == LENGTH:
        size, position = read_varint(content, position)
    elif wire_type in {FIXED32, FIXED64}:
        size = 4 if wire_type == FIXED32 else 8
    else:
        raise WireError(f"there is no wire type {wire_type} here")
    end = position + size
    if end > len(content):
        raise WireError("the bytes end inside a field")
    return WireField(number, wire_type, 0, content[position:end]), end


def _group(content: bytes, position: int, number: int, depth: int) -> tuple[WireField, int]:
    if depth > MAX_DEPTH:
        raise WireError("groups are nested too deeply")
    start = position
    while True:
        tag, after = read_varint(content, position)
        if tag & 7 == END:
            if tag >> 3 != number:
                raise WireError("a group ends that did not begin")
            return WireField(number, START, 0, content[start:position]), after
        _, position = _field(content, position, depth + 1)


def check(content: bytes, message: type[Message], depth: int = 0) -> None:
    """See that bytes are a message of a class, all the way down. Raises WireError.

    betterproto takes bytes that end early for a shorter message, and goes down as deep as they say.
    """
    if depth > MAX_DEPTH:
        raise WireError("messages are nested too deeply")
    fields = layout(message)
    for field in wire_fields(content):
        kind, inner = fields.get(field.number, ("", None))
        if kind in _WITH_LENGTH and field.wire_type != LENGTH:
            raise WireError(f"field {field.number} has wire type {field.wire_type}")
        if inner is not None:
            check(field.content, inner, depth + 1)
        elif kind == "string":
            _check_text(field)
        elif kind and kind not in _WITH_LENGTH and field.wire_type == LENGTH:
            _check_packed(field)


def _check_text(field: WireField) -> None:
    try:
        field.content.decode()
    except UnicodeDecodeError as error:
        raise WireError(f"the text of field {field.number} is no UTF-8") from error


def _check_packed(field: WireField) -> None:
    position = 0
    while position < len(field.content):
        _, position = read_varint(field.content, position)
