"""Typed access to what a document has: a value of the wrong type is a finding, and a default takes its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.codes import Code
from specbind.generator.source import Missing
from specbind.generator.source.limits import MAX_REFERENCE_HOPS
from specbind.generator.source.pointer import child, split

if TYPE_CHECKING:
    from collections.abc import Iterator

    from specbind.generator.ir.model import Json
    from specbind.generator.source import Report, Workspace

__all__ = ["Cursor", "Scope", "is_bounded", "kind"]

_MAX_VALUE_DEPTH = 50


class Scope:
    """What reading shares: the files and the report."""

    __slots__ = ("report", "workspace")

    def __init__(self, workspace: Workspace, report: Report) -> None:
        self.workspace = workspace
        self.report = report

    def follow(self, value: Json, place: str) -> tuple[Json, str] | None:
        """The value with its place, after references; None where they lead nowhere (then it is reported)."""
        seen = {place}
        while isinstance(value, dict) and isinstance(reference := value.get("$ref"), str):
            target = self.workspace.resolve(reference, place)
            if target is None:
                return None
            if target in seen or len(seen) > MAX_REFERENCE_HOPS:
                self.report.add(Code.REFERENCE_CYCLE, f"the reference {reference!r} leads in a circle", place)
                return None
            seen.add(target)
            found = self.workspace.value(target)
            if isinstance(found, Missing):
                return None
            value, place = found, target
        return value, place

    def cursor(self, value: Json, place: str, what: str, *, code: Code = Code.WRONG_TYPE) -> Cursor | None:
        """A cursor on a mapping, after references; None where there is none (then it is reported as `code`)."""
        followed = self.follow(value, place)
        if followed is None:
            return None
        value, place = followed
        if not isinstance(value, dict):
            self.report.add(code, f"{what} must be an object, not {kind(value)}", place)
            return None
        return Cursor(self, value, place)

    def differ(self, one: str, other: str) -> bool:
        """Whether the document says different things at two places."""
        return one != other and self.workspace.value(one) != self.workspace.value(other)

    def spelling(self, place: str) -> str:
        """A scalar as its file writes it."""
        file, pointer = split(self.workspace.origin(place))
        source = self.workspace.source(file)
        return source.spelling(pointer) if source is not None else ""


class Cursor:
    """The members of one object of the document."""

    __slots__ = ("members", "place", "scope")

    def __init__(self, scope: Scope, members: dict[str, Json], place: str) -> None:
        self.scope = scope
        self.members = members
        self.place = place

    def text(self, key: str, default: str = "") -> str:
        """A string. Numbers and booleans are taken as they are written."""
        value = self.members.get(key)
        if isinstance(value, str):
            return value
        if value is None:
            return default
        place = child(self.place, key)
        if isinstance(value, dict):
            followed = self.scope.follow(value, place)
            if followed is not None and isinstance(followed[0], str):
                return followed[0]
        elif not isinstance(value, list):
            return self.scope.spelling(place) or str(value)
        self._wrong(key, "a string", value)
        return default

    def flag(self, key: str) -> bool | None:
        """A boolean, None where it is absent."""
        value = self.members.get(key)
        if value is None or isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return value == "true"
        self._wrong(key, "true or false", value)
        return None

    def mapping(self, key: str) -> Cursor:
        """An object, empty where it is absent."""
        value = self.members.get(key)
        if value is None:
            return Cursor(self.scope, {}, child(self.place, key))
        followed = self.scope.follow(value, child(self.place, key))
        if followed is None:
            return Cursor(self.scope, {}, child(self.place, key))
        value, place = followed
        if isinstance(value, dict):
            return Cursor(self.scope, value, place)
        self._wrong(key, "an object", value)
        return Cursor(self.scope, {}, place)

    def sequence(self, key: str) -> list[tuple[Json, str]]:
        """The items of an array with their places, none where it is absent."""
        value = self.members.get(key)
        if value is None:
            return []
        place = child(self.place, key)
        if isinstance(value, dict) and isinstance(value.get("$ref"), str):
            followed = self.scope.follow(value, place)
            value, place = followed if followed is not None else ([], place)
        if isinstance(value, list):
            return [(item, child(place, index)) for index, item in enumerate(value)]
        self._wrong(key, "an array", value)
        return []

    def texts(self, key: str) -> tuple[str, ...]:
        """The strings of an array; a string alone stands for an array of one."""
        found: list[str] = []
        alone = self.members.get(key)
        if isinstance(alone, str):
            self._wrong(key, "an array", alone)
            return (alone,)
        for item, place in self.sequence(key):
            if isinstance(item, str):
                found.append(item)
            elif isinstance(item, bool | int | float):
                found.append(self.scope.spelling(place) or str(item))
            else:
                self.scope.report.add(Code.WRONG_TYPE, f"expected a string, found {kind(item)}", place)
        return tuple(found)

    def items(self) -> Iterator[tuple[str, Json, str]]:
        """Keys, values and places of the members that are not extensions."""
        for key, value in self.members.items():
            if not key.startswith("x-"):
                yield key, value, child(self.place, key)

    def items_with_extensions(self) -> Iterator[tuple[str, Json, str]]:
        """Keys, values and places of all members, for maps whose keys are free names."""
        for key, value in self.members.items():
            yield key, value, child(self.place, key)

    def known(self, *keys: str) -> None:
        """Report members that OpenAPI does not define here."""
        for key, _, place in self.items():
            if key not in keys:
                self.scope.report.add(Code.UNKNOWN_MEMBER, f"{key!r} is not known here", place)

    def _wrong(self, key: str, wanted: str, value: Json) -> None:
        message = f"{key!r} must be {wanted}, not {kind(value)}"
        self.scope.report.add(Code.WRONG_TYPE, message, child(self.place, key))


def is_bounded(value: Json, depth: int = _MAX_VALUE_DEPTH) -> bool:
    """Whether a value that is kept as it is (a default, an example) is nested at most so deep."""
    if not isinstance(value, dict | list):
        return True
    if depth == 0:
        return False
    return all(is_bounded(item, depth - 1) for item in (value.values() if isinstance(value, dict) else value))


def kind(value: Json) -> str:
    """The JSON type of a value, with its article, for messages."""
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"
    return "null" if value is None else "a number"
