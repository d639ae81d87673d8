"""A small part of SQL: `select … from readings [where …] [order by …] [limit …]`, as stages of MQL."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from .refusals import invalid

if TYPE_CHECKING:
    from .documents import Document, Value

__all__ = ["SUPPORTED", "stages_of"]

SUPPORTED = (
    "select * | columns from readings [where column =, !=, <>, <, <=, >, >= value [and …]] "
    "[order by column [asc | desc]] [limit n]"
)
"""What is understood, for messages."""

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<quoted>"[^"]+"|`[^`]+`)"""
    r"""|(?P<word>[A-Za-z_][\w.]*)|(?P<sign><=|>=|<>|!=|[=<>,*;()]))""",
    re.ASCII,
)
_SIGNS = {"=": "$eq", "!=": "$ne", "<>": "$ne", "<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}
_WORDS: dict[str, Value] = {"true": True, "false": False, "null": None}
_CLAUSES = frozenset({"select", "from", "where", "and", "order", "by", "limit", "asc", "desc"})
_TIMES = frozenset({"time_requested", "time_received", "capture_day"})
_MOST = 10_000


def stages_of(query: str) -> list[Document]:
    """The stages that a query means. Raises INVALID_ARGUMENT for what is not supported."""
    return _Reader(query).stages()


class _Reader:
    """Reads the tokens of a query in their order."""

    def __init__(self, query: str) -> None:
        if len(query) > _MOST:
            raise invalid(f"sql_query is longer than {_MOST} characters")
        self._tokens: list[tuple[str, str]] = []
        place = 0
        text = query.rstrip().removesuffix(";").rstrip()
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                raise _refused(text[place : place + 20])
            self._tokens.append((found.lastgroup or "", found[found.lastgroup or 0]))
            place = found.end()
        self._place = 0

    def stages(self) -> list[Document]:
        self._expect("select")
        columns = self._columns()
        self._expect("from")
        if self._column() != "readings":
            raise invalid("the only table is `readings`")
        found: list[Document] = []
        if self._take("where"):
            conditions = [self._condition()]
            while self._take("and"):
                conditions.append(self._condition())
            found.append({"$match": {"$and": list(conditions)}})
        if self._take("order"):
            self._expect("by")
            column = self._column()
            descending = self._take("desc")
            if not descending:
                self._take("asc")
            found.append({"$sort": {column: -1 if descending else 1}})
        if self._take("limit"):
            kind, text = self._next()
            if kind != "number" or not text.isdecimal():
                raise _refused(text)
            found.append({"$limit": int(text)})
        if self._place < len(self._tokens):
            raise _refused(self._tokens[self._place][1])
        if columns:
            found.append({"$project": dict.fromkeys(columns, 1)})
        return found

    def _columns(self) -> list[str]:
        if self._take("*"):
            return []
        found = [self._column()]
        while self._take(","):
            found.append(self._column())
        return found

    def _column(self) -> str:
        kind, text = self._next()
        if kind == "quoted":
            return text[1:-1]
        if kind != "word" or text.lower() in _CLAUSES:
            raise _refused(text)
        return text

    def _condition(self) -> Value:
        column = self._column()
        _, sign = self._next()
        if sign not in _SIGNS:
            raise _refused(sign)
        return {column: {_SIGNS[sign]: _with_time(column, self._value())}}

    def _value(self) -> Value:
        kind, text = self._next()
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return float(text) if "." in text or len(text) > 18 else int(text)
        if text.lower() in _WORDS:
            return _WORDS[text.lower()]
        raise _refused(text)

    def _next(self) -> tuple[str, str]:
        if self._place >= len(self._tokens):
            raise _refused("the end")
        self._place += 1
        return self._tokens[self._place - 1]

    def _take(self, text: str) -> bool:
        taken = self._place < len(self._tokens) and self._tokens[self._place][1].lower() == text
        self._place += taken
        return taken

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise _refused(self._next()[1])


def _with_time(column: str, value: Value) -> Value:
    """A text that is compared with a time is one."""
    if column not in _TIMES or not isinstance(value, str):
        return value
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise invalid(f"{value[:40]!r} is no time in ISO 8601") from None
    if found.tzinfo is None:
        raise invalid(f"{value[:40]!r} has no time zone: end it with Z")
    return found


def _refused(at: str) -> Exception:
    return invalid(f"the query is not supported at {at[:40]!r}; what is: {SUPPORTED}")
