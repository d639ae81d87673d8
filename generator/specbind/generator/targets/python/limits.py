"""The limits of a type as arguments of msgspec's Meta, as far as they are safe to check.

Patterns are left out: a spec's regular expression can take exponential time, and its dialect is not Python's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.emit.text import Code, compose, identifier
from specbind.generator.ir.model import ListType, MapType, Scalar, ScalarKind

from .literals import literal

if TYPE_CHECKING:
    from specbind.generator.ir.model import Constraints, Type

__all__ = ["meta_arguments"]

_FLOATS = {ScalarKind.NUMBER, ScalarKind.FLOAT, ScalarKind.DOUBLE}
_WITHOUT = {ScalarKind.STRING, ScalarKind.BOOLEAN, ScalarKind.BINARY}
_INT64 = 2**63


def meta_arguments(type_: Type) -> list[Code]:
    """`ge=0`, `max_length=20`, ...: the limits that msgspec takes for the type; an impossible pair is left out."""
    match type_:
        case Scalar(scalar=ScalarKind.STRING, format="" | "password" | "email" | "uri", constraints=found) if found:
            return _lengths(found.min_length, found.max_length)
        case Scalar(scalar=kind, format=format_, constraints=found) if found and kind not in _WITHOUT:
            return _bounds(found, integer=kind not in _FLOATS) if format_ != "decimal" else []
        case ListType(constraints=found) if found:
            return _lengths(found.min_items, found.max_items)
        case MapType(constraints=found) if found:
            return _lengths(found.min_properties, found.max_properties)
        case _:
            return []


def _lengths(low: int | None, high: int | None) -> list[Code]:
    stated = [("min_length", low), ("max_length", high)]
    return [_argument(name, value) for name, value in stated if value is not None and 0 <= value < _INT64]


def _bounds(found: Constraints, *, integer: bool) -> list[Code]:
    lower = ("gt", found.exclusive_minimum) if found.exclusive_minimum is not None else ("ge", found.minimum)
    upper = ("lt", found.exclusive_maximum) if found.exclusive_maximum is not None else ("le", found.maximum)
    arguments: list[Code] = []
    for name, value in (lower, upper, ("multiple_of", found.multiple_of)):
        if value is None or (name == "multiple_of" and (value <= 0 or not integer)):
            continue
        if integer and value != int(value):
            continue  # msgspec compares integers with integers only
        if abs(value) < _INT64:
            arguments.append(_argument(name, int(value) if integer else float(value)))
    return arguments


def _argument(name: str, value: float) -> Code:
    return compose("{}={}", identifier(name), literal(value))
