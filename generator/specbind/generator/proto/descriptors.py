"""The messages of descriptor.proto, as betterproto has them, with presence where it matters.

betterproto reads descriptor.proto, a proto2 file, as if all its scalars were proto3's: a `oneof_index` of 0 and none
at all would be the same. The classes here declare those scalars again as optional, and lead to each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Optional

import betterproto
from betterproto.lib.google.protobuf import (
    DescriptorProto,
    DescriptorProtoExtensionRange,
    DescriptorProtoReservedRange,
    Edition,
    EnumDescriptorProto,
    FeatureSet,
    FieldDescriptorProto,
    FieldDescriptorProtoLabel,
    FieldDescriptorProtoType,
    FieldOptions,
    FieldOptionsCType,
    FieldOptionsEditionDefault,
    FieldOptionsFeatureSupport,
    FieldOptionsJsType,
    FieldOptionsOptionRetention,
    FieldOptionsOptionTargetType,
    FileDescriptorProto,
    FileDescriptorSet,
    FileOptions,
    MessageOptions,
    OneofDescriptorProto,
    ServiceDescriptorProto,
    SourceCodeInfo,
    UninterpretedOption,
)

if TYPE_CHECKING:
    from betterproto import Message

__all__ = [
    "DescriptorProtoExtensionRange",
    "DescriptorProtoReservedRange",
    "FieldDescriptor",
    "FieldDescriptorProtoLabel",
    "FieldDescriptorProtoType",
    "FieldOptionsRead",
    "FileDescriptor",
    "FileSet",
    "MessageDescriptor",
    "layout",
    "set_fields",
    "unknown_fields",
]

# what betterproto looks up by name in this module when it reads the annotations of the base classes
_LOOKED_UP = (
    Edition, EnumDescriptorProto, FeatureSet, FieldOptionsCType, FieldOptionsEditionDefault,
    FieldOptionsFeatureSupport, FieldOptionsJsType, FieldOptionsOptionRetention, FieldOptionsOptionTargetType,
    FileOptions, MessageOptions, OneofDescriptorProto, ServiceDescriptorProto, SourceCodeInfo, UninterpretedOption,
)  # fmt: skip


@dataclass(eq=False, repr=False)
class FieldOptionsRead(FieldOptions):
    """`packed = false` and no word about it are two things."""

    packed: Optional[bool] = betterproto.bool_field(2, optional=True)  # type: ignore[assignment]  # the point of it


@dataclass(eq=False, repr=False)
class FieldDescriptor(FieldDescriptorProto):
    """Index 0, an empty default and an empty JSON name are not the same as none."""

    default_value: Optional[str] = betterproto.string_field(7, optional=True)  # type: ignore[assignment]  # as above
    oneof_index: Optional[int] = betterproto.int32_field(9, optional=True)  # type: ignore[assignment]  # as above
    json_name: Optional[str] = betterproto.string_field(10, optional=True)  # type: ignore[assignment]  # as above
    options: FieldOptionsRead = betterproto.message_field(8)  # pyright: ignore[reportIncompatibleVariableOverride]


@dataclass(eq=False, repr=False)
class MessageDescriptor(DescriptorProto):
    """A message whose fields are the ones of this module."""

    field: list[FieldDescriptor] = betterproto.message_field(2)  # type: ignore[assignment]  # a list of a subclass
    extension: list[FieldDescriptor] = betterproto.message_field(6)  # type: ignore[assignment]
    nested_type: list[MessageDescriptor] = betterproto.message_field(3)  # type: ignore[assignment]


@dataclass(eq=False, repr=False)
class FileDescriptor(FileDescriptorProto):
    """A file whose messages are the ones of this module."""

    message_type: list[MessageDescriptor] = betterproto.message_field(4)  # type: ignore[assignment]
    extension: list[FieldDescriptor] = betterproto.message_field(7)  # type: ignore[assignment]


@dataclass(eq=False, repr=False)
class FileSet(FileDescriptorSet):
    """A set of such files."""

    file: list[FileDescriptor] = betterproto.message_field(1)  # type: ignore[assignment]


# betterproto keeps a table with each class and takes that of a base class for one of its own
for _made in (FieldOptionsRead, FieldDescriptor, MessageDescriptor, FileDescriptor, FileSet):
    setattr(_made, "_betterproto_meta", betterproto.ProtoClassMetadata(_made))  # noqa: B010  # no public way


def unknown_fields(message: Message) -> bytes:
    """The bytes of the fields that betterproto's descriptor.proto does not know: custom options and newer fields."""
    content: bytes = vars(message)["_unknown_fields"]
    return content


def set_fields(message: Message) -> dict[str, Any]:
    """The fields that the bytes set, by name, also those set to their zero. Ask before any of them is looked at."""
    return {
        name: value
        for name, value in vars(message).items()
        if not name.startswith("_") and value is not betterproto.PLACEHOLDER
    }


@cache
def layout(message: type[Message]) -> dict[int, tuple[str, type[Message] | None]]:
    """The fields of a class by number: the kind of each, and the class where it is a message."""
    table: Any = getattr(message, "_betterproto")  # noqa: B009  # no public way
    return {
        number: (
            table.meta_by_field_name[name].proto_type,
            table.cls_by_field[name] if table.meta_by_field_name[name].proto_type == "message" else None,
        )
        for number, name in table.field_name_by_number.items()
    }
