"""Message classes made of descriptors, by the same tables and base class that generated code uses.

The descriptors come from protoc by google's own library, so that tests compare two independent readings of a .proto.
"""

from __future__ import annotations

import sys
from enum import EnumMeta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import TYPE_CHECKING, Any

import grpc_tools
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import FieldDescriptor as F
from grpc_tools import protoc
from msgspec import UNSET, field

from specbind.generator.targets.python._runtime.enums import OpenInt
from specbind.generator.targets.python._runtime.proto.extensions import Extension
from specbind.generator.targets.python._runtime.proto.message import Message
from specbind.generator.targets.python._runtime.proto.table import camel

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from google.protobuf.descriptor import Descriptor, EnumDescriptor

__all__ = ["Messages", "compile_protos"]

SCALARS = {
    F.TYPE_DOUBLE: "double",
    F.TYPE_FLOAT: "float",
    F.TYPE_INT64: "int64",
    F.TYPE_UINT64: "uint64",
    F.TYPE_INT32: "int32",
    F.TYPE_FIXED64: "fixed64",
    F.TYPE_FIXED32: "fixed32",
    F.TYPE_BOOL: "bool",
    F.TYPE_STRING: "string",
    F.TYPE_BYTES: "bytes",
    F.TYPE_UINT32: "uint32",
    F.TYPE_SFIXED32: "sfixed32",
    F.TYPE_SFIXED64: "sfixed64",
    F.TYPE_SINT32: "sint32",
    F.TYPE_SINT64: "sint64",
}
ZEROS = {"string": "", "bytes": b"", "bool": False, "double": 0.0, "float": 0.0}
PLAIN = {"Struct": "struct", "Value": "value", "ListValue": "list"}
WRAPPERS = {
    "DoubleValue": "double",
    "FloatValue": "float",
    "Int64Value": "int64",
    "UInt64Value": "uint64",
    "Int32Value": "int32",
    "UInt32Value": "uint32",
    "BoolValue": "bool",
    "StringValue": "string",
    "BytesValue": "bytes",
}
OWN = {"Timestamp", "Duration", "Any", "FieldMask", "Empty", "NullValue"}
GOOGLE = "google.protobuf."


def compile_protos(roots: Sequence[Path], files: Iterable[str]) -> descriptor_pb2.FileDescriptorSet:
    """Run protoc; with everything that the files import."""
    with TemporaryDirectory() as folder:
        out = Path(folder) / "set"
        include = Path(grpc_tools.__file__).parent / "_proto"
        paths = [f"-I{root}" for root in (*roots, include)]
        if protoc.main(["protoc", *paths, "--include_imports", f"--descriptor_set_out={out}", *files]):
            raise ValueError("protoc failed")
        return descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())


