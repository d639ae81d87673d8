"""What each TypeScript file will say: names, types, imports and texts all decided. Templates only print it."""

from __future__ import annotations

from msgspec import Struct

from specbind.generator.emit.text import Code, Identifier  # noqa: TC001  # msgspec may need them

__all__ = [
    "AliasPlan",
    "ApiPlan",
    "GroupPlan",
    "InterfacePlan",
    "MemberPlan",
    "OperationPlan",
    "OperationsPlan",
    "PackagePlan",
    "ProjectPlan",
    "SectionPlan",
    "ShapePlan",
]


class MemberPlan(Struct, frozen=True):
    """A member of an interface or of a group of arguments."""

    name: Code
    type: Code
    optional: bool
    read_only: bool = False
    doc: Code | None = None


class InterfacePlan(Struct, frozen=True):
    """An object type; `index` types the members beside those that are named."""

    name: Identifier
    doc: Code
    members: tuple[MemberPlan, ...]
    index: Code | None


class AliasPlan(Struct, frozen=True):
    """A type alias; `members` of its union have a line each, where there are any."""

    name: Identifier
    doc: Code
    type: Code
    members: tuple[Code, ...]


class GroupPlan(Struct, frozen=True):
    """One module of types."""

    module: Identifier
    imports: Code
    interfaces: tuple[InterfacePlan, ...]
    aliases: tuple[AliasPlan, ...]


class SectionPlan(Struct, frozen=True):
    """A group of members in the types of an operation: its path, query, header or cookie parameters, or headers."""

    name: Code
    members: tuple[MemberPlan, ...]
    optional: bool


class ShapePlan(Struct, frozen=True):
    """The types of one operation."""

    name: Identifier
    doc: Code
    sections: tuple[SectionPlan, ...]
    members: tuple[MemberPlan, ...]
    responses: tuple[MemberPlan, ...]


class OperationPlan(Struct, frozen=True):
    """One descriptor: `members` are (name, value), `lists` (name, values) with a line for each value."""

    constant: Identifier
    doc: Code
    shape: ShapePlan
    members: tuple[tuple[Identifier, Code], ...]
    lists: tuple[tuple[Identifier, tuple[Code, ...]], ...]


class OperationsPlan(Struct, frozen=True):
    """One module of descriptors."""

    module: Identifier
    doc: Code
    imports: Code
    operation: Identifier | None
    operations: tuple[OperationPlan, ...]


class ApiPlan(Struct, frozen=True):
    """The API as a whole: `members` are (name, value), `lists` (name, values) with a line for each value."""

    doc: Code
    members: tuple[tuple[Identifier, Code], ...]
    lists: tuple[tuple[Identifier, tuple[Code, ...]], ...]


class ProjectPlan(Struct, frozen=True):
    """The pages of a project that stands alone."""

    name: Code
    description: Code
    title: Code
    operation_count: Code
    module: Identifier | None
    constant: Identifier | None


class PackagePlan(Struct, frozen=True):
    """A whole package. `runtime` is the folder of the runtime, from the package's root."""

    runtime: Code
    api: ApiPlan
    groups: tuple[GroupPlan, ...]
    operations: tuple[OperationsPlan, ...]
    project: ProjectPlan
