"""What each Python file of protos will say. Templates only print it."""

from __future__ import annotations

from msgspec import Struct

from specbind.generator.emit.text import Code, Identifier  # noqa: TC001  # msgspec may need them
from specbind.generator.targets.python.plan import EnumPlan, ExportPlan, FieldPlan  # noqa: TC001  # as above

__all__ = [
    "ExtensionPlan",
    "ExtensionsPlan",
    "MessageGroupPlan",
    "MessagePlan",
    "ProtoEnumPlan",
    "ProtoPackagePlan",
    "ProtoPlan",
    "RpcPlan",
    "ServicePlan",
    "ServicesPlan",
]


class MessagePlan(Struct, frozen=True):
    """A message class; `table` is its field table."""

    name: Identifier
    base: Identifier
    doc: Code
    fields: tuple[FieldPlan, ...]
    table: Code


class ProtoEnumPlan(Struct, frozen=True):
    """An enum class; `renamed` are pairs of a member and the name that the proto gives it."""

    enum: EnumPlan
    renamed: Code | None


class AliasPlan(Struct, frozen=True):
    """Another name for a class of the module."""

    name: Identifier
    type: Identifier
    value: Identifier


class MessageGroupPlan(Struct, frozen=True):
    """One module of messages and enums."""

    module: Identifier
    imports: Code
    exports: Code
    enums: tuple[ProtoEnumPlan, ...]
    messages: tuple[MessagePlan, ...]
    enum_aliases: tuple[AliasPlan, ...]
    aliases: tuple[AliasPlan, ...]


class ExtensionPlan(Struct, frozen=True):
    """One extension, a module-level constant."""

    name: Identifier
    annotation: Code
    id: Code
    extendee: Code
    row: Code
    doc: Code


class ExtensionsPlan(Struct, frozen=True):
    """The module of a package's extensions."""

    module: Identifier
    imports: Code
    exports: Code
    base: Identifier
    extensions: tuple[ExtensionPlan, ...]


class RpcPlan(Struct, frozen=True):
    """One rpc: its descriptor and its method."""

    constant: Identifier
    method: Identifier
    path: Code
    request: Code
    answer: Code
    stream: Code
    idempotent: bool
    streams_in: bool
    streams_out: bool
    prefix: Code
    call: Identifier
    doc: Code
    deprecated: Code | None


class ServicePlan(Struct, frozen=True):
    """A client class and a server class."""

    client: Identifier
    server: Identifier
    client_doc: Code
    server_doc: Code
    rpcs: tuple[RpcPlan, ...]


class ServicesPlan(Struct, frozen=True):
    """The module of a package's services. The names are those that its imports have there."""

    module: Identifier
    imports: Code
    exports: Code
    services: tuple[ServicePlan, ...]
    names: dict[str, Identifier]


class ProtoPackagePlan(Struct, frozen=True):
    """One Python package: a proto package, or a step on the way to one. `folder` ends in a slash, "" at the root."""

    folder: str
    runtime: Code
    doc: Code
    exports: tuple[ExportPlan, ...]
    groups: tuple[MessageGroupPlan, ...]
    services: ServicesPlan | None
    extensions: ExtensionsPlan | None


class ProtoPlan(Struct, frozen=True):
    """Everything.

    `places` leads from the full name of a message to `.module:Class` below the root, `extensions` from the full name of
    an extended message to the extensions' full names and, from each, to `.module:CONSTANT`.
    """

    packages: tuple[ProtoPackagePlan, ...]
    places: Code
    extensions: Code | None
