"""What the model says about its parts, as paragraphs for comments. Text of the spec stays hostile text."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from .model import HttpBinding, NullableType, Ref

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .model import Constraints, Field, Json, Operation, Parameter, Type

__all__ = ["described", "operation_paragraphs", "short_line"]


def short_line(text: str, width: int = 100) -> str:
    """The first sentence or line of a text."""
    line = text.strip().split("\n", 1)[0]
    return textwrap.shorten(line, width, placeholder="...")


def json_text(value: Json) -> str:
    """A value as JSON."""
    return msgspec.json.encode(value).decode()


def described(member: Field | Parameter, show: Callable[[Json], str] = json_text) -> str:
    """Text, default and limits of a field or parameter, a line each; `show` writes values in the target's words."""
    parts = [member.doc.strip()]
    if member.default is not UNSET and member.default is not None:
        parts.append(f"Default: {show(member.default)}.")
    limits = ", ".join(_limits(member.type))
    if limits:
        parts.append(f"Limits: {limits}.")
    return "\n".join(part for part in parts if part)


def operation_paragraphs(operation: Operation) -> list[str]:
    """What an operation does: a head line, its text where it says more, and what is called."""
    binding = operation.binding
    line = f"{binding.method} {binding.path}" if isinstance(binding, HttpBinding) else binding.path
    head = operation.summary.strip() or short_line(operation.doc) or f"Call {operation.id}."
    more = operation.doc.strip()
    return [head, *([operation.doc] if more and more != head else []), f"{line}  (operation {operation.id})"]


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
