"""IR types as TypeScript types of what stands on the wire: what JSON.parse gives and JSON.stringify takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.emit.text import Code, code, compose, join
from specbind.generator.ir.graph import alternatives
from specbind.generator.ir.model import (
    Alias,
    AnyType,
    Enum,
    ListType,
    LiteralType,
    MapType,
    NeverType,
    Object,
    Ref,
    Scalar,
    ScalarKind,
    TupleType,
)

from .literals import literal_type, property_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from specbind.generator.ir.graph import Alternative
    from specbind.generator.ir.model import Definition, Type

__all__ = ["NULL", "STRING", "UNDEFINED", "UNKNOWN", "TypeWriter", "enum_members", "union"]

NULL = code("null")
STRING = code("string")
UNDEFINED = code("undefined")
_NEVER = code("never")
UNKNOWN = code("unknown")
_KINDS = {
    ScalarKind.STRING: STRING,
    ScalarKind.BINARY: STRING,  # inside JSON
    ScalarKind.BOOLEAN: code("boolean"),
}
_NUMBER = code("number")
_OPEN = {
    str: code("(string & {})"),
    int: code("(number & {})"),
    float: code("(number & {})"),
    bool: code("boolean"),
}


def union(members: list[Code]) -> list[Code]:
    """The members of a union, each once: `unknown` alone where it is one, no `never` beside others, null last."""
    found = dict.fromkeys(members)
    if UNKNOWN in found:
        return [UNKNOWN]
    if NULL in found:
        found.pop(NULL)
        found[NULL] = None
    return [member for member in found if member != _NEVER] or [_NEVER]


def enum_members(enum: Enum) -> list[Code]:
    """The values of an enum, and any other of their kinds where it is open.

    `string & {}` is any string, and yet leaves the values for editors to offer.
    """
    values = [literal_type(value.value) for value in enum.values]
    if enum.open:
        kinds = {type(value.value): None for value in enum.values}
        values += [_OPEN[kind] for kind in kinds if kind in _OPEN]
    return union(values) if values else [UNKNOWN]


class TypeWriter:
    """Writes types for one module: `named` prints a definition's name and imports it into the module's scope.

    `file` gives the type of raw bytes in a multipart body; without it they are text, as JSON has them.
    """

    def __init__(
        self,
        definitions: Mapping[str, Definition],
        named: Callable[[str], Code],
        file: Callable[[], Code] | None = None,
    ) -> None:
        self._definitions = definitions
        self._named = named
        self._file = file

    def annotation(self, *types: Type, also: tuple[Code, ...] = ()) -> Code:
        """One of the types, or of `also`."""
        return join(" | ", self.members(*types, also=also))

    def members(self, *types: Type, also: tuple[Code, ...] = ()) -> list[Code]:
        """The members of the union of the types and of `also`."""
        found = list(alternatives(*types))
        if any(self._is_unknown(each.type) for each in found):
            return [UNKNOWN]  # the others are not named, so that nothing is imported in vain
        return union([*map(self._alternative, found), *also])

    def _is_unknown(self, type_: Type | None) -> bool:
        return isinstance(type_, AnyType) or (isinstance(type_, Ref) and type_.id not in self._definitions)

    def _alternative(self, found: Alternative) -> Code:
        if found.type is None:
            return NULL
        plain = self._plain(found.type)
        if not found.tags or not self._takes_tag(found.type, found.discriminator, found.tags):
            return plain
        tags = join(" | ", [literal_type(tag) for tag in found.tags])
        return compose("({} & {{ {}: {} }})", plain, property_name(found.discriminator), tags)

    def _takes_tag(self, type_: Type, name: str, tags: tuple[str, ...]) -> bool:
        """Whether a variant becomes narrower by its tag: one that has it already, or could not have it, does not."""
        match self._definitions.get(type_.id) if isinstance(type_, Ref) else None:
            case Alias(type=inner):
                return all(
                    part.type is not None and self._takes_tag(part.type, name, tags) for part in alternatives(inner)
                )
            case Object(fields=fields):
                declared = next((field.type for field in fields if field.wire == name), None)
                return declared is None or self._holds(declared, tags)
            case _:
                return False

    def _holds(self, type_: Type, tags: tuple[str, ...]) -> bool:
        """Whether a member of this type may have each of the tags, and others."""
        match type_:
            case AnyType() | Scalar(scalar=ScalarKind.STRING):
                return True
            case Ref(id=name):
                match self._definitions.get(name):
                    case Enum(open=True, scalar=ScalarKind.STRING):
                        return True
                    case Enum(values=values):
                        return set(tags) <= {value.value for value in values}
                    case Alias(type=inner):
                        return self._holds(inner, tags)
                    case _:
                        return False
            case _:
                return False

    def _plain(self, type_: Type) -> Code:
        match type_:
            case Ref(id=name):
                return self._named(name)
            case Scalar(scalar=ScalarKind.BINARY) if self._file is not None:
                return self._file()
            case Scalar(scalar=kind):
                return _KINDS.get(kind, _NUMBER)
            case LiteralType(value=value):
                return literal_type(value)
            case ListType(item=item):
                return compose("{}[]", self._grouped(item))
            case TupleType(items=items, rest=rest):
                parts = [self.annotation(item) for item in items]
                if rest is not None:
                    parts.append(compose("...{}[]", self._grouped(rest)))
                return compose("[{}]", join(", ", parts))
            case MapType(value=value):
                return compose("{{ [key: string]: {} }}", self.annotation(value))
            case NeverType():
                return _NEVER
            case _:
                return UNKNOWN

    def _grouped(self, type_: Type) -> Code:
        """A type as the item of an array."""
        members = self.members(type_)
        return compose("({})", join(" | ", members)) if len(members) > 1 else members[0]
