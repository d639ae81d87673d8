"""Finding the endpoint of a request: literal paths go before parameters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .operation import Operation

__all__ = ["Match", "Router"]

_DELIMITERS = "!$&'()*+,;=:@"
"""Mean the same encoded or not in the text of a path; within a parameter they may stand between its items."""
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


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
            pattern = _text(prefix) + "".join("([^/]+)" if piece is None else _text(piece) for piece in pieces)
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
    """Write a path with one form of percent-encoding (RFC 3986, 6.2.2); delimiters stay encoded or not, as they are."""
    return quote(_ESCAPE.sub(_unreserved, path), safe=f"/%{_DELIMITERS}")


def _unreserved(escape: re.Match[str]) -> str:
    letter = chr(int(escape[0][1:], 16))
    return letter if _UNRESERVED.fullmatch(letter) else escape[0].upper()


def _text(text: str) -> str:
    """Give the pattern of a text in the path, delimiters encoded or not."""
    pieces: list[str] = []
    for piece in re.findall(r"%[0-9A-F]{2}|.", text, re.DOTALL):
        letter = unquote(piece) if len(piece) > 1 else piece
        pieces.append(f"(?:{re.escape(letter)}|%{ord(letter):02X})" if letter in _DELIMITERS else re.escape(piece))
    return "".join(pieces)
