"""Docstrings made of what the spec says about a type, field or operation."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from msgspec import UNSET

from specbind.generator.emit.text import Code, SpecText, code
from specbind.generator.ir.model import NullableType, Ref

from .literals import docstring, entries

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from specbind.generator.emit.text import Identifier
    from specbind.generator.ir.model import Constraints, Definition, Field, Parameter, Type

__all__ = ["argument_entries", "definition_doc", "field_doc", "short_line"]


def short_line(text: str, width: int = 100) -> str:
    """The first sentence or line of a text."""
    line = text.strip().split("\n", 1)[0]
    return textwrap.shorten(line, width, placeholder="...")


def definition_doc(definition: Definition, name: Identifier, note: str = "") -> Code:
    """The docstring of a class."""
    sections: list[SpecText | Code] = [SpecText(definition.doc.strip() or f"Type {name}.")]
    if note:
        sections.append(SpecText(note))
    if definition.deprecated:
        sections.append(code("Deprecated."))
    if definition.source:
        sections.append(SpecText(f"Source: {definition.source}"))
    return docstring(sections, 4)


def field_doc(field: Field) -> Code | None:
    """The docstring under a field: text, default, limits."""
    text = _described(field)
    return docstring([SpecText(text)], 4) if text else None


def argument_entries(title: str, described: Sequence[tuple[Code, Parameter | str]]) -> Code | None:
    """An `Args:` or `Raises:` section; None if there is nothing to say."""
    texts = [(name, about if isinstance(about, str) else _described(about)) for name, about in described]
    found = [(name, SpecText(text)) for name, text in texts if text]
    return entries(title, found) if found else None


def _described(field: Field | Parameter) -> str:
    parts = [field.doc.strip()]
    if field.default is not UNSET and field.default is not None:
        parts.append(f"Default: {field.default}.")
    limits = ", ".join(_limits(field.type))
    if limits:
        parts.append(f"Limits: {limits}.")
    if field.deprecated:
        parts.append("Deprecated.")
    return "\n".join(part for part in parts if part)


def _limits(type_: Type) -> Iterator[str]:
    while isinstance(type_, NullableType):
        type_ = type_.item
    if isinstance(type_, Ref):
        return
    constraints: Constraints | None = getattr(type_, "constraints", None)
    if constraints is None:
        return
    for name in constraints.__struct_fields__:
        value = getattr(constraints, name)
        if value is True:
            yield name.replace("_", " ")
        elif value is not None and value is not False:
            yield f"{name.replace('_', ' ')} {value}"
