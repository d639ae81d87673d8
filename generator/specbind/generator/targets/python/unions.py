"""Which unions msgspec can decode by itself.

msgspec takes a union whose members differ by JSON kind, and beside a custom type only null. Any other becomes a
`ShapedUnion`, a class with a decode hook, and needs a name: inline ones are hoisted (`ir.hoist`) into an alias named
after their place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.ir.model import (
    Alias,
    Enum,
    ListType,
    LiteralType,
    MapType,
    NullableType,
    Object,
    Ref,
    Scalar,
    ScalarKind,
    TupleType,
    UnionType,
)

from .types import INT_TEXTS, has_class, is_open

if TYPE_CHECKING:
    from collections.abc import Mapping

    from specbind.generator.ir.model import Definition, Type

__all__ = ["UnionRules"]

_INTEGERS = {ScalarKind.INTEGER, ScalarKind.INT32, ScalarKind.INT64, ScalarKind.UINT32, ScalarKind.UINT64}
_FLOATS = {ScalarKind.NUMBER, ScalarKind.FLOAT, ScalarKind.DOUBLE}


class UnionRules:
    """Answers by msgspec's rules, over the definitions of one Api."""

    def __init__(self, definitions: Mapping[str, Definition]) -> None:
        self._definitions = definitions

    def is_native(self, union: UnionType) -> bool:
        """Whether msgspec decodes the union without help."""
        kinds = [kind for variant in union.variants for kind in self.kinds(variant.type)]
        if "any" in kinds:
            return True
        if "shaped" in kinds:
            return False
        if "custom" in kinds:
            return kinds.count("custom") == 1 and {"custom", "null"}.issuperset(kinds)
        return all(kinds.count(kind) <= 1 for kind in ("object", "array", "text", "integer", "number"))

    def kinds(self, type_: Type, seen: frozenset[str] = frozenset()) -> list[str]:
        """The JSON kinds that a type accepts, as msgspec counts them.

        "any", "shaped" and "custom" stand for what excludes others; a custom type is one that the decode hook reads.
        """
        match type_:
            case Scalar():
                return ["custom" if _is_custom(type_) else _scalar_kind(type_.scalar)]
            case LiteralType(value=value):
                return [_literal_kind(value)]
            case ListType() | TupleType():
                return ["array"]
            case MapType():
                return ["object"]
            case NullableType(item=item):
                return ["null", *self.kinds(item, seen)]
            case UnionType(variants=variants):
                if not self.is_native(type_):
                    return ["shaped"]
                return [kind for variant in variants for kind in self.kinds(variant.type, seen)]
            case Ref(id=name):
                return self._named_kinds(name, seen)
            case _:
                return ["any"]

    def _named_kinds(self, name: str, seen: frozenset[str]) -> list[str]:
        match self._definitions.get(name):
            case Object() as item:
                return ["custom" if is_open(item) else "object"]
            case Enum(scalar=scalar, values=values) as enum:
                if scalar is not None and has_class(enum):
                    return ["custom" if scalar in _FLOATS else _scalar_kind(scalar)]
                return sorted({_literal_kind(value.value) for value in values}) or ["any"]
            case Alias(type=type_) if name not in seen:
                return self.kinds(type_, seen | {name})
            case _:
                return ["any"]


def _is_custom(scalar: Scalar) -> bool:
    """Whether a class of the runtime stands for it: durations, integers as text, files in multipart bodies."""
    if scalar.scalar is ScalarKind.BINARY:
        return True
    return scalar.scalar is ScalarKind.STRING and (scalar.format == "duration" or scalar.format in INT_TEXTS)


def _scalar_kind(kind: ScalarKind) -> str:
    if kind in _INTEGERS:
        return "integer"
    if kind in _FLOATS:
        return "number"
    return "boolean" if kind is ScalarKind.BOOLEAN else "text"


def _literal_kind(value: object) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "text"
        case None:
            return "null"
        case _:
            return "any"
