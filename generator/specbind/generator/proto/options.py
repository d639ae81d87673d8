"""Options: the standard ones that are set, and extensions, read by the definitions that stand in the same set."""

from __future__ import annotations

import base64
import contextlib
import math
import struct
from typing import TYPE_CHECKING, TypeAlias

from betterproto import Enum

from specbind.generator.codes import Code

from .descriptors import FieldDescriptorProtoLabel, FieldDescriptorProtoType, set_fields, unknown_fields
from .fields import json_name
from .limits import MAX_DEPTH
from .wire import WireError, read_varint, wire_fields

if TYPE_CHECKING:
    from betterproto import Message

    from specbind.generator.diagnostics import Place
    from specbind.generator.ir.model import Json, Options

    from .descriptors import FieldDescriptor
    from .report import Report
    from .symbols import MessageEntry, Symbols
    from .wire import WireField

__all__ = ["OptionReader"]

_KIND = FieldDescriptorProtoType
_Members: TypeAlias = "dict[str, Json]"
_FIXED = {
    _KIND.TYPE_DOUBLE: "<d", _KIND.TYPE_FLOAT: "<f", _KIND.TYPE_FIXED64: "<Q", _KIND.TYPE_FIXED32: "<I",
    _KIND.TYPE_SFIXED64: "<q", _KIND.TYPE_SFIXED32: "<i",
}  # fmt: skip
_SIGNED = {_KIND.TYPE_INT32, _KIND.TYPE_INT64, _KIND.TYPE_ENUM}
_ZIGZAG = {_KIND.TYPE_SINT32, _KIND.TYPE_SINT64}
_LONG = {_KIND.TYPE_INT64, _KIND.TYPE_UINT64, _KIND.TYPE_SINT64, _KIND.TYPE_FIXED64, _KIND.TYPE_SFIXED64}
_NAMES = frozenset(
    "java_package java_outer_classname java_multiple_files java_generate_equals_and_hash java_string_check_utf8 "
    "optimize_for go_package cc_generic_services java_generic_services py_generic_services cc_enable_arenas "
    "objc_class_prefix csharp_namespace swift_prefix php_class_prefix php_namespace php_metadata_namespace "
    "ruby_package no_standard_descriptor_accessor deprecated_legacy_json_field_conflicts ctype jstype lazy "
    "unverified_lazy weak debug_redact retention targets allow_alias".split()
)
_UNPACKED = {_KIND.TYPE_MESSAGE, _KIND.TYPE_GROUP, _KIND.TYPE_STRING, _KIND.TYPE_BYTES}


class OptionReader:
    """Reads the part of options that betterproto's descriptor.proto does not know."""

    def __init__(self, symbols: Symbols, report: Report) -> None:
        self._symbols = symbols
        self._report = report

    def read(self, options: Message, kind: str, place: Place) -> Options:
        """Standard options by their names, others by their full ones.

        `kind` is the full name of the options message, `place` where they stand.
        """
        content = unknown_fields(options)
        found = _standard(options)
        if not content:
            return tuple(found.items())
        try:
            for field in wire_fields(content):
                entry = self._symbols.extension_numbers.get((kind, field.number))
                if entry is None:
                    self._add(found, f"#{field.number}", _raw(field), repeated=True)
                else:
                    name = f"({entry.id})" if entry.id in _NAMES else entry.id  # one without a package
                    self._field(found, name, entry.descriptor, field, 0)
        except WireError as error:
            raise self._report.failure(Code.DESCRIPTOR, f"options cannot be read: {error}", place) from error
        return tuple(found.items())

    def _message(self, entry: MessageEntry, content: bytes, depth: int) -> _Members:
        if depth > MAX_DEPTH:
            raise WireError("options are nested too deeply")
        fields = {field.number: field for field in entry.descriptor.field}
        found: _Members = {}
        for field in wire_fields(content):
            known = fields.get(field.number)
            if known is not None:
                self._field(found, json_name(known), known, field, depth)
                continue
            extension = self._symbols.extension_numbers.get((entry.id, field.number))
            if extension is not None:
                self._field(found, f"[{extension.id}]", extension.descriptor, field, depth)
            else:
                self._add(found, f"#{field.number}", _raw(field), repeated=True)
        return found

    def _field(self, found: _Members, name: str, known: FieldDescriptor, field: WireField, depth: int) -> None:
        repeated = known.label == FieldDescriptorProtoLabel.LABEL_REPEATED
        if known.type in {_KIND.TYPE_MESSAGE, _KIND.TYPE_GROUP}:
            entry = self._symbols.messages.get(known.type_name.removeprefix("."))
            if entry is None:
                raise WireError(f"there is no message {known.type_name}")
            value = self._message(entry, field.content, depth + 1)
            if entry.is_map_entry:
                pairs = found.setdefault(name, {})
                if isinstance(pairs, dict):
                    key, inner = (self._of_entry(entry, value, number) for number in (1, 2))
                    pairs[_key(key)] = inner
            else:
                self._add(found, name, value, repeated=repeated)
            return
        for number, content in _parts(known, field):
            self._add(found, name, self._scalar(known, number, content), repeated=repeated)

    def _add(self, found: _Members, name: str, value: Json, *, repeated: bool) -> None:
        before = found.get(name)
        if repeated:
            found[name] = [*before, value] if isinstance(before, list) else [value]
        elif isinstance(before, dict) and isinstance(value, dict):
            found[name] = _merged(before, value)
        else:
            found[name] = value

    def _of_entry(self, entry: MessageEntry, value: _Members, number: int) -> Json:
        """Key (1) or value (2) of a map's entry; what is absent is the zero of its type."""
        known = next((field for field in entry.descriptor.field if field.number == number), None)
        if known is None:
            raise WireError(f"{entry.id} is no entry of a map")
        name = json_name(known)
        if name in value:
            return value[name]
        return {} if known.type == _KIND.TYPE_MESSAGE else self._scalar(known, 0, bytes(_size(known)))

    def _scalar(self, known: FieldDescriptor, number: int, content: bytes) -> Json:
        kind = known.type
        if kind in _FIXED:
            return _fixed(known, content)
        if kind == _KIND.TYPE_STRING:
            return content.decode(errors="replace")
        if kind == _KIND.TYPE_BYTES:
            return base64.b64encode(content).decode()
        if kind == _KIND.TYPE_BOOL:
            return bool(number)
        if kind in _SIGNED and number >> 63:
            number -= 1 << 64
        if kind in _ZIGZAG:
            number = (number >> 1) ^ -(number & 1)
        if kind == _KIND.TYPE_ENUM:
            enum = self._symbols.enums.get(known.type_name.removeprefix("."))
            names = {value.number: value.name for value in enum.descriptor.value} if enum else {}
            return names.get(number, number)
        return str(number) if kind in _LONG else number


