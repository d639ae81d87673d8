"""Where clauses, orders and choices of members, as a server applies them to records without a schema."""

from __future__ import annotations

import re
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from specbind.bindings._runtime.narrowing import is_array, is_object
from specbind.bindings._runtime.patterns import LONGEST_NAME, safe_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Row: TypeAlias = dict[str, Any]

__all__ = ["ClauseError", "chosen", "matcher", "ordered"]

_DEEPEST = 20
_MOST = 10_000
_MISSING = object()


class ClauseError(ValueError):
    """A clause that a server does not take."""


def matcher(clause: Mapping[str, Any]) -> Callable[[Row], bool]:
    """Give the test of a where clause. Raises ClauseError for operators that there are not."""
    return _all(clause, 0)


def _all(clause: object, depth: int) -> Callable[[Row], bool]:
    if not isinstance(clause, dict) or depth > _DEEPEST:
        raise ClauseError("a condition is an object, not too deep within others")
    tests = [_one(name, value, depth) for name, value in cast("dict[str, Any]", clause).items()]
    return lambda row: all(test(row) for test in tests)


def _one(name: str, value: object, depth: int) -> Callable[[Row], bool]:
    if name in ("$and", "$or", "$nor"):
        if not isinstance(value, list) or not value or len(cast("list[object]", value)) > _MOST:
            raise ClauseError(f"{name} takes a list of conditions")
        tests = [_all(each, depth + 1) for each in cast("list[object]", value)]
        if name == "$and":
            return lambda row: all(test(row) for test in tests)
        return lambda row: any(test(row) for test in tests) is (name == "$or")
    if name == "$not":
        inner = _all(value, depth + 1)
        return lambda row: not inner(row)
    if name.startswith("$"):
        raise ClauseError(f"there is no operator {name}")
    test = _test(value, depth)
    parts = name.split(".")
    return lambda row: test(_found(row, parts))


def _test(value: object, depth: int) -> Callable[[object], bool]:
    """The test of one member: operators, or a value that it equals."""
    plain: object = value
    if not isinstance(value, dict) or not any(name.startswith("$") for name in cast("dict[str, Any]", value)):
        return lambda found: _equal(found, plain)
    members = cast("dict[str, Any]", value)
    tests = [_operator(name, operand, members, depth) for name, operand in members.items() if name != "$options"]
    return lambda found: all(test(found) for test in tests)


_SIGNS = {"$gt": (1,), "$gte": (0, 1), "$lt": (-1,), "$lte": (0, -1)}


def _operator(name: str, operand: Any, members: dict[str, Any], depth: int) -> Callable[[object], bool]:  # noqa: ANN401 - any JSON
    if name in _SIGNS:
        return lambda found: _compared(found, operand, _SIGNS[name])
    if name in ("$eq", "$ne"):
        return lambda found: _equal(found, operand) is (name == "$eq")
    if name in ("$in", "$nin"):
        return _member(name, operand)
    if name == "$exists":
        return lambda found: (found is not _MISSING) is bool(operand)
    if name == "$regex":
        return _regex(operand, members.get("$options", ""))
    if name != "$not" or depth > _DEEPEST:
        raise ClauseError(f"there is no operator {name}, or it is too deep within others")
    inner = _test(operand, depth + 1)
    return lambda found: not inner(found)


def _member(name: str, operand: object) -> Callable[[object], bool]:
    if not isinstance(operand, list) or len(cast("list[object]", operand)) > _MOST:
        raise ClauseError(f"{name} takes a list of values")
    values = cast("list[object]", operand)
    return lambda found: any(_equal(found, value) for value in values) is (name == "$in")


def _regex(pattern: object, options: object) -> Callable[[object], bool]:
    """Only patterns whose time is bounded, and in texts of bounded length: others would stop the server."""
    safe = safe_pattern(pattern) if isinstance(pattern, str) else None
    if safe is None or options not in ("", "i"):
        raise ClauseError(
            "this emulator takes plain patterns only: characters, classes and counts without groups, and the option i"
        )
    expression = re.compile(safe.pattern, re.IGNORECASE) if options else safe
    return lambda found: any(
        isinstance(each, str) and expression.search(each[:LONGEST_NAME]) is not None for each in _each(found)
    )


def _found(row: Row, parts: Sequence[str]) -> object:
    value: object = row
    for part in parts:
        if not is_object(value) or part not in value:
            return _MISSING
        value = value[part]
    return value


def _each(found: object) -> Iterable[object]:
    return (found, *found) if is_array(found) else (found,)


def _equal(found: object, value: object) -> bool:
    if value is None:
        return found is _MISSING or any(each is None for each in _each(found))
    return any(_kind(each) == _kind(value) and each == value for each in _each(found))


def _compared(found: object, value: object, wanted: tuple[int, ...]) -> bool:
    kind = _kind(value)
    if kind not in (1, 2):
        return False
    return any(_kind(each) == kind and _sign(each, value) in wanted for each in _each(found))


def _kind(value: object) -> int:
    """Order of the kinds among themselves: nothing, numbers, texts, objects, lists, booleans."""
    if value is None or value is _MISSING:
        return 0
    if isinstance(value, bool):
        return 5
    for kind, types in ((1, int | float), (2, str), (3, dict)):
        if isinstance(value, types):
            return kind
    return 4


def _sign(one: Any, other: Any) -> int:  # noqa: ANN401 - both of one kind that can be compared
    return int(one > other) - int(one < other)


def ordered(rows: list[Row], order: Mapping[str, int]) -> list[Row]:
    """Sort by members, 1 for the smallest first and -1 for the largest. Raises ClauseError for another direction."""
    if any(direction not in (1, -1) for direction in order.values()):
        raise ClauseError("a member is sorted by 1 or -1")
    keys = [(name.split("."), direction) for name, direction in order.items()]

    def compare(one: Row, other: Row) -> int:
        for parts, direction in keys:
            first, second = _found(one, parts), _found(other, parts)
            sign = _sign(_kind(first), _kind(second))
            if not sign and _kind(first) in (1, 2, 5):
                sign = _sign(first, second)
            if sign:
                return sign * direction
        return 0

    return sorted(rows, key=cmp_to_key(compare)) if keys else rows


def chosen(row: Row, names: Sequence[str]) -> Row:
    """The members that are wanted, and `_id`."""
    wanted = {"_id", *names}
    return {name: value for name, value in row.items() if name in wanted}
