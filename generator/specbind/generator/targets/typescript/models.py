"""Plans the modules of types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.emit.scope import ModuleScope, Symbol
from specbind.generator.emit.text import join
from specbind.generator.ir.model import Alias, AnyType, Enum, Object

from .docs import definition_doc, member_doc
from .imports import import_lines
from .literals import property_name
from .plan import AliasPlan, GroupPlan, InterfacePlan, MemberPlan
from .types import UNDEFINED, TypeWriter, enum_members

if TYPE_CHECKING:
    from collections.abc import Sequence

    from specbind.generator.emit.text import Code, Identifier
    from specbind.generator.ir.model import Definition, Field

    from .context import Context

__all__ = ["plan_group"]

_LINE = 90
_DEPTH = 1  # modules of types stand in the folder `models`
_UNLISTED = "Other values may come: a server may know more of them."
_VARIANTS = "Variants that are not listed may come: a `switch` over them should have a default."


def plan_group(context: Context, module: Identifier, group: Sequence[Definition]) -> GroupPlan:
    """The plan of one module of types."""
    return _GroupPlanner(context, module, group).plan()


class _GroupPlanner:
    def __init__(self, context: Context, module: Identifier, group: Sequence[Definition]) -> None:
        self._context = context
        self._module = module
        self._group = group
        self._scope = ModuleScope(taken=[context.names[found.id] for found in group])
        self._plain = TypeWriter(context.definitions, self._named)
        self._with_files = TypeWriter(context.definitions, self._named, self._bytes)

    def plan(self) -> GroupPlan:
        """Plan every definition; what they mention decides the imports."""
        interfaces = tuple(self._object(found) for found in self._group if isinstance(found, Object))
        aliases = tuple(self._alias(found) for found in self._group if isinstance(found, Alias | Enum))
        return GroupPlan(self._module, import_lines(self._scope), interfaces, aliases)

    def _named(self, id_: str) -> Code:
        module = self._context.modules[id_]
        if module == self._module:
            return self._context.names[id_]
        return self._scope.use(Symbol(f"./{module}.js", self._context.names[id_], typing_only=True))

    def _bytes(self) -> Code:
        return self._scope.use(self._context.runtime_symbol(_DEPTH, "Bytes"))

    def _writer(self, id_: str) -> TypeWriter:
        return self._with_files if id_ in self._context.usage.multipart else self._plain

    def _object(self, item: Object) -> InterfacePlan:
        writer = self._writer(item.id)
        members = tuple(self._member(item.id, field, writer) for field in item.fields)
        return InterfacePlan(
            self._context.names[item.id], definition_doc(item), members, self._index(item, members, writer)
        )

    def _member(self, owner: str, field: Field, writer: TypeWriter) -> MemberPlan:
        return MemberPlan(
            property_name(field.wire),
            writer.annotation(field.type),
            optional=not self._context.usage.is_required(owner, field),
            read_only=field.read_only,
            doc=member_doc(field, 2),
        )

    def _index(self, item: Object, members: Sequence[MemberPlan], writer: TypeWriter) -> Code | None:
        """The type of members that have no name; the named ones have to fit into it, so it has their types too."""
        types = [type_ for _, type_ in item.patterns]
        if item.additional is not None and (item.additional_declared or item.patterns):
            types.append(item.additional)
        if not item.fields and not types:
            types.append(AnyType()) if item.additional is not None else None
            return writer.annotation(*types)  # without any type: never
        if not types:
            return None
        named = [member.type for member in members]
        if any(member.optional for member in members):
            named.append(UNDEFINED)
        return writer.annotation(*types, also=tuple(named))

    def _alias(self, item: Alias | Enum) -> AliasPlan:
        name = self._context.names[item.id]
        if isinstance(item, Enum):
            told = [f"- {value.value}: {value.doc}" for value in item.values if value.doc.strip()]
            notes = ["\n".join(told)] if told else []
            doc = definition_doc(item, *notes, *([_UNLISTED] if item.open else []))
            return AliasPlan(name, doc, *_laid_out(enum_members(item)))
        members = self._writer(item.id).members(item.type)
        discriminated = getattr(item.type, "discriminator", "")
        doc = definition_doc(item, *([_VARIANTS] if discriminated else []))
        return AliasPlan(name, doc, *_laid_out(members))


def _laid_out(members: Sequence[Code]) -> tuple[Code, tuple[Code, ...]]:
    """A union in one line, and its members where that line would be long."""
    line = join(" | ", members)
    return line, tuple(members) if len(line) > _LINE else ()
