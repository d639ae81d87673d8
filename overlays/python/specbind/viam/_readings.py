"""Rows on their way into an upload, as plain Python whose numbers keep their digits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from msgspec import UNSET

from specbind.bindings._runtime.proto.wellknown import ListValue, Struct, Value
from specbind.core import arguments

from ._foreign import full_name, message_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from specbind.bindings._runtime.proto.message import JsonValue

__all__ = ["fields_of"]

_EXACT = 1 << 53
_DEEPEST = 100


def fields_of(place: str, row: object) -> dict[str, JsonValue]:
    """A row: a mapping, or a message google.protobuf.Struct of any library.

    What has no form in JSON stays as it is, and is refused where the message is written.

    Raises:
        TypeError: it is neither.
        ValueError: an integer in it would lose digits (the platform keeps numbers as doubles), it is nested deeper than
            100 levels or holds itself, or a google.protobuf.Value in it holds nothing.
    """
    if full_name(row) != "google.protobuf.Struct":
        arguments.mapping(place, row)
    return cast("dict[str, JsonValue]", _plain(place, row, place, 0))


def _plain(place: str, value: object, row: str, depth: int) -> object:
    if depth > _DEEPEST:
        raise ValueError(f"{row} is nested deeper than {_DEEPEST} levels, or holds itself")
    match value:
        case None | bool() | str() | float():
            return value
        case int():
            _check_digits(place, value)
            return value
        case list() | tuple():
            items = cast("Sequence[object]", value)
            return [_plain(f"{place}[{number}]", each, row, depth + 1) for number, each in enumerate(items)]
        case _:
            return _opened(place, value, row, depth)


def _opened(place: str, value: object, row: str, depth: int) -> object:
    known = full_name(value)
    if known == "google.protobuf.Struct":  # Google's is a Mapping, too, whose values are messages
        return message_of(Struct, place, value).fields
    if known == "google.protobuf.ListValue":
        return message_of(ListValue, place, value).values
    if known == "google.protobuf.Value":
        return _chosen(place, message_of(Value, place, value))
    if isinstance(value, Mapping):
        members = cast("Mapping[object, object]", value)
        return {name: _plain(f"{place}.{name}", each, row, depth + 1) for name, each in members.items()}
    return value


def _chosen(place: str, value: Value) -> object:
    """What is set in a Value."""
    if value.null_value is not UNSET:
        return None
    for found in (value.number_value, value.string_value, value.bool_value, value.struct_value, value.list_value):
        if found is not UNSET:
            return found
    raise ValueError(f"{place} is a google.protobuf.Value that holds nothing")


def _check_digits(place: str, value: int) -> None:
    if -_EXACT <= value <= _EXACT:
        return
    try:
        exact = int(float(value)) == value
    except OverflowError:
        exact = False
    if not exact:
        message = f"{place} is an integer that would lose digits as a number of the platform: give a str or a float"
        raise ValueError(message)
