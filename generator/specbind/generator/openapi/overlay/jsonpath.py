"""JSONPath (RFC 9535) as overlays use it: names, `*`, indices, `..`, and filters without functions.

A filter compares and tests for existence; nothing in it is executed. Beside the RFC, `.x-name` may hold hyphens.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from specbind.generator.ir.model import Json

__all__ = ["Budget", "BudgetSpentError", "Path", "Query", "QueryError", "parse"]

Path: TypeAlias = "tuple[str | int, ...]"
_Node: TypeAlias = "tuple[Path, Json]"
_Test: TypeAlias = "Callable[[Json, Json, Budget], bool]"
_Selector: TypeAlias = "str | int | _Test | None"
_MAX_LENGTH = 5000
_MAX_NESTING = 40
_LONGEST_NUMBER = 300
_TOKEN = re.compile(
    r"""[ \t\n\r]*(?:
    (?P<mark>\.\.|&&|\|\||==|!=|<=|>=|[$@.\[\]*,?()!<>]) |
    (?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w])) |
    (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*") |
    (?P<name>[A-Za-z_\u0080-\U0010ffff][-\w]*) |
    (?P<end>\Z))""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "/": "/", "\\": "\\", "'": "'", '"': '"'}
_WORDS: dict[str, Json] = {"true": True, "false": False, "null": None}
_COMPARISONS = frozenset(("==", "!=", "<", "<=", ">", ">="))


