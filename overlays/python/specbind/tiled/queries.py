"""Queries of `search`.

    container.search(Key("sample.name") == "quartz").search(FullText("calibrated"))

Every further `search` narrows the result; the server knows no `or`. Which queries a tree answers depends on the server:
catalogs in SQL refuse `Regex`, trees in memory refuse `Like`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, ClassVar, Literal, NoReturn, TypeAlias, cast, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "AccessTagsFilter",
    "Comparison",
    "Contains",
    "Eq",
    "FullText",
    "In",
    "Key",
    "KeyLookup",
    "KeyPresent",
    "KeysFilter",
    "Like",
    "NotEq",
    "NotIn",
    "Operator",
    "Query",
    "Regex",
    "SpecQuery",
    "SpecsQuery",
    "StructureFamilyQuery",
    "filter_params",
]

Operator: TypeAlias = Literal["lt", "gt", "le", "ge"]

_FAMILIES = frozenset({"array", "awkward", "bytes", "container", "ragged", "sparse", "table"})


@dataclass(frozen=True)
class Query:
    """Base of all queries. `and`, `or` and `not` of queries are a TypeError: search again instead.

    A class of your own, for a server that knows more, sets `name` and, for values sent as JSON, `as_json`.
    """

    name: ClassVar[str] = ""
    """Name by which the server knows it."""
    as_json: ClassVar[frozenset[str]] = frozenset()
    """Fields that are sent as JSON; the others are sent as they are."""

    def encode(self) -> dict[str, str]:
        """Give the text of each field, as it is sent.

        Raises:
            TypeError: a value has no JSON form.
            ValueError: a value is not a number (NaN) or infinite.
        """
        return {item.name: self._text(item.name) for item in fields(self)}

    def _text(self, field: str) -> str:
        value = cast("object", getattr(self, field))
        if field in self.as_json:
            return json_text(value)
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value)

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "a query is neither true nor false: call search() once for each instead of `and`; the server knows no `or`"
        )


def json_text(value: object) -> str:
    """Give the JSON of a value; scalars of numpy are taken, what is not finite is refused."""
    return json.dumps(value, allow_nan=False, default=_plain, separators=(",", ":"))


def _plain(value: object) -> object:
    if isinstance(value, set | frozenset | tuple):
        return list(cast("Iterable[object]", value))
    for name in ("item", "isoformat"):  # a scalar of numpy, a date
        plain = getattr(value, name, None)
        if callable(plain):
            return plain()
    raise TypeError(f"{value!r:.80} cannot be searched for: it has no JSON form")


@dataclass(frozen=True)
class FullText(Query):
    """Entries whose metadata have all these words, whole.

    Attributes:
        text: the words.
    """

    name: ClassVar = "fulltext"
    text: str


@dataclass(frozen=True)
class KeyLookup(Query):
    """The entry with this key.

    Attributes:
        key: its key.
    """

    name: ClassVar = "lookup"
    key: str


@dataclass(frozen=True)
class KeysFilter(Query):
    """The entries with these keys.

    Attributes:
        keys: their keys.
    """

    name: ClassVar = "keys_filter"
    as_json: ClassVar = frozenset({"keys"})
    keys: list[str]

    def __post_init__(self) -> None:
        _want_list("KeysFilter", "keys", self.keys)


@dataclass(frozen=True)
class Regex(Query):
    """Entries whose text at `key` has a match.

    Attributes:
        key: dotted path into the metadata.
        pattern: regular expression of the server's language (Python).
        case_sensitive: whether capitals differ from small letters.
    """

    name: ClassVar = "regex"
    key: str
    pattern: str
    case_sensitive: bool = True


@dataclass(frozen=True)
class Eq(Query):
    """Entries with this value at `key`.

    Attributes:
        key: dotted path into the metadata.
        value: what stands there.
    """

    name: ClassVar = "eq"
    as_json: ClassVar = frozenset({"value"})
    key: str
    value: object


@dataclass(frozen=True)
class NotEq(Query):
    """Entries with another value at `key`.

    Attributes:
        key: dotted path into the metadata.
        value: what does not stand there.
    """

    name: ClassVar = "noteq"
    as_json: ClassVar = frozenset({"value"})
    key: str
    value: object


@dataclass(frozen=True)
class Comparison(Query):
    """Entries whose value at `key` is smaller or larger.

    Attributes:
        operator: `lt`, `gt`, `le` or `ge`.
        key: dotted path into the metadata.
        value: what it is compared with.
    """

    name: ClassVar = "comparison"
    as_json: ClassVar = frozenset({"value"})
    operator: Operator
    key: str
    value: object

    def __post_init__(self) -> None:
        if self.operator not in get_args(Operator):
            raise ValueError(f"operator {self.operator!r:.40} is none of {', '.join(get_args(Operator))}")


@dataclass(frozen=True)
class Contains(Query):
    """Entries whose list at `key` has this value.

    Attributes:
        key: dotted path into the metadata.
        value: what is in the list.
    """

    name: ClassVar = "contains"
    as_json: ClassVar = frozenset({"value"})
    key: str
    value: object


@dataclass(frozen=True)
class In(Query):
    """Entries whose value at `key` is one of these.

    Attributes:
        key: dotted path into the metadata.
        value: the values.
    """

    name: ClassVar = "in"
    as_json: ClassVar = frozenset({"value"})
    key: str
    value: list[object]

    def __post_init__(self) -> None:
        _want_list(type(self).__name__, "value", self.value)


@dataclass(frozen=True)
class NotIn(Query):
    """Entries whose value at `key` is none of these.

    Attributes:
        key: dotted path into the metadata.
        value: the values.
    """

    name: ClassVar = "notin"
    as_json: ClassVar = frozenset({"value"})
    key: str
    value: list[object]

    def __post_init__(self) -> None:
        _want_list(type(self).__name__, "value", self.value)


@dataclass(frozen=True)
class KeyPresent(Query):
    """Entries that have something at `key`, or have not.

    Attributes:
        key: dotted path into the metadata.
        exists: whether something must stand there.
    """

    name: ClassVar = "keypresent"
    key: str
    exists: bool = True


@dataclass(frozen=True)
class Like(Query):
    """Entries whose text at `key` fits a pattern of SQL: `%` is any text, `_` any character.

    Attributes:
        key: dotted path into the metadata.
        pattern: the pattern.
    """

    name: ClassVar = "like"
    as_json: ClassVar = frozenset({"pattern"})
    key: str
    pattern: str


@dataclass(frozen=True)
class SpecsQuery(Query):
    """Entries with all specs of one list, and none of another.

    Attributes:
        include: names of specs that they have.
        exclude: names of specs that they have not.
    """

    name: ClassVar = "specs"
    as_json: ClassVar = frozenset({"include", "exclude"})
    include: list[str]
    exclude: list[str] | None = None

    def __post_init__(self) -> None:
        _want_list("SpecsQuery", "include", self.include)
        if self.exclude is not None:
            _want_list("SpecsQuery", "exclude", self.exclude)

    def encode(self) -> dict[str, str]:
        """Give both lists, as they are sent."""
        return {"include": json_text(_names(self.include)), "exclude": json_text(_names(self.exclude or []))}


def SpecQuery(spec: str) -> SpecsQuery:  # noqa: N802 - called like a class
    """Entries with one spec.

    Args:
        spec: its name.
    """
    return SpecsQuery([spec])


@dataclass(frozen=True)
class AccessTagsFilter(Query):
    """Entries with one of these access tags.

    Attributes:
        tags: the tags.
        tag_ids: always None: only a server knows the numbers of tags, and none takes them in a search.
    """

    name: ClassVar = "access_tags_filter"
    as_json: ClassVar = frozenset({"tags"})
    tags: list[str]
    tag_ids: None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        _want_list("AccessTagsFilter", "tags", self.tags)
        if self.tag_ids is not None:
            raise TypeError("tag_ids are a server's own numbers and are not sent; give the names, as tags")

    def encode(self) -> dict[str, str]:
        """Give the tags, as they are sent."""
        return {"tags": self._text("tags")}


@dataclass(frozen=True)
class StructureFamilyQuery(Query):
    """Entries of one structure family.

    Attributes:
        value: `array`, `awkward`, `bytes`, `container`, `ragged`, `sparse` or `table`.
    """

    name: ClassVar = "structure_family"
    value: str

    def __post_init__(self) -> None:
        if self._text("value") not in _FAMILIES:
            raise ValueError(f"{self.value!r:.80} is no structure family; there are {', '.join(sorted(_FAMILIES))}")

    def _text(self, field: str) -> str:
        value = cast("object", getattr(self, field))
        return str(getattr(value, "value", value))  # a member of an enum is its value


class Key:
    """A place in the metadata; compared with a value it makes a query: `Key("sample.name") == "quartz"`.

    Args:
        key: dotted path into the metadata.
    """

    __slots__ = ("key",)

    def __init__(self, key: str) -> None:
        self.key = key

    def __repr__(self) -> str:
        return f"Key({self.key!r})"

    __hash__ = object.__hash__

    def __eq__(self, value: object) -> Eq:  # type: ignore[override]  # that is the point of it
        return Eq(self.key, _value(value))

    def __ne__(self, value: object) -> NotEq:  # type: ignore[override]  # that is the point of it
        return NotEq(self.key, _value(value))

    def __lt__(self, value: object) -> Comparison:
        return Comparison("lt", self.key, _value(value))

    def __gt__(self, value: object) -> Comparison:
        return Comparison("gt", self.key, _value(value))

    def __le__(self, value: object) -> Comparison:
        return Comparison("le", self.key, _value(value))

    def __ge__(self, value: object) -> Comparison:
        return Comparison("ge", self.key, _value(value))

    def __bool__(self) -> NoReturn:
        raise TypeError(f"{self!r} alone is no query; compare it with a value")


def _value(value: object) -> object:
    if isinstance(value, Key | Query):
        raise TypeError("a key is compared with a value, not with a key or a query")
    return value


def _want_list(query: str, field: str, value: object) -> None:
    if isinstance(value, str | bytes) or not hasattr(value, "__iter__"):
        raise TypeError(f"{query} takes a list as {field}, not {value!r:.80}")


def _names(specs: Iterable[object]) -> list[str]:
    return [str(getattr(spec, "name", spec)) for spec in specs]


def filter_params(queries: Iterable[Query]) -> list[tuple[str, str]]:
    """Give the query string of some queries, in their order: the server joins the fields of a kind by position.

    Raises:
        TypeError: one is no query, or has a value without JSON form.
    """
    found: list[tuple[str, str]] = []
    for query in queries:
        if isinstance(query, str):
            raise TypeError(f"{query!r:.80} is no query: for words in the metadata, write FullText({query!r:.80})")
        if not isinstance(query, Query):  # pyright: ignore[reportUnnecessaryIsInstance] - callers may be untyped
            raise TypeError(f"{query!r:.80} is no query")
        found.extend((f"filter[{query.name}][condition][{field}]", text) for field, text in query.encode().items())
    return found
