"""Objects, and allOf: bases merged into records, other schemas narrowed keyword by keyword."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import UNSET
from msgspec.structs import replace

from specbind.generator.ir.model import AnyType, Field, NullableType, Object, Presence, Ref
from specbind.generator.source.pointer import escape

from .defaults import default_of
from .document import Schema
from .records import is_annotation
from .scalars import constraints_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from specbind.generator.ir.model import Type

    from .lower_schema import SchemaLowering
    from .records import Record

__all__ = ["lower_object", "spoken"]

_LETTERS = re.compile(r"[^A-Za-z0-9]+")


def lower_object(lowering: SchemaLowering, schema: Schema, definition_id: str = "") -> Ref:
    """An object schema as a definition. `definition_id` is another id than that of the place."""
    definition_id = definition_id or lowering.ids.of(schema.place)
    if not lowering.reserve(definition_id):
        return Ref(definition_id)
    record = lowering.records.of(schema)
    declared = record.additional is not None
    closed = record.additional is not None and record.additional.boolean is False
    additional: Type | None = AnyType()
    if closed:
        additional = None
    elif record.additional is not None:
        additional = lowering.type(record.additional)
    definition = Object(
        id=definition_id,
        fields=_fields(lowering, record, schema, additional),
        doc=spoken(_doc(schema), definition_id),
        source=schema.place,
        bases=tuple(lowering.base(base) for base in record.bases if lowering.traits.is_object_at(base)),
        additional=additional,
        additional_declared=declared,
        patterns=tuple((pattern, lowering.type(member)) for pattern, member in record.patterns.items()),
        constraints=constraints_for(schema, "object"),
        deprecated=schema.deprecated,
        failure=schema.failure,
        examples=schema.examples,
    )
    return lowering.add(definition)


def _doc(schema: Schema) -> str:
    if schema.doc:
        return schema.doc
    return next((branch.doc for branch in schema.all_of if branch.doc and not branch.ref), "")


def _fields(lowering: SchemaLowering, record: Record, schema: Schema, additional: Type | None) -> tuple[Field, ...]:
    fields = [
        _field(lowering, wire, schemas, required=wire in record.required, owner=schema)
        for wire, schemas in record.fields.items()
    ]
    fields += [
        Field(wire, additional if additional is not None else AnyType(), Presence.REQUIRED, source=schema.place)
        for wire in record.required
        if wire not in record.fields
    ]
    return tuple(fields)


def _field(lowering: SchemaLowering, wire: str, schemas: tuple[Schema, ...], *, required: bool, owner: Schema) -> Field:
    """One member; where several schemas speak of it, all of them hold."""
    schema = schemas[-1]
    default = next((d for s in reversed(schemas) if (d := default_of(lowering, s)) is not UNSET), UNSET)
    return Field(
        wire=wire,
        type=_field_type(lowering, wire, schemas, owner=owner),
        presence=Presence.REQUIRED if required else Presence.OPTIONAL,
        doc=spoken(next((s.doc for s in reversed(schemas) if s.doc), "") or _branch_doc(schema), wire),
        default=default,
        deprecated=any(s.deprecated for s in schemas),
        read_only=any(_marked(lowering, s, "read_only") for s in schemas),
        write_only=any(_marked(lowering, s, "write_only") for s in schemas),
        source=schema.place,
    )


def spoken(doc: str, name: str) -> str:
    """A doc, "" where it only repeats the name (a title made of it)."""
    return "" if len(doc) < 80 and _LETTERS.sub("", doc).lower() == _LETTERS.sub("", name).lower() else doc


def _branch_doc(schema: Schema) -> str:
    return next((branch.doc for branch in schema.all_of if branch.doc), "")


def _marked(lowering: SchemaLowering, schema: Schema, mark: str) -> bool:
    """Whether a schema, what it refers to, or a part of its allOf carries an annotation."""
    if getattr(schema, mark):
        return True
    if schema.ref:
        return bool(getattr(lowering.traits.resolved(schema), mark))
    return any(getattr(lowering.traits.resolved(branch), mark) for branch in schema.all_of)


def _field_type(lowering: SchemaLowering, wire: str, schemas: tuple[Schema, ...], *, owner: Schema) -> Type:
    distinct: list[Schema] = []
    for schema in schemas:
        essence = _essence(schema)
        if not is_annotation(schema) and all(_essence(other) != essence for other in distinct):
            distinct.append(schema)
    if len(distinct) <= 1:
        return lowering.type(distinct[0] if distinct else schemas[-1])
    narrowed = _narrower(lowering, distinct)
    if narrowed is not None:
        return lowering.type(narrowed)
    key = tuple(sorted(schema.ref or schema.place for schema in distinct))
    if key not in lowering.merged:
        lowering.merged[key] = AnyType(degraded=True)  # while this is open, a circle ends here
        last = distinct[-1]
        place = last.place if not last.ref else f"{owner.place}/properties/{escape(wire)}"
        merged = Schema(place, all_of=tuple(replace(schema, nullable=False) for schema in distinct))
        lowering.merged[key] = lowering.all_of(merged, last)
    found = lowering.merged[key]
    if all(lowering.traits.admits_null(schema) for schema in distinct) and not isinstance(
        found, NullableType | AnyType
    ):
        return NullableType(found)
    return found


def _essence(schema: Schema) -> Schema:
    """What a schema says about values, without its place and its texts."""
    return replace(
        schema, place="", title="", description="", default=UNSET, examples=(), deprecated=False,
        read_only=False, write_only=False,
    )  # fmt: skip


def _narrower(lowering: SchemaLowering, schemas: Sequence[Schema]) -> Schema | None:
    """The schema among several that extends all others, if there is one."""
    for schema in schemas:
        others = [other for other in schemas if other is not schema]
        if schema.ref and all(other.ref and lowering.traits.extends(schema.ref, other.ref) for other in others):
            return schema
    return None
