"""allOf: objects merged, other schemas narrowed keyword by keyword, contradictions reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from specbind.generator.codes import Code
from specbind.generator.ir.model import AnyType, Constraints, MapType

from . import objects
from .document import Schema
from .records import is_annotation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from specbind.generator.ir.model import Json, Type

    from .lower_schema import SchemaLowering

__all__ = ["lower_all_of"]


def lower_all_of(lowering: SchemaLowering, schema: Schema, *, last: Schema | None = None) -> Type:
    """A schema with allOf (or with members beside `$ref`, which mean the same).

    `last` is the branch that counts where branches contradict each other; without it, any value is taken then.
    """
    branches = _branches(schema)
    unique: dict[str, Schema] = {}
    for branch in branches:
        unique.setdefault(branch.ref or branch.place, branch)
    branches = [branch for branch in unique.values() if not is_annotation(branch)]
    if not branches:
        return AnyType()
    if len(branches) == 1 and not _must_be_own(lowering, schema, branches[0]):
        only = branches[0]
        return lowering.type(only)
    if all(lowering.traits.is_object(branch) for branch in branches):
        schema = _union_lifted(schema)
        if schema.one_of or schema.any_of:
            return lowering.union(schema)
        if all(_is_map(lowering, branch) for branch in branches):
            values = _together([lowering.records.known(branch).additional for branch in branches])
            return MapType(AnyType() if values is None else lowering.type(values))
        return objects.lower_object(lowering, schema)
    return _narrowed(lowering, schema, branches, last)


def _union_lifted(schema: Schema) -> Schema:
    """Where one inline branch of allOf holds the only union: the same with the union beside allOf."""
    unions = [branch for branch in schema.all_of if not branch.ref and (branch.one_of or branch.any_of)]
    if len(unions) != 1 or schema.one_of or schema.any_of:
        return schema
    inner = unions[0]
    return replace(
        schema,
        all_of=tuple(replace(b, one_of=(), any_of=(), discriminator=None) if b is inner else b for b in schema.all_of),
        one_of=inner.one_of,
        any_of=inner.any_of,
        discriminator=inner.discriminator or schema.discriminator,
    )


def _is_map(lowering: SchemaLowering, branch: Schema) -> bool:
    """Whether a branch is an object without any named member."""
    record = lowering.records.known(branch)
    return not record.fields and not record.required and not record.patterns


def _must_be_own(lowering: SchemaLowering, schema: Schema, branch: Schema) -> bool:
    """Whether a schema that only refers to a base is still a type of its own: a member of the base's family."""
    return branch.ref is not None and branch.ref != "" and schema.place in lowering.traits.family(branch.ref)


def _branches(schema: Schema) -> list[Schema]:
    """All schemas that hold together: inline allOf laid flat, then what stands beside allOf or `$ref`."""
    found: list[Schema] = []
    for branch in schema.all_of:
        if branch.ref or not branch.all_of:
            found.append(branch)
        else:
            found.extend(_branches(branch))
    if schema.ref:
        found.append(Schema(f"{schema.place}/$ref", ref=schema.ref, nullable=schema.nullable))
    beside = _alone(schema)
    if not is_annotation(beside):
        found.append(beside)
    return found


def _alone(schema: Schema) -> Schema:
    """A schema without its allOf and `$ref`."""
    return replace(schema, all_of=(), ref="")


def _contradiction(
    lowering: SchemaLowering, schema: Schema, branches: list[Schema], last: Schema | None, why: str
) -> Type:
    """What a schema is whose parts cannot be joined."""
    if last is None or not _overlap(lowering, [*branches, last]):
        return lowering.degraded(schema, why, Code.SCHEMA_CONFLICT)
    lowering.report.add(Code.SCHEMA_CONFLICT, f"{why}; the most derived one is taken", schema.place)
    return lowering.type(last)


