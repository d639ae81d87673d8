"""Types and definitions of the model: what values look like. `specbind.generator.ir.model` has them all."""

from __future__ import annotations

from enum import Enum as PythonEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import UNSET, Struct, UnsetType

__all__ = [
    "Alias",
    "AnyType",
    "Constraints",
    "Definition",
    "Enum",
    "EnumTraits",
    "EnumValue",
    "Extension",
    "Field",
    "Json",
    "ListType",
    "LiteralType",
    "MapType",
    "MessageTraits",
    "NeverType",
    "Node",
    "NullableType",
    "Object",
    "Oneof",
    "Options",
    "Presence",
    "Ref",
    "Scalar",
    "ScalarKind",
    "TupleType",
    "Type",
    "UnionType",
    "Variant",
    "WireForm",
]

if TYPE_CHECKING:
    Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
else:
    Json = Any  # msgspec cannot resolve a recursive alias; Any is what it decodes to


class ScalarKind(PythonEnum):
    """The scalar kinds. `integer` has no bounds, `number` is a JSON number; `binary` is raw bytes outside JSON."""

    STRING = "string"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    INT32 = "int32"
    INT64 = "int64"
    UINT32 = "uint32"
    UINT64 = "uint64"
    NUMBER = "number"
    FLOAT = "float"
    DOUBLE = "double"
    BINARY = "binary"


class Presence(PythonEnum):
    """Whether a value must be there. `implicit` is proto3's zero-means-absent."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    IMPLICIT = "implicit"


class Constraints(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Validation keywords as the spec states them; absent keywords are None."""

    minimum: int | float | None = None
    maximum: int | float | None = None
    exclusive_minimum: int | float | None = None
    exclusive_maximum: int | float | None = None
    multiple_of: int | float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    min_items: int | None = None
    max_items: int | None = None
    unique_items: bool = False
    min_properties: int | None = None
    max_properties: int | None = None


class Node(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="kind"):
    """Base of every tagged part of the model."""


# --- type expressions: anonymous, may stand anywhere ---------------------------------------------------------------


class Scalar(Node, frozen=True, tag="scalar"):
    """A string, number, boolean or raw bytes. `format` is the spec's word (`date-time`, `uuid`, `byte`, ...), or "".

    Of a proto, `format` names the wire form where the kind alone does not: `sint32`, `sint64`, `fixed32`, `fixed64`,
    `sfixed32`, `sfixed64`.
    """

    scalar: ScalarKind
    format: str = ""
    constraints: Constraints | None = None


class LiteralType(Node, frozen=True, tag="literal"):
    """Exactly one JSON value (`const`)."""

    value: Json


class ListType(Node, frozen=True, tag="list"):
    """An array with items of one type."""

    item: Type
    constraints: Constraints | None = None


class TupleType(Node, frozen=True, tag="tuple"):
    """An array with a type per position (`prefixItems`); `rest` types the items after them, None if there are none."""

    items: tuple[Type, ...]
    rest: Type | None = None


class MapType(Node, frozen=True, tag="map"):
    """Keys of one kind (strings where `key` is None), values of one type."""

    value: Type
    constraints: Constraints | None = None
    key: Scalar | None = None


class Ref(Node, frozen=True, tag="ref"):
    """A definition of this Api, by its id."""

    id: str


class NullableType(Node, frozen=True, tag="nullable"):
    """The item or null."""

    item: Type


class AnyType(Node, frozen=True, tag="any"):
    """Any JSON value. `degraded` says that the spec states more than the model could carry."""

    degraded: bool = False


class NeverType(Node, frozen=True, tag="never"):
    """No value fits (schema `false`)."""


