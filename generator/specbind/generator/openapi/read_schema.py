"""Schemas from raw values: one rule per keyword, 3.0's keywords lifted to those of 3.1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.codes import Code
from specbind.generator.source import Missing, ReadError
from specbind.generator.source.pointer import child

from .cursor import kind
from .document import Schema
from .schema_rules import MEANS_NULL, NOT_CARRIED, RULES, SILENT, Draft, constraints

if TYPE_CHECKING:
    from specbind.generator.ir.model import Json

    from .cursor import Scope

__all__ = ["MAX_SCHEMA_DEPTH", "SchemaReader"]

MAX_SCHEMA_DEPTH = 100
"""Schemas written inside one another. Public documents stay below 15."""


class SchemaReader:
    """Reads schemas; those that references lead to are kept by location."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._at: dict[str, Schema] = {}

    def at(self, place: str) -> Schema:
        """The schema at a location that a reference was resolved to."""
        known = self._at.get(place)
        if known is None:
            value = self.scope.workspace.value(place)
            known = Schema(place, ref=None) if isinstance(value, Missing) else self.read(value, place)
            self._at[place] = known
        return known

    def keep(self, schema: Schema) -> None:
        """Give this schema to those who ask for its location."""
        self._at[schema.place] = schema

    def read(self, value: Json, place: str, depth: int = 0) -> Schema:
        """One schema with all below it. Raises ReadError where they are nested too deep."""
        if not isinstance(value, dict):
            if isinstance(value, bool):
                return Schema(place, boolean=value)
            self.scope.report.add(Code.DEGRADED, f"a schema must be an object or a boolean, not {kind(value)}", place)
            return Schema(place, degraded=True)
        if depth > MAX_SCHEMA_DEPTH:
            message = f"schemas are nested more than {MAX_SCHEMA_DEPTH} deep"
            raise ReadError(Code.TOO_DEEP, message, place=place)
        draft = Draft(place, depth)
        for key, member in value.items():
            rule = RULES.get(key)
            if rule is not None:
                if member is None and key not in MEANS_NULL:
                    continue  # as good as absent
                rule(self, draft, key, member)
            elif key in NOT_CARRIED:
                self.scope.report.add(Code.NOT_CARRIED, f"the keyword {key!r} is not carried", child(place, key))
            elif key not in SILENT and not key.startswith("x-"):
                self.scope.report.add(Code.UNKNOWN_MEMBER, f"{key!r} is not a known keyword", child(place, key))
        if draft.constraints:
            draft.members["constraints"] = constraints(draft.constraints)
        return Schema(place, **draft.members)  # type: ignore[arg-type] # each rule sets its member's type