def _narrowed(lowering: SchemaLowering, schema: Schema, branches: list[Schema], last: Schema | None) -> Type:
    """allOf of values other than objects: the keywords of all branches in one schema."""
    parts: list[Schema] = []
    for branch in branches:
        resolved = lowering.traits.resolved(branch)
        parts += [part for part in _branches(resolved) if not is_annotation(part)] if resolved.all_of else [resolved]
    parts = [lowering.traits.resolved(part) for part in parts]
    if any(part.ref or part.all_of for part in parts):
        return _contradiction(lowering, schema, branches, last, "allOf refers to allOf too often")
    complex_parts = [part for part in parts if part.one_of or part.any_of]
    if complex_parts:
        if len(parts) == 1 or all(_restricts(part) for part in parts if part is not complex_parts[0]):
            return lowering.type(branches[0] if len(branches) == 1 else complex_parts[0])
        why = "allOf joins a union and something that is not an object"
        return _contradiction(lowering, schema, branches, last, why)
    types = _common_types(parts)
    if types is None:
        names = " and ".join(sorted({name for part in parts for name in part.types}))
        return _contradiction(lowering, schema, branches, last, f"allOf joins {names}, which no value fits")
    enum_values = _common_values(parts)
    if enum_values == ():
        return _contradiction(lowering, schema, branches, last, "allOf joins enums without a common value")
    merged = replace(
        schema,
        types=types,
        all_of=(),
        ref="",
        enum=enum_values,
        constraints=_all_constraints(parts),
        items=_together([part.items for part in parts]),
        additional=_together([part.additional for part in parts]),
    )
    for part in parts:
        merged = replace(
            merged,
            format=merged.format or part.format,
            prefix=merged.prefix or part.prefix,
            media=merged.media or part.media,
            encoding=merged.encoding or part.encoding,
            const=part.const if merged.const is UNSET else merged.const,
            properties=merged.properties | part.properties,
            required=tuple(dict.fromkeys((*merged.required, *part.required))),
        )
    return lowering.bare(merged)


def _together(schemas: Sequence[Schema | None]) -> Schema | None:
    """One schema for what several parts say of the same values: allOf of those that say something."""
    stated = [schema for schema in schemas if schema is not None and schema.boolean is not True]
    unique = list({schema.ref or schema.place: schema for schema in stated}.values())
    if len(unique) <= 1:
        return unique[0] if unique else next((schema for schema in schemas if schema is not None), None)
    return Schema(unique[-1].place, all_of=tuple(unique))


def _restricts(part: Schema) -> bool:
    """Whether a part only bounds values (constraints, a type), so that the other part's type says all."""
    return not (part.enum is not None or part.const is not UNSET or part.items is not None or part.properties)


def _common_types(parts: list[Schema]) -> tuple[str, ...] | None:
    """The types that every part allows; () where none states any, None where they exclude each other."""
    common: list[str] | None = None
    for part in parts:
        names = set(part.types)
        if not names:
            continue
        if "number" in names:
            names.add("integer")
        if common is None:
            common = list(part.types)
        elif "number" in common and "integer" in names and "number" not in names:
            common = ["integer", *(name for name in common if name in names and name != "integer")]
        else:
            common = [name for name in common if name in names]
    if common is None:
        return ()
    return tuple(common) or None


def _common_values(parts: list[Schema]) -> tuple[Json, ...] | None:
    """The enum values that every part allows, None where there is no enum."""
    common: tuple[Json, ...] | None = None
    for part in parts:
        if part.enum is not None:
            allowed = part.enum
            common = allowed if common is None else tuple(value for value in common if value in allowed)
    return common


def _all_constraints(parts: list[Schema]) -> Constraints | None:
    """Every constraint that a part states; of two that differ, the later one."""
    stated: dict[str, object] = {}
    for part in parts:
        if part.constraints is not None:
            found = msgspec.structs.asdict(part.constraints)
            stated.update({word: value for word, value in found.items() if value not in (None, False)})
    return Constraints(**stated) if stated else None  # type: ignore[arg-type] # from Constraints themselves


def _overlap(lowering: SchemaLowering, schemas: Sequence[Schema]) -> bool:
    """Whether the last of several schemas allows a JSON type that the others allow too, as far as they say."""
    stated = [set(lowering.traits.resolved(schema).types) - {"null"} for schema in schemas]
    return all(not names or not stated[-1] or names & stated[-1] for names in stated)