def _standard(options: Message) -> _Members:
    """The options of descriptor.proto that are set, without those that the model has as properties."""
    return {name: _plain(value) for name, value in set_fields(options).items() if name in _NAMES}


def _plain(value: Enum | bool | int | str | list[Enum]) -> Json:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return value.name or int(value)
    return value


def _size(known: FieldDescriptor) -> int:
    """Bytes of one value of a fixed size; 0 for others."""
    return struct.calcsize(_FIXED[known.type]) if known.type in _FIXED else 0


def _fixed(known: FieldDescriptor, content: bytes) -> Json:
    if len(content) != _size(known):
        raise WireError(f"a value of {known.name} has a wrong length")
    value = struct.unpack(_FIXED[known.type], content)[0]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if known.type == _KIND.TYPE_FLOAT:
        return _shortest(value)
    return str(value) if known.type in _LONG else value


def _merged(before: _Members, after: _Members) -> _Members:
    """Two parts of one message, as the wire format joins them: later scalars win, lists grow, messages merge."""
    merged = dict(before)
    for name, inner in after.items():
        outer = merged.get(name)
        if isinstance(outer, list) and isinstance(inner, list):
            merged[name] = [*outer, *inner]
        elif isinstance(outer, dict) and isinstance(inner, dict):
            merged[name] = _merged(outer, inner)
        else:
            merged[name] = inner
    return merged


def _key(key: Json) -> str:
    """A map's key as ProtoJSON writes it."""
    return ("false", "true")[key] if isinstance(key, bool) else str(key)


def _shortest(value: float) -> float:
    """The number with the fewest digits that is this float of 32 bits."""
    for digits in range(1, 9):
        found = float(f"{value:.{digits}g}")
        with contextlib.suppress(OverflowError):  # rounded up beyond the largest float
            if struct.pack("<f", found) == struct.pack("<f", value):
                return found
    return float(f"{value:.9g}")


def _parts(known: FieldDescriptor, field: WireField) -> list[tuple[int, bytes]]:
    """The values of a field: several where it is a packed run."""
    if field.wire_type != 2 or known.type in _UNPACKED:
        return [(field.varint, field.content)]
    parts: list[tuple[int, bytes]] = []
    position = 0
    size = _size(known)
    while position < len(field.content):
        if size:
            parts.append((0, field.content[position : position + size]))
            position += size
        else:
            number, position = read_varint(field.content, position)
            parts.append((number, b""))
    return parts


def _raw(field: WireField) -> Json:
    """A value whose type is not known: a number, or base64."""
    return field.varint if field.wire_type == 0 else base64.b64encode(field.content).decode()
