"""TypeScript names made of spec text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.emit.text import identifier
from specbind.generator.emit.words import fitted, pascal_case, words

from .reserved import KEYWORDS

if TYPE_CHECKING:
    from specbind.generator.emit.text import Identifier

__all__ = ["package_name", "shape_name", "type_name", "value_name"]


def type_name(text: str) -> Identifier:
    """A name for a type: `PascalCase`."""
    return fitted(pascal_case(text), "Type", KEYWORDS)


def value_name(text: str, prefix: str) -> Identifier:
    """A name for a constant or module: `camelCase`. `prefix` stands before what is no name by itself."""
    found = pascal_case(text)
    first = next(iter(words(found)), "")
    return fitted(first.lower() + found[len(first) :], prefix, KEYWORDS)


def shape_name(constant: Identifier) -> Identifier:
    """The name of an operation's types, from that of its constant; constants are told apart, so these are."""
    return identifier(constant[0].upper() + constant[1:])


def package_name(text: str) -> str:
    """A name for a package: lower case, with hyphens."""
    return "-".join(word.lower() for word in words(text))[:100].strip("-") or "api"
