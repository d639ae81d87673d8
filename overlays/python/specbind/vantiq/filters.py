"""Conditions and orders that read like Python, for `select`, `count` and `delete`.

from specbind.vantiq import sort, where

await client.select("Pump", where=(where.pressure > 7) | (where.state == "hot"), sort_spec=sort("-pressure"))
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from specbind.bindings._runtime.narrowing import is_object
from specbind.core.filters import AllOf, AnyOf, Comparison, Condition, Field, Not

from .values import to_vantiq

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Clause", "Filter", "Key", "clause_of", "sort", "where"]

Clause: TypeAlias = dict[str, Any]
Filter: TypeAlias = Condition[Clause]
"""What a comparison gives; it goes wherever a where clause goes."""

_OPERATORS = {"!=": "$ne", "<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte", "any": "$in", "exists": "$exists"}
_OPPOSITES = {"==": "$ne", "any": "$nin"}


@dataclass(frozen=True, slots=True)
class _Match(Condition[Clause]):
    field: str
    pattern: str
    options: str


class Key(Field[Clause]):
    """A member of records; `where["a.b"]` is member `b` of member `a`."""

    __slots__ = ()

    def __init__(self, name: str) -> None:
        if not name or name.startswith("$"):
            raise ValueError(f"a member has a name that does not begin with $, not {name!r}")
        super().__init__(name, make=_clause)

    def matches(self, pattern: str, options: str = "") -> Filter:
        """Its text has a match of a regular expression of the server's; the option `i` ignores case."""
        return _Match(self.name, pattern, options, make=_clause)


class _Where:
    """Members of records by name: `where.pressure`, or `where["a.b"]` for names that are no names of Python."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Key:
        if name.startswith("__"):
            raise AttributeError(name)
        return Key(name)

    def __getitem__(self, name: str) -> Key:
        return Key(name)


where = _Where()
"""Members of records, to be compared: `where.pressure > 7`."""


def sort(*names: str) -> dict[str, int]:
    """An order: by these members one after the other, those with `-` in front from the largest on.

    Raises:
        ValueError: a name is empty or comes twice.
    """
    order: dict[str, int] = {}
    for name in names:
        plain = name.removeprefix("-")
        if not plain or plain in order:
            raise ValueError(f"sort by members with names, each once, not {name!r}")
        order[plain] = -1 if plain != name else 1
    return order


def clause_of(given: Mapping[str, Any] | Filter) -> Clause:
    """The where clause of what a caller gave. Raises TypeError for what is none."""
    found: object = given.build() if isinstance(given, Condition) else to_vantiq(given)
    if not isinstance(found, dict):
        raise TypeError(f"where is a dict or a condition, not {type(given).__name__}")
    return cast("Clause", found)


def _clause(condition: Condition[Clause]) -> Clause:
    match condition:
        case Comparison():
            value = to_vantiq(condition.value)
            if condition.operator == "==":
                return {condition.field: _equal(value)}
            return {condition.field: {_OPERATORS[condition.operator]: value}}
        case _Match():
            return {condition.field: _regex(condition)}
        case AllOf():
            return {"$and": [_clause(part) for part in condition.parts]}
        case AnyOf():
            return {"$or": [_clause(part) for part in condition.parts]}
        case Not():
            return _denied(condition.part)
        case _:
            raise TypeError(f"a where clause cannot say {type(condition).__name__}")


def _denied(condition: Condition[Clause]) -> Clause:
    """The opposite; `$not` stands at a single member only, which every server of this manner knows."""
    match condition:
        case Comparison(operator="exists"):
            return {condition.field: {"$exists": not condition.value}}
        case Comparison():
            value = to_vantiq(condition.value)
            opposite = _OPPOSITES.get(condition.operator)
            if condition.operator == "!=":
                return {condition.field: _equal(value)}
            return {
                condition.field: {opposite: value} if opposite else {"$not": {_OPERATORS[condition.operator]: value}}
            }
        case _Match():
            return {condition.field: {"$not": _regex(condition)}}
        case AllOf():
            return {"$or": [_denied(part) for part in condition.parts]}
        case AnyOf():
            return {"$and": [_denied(part) for part in condition.parts]}
        case Not():
            return _clause(condition.part)
        case _:
            raise TypeError(f"a where clause cannot say {type(condition).__name__}")


def _equal(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """What a member is compared with: an object of the caller is one, also if its members look like operators."""
    given: object = value
    return {"$eq": value} if is_object(given) and any(str(name).startswith("$") for name in given) else value


def _regex(match: _Match) -> Clause:
    return {"$regex": match.pattern, **({"$options": match.options} if match.options else {})}
