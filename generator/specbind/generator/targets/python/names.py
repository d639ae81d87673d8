"""Python names made of spec text."""

from __future__ import annotations

import re
import unicodedata

from specbind.generator.emit.text import Identifier, identifier

from .reserved import KEYWORDS

__all__ = ["class_name", "constant_name", "module_name", "value_name", "words"]

_MAX_LENGTH = 80
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+(?:[0-9]+[a-z]*)*|[A-Z]+[0-9]*|[0-9]+[a-z]*")
_SIGNS = {"+": " plus ", "-": " minus ", "<": " less ", ">": " greater ", "=": " equal ", "*": " star ", "!": " not "}


def words(text: str) -> list[str]:
    """Cut text into words of ASCII letters and digits: at signs, at `camelCase` and `HTTPServer` borders.

    Letters with accents lose them; other letters are spelt as their code point, so that nothing vanishes.
    """
    if text.isascii():
        return _WORD.findall(text)
    plain: list[str] = []
    for letter in unicodedata.normalize("NFKD", text):
        if letter.isascii():
            plain.append(letter)
        elif letter.isalnum():
            plain.append(f" u{ord(letter):x} ")
        elif not unicodedata.combining(letter):
            plain.append(" ")
    return _WORD.findall("".join(plain))


def _fitted(text: str, prefix: str) -> Identifier:
    if not text or not text[0].isalpha():
        text = prefix + text
    text = text[:_MAX_LENGTH]
    return identifier(f"{text}_" if text in KEYWORDS else text)


def value_name(text: str, prefix: str = "value_") -> Identifier:
    """A name for a field, argument or method: `snake_case`. `prefix` stands before what is no name by itself."""
    return _fitted("_".join(word.lower() for word in words(text)), prefix)


def module_name(text: str) -> Identifier:
    """A name for a module."""
    return value_name(text, "module_")


def class_name(text: str, prefix: str = "Type") -> Identifier:
    """A name for a class: `PascalCase`; words in capitals stay (`HTTPError`)."""
    return _fitted("".join(word[0].upper() + word[1:] for word in words(text)), prefix)


def constant_name(value: object) -> Identifier:
    """A name for an enum member, `CAPITALS`: of a text, or of a number (`VALUE_10`, `VALUE_MINUS_1`)."""
    text = str(value)
    found = words(text)
    if not found or not isinstance(value, str) or text.lstrip("+-").replace(".", "").isdigit():
        text = "".join(_SIGNS.get(letter, letter) for letter in text)
        found = words(text)
    return _fitted("_".join(word.upper() for word in found), "VALUE_" if found else "EMPTY")