class Variant(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One member of a union; `tags` are the discriminator values that select it."""

    type: Type
    tags: tuple[str, ...] = ()


class UnionType(Node, frozen=True, tag="union"):
    """One of several types, told apart by `discriminator` (a wire name) or, where it is "", by shape.

    Never nested and never nullable inside: null stands outside as a NullableType. A variant may refer to an Alias of a
    union that has a discriminator of its own.
    """

    variants: tuple[Variant, ...]
    discriminator: str = ""
    exclusive: bool = True


Type: TypeAlias = (
    Scalar | LiteralType | ListType | TupleType | MapType | Ref | NullableType | AnyType | NeverType | UnionType
)


# --- definitions: named, referred to by id -------------------------------------------------------------------------


Options: TypeAlias = "tuple[tuple[str, Json], ...]"
"""Options of a proto that the model has no member for: (full name of the option, its value in ProtoJSON).

An option whose definition is not known stands under its number (`#50001`), its bytes in base64.
"""


class WireForm(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How a proto's field is written where the number and type do not say it.

    `packed`: a list of numbers is one length-prefixed run. `delimited`: a message stands between two marks (a group)
    instead of after its length. `any_text`: a string may hold bytes that are no UTF-8.
    """

    packed: bool = False
    delimited: bool = False
    any_text: bool = False


class Field(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A member of an object. `default` is the spec's default, never applied by a client on its own.

    Of a proto, `number` is the field's, `json` its name in ProtoJSON where that differs from `wire`, `oneof` names the
    oneof that it belongs to, and `default` stands in ProtoJSON (64-bit integers as numbers; for a float also
    `"NaN"`, `"Infinity"`, `"-Infinity"`; bytes in base64; an enum's value by name).
    """

    wire: str
    type: Type
    presence: Presence
    doc: str = ""
    default: Json | UnsetType = UNSET
    deprecated: bool = False
    read_only: bool = False
    write_only: bool = False
    number: int | None = None
    source: str = ""
    json: str | None = None
    oneof: str = ""
    form: WireForm | None = None
    options: Options = ()


class Oneof(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Fields of which at most one is set; they name it in `Field.oneof`."""

    name: str
    doc: str = ""
    source: str = ""
    options: Options = ()


class MessageTraits(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What only a proto's message has. Ranges are (first, last), both included.

    `extension_ranges` are the numbers open to extensions; reserved ranges and names must not be used again.
    `message_set` marks the old set format, `loose_json` that ProtoJSON is served as well as it goes.
    """

    oneofs: tuple[Oneof, ...] = ()
    extension_ranges: tuple[tuple[int, int], ...] = ()
    reserved_ranges: tuple[tuple[int, int], ...] = ()
    reserved_names: tuple[str, ...] = ()
    message_set: bool = False
    loose_json: bool = False
    options: Options = ()


class Object(Node, frozen=True, tag="object"):
    """A record. `fields` include those inherited by allOf, `bases` name where they came from.

    `additional` types members beside the fields: AnyType where the spec says nothing, None where it forbids them;
    `additional_declared` tells a stated `additionalProperties` from the silent default.
    `failure` marks an answer of this type as an error whatever its status (`x-specbind-failure`).
    A message of a proto has its full name as `id`; `package` is the part of it that is the proto package, the names of
    the messages around it follow. `traits` are None for everything else.
    """

    id: str
    fields: tuple[Field, ...]
    doc: str = ""
    source: str = ""
    bases: tuple[str, ...] = ()
    additional: Type | None = None
    additional_declared: bool = False
    patterns: tuple[tuple[str, Type], ...] = ()
    constraints: Constraints | None = None
    deprecated: bool = False
    failure: bool = False
    examples: tuple[Json, ...] = ()
    package: str = ""
    traits: MessageTraits | None = None


class EnumValue(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One value of an enum; `name` is a name that the spec gives (`x-enum-varnames`), or ""."""

    value: str | int | float | bool | None
    name: str = ""
    doc: str = ""
    deprecated: bool = False
    options: Options = ()


class EnumTraits(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What only a proto's enum has. Ranges are (first, last), both included."""

    reserved_ranges: tuple[tuple[int, int], ...] = ()
    reserved_names: tuple[str, ...] = ()
    loose_json: bool = False
    options: Options = ()


class Enum(Node, frozen=True, tag="enum"):
    """A set of known values; open unless the spec says otherwise. `scalar` is None for values of mixed kinds.

    An enum of a proto has numbers as values, each with a name, which is what ProtoJSON writes; several names may share
    a number. Its first value is the default. `id` and `package` are as for an Object.
    """

    id: str
    values: tuple[EnumValue, ...]
    scalar: ScalarKind | None
    doc: str = ""
    source: str = ""
    open: bool = True
    deprecated: bool = False
    package: str = ""
    traits: EnumTraits | None = None


class Alias(Node, frozen=True, tag="alias"):
    """A name for a type expression, which may mention the alias itself inside a list, tuple or map."""

    id: str
    type: Type
    doc: str = ""
    source: str = ""
    deprecated: bool = False


Definition: TypeAlias = Object | Enum | Alias


class Extension(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A field that a proto adds to a message defined elsewhere.

    `id` is its full name, `[id]` its name in ProtoJSON; `extendee` is the message's id, `package` the proto package
    that the extension stands in.
    """

    id: str
    extendee: str
    field: Field
    package: str = ""
