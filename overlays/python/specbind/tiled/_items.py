"""Resources as servers give them, with the members that are relied on."""

from __future__ import annotations

from typing import Any, TypeVar, cast

import msgspec

from specbind.bindings._runtime import DecodeError

__all__ = ["checked_entries", "checked_item", "resource_in"]

T = TypeVar("T")


class _Spec(msgspec.Struct):
    name: str
    version: str | None = None


class _Sorting(msgspec.Struct):
    key: str
    direction: int


class _DataSource(msgspec.Struct):
    assets: list[dict[str, Any]] | None = None


class _Attributes(msgspec.Struct):
    """What is relied on; structures are checked by whoever reads them."""

    ancestors: list[str] | None = None
    structure_family: str | None = None
    specs: list[_Spec] | None = None
    metadata: dict[str, Any] | None = None
    access_tags: list[str] | None = None
    sorting: list[_Sorting] | None = None
    data_sources: list[_DataSource] | None = None


class _Item(msgspec.Struct):
    id: str
    attributes: _Attributes


class _Place(msgspec.Struct):
    ancestors: list[str] | None = None


class _Entry(msgspec.Struct):
    id: str
    attributes: _Place | None = None


def checked_item(item: object, place: str = "data") -> dict[str, Any]:
    """A resource with the members that are relied on, each of its kind.

    Args:
        item: what the server gave.
        place: where that stands in its answer.

    Raises:
        DecodeError: it is none.
    """
    _check(item, _Item, place, "the answer is no node")
    return cast("dict[str, Any]", item)


def checked_entries(entries: object, place: str, what: str) -> list[dict[str, Any]]:
    """Entries of a list that have a key each, whatever else was asked for.

    Raises:
        DecodeError: they are none.
    """
    _check(entries, list[_Entry], place, what)
    return cast("list[dict[str, Any]]", entries)


def resource_in(answer: object) -> dict[str, Any]:
    """The resource in the answer to a question for one node."""
    return checked_item(cast("dict[str, Any]", answer).get("data") if isinstance(answer, dict) else None)


def _check(value: object, kind: type[object], place: str, what: str) -> None:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        said, _, where = str(error).partition(" - at `$")
        raise DecodeError(f"{what}: {said}", path=place + where.rstrip("`")) from None
