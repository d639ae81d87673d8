"""Bytes to text: byte order marks, UTF-16 and UTF-32 without one, and where a broken sequence stands."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from specbind.generator.codes import Code

from .error import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["decode", "line_and_column", "lines_and_columns"]

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(content: bytes) -> str:
    """The text without a byte order mark. Raises ReadError with the place of the first broken sequence."""
    encoding, start = _encoding(content)
    try:
        return content[start:].decode(encoding)
    except UnicodeDecodeError as error:
        readable = content[start : start + error.start].decode(encoding, "replace")
        raise ReadError(
            Code.NOT_TEXT,
            f"byte {start + error.start} is not valid {encoding.upper()}",
            offset=len(readable),
            text=readable,
            hint="save the file as UTF-8",
        ) from None


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Line and column of a character, both from 1."""
    start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, start) + 1, offset - start + 1


def lines_and_columns(text: str, offsets: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Lines and columns of many characters, in one walk over the text."""
    places: dict[int, tuple[int, int]] = {}
    line, seen = 1, 0
    for offset in sorted(set(offsets)):
        line += text.count("\n", seen, offset)
        seen = offset
        places[offset] = line, offset - text.rfind("\n", 0, offset)
    return places


def _encoding(content: bytes) -> tuple[str, int]:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding, len(mark)
    # JSON and YAML begin with an ASCII character, so the zeros around it tell the width.
    zeros = [byte == 0 for byte in content[:4]]
    for pattern, encoding in (
        ([True, True, True, False], "utf-32-be"),
        ([False, True, True, True], "utf-32-le"),
        ([True, False, True, False], "utf-16-be"),
        ([False, True, False, True], "utf-16-le"),
    ):
        if zeros == pattern:
            return encoding, 0
    return "utf-8", 0
