"""Changes to a raw value that leave the original as it is, and know where each part of the result comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.source.pointer import child

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from specbind.generator.ir.model import Json

    from .jsonpath import Path

__all__ = ["Edits"]


class _Copy:
    """A container that was copied to be changed. Members without an origin of their own come from `origin`."""

    __slots__ = ("container", "origin", "origins")

    def __init__(self, container: dict[str, Json] | list[Json], origin: str) -> None:
        self.container = container
        self.origin = origin
        self.origins: dict[str, str] | list[str] = {}
        if isinstance(container, list):
            self.origins = [child(origin, index) for index in range(len(container))]

    def of(self, key: str | int) -> str:
        """Where a member comes from."""
        if isinstance(self.origins, list):
            return self.origins[int(key)]
        return self.origins.get(str(key)) or child(self.origin, key)


class Edits:
    """A value under change. Containers are copied before their first change, so that what is shared stays unchanged.

    `origin` is the location of the whole value; origins of parts are locations too.
    """

    def __init__(self, value: Json, origin: str) -> None:
        self.value = value
        self._origin = origin
        self._copies: dict[int, _Copy] = {}  # by id(); each keeps its container alive

    def origin(self, tokens: Iterable[str]) -> str:
        """Where the part that a pointer leads to comes from; parts that do not exist seem to stand in their parent."""
        value, found = self.value, self._origin
        for token in tokens:
            copy = self._copies.get(id(value))
            key: str | int = token
            if isinstance(value, list):
                if not token.isdecimal() or int(token) >= len(value):
                    break
                key = int(token)
            elif not isinstance(value, dict) or token not in value:
                break
            found = child(found, key) if copy is None else copy.of(key)
            value = _member(value, key)
        return found

    def remove(self, paths: Iterable[Path]) -> None:
        """Take parts out, wherever they stand in relation to each other. The whole value cannot be taken out."""
        by_parent: dict[Path, set[str | int]] = {}
        for path in paths:
            by_parent.setdefault(path[:-1], set()).add(path[-1])
        for parent in sorted(by_parent, key=len, reverse=True):  # inner parts first: outer indices stay right
            keys = by_parent[parent]
            copy = self._own(parent)
            if isinstance(copy.container, dict):
                for key in keys:
                    copy.container.pop(str(key), None)
            elif isinstance(copy.origins, list):
                kept = [index for index in range(len(copy.container)) if index not in keys]
                copy.container[:] = [copy.container[index] for index in kept]
                copy.origins[:] = [copy.origins[index] for index in kept]

    def put(self, path: Path, value: Json, origin: str) -> None:
        """Put a value in the place of the one at a path, which is not the whole."""
        copy, key = self._own(path[:-1]), path[-1]
        if isinstance(copy.container, dict) and isinstance(copy.origins, dict):
            copy.container[str(key)] = value
            copy.origins[str(key)] = origin
        elif isinstance(copy.container, list) and isinstance(copy.origins, list):
            copy.container[int(key)] = value
            copy.origins[int(key)] = origin

    def append(self, path: Path, value: Json, origin: str) -> None:
        """Add a value at the end of the list at a path."""
        self._extend(self._own(path), [value], [origin])

    def merge(self, path: Path, members: dict[str, Json], origin: str, refuse: Callable[[str, str], None]) -> None:
        """Merge members into the object at a path: objects go deeper, lists are appended, plain values replaced.

        `refuse` is called with the origin and a message where the two values do not go together.
        """
        pending = [(self._own(path), members, origin)]
        while pending:
            copy, given, place = pending.pop()
            container = copy.container
            if not isinstance(container, dict) or not isinstance(copy.origins, dict):
                continue
            for key, value in given.items():
                at = child(place, key)
                known = container.get(key)
                if isinstance(known, dict) and isinstance(value, dict):
                    pending.append((self._own_child(copy, key), value, at))
                elif isinstance(known, list) and isinstance(value, list):
                    places = [child(at, index) for index in range(len(value))]
                    self._extend(self._own_child(copy, key), value, places)
                elif key in container and (isinstance(known, dict | list) or isinstance(value, dict | list)):
                    refuse(at, f"{key!r} is {_kind(known)} there, and {_kind(value)} in the overlay")
                else:
                    container[key] = value
                    copy.origins[key] = at

    def _extend(self, copy: _Copy, values: list[Json], origins: list[str]) -> None:
        if isinstance(copy.container, list) and isinstance(copy.origins, list):
            copy.container.extend(values)
            copy.origins.extend(origins)

    def _own(self, path: Path) -> _Copy:
        """The container at a path, copied along the way where it is not yet."""
        copy = self._copies.get(id(self.value))
        if copy is None:
            copy = self._copied(self.value, self._origin)
            self.value = copy.container
        for key in path:
            copy = self._own_child(copy, key)
        return copy

    def _own_child(self, copy: _Copy, key: str | int) -> _Copy:
        container = copy.container
        value = _member(container, key)
        known = self._copies.get(id(value))
        if known is not None:
            return known
        made = self._copied(value, copy.of(key))
        if isinstance(container, dict):
            container[str(key)] = made.container
        else:
            container[int(key)] = made.container
        return made

    def _copied(self, value: Json, origin: str) -> _Copy:
        if not isinstance(value, dict | list):
            raise TypeError("only objects and lists have parts")
        made = _Copy(dict(value) if isinstance(value, dict) else list(value), origin)
        self._copies[id(made.container)] = made
        return made


def _member(container: Json, key: str | int) -> Json:
    if isinstance(container, dict) and isinstance(key, str):
        return container[key]
    if isinstance(container, list) and isinstance(key, int):
        return container[key]
    raise KeyError(key)


def _kind(value: Json) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    return "a plain value"
