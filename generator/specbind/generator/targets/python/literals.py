"""The writers: the only places where text of a spec becomes Python, TOML or Markdown.

Each is total: any text in, inert text out. Everything outside printable characters leaves as an escape, so no line
break, quote, backslash, bidi mark or lone surrogate can end the literal that it stands in.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, TypeAlias

from specbind.generator.emit.paragraphs import clean_lines, wrapped
from specbind.generator.emit.text import Code, SpecText, written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["docstring", "entries", "literal", "toml"]

Writable: TypeAlias = "SpecText | bool | int | float | str | bytes | Sequence[Writable] | Mapping[str, Writable] | None"

_WIDTH = 110
_ENDING_QUOTES = re.compile(r'"{2,}|"$')


def _shown(letter: str) -> str:
    """A letter as it may stand in a string literal or comment."""
    if letter.isprintable() or letter == " ":
        return letter
    number = ord(letter)
    if number <= 0xFF:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


def _escaped(text: str, quote: str) -> str:
    if text.isprintable():
        text = text.replace("\\", "\\\\")
        return text.replace(quote, "\\" + quote) if quote else text
    return "".join("\\" + letter if letter in {"\\", quote} else _shown(letter) for letter in text)


def _docstring_line(text: str) -> str:
    """A line as it may stand in a docstring: quotes stay readable where they cannot end it."""
    line = _escaped(text, "")
    return _ENDING_QUOTES.sub(lambda run: '\\"' * len(run.group()), line) if '"' in line else line


def literal(value: Writable) -> Code:
    """A Python literal for a JSON value, text or bytes. Raises TypeError for anything else."""
    match value:
        case SpecText():
            return written(f'"{_escaped(value.reveal(), chr(34))}"')
        case str():
            return written(f'"{_escaped(value, chr(34))}"')
        case None | bool() | int() | bytes():
            return written(repr(value))
        case float():
            return written(repr(value) if math.isfinite(value) else f'float("{value!r}")')
        case list() | tuple():
            inner = ", ".join(literal(item) for item in value)
            if isinstance(value, list):
                return written(f"[{inner}]")
            return written(f"({inner},)" if len(value) == 1 else f"({inner})")
        case dict():
            return written("{" + ", ".join(f"{literal(key)}: {literal(item)}" for key, item in value.items()) + "}")
        case _:
            raise TypeError(f"no literal for {type(value).__name__}")


def docstring(sections: Sequence[SpecText | Code], indent: int) -> Code:
    """A docstring of paragraphs, indented by `indent` columns.

    Code in `sections` was written for a docstring by us and is kept as it is; text of a spec is escaped and wrapped.
    """
    pad = " " * indent
    lines: list[str] = []
    for section in sections:
        if isinstance(section, Code):
            paragraph = section.split("\n")
        else:
            paragraph = [
                _docstring_line(part)
                for line in clean_lines(section.reveal())
                for part in wrapped(line, _WIDTH - indent)
            ]
        if not any(paragraph):
            continue
        if lines:
            lines.append("")
        lines.extend(paragraph)
    if not lines:
        lines = ["Not described."]
    if len(lines) == 1 and len(lines[0]) + indent < _WIDTH:
        return written(f'"""{lines[0]}"""')
    body = "\n".join(f"{pad}{line}" if line else "" for line in lines)
    return written(f'"""{body.lstrip(" ")}\n{pad}"""')


def entries(title: str, described: Sequence[tuple[Code, SpecText]]) -> Code:
    """A docstring section with one entry per name (`Args:`, `Raises:`), for use in `docstring`, at indent 8."""
    lines = [f"{title}:"]
    for name, text in described:
        found = [part for line in clean_lines(text.reveal()) for part in wrapped(line, _WIDTH - 16)] or [
            "Not described."
        ]
        shown = [_docstring_line(part) for part in found]
        lines.append(f"    {name}: {shown[0]}")
        lines.extend(f"        {part}" if part else "" for part in shown[1:])
    return written("\n".join(lines))


def toml(text: SpecText) -> Code:
    """A TOML basic string."""
    letters: list[str] = []
    for letter in text.reveal():
        number = ord(letter)
        if letter in {"\\", '"'}:
            letters.append("\\" + letter)
        elif 0xD800 <= number <= 0xDFFF:
            letters.append("?")
        elif letter.isprintable():
            letters.append(letter)
        else:
            letters.append(f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}")
    return written('"' + "".join(letters) + '"')
