"""Plans the modules of messages and enums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from specbind.generator.codes import Code as Finding
from specbind.generator.emit.scope import NameScope, Symbol
from specbind.generator.emit.text import SpecText, compose, identifier, join
from specbind.generator.ir.graph import references, types_of
from specbind.generator.ir.model import Enum, Object, Presence
from specbind.generator.targets.python._runtime.proto.table import camel
from specbind.generator.targets.python.docs import definition_doc, field_doc
from specbind.generator.targets.python.imports import import_lines, typing_symbol
from specbind.generator.targets.python.literals import docstring, literal
from specbind.generator.targets.python.plan import EnumPlan, FieldPlan, MemberPlan
from specbind.generator.targets.python.scope import ModuleScope

from .kinds import KindWriter
from .names import FIELD_RESERVED, proto_name
from .plan import AliasPlan, MessageGroupPlan, MessagePlan, ProtoEnumPlan
from .rows import row_of

if TYPE_CHECKING:
    from specbind.generator.emit.text import Identifier
    from specbind.generator.ir.model import Definition, Field

    from .context import Group, ProtoContext

__all__ = ["plan_group"]

_OPEN = "Numbers that are not listed are kept as they are."
_CLOSED = "Numbers that are not listed are kept among the unknown fields of a message."


def plan_group(context: ProtoContext, group: Group) -> MessageGroupPlan:
    """The plan of one module."""
    return _GroupPlanner(context, group).plan()


class _GroupPlanner:
    def __init__(self, context: ProtoContext, group: Group) -> None:
        self._context = context
        self._group = group
        self._messages = [item for item in group.definitions if isinstance(item, Object)]
        self._fields = {item.id: self._field_names(item) for item in self._messages}
        shadowed = [name for names in self._fields.values() for name in names]
        self._aliases = self._hidden({*(context.names[item.id] for item in group.definitions), *shadowed})
        self._scope = ModuleScope(
            taken=[*(context.names[item.id] for item in group.definitions), *self._aliases.values()],
            shadowed=shadowed,
        )
        for name in sorted(set(references(type_ for item in group.definitions for type_ in types_of(item)))):
            if name in context.modules:
                self._named(name)  # neighbours' names come before those of symbols that could be called otherwise
        self._kinds = KindWriter(context, group.package, self._scope, self._named)

    def _hidden(self, taken: set[Identifier]) -> dict[str, Identifier]:
        """Other names for classes of this module that a field of their name hides where an annotation needs them."""
        found: dict[str, Identifier] = {}
        names = {item.id: self._context.names[item.id] for item in self._group.definitions}
        for item in self._messages:
            for id_ in references(types_of(item)):
                if id_ in names and names[id_] in self._fields[item.id] and id_ not in found:
                    alias = identifier(f"{names[id_]}_")
                    while alias in taken:
                        alias = identifier(f"{alias}_")
                    taken.add(alias)
                    found[id_] = alias
        return found

    def _named(self, id_: str) -> Identifier:
        package, module = self._context.modules[id_]
        if (package, module) == (self._group.package, self._group.module):
            return self._aliases.get(id_) or self._context.names[id_]
        where = self._context.module_from(self._group.package, package, module)
        return self._scope.use(Symbol(where, self._context.names[id_]))

    def _runtime(self, module: str, name: str) -> Identifier:
        return self._scope.use(self._context.runtime_symbol(self._group.package, module, name))

    def plan(self) -> MessageGroupPlan:
        """Plan enums and messages; what they mention decides the imports."""
        enums = tuple(self._enum(item) for item in self._group.definitions if isinstance(item, Enum))
        messages = tuple(map(self._message, self._messages))
        alias_type = self._scope.use(typing_symbol("TypeAlias")) if self._aliases else identifier("TypeAlias")
        enum_aliases, aliases = (
            tuple(
                AliasPlan(alias, alias_type, self._context.names[item.id])
                for item in self._group.definitions
                if isinstance(item, kind) and (alias := self._aliases.get(item.id))
            )
            for kind in (Enum, Object)
        )
        return MessageGroupPlan(
            proto_name(self._group.module, "group_"),
            import_lines(self._scope),
            literal(sorted(self._context.names[item.id] for item in self._group.definitions)),
            enums,
            messages,
            enum_aliases,
            aliases,
        )

    # --- enums

    def _enum(self, item: Enum) -> ProtoEnumPlan:
        members = tuple(
            MemberPlan(name, literal(value.value), docstring([SpecText(value.doc)], 4) if value.doc else None)
            for name, value in zip(self._context.members[item.id], item.values, strict=True)
        )
        name = self._context.names[item.id]
        doc = definition_doc(_of_file(item), name, _OPEN if item.open else _CLOSED)
        renamed = tuple(
            (str(member.name), value.name)
            for member, value in zip(members, item.values, strict=True)
            if member.name != value.name
        )
        enum = EnumPlan(name, self._runtime("enums", "OpenInt"), doc, members)
        return ProtoEnumPlan(enum, literal(renamed) if renamed else None)

    # --- messages

    def _field_names(self, item: Object) -> list[Identifier]:
        """Attributes: they follow from the message alone, whatever else is generated with it."""
        scope = NameScope(FIELD_RESERVED)
        names = [scope.take(proto_name(field.wire, "field_")) for field in item.fields]
        for name, field in zip(names, item.fields, strict=True):
            if name != field.wire:
                text = f"a field of {item.id} is called {name}: {field.wire} is taken or reserved"
                self._context.report(Finding.FIELD_NAME, text, field.source or item.source)
        return names

    def _message(self, item: Object) -> MessagePlan:
        names = self._fields[item.id]
        pairs = list(zip(names, item.fields, strict=True))
        rows = [row_of(self._context, self._kinds, name, field) for name, field in pairs]
        derived = [(name, field.wire, _json(field)) for name, field in pairs]
        renamed = [entry for entry in derived if entry[0] != entry[1] or camel(entry[0]) != entry[2]]
        parts = [literal(item.id), compose("({})", join(" ", [compose("{},", row) for row in rows]))]
        if renamed:
            parts.append(literal(tuple(tuple(map(str, entry)) for entry in renamed)))
        name = self._context.names[item.id]
        return MessagePlan(
            name,
            self._runtime("proto.message", "Message"),
            definition_doc(_of_file(item), name, self._oneofs(item)),
            tuple(self._field(name, field) for name, field in pairs),
            compose("({})", join(", ", parts)),
        )

    def _oneofs(self, item: Object) -> str:
        lines: list[str] = []
        for oneof in item.traits.oneofs if item.traits else ():
            members = ", ".join(
                name
                for name, field in zip(self._fields[item.id], item.fields, strict=True)
                if field.oneof == oneof.name
            )
            lines.append(f"Oneof {oneof.name}: at most one of {members}. {oneof.doc}".strip())
        return "\n\n".join(lines)

    def _field(self, name: Identifier, field: Field) -> FieldPlan:
        annotation = self._kinds.annotation(field)
        if field.presence is Presence.IMPLICIT:
            return FieldPlan(name, annotation, self._kinds.zero(field), field_doc(field))
        unset, unset_type = (self._scope.use(Symbol("msgspec", found)) for found in ("UNSET", "UnsetType"))
        return FieldPlan(name, compose("{} | {}", annotation, unset_type), unset, field_doc(field))


def _json(field: Field) -> str:
    return field.wire if field.json is None else field.json


def _of_file(item: Definition) -> Definition:
    """The definition with the file alone as its source: lines would change the output with every comment."""
    return replace(item, source=item.source.partition(":")[0])
