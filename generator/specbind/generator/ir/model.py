"""The language-neutral model of an API: what OpenAPI and proto documents are lowered to, and all that a target sees.

No identifiers and no words of any language stand here. Text (ids, docs, wire names, paths) is as the spec has it and
therefore hostile: a target prints it only through the safe text types of `specbind.generator.emit`.
`specbind ir SPEC` prints an `Api` as JSON.
"""

from __future__ import annotations

from enum import Enum as PythonEnum
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
from msgspec import UNSET, Struct, UnsetType

__all__ = [
    "SCHEMA_VERSION",
    "Alias",
    "AnyType",
    "Api",
    "ApiKeyScheme",
    "Binding",
    "Body",
    "Constraints",
    "Definition",
    "Enum",
    "EnumValue",
    "Field",
    "GrpcBinding",
    "HttpBinding",
    "HttpScheme",
    "Json",
    "ListType",
    "LiteralType",
    "MapType",
    "NeverType",
    "NullableType",
    "OAuth2Scheme",
    "Object",
    "OpenIdScheme",
    "Operation",
    "OtherScheme",
    "Parameter",
    "Part",
    "PathPiece",
    "Payload",
    "Presence",
    "Ref",
    "Response",
    "Scalar",
    "ScalarKind",
    "SecurityScheme",
    "Server",
    "Service",
    "StreamKind",
    "TupleType",
    "Type",
    "UnionType",
    "Variant",
]

SCHEMA_VERSION = 1

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


class StreamKind(PythonEnum):
    """Which side of a call sends many messages."""

    NONE = "none"
    CLIENT = "client"
    SERVER = "server"
    BOTH = "both"


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


class _Node(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="kind"):
    """Base of every tagged part of the model."""


# --- type expressions: anonymous, may stand anywhere ---------------------------------------------------------------


class Scalar(_Node, frozen=True, tag="scalar"):
    """A string, number, boolean or raw bytes. `format` is the spec's word (`date-time`, `uuid`, `byte`, ...), or ""."""

    scalar: ScalarKind
    format: str = ""
    constraints: Constraints | None = None


class LiteralType(_Node, frozen=True, tag="literal"):
    """Exactly one JSON value (`const`)."""

    value: Json


class ListType(_Node, frozen=True, tag="list"):
    """An array with items of one type."""

    item: Type
    constraints: Constraints | None = None


class TupleType(_Node, frozen=True, tag="tuple"):
    """An array with a type per position (`prefixItems`); `rest` types the items after them, None if there are none."""

    items: tuple[Type, ...]
    rest: Type | None = None


class MapType(_Node, frozen=True, tag="map"):
    """String keys, values of one type."""

    value: Type
    constraints: Constraints | None = None


class Ref(_Node, frozen=True, tag="ref"):
    """A definition of this Api, by its id."""

    id: str


class NullableType(_Node, frozen=True, tag="nullable"):
    """The item or null."""

    item: Type


class AnyType(_Node, frozen=True, tag="any"):
    """Any JSON value. `degraded` says that the spec states more than the model could carry."""

    degraded: bool = False


class NeverType(_Node, frozen=True, tag="never"):
    """No value fits (schema `false`)."""


