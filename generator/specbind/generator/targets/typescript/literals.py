"""The writers: the only places where text of a spec becomes TypeScript or JSON.

Each is total: any text in, inert text out. What is not printable leaves as an escape, so no quote, line separator, bidi
mark or lone surrogate can end the literal or comment that it stands in.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, TypeAlias

from specbind.generator.emit.paragraphs import clean_lines, wrapped
from specbind.generator.emit.text import Code, SpecText, code, compose, join, written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["comment", "json_string", "literal", "literal_type", "property_name"]

Writable: TypeAlias = "Code | bool | int | float | str | Sequence[Writable] | Mapping[str, Writable] | None"

_WIDTH = 116
_BARE = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*\Z")
_TAG = re.compile(r"(?<![\w\\])(\\*)@")
_LARGEST_EXACT = 2**53 - 1


def _escaped(text: str) -> str:
    """Text as it may stand in a string or comment, but for quotes, backslashes and ends of comments."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else _escape(ord(letter)) for letter in text)


def _escape(number: int) -> str:
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\u{{{number:x}}}"


def _string(text: str) -> Code:
    return written('"' + _escaped(text.replace("\\", "\\\\").replace('"', '\\"')) + '"')


def literal(value: Writable) -> Code:
    """A TypeScript expression for a JSON value; Code in it stays as it is. Raises TypeError for anything else."""
    match value:
        case Code():
            return value
        case str():
            return _string(value)
        case None:
            return code("null")
        case bool():
            return code("true") if value else code("false")
        case int():
            return written(str(value))
        case float():
            return written(repr(value)) if math.isfinite(value) else code("null")
        case list() | tuple():
            return compose("[{}]", join(", ", [literal(item) for item in value]))
        case dict():
            return _object([(_key(key), literal(item)) for key, item in value.items()])
        case _:
            raise TypeError(f"no literal for {type(value).__name__}")


def literal_type(value: Writable) -> Code:
    """The type that has a JSON value alone; `number` where a number would not be exact."""
    match value:
        case bool() | str() | None:
            return literal(value)
        case int() if abs(value) > _LARGEST_EXACT:
            return code("number")
        case float() if not math.isfinite(value):
            return code("number")
        case int() | float():
            return literal(value)
        case list() | tuple():
            return compose("[{}]", join(", ", [literal_type(item) for item in value]))
        case dict():
            return _object([(property_name(key), literal_type(item)) for key, item in value.items()])
        case _:
            raise TypeError(f"no type for {type(value).__name__}")


def _object(members: Sequence[tuple[Code, Code]]) -> Code:
    if not members:
        return code("{}")
    return written("{ " + ", ".join(f"{name}: {value}" for name, value in members) + " }")


def property_name(wire: str) -> Code:
    """A member's name in a type: bare where it is an identifier."""
    return written(wire) if _BARE.match(wire) else _string(wire)


def _key(wire: str) -> Code:
    """A member's name in a value, where `__proto__` alone would set the prototype."""
    return compose("[{}]", _string(wire)) if wire == "__proto__" else property_name(wire)


def json_string(text: SpecText) -> Code:
    """A JSON string, in ASCII."""
    return written(json.dumps(text.reveal()))


def comment(sections: Sequence[SpecText | Code], indent: int) -> Code:
    """A documentation comment of paragraphs, indented by `indent` columns.

    Code in `sections` was written for a comment by us and is kept as it is; text of a spec is escaped and wrapped. It
    neither ends the comment nor holds a tag.
    """
    pad = " " * indent
    lines: list[str] = []
    for section in sections:
        if isinstance(section, Code):
            paragraph = section.split("\n")
        else:
            paragraph = [
                _comment_line(part) for line in clean_lines(section.reveal()) for part in wrapped(line, _WIDTH - indent)
            ]
        if not any(paragraph):
            continue
        if lines:
            lines.append("")
        lines.extend(paragraph)
    if not lines:
        lines = ["Not described."]
    if len(lines) == 1 and len(lines[0]) + indent < _WIDTH:
        return written(f"/** {lines[0]} */")
    body = "\n".join(f"{pad} * {line}" if line else f"{pad} *" for line in lines)
    return written(f"/**\n{body}\n{pad} */")


def _comment_line(text: str) -> str:
    """A line as it may stand in a comment: `*/` is broken, and an `@` that would begin a tag has a backslash."""
    line = _TAG.sub(lambda run: run.group(1) * 2 + "\\@", _escaped(text))
    return line.replace("*/", "*\\/")
