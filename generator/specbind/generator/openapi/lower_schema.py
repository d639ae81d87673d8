"""Schemas to types: what stands at a place becomes a type expression, or a definition and a reference to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from specbind.generator.codes import Code
from specbind.generator.ir.model import (
    Alias,
    AnyType,
    ListType,
    LiteralType,
    MapType,
    NeverType,
    NullableType,
    Ref,
    TupleType,
    Variant,
)
from specbind.generator.source import ReadError

from . import all_of, enums, objects, unions
from .records import Records, has_own_members
from .scalars import constraints_for, infer, scalar
from .traits import Traits

if TYPE_CHECKING:
    from specbind.generator.ir.model import Definition, Type
    from specbind.generator.source import Report

    from .document import Document, Schema
    from .ids import Ids
    from .read_schema import SchemaReader

__all__ = ["SchemaLowering"]

_MAX_DEPTH = 120


class SchemaLowering:
    """Lowers schemas and keeps the definitions that this makes, in the order in which their places were met."""

    def __init__(self, document: Document, reader: SchemaReader, ids: Ids, report: Report) -> None:
        self.ids = ids
        self.report = report
        self.reader = reader
        self.traits = Traits(document, reader, report)
        self.records = Records(self)
        self.merged: dict[tuple[str, ...], Type] = {}
        self._definitions: dict[str, Definition | None] = {}
        self._queue: list[str] = []
        self._queued: set[str] = set()
        self._depth = 0

    def definitions(self) -> tuple[Definition, ...]:
        """Lower everything that was referred to; give all definitions."""
        while self._queue:
            self._define(self._queue.pop(0))
        return tuple(definition for definition in self._definitions.values() if definition is not None)

    def target(self, place: str) -> Ref:
        """A reference to the definition of the schema at a place, which is lowered later."""
        if place not in self._queued:
            self._queued.add(place)
            self._queue.append(place)
        return Ref(self.ids.of(place))

    def degraded(self, schema: Schema, why: str, code: Code = Code.DEGRADED) -> AnyType:
        """Any JSON value, with a finding that says why."""
        self.report.add(code, why, schema.place)
        return AnyType(degraded=True)

    def reserve(self, definition_id: str) -> bool:
        """Whether the id is still without definition; if so, it keeps its position from now on."""
        if definition_id in self._definitions:
            return False
        self._definitions[definition_id] = None
        return True

    def base(self, place: str) -> str:
        """The id of the object that the schema at a place is, even where its own id means a family."""
        own = self.ids.of(place)
        if not self.traits.family(place):
            return own
        return self.ids.claim(f"{own}.base", f"{place} base", place)

    def all_of(self, schema: Schema, last: Schema) -> Type:
        """The type of a schema with allOf; where branches contradict each other, `last` counts."""
        return all_of.lower_all_of(self, schema, last=last)

    def union(self, schema: Schema) -> Type:
        """The union of a schema that also has other members."""
        return unions.lower_union(self, schema)

    def add(self, definition: Definition) -> Ref:
        """Keep a definition."""
        self._definitions[definition.id] = definition
        return Ref(definition.id)

    def type(self, schema: Schema) -> Type:
        """The type of a schema."""
        self._depth += 1
        try:
            if self._depth > _MAX_DEPTH:
                message = f"schemas lead more than {_MAX_DEPTH} deep into each other"
                raise ReadError(Code.TOO_DEEP, message, place=schema.place)
            found = self.bare(schema)
        finally:
            self._depth -= 1
        if not self.traits.admits_null(schema) or isinstance(found, NullableType | AnyType):
            return found
        return found if isinstance(found, LiteralType) and found.value is None else NullableType(found)

    def bare(self, schema: Schema) -> Type:
        """The type of a schema without null."""
        if schema.boolean is not None:
            return AnyType() if schema.boolean else self._never(schema)
        if schema.ref is None:
            return AnyType(degraded=True)  # the reader has reported the reference
        if schema.ref:
            if has_own_members(schema):
                return all_of.lower_all_of(self, schema)
            return self.target(schema.ref)
        if schema.const is not UNSET:
            return enums.lower_const(self, schema)
        if schema.enum is not None:
            return enums.lower_enum(self, schema)
        if schema.all_of:
            return all_of.lower_all_of(self, schema)
        if schema.one_of or schema.any_of:
            return unions.lower_union(self, schema)
        return self._plain(schema)

    def _never(self, schema: Schema) -> NeverType:
        message = "no value fits the schema `false`; a value that comes all the same is read as it is"
        self.report.add(Code.UNSATISFIABLE, message, schema.place)
        return NeverType()

    def _plain(self, schema: Schema) -> Type:
        """A schema without combinations."""
        names = [name for name in schema.types if name != "null"]
        if not names:
            if "null" in schema.types:
                return LiteralType(None)
            inferred = infer(schema)
            if not inferred:
                return AnyType(degraded=schema.degraded)
            names = [inferred]
        if "number" in names and "integer" in names:
            names.remove("integer")
        if len(names) > 1:
            parts = [self._typed(schema, name) for name in names]
            return unions.union([Variant(part) for part in parts], exclusive=True)
        return self._typed(schema, names[0])

    def _typed(self, schema: Schema, name: str) -> Type:
        if name == "array":
            return self._array(schema)
        if name == "object":
            return self._object(schema)
        if schema.content is not None:
            message = "what the text holds is not carried"
            self.report.add(Code.NOT_CARRIED, message, schema.content.place)
        return scalar(schema, name)

    def _array(self, schema: Schema) -> Type:
        if schema.prefix:
            rest: Type | None = AnyType()
            if schema.items is not None:
                rest = None if schema.items.boolean is False else self.type(schema.items)
            return TupleType(tuple(self.type(item) for item in schema.prefix), rest)
        item = AnyType() if schema.items is None else self.type(schema.items)
        return ListType(item, constraints_for(schema, "array"))

    def _object(self, schema: Schema) -> Type:
        empty = not schema.properties and not schema.patterns and not schema.required and not schema.failure
        closed = schema.additional is not None and schema.additional.boolean is False
        if empty and not closed:
            value = AnyType() if schema.additional is None else self.type(schema.additional)
            return MapType(value, constraints_for(schema, "object"))
        return objects.lower_object(self, schema)

    def _define(self, place: str) -> None:
        """Lower what stands at a place that a reference leads to, under the place's id."""
        definition_id = self.ids.of(place)
        if self._definitions.get(definition_id) is not None:
            return
        schema = self.reader.at(place)
        if schema.ref and schema.ref != place and self.ids.of(schema.ref) == definition_id:
            self.target(schema.ref)  # it goes by this name
            return
        family = self.traits.family(place)
        if family:
            self.reserve(definition_id)
            found = unions.lower_family(self, schema, family)
        else:
            found = self.bare(schema)
        if self._definitions.get(definition_id) is not None:
            return
        if found == Ref(definition_id):
            found = self.degraded(schema, "the schema refers to itself alone", Code.REFERENCE_CYCLE)
        self._definitions[definition_id] = Alias(
            definition_id,
            found,
            doc=objects.spoken(schema.doc, definition_id),
            source=schema.place,
            deprecated=schema.deprecated,
        )
