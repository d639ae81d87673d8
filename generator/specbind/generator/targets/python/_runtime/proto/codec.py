"""The codec of a message type: its fields, and a reader and a writer that are compiled when they are first used."""

from __future__ import annotations

import struct
from functools import cache, cached_property
from typing import TYPE_CHECKING, cast

from msgspec import UNSET

from .decoding import compile_reader
from .encoding import compile_writer
from .instants import fast_reader, fast_writer
from .message import Message
from .registry import registry_of
from .scalars import zero
from .table import parse, resolve

if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import Enum

    from .registry import Registry
    from .table import Field

__all__ = ["CODECS", "Codec"]

_INSTANTS = {"google.protobuf.Timestamp", "google.protobuf.Duration"}

_KEPT = 1000
_single = struct.Struct("<f")


class _Members(dict[int, object]):
    """Numbers of an open enum to members. Of further ones the first are kept, since making one is slow."""

    def __init__(self, cls: type[Enum]) -> None:
        super().__init__({int(member.value): member for member in cls})
        self._cls = cls
        self._room = len(self) + _KEPT

    def __missing__(self, number: int) -> object:
        member = self._cls(number)
        if len(self) < self._room:
            self[number] = member
        return member


@cache
def _values(cls: type[Enum], *, closed: bool) -> dict[int, object]:
    return {int(member.value): member for member in cls} if closed else _Members(cls)


@cache
def _by_name(cls: type[Enum]) -> dict[str, object]:
    renamed: dict[str, str] = dict(getattr(cls, "__proto_names__", ()))
    return {renamed.get(name, name): member for name, member in cls.__members__.items()}


@cache
def _names(cls: type[Enum]) -> dict[int, str]:
    names: dict[int, str] = {}
    for name, member in _by_name(cls).items():
        names.setdefault(int(cast("int", member)), name)
    return names


class Codec:
    """What the table of a message type says, ready for use.

    Attributes:
        name: full name of the message.
        fields: in the order of their numbers.
        fields_by_slot: in the order of the class.
    """

    def __init__(self, cls: type[Message]) -> None:
        self.cls = cls
        self.name = cls.__proto__[0]
        self.fields = parse(cls.__proto__)
        by_attribute = {field.attribute: field for field in self.fields}
        slots = cls.__struct_fields__[:-1]  # the last one keeps the unknown fields
        if set(slots) != set(by_attribute):
            raise TypeError(f"{cls.__name__}: the table and the class have different fields")
        self.fields_by_slot = tuple(by_attribute[name] for name in slots)
        self.by_attribute = by_attribute
        self._types: dict[str, object] = {}

    @cached_property
    def read(self) -> Callable[..., object]:
        """`read(buffer, start, end, depth, into=UNSET)`."""
        compiled = compile_reader(self)
        return fast_reader(cast("Callable[..., object]", self.cls), compiled) if self.name in _INSTANTS else compiled

    @cached_property
    def write(self) -> Callable[..., bytes]:
        """`write(message)`."""
        compiled = compile_writer(self)
        return fast_writer(self.cls, compiled) if self.name in _INSTANTS else compiled

    def type_of(self, field: Field) -> object:
        """The class that a field refers to."""
        found = self._types.get(field.reference)
        if found is None:
            found = self._types[field.reference] = resolve(self.cls, field.reference)
        return found

    def child(self, field: Field) -> Codec:
        """The codec of the messages that a field holds."""
        return CODECS[cast("type[Message]", self.type_of(field))]  # a message, by its kind

    def enum(self, field: Field) -> type[Enum]:
        """The enum of a field."""
        return cast("type[Enum]", self.type_of(field))  # by its kind

    def enum_values(self, field: Field) -> dict[int, object]:
        """Members by number; a closed enum has no others."""
        return _values(self.enum(field), closed=field.kind == "closed")

    def enum_by_name(self, field: Field) -> dict[str, object]:
        """Members by the names of the .proto file, with all the names of each."""
        return _by_name(self.enum(field))

    def enum_names(self, field: Field) -> dict[int, str]:
        """Names of the .proto file by number; the first name of each."""
        return _names(self.enum(field))

    @cached_property
    def registry(self) -> Registry:
        """The registry of the message's package."""
        return registry_of(self.cls)

    @cached_property
    def by_json_name(self) -> dict[str, Field]:
        """Fields by both of their names."""
        return {field.name: field for field in self.fields} | {field.json_name: field for field in self.fields}

    def first(self, field: Field) -> object:
        """The member that stands for an absent value: the first one."""
        return next(iter(self.enum(field)))

    def default(self, field: Field) -> object:
        """What an absent value of a field means; `UNSET` for a message."""
        if field.wire_type in {2, 3} and field.kind not in {"string", "bytes"}:
            return UNSET
        if field.kind in {"enum", "closed"}:
            return self.first(field) if field.default is None else self.enum(field)(field.default)
        if field.default is None:
            return zero(field.kind)
        return _single.unpack(_single.pack(field.default))[0] if field.kind == "float" else field.default

    def lazy_reader(self, field: Field, names: dict[str, object], name: str) -> Callable[..., object]:
        """Stand in for the reader of a field's type until the first call; then put that one at its place."""

        def read(b: bytes, p: int, end: int, d: int, m: object = UNSET) -> object:
            names[name] = reader = self.child(field).read
            return reader(b, p, end, d, m)

        return read

    def lazy_writer(self, field: Field, names: dict[str, object], name: str) -> Callable[..., bytes]:
        """Stand in for the writer of a field's type until the first call."""

        def write(message: object) -> bytes:
            names[name] = writer = self.child(field).write
            return writer(message)

        return write


def _is_message(cls: object) -> bool:
    """What callers pass is not always what the annotation says."""
    return isinstance(cls, type) and issubclass(cls, Message)


class _Codecs(dict["type[Message]", Codec]):
    def __missing__(self, cls: type[Message]) -> Codec:
        if not _is_message(cls):
            raise TypeError(f"{cls!r} is no type of message")
        codec = self[cls] = Codec(cls)
        return codec


CODECS = _Codecs()
"""The codec of each message type, made on first use."""
