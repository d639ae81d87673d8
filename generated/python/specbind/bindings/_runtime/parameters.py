"""Parameters of path, query, header and cookie: OpenAPI's styles, written exactly.

Written text is percent-encoded but for the unreserved characters of RFC 3986 (letters, digits, `-._~`). None counts as
undefined, as in RFC 6570: it is left out, also within lists and objects.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, TypeAlias, cast
from urllib.parse import quote, unquote

import msgspec

from .errors import RequestError
from .header_text import header_name, header_value
from .hooks import encode_hook
from .narrowing import is_array, is_object

if TYPE_CHECKING:
    from collections.abc import Callable

    Plain: TypeAlias = str | list[str] | list[tuple[str, str]]

__all__ = ["Cookie", "Header", "Parameter", "Path", "Query", "QueryString", "plain", "scalar_text"]

_TRIPLET = re.compile(r"%[0-9A-Fa-f]{2}")
_RESERVED = ":/?[]@!$'()*,;="  # without & # + which would end or change the value
_RESERVED_IN_PATH = ":[]@!$&'()*+,;="  # without / ? # which would end the segment
_RESERVED_IN_ITEMS = ":[]@!$&'()*+"  # without what stands between items in a path
_ENDS_COOKIE = re.compile(r"[\x00-\x1f\x7f;]")
_NOT_IN_COOKIE_NAMES = re.compile(r"[\s,=]")
_SEPARATORS = {"spaceDelimited": "%20", "pipeDelimited": "%7C", "tabDelimited": "%09"}


class Parameter:
    """One parameter of an operation.

    Args:
        name: wire name.
        type: gives the Python type, for servers.
        style: OpenAPI's `style`.
        explode: OpenAPI's `explode`.
        required: whether it must be given.
        allow_reserved: leave reserved characters and percent-encoded ones as they are (path and query).
        media: media type by which the value is written, instead of a style.
    """

    __slots__ = ("allow_reserved", "encoded_name", "explode", "media", "name", "required", "style", "type")
    location = ""

    def __init__(
        self,
        name: str,
        type: Callable[[], object],
        *,
        style: str,
        explode: bool,
        required: bool = False,
        allow_reserved: bool = False,
        media: str = "",
    ) -> None:
        self.name = name
        self.type = type
        self.style = style
        self.explode = explode
        self.required = required
        self.allow_reserved = allow_reserved
        self.media = media
        self.encoded_name = quote(name, safe="")

    def content(self, value: object) -> str:
        """Write the value by its media type."""
        if self.media.partition(";")[0].strip() == "text/plain":
            return scalar_text(value)
        return msgspec.json.encode(value, enc_hook=encode_hook).decode()


class Path(Parameter):
    """A parameter in the path. Its text never leaves its segment."""

    __slots__ = ()
    location = "path"

    def __init__(
        self,
        name: str,
        type: Callable[[], object],
        *,
        style: str = "simple",
        explode: bool = False,
        allow_reserved: bool = False,
        media: str = "",
    ) -> None:
        super().__init__(
            name, type, style=style, explode=explode, required=True, allow_reserved=allow_reserved, media=media
        )

    def write(self, value: object) -> str:
        """Give the text of the segment; raises RequestError for one that would leave it."""
        kind = type(value)
        if kind is int and self.style == "simple":
            return str(value)
        if self.media:
            text = quote(self.content(value), safe="")
        elif kind is str and self.style == "simple" and not self.allow_reserved:
            text = quote(cast("str", value), safe="")
        else:
            text = self._styled(plain(value))
        if (unquote(text) if self.allow_reserved else text) in {"", ".", ".."}:
            raise RequestError(f"as {text!r} it would name another resource")
        return text

    def _styled(self, value: Plain | None) -> str:
        if value is None:
            return ""
        name = self.encoded_name
        if isinstance(value, str):
            text = _reserved(value, _RESERVED_IN_PATH) if self.allow_reserved else quote(value, safe="")
            if self.style == "label":
                return "." + text
            if self.style == "matrix":
                return f";{name}={text}" if text else f";{name}"
            return text
        if not value:
            return ""
        if self.style == "label":
            return "." + ("." if self.explode else ",").join(self._items(value))
        if self.style == "matrix":
            items = self._items(value)
            if not self.explode:
                return f";{name}=" + ",".join(items)
            keyed = bool(value) and isinstance(value[0], tuple)
            return "".join(f";{item}" if keyed else f";{name}={item}" for item in items)
        return ",".join(self._items(value))

    def _items(self, value: list[str] | list[tuple[str, str]]) -> list[str]:
        return _items(value, explode=self.explode, text=_reserved_item if self.allow_reserved else _encoded)


class Query(Parameter):
    """A parameter in the query."""

    __slots__ = ()
    location = "query"

    def __init__(
        self,
        name: str,
        type: Callable[[], object],
        *,
        style: str = "form",
        explode: bool = True,
        required: bool = False,
        allow_reserved: bool = False,
        media: str = "",
    ) -> None:
        super().__init__(
            name, type, style=style, explode=explode, required=required, allow_reserved=allow_reserved, media=media
        )

    def write(self, value: object) -> list[tuple[str, str]]:
        """Give names and texts, both percent-encoded."""
        name = self.encoded_name
        kind = type(value)
        if self.media:
            return [(name, quote(self.content(value), safe=""))]
        if kind is int:
            return [(name, str(value))]
        if self.style == "deepObject":
            return list(_deep(name, msgspec.to_builtins(value, enc_hook=encode_hook, str_keys=True), self._quote))
        values = plain(value)
        if values is None:
            return []
        if isinstance(values, str):
            return [(name, self._quote(values))]
        if not values:
            return []
        if self.explode:
            return [
                (quote(item[0], safe=""), self._quote(item[1]))
                if isinstance(item, tuple)
                else (name, self._quote(item))
                for item in values
            ]
        separator = _SEPARATORS.get(self.style, ",")
        if separator != ",":  # the delimiter is encoded, and so would be the same sign within an item
            _without(unquote(separator), values)
        return [(name, separator.join(_items(values, explode=False, text=self._quote)))]

    def _quote(self, text: str) -> str:
        return _reserved(text, _RESERVED) if self.allow_reserved else quote(text, safe="")


class QueryString(Query):
    """A parameter that is the whole query: a form, or a text in another media type."""

    __slots__ = ()
    location = "querystring"

    def write(self, value: object) -> list[tuple[str, str]]:
        """Give the names and texts of a form, both percent-encoded; else one text without a name."""
        if not self.is_form:
            return [("", quote(self.content(value), safe=""))]
        found = msgspec.to_builtins(value, enc_hook=encode_hook, str_keys=True)
        if not is_object(found):
            raise RequestError("a form is made of an object")
        return [
            (quote(name, safe=""), quote(text, safe=""))
            for name, item in found.items()
            if item is not None
            for text in _form_texts(item)
        ]

    @property
    def is_form(self) -> bool:
        """Whether the query is written as names and texts."""
        return self.media.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded"


def _form_texts(item: object) -> list[str]:
    items = item if is_array(item) else [item]
    return [
        found if isinstance(found, str) else msgspec.json.encode(found).decode() for found in items if found is not None
    ]


class Header(Parameter):
    """A parameter in a header. Its text is not encoded; line breaks and NUL are refused."""

    __slots__ = ()
    location = "header"

    def __init__(
        self,
        name: str,
        type: Callable[[], object],
        *,
        explode: bool = False,
        required: bool = False,
        media: str = "",
    ) -> None:
        super().__init__(name, type, style="simple", explode=explode, required=required, media=media)

    def write(self, value: object) -> str | None:
        """Give the header's text, None for an undefined one."""
        header_name(self.name)
        if self.media:
            return header_value(self.name, self.content(value))
        values = plain(value)
        if values is None:
            return None
        if not isinstance(values, str):
            _without(",", values)
            values = ",".join(_items(values, explode=self.explode, text=str))
        return header_value(self.name, values)


