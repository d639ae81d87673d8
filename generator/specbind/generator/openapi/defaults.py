"""Defaults, checked against their types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from specbind.generator.codes import Code

from .scalars import format_fits, json_kind

if TYPE_CHECKING:
    from specbind.generator.ir.model import Json

    from .document import Schema
    from .lower_schema import SchemaLowering

__all__ = ["default_of"]

_BOOLEANS = {"true": True, "false": False}


def default_of(lowering: SchemaLowering, schema: Schema) -> Json | UnsetType:
    """The default of a schema or of what it refers to, UNSET where there is none that fits."""
    target = _stated(lowering, schema)
    value = target.default
    if value is UNSET:
        return UNSET
    if value is None:
        return None if lowering.traits.admits_null(schema) else UNSET
    return _fitting(lowering, target, value)


def _stated(lowering: SchemaLowering, schema: Schema) -> Schema:
    """The schema that states the default: this one, what it refers to, or the last part of allOf that has one."""
    if schema.default is not UNSET:
        return schema
    target = lowering.traits.resolved(schema)
    if target.default is not UNSET:
        return target
    carried = [part for part in map(lowering.traits.resolved, target.all_of) if part.default is not UNSET]
    return carried[-1] if carried else target


def _fitting(lowering: SchemaLowering, target: Schema, value: Json) -> Json | UnsetType:
    """A default as its type wants it, UNSET (and a finding) where it does not fit."""
    typed = lowering.traits.resolved(target)
    names = set(typed.types) - {"null"}
    found = json_kind(value)
    if found in ("integer", "number", "boolean") and names == {"string"}:
        return lowering.reader.scope.spelling(f"{target.place}/default") or str(value)
    if isinstance(value, str) and names == {"boolean"} and value.lower() in _BOOLEANS:
        return _BOOLEANS[value.lower()]
    if found == "integer" and "number" in names:
        found = "number"
    if isinstance(value, float) and value.is_integer() and names == {"integer"}:
        return int(value)
    fits = not names or found in names
    if fits and isinstance(value, str) and names == {"string"}:
        fits = format_fits(value, typed.format)
    if not fits:
        lowering.report.add(
            Code.DEFAULT_MISFIT,
            f"the default {value!r} does not fit its type and is not used",
            f"{target.place}/default",
        )
        return UNSET
    return value