class QueryError(Exception):
    """The text is no query; `offset` is where in it."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(f"{message} (character {offset + 1})")


class BudgetSpentError(Exception):
    """Queries looked at more values than they may."""


class Budget:
    """How many values queries may still look at."""

    def __init__(self, values: int) -> None:
        self._left = values

    def take(self) -> None:
        """Count one value. Raises BudgetSpentError."""
        self._left -= 1
        if self._left < 0:
            raise BudgetSpentError


class _Segment(NamedTuple):
    """Selectors of one step: names, indices, None for `*`, tests. `deep` is `..`."""

    deep: bool
    selectors: tuple[_Selector, ...]


class Query:
    """A query; `find` gives each node that it selects once, with its path."""

    def __init__(self, segments: tuple[_Segment, ...], *, relative: bool = False) -> None:
        self._segments = segments
        self.relative = relative
        self.single = all(
            not deep and len(selectors) == 1 and isinstance(selectors[0], str | int) for deep, selectors in segments
        )

    def find(self, value: Json, budget: Budget, root: Json = None) -> list[_Node]:
        """The selected nodes below `value`. Raises BudgetSpentError."""
        top = root if self.relative else value
        nodes: dict[Path, Json] = {(): value}
        for deep, selectors in self._segments:
            starts = (inner for node in nodes.items() for inner in (_below(node, budget) if deep else (node,)))
            nodes = dict(found for node in starts for found in _select(node, selectors, top, budget))
        return list(nodes.items())


def _below(node: _Node, budget: Budget) -> Iterator[_Node]:
    """A node and all below it, parents first."""
    stack = [node]
    while stack:
        path, value = stack.pop()
        budget.take()
        yield path, value
        stack.extend([((*path, key), item) for key, item in _children(value)][::-1])


def _children(value: Json) -> list[tuple[str | int, Json]]:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def _select(node: _Node, selectors: tuple[_Selector, ...], root: Json, budget: Budget) -> Iterator[_Node]:
    path, value = node
    for selector in selectors:
        budget.take()
        if isinstance(selector, str):
            if isinstance(value, dict) and selector in value:
                yield (*path, selector), value[selector]
        elif isinstance(selector, int):
            if isinstance(value, list) and -len(value) <= selector < len(value):
                yield (*path, selector % len(value)), value[selector]
        else:
            for key, item in _children(value):
                budget.take()
                if selector is None or selector(item, root, budget):
                    yield (*path, key), item


class _Parser:
    """One query, read from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, str, int]] = []
        self._position = 0
        self._nesting = 0
        offset = 0
        while not self._tokens or self._tokens[-1][0] != "end":
            match = _TOKEN.match(text, offset)
            if match is None or match.lastgroup is None:
                raise QueryError("this is no JSONPath", offset)
            self._tokens.append((match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
            offset = match.end()

    def whole(self) -> Query:
        self._need("$")
        query = self._query(relative=False)
        if self._peek()[0] != "end":
            raise self._error("the query does not end here")
        return query

    def _query(self, *, relative: bool) -> Query:
        segments: list[_Segment] = []
        while (mark := self._peek()[1]) in (".", "..", "[") and self._peek()[0] == "mark":
            self._position += 1
            if mark == "[" or (mark == ".." and self._accept("[")):
                segments.append(_Segment(mark == "..", self._bracketed()))
                continue
            kind, text, _ = self._next()
            if kind != "name" and text != "*":
                raise self._error("a name is wanted here; other keys stand in brackets: ['a b']", -1)
            segments.append(_Segment(mark == "..", (None if kind == "mark" else text,)))
        return Query(tuple(segments), relative=relative)

    def _bracketed(self) -> tuple[_Selector, ...]:
        selectors = [self._selector()]
        while self._accept(","):
            selectors.append(self._selector())
        self._need("]")
        return tuple(selectors)

    def _selector(self) -> _Selector:
        kind, text, _ = self._peek()
        if kind == "text":
            return self._string()
        if self._accept("*"):
            return None
        if self._accept("?"):
            return self._any()
        if kind == "number":
            self._position += 1
            if not text.lstrip("-").isdecimal() or len(text) > 15:
                raise self._error("an index is a whole number", -1)
            return int(text)
        raise self._error("a name in quotes, an index, * or a filter is wanted here")

    def _string(self) -> str:
        text = self._next()[1][1:-1]

        def plain(match: re.Match[str]) -> str:
            if match[1]:
                return chr(int(match[1], 16))
            if match[2] not in _ESCAPED:
                raise self._error(f"\\{match[2]} is no escape", -1)
            return _ESCAPED[match[2]]

        return _ESCAPE.sub(plain, text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def _any(self) -> _Test:
        tests = [self._all()]
        while self._accept("||"):
            tests.append(self._all())
        return lambda value, root, budget: any(test(value, root, budget) for test in tests)

    def _all(self) -> _Test:
        tests = [self._basic()]
        while self._accept("&&"):
            tests.append(self._basic())
        return lambda value, root, budget: all(test(value, root, budget) for test in tests)

    def _basic(self) -> _Test:
        self._nesting += 1
        if self._nesting > _MAX_NESTING:
            raise self._error("the filter is nested too deep")
        try:
            if self._accept("!"):
                test = self._basic()
                return lambda value, root, budget: not test(value, root, budget)
            if self._accept("("):
                test = self._any()
                self._need(")")
                return test
            left = self._operand()
            sign = self._peek()[1]
            if sign not in _COMPARISONS:
                if not isinstance(left, Query):
                    raise self._error("a comparison is wanted here")
                return lambda value, root, budget: bool(left.find(value if left.relative else root, budget, root))
            self._position += 1
            right = self._operand()
        finally:
            self._nesting -= 1
        if any(isinstance(side, Query) and not side.single for side in (left, right)):
            raise self._error("what is compared must be one value: names and indices only", -1)
        return lambda value, root, budget: _holds(
            sign, _operand_value(left, value, root, budget), _operand_value(right, value, root, budget)
        )

    def _operand(self) -> Query | tuple[Json]:
        kind, text, _ = self._peek()
        if kind == "text":
            return (self._string(),)
        self._position += 1
        if kind == "mark" and text in ("@", "$"):
            return self._query(relative=text == "@")
        if kind == "number":
            if len(text) > _LONGEST_NUMBER:
                raise self._error(f"a number has more than {_LONGEST_NUMBER} digits", -1)
            return (float(text) if set(text) & set(".eE") else int(text),)
        if kind == "name" and text in _WORDS:
            return (_WORDS[text],)
        raise self._error("functions are not known" if kind == "name" else "@, $ or a constant is wanted here", -1)

    def _peek(self) -> tuple[str, str, int]:
        return self._tokens[self._position]

    def _next(self) -> tuple[str, str, int]:
        token = self._tokens[self._position]
        self._position += token[0] != "end"
        return token

    def _accept(self, mark: str) -> bool:
        kind, text, _ = self._peek()
        found = kind == "mark" and text == mark
        self._position += found
        return found

    def _need(self, mark: str) -> None:
        if not self._accept(mark):
            raise self._error(f"{mark!r} is wanted here")

    def _error(self, message: str, back: int = 0) -> QueryError:
        return QueryError(message, self._tokens[max(0, self._position + back)][2])


def parse(text: str) -> Query:
    """Read a query. Raises QueryError."""
    if len(text) > _MAX_LENGTH:
        raise QueryError("the query is too long", _MAX_LENGTH)
    return _Parser(text).whole()


def _operand_value(side: Query | tuple[Json], value: Json, root: Json, budget: Budget) -> tuple[Json] | None:
    """One side of a comparison; None where a query selects nothing."""
    if isinstance(side, tuple):
        return side
    found = side.find(value if side.relative else root, budget, root)
    return (found[0][1],) if found else None


def _holds(sign: str, left: tuple[Json] | None, right: tuple[Json] | None) -> bool:
    if sign in ("==", "!="):
        return _equal(left, right) is (sign == "==")
    if sign in (">", ">="):
        left, right, sign = right, left, sign.replace(">", "<")
    return _less(left, right) or (sign == "<=" and _equal(left, right))


def _equal(left: tuple[Json] | None, right: tuple[Json] | None) -> bool:
    if left is None or right is None:
        return left is right
    return isinstance(left[0], bool) is isinstance(right[0], bool) and left[0] == right[0]  # JSON's true is not 1


def _less(left: tuple[Json] | None, right: tuple[Json] | None) -> bool:
    if left is None or right is None:
        return False
    first, second = left[0], right[0]
    if isinstance(first, str) and isinstance(second, str):
        return first < second
    numbers = not isinstance(first, bool) and not isinstance(second, bool)
    return numbers and isinstance(first, int | float) and isinstance(second, int | float) and first < second
