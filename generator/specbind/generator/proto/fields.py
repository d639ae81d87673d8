"""Fields: their types, presence, wire form and defaults."""

from __future__ import annotations

import base64
import math
import re
from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from specbind.generator.ir.model import (
    Field,
    ListType,
    MapType,
    Presence,
    Ref,
    Scalar,
    ScalarKind,
    WireForm,
)

from .descriptors import FieldDescriptorProtoLabel, FieldDescriptorProtoType
from .features import Features, features_of_field

if TYPE_CHECKING:
    from specbind.generator.ir.model import Json, Type

    from .comments import Path
    from .descriptors import FieldDescriptor
    from .options import OptionReader
    from .symbols import FileEntry, MessageEntry, Symbols

__all__ = ["FieldLowering", "camel", "json_name"]

_KIND = FieldDescriptorProtoType
_SCALARS: dict[int, Scalar] = {
    _KIND.TYPE_DOUBLE: Scalar(ScalarKind.DOUBLE),
    _KIND.TYPE_FLOAT: Scalar(ScalarKind.FLOAT),
    _KIND.TYPE_INT64: Scalar(ScalarKind.INT64),
    _KIND.TYPE_UINT64: Scalar(ScalarKind.UINT64),
    _KIND.TYPE_INT32: Scalar(ScalarKind.INT32),
    _KIND.TYPE_FIXED64: Scalar(ScalarKind.UINT64, "fixed64"),
    _KIND.TYPE_FIXED32: Scalar(ScalarKind.UINT32, "fixed32"),
    _KIND.TYPE_BOOL: Scalar(ScalarKind.BOOLEAN),
    _KIND.TYPE_STRING: Scalar(ScalarKind.STRING),
    _KIND.TYPE_BYTES: Scalar(ScalarKind.BINARY),
    _KIND.TYPE_UINT32: Scalar(ScalarKind.UINT32),
    _KIND.TYPE_SFIXED32: Scalar(ScalarKind.INT32, "sfixed32"),
    _KIND.TYPE_SFIXED64: Scalar(ScalarKind.INT64, "sfixed64"),
    _KIND.TYPE_SINT32: Scalar(ScalarKind.INT32, "sint32"),
    _KIND.TYPE_SINT64: Scalar(ScalarKind.INT64, "sint64"),
}
_MESSAGES = {_KIND.TYPE_MESSAGE, _KIND.TYPE_GROUP}
_NOT_PACKED = {*_MESSAGES, _KIND.TYPE_STRING, _KIND.TYPE_BYTES}
_MAP_KEYS = {ScalarKind.STRING, ScalarKind.BOOLEAN, ScalarKind.INT32, ScalarKind.INT64, ScalarKind.UINT32,
             ScalarKind.UINT64}  # fmt: skip
_AFTER_UNDERSCORE = re.compile(r"_+([a-z]?)")
_ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{1,2})|([0-7]{1,3})|(.))", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}


