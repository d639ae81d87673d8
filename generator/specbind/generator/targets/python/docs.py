"""Docstrings made of what the spec says about a type, field or operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.emit.text import Code, SpecText, code
from specbind.generator.ir.prose import described

from .literals import docstring, entries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from specbind.generator.emit.text import Identifier
    from specbind.generator.ir.model import Definition, Field, Parameter

__all__ = ["argument_entries", "definition_doc", "field_doc"]


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


def _described(member: Field | Parameter) -> str:
    text = described(member, str)
    return f"{text}\nDeprecated.".strip() if member.deprecated else text
