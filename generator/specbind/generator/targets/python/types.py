"""IR types as Python annotations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from specbind.generator.emit.scope import Symbol
from specbind.generator.emit.text import Code, Identifier, code, compose, join
from specbind.generator.ir.graph import alternatives
from specbind.generator.ir.model import (
    Alias,
    Enum,
    ListType,
    LiteralType,
    MapType,
    Ref,
    Scalar,
    ScalarKind,
    TupleType,
)

from .imports import typing_symbol
from .limits import meta_arguments
from .literals import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from specbind.generator.ir.model import Definition, Object, Type

    from .scope import ModuleScope

__all__ = ["INT_TEXTS", "TypeWriter", "has_class", "is_alias_of", "is_open"]

NONE = code("None")
_REFUSED = re.compile(r'["\\\x00-\x1f]')  # msgspec takes no such name in `rename`

# Formats of strings that have a Python type of their own. The local names are ones that no field or argument can hide.
_FORMATS: dict[str, Symbol] = {
    "date-time": Symbol("datetime", "datetime", "DateTime"),
    "date": Symbol("datetime", "date", "Date"),
    "time": Symbol("datetime", "time", "Time"),
    "uuid": Symbol("uuid", "UUID"),
    "decimal": Symbol("decimal", "Decimal"),
}
INT_TEXTS = {"int64": "Int64Text", "uint64": "UInt64Text"}
_KINDS = {
    ScalarKind.STRING: "str",
    ScalarKind.BOOLEAN: "bool",
    ScalarKind.NUMBER: "float",
    ScalarKind.FLOAT: "float",
    ScalarKind.DOUBLE: "float",
}


class TypeWriter:
    """Writes annotations for one module: `named` prints a definition's name and imports it into the module's scope.

    `file` is what raw bytes inside a body are typed as: the runtime's File in multipart bodies, else None for str.
    `int_text` is the module that has types for integers that are text on the wire, "" where plain integers do.
    `duration` is the type of durations.
    `meta` is msgspec's Meta where the spec's limits are to be checked on decoding, None where they are not.
    """

    def __init__(
        self,
        scope: ModuleScope,
        definitions: Mapping[str, Definition],
        named: Callable[[str], Code],
        duration: Symbol,
        file: Symbol | None = None,
        meta: Symbol | None = None,
        int_text: str = "",
    ) -> None:
        self._scope = scope
        self._definitions = definitions
        self._named = named
        self._duration = duration
        self._file = file
        self._meta = meta
        self._int_text = int_text
        self._anys: set[Code] = set()
        self._annotated: set[Code] = set()

    def annotation(self, *types: Type, also: tuple[Code, ...] = ()) -> Code:
        """The annotation of one of the types, or of `also`: `A | B | None`. Any alone where a type is Any."""
        if len(types) == 1 and not also and isinstance(types[0], Ref | Scalar):
            return self._alternative(types[0])
        members = dict.fromkeys([self._alternative(found.type) for found in alternatives(*types)] + list(also))
        any_ = next((member for member in members if member in self._anys), None)
        if any_ is not None:
            return any_
        if NONE in members:
            members.pop(NONE)
            members[NONE] = None
        if len(members) > 1 and not self._annotated.isdisjoint(members):
            # pyright knows no `|` of Annotated outside of an annotation, and there these stand
            return compose("{}[{}]", self._scope.use(typing_symbol("Union")), join(", ", members))
        return join(" | ", members)

    def _alternative(self, type_: Type | None) -> Code:
        if isinstance(type_, Ref):
            return self._named(type_.id) if type_.id in self._definitions else self._any()
        return NONE if type_ is None else self._limited(type_)

    def _limited(self, type_: Type) -> Code:
        """The plain annotation, with the limits that msgspec checks where they are wanted."""
        plain = self._plain(type_)
        limits = meta_arguments(type_) if self._meta else []
        if self._meta is None or not limits:
            return plain
        annotated, meta = self._scope.use(typing_symbol("Annotated")), self._scope.use(self._meta)
        limited = compose("{}[{}, {}({})]", annotated, plain, meta, join(", ", limits))
        self._annotated.add(limited)
        return limited

    def _plain(self, type_: Type) -> Code:
        match type_:
            case Scalar():
                return self._scalar(type_)
            case LiteralType(value=value):
                return self._literal(value)
            case ListType(item=item):
                return compose("{}[{}]", self._scope.builtin("list"), self.annotation(item))
            case TupleType(items=items, rest=None) if items:
                inner = join(", ", map(self.annotation, items))
                return compose("{}[{}]", self._scope.builtin("tuple"), inner)
            case TupleType():
                return compose("{}[{}]", self._scope.builtin("list"), self._any())
            case MapType(value=value):
                text = self._scope.builtin("str")
                return compose("{}[{}, {}]", self._scope.builtin("dict"), text, self.annotation(value))
            case _:
                return self._any()

    def mixed_enum(self, enum: Enum) -> Code:
        """The annotation of an enum without a class: the kinds of its values."""
        names = sorted({type(value.value).__name__ for value in enum.values if value.value is not None})
        parts: list[Code] = [self._scope.builtin(name) for name in names]
        if any(value.value is None for value in enum.values):
            parts.append(NONE)
        return join(" | ", parts) if parts else self._any()

    def _any(self) -> Identifier:
        any_ = self._scope.use(typing_symbol("Any"))
        self._anys.add(any_)
        return any_

    def _scalar(self, scalar: Scalar) -> Code:
        if scalar.scalar is ScalarKind.BINARY:
            return self._scope.use(self._file) if self._file else self._scope.builtin("str")
        if scalar.format == "decimal" and scalar.scalar is not ScalarKind.BOOLEAN:
            return self._scope.use(_FORMATS["decimal"])
        if scalar.scalar is ScalarKind.STRING and scalar.format in _FORMATS:
            return self._scope.use(_FORMATS[scalar.format])
        if scalar.scalar is ScalarKind.STRING and scalar.format == "duration":
            return self._scope.use(self._duration)
        if scalar.scalar is ScalarKind.STRING and scalar.format == "byte":
            return self._scope.builtin("bytes")
        if scalar.scalar is ScalarKind.STRING and scalar.format in INT_TEXTS:
            name = INT_TEXTS[scalar.format]
            return self._scope.use(Symbol(self._int_text, name)) if self._int_text else self._scope.builtin("int")
        return self._scope.builtin(_KINDS.get(scalar.scalar, "int"))

    def _literal(self, value: object) -> Code:
        match value:
            case bool():
                return self._scope.builtin("bool")
            case int() if not is_plain_int(value):
                return self._scope.builtin("int")
            case str() | int() | None:
                return compose("{}[{}]", self._scope.use(typing_symbol("Literal")), literal(value))
            case float():
                return self._scope.builtin("float")
            case _:
                return self._any()


def is_alias_of(definition: Definition | None) -> bool:
    """Whether a definition is printed as an alias: also an enum without a class."""
    return isinstance(definition, Alias) or (isinstance(definition, Enum) and not has_class(definition))


def is_open(item: Object) -> bool:
    """Whether an object keeps members beside its fields, or has a wire name that msgspec refuses."""
    declared = item.additional_declared and item.additional is not None
    return bool(declared or item.patterns or any(_REFUSED.search(field.wire) for field in item.fields))


def has_class(enum: Enum) -> bool:
    """Whether an enum is printed as a class: not one of booleans, of several kinds, or of numbers above 64 bits."""
    if any(isinstance(value.value, int) and not is_plain_int(value.value) for value in enum.values):
        return False
    return enum.scalar is not None and enum.scalar is not ScalarKind.BOOLEAN


def is_plain_int(value: int) -> bool:
    """Whether msgspec takes a number for a Literal or a member of an enum."""
    return -(2**63) <= value < 2**63
