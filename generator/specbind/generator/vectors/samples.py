"""Values made from types, always the same ones."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import TYPE_CHECKING, cast

from specbind.generator.ir.model import (
    Alias,
    AnyType,
    Enum,
    ListType,
    LiteralType,
    MapType,
    NeverType,
    NullableType,
    Object,
    Presence,
    Ref,
    Scalar,
    ScalarKind,
    TupleType,
    UnionType,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from specbind.generator.ir.model import Constraints, Definition, Field, Json, Type

__all__ = ["NoSampleError", "PackedSampler", "Sampler", "bottom"]

_DEEPEST = 4
_LONGEST = 10_000
_FORMATS = {
    "date-time": "2024-02-29T12:30:00Z",
    "date": "2024-02-29",
    "time": "12:30:00",
    "duration": "PT90S",
    "uuid": "0f6ec7a2-1c1d-4222-8333-444455556666",
    "decimal": "1.5",
    "byte": "AAH/",
    "int64": "9007199254740993",
    "uint64": "18446744073709551615",
    "email": "someone@example.com",
    "uri": "https://example.com/a",
    "uri-reference": "/a",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
}
_PLAIN = {False: "text", True: "ä b/c?d&e=f+%25"}


class NoSampleError(Exception):
    """No value of a type can be made: nothing fits it, or only endless ones."""


def bottom(type_: Type, definitions: Mapping[str, Definition]) -> Type | Definition:
    """A type behind aliases, references and null; the definition where there is one."""
    for _ in range(100):
        if isinstance(type_, NullableType):
            type_ = type_.item
        elif isinstance(type_, Ref):
            found = definitions.get(type_.id)
            if not isinstance(found, Alias):
                return found if found is not None else AnyType()
            type_ = found.type
        else:
            return type_
    raise NoSampleError("references without end")


class Sampler:
    """Makes JSON values. `full` ones have every member and odd letters, others only what must be there.

    `files` turns raw bytes into a file argument; `sent` leaves out what only a server writes, else what only a client
    does. `plain` letters need no encoding; without `nested` any value is a text, for places that have no other.
    """

    def __init__(
        self,
        definitions: Mapping[str, Definition],
        *,
        full: bool,
        sent: bool = True,
        files: bool = False,
        plain: bool = False,
        nested: bool = True,
    ) -> None:
        self._definitions = definitions
        self._full = full
        self._sent = sent
        self._files = files
        self._plain = plain
        self._nested = nested

    def value(self, type_: Type, depth: int = 0) -> Json:  # noqa: C901  # a row per kind of type
        """A value of the type. Raises NoSampleError."""
        if depth > _DEEPEST * 4:
            raise NoSampleError("the type has no end")
        match type_:
            case Scalar():
                return self._scalar(type_)
            case LiteralType(value=value):
                return value
            case NullableType(item=item):
                return None if depth and not self._full else self.value(item, depth)
            case ListType(item=item, constraints=constraints):
                return self._list(item, constraints, depth)
            case TupleType(items=items):
                return [self.value(item, depth + 1) for item in items]
            case MapType(value=value):
                return {"key": self.value(value, depth + 1)} if depth < _DEEPEST else {}
            case UnionType():
                return self._union(type_, depth)
            case Ref(id=name):
                return self._definition(self._definitions.get(name), depth)
            case NeverType():
                raise NoSampleError("nothing fits the type")
            case _:
                return {"any": [1, "a", None]} if self._full and depth and self._nested else "any"

    def _definition(self, definition: Definition | None, depth: int) -> Json:
        match definition:
            case Object():
                return self.members(definition, depth)
            case Enum(values=values):
                known = [value.value for value in values if value.value is not None]
                if not known:
                    raise NoSampleError(f"{definition.id} has no values")
                return known[-1] if self._full else known[0]
            case Alias(type=type_):
                return self.value(type_, depth + 1)
            case _:
                return "any"

    def members(self, definition: Object, depth: int = 0) -> dict[str, Json]:
        """The members of an object by wire name."""
        found: dict[str, Json] = {}
        for field in definition.fields:
            needed = field.presence is Presence.REQUIRED
            if not needed and (not self._full or depth >= _DEEPEST or self._is_left_out(field)):
                continue
            try:
                found[field.wire] = self.value(field.type, depth + 1)
            except NoSampleError:
                if needed:
                    raise
        return found

    def _is_left_out(self, field: Field) -> bool:
        return field.read_only if self._sent else field.write_only

    def _list(self, item: Type, constraints: Constraints | None, depth: int) -> Json:
        least = constraints.min_items if constraints and constraints.min_items else 0
        most = constraints.max_items if constraints and constraints.max_items is not None else 2
        count = max(min(2 if self._full else 1, most), least) if depth < _DEEPEST else least
        return [self.value(item, depth + 1) for _ in range(min(count, 10))]

    def _union(self, union: UnionType, depth: int) -> Json:
        variants = union.variants[::-1] if self._full else union.variants
        for variant in variants:
            try:
                value = self.value(variant.type, depth + 1)
            except NoSampleError:
                continue
            if union.discriminator and isinstance(value, dict) and variant.tags:
                value = {**value, union.discriminator: variant.tags[0]}
            return value
        raise NoSampleError("no variant has a value")

    def _scalar(self, scalar: Scalar) -> Json:
        match scalar.scalar:
            case ScalarKind.STRING:
                return _FORMATS.get(scalar.format) or _fitted(
                    _PLAIN[self._full and not self._plain], scalar.constraints
                )
            case ScalarKind.BOOLEAN:
                return True
            case ScalarKind.NUMBER | ScalarKind.FLOAT | ScalarKind.DOUBLE:
                return _number(1.5, scalar.constraints)
            case ScalarKind.BINARY:
                return _file(full=self._full) if self._files else "text"
            case _:
                return int(_number(7 if self._full else 1, scalar.constraints))


class PackedSampler(Sampler):
    """Makes the same values as MessagePack carries them: bytes and times in its own forms."""

    def _scalar(self, scalar: Scalar) -> Json:
        found = super()._scalar(scalar)
        if scalar.scalar is ScalarKind.STRING and isinstance(found, str):
            packed: object = found
            if scalar.format == "byte":
                packed = base64.b64decode(found)
            elif scalar.format == "date-time":
                packed = datetime.fromisoformat(found)
            return cast("Json", packed)  # only what encodes MessagePack sees it
        return found


def _fitted(text: str, limits: Constraints | None) -> str:
    """The text, as long as it may and must be."""
    if limits is None:
        return text
    least = min(limits.min_length or 0, _LONGEST)
    return text.ljust(least, "x")[: limits.max_length]


def _number(wanted: float, limits: Constraints | None) -> float:
    """A number near the wanted one that keeps the limits."""
    if limits is None:
        return wanted
    low = limits.minimum if limits.exclusive_minimum is None else limits.exclusive_minimum + 1
    high = limits.maximum if limits.exclusive_maximum is None else limits.exclusive_maximum - 1
    if low is not None and wanted < low:
        wanted = low
    if high is not None and wanted > high:
        wanted = high
    step = limits.multiple_of
    if step and wanted % step:
        wanted = (wanted // step + 1) * step
    return wanted


def _file(*, full: bool) -> Json:
    content = base64.b64encode(b"\x00\xff\r\n--x").decode()
    name = "ä b.bin" if full else "a.bin"
    return {"$file": {"base64": content, "filename": name, "media": "application/octet-stream"}}
