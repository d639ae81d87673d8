"""A small part of MQL: `$match`, `$sort`, `$skip`, `$limit`, `$project` and `$count`, in any order."""

from __future__ import annotations

import operator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from .refusals import invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .documents import Document, Value

__all__ = ["SUPPORTED", "aggregate", "compare", "member"]

SUPPORTED = (
    "$match (with $eq, $ne, $gt, $gte, $lt, $lte, $in, $exists, $and, $or), $sort, $skip, $limit, $project, $count"
)
"""What is understood, for messages."""

_MISSING = object()
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {  # values of the same kind
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}


def aggregate(documents: Iterable[Document], stages: Iterable[Document]) -> list[Document]:
    """Send documents through the stages of an aggregation. Raises INVALID_ARGUMENT for what is not supported."""
    found = list(documents)
    for stage in stages:
        if len(stage) != 1:
            raise invalid("a stage is a document with one member")
        ((name, value),) = stage.items()
        found = _stage(name, value, found)
    return found


def _stage(name: str, value: Value, found: list[Document]) -> list[Document]:
    match name:
        case "$match":
            passes = _condition(_document(name, value))
            return [document for document in found if passes(document)]
        case "$sort":
            for path, direction in reversed(_document(name, value).items()):
                if direction not in (1, -1):
                    raise invalid("$sort wants 1 or -1")
                found = sorted(found, key=lambda each: _rank(member(each, path)), reverse=direction == -1)
            return found
        case "$skip":
            return found[_count(name, value) :]
        case "$limit":
            return found[: _count(name, value)]
        case "$project":
            project = _projection(_document(name, value))
            return [project(document) for document in found]
        case "$count":
            if not isinstance(value, str) or not value or value.startswith("$") or "." in value:
                raise invalid("$count wants the name of a member")
            return [{value: len(found)}] if found else []
        case _:
            raise invalid(f"the stage {name[:40]!r} is not supported; what is: {SUPPORTED}")


def _document(name: str, value: Value) -> Document:
    if not isinstance(value, dict):
        raise invalid(f"{name} wants a document")
    return value


def _count(name: str, value: Value) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or value % 1 != 0:
        raise invalid(f"{name} wants a whole number that is not negative")
    if name == "$limit" and not value:
        raise invalid("$limit wants a number above 0")
    return int(value)


def member(document: Value, path: str) -> object:
    """What stands under a name with dots; an own object where there is nothing."""
    found = document
    for name in path.split("."):
        if not isinstance(found, dict) or name not in found:
            return _MISSING
        found = found[name]
    return found


def compare(name: str, stated: object, wanted: object) -> bool:
    """Whether a comparison, such as `$gte`, holds. Values of different kinds never are more or less than each other."""
    if name == "$exists":
        return (stated is not _MISSING) is bool(wanted)
    if name == "$ne":
        return not compare("$eq", stated, wanted)
    if name == "$in":
        if not isinstance(wanted, list):
            raise invalid("$in wants a list")
        return any(compare("$eq", stated, each) for each in cast("list[object]", wanted))
    if name == "$eq":
        return _same(stated, wanted) or (
            isinstance(stated, list) and any(_same(each, wanted) for each in cast("list[object]", stated))
        )
    if name not in _ORDERS:
        raise invalid(f"the operator {name[:40]!r} is not supported; what is: {SUPPORTED}")
    return _kind(stated) == _kind(wanted) in ("number", "text", "time") and _ORDERS[name](stated, wanted)


def _same(stated: object, wanted: object) -> bool:
    if wanted is None and stated is _MISSING:
        return True
    return _kind(stated) == _kind(wanted) and stated == wanted


def _kind(value: object) -> str:
    match value:
        case bool():
            return "truth"
        case int() | float():
            return "number"
        case str():
            return "text"
        case datetime():
            return "time"
        case _:
            return "other"


def _rank(value: object) -> tuple[int, float, str]:
    """The place of a value in an order: nothing, numbers, texts, documents and lists, truth, times."""
    match value:
        case bool():
            return 4, float(value), ""
        case int() | float():
            return 1, float(value), ""
        case str():
            return 2, 0.0, value
        case datetime():
            return 5, value.astimezone(UTC).timestamp(), ""
        case dict() | list():
            return 3, 0.0, str(cast("object", value))
        case _:
            return 0, 0.0, ""


def _condition(wanted: Document) -> Callable[[Document], bool]:
    tests = [_one(name, value) for name, value in wanted.items()]
    return lambda document: all(test(document) for test in tests)


def _one(name: str, value: Value) -> Callable[[Document], bool]:
    if name in ("$and", "$or"):
        if not isinstance(value, list) or not value:
            raise invalid(f"{name} wants a list of conditions")
        tests = [_condition(_document(name, each)) for each in value]
        return lambda document: (all if name == "$and" else any)(test(document) for test in tests)
    if name.startswith("$"):
        raise invalid(f"the operator {name[:40]!r} is not supported; what is: {SUPPORTED}")
    if isinstance(value, dict) and any(key.startswith("$") for key in value):
        for key in value:
            compare(key, None, value[key])  # an operator that is not known is told even where there is no data
        return lambda document: all(compare(key, member(document, name), each) for key, each in value.items())
    return lambda document: compare("$eq", member(document, name), value)


def _projection(wanted: Document) -> Callable[[Document], Document]:
    named = {name: value for name, value in wanted.items() if name != "_id"}
    if not all(isinstance(value, bool | int | float) and value in (0, 1) for value in named.values()):
        raise invalid("$project wants 0 or 1 for each member")
    if len(set(map(bool, named.values()))) > 1:
        raise invalid("$project names what stays, or what goes, and not both")
    if not any(named.values()):
        paths = [name.split(".") for name in named]
        return lambda document: _without(document, paths)
    return lambda document: _only(document, list(named))


def _only(document: Document, names: Sequence[str]) -> Document:
    found: Document = {}
    for name in names:
        value = member(document, name)
        if value is not _MISSING:
            _put(found, name.split("."), cast("Value", value))
    return found


def _without(document: Document, paths: Sequence[list[str]]) -> Document:
    found: Document = {}
    for name, value in document.items():
        below = [path[1:] for path in paths if path[0] == name]
        if [] in below:
            continue
        found[name] = _without(value, below) if below and isinstance(value, dict) else value
    return found


def _put(found: Document, path: list[str], value: Value) -> None:
    for name in path[:-1]:
        below = found.setdefault(name, {})
        if not isinstance(below, dict):
            return
        found = below
    found[path[-1]] = value
