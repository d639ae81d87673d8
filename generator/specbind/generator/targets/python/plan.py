"""What each Python file will say: names, types, imports and texts all decided. Templates only print it."""

from __future__ import annotations

from msgspec import Struct

from specbind.generator.emit.text import Code, Identifier  # noqa: TC001  # msgspec may need them

__all__ = [
    "AliasPlan",
    "ArgumentPlan",
    "CredentialPlan",
    "EndpointPlan",
    "EnumPlan",
    "ExportPlan",
    "FieldPlan",
    "GroupPlan",
    "MemberPlan",
    "MethodPlan",
    "ObjectPlan",
    "OperationPlan",
    "OperationsPlan",
    "PackagePlan",
    "ReadmePlan",
    "ResourcePlan",
    "ServerPlan",
    "WebhookBodiesPlan",
]


class MemberPlan(Struct, frozen=True):
    """A member of an enum."""

    name: Identifier
    value: Code
    doc: Code | None


class EnumPlan(Struct, frozen=True):
    """An enum class."""

    name: Identifier
    base: Identifier
    doc: Code
    members: tuple[MemberPlan, ...]


class FieldPlan(Struct, frozen=True):
    """A field of a model."""

    name: Identifier
    annotation: Code
    default: Code | None
    doc: Code | None


class ObjectPlan(Struct, frozen=True):
    """A model class."""

    name: Identifier
    base: Identifier
    arguments: Code
    doc: Code
    fields: tuple[FieldPlan, ...]


class AliasPlan(Struct, frozen=True):
    """A type alias; `variants` (arguments of `Variant`) are there when it is a union class at run time."""

    name: Identifier
    annotation: Code
    doc: Code | None
    variants: tuple[Code, ...] = ()
    discriminator: Code | None = None


class GroupPlan(Struct, frozen=True):
    """One module of types."""

    module: Identifier
    imports: Code
    exports: Code
    enums: tuple[EnumPlan, ...]
    objects: tuple[ObjectPlan, ...]
    aliases: tuple[AliasPlan, ...]
    type_alias: Identifier | None
    shaped_union: Identifier | None
    variant: Identifier | None


class ExportPlan(Struct, frozen=True):
    """A lazily loaded name and the submodule that has it (None where the name is the submodule).

    `module` is relative to the package: `client`, or `._runtime` for a runtime beside it.
    """

    name: Identifier
    module: Code | None


class ArgumentPlan(Struct, frozen=True):
    """An argument of a method."""

    name: Identifier
    annotation: Code
    required: bool
    positional: bool
    sample: Code


class OperationPlan(Struct, frozen=True):
    """One descriptor, a module-level constant."""

    constant: Identifier
    id: Code
    method: Code
    pieces: Code
    fixed_query: Code | None
    query: tuple[Code, ...]
    headers: tuple[Code, ...]
    cookies: tuple[Code, ...]
    body: tuple[Code, ...]
    body_required: bool
    replies: tuple[Code, ...]
    security: Code | None
    servers: tuple[Code, ...]
    idempotent: bool
    safe: bool
    deprecated: bool
    returns: Code
    doc: Code


class OperationsPlan(Struct, frozen=True):
    """One module of descriptors."""

    module: Identifier
    imports: Code
    exports: Code
    operations: tuple[OperationPlan, ...]
    operation: Identifier
    body: Identifier | None
    doc: Code


class MethodPlan(Struct, frozen=True):
    """One method of a resource."""

    name: Identifier
    constant: Identifier
    arguments: tuple[ArgumentPlan, ...]
    call: tuple[Identifier, ...]
    returns: Code
    sync_returns: Code
    call_name: Identifier
    cast: Identifier | None
    headers: Code | None
    doc: Code
    deprecated: Code | None


class ResourcePlan(Struct, frozen=True):
    """One module with a resource class, asynchronous and synchronous."""

    module: Identifier
    attribute: Identifier
    name: Identifier
    operations: Identifier
    imports: Code
    exports: Code
    base: Identifier
    sync_base: Identifier
    as_raw: Identifier
    as_raw_sync: Identifier
    as_raw_with_headers: Identifier | None
    as_raw_sync_with_headers: Identifier | None
    unset: Identifier
    unset_type: Identifier
    headers_like: Identifier
    query_like: Identifier
    timeout: Identifier
    float: Identifier
    deprecated: Identifier | None
    methods: tuple[MethodPlan, ...]
    doc: Code
    line: Code
    module_doc: Code


class CredentialPlan(Struct, frozen=True):
    """A credential class."""

    name: Identifier
    base: Identifier
    doc: Code
    basic: bool
    scheme: Code
    values: tuple[tuple[Identifier, Code], ...]


class EndpointPlan(Struct, frozen=True):
    """One method of the server skeleton."""

    name: Identifier
    module: Identifier
    constant: Identifier
    arguments: tuple[ArgumentPlan, ...]
    keywords: Code
    has_keywords: bool
    returns: Code
    doc: Code
    id: Code


class ServerPlan(Struct, frozen=True):
    """The server skeleton."""

    imports: Code
    base: Identifier
    endpoint: Identifier
    class_var: Identifier
    unset: Identifier | None
    endpoints: tuple[EndpointPlan, ...]
    schemes: tuple[Identifier, ...]
    base_path: Code | None


class WebhookBodiesPlan(Struct, frozen=True):
    """What a received webhook is parsed by: (constant, annotation of its body)."""

    imports: Code
    webhook: Identifier
    operations: Identifier
    bodies: tuple[tuple[Identifier, Code], ...]


class ReadmePlan(Struct, frozen=True):
    """The pages of a stand-alone package."""

    distribution: Code
    version: Code
    description: Code
    title: Code
    resource: Identifier | None
    method: Identifier | None
    arguments: Code
    base_url: Code
    placeholder: bool
    credential: Code | None
    imports: Code
    operation_count: Code
    with_core: bool


class PackagePlan(Struct, frozen=True):
    """A whole package."""

    package: Identifier
    runtime: Code
    doc: Code
    groups: tuple[GroupPlan, ...]
    model_exports: tuple[ExportPlan, ...]
    operations: tuple[OperationsPlan, ...]
    resources: tuple[ResourcePlan, ...]
    credentials: tuple[CredentialPlan, ...]
    credentials_imports: Code
    server: ServerPlan
    servers: tuple[Code, ...]
    webhooks: ServerPlan | None
    webhook_bodies: WebhookBodiesPlan | None
    exports: tuple[ExportPlan, ...]
    client_doc: Code
    sync_client_doc: Code
    models_doc: Code
    auth_doc: Code
    server_doc: Code
    base_url: Code
    readme: ReadmePlan
