"""The writers: the only places where text of a spec becomes Python, TOML or Markdown.

Each is total: any text in, inert text out. Everything outside printable characters leaves as an escape, so no line
break, quote, backslash, bidi mark or lone surrogate can end the literal that it stands in.
"""

from __future__ import annotations

import math
import re
import textwrap
from typing import TYPE_CHECKING, TypeAlias

from specbind.generator.emit.text import Code, SpecText, written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["docstring", "entries", "literal", "markdown", "toml"]

Writable: TypeAlias = "SpecText | bool | int | float | str | Sequence[Writable] | Mapping[str, Writable] | None"

_WIDTH = 110
_ENDING_QUOTES = re.compile(r'"{2,}|"$')
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_MARKDOWN_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~!])")


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
    """A Python literal for a JSON value or text. Raises TypeError for anything else."""
    match value:
        case SpecText():
            return written(f'"{_escaped(value.reveal(), chr(34))}"')
        case str():
            return written(f'"{_escaped(value, chr(34))}"')
        case None | bool() | int():
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


def _clean_lines(text: str) -> list[str]:
    """Lines without trailing blanks, tabs as blanks, at most one empty line in a row."""
    lines: list[str] = []
    for raw in _LINE_BREAK.split(text.strip()):
        line = raw.replace("\t", "    ").rstrip()
        if line or (lines and lines[-1]):
            lines.append(line)
    return lines


def _wrapped(line: str, width: int) -> list[str]:
    """A line cut at blanks; Markdown that a cut would break (tables, code, headings) stays whole."""
    if len(line) <= width or line.lstrip().startswith(("|", "#", "`", ">", "    ")):
        return [line]
    lead = line[: len(line) - len(line.lstrip())]
    mark = re.match(r"\s*(?:[-*+]|\d+\.) ", line)
    rest = " " * len(mark.group()) if mark else lead
    return textwrap.wrap(
        line, width, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
    ) or [line]


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
                for line in _clean_lines(section.reveal())
                for part in _wrapped(line, _WIDTH - indent)
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
        found = [part for line in _clean_lines(text.reveal()) for part in _wrapped(line, _WIDTH - 16)] or [
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


def markdown(text: SpecText) -> Code:
    """Plain text for one line of Markdown: no markup of the spec survives, and no address becomes a link."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text.reveal()).split())
    return written(_MARKDOWN_SIGNS.sub(r"\\\1", line[:300]).replace("://", ":\u200b//").replace("www.", "www\u200b."))
