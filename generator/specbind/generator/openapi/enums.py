"""Enums and constants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from specbind.generator.codes import Code
from specbind.generator.ir.model import Enum, EnumValue, ListType, LiteralType, Scalar, ScalarKind
from specbind.generator.source.pointer import split

from .objects import spoken
from .scalars import constraints_for, json_kind

if TYPE_CHECKING:
    from specbind.generator.ir.model import Json, Type

    from .document import Schema
    from .lower_schema import SchemaLowering

__all__ = ["constants_as_enum", "lower_const", "lower_enum", "values_of"]

_SCALARS = {
    "string": ScalarKind.STRING,
    "integer": ScalarKind.INTEGER,
    "number": ScalarKind.NUMBER,
    "boolean": ScalarKind.BOOLEAN,
}


def lower_const(lowering: SchemaLowering, schema: Schema) -> Type:
    """A constant."""
    if isinstance(schema.const, dict | list):
        return lowering.degraded(schema, "a constant array or object is not carried")
    return LiteralType(_spelled(lowering, schema, schema.const, f"{schema.place}/const"))  # type: ignore[arg-type] # UNSET is excluded by the caller


def lower_enum(lowering: SchemaLowering, schema: Schema) -> Type:
    """An enum without null."""
    values = _values(lowering, schema)
    kinds = {json_kind(value.value) for value in values}
    if not values:
        if schema.enum:
            return LiteralType(None)
        return lowering.degraded(schema, "the enum has no values", Code.ENUM)
    if kinds & {"array", "object"}:
        return lowering.degraded(schema, "the enum has arrays or objects as values", Code.ENUM)
    stated = set(schema.types) - {"null"}
    allowed = stated | {"integer"} if "number" in stated else stated
    if stated == {"array"}:
        message = "the enum stands on the array instead of its items; its values are taken as those of the items"
        lowering.report.add(Code.ENUM, message, schema.place)
        item = replace(schema, place=f"{schema.place}/items", types=(), items=None)
        return ListType(_define(lowering, item, values, kinds), constraints_for(schema, "array"))
    if stated and not kinds <= allowed:
        if not kinds & allowed and stated & {"array", "object"}:
            return lowering.degraded(schema, f"the values of the enum do not fit {' or '.join(stated)}", Code.ENUM)
        lowering.report.add(Code.ENUM, "some values of the enum do not fit its type", schema.place)
    if kinds == {"boolean"} and len(values) == 2:
        return Scalar(ScalarKind.BOOLEAN)
    return _define(lowering, schema, values, kinds)


def _define(lowering: SchemaLowering, schema: Schema, values: list[EnumValue], kinds: set[str]) -> Type:
    definition_id = lowering.ids.of(schema.place)
    lowering.reserve(definition_id)
    kind = "number" if kinds == {"integer", "number"} else next(iter(kinds)) if len(kinds) == 1 else ""
    scalar = _SCALARS.get(kind)
    if scalar is ScalarKind.INTEGER and schema.format in ("int32", "int64"):
        scalar = ScalarKind(schema.format)
    return lowering.add(
        Enum(
            definition_id,
            tuple(values),
            scalar,
            spoken(schema.doc, definition_id),
            schema.place,
            deprecated=schema.deprecated,
        )
    )


def constants_as_enum(lowering: SchemaLowering, schema: Schema, variants: list[Schema]) -> Type | None:
    """A union of titled or described constants of one kind is an enum; None for any other union."""
    if len(variants) < 2 or not all(isinstance(v.const, str | int | float) and not v.ref for v in variants):
        return None
    values = [EnumValue(v.const, v.title, v.description, v.deprecated) for v in variants]  # type: ignore[arg-type] # checked above
    kinds = {json_kind(value.value) for value in values}
    if len(kinds) != 1 or len({value.value for value in values}) != len(values):
        return None
    return _define(lowering, schema, values, kinds)


def values_of(schema: Schema) -> tuple[str, ...]:
    """The strings that a schema of constants allows."""
    if isinstance(schema.const, str):
        return (schema.const,)
    return tuple(value for value in schema.enum or () if isinstance(value, str))


def _values(lowering: SchemaLowering, schema: Schema) -> list[EnumValue]:
    values: list[EnumValue] = []
    seen: set[tuple[str, str]] = set()
    for index, raw in enumerate(schema.enum or ()):
        if raw is None:
            continue
        place = f"{schema.place}/enum/{index}"
        value = _spelled(lowering, schema, raw, place)
        key = (json_kind(value), str(value))
        if key in seen:
            lowering.report.add(Code.VALUE_REPEATED, f"the value {value!r} stands twice", place)
            continue
        seen.add(key)
        name = schema.value_names[index] if index < len(schema.value_names) else ""
        doc = schema.value_docs[index] if index < len(schema.value_docs) else ""
        values.append(EnumValue(value, name, doc))  # type: ignore[arg-type] # lists and objects are refused by the caller
    return values


def _spelled(lowering: SchemaLowering, schema: Schema, value: Json, place: str) -> Json:
    """A value; an unquoted YAML number or boolean where a string is wanted stays as it is written."""
    if isinstance(value, bool | int | float) and set(schema.types) - {"null"} == {"string"}:
        workspace = lowering.reader.scope.workspace
        file = workspace.source(split(workspace.origin(place))[0])
        if file is not None and file.format == "yaml":
            return lowering.reader.scope.spelling(place) or value
    return value
