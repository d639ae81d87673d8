"""Python names made of spec text."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from specbind.generator.emit.words import fitted, pascal_case, words

from .reserved import KEYWORDS

if TYPE_CHECKING:
    from specbind.generator.emit.text import Identifier

__all__ = ["class_name", "constant_name", "module_name", "value_name"]

_SIGNS = {"+": " plus ", "-": " minus ", "<": " less ", ">": " greater ", "=": " equal ", "*": " star ", "!": " not "}


@lru_cache(maxsize=1 << 16)  # a document says the same names over and over
def value_name(text: str, prefix: str = "value_") -> Identifier:
    """A name for a field, argument or method: `snake_case`. `prefix` stands before what is no name by itself."""
    return fitted("_".join(word.lower() for word in words(text)), prefix, KEYWORDS)


def module_name(text: str) -> Identifier:
    """A name for a module."""
    return value_name(text, "module_")


def class_name(text: str, prefix: str = "Type") -> Identifier:
    """A name for a class: `PascalCase`; words in capitals stay (`HTTPError`)."""
    return fitted(pascal_case(text), prefix, KEYWORDS)


def constant_name(value: object) -> Identifier:
    """A name for an enum member, `CAPITALS`: of a text, or of a number (`VALUE_10`, `VALUE_MINUS_1`)."""
    text = str(value)
    found = words(text)
    if not found or not isinstance(value, str) or text.lstrip("+-").replace(".", "").isdigit():
        text = "".join(_SIGNS.get(letter, letter) for letter in text)
        found = words(text)
    return fitted("_".join(word.upper() for word in found), "VALUE_" if found else "EMPTY", KEYWORDS)
