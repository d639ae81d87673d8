"""Python names of protos: those of the protos themselves wherever Python allows it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from specbind.generator.emit.text import identifier
from specbind.generator.targets.python.reserved import KEYWORDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from specbind.generator.emit.text import Identifier

__all__ = [
    "ENUM_RESERVED",
    "FIELD_RESERVED",
    "METHOD_RESERVED",
    "constant_of",
    "is_module_name",
    "method_of",
    "proto_name",
]

FIELD_RESERVED = frozenset({"SerializeToString", "FromString"})
"""Members of the base of messages. The list is part of the public surface: a name added here renames fields."""

ENUM_RESERVED = frozenset(
    "mro name value as_integer_ratio bit_count bit_length conjugate denominator from_bytes imag is_integer numerator "
    "real to_bytes".split()
)
METHOD_RESERVED = frozenset({"self"})

_MODULES = re.compile(r"(?:group_\d+|services|extensions)\Z")
_WORD = re.compile(
    r"[A-Z]{2,}s(?![a-z])"  # IDs, URLs
    r"|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+(?:[0-9]+[a-z]*)*|[A-Z]+[0-9]*|[0-9]+[a-z]*"
)


def proto_name(name: str, prefix: str) -> Identifier:
    """A name of a proto as it is; one that begins with an underscore gets `prefix` instead, a keyword `_` behind."""
    if name.startswith("_"):
        name = prefix + name.lstrip("_")
    return identifier(f"{name}_" if name in KEYWORDS else name)


def _words(name: str) -> list[str]:
    return _WORD.findall(name)


def method_of(name: str) -> Identifier:
    """The method of an rpc: `BinaryDataByIDs` is `binary_data_by_ids`."""
    return proto_name("_".join(word.lower() for word in _words(name)) or "call", "call_")


def constant_of(parts: Iterable[str]) -> Identifier:
    """The constant of an rpc."""
    found = "_".join(word.upper() for part in parts for word in _words(part))
    return identifier(found if found[:1].isalpha() else f"RPC_{found}")


def is_module_name(name: str) -> bool:
    """Whether a module of a package may have this name."""
    return bool(_MODULES.match(name))
