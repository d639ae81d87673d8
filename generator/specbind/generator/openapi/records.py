"""Object schemas with allOf laid flat: which members there are, from where, and which are required."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from specbind.generator.codes import Code
from specbind.generator.source import ReadError

from .traits import MAX_CHAIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .document import Schema
    from .lower_schema import SchemaLowering

__all__ = ["Record", "Records", "has_own_members", "is_annotation"]


class Record:
    """What an object schema says with all its bases. `fields` leads to every schema that speaks of a member."""

    __slots__ = ("additional", "bases", "fields", "patterns", "required")

    def __init__(self) -> None:
        self.fields: dict[str, tuple[Schema, ...]] = {}
        self.required: dict[str, None] = {}
        self.additional: Schema | None = None
        self.patterns: dict[str, Schema] = {}
        self.bases: dict[str, None] = {}

    def absorb(self, other: Record, *, optional: bool = False) -> None:
        """Add the members of another record; with `optional`, none of them is required."""
        for wire, schemas in other.fields.items():
            self._add(wire, schemas)
        if not optional:
            self.required.update(other.required)
        self.patterns.update(other.patterns)
        if other.additional is not None:
            self.additional = other.additional

    def own(self, schema: Schema) -> None:
        """Add what a schema says itself."""
        for wire, member in schema.properties.items():
            self._add(wire, (member,))
        self.required.update(dict.fromkeys(schema.required))
        self.patterns.update(schema.patterns)
        if schema.additional is not None:
            self.additional = schema.additional

    def _add(self, wire: str, schemas: tuple[Schema, ...]) -> None:
        known = self.fields.get(wire)
        if known is None:
            self.fields[wire] = schemas
            return
        places = {schema.ref or schema.place for schema in known}
        self.fields[wire] = known + tuple(new for new in schemas if (new.ref or new.place) not in places)


class Records:
    """Records, kept by location, so that work stays linear in the document."""

    def __init__(self, lowering: SchemaLowering) -> None:
        self._lowering = lowering
        self._at: dict[str, Record] = {}
        self._open: dict[str, None] = {}

    def of(self, schema: Schema, *, variants: bool = False) -> Record:
        """The record of an object schema. With `variants`, a union in it is joined: its members are optional."""
        record = Record()
        if schema.ref:
            record.absorb(self._reference(schema.ref, schema))
            record.bases[schema.ref] = None
        for branch in schema.all_of:
            if branch.ref:
                record.absorb(self._reference(branch.ref, branch))
                record.bases[branch.ref] = None
                record.own(branch)
            elif not is_annotation(branch):
                inner = self.of(branch, variants=True)
                record.absorb(inner)
                record.bases.update(inner.bases)
        if variants:
            self._join(record, schema)
        record.own(schema)
        return record

    def known(self, schema: Schema) -> Record:
        """As `of` with variants; for a plain reference the record that all share, which nobody may change."""
        if schema.ref and not has_own_members(schema):
            return self._reference(schema.ref, schema)
        return self.of(schema, variants=True)

    def _reference(self, place: str, user: Schema) -> Record:
        if place in self._open:
            self._lowering.report.add(Code.REFERENCE_CYCLE, "allOf leads in a circle", user.place)
            return Record()
        if place not in self._at:
            self._settle(place)
        return self._at[place]

    def _settle(self, place: str) -> None:
        """Make the records of a schema and of all its bases, innermost first, so that none recurses far."""
        stack = [(place, self._bases(self._lowering.reader.at(place)))]
        self._open[place] = None
        while stack:
            current, rest = stack[-1]
            needed = next((base for base in rest if base not in self._at and base not in self._open), None)
            if needed is None:
                stack.pop()
                self._at[current] = self.of(self._lowering.reader.at(current), variants=True)
                del self._open[current]
                continue
            if len(stack) >= MAX_CHAIN:
                message = f"more than {MAX_CHAIN:,} schemas extend each other in a row"
                raise ReadError(Code.TOO_DEEP, message, place=needed)
            self._open[needed] = None
            stack.append((needed, self._bases(self._lowering.reader.at(needed))))

    def _bases(self, schema: Schema) -> Iterator[str]:
        """The references that `of` will follow for a schema, in its order."""
        if schema.ref:
            yield schema.ref
        for branch in schema.all_of:
            if branch.ref:
                yield branch.ref
            elif not is_annotation(branch):
                yield from self._bases(branch)
        for variant in self._joined(schema):
            if variant.ref:
                yield variant.ref
            else:
                yield from self._bases(variant)

    def _joined(self, schema: Schema) -> list[Schema]:
        """The variants whose members an object takes over, none where they extend this very schema."""
        kept = self._told_apart(schema)
        if any(variant.ref in self._open for variant in kept):
            return []
        if any(variant.ref and self._lowering.traits.extends(variant.ref, schema.place) for variant in kept):
            return []
        return [variant for variant in kept if self._lowering.traits.is_object(variant)]

    def _told_apart(self, schema: Schema) -> list[Schema]:
        return [
            variant
            for variant in (*schema.one_of, *schema.any_of)
            if not is_annotation(variant) and not is_required_only(variant)
        ]

    def _join(self, record: Record, schema: Schema) -> None:
        """Add the members of a union's variants as optional ones."""
        kept = self._joined(schema)
        if not kept:
            return
        self._lowering.report.add(
            Code.UNION_JOINED, "a union is part of allOf: the members of its variants become optional", schema.place
        )
        always: dict[str, int] = {}
        for variant in kept:
            inner = self._reference(variant.ref, variant) if variant.ref else self.of(variant, variants=True)
            record.absorb(inner, optional=True)
            for wire in inner.required:
                always[wire] = always.get(wire, 0) + 1
        record.required.update({wire: None for wire, count in always.items() if count == len(self._told_apart(schema))})


def has_own_members(schema: Schema) -> bool:
    """Whether a schema with a reference says more than the reference."""
    return bool(
        schema.properties
        or schema.required
        or schema.patterns
        or schema.all_of
        or schema.one_of
        or schema.any_of
        or schema.enum is not None
        or schema.const is not UNSET
        or (schema.additional is not None and schema.additional.boolean is None)
    )


def is_annotation(schema: Schema) -> bool:
    """Whether a schema restricts nothing (description, title, default, nullable, ...)."""
    return not (
        schema.ref != ""
        or schema.boolean is False
        or schema.types
        or schema.constraints is not None
        or schema.items is not None
        or schema.prefix
        or schema.format
        or schema.media
        or schema.additional is not None
        or has_own_members(schema)
    )


def is_required_only(schema: Schema) -> bool:
    """Whether a schema only says which members must be there."""
    return bool(schema.required) and not (
        schema.ref != ""
        or schema.properties
        or schema.patterns
        or schema.all_of
        or schema.one_of
        or schema.any_of
        or schema.enum is not None
        or schema.additional is not None
    )
