"""Types of fields: what the field table calls them, and how Python annotates them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.emit.text import Code, code, compose
from specbind.generator.ir.model import Enum, ListType, MapType, Presence, Ref, Scalar, ScalarKind

from .wellknown import PLAIN, RUNTIME, WRAPPED

if TYPE_CHECKING:
    from collections.abc import Callable

    from specbind.generator.emit.text import Identifier
    from specbind.generator.ir.model import Field, Type
    from specbind.generator.targets.python.scope import ModuleScope

    from .context import ProtoContext

__all__ = ["KindWriter", "scalar_word"]

_WORDS = {ScalarKind.BOOLEAN: "bool", ScalarKind.BINARY: "bytes"}
_PYTHON = {
    "bool": "bool", "string": "str", "bytes": "bytes", "float": "float", "double": "float",
}  # fmt: skip
_ZEROS = {"bool": code("False"), "str": code('""'), "bytes": code('b""'), "float": code("0.0"), "int": code("0")}


def scalar_word(scalar: Scalar) -> str:
    """The proto's word for a scalar: `sint32`, `string`."""
    return scalar.format or _WORDS.get(scalar.scalar, scalar.scalar.value)


class KindWriter:
    """Writes kinds and annotations for one module; `named` gives a definition's name there and imports it."""

    def __init__(
        self, context: ProtoContext, package: str, scope: ModuleScope, named: Callable[[str], Identifier]
    ) -> None:
        self._context = context
        self._package = package
        self._scope = scope
        self._named = named

    def kind(self, field: Field) -> str:
        """The kind in the field table; names in it are those of the module."""
        type_ = field.type.item if isinstance(field.type, ListType) else field.type
        if isinstance(type_, MapType):
            return f"map {scalar_word(type_.key or Scalar(ScalarKind.STRING))} {self._single(type_.value, field)}"
        return self._single(type_, field)

    def _single(self, type_: Type, field: Field) -> str:
        if isinstance(type_, Scalar):
            return scalar_word(type_)
        if not isinstance(type_, Ref):
            raise TypeError(f"not a type of a proto: {type_!r:.60}")
        delimited = field.form is not None and field.form.delimited
        if type_.id in PLAIN and not delimited:
            return PLAIN[type_.id]
        if type_.id in WRAPPED and not delimited:
            return f"wrapped {WRAPPED[type_.id]}"
        item = self._context.definitions[type_.id]
        word = "group" if delimited else "message"
        if isinstance(item, Enum):
            word = "enum" if item.open else "closed"
        return f"{word} @{RUNTIME[type_.id]}" if type_.id in RUNTIME else f"{word} {self._named(type_.id)}"

    def annotation(self, field: Field) -> Code:
        """The annotation of the values that a field holds, absence aside."""
        match field.type:
            case ListType(item=item):
                return compose("{}[{}]", self._scope.builtin("list"), self._plain(item, field))
            case MapType(value=value, key=key):
                inner = self._builtin(scalar_word(key or Scalar(ScalarKind.STRING)))
                return compose("{}[{}, {}]", self._scope.builtin("dict"), inner, self._plain(value, field))
            case _:
                return self._plain(field.type, field)

    def _plain(self, type_: Type, field: Field) -> Code:
        kind = self._single(type_, field)
        word, _, rest = kind.partition(" ")
        if word in {"struct", "value", "list"}:
            json = self._scope.use(self._context.runtime_symbol(self._package, "proto.message", "JsonValue"))
            if word == "value":
                return json
            if word == "list":
                return compose("{}[{}]", self._scope.builtin("list"), json)
            return compose("{}[{}, {}]", self._scope.builtin("dict"), self._scope.builtin("str"), json)
        if word == "wrapped":
            return self._builtin(rest)
        if isinstance(type_, Ref):
            if type_.id in RUNTIME:
                symbol = self._context.runtime_symbol(self._package, "proto.wellknown", RUNTIME[type_.id])
                return self._scope.use(symbol)
            return self._named(type_.id)
        return self._builtin(word)

    def _builtin(self, scalar: str) -> Code:
        return self._scope.builtin(_PYTHON.get(scalar, "int"))

    def zero(self, field: Field) -> Code:
        """What a field without presence holds when nothing was set."""
        if field.presence is not Presence.IMPLICIT:
            raise ValueError(f"{field.wire} has presence")
        if isinstance(field.type, ListType):
            return code("[]")
        if isinstance(field.type, MapType):
            return code("{}")
        if isinstance(field.type, Scalar):
            return _ZEROS[_PYTHON.get(scalar_word(field.type), "int")]
        member = self._context.members[field.type.id][0] if isinstance(field.type, Ref) else code("")
        return compose("{}.{}", self._plain(field.type, field), member)
