"""Unions: oneOf and anyOf with null taken out, discriminators, and families of schemas that extend a base."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from specbind.generator.codes import Code
from specbind.generator.ir.model import Alias, AnyType, LiteralType, NeverType, NullableType, UnionType, Variant
from specbind.generator.source.pointer import split, tokens

from . import enums, objects
from .document import Schema
from .records import is_annotation, is_required_only

if TYPE_CHECKING:
    from specbind.generator.ir.model import Type

    from .document import Discriminator
    from .lower_schema import SchemaLowering

__all__ = ["lower_family", "lower_union", "union"]


def union(variants: list[Variant], *, exclusive: bool, discriminator: str = "") -> Type:
    """A union laid flat: inner unions spliced in, equal variants once, one variant for itself."""
    flat: dict[Type, tuple[str, ...]] = {}
    for variant in variants:
        inner = variant.type.item if isinstance(variant.type, NullableType) else variant.type
        if isinstance(inner, UnionType) and (not inner.discriminator or inner.discriminator == discriminator):
            parts = inner.variants
        elif isinstance(inner, NeverType) or (isinstance(inner, LiteralType) and inner.value is None):
            continue
        else:
            parts = (Variant(inner, variant.tags),)
        for part in parts:
            flat[part.type] = tuple(dict.fromkeys((*flat.get(part.type, ()), *part.tags)))
    anything = next((found for found in flat if isinstance(found, AnyType)), None)
    if anything is not None:
        return anything
    if not flat:
        return LiteralType(None)
    if len(flat) == 1:
        return next(iter(flat))
    found = tuple(Variant(inner, tags) for inner, tags in flat.items())
    return UnionType(found, discriminator, exclusive)


def lower_union(lowering: SchemaLowering, schema: Schema) -> Type:
    """A schema with oneOf or anyOf."""
    if schema.one_of and schema.any_of:
        lowering.report.add(Code.NOT_CARRIED, "anyOf beside oneOf is not carried", f"{schema.place}/anyOf")
    variants = [variant for variant in (schema.one_of or schema.any_of) if set(variant.types) != {"null"}]
    if variants and all(is_required_only(variant) or is_annotation(variant) for variant in variants):
        named = not _is_record(schema) and any(variant.types for variant in variants)
        if any(is_required_only(variant) for variant in variants) and not named:
            message = "which members must be present together is not carried"
            lowering.report.add(Code.NOT_CARRIED, message, schema.place)
            return lowering.bare(replace(schema, one_of=(), any_of=()))
        if not _is_record(schema) and not named:
            return AnyType() if not schema.types else lowering.bare(replace(schema, one_of=(), any_of=()))
    found = enums.constants_as_enum(lowering, schema, variants)
    if found is not None:
        return found
    if _is_record(schema):
        variants = [_with_own(lowering, schema, index, variant) for index, variant in enumerate(variants)]
    elif schema.types and not any(v.types or v.ref or v.one_of or v.any_of or v.all_of for v in variants):
        variants = [replace(variant, types=schema.types) for variant in variants]
    name = schema.discriminator.property if schema.discriminator is not None else ""
    tagged = [
        Variant(_variant(lowering, variant, name), _tags(lowering, schema.discriminator, variant))
        for variant in variants
    ]
    if schema.discriminator is not None:
        tagged += _mapped_only(lowering, schema, schema.discriminator, variants)
    return union(tagged, exclusive=bool(schema.one_of), discriminator=name)


def _variant(lowering: SchemaLowering, variant: Schema, discriminator: str) -> Type:
    """The type of a variant; an inner union with a discriminator of its own gets a name, since unions do not nest."""
    found = lowering.type(variant)
    inner = found.item if isinstance(found, NullableType) else found
    if isinstance(inner, UnionType) and inner.discriminator not in ("", discriminator):
        definition_id = lowering.ids.of(variant.place)
        lowering.reserve(definition_id)
        return lowering.add(Alias(definition_id, inner, variant.doc, variant.place))
    return found


def _is_record(schema: Schema) -> bool:
    """Whether a union has members of its own beside its variants."""
    return bool(schema.properties or schema.patterns or schema.all_of or schema.ref)


def _with_own(lowering: SchemaLowering, schema: Schema, index: int, variant: Schema) -> Schema:
    """A variant together with the members that stand beside the union."""
    if variant.ref and lowering.traits.extends(variant.ref, schema.place):
        return variant
    if not lowering.traits.is_object(variant) and not is_annotation(variant):
        return variant
    keyword = "oneOf" if schema.one_of else "anyOf"
    position = (schema.one_of or schema.any_of).index(variant) if variant in (schema.one_of or schema.any_of) else index
    own = replace(schema, one_of=(), any_of=(), discriminator=None, nullable=False, description="", title="")
    place = f"{schema.place}/{keyword}/{position}"
    return Schema(place, types=("object",), all_of=(own, variant), description=variant.description, title=variant.title)


def _tags(lowering: SchemaLowering, discriminator: Discriminator | None, variant: Schema) -> tuple[str, ...]:
    """The discriminator values that select a variant: from the mapping, its own constants, or its name."""
    if discriminator is None:
        return ()
    refs = {variant.ref, *(branch.ref for branch in variant.all_of)} - {"", None}
    mapped = tuple(tag for tag, target in discriminator.mapping.items() if target in refs)
    if mapped:
        return mapped
    if not lowering.traits.is_object(variant):
        return ()
    record = lowering.records.known(variant)
    for schema in record.fields.get(discriminator.property, ()):
        values = enums.values_of(lowering.traits.resolved(schema))
        if len(values) == 1:
            return values
    place = variant.ref or next((branch.ref for branch in variant.all_of if branch.ref), "")
    if place:
        path = tokens(split(place)[1])
        return (path[-1],) if path else (lowering.ids.of(place),)
    message = "a variant under a discriminator has neither a name nor a constant; no value selects it"
    lowering.report.add(Code.DISCRIMINATOR, message, variant.place)
    return ()


def _mapped_only(
    lowering: SchemaLowering, schema: Schema, discriminator: Discriminator, variants: list[Schema]
) -> list[Variant]:
    """Schemas that the mapping names but the union does not list."""
    listed = {variant.ref for variant in variants} | {b.ref for variant in variants for b in variant.all_of}
    added: dict[str, tuple[str, ...]] = {}
    for tag, target in discriminator.mapping.items():
        if target and target not in listed:
            added[target] = (*added.get(target, ()), tag)
    if added:
        message = f"the mapping names {len(added)} schemas that are not among the variants; they are added"
        lowering.report.add(Code.DISCRIMINATOR, message, f"{schema.place}/discriminator")
    return [Variant(lowering.target(target), tags) for target, tags in added.items()]


def lower_family(lowering: SchemaLowering, schema: Schema, children: list[str]) -> Type:
    """A base with a discriminator: the union of all that extend it, the base itself being one of them."""
    if schema.discriminator is None:
        return AnyType(degraded=True)
    discriminator = schema.discriminator
    own_tags = tuple(tag for tag, target in discriminator.mapping.items() if target == schema.place)
    variants = [
        Variant(lowering.target(child), _tags(lowering, discriminator, Schema(child, ref=child))) for child in children
    ]
    base = objects.lower_object(lowering, schema, lowering.base(schema.place))
    if own_tags or not discriminator.mapping:
        variants.append(Variant(base, own_tags or (tokens(split(schema.place)[1])[-1],)))
    return union(variants, exclusive=True, discriminator=discriminator.property)
