"""The language-neutral model of an API: what OpenAPI and proto documents are lowered to, and all that a target sees.

No identifiers and no words of any language stand here. Text (ids, docs, wire names, paths) is as the spec has it and
therefore hostile: a target prints it only through the safe text types of `specbind.generator.emit`.
`specbind ir SPEC` prints an `Api` as JSON.
"""

from __future__ import annotations

from enum import Enum as PythonEnum
from typing import TypeAlias

import msgspec
from msgspec import UNSET, Struct, UnsetType

from .types import (
    Alias,
    AnyType,
    Constraints,
    Definition,
    Enum,
    EnumTraits,
    EnumValue,
    Extension,
    Field,
    Json,
    ListType,
    LiteralType,
    MapType,
    MessageTraits,
    NeverType,
    Node,
    NullableType,
    Object,
    Oneof,
    Options,
    Presence,
    Ref,
    Scalar,
    ScalarKind,
    TupleType,
    Type,
    UnionType,
    Variant,
    WireForm,
)

__all__ = [
    "SCHEMA_VERSION",
    "Alias",
    "AnyType",
    "Api",
    "ApiKeyScheme",
    "Binding",
    "Body",
    "Callback",
    "Constraints",
    "Definition",
    "Enum",
    "EnumTraits",
    "EnumValue",
    "Event",
    "Extension",
    "Field",
    "GrpcBinding",
    "HttpBinding",
    "HttpRule",
    "HttpScheme",
    "Json",
    "Link",
    "ListType",
    "LiteralType",
    "MapType",
    "MessageTraits",
    "MutualTlsScheme",
    "NeverType",
    "NullableType",
    "OAuth2Scheme",
    "OAuthFlow",
    "Object",
    "Oneof",
    "OpenIdScheme",
    "Operation",
    "Options",
    "OtherScheme",
    "Parameter",
    "Part",
    "PathPiece",
    "Payload",
    "Presence",
    "ProtoFile",
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
    "WireForm",
]

SCHEMA_VERSION = 1


class StreamKind(PythonEnum):
    """Which side of a call sends many messages."""

    NONE = "none"
    CLIENT = "client"
    SERVER = "server"
    BOTH = "both"


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