class Messages:
    """Classes by full name, and google's descriptors beside them."""

    def __init__(self, module: str, files: descriptor_pb2.FileDescriptorSet) -> None:
        self.pool = descriptor_pool.DescriptorPool()
        for file in files.file:
            self.pool.Add(file)
        self.module = ModuleType(module)
        self.types: dict[str, Any] = {}
        self.extensions: dict[str, Extension[Any]] = {}
        sys.modules[module] = self.module
        for file in files.file:
            if file.package == "google.protobuf" and Path(file.name).stem in {
                *"any duration empty field_mask struct timestamp wrappers".split()
            }:
                continue
            described = self.pool.FindFileByName(file.name)
            for enum in described.enum_types_by_name.values():
                self._enum(enum)
            for message in described.message_types_by_name.values():
                self._message(message)
                self._extend(*message.extensions)
                for nested in message.nested_types:
                    self._extend(*nested.extensions)
            self._extend(*described.extensions_by_name.values())

    def _extend(self, *found: F) -> None:
        for described in found:
            row, _ = self._row(described)
            row = (row[0], "value", row[2], f"{row[3]} optional" if not row[3] else row[3], *row[4:])
            name = described.full_name
            extendee = described.containing_type.full_name
            self.extensions[name] = Extension(name, extendee, row, self.module.__name__)

    def _publish(self, full_name: str, cls: Any) -> None:
        self.types[full_name] = cls
        setattr(self.module, _flat(full_name), cls)

    def _enum(self, enum: EnumDescriptor) -> None:
        namespace = EnumMeta.__prepare__(_flat(enum.full_name), (OpenInt,))
        for value in enum.values:
            namespace[value.name] = value.number
        namespace["__module__"] = self.module.__name__
        self._publish(enum.full_name, EnumMeta(_flat(enum.full_name), (OpenInt,), namespace))

    def _message(self, message: Descriptor) -> None:
        for enum in message.enum_types:
            self._enum(enum)
        for nested in message.nested_types:
            if not nested.GetOptions().map_entry:
                self._message(nested)
        annotations: dict[str, object] = {}
        namespace: dict[str, object] = {"__module__": self.module.__name__, "__annotations__": annotations}
        rows = []
        names = []
        for described in message.fields:
            row, default = self._row(described)
            rows.append(row)
            annotations[row[1]] = object
            namespace[row[1]] = default
            if (row[1], camel(row[1])) != (described.name, described.json_name):
                names.append((row[1], described.name, described.json_name))
        namespace["__proto__"] = (message.full_name, tuple(rows), tuple(names))
        name = _flat(message.full_name)
        self._publish(message.full_name, type(Message)(name, (Message,), namespace))

    def _row(self, described: F) -> tuple[Any, Any]:
        attribute = "x" + described.name if described.name.startswith("_") else described.name  # "__" would be mangled
        words = []
        default: Any = UNSET
        if _is_map(described):
            key, value = described.message_type.fields
            kind = f"map {SCALARS[key.type]} {self._kind(value)}"
            default = field(default_factory=dict)
        else:
            kind = self._kind(described)
            if described.is_repeated:
                words.append("packed" if described.is_packed else "repeated")
                default = field(default_factory=list)
            elif described.is_required:
                words.append("required")
            elif (oneof := described.containing_oneof) is not None and not _synthetic(described):
                words.append(f"oneof:{oneof.name}")
            elif described.has_presence:
                if described.type not in {F.TYPE_MESSAGE, F.TYPE_GROUP}:
                    words.append("optional")
            elif described.type == F.TYPE_ENUM:
                default = self._enum_class(described)(0)
            else:
                default = ZEROS.get(kind, 0)
        if described.type == F.TYPE_STRING and not _checks_text(described):
            words.append("raw")
        row: Any = (described.number, attribute, kind, " ".join(words))
        if described.has_default_value and described.type not in {F.TYPE_MESSAGE, F.TYPE_GROUP}:
            row = (*row, described.default_value)
        return row, default

    def _enum_class(self, described: F) -> Any:
        from specbind.generator.targets.python._runtime.proto import wellknown  # noqa: PLC0415 - as codecs do

        found = described.enum_type.full_name
        return wellknown.NullValue if found == GOOGLE + "NullValue" else getattr(self.module, _flat(found))

    def _kind(self, described: F) -> str:
        if described.type in SCALARS:
            return SCALARS[described.type]
        if described.type == F.TYPE_ENUM:
            return ("closed " if described.enum_type.is_closed else "enum ") + _reference(described.enum_type.full_name)
        full_name = described.message_type.full_name
        if described.type == F.TYPE_GROUP:
            return f"group {_reference(full_name)}"
        if full_name.startswith(GOOGLE):
            short = full_name.removeprefix(GOOGLE)
            if short in PLAIN:
                return PLAIN[short]
            if short in WRAPPERS:
                return f"wrapped {WRAPPERS[short]}"
        return f"message {_reference(full_name)}"


def _flat(full_name: str) -> str:
    return full_name.replace(".", "_")


def _reference(full_name: str) -> str:
    short = full_name.removeprefix(GOOGLE)
    return f"@{short}" if full_name.startswith(GOOGLE) and short in OWN else _flat(full_name)


def _is_map(described: F) -> bool:
    return described.type == F.TYPE_MESSAGE and described.message_type.GetOptions().map_entry


def _synthetic(described: F) -> bool:
    owner = descriptor_pb2.DescriptorProto()
    described.containing_type.CopyToProto(owner)
    return next(found.proto3_optional for found in owner.field if found.number == described.number)


def _checks_text(described: F) -> bool:
    return described._GetFeatures().utf8_validation != descriptor_pb2.FeatureSet.NONE