class Cookie(Parameter):
    """A parameter in the Cookie header, percent-encoded; as it is where the style is `cookie`."""

    __slots__ = ()
    location = "cookie"

    def __init__(
        self,
        name: str,
        type: Callable[[], object],
        *,
        style: str = "form",
        explode: bool = True,
        required: bool = False,
        media: str = "",
    ) -> None:
        super().__init__(name, type, style=style, explode=explode, required=required, media=media)

    def write(self, value: object) -> list[str]:
        """Give the pairs `name=text`; raises RequestError for one that would be another cookie, or end this one."""
        name = self.encoded_name
        if self.media:
            return [f"{name}={quote(self.content(value), safe='')}"]
        if self.style == "cookie":
            return self._bare(value)
        values = plain(value)
        if values is None:
            return []
        if isinstance(values, str):
            return [f"{name}={quote(values, safe='')}"]
        items = _items(values, explode=self.explode)
        if not self.explode:
            return [f"{name}={','.join(items)}"] if items else []
        return [item if isinstance(pair, tuple) else f"{name}={item}" for item, pair in zip(items, values, strict=True)]

    def _bare(self, value: object) -> list[str]:
        values = plain(value)
        if values is None or (not values and not isinstance(values, str)):
            return []
        if isinstance(values, str):
            return [_bare_pair(self.name, values)]
        if not self.explode:
            _without(",", values)
            return [_bare_pair(self.name, ",".join(_items(values, explode=False, text=str)))]
        return [_bare_pair(*item) if isinstance(item, tuple) else _bare_pair(self.name, item) for item in values]


