"""Members of the server's JSON, and the fields of a NamedTuple that they become."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar, cast

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["PLAIN", "Field", "Sequence_", "names_of", "plain", "to_json", "to_tuple"]

Field: TypeAlias = "str | tuple[list[str], str]"
"""The name of a member, or the path to it and the name of its field."""
Sequence_: TypeAlias = "list[Field]"

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class PLAIN(Protocol):
    """A NamedTuple class."""

    _fields: tuple[str, ...]


T = TypeVar("T")


def plain(value: object) -> Any:  # noqa: ANN401 - any JSON
    """A model as JSON values, without what the server left out."""
    return msgspec.to_builtins(value)


def names_of(sequence: Sequence[Field]) -> list[str]:
    """Names of the fields."""
    return [_HUMP.sub("_", field).lower() if isinstance(field, str) else field[1] for field in sequence]


def to_tuple(cls: type[T], sequence: Sequence[Field], json: Mapping[str, Any]) -> T:
    """The NamedTuple of a JSON object; what is missing is None."""
    values: list[object] = []
    for field in sequence:
        value: object = json
        for name in [field] if isinstance(field, str) else field[0]:
            value = cast("Mapping[str, object]", value).get(name) if isinstance(value, dict) or value is json else None
        values.append(value)
    return cls(*values)


def to_json(sequence: Sequence[Field], info: Sequence[object]) -> dict[str, Any]:
    """The JSON object of a NamedTuple: `to_tuple` the other way."""
    found: dict[str, Any] = {}
    for field, value in zip(sequence, info, strict=True):
        path = [field] if isinstance(field, str) else field[0] or [field[1]]
        place = found
        for name in path[:-1]:
            place = place.setdefault(name, {})
        place[path[-1]] = value
    return found
