"""Finding the endpoint of a request: literal paths go before parameters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .operation import Operation

__all__ = ["Match", "Router"]

_SAFE = "-._~!$&'()*+,;=:@"


class Match(NamedTuple):
    """An endpoint's place in the list and the percent-encoded texts of its path parameters."""

    endpoint: int
    texts: tuple[str, ...]


class _Route(NamedTuple):
    pattern: re.Pattern[str]
    order: tuple[tuple[int, str], ...]
    methods: dict[str, int]


class Router:
    """The paths of a list of operations below a common prefix."""

    def __init__(self, operations: Sequence[Operation[object]], base_path: str = "") -> None:
        routes: dict[str, _Route] = {}
        prefix = _normal(base_path.rstrip("/"))
        for index, operation in enumerate(operations):
            pieces = [_normal(piece) if isinstance(piece, str) else None for piece in operation.path]
            pattern = re.escape(prefix) + "".join("([^/]+)" if piece is None else re.escape(piece) for piece in pieces)
            template = prefix + "".join("\0" if piece is None else piece for piece in pieces)
            route = routes.setdefault(pattern, _Route(re.compile(pattern), _order(template), {}))
            route.methods.setdefault(operation.method.upper(), index)
        self._routes = sorted(routes.values(), key=lambda route: route.order)

    def find(self, method: str, raw_path: str) -> Match | set[str]:
        """Give the endpoint, or the methods that the path does have: empty if there is no such path."""
        path = _normal(raw_path)
        allowed: set[str] = set()
        for route in self._routes:
            found = route.pattern.fullmatch(path)
            if found is None:
                continue
            index = route.methods.get(method)
            if index is None and method == "HEAD":
                index = route.methods.get("GET")
            if index is not None:
                return Match(index, tuple(found.groups()))
            allowed |= set(route.methods)
        return allowed


def _order(template: str) -> tuple[tuple[int, str], ...]:
    """Sort literal segments before mixed ones and those before parameters, segment by segment."""
    return tuple((2 if segment == "\0" else 1 if "\0" in segment else 0, segment) for segment in template.split("/"))


def _normal(path: str) -> str:
    """Write a path with one form of percent-encoding, so that equal paths are equal texts."""
    return "/".join(quote(unquote(segment), safe=_SAFE) for segment in path.split("/"))
