"""Plans the modules of types."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from specbind.generator.codes import Code as Finding
from specbind.generator.emit.scope import NameScope, Symbol
from specbind.generator.emit.text import Code, Identifier, SpecText, code, compose, identifier, join
from specbind.generator.ir.graph import references, types_of
from specbind.generator.ir.model import Alias, Enum, NullableType, Object, Presence, Ref, ScalarKind, UnionType, Variant

from ._runtime.patterns import safe_pattern
from .docs import definition_doc, field_doc
from .imports import import_lines, typing_symbol
from .literals import docstring, literal
from .names import constant_name, value_name
from .plan import AliasPlan, EnumPlan, FieldPlan, GroupPlan, MemberPlan, ObjectPlan
from .reserved import ENUM_MEMBERS, MODEL_MEMBERS
from .scope import ModuleScope
from .types import TypeWriter, has_class, is_alias_of, is_open

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from specbind.generator.ir.model import Definition, Field, Type

    from .context import Context

__all__ = ["plan_group"]

_ADDITIONAL = "additional_properties"
_DEPTH = 1  # modules of types stand in the sub-package `models`
_MODULES = {
    "File": "files",
    "OpenFloat": "enums",
    "OpenInt": "enums",
    "OpenModel": "open_model",
    "OpenStr": "enums",
    "ShapedUnion": "unions",
    "UnknownVariant": "unions",
    "Variant": "unions",
    "no_members": "open_model",
}  # each group imports what it needs and no more: what it does not use costs every start
_ENUM_BASES = {
    ScalarKind.STRING: "OpenStr",
    ScalarKind.NUMBER: "OpenFloat",
    ScalarKind.DOUBLE: "OpenFloat",
    ScalarKind.FLOAT: "OpenFloat",
}


def plan_group(context: Context, module: Identifier, group: Sequence[Definition]) -> GroupPlan:
    """The plan of one module of types."""
    return _GroupPlanner(context, module, group).plan()


class _GroupPlanner:
    def __init__(self, context: Context, module: Identifier, group: Sequence[Definition]) -> None:
        self._context = context
        self._definitions = context.definitions
        self._names = context.names
        self._module = module
        self._group = group
        self._fields = {item.id: self._field_names(item) for item in group if isinstance(item, Object)}
        self._scope = ModuleScope(
            taken=[self._names[item.id] for item in group],
            shadowed=[name for names in self._fields.values() for name in names],
        )
        for name in sorted(set(references(type_ for item in group for type_ in types_of(item)))):
            if name in self._names:
                self._named(name)  # neighbours' names come before those of symbols that could be called otherwise
        self._writers = {
            (file, checked): TypeWriter(
                self._scope,
                self._definitions,
                self._named,
                context.runtime_symbol(_DEPTH, "DurationText", "duration_text"),
                self._model("File") if file else None,
                Symbol("msgspec", "Meta") if checked else None,
                context.runtime(_DEPTH, "int_text"),
            )
            for file in (False, True)
            for checked in (False, True)
        }

    def _writer(self, id_: str) -> TypeWriter:
        """Limits are checked where only a server decodes: an answer that breaks them is better than none."""
        usage = self._context.usage
        checked = id_ in usage.requests and id_ not in usage.answers
        return self._writers[id_ in usage.multipart, checked]

    def _model(self, name: str) -> Symbol:
        return self._context.runtime_symbol(_DEPTH, name, _MODULES.get(name, "model"))

    def _named(self, id_: str) -> Code:
        module = self._context.modules[id_]
        if module == self._module:
            return self._names[id_]
        return self._scope.use(Symbol(f".{module}", self._names[id_]))

    def plan(self) -> GroupPlan:
        """Plan enums, objects and aliases; what they mention decides the imports."""
        enums = tuple(self._enum(item) for item in self._group if isinstance(item, Enum) and has_class(item))
        objects = tuple(self._object(item) for item in self._group if isinstance(item, Object))
        aliases = tuple(map(self._alias, self._ordered_aliases()))
        type_alias = self._scope.use(typing_symbol("TypeAlias")) if aliases else None
        shaped = variant = None
        if any(alias.variants for alias in aliases):
            self._scope.use(typing_symbol("TYPE_CHECKING"))
            shaped, variant = self._scope.use(self._model("ShapedUnion")), self._scope.use(self._model("Variant"))
        return GroupPlan(
            self._module,
            import_lines(self._scope),
            literal(sorted(self._names[item.id] for item in self._group)),
            enums,
            objects,
            aliases,
            type_alias,
            shaped,
            variant,
        )

    # --- enums

    def _enum(self, enum: Enum) -> EnumPlan:
        hint = "x-enum-varnames can name the values"
        subject = f"a value of {enum.id!r}"
        scope = NameScope(
            ENUM_MEMBERS, self._context.findings.collision(Finding.VALUE_NAME, subject, enum.source, hint)
        )
        members = tuple(
            MemberPlan(
                scope.take(constant_name(value.name or value.value)),
                literal(value.value),
                docstring([SpecText(value.doc)], 4) if value.doc else None,
            )
            for value in enum.values
        )
        base = self._scope.use(self._model(_ENUM_BASES.get(enum.scalar or ScalarKind.STRING, "OpenInt")))
        name = self._names[enum.id]
        return EnumPlan(
            name, base, definition_doc(enum, name, "Values that are not listed are kept as they are."), members
        )

    # --- objects

    def _field_names(self, item: Object) -> list[Identifier]:
        collided = self._context.findings.collision(Finding.FIELD_NAME, f"a field of {item.id!r}", item.source)
        scope = NameScope(MODEL_MEMBERS | {_ADDITIONAL} if is_open(item) else MODEL_MEMBERS, collided)
        return [scope.take(value_name(field.wire, "field_")) for field in item.fields]

    def _object(self, item: Object) -> ObjectPlan:
        names = self._fields[item.id]
        renamed = {str(name): field.wire for name, field in zip(names, item.fields, strict=True) if name != field.wire}
        writer = self._writer(item.id)
        fields = [self._field(item.id, name, field, writer) for name, field in zip(names, item.fields, strict=True)]
        arguments = [code("kw_only=True")]
        if renamed:
            arguments.append(compose("rename={}", literal(renamed)))
        base = self._model("Model")
        if is_open(item):
            base = self._model("OpenModel")
            arguments += self._pattern_arguments(item, writer)
            fields.append(self._additional(item, writer))
        return ObjectPlan(
            self._names[item.id],
            self._scope.use(base),
            join(", ", arguments),
            definition_doc(item, self._names[item.id]),
            tuple(fields),
        )

    def _pattern_arguments(self, item: Object, writer: TypeWriter) -> list[Code]:
        if not item.patterns:
            return [code("closed=True")] if item.additional is None else []
        rows = [compose("({}, lambda: {})", literal(text), writer.annotation(type_)) for text, type_ in item.patterns]
        arguments = [compose("patterns=({},)", join(", ", rows))]
        if item.additional is None:
            arguments.append(code("closed=True"))
        else:
            arguments.append(compose("additional=lambda: {}", writer.annotation(item.additional)))
        return arguments

    def _additional(self, item: Object, writer: TypeWriter) -> FieldPlan:
        """The field with the members that have no field of their own."""
        types = [type_ for _, type_ in item.patterns] + ([item.additional] if item.additional is not None else [])
        value = UnionType(tuple(Variant(type_) for type_ in types))
        unsafe = any(safe_pattern(text) is None for text, _ in item.patterns)
        typed = types and not unsafe and (len(types) == 1 or self._context.rules.is_native(value))
        annotation = writer.annotation(*types) if typed else self._scope.use(typing_symbol("Any"))
        field, no_members = self._scope.use(self._model("field")), self._scope.use(self._model("no_members"))
        return FieldPlan(
            identifier(_ADDITIONAL),
            compose("{}[{}, {}]", self._scope.builtin("dict"), self._scope.builtin("str"), annotation),
            compose("{}(default_factory={})", field, no_members),
            docstring([code("Members that the spec does not name.")], 4),
        )

    def _field(self, owner: str, name: Identifier, field: Field, writer: TypeWriter) -> FieldPlan:
        if self._context.usage.is_required(owner, field):
            annotation, default = writer.annotation(field.type), None
        else:
            unset_type = self._scope.use(self._model("UnsetType"))
            annotation, default = (
                writer.annotation(field.type, also=(unset_type,)),
                self._scope.use(self._model("UNSET")),
            )
        return FieldPlan(name, annotation, default, field_doc(field))

    # --- aliases and unions

    def _ordered_aliases(self) -> Iterable[Definition]:
        """Aliases, each after the aliases that it mentions outside of classes."""
        aliases = {item.id: item for item in self._group if is_alias_of(item)}
        done: dict[str, Definition] = {}

        def visit(item: Definition) -> None:
            if item.id in done:
                return
            if not self._is_class(item):
                for name in references(types_of(item)):
                    if name in aliases and name != item.id:
                        visit(aliases[name])
            done[item.id] = item

        for item in sorted(aliases.values(), key=lambda found: not self._is_class(found)):
            visit(item)
        return done.values()

    def _is_class(self, item: Definition) -> bool:
        return (
            isinstance(item, Alias)
            and isinstance(item.type, UnionType)
            and not self._context.rules.is_native(item.type)
        )

    def _alias(self, item: Definition) -> AliasPlan:
        name = self._names[item.id]
        writer = self._writer(item.id)
        doc = docstring([SpecText(item.doc)], 0) if item.doc else None
        if isinstance(item, Enum):
            values = SpecText(f"Values: {', '.join(json.dumps(value.value) for value in item.values)}.")
            return AliasPlan(name, writer.mixed_enum(item), docstring([SpecText(item.doc), values], 0))
        if not isinstance(item, Alias):
            raise TypeError(f"not an alias: {item.id!r}")
        if not isinstance(item.type, UnionType) or not self._is_class(item):
            return AliasPlan(name, writer.annotation(item.type), doc)
        variants = tuple(self._variant(variant, writer) for variant in item.type.variants)
        open_: tuple[Code, ...] = ()
        if item.type.discriminator:
            open_ = (self._scope.use(self._model("UnknownVariant")),)
        annotation = writer.annotation(item.type, also=open_)
        discriminator = literal(item.type.discriminator) if item.type.discriminator else None
        return AliasPlan(name, annotation, doc, variants, discriminator)

    def _variant(self, variant: Variant, writer: TypeWriter) -> Code:
        parts = [writer.annotation(variant.type)]
        if variant.tags:
            parts.append(compose("tags={}", literal(tuple(variant.tags))))
        shape = self._shape(variant.type)
        if shape is not None and not variant.tags:
            required, known = shape
            parts.append(compose("required={}", literal(required)))
            parts.append(compose("known={}", literal(known)))
        return join(", ", parts)

    def _shape(self, type_: Type) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """Wire names that an object must and may have."""
        while isinstance(type_, (Ref, NullableType)):
            if isinstance(type_, NullableType):
                type_ = type_.item
                continue
            found = self._definitions.get(type_.id)
            if isinstance(found, Object):
                required = tuple(field.wire for field in found.fields if field.presence is Presence.REQUIRED)
                return required, tuple(field.wire for field in found.fields)
            if not isinstance(found, Alias) or found.type is type_:
                return None
            type_ = found.type
        return None
