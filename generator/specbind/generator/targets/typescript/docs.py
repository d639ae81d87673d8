"""Documentation comments made of what the spec says about a type, member or operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.emit.text import Code, SpecText, code
from specbind.generator.ir.model import NullableType, Scalar, ScalarKind
from specbind.generator.ir.prose import described, operation_paragraphs

from .literals import comment

if TYPE_CHECKING:
    from specbind.generator.ir.model import Definition, Field, Operation, Parameter, Type

__all__ = ["definition_doc", "member_doc", "operation_doc"]

_DEPRECATED = code("@deprecated")
_LARGE = {ScalarKind.INT64, ScalarKind.UINT64}


def definition_doc(definition: Definition, *notes: str) -> Code:
    """The comment above a type."""
    texts = [definition.doc.strip(), *notes]
    if definition.source:
        texts.append(f"Source: {definition.source}")
    sections: list[SpecText | Code] = [SpecText(text) for text in texts if text]
    return comment([*sections, _DEPRECATED] if definition.deprecated else sections, 0)


def member_doc(member: Field | Parameter, indent: int) -> Code | None:
    """The comment above a member; None if there is nothing to say."""
    text = "\n".join(part for part in (described(member), _format(member.type)) if part)
    sections: list[SpecText | Code] = [SpecText(text)] if text else []
    if member.deprecated:
        sections.append(_DEPRECATED)
    return comment(sections, indent) if sections else None


def operation_doc(operation: Operation) -> Code:
    """The comment above the constant of an operation."""
    sections: list[SpecText | Code] = [SpecText(text) for text in operation_paragraphs(operation)]
    return comment([*sections, _DEPRECATED] if operation.deprecated else sections, 0)


def _format(type_: Type) -> str:
    """What the type of a scalar does not say."""
    while isinstance(type_, NullableType):
        type_ = type_.item
    if not isinstance(type_, Scalar):
        return ""
    if type_.scalar in _LARGE:
        return "Format: 64-bit integer; a number is exact up to 2^53 - 1 only."
    return f"Format: {type_.format}." if type_.format else ""