class FieldLowering:
    """Lowers fields of messages, and extensions."""

    def __init__(self, symbols: Symbols, options: OptionReader) -> None:
        self._symbols = symbols
        self._options = options

    def lower(self, field: FieldDescriptor, file: FileEntry, path: Path, around: Features, oneof: str = "") -> Field:
        """The field at a place; `around` are the features of what it stands in, `oneof` the real oneof around it."""
        features = features_of_field(field, around)
        repeated = field.label == FieldDescriptorProtoLabel.LABEL_REPEATED
        type_ = self._type(field, file, path)
        is_map = isinstance(type_, MapType)
        json = json_name(field)
        return Field(
            wire=field.name,
            type=ListType(type_) if repeated and not is_map else type_,
            presence=_presence(field, features, repeated=repeated, oneof=oneof),
            doc=file.comments.doc(path),
            default=self._default(field, file, path),
            deprecated=field.options.deprecated,
            number=field.number,
            source=file.comments.source(path),
            json=json if json != field.name else None,
            oneof=oneof,
            form=self._form(field, features, repeated=repeated, is_map=is_map),
            options=self._options.read(field.options, "google.protobuf.FieldOptions", file.comments.place(path)),
        )

    def _form(self, field: FieldDescriptor, features: Features, *, repeated: bool, is_map: bool) -> WireForm | None:
        form = WireForm(
            packed=repeated and field.type not in _NOT_PACKED and features.is_packed,
            delimited=field.type in _MESSAGES and features.is_delimited and not is_map,
            any_text=features.is_any_text and (field.type == _KIND.TYPE_STRING or (is_map and self._has_text(field))),
        )
        return form if form != WireForm() else None

    def _has_text(self, field: FieldDescriptor) -> bool:
        entry = self._symbols.messages[field.type_name[1:]]
        return any(part.type == _KIND.TYPE_STRING for part in entry.descriptor.field)

    def _type(self, field: FieldDescriptor, file: FileEntry, path: Path) -> Type:
        scalar = _SCALARS.get(int(field.type))
        if scalar is not None:
            return scalar
        name = field.type_name.removeprefix(".")
        if int(field.type) in _MESSAGES and field.type_name.startswith("."):
            entry = self._symbols.messages.get(name)
            if entry is not None:
                if entry.is_map_entry and field.label == FieldDescriptorProtoLabel.LABEL_REPEATED:
                    return self._map(entry)
                return Ref(name)
        elif field.type == _KIND.TYPE_ENUM and field.type_name.startswith(".") and name in self._symbols.enums:
            return Ref(name)
        self._symbols.fail(f"the field {field.name} has no type: {field.type_name!r}", file.comments.place(path))
        return Ref(name)

    def _map(self, entry: MessageEntry) -> MapType:
        parts = {part.number: part for part in entry.descriptor.field}
        place = entry.file.comments.place(entry.path)
        if set(parts) != {1, 2}:
            self._symbols.fail(f"{entry.id} is no entry of a map", place)
        key = _SCALARS.get(int(parts[1].type))
        if key is None or key.scalar not in _MAP_KEYS:
            self._symbols.fail(f"the keys of {entry.id} have a type that keys cannot have", place)
        return MapType(self._type(parts[2], entry.file, entry.path), key=key)

    def _default(self, field: FieldDescriptor, file: FileEntry, path: Path) -> Json | UnsetType:
        text = field.default_value
        if text is None:
            return UNSET
        try:
            return self._default_value(field, text)
        except ValueError:
            self._symbols.fail(f"{text!r} is no default for the field {field.name}", file.comments.place(path))
            return UNSET

    def _default_value(self, field: FieldDescriptor, text: str) -> Json:
        kind = field.type
        if kind == _KIND.TYPE_STRING:
            return text
        if kind == _KIND.TYPE_BYTES:
            return base64.b64encode(_unescaped(text)).decode()
        if kind == _KIND.TYPE_BOOL:
            if text not in {"true", "false"}:
                raise ValueError(text)
            return text == "true"
        if kind in {_KIND.TYPE_FLOAT, _KIND.TYPE_DOUBLE}:
            return _json_float(float(text))
        if kind == _KIND.TYPE_ENUM:
            enum = self._symbols.enums.get(field.type_name.removeprefix("."))
            if enum is None or text not in {value.name for value in enum.descriptor.value}:
                raise ValueError(text)
            return text
        if int(kind) not in _SCALARS:
            raise ValueError(text)
        return int(text)


def _presence(field: FieldDescriptor, features: Features, *, repeated: bool, oneof: str) -> Presence:
    if repeated:
        return Presence.IMPLICIT
    if features.is_required:
        return Presence.REQUIRED
    if oneof or field.extendee or field.type in _MESSAGES or not features.is_implicit:
        return Presence.OPTIONAL
    return Presence.IMPLICIT


def json_name(field: FieldDescriptor) -> str:
    """The field's name in ProtoJSON: the one that is stated, else lowerCamelCase."""
    if field.json_name is not None:
        return field.json_name
    return camel(field.name)


def camel(name: str) -> str:
    """protoc's rule for JSON names: underscores go, and a letter of ASCII behind one is a capital."""
    return _AFTER_UNDERSCORE.sub(lambda match: match[1].upper(), name)


def _json_float(value: float) -> Json:
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _unescaped(text: str) -> bytes:
    """The bytes of a default as descriptor.proto writes it, with C's escapes."""

    def byte(match: re.Match[bytes]) -> bytes:
        hexadecimal, octal, letter = match.groups()
        if hexadecimal:
            return bytes([int(hexadecimal, 16)])
        if octal:
            return bytes([int(octal, 8) & 0xFF])
        return _ESCAPED.get(letter, letter)

    return _ESCAPE.sub(byte, text.encode())
