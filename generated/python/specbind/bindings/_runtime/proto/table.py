"""The field table of a message: how generated code writes it, and what the codecs read out of it.

A table is one constant: the full name, one row per field, and the names that cannot be derived.

    __proto__ = (
        "shop.v1.Order",
        (
            (1, "id", "uint64"),
            (2, "items", "message Item", "repeated"),
            (3, "note", "string", "optional"),
            (4, "card", "string", "oneof:payment"),
            (5, "cash", "bool", "oneof:payment"),
            (6, "prices", "map string double"),
            (7, "paid_at", "message @Timestamp"),
            (8, "from_", "string"),
        ),
        (("from_", "from", "from"),),
    )

Row: number, attribute, kind, words, default.
Kind: a scalar type of the language, or `message Type`, `group Type` (delimited), `enum Type`, `closed Type` (an enum
whose unknown numbers become unknown fields), `map <key> <kind of the value>`, `struct`, `value`, `list` (the JSON types
of google.protobuf), `wrapped <scalar>` (its wrappers).
Words: `optional` (explicit presence), `required`, `repeated`, `packed` (implies repeated), `oneof:<name>`, `raw` (text
that is not checked to be UTF-8). Without words a scalar has implicit presence; a message always has explicit presence.
Default: of a field with explicit presence, if it is not the zero of its type.

A type is named as in the module of the class; `@Type` is one of `wellknown`; `<module>:Type` stands in another module,
relative to the package of the class if it begins with a dot. Types are looked up when they are first needed.
"""

from __future__ import annotations

import sys
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias, cast

from msgspec import Struct

if TYPE_CHECKING:
    from .message import Message

__all__ = ["SCALARS", "WIRE_TYPES", "Default", "Field", "MessageTable", "Names", "Row", "camel", "parse", "resolve"]

Default: TypeAlias = "bool | int | float | str | bytes | None"
Row: TypeAlias = (
    "tuple[int, str, str] | tuple[int, str, str, str] | tuple[int, str, str, str, bool | int | float | str | bytes]"
)
Names: TypeAlias = "tuple[tuple[str, str, str], ...]"
"""Attribute, name in the .proto file, JSON name, of fields where one cannot be derived from the other."""
MessageTable: TypeAlias = "tuple[str, tuple[Row, ...]] | tuple[str, tuple[Row, ...], Names]"

WIRE_TYPES = {
    **dict.fromkeys("int32 int64 uint32 uint64 sint32 sint64 bool enum closed".split(), 0),
    **dict.fromkeys("fixed64 sfixed64 double".split(), 1),
    **dict.fromkeys("string bytes message map struct value list wrapped".split(), 2),
    "group": 3,
    **dict.fromkeys("fixed32 sfixed32 float".split(), 5),
}
SCALARS = frozenset(
    "int32 int64 uint32 uint64 sint32 sint64 bool fixed64 sfixed64 double fixed32 sfixed32 float string bytes".split()
)
_KEYS = SCALARS - {"double", "float", "bytes"}
_MESSAGES = frozenset("message group struct value list wrapped".split())
_NUMBERS = range(1, 1 << 29)


class Field(Struct, frozen=True):
    """One field, as its row says.

    Attributes:
        kind: first word of the kind.
        reference: the type of a message, group or enum; the scalar of a wrapper; else "".
        presence: `implicit`, `optional`, `required`, `repeated` (maps too).
        default: what stands for an absent value, None for the zero of the type.
        checked: text has to be UTF-8.
        key: scalar type of a map's keys, else "".
        value: how a map's values are written, else None.
    """

    number: int
    attribute: str
    kind: str
    reference: str
    presence: str
    packed: bool
    oneof: str
    checked: bool
    default: Default
    key: str
    value: Field | None
    name: str
    json_name: str

    @property
    def wire_type(self) -> int:
        """How one value stands on the wire."""
        return WIRE_TYPES[self.kind]

    @property
    def tag(self) -> int:
        """What the field begins with in the form that is written."""
        return self.number << 3 | (2 if self.packed else self.wire_type)

    @property
    def other_tag(self) -> int:
        """What it begins with in the form that is also read, packed or unpacked; 0 if there is none."""
        if self.presence != "repeated" or self.wire_type in {2, 3}:
            return 0
        return self.number << 3 | (self.wire_type if self.packed else 2)

    @property
    def explicit(self) -> bool:
        """Whether an absent value is told from the default."""
        return self.presence in {"optional", "required"}


def camel(name: str) -> str:
    """Derive the JSON name of a field."""
    out: list[str] = []
    upper = False
    for char in name:
        if char == "_":
            upper = True
        else:
            out.append(char.upper() if upper and "a" <= char <= "z" else char)
            upper = False
    return "".join(out)


def parse(table: MessageTable) -> tuple[Field, ...]:
    """Read a table; fields in the order of their numbers.

    Raises:
        ValueError: a row is not as it must be.
    """
    names = {attribute: (name, json_name) for attribute, name, json_name in (table[2] if len(table) == 3 else ())}
    fields = sorted((_field(row, names) for row in table[1]), key=lambda field: field.number)
    for before, after in pairwise(fields):
        if before.number == after.number:
            raise ValueError(f"{table[0]}: the number {after.number} is taken twice")
    return tuple(fields)


def _field(row: Row, names: dict[str, tuple[str, str]]) -> Field:
    number, attribute, kind = row[:3]
    words = (row[3] if len(row) > 3 else "").split()
    default = cast("Default", row[4]) if len(row) == 5 else None
    name, json_name = names.get(attribute) or (attribute, camel(attribute))
    first, _, rest = kind.partition(" ")
    key = ""
    value = None
    oneof = next((word[6:] for word in words if word.startswith("oneof:")), "")
    if number not in _NUMBERS or first not in WIRE_TYPES:
        raise ValueError(f"{attribute}: no such field: {row}")
    if first == "map":
        key, _, rest = rest.partition(" ")
        if key not in _KEYS:
            raise ValueError(f"{attribute}: {key} is no key of a map")
        value = _field((2, "value", rest, "raw" if "raw" in words else ""), {})
        presence, rest = "repeated", ""
    elif "repeated" in words or "packed" in words:
        presence = "repeated"
    elif "required" in words:
        presence = "required"
    else:
        presence = "optional" if oneof or "optional" in words or first in _MESSAGES else "implicit"
    packed = "packed" in words
    checked = "raw" not in words
    return Field(number, attribute, first, rest, presence, packed, oneof, checked, default, key, value, name, json_name)


def resolve(owner: type[Message], reference: str) -> object:
    """Find the type that a row of `owner` names.

    Raises:
        LookupError: there is no such name.
    """
    module, colon, name = reference.rpartition(":")
    if reference.startswith("@"):
        name = reference[1:]
        found = import_module(".wellknown", __package__)
    elif colon:
        found = import_module(module, sys.modules[owner.__module__].__package__)
    else:
        found = sys.modules[owner.__module__]
    value: object = getattr(found, name, None)
    if value is None:
        raise LookupError(f"{owner.__name__}: {found.__name__} has no {name}")
    return value
