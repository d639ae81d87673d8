"""The OpenAPI document as a typed tree in the shape of version 3.1; every part knows its location.

References are followed for everything but schemas: a `Schema` keeps where its `$ref` leads, since schemas may be
recursive. Older versions are lifted to this shape while they are read.
"""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from specbind.generator.ir.model import Constraints, Json  # noqa: TC001 - msgspec reads annotations at run time

__all__ = [
    "Callback",
    "Discriminator",
    "Document",
    "Encoding",
    "Flow",
    "Link",
    "MediaType",
    "Operation",
    "Parameter",
    "PathItem",
    "RequestBody",
    "Requirement",
    "Response",
    "Schema",
    "SecurityScheme",
    "Server",
    "ServerVariable",
]


class Discriminator(Struct, frozen=True):
    """`mapping` leads from values to locations of schemas; None where the value leads nowhere."""

    property: str
    mapping: dict[str, str | None] = {}


class Schema(Struct, frozen=True, gc=False):
    """A JSON schema. `gc=False` is safe: a tree of schemas has no cycles, recursion goes through `ref`.

    `ref` is the location that `$ref` leads to, None for one that leads nowhere. `degraded` marks a schema with a
    part that could not be read. `boolean` is set for `true` and `false` in place of a schema.
    """

    place: str
    ref: str | None = ""
    boolean: bool | None = None
    types: tuple[str, ...] = ()
    nullable: bool = False
    format: str = ""
    title: str = ""
    description: str = ""
    default: Json | UnsetType = UNSET
    const: Json | UnsetType = UNSET
    enum: tuple[Json, ...] | None = None
    properties: dict[str, Schema] = {}
    required: tuple[str, ...] = ()
    additional: Schema | None = None
    patterns: dict[str, Schema] = {}
    items: Schema | None = None
    prefix: tuple[Schema, ...] = ()
    all_of: tuple[Schema, ...] = ()
    one_of: tuple[Schema, ...] = ()
    any_of: tuple[Schema, ...] = ()
    discriminator: Discriminator | None = None
    constraints: Constraints | None = None
    read_only: bool = False
    write_only: bool = False
    deprecated: bool = False
    media: str = ""
    encoding: str = ""
    content: Schema | None = None
    examples: tuple[Json, ...] = ()
    value_names: tuple[str, ...] = ()
    value_docs: tuple[str, ...] = ()
    failure: bool = False
    degraded: bool = False

    @property
    def doc(self) -> str:
        """The description, else the title."""
        return self.description or self.title


class Encoding(Struct, frozen=True):
    """How one member of a form or multipart body is written; None and "" where the default holds."""

    place: str
    media: str = ""
    style: str = ""
    explode: bool | None = None
    allow_reserved: bool = False
    headers: tuple[Parameter, ...] = ()


class MediaType(Struct, frozen=True):
    """A media type with its schema; `item` is 3.2's itemSchema."""

    place: str
    media: str
    schema: Schema | None = None
    item: Schema | None = None
    encoding: dict[str, Encoding] = {}


class Parameter(Struct, frozen=True):
    """A parameter or a header (`location` "header")."""

    place: str
    name: str
    location: str
    description: str = ""
    required: bool = False
    deprecated: bool = False
    allow_empty: bool = False
    allow_reserved: bool = False
    style: str = ""
    explode: bool | None = None
    schema: Schema | None = None
    content: tuple[MediaType, ...] = ()


class RequestBody(Struct, frozen=True):
    """A request body."""

    place: str
    description: str = ""
    required: bool = False
    content: tuple[MediaType, ...] = ()


class Link(Struct, frozen=True):
    """A link of a response to another operation, named by id or by reference."""

    place: str
    name: str
    operation_id: str = ""
    operation_ref: str = ""
    parameters: tuple[tuple[str, Json], ...] = ()
    body: Json | UnsetType = UNSET
    description: str = ""
    server: Server | None = None


class Response(Struct, frozen=True):
    """A response; `status` is the key it stands under."""

    place: str
    status: str
    description: str = ""
    content: tuple[MediaType, ...] = ()
    headers: tuple[Parameter, ...] = ()
    links: tuple[Link, ...] = ()


class ServerVariable(Struct, frozen=True):
    """A variable of a server's URL."""

    name: str
    default: str = ""
    values: tuple[str, ...] = ()
    description: str = ""


class Server(Struct, frozen=True):
    """A server; `url` is a template."""

    place: str
    url: str
    description: str = ""
    variables: tuple[ServerVariable, ...] = ()


Requirement = tuple[tuple[str, tuple[str, ...]], ...]
"""Schemes that are needed together, each with its scopes."""


class Operation(Struct, frozen=True):
    """An operation. `security` and `servers` are None where the operation says nothing about them."""

    place: str
    method: str
    id: str = ""
    summary: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    body: RequestBody | None = None
    responses: tuple[Response, ...] = ()
    deprecated: bool = False
    security: tuple[Requirement, ...] | None = None
    servers: tuple[Server, ...] | None = None
    name: str = ""
    idempotent: bool | None = None
    callbacks: tuple[Callback, ...] = ()


class PathItem(Struct, frozen=True):
    """The operations under one path (or webhook name), with what they share."""

    place: str
    path: str
    summary: str = ""
    description: str = ""
    operations: tuple[Operation, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    servers: tuple[Server, ...] | None = None


class Callback(Struct, frozen=True):
    """Requests that the server makes; the path of `item` is a runtime expression. `place` is that of the callback."""

    place: str
    name: str
    item: PathItem


class Flow(Struct, frozen=True):
    """An OAuth 2 flow."""

    place: str
    name: str
    authorization_url: str = ""
    device_url: str = ""
    token_url: str = ""
    refresh_url: str = ""
    scopes: tuple[tuple[str, str], ...] = ()


class SecurityScheme(Struct, frozen=True):
    """A security scheme; only the members of its type are set."""

    place: str
    id: str
    type: str
    description: str = ""
    wire: str = ""
    location: str = ""
    scheme: str = ""
    bearer_format: str = ""
    flows: tuple[Flow, ...] = ()
    open_id_url: str = ""
    metadata_url: str = ""


class Document(Struct, frozen=True):
    """A whole document. `tags` leads from names to descriptions."""

    version: str
    title: str = ""
    api_version: str = ""
    description: str = ""
    servers: tuple[Server, ...] = ()
    tags: dict[str, str] = {}
    paths: tuple[PathItem, ...] = ()
    webhooks: tuple[PathItem, ...] = ()
    schemas: dict[str, Schema] = {}
    security_schemes: tuple[SecurityScheme, ...] = ()
    security: tuple[Requirement, ...] = ()
