"""Questions about schemas that follow references: does it admit null, is it an object, who extends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from specbind.generator.codes import Code
from specbind.generator.source import ReadError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from specbind.generator.source import Report

    from .document import Document, Schema
    from .read_schema import SchemaReader

__all__ = ["MAX_CHAIN", "Traits"]

MAX_CHAIN = 500
"""Schemas that are combined of each other in a row; what is inherited grows with its square."""


class Traits:
    """Answers, kept by location."""

    def __init__(self, document: Document, reader: SchemaReader, report: Report) -> None:
        self._reader = reader
        self._report = report
        self._null: dict[str, bool] = {}
        self._object: dict[str, bool] = {}
        self._children: dict[str, list[str]] = {}
        self._descended: dict[str, frozenset[str]] = {}
        self._families: dict[str, list[str]] = {}
        self._order: dict[str, int] = {}
        for index, schema in enumerate(document.schemas.values()):
            self._order[schema.place] = index
            for base in _bases(schema):
                self._children.setdefault(base, []).append(schema.place)

    def resolved(self, schema: Schema) -> Schema:
        """The schema after references that stand alone."""
        return self._chain(schema)[-1] if schema.ref else schema

    def _chain(self, schema: Schema) -> list[Schema]:
        """A schema with all that its references lead to in a row."""
        found = [schema]
        seen: set[str] = set()
        while schema.ref and schema.ref not in seen:
            seen.add(schema.ref)
            schema = self._reader.at(schema.ref)
            found.append(schema)
        return found

    def admits_null(self, schema: Schema) -> bool:
        """Whether null fits beside other values."""
        if schema.nullable or "null" in schema.types:
            return True
        if schema.ref:
            schemas = self._chain(schema)
            return any(found.nullable for found in schemas) or self._null_at(schemas[-1].place)
        if schema.boolean is not None:
            return False
        if schema.const is not UNSET:
            return schema.const is None
        if schema.enum is not None:
            return None in schema.enum
        if schema.types:
            return False
        if any(self.admits_null(variant) for variant in (*schema.one_of, *schema.any_of)):
            return True
        branches = [branch for branch in schema.all_of if branch.ref or branch.types or branch.one_of or branch.any_of]
        return bool(branches) and not schema.properties and all(self.admits_null(branch) for branch in branches)

    def _null_at(self, place: str) -> bool:
        if place not in self._null:
            self._settle(place, self._null, self.admits_null)
        return self._null[place]

    def is_object(self, schema: Schema) -> bool:
        """Whether the values are objects with members that the schema names, or a union of such."""
        if schema.ref:
            return self.is_object_at(self.resolved(schema).place)
        if schema.boolean is not None:
            return False
        names = set(schema.types) - {"null"}
        if names:
            return names == {"object"}
        if schema.enum is not None or schema.const is not UNSET:
            return False
        if schema.properties or schema.patterns or schema.additional is not None or schema.required:
            return True
        variants = [v for v in (*schema.one_of, *schema.any_of) if set(v.types) != {"null"}]
        if variants:
            return all(self.is_object(variant) for variant in variants)
        return any(self.is_object(branch) for branch in schema.all_of)

    def is_object_at(self, place: str) -> bool:
        """As `is_object`, for a location."""
        if place not in self._object:
            self._settle(place, self._object, self.is_object)
        return self._object[place]

    def _settle(self, place: str, known: dict[str, bool], ask: Callable[[Schema], bool]) -> None:
        """Answer a question for a schema and all that it depends on, innermost first, so that no answer recurses far.

        In a circle the answer is no unless it comes from elsewhere. Raises ReadError where too many schemas depend on
        each other in a row.
        """
        known[place] = False
        stack = [(place, self._parts(place))]
        while stack:
            current, rest = stack[-1]
            needed = next((other for other in rest if other not in known), None)
            if needed is None:
                stack.pop()
                known[current] = ask(self._reader.at(current))
                continue
            if len(stack) >= MAX_CHAIN:
                message = f"more than {MAX_CHAIN:,} schemas depend on each other in a row"
                raise ReadError(Code.TOO_DEEP, message, place=needed)
            known[needed] = False
            stack.append((needed, self._parts(needed)))

    def _parts(self, place: str) -> Iterator[str]:
        """Where the references lead that a schema is combined of."""
        stack = [self._reader.at(place)]
        while stack:
            schema = stack.pop()
            if schema.ref:
                yield self.resolved(schema).place
            else:
                stack.extend((*schema.all_of, *schema.one_of, *schema.any_of))

    def family(self, place: str) -> list[str]:
        """The schemas that extend a base with a discriminator, in document order; none where it is no such base."""
        known = self._families.get(place)
        if known is None:
            known = self._families[place] = self._family(place)
        return known

    def _family(self, place: str) -> list[str]:
        schema = self._reader.at(place)
        if schema.discriminator is None or schema.one_of or schema.any_of:
            return []
        found = list(self._find_descendants(place))
        found += [target for target in schema.discriminator.mapping.values() if target]
        unique = [child for child in dict.fromkeys(found) if child != place]
        return sorted(unique, key=lambda child: self._order.get(child, len(self._order)))

    def extends(self, place: str, base: str) -> bool:
        """Whether the schema at `place` has `base` among its allOf, at any distance."""
        return place in self._descendants(base)

    def _descendants(self, place: str) -> frozenset[str]:
        known = self._descended.get(place)
        if known is None:
            known = self._descended[place] = frozenset(self._find_descendants(place))
        return known

    def _find_descendants(self, place: str) -> dict[str, None]:
        found: dict[str, None] = {}
        stack = list(self._children.get(place, ()))
        while stack:
            child = stack.pop()
            if child not in found:
                found[child] = None
                stack.extend(self._children.get(child, ()))
        return found


def _bases(schema: Schema) -> Iterator[str]:
    """Where the allOf of a schema leads, through allOf inside it."""
    stack = list(schema.all_of)
    while stack:
        branch = stack.pop()
        if branch.ref:
            yield branch.ref
        stack.extend(branch.all_of)