class Event(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A kind of server-sent event: the value of its `event` field ("" for any), and the type of its `data`."""

    name: str
    type: Type


class Payload(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One media type of a body. `item` types the members of a sequence (server-sent events, JSON lines).

    Of a server-sent event `item` is what `data` holds, as JSON unless it is a string; where the spec tells kinds of
    events apart, `events` has them and `item` is any of their types. Of a sequence without a schema for the whole,
    `type` is a list of items.
    `failure` is the definition that an answer with a good status may turn out to be instead (`Object.failure`).
    """

    media: str
    type: Type
    parts: tuple[Part, ...] = ()
    item: Type | None = None
    failure: Ref | None = None
    events: tuple[Event, ...] = ()


class Body(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The request body: at least one payload."""

    payloads: tuple[Payload, ...]
    required: bool = False
    doc: str = ""
    source: str = ""


class Link(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Another operation that can be called with values of this answer.

    `operation` is its id in this Api, "" where it is not part of it; then `reference` is what the spec writes.
    `parameters` are (wire name, perhaps with `path.` or the like before it; runtime expression or constant), `body`
    is a runtime expression or a constant.
    """

    name: str
    operation: str = ""
    reference: str = ""
    parameters: tuple[tuple[str, Json], ...] = ()
    body: Json | UnsetType = UNSET
    doc: str = ""
    server: Server | None = None
    source: str = ""


class Response(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """An answer by status: "200", "4XX" or "default". `error` says whether a client raises it."""

    status: str
    payloads: tuple[Payload, ...] = ()
    headers: tuple[Parameter, ...] = ()
    error: bool = False
    doc: str = ""
    links: tuple[Link, ...] = ()
    source: str = ""


class PathPiece(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A stretch of the path: literal text (with its slashes, already percent-encoded), or a parameter's wire name.

    `pattern` says which segments a parameter takes where that is not one of them (`shelves/*/books/*`, `**`).
    """

    text: str = ""
    parameter: str = ""
    pattern: str = ""


class HttpBinding(Node, frozen=True, tag="http"):
    """Method and path; `path` is the template as written, `pieces` the same cut up, `query` a fixed query string."""

    method: str
    path: str
    pieces: tuple[PathPiece, ...]
    query: str = ""


class HttpRule(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """An HTTP request that means the same as an rpc (`google.api.http`).

    `path` is the template as written, `pieces` the same cut up (none where it is malformed); parameters are fields of
    the request, perhaps with dots. `body` is the field that makes the body, `*` for all that the path does not
    take, "" for none; `response_body` is the field of the answer that is sent, "" for the whole.
    """

    method: str
    path: str
    pieces: tuple[PathPiece, ...] = ()
    body: str = ""
    response_body: str = ""


class GrpcBinding(Node, frozen=True, tag="grpc"):
    """The rpc's full path, its streaming kind, and the HTTP requests that a gateway takes for it."""

    path: str
    stream: StreamKind = StreamKind.NONE
    http: tuple[HttpRule, ...] = ()


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
    callbacks: tuple[Callback, ...] = ()
    options: Options = ()


class Callback(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Requests that the server makes after an operation, to the URL that `expression` (a runtime expression) gives.

    The operations are bound to the expression as their path, without pieces. A callback that several operations share
    is the same for each: the ids of its operations are then the same too.
    """

    name: str
    expression: str
    operations: tuple[Operation, ...]
    source: str = ""


class Service(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A group of operations: a tag's, or a proto service. The id of the group without a tag is "".

    A proto service has its full name as `id`, and in `package` the proto package that it stands in.
    """

    id: str
    operations: tuple[Operation, ...]
    doc: str = ""
    package: str = ""
    deprecated: bool = False
    source: str = ""
    options: Options = ()


class ProtoFile(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A proto file that was read: `path` below its root, `syntax` (`proto2`, `proto3` or an edition such as `2023`).

    `imports` are paths, `public` those of them that the file passes on, `weak` those that may be absent.
    `asked` tells a file that was named from one that others import.
    """

    path: str
    package: str
    syntax: str
    asked: bool = False
    imports: tuple[str, ...] = ()
    public: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    doc: str = ""
    deprecated: bool = False
    options: Options = ()


class ApiKeyScheme(Node, frozen=True, tag="apiKey"):
    """A key in a header, query or cookie."""

    id: str
    wire: str
    location: str
    doc: str = ""


class HttpScheme(Node, frozen=True, tag="http-auth"):
    """An Authorization scheme: `basic`, `bearer` or another, in lower case."""

    id: str
    scheme: str
    bearer_format: str = ""
    doc: str = ""


class OAuthFlow(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One way to a token: authorizationCode, clientCredentials, password, implicit or deviceAuthorization.

    URLs are as the spec has them, perhaps relative to the server's, "" where the flow has none. `scopes` are
    (name, doc).
    """

    flow: str
    authorization_url: str = ""
    device_authorization_url: str = ""
    token_url: str = ""
    refresh_url: str = ""
    scopes: tuple[tuple[str, str], ...] = ()


class OAuth2Scheme(Node, frozen=True, tag="oauth2"):
    """OAuth 2.0; `metadata_url` is that of the authorization server's metadata (RFC 8414), or ""."""

    id: str
    flows: tuple[OAuthFlow, ...] = ()
    doc: str = ""
    metadata_url: str = ""


class OpenIdScheme(Node, frozen=True, tag="openIdConnect"):
    """OpenID Connect discovery."""

    id: str
    url: str
    doc: str = ""


class MutualTlsScheme(Node, frozen=True, tag="mutualTLS"):
    """A client certificate; nothing of it stands in the request."""

    id: str
    doc: str = ""


class OtherScheme(Node, frozen=True, tag="other"):
    """A scheme that the model does not know further, or that is not declared (type `undeclared`)."""

    id: str
    type: str
    doc: str = ""


SecurityScheme: TypeAlias = ApiKeyScheme | HttpScheme | OAuth2Scheme | OpenIdScheme | MutualTlsScheme | OtherScheme


class Api(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A whole API. `schema` is the version of this model's JSON form, `spec_sha256` the hash of all that was read.

    `spec_files` are files beside the document that were read, relative to its folder, with their SHA-256 ("" for one
    that could not be read). An Api of protos holds what the files that were asked for define, and whatever of their
    imports that needs.
    """

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
    extensions: tuple[Extension, ...] = ()
    files: tuple[ProtoFile, ...] = ()
    spec_files: tuple[tuple[str, str], ...] = ()


def dump(api: Api) -> bytes:
    """The Api as indented JSON, keys in the order of the model, ending in a line break."""
    return msgspec.json.format(msgspec.json.encode(api), indent=2) + b"\n"


def load(data: bytes) -> Api:
    """Read what `dump` wrote. Raises msgspec.ValidationError."""
    return msgspec.json.decode(data, type=Api)
