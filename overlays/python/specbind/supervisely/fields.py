"""Members of the server's JSON, and the fields of a NamedTuple that they become."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Field", "Fields", "as_list", "as_object", "plain", "to_json", "to_tuple"]

Field: TypeAlias = "str | tuple[list[str], str]"
"""The name of a member, or the path to it and the name of its field."""
Fields: TypeAlias = "list[Field]"


T = TypeVar("T")


def plain(value: object) -> Any:  # noqa: ANN401 - any JSON
    """A model as JSON values, without what the server left out."""
    return msgspec.to_builtins(value)


def as_object(value: object) -> dict[str, Any]:
    """A JSON object; an empty one for anything else."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """A JSON array; an empty one for anything else."""
    return [*cast("Sequence[Any]", value)] if isinstance(value, list) else []


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