def _bare_pair(name: str, text: str) -> str:
    """Give a cookie without any encoding (OpenAPI 3.2, 4.12.3)."""
    if not name or _ENDS_COOKIE.search(name) is not None or _NOT_IN_COOKIE_NAMES.search(name) is not None:
        raise RequestError(f"{name[:100]!r} cannot be the name of a cookie")
    if _ENDS_COOKIE.search(text) is not None or text != text.strip():
        raise RequestError("a cookie must have no semicolon, no control character and no spaces around it: encode them")
    return f"{name}={text}"


def plain(value: object) -> Plain | None:
    """Turn a value into a text, a list of texts or a list of pairs; None if it is undefined."""
    kind = type(value)
    if kind is str:
        return cast("str", value)
    if kind is not int:
        value = msgspec.to_builtins(value, enc_hook=encode_hook, str_keys=True)
    if value is None:
        return None
    if isinstance(value, list | tuple | set | frozenset):
        items = cast("list[object]", value)
        return [scalar_text(item) for item in items if item is not None]
    if isinstance(value, dict):
        pairs = cast("dict[str, object]", value)
        return [(key, scalar_text(item)) for key, item in pairs.items() if item is not None]
    return scalar_text(value)


def scalar_text(value: object) -> str:
    """Give the text of one value; raises RequestError for a nested one and for NaN and infinities."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        raise RequestError(f"{value} cannot be a parameter")
    if value is None:
        raise RequestError("null has no text")
    kind = type(value)
    if kind is str:
        return cast("str", value)
    if kind is int or kind is float:
        return repr(value)
    value = msgspec.to_builtins(value, enc_hook=encode_hook, str_keys=True)
    if isinstance(value, dict | list):
        # a nested value has no style; it goes as JSON text
        return msgspec.json.encode(value).decode()
    return scalar_text(value) if not isinstance(value, str) else value


def _without(delimiter: str, values: list[str] | list[tuple[str, str]]) -> None:
    """Refuse items that hold the delimiter: the receiver would read two of them."""
    for value in values:
        for text in (value,) if isinstance(value, str) else value:
            if delimiter in text:
                raise RequestError(f"an item must not have the delimiter {delimiter!r} in it")


def _encoded(text: str) -> str:
    return quote(text, safe="")


def _reserved(text: str, safe: str) -> str:
    pieces: list[str] = []
    end = 0
    for found in _TRIPLET.finditer(text):  # triplets stay as they are, as in RFC 6570
        pieces += (quote(text[end : found.start()], safe=safe), found[0])
        end = found.end()
    return "".join(pieces) + quote(text[end:], safe=safe)


def _reserved_item(text: str) -> str:
    return _reserved(text, _RESERVED_IN_ITEMS)


def _items(
    values: list[str] | list[tuple[str, str]], *, explode: bool, text: Callable[[str], str] = _encoded
) -> list[str]:
    """Give list items; pairs as `k=v` if exploded, else as `k`, `v`."""
    items: list[str] = []
    for item in values:
        if isinstance(item, str):
            items.append(text(item))
        elif explode:
            items.append(f"{text(item[0])}={text(item[1])}")
        else:
            items += (text(item[0]), text(item[1]))
    return items


def _deep(name: str, value: object, text: Callable[[str], str]) -> list[tuple[str, str]]:
    """Write `name[a][b]=c`; the items of a list repeat the name."""
    if value is None:
        return []
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        return [
            pair for key, item in members.items() for pair in _deep(f"{name}%5B{quote(key, safe='')}%5D", item, text)
        ]
    if isinstance(value, list | tuple):
        return [pair for item in cast("list[object]", value) for pair in _deep(name, item, text)]
    return [(name, text(scalar_text(value)))]
