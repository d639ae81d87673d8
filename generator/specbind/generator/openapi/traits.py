"""Questions about schemas that follow references: does it admit null, is it an object, who extends it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import UNSET

from specbind.generator.codes import Code
from specbind.generator.source import ReadError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from specbind.generator.source import Report

    from .document import Document, Schema
    from .read_schema import SchemaReader

__all__ = ["Traits"]

_MAX_CHAIN = 60


class Traits:
    """Answers, kept by location."""

    def __init__(self, document: Document, reader: SchemaReader, report: Report) -> None:
        self._reader = reader
        self._report = report
        self._depth = 0
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
        known = self._null.get(place)
        if known is None:
            self._null[place] = False  # for circles: null must come from elsewhere
            with self._deeper(place):
                known = self._null[place] = self.admits_null(self._reader.at(place))
        return known

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
        known = self._object.get(place)
        if known is None:
            self._object[place] = False
            with self._deeper(place):
                known = self._object[place] = self.is_object(self._reader.at(place))
        return known

    @contextmanager
    def _deeper(self, place: str) -> Generator[None, None, None]:
        """One more schema that depends on another. Raises ReadError where there are too many in a row."""
        self._depth += 1
        if self._depth > _MAX_CHAIN:
            message = f"more than {_MAX_CHAIN} schemas depend on each other in a row"
            raise ReadError(Code.TOO_DEEP, message, place=place)
        try:
            yield
        finally:
            self._depth -= 1

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
