"""How the decimals of a JSON body are written: as numbers or as text, which one encoder cannot mix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.codes import Code as Finding
from specbind.generator.ir.graph import inner_types, types_of
from specbind.generator.ir.model import Scalar, ScalarKind

if TYPE_CHECKING:
    from specbind.generator.ir.model import Payload, Type

    from .context import Context

__all__ = ["are_numbers"]


def are_numbers(context: Context, payload: Payload, pointer: str) -> bool:
    """Whether the decimals of a payload are JSON numbers; where some are text, all are, with a finding."""
    found = set(_decimals(context, payload.type))
    if len(found) > 1:
        text = f"a {payload.media} body has decimals that are numbers and decimals that are text; all are sent as text"
        context.report(Finding.MIXED_DECIMALS, text, pointer)
    return found == {True}


def _decimals(context: Context, type_: Type) -> list[bool]:
    """Whether it is a number, for each decimal that a type leads to."""
    definitions = [context.definitions[name] for name in sorted(context.reachable([type_]))]
    stack = [type_, *(inner for definition in definitions for inner in types_of(definition))]
    found: list[bool] = []
    while stack:
        item = stack.pop()
        if isinstance(item, Scalar) and item.format == "decimal" and item.scalar is not ScalarKind.BOOLEAN:
            found.append(item.scalar is not ScalarKind.STRING)
        stack.extend(inner_types(item))
    return found