class Variant(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One member of a union; `tags` are the discriminator values that select it."""

    type: Type
    tags: tuple[str, ...] = ()


class UnionType(_Node, frozen=True, tag="union"):
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


class Field(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A member of an object. `default` is the spec's default, never applied by a client on its own."""

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


class Object(_Node, frozen=True, tag="object"):
    """A record. `fields` include those inherited by allOf, `bases` name where they came from.

    `additional` types members beside the fields: AnyType where the spec says nothing, None where it forbids them;
    `additional_declared` tells a stated `additionalProperties` from the silent default.
    `failure` marks an answer of this type as an error whatever its status (`x-specbind-failure`).
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


class EnumValue(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One value of an enum; `name` is a name that the spec gives (`x-enum-varnames`), or ""."""

    value: str | int | float | bool | None
    name: str = ""
    doc: str = ""
    deprecated: bool = False


class Enum(_Node, frozen=True, tag="enum"):
    """A set of known values; open unless the spec says otherwise. `scalar` is None for values of mixed kinds."""

    id: str
    values: tuple[EnumValue, ...]
    scalar: ScalarKind | None
    doc: str = ""
    source: str = ""
    open: bool = True
    deprecated: bool = False


class Alias(_Node, frozen=True, tag="alias"):
    """A name for a type expression."""

    id: str
    type: Type
    doc: str = ""
    source: str = ""
    deprecated: bool = False


Definition: TypeAlias = Object | Enum | Alias


# --- operations ----------------------------------------------------------------------------------------------------


class Parameter(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A parameter of an operation. `location` is path, query, header, cookie or querystring.

    `style` and `explode` are resolved (no defaults left to apply); `media` is set where `content:` serialises it.
    """

    wire: str
    location: str
    type: Type
    style: str
    explode: bool
    presence: Presence = Presence.OPTIONAL
    allow_reserved: bool = False
    allow_empty: bool = False
    media: str = ""
    doc: str = ""
    default: Json | UnsetType = UNSET
    deprecated: bool = False
    source: str = ""


class Part(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How one field of a form or multipart body is written (OpenAPI's Encoding Object)."""

    wire: str
    media: str = ""
    style: str = "form"
    explode: bool = True
    allow_reserved: bool = False
    headers: tuple[Parameter, ...] = ()


class Payload(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One media type of a body. `item` types the members of a sequence (server-sent events, JSON lines).

    `failure` is the definition that an answer with a good status may turn out to be instead (`Object.failure`).
    """

    media: str
    type: Type
    parts: tuple[Part, ...] = ()
    item: Type | None = None
    failure: Ref | None = None


class Body(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The request body: at least one payload."""

    payloads: tuple[Payload, ...]
    required: bool = False
    doc: str = ""
    source: str = ""


class Response(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """An answer by status: "200", "4XX" or "default". `error` says whether a client raises it."""

    status: str
    payloads: tuple[Payload, ...] = ()
    headers: tuple[Parameter, ...] = ()
    error: bool = False
    doc: str = ""
    links: tuple[tuple[str, Json], ...] = ()
    source: str = ""


class PathPiece(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A stretch of the path: literal text (with its slashes, already percent-encoded), or a parameter's wire name."""

    text: str = ""
    parameter: str = ""


class HttpBinding(_Node, frozen=True, tag="http"):
    """Method and path; `path` is the template as written, `pieces` the same cut up, `query` a fixed query string."""

    method: str
    path: str
    pieces: tuple[PathPiece, ...]
    query: str = ""


class GrpcBinding(_Node, frozen=True, tag="grpc"):
    """The rpc's full path and its streaming kind."""

    path: str
    stream: StreamKind = StreamKind.NONE


Binding: TypeAlias = HttpBinding | GrpcBinding


class Server(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A base URL; `variables` are (name, default, allowed values, doc)."""

    url: str
    doc: str = ""
    variables: tuple[tuple[str, str, tuple[str, ...], str], ...] = ()


class Operation(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One call. `id` is unique in the Api; `name` is a shorter one for use within its service, or "".

    `security` lists alternatives, each a set of scheme ids with the scopes needed; an empty alternative is anonymous,
    an empty tuple means that none is stated. `safe` and `idempotent` follow the method and `x-specbind-idempotent`.
    """

    id: str
    binding: Binding
    name: str = ""
    summary: str = ""
    doc: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    responses: tuple[Response, ...] = ()
    security: tuple[tuple[tuple[str, tuple[str, ...]], ...], ...] = ()
    servers: tuple[Server, ...] = ()
    safe: bool = False
    idempotent: bool = False
    deprecated: bool = False
    tags: tuple[str, ...] = ()
    source: str = ""


class Service(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A group of operations: a tag's, or a proto service. The id of the group without a tag is ""."""

    id: str
    operations: tuple[Operation, ...]
    doc: str = ""


class ApiKeyScheme(_Node, frozen=True, tag="apiKey"):
    """A key in a header, query or cookie."""

    id: str
    wire: str
    location: str
    doc: str = ""


class HttpScheme(_Node, frozen=True, tag="http-auth"):
    """An Authorization scheme: `basic`, `bearer` or another, in lower case."""

    id: str
    scheme: str
    bearer_format: str = ""
    doc: str = ""


class OAuth2Scheme(_Node, frozen=True, tag="oauth2"):
    """OAuth 2.0; `flows` are (flow, authorization URL, token URL, refresh URL, scopes)."""

    id: str
    flows: tuple[tuple[str, str, str, str, tuple[tuple[str, str], ...]], ...] = ()
    doc: str = ""


class OpenIdScheme(_Node, frozen=True, tag="openIdConnect"):
    """OpenID Connect discovery."""

    id: str
    url: str
    doc: str = ""


class OtherScheme(_Node, frozen=True, tag="other"):
    """A scheme that the model does not know further (mutualTLS and others)."""

    id: str
    type: str
    doc: str = ""


SecurityScheme: TypeAlias = ApiKeyScheme | HttpScheme | OAuth2Scheme | OpenIdScheme | OtherScheme


class Api(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A whole API. `schema` is the version of this model's JSON form, `spec_sha256` the hash of the bytes read."""

    schema: int
    name: str
    version: str
    title: str = ""
    doc: str = ""
    definitions: tuple[Definition, ...] = ()
    services: tuple[Service, ...] = ()
    webhooks: tuple[Operation, ...] = ()
    security_schemes: tuple[SecurityScheme, ...] = ()
    servers: tuple[Server, ...] = ()
    spec_sha256: str = ""


def dump(api: Api) -> bytes:
    """The Api as indented JSON, keys in the order of the model, ending in a line break."""
    return msgspec.json.format(msgspec.json.encode(api), indent=2) + b"\n"


def load(data: bytes) -> Api:
    """Read what `dump` wrote. Raises msgspec.ValidationError."""
    return msgspec.json.decode(data, type=Api)
