"""Text of a spec cut into words, and words put together as a name of any language."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from .text import Identifier, identifier

if TYPE_CHECKING:
    from collections.abc import Container

__all__ = ["RESERVED_FILES", "fitted", "pascal_case", "words"]

RESERVED_FILES = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)), *(f"lpt{n}" for n in range(10))}
)
"""Names that no file may have on Windows, whatever follows their dot."""

_MAX_LENGTH = 80
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+(?:[0-9]+[a-z]*)*|[A-Z]+[0-9]*|[0-9]+[a-z]*")


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


def fitted(text: str, prefix: str, keywords: Container[str]) -> Identifier:
    """A name of letters and digits, at most 80: `prefix` before what is none by itself, `_` after a keyword."""
    if not text or not text[0].isalpha():
        text = prefix + text
    text = text[:_MAX_LENGTH]
    return identifier(f"{text}_" if text in keywords else text)


def pascal_case(text: str) -> str:
    """The words of a text, each with a capital; words in capitals stay (`HTTPError`)."""
    return "".join(word[0].upper() + word[1:] for word in words(text))
