"""Rows of field tables."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from msgspec import UNSET

from specbind.generator.emit.text import Code, compose, join
from specbind.generator.ir.model import Enum, ListType, MapType, Object, Presence, Ref, Scalar, ScalarKind
from specbind.generator.targets.python.literals import literal

if TYPE_CHECKING:
    from specbind.generator.emit.text import Identifier
    from specbind.generator.ir.model import Field

    from .context import ProtoContext
    from .kinds import KindWriter

__all__ = ["row_of"]


def row_of(context: ProtoContext, kinds: KindWriter, name: Identifier, field: Field, *, item: bool = False) -> Code:
    """The row of a field whose attribute has this name: number, attribute, kind, words, default.

    `item`: it extends a message set.
    """
    words = " ".join(filter(None, (_words(context, field), "item" if item else "")))
    parts = [literal(field.number), literal(str(name)), literal(kinds.kind(field))]
    default = _default(context, field)
    if words or default is not None:
        parts.append(literal(words))
    if default is not None:
        parts.append(default)
    return compose("({})", join(", ", parts))


def _words(context: ProtoContext, field: Field) -> str:
    form = field.form
    words: list[str] = []
    if isinstance(field.type, ListType):
        words.append("packed" if form is not None and form.packed else "repeated")
    elif field.oneof:
        words.append(f"oneof:{field.oneof}")
    elif field.presence is Presence.REQUIRED:
        words.append("required")
    elif (
        field.presence is Presence.OPTIONAL and not _is_message(context, field) and not isinstance(field.type, MapType)
    ):
        words.append("optional")
    if form is not None and form.any_text:
        words.append("raw")
    return " ".join(words)


def _is_message(context: ProtoContext, field: Field) -> bool:
    return isinstance(field.type, Ref) and isinstance(context.definitions[field.type.id], Object)


def _default(context: ProtoContext, field: Field) -> Code | None:
    default = field.default
    if default is UNSET:
        return None
    if isinstance(field.type, Ref):
        enum = context.definitions[field.type.id]
        numbers = {value.name: value.value for value in enum.values} if isinstance(enum, Enum) else {}
        return literal(numbers[str(default)])
    if isinstance(field.type, Scalar) and field.type.scalar is ScalarKind.BINARY:
        return literal(base64.b64decode(str(default)))
    if isinstance(field.type, Scalar) and field.type.scalar in {ScalarKind.FLOAT, ScalarKind.DOUBLE}:
        return literal(float(str(default)))
    return literal(default)
