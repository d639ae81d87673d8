"""Scalars, literals, enums and constraints: which of two holds the other's values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from specbind.generator.ir.model import Constraints, Enum, LiteralType, Scalar, ScalarKind

from .rules import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msgspec import UnsetType

    from specbind.generator.ir.model import Json

__all__ = ["constraint_changes", "format_change", "holds_value", "json_words", "number_change", "same_value"]

_KIND = ScalarKind
_WIDER: dict[ScalarKind, frozenset[ScalarKind]] = {
    _KIND.INT32: frozenset({_KIND.INT64, _KIND.INTEGER, _KIND.NUMBER, _KIND.DOUBLE}),
    _KIND.UINT32: frozenset({_KIND.UINT64, _KIND.INT64, _KIND.INTEGER, _KIND.NUMBER, _KIND.DOUBLE}),
    _KIND.INT64: frozenset({_KIND.INTEGER, _KIND.NUMBER}),
    _KIND.UINT64: frozenset({_KIND.INTEGER, _KIND.NUMBER}),
    _KIND.INTEGER: frozenset({_KIND.NUMBER}),
    _KIND.FLOAT: frozenset({_KIND.DOUBLE, _KIND.NUMBER}),
    _KIND.DOUBLE: frozenset({_KIND.NUMBER}),
}
_WHOLE = frozenset({_KIND.INT32, _KIND.UINT32, _KIND.INT64, _KIND.UINT64, _KIND.INTEGER})
_REAL = frozenset({_KIND.FLOAT, _KIND.DOUBLE, _KIND.NUMBER})

# Formats with a grammar (JSON Schema 2020-12, section 7.3, and the OpenAPI format registry); any other advises only.
_FORMS = frozenset(
    """date-time date time duration email idn-email hostname idn-hostname ipv4 ipv6 uri uri-reference iri iri-reference
    uuid uri-template json-pointer relative-json-pointer regex byte base64url binary decimal decimal128 http-date
    """.split()
)

_LEAST = ("minimum", "exclusive_minimum", "min_length", "min_items", "min_properties")
_MOST = ("maximum", "exclusive_maximum", "max_length", "max_items", "max_properties")


def number_change(old: ScalarKind, new: ScalarKind) -> Rule:
    """The rule for two kinds of scalar that differ."""
    if new in _WIDER.get(old, ()):
        return Rule.NUMBER_WIDENED if _alike(old, new) else Rule.TYPE_WIDENED
    if old in _WIDER.get(new, ()):
        return Rule.NUMBER_NARROWED if _alike(old, new) else Rule.TYPE_NARROWED
    return Rule.TYPE_CHANGED


def _alike(old: ScalarKind, new: ScalarKind) -> bool:
    return {old, new} <= _WHOLE or {old, new} <= _REAL


def format_change(old: str, new: str) -> Rule | None:
    """The rule for two formats, None if they are the same."""
    if old == new:
        return None
    strict = (old in _FORMS, new in _FORMS)
    if strict == (False, False):
        return Rule.FORMAT_HINT
    if strict == (True, True):
        return Rule.FORMAT_CHANGED
    return Rule.FORMAT_STATED if strict[1] else Rule.FORMAT_DROPPED


def same_value(old: Json, new: Json) -> bool:
    """Whether two JSON values are the same; `true` is not 1."""
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(same_value, old, new))
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(same_value(old[key], new[key]) for key in old)
    return old == new


def json_words(value: Json | UnsetType) -> str:
    """A value as it stands in a document."""
    return "" if value is UNSET else msgspec.json.encode(value).decode()


def holds_value(type_: Scalar | LiteralType | Enum, value: Json) -> bool:
    """Whether a JSON value fits, but for format and constraints."""
    if isinstance(type_, LiteralType):
        return same_value(type_.value, value)
    if isinstance(type_, Enum):
        return any(same_value(found.value, value) for found in type_.values)
    if isinstance(value, bool):
        return type_.scalar is ScalarKind.BOOLEAN
    if isinstance(value, int):
        return type_.scalar in _WHOLE | _REAL
    if isinstance(value, float):
        return type_.scalar in _REAL
    return isinstance(value, str) and type_.scalar is ScalarKind.STRING


def constraint_changes(old: Constraints | None, new: Constraints | None) -> Iterator[tuple[Rule, str]]:
    """A rule and words for every keyword that differs. A pattern that differs counts as tighter: nobody can tell."""
    for keyword in Constraints.__struct_fields__:
        before, after = _stated(old, keyword), _stated(new, keyword)
        if before == after:
            continue
        rule = Rule.CONSTRAINT_LOOSENED if _looser(keyword, before, after) else Rule.CONSTRAINT_TIGHTENED
        yield rule, f"{_camel(keyword)} was {_shown(before)}, is {_shown(after)}"


def _stated(constraints: Constraints | None, keyword: str) -> float | str | None:
    value: float | str | None = getattr(constraints, keyword, None)
    return None if value is False else value


def _looser(keyword: str, before: float | str | None, after: float | str | None) -> bool:
    if after is None:
        return True
    if isinstance(before, str) or isinstance(after, str) or before is None:
        return False
    if keyword in _LEAST:
        return after < before
    if keyword in _MOST:
        return after > before
    return keyword == "multiple_of" and after != 0 and before % after == 0


def _camel(keyword: str) -> str:
    first, *rest = keyword.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _shown(value: float | str | None) -> str:
    return "not stated" if value is None else str(value)
