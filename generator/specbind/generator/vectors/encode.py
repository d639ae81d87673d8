"""Parameters and bodies written by the rules of OpenAPI and its RFCs: short and slow, so that it can be read.

It shares nothing with any runtime, because it is what they are held against.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import msgspec

from specbind.generator.ir.media import is_msgpack

from .model import Content, PartContent

if TYPE_CHECKING:
    from collections.abc import Callable

    from specbind.generator.ir.model import Json, Parameter, Part

__all__ = [
    "compact",
    "cookie_pairs",
    "form",
    "header_text",
    "is_json",
    "multipart",
    "path_text",
    "query_pairs",
    "query_string",
]

_DELIMITERS = {"form": ",", "spaceDelimited": "%20", "pipeDelimited": "%7C", "tabDelimited": "%09"}


def is_json(media: str) -> bool:
    """Whether a media type is JSON."""
    name = media.partition(";")[0].strip().lower()
    return name in {"application/json", "text/json"} or name.endswith("+json")


def compact(value: Json) -> str:
    """JSON without white space."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _text(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else compact(value)


def _encoded(text: str) -> str:
    return quote(text, safe="")  # all but the unreserved characters of RFC 3986


def _reserved(text: str, safe: str = ":/?[]@!$'()*,;=") -> str:
    """As RFC 6570's `+`: reserved characters and triplets stay, but `&`, `#` and `+` would end or change the value."""
    pieces = re.split("(%[0-9A-Fa-f]{2})", text)
    return "".join(piece if index % 2 else quote(piece, safe=safe) for index, piece in enumerate(pieces))


def _reserved_in_path(text: str) -> str:
    """The same, but `/`, `?` and `#` would end the segment."""
    return _reserved(text, ":[]@!$&'()*+,;=")


def _reserved_in_items(text: str) -> str:
    """The same within a list, where `,`, `;` and `=` stand between the items."""
    return _reserved(text, ":[]@!$&'()*+")


def _items(value: Json, *, explode: bool, encode: Callable[[str], str]) -> list[str]:
    """The items of a list; the members of an object as `k=v` if exploded, else as `k`, `v`."""
    if isinstance(value, list):
        return [encode(_text(item)) for item in value if item is not None]
    if not isinstance(value, dict):
        return [encode(_text(value))]
    pairs = [(encode(name), encode(_text(item))) for name, item in value.items() if item is not None]
    return [f"{name}={text}" for name, text in pairs] if explode else [text for pair in pairs for text in pair]


def path_text(parameter: Parameter, value: Json) -> str:
    """The text in the path (RFC 6570, levels 1 to 4: simple, label, matrix)."""
    if parameter.media:
        return _encoded(_serialised(parameter.media, value))
    encode = _encoded
    if parameter.allow_reserved:
        encode = _reserved_in_items if isinstance(value, (list, dict)) else _reserved_in_path
    items = _items(value, explode=parameter.explode, encode=encode)
    if parameter.style == "label":
        return "." + ("." if parameter.explode else ",").join(items)
    if parameter.style == "matrix":
        name = _encoded(parameter.wire)
        if parameter.explode and isinstance(value, list):
            return "".join(f";{name}={item}" for item in items)
        return (
            "".join(f";{item}" for item in items)
            if parameter.explode and isinstance(value, dict)
            else f";{name}={','.join(items)}"
        )
    return ",".join(items)


def query_string(media: str, value: Json) -> list[str]:
    """The whole query: pairs of a form, or one text without a name."""
    if media.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded" or not isinstance(value, dict):
        return [_encoded(_serialised(media, value))]
    return [
        f"{_encoded(name)}={_encoded(_text(item))}"
        for name, items in value.items()
        for item in (items if isinstance(items, list) else [items])
        if item is not None
    ]


def query_pairs(
    name: str, value: Json, *, style: str, explode: bool, allow_reserved: bool = False, media: str = ""
) -> list[str]:
    """The pairs `name=text` in the query or in a form."""
    encode = _reserved if allow_reserved else _encoded
    wire = _encoded(name)
    if media:
        return [f"{wire}={_encoded(_serialised(media, value))}"]
    if style == "deepObject" and isinstance(value, dict):
        return [pair for key, item in value.items() for pair in _deep(f"{wire}%5B{_encoded(key)}%5D", item, encode)]
    if isinstance(value, (list, dict)) and not value:
        return []
    items = _items(value, explode=explode, encode=encode)
    if explode and isinstance(value, dict):
        return items
    if explode or not isinstance(value, (list, dict)):
        return [f"{wire}={item}" for item in items]
    return [f"{wire}={_DELIMITERS.get(style, ',').join(items)}"]


def _deep(name: str, value: Json, encode: Callable[[str], str]) -> list[str]:
    if isinstance(value, dict):
        return [pair for key, item in value.items() for pair in _deep(f"{name}%5B{_encoded(key)}%5D", item, encode)]
    if isinstance(value, list):
        return [pair for item in value for pair in _deep(name, item, encode)]
    return [] if value is None else [f"{name}={encode(_text(value))}"]


def header_text(parameter: Parameter, value: Json) -> str:
    """The text of a header."""
    if parameter.media:
        return _serialised(parameter.media, value)
    return ",".join(_items(value, explode=parameter.explode, encode=str))


def cookie_pairs(parameter: Parameter, value: Json) -> list[str]:
    """The pairs of a Cookie header."""
    if parameter.style == "cookie":
        if not isinstance(value, (list, dict)):
            return [f"{parameter.wire}={_text(value)}"]
        items = _items(value, explode=parameter.explode, encode=str)
        if not parameter.explode:
            return [f"{parameter.wire}={','.join(items)}"] if items else []
        return items if isinstance(value, dict) else [f"{parameter.wire}={item}" for item in items]
    return query_pairs(parameter.wire, value, style="form", explode=parameter.explode, media=parameter.media)


def _serialised(media: str, value: Json) -> str:
    return _text(value) if media.partition(";")[0].strip() == "text/plain" else compact(value)


def form(value: dict[str, Json], parts: dict[str, Part]) -> Content:
    """A form: lists and scalars by their style, objects as JSON unless their style is deepObject."""
    pairs: list[str] = []
    for name, item in value.items():
        if item is None:
            continue
        part = parts.get(name)
        style = part.style if part else "form"
        media = part.media if part and is_json(part.media) else ""
        if isinstance(item, dict) and style == "form":
            media = media or "application/json"
        explode = part.explode if part else True
        reserved = part.allow_reserved if part else False
        pairs += query_pairs(name, item, style=style, explode=explode, allow_reserved=reserved, media=media)
    return Content(text="&".join(pairs))


def multipart(value: dict[str, Json], parts: dict[str, Part]) -> Content:
    """The parts of a multipart body: a list repeats its part, nested values are JSON, files are files.

    A style that the document states counts here as in a form, and nothing is percent-encoded.
    """
    found: list[PartContent] = []
    for name, member in value.items():
        part = parts.get(name)
        if part is not None and (part.style != "form" or not part.explode):
            for pair in query_pairs(name, member, style=part.style, explode=part.explode):
                wire, _, text = pair.partition("=")
                found.append(_part(unquote(wire), unquote(text), ""))
            continue
        media = part.media if part is not None else ""
        whole = is_json(media) or is_msgpack(media)
        items = member if isinstance(member, list) and not whole else [member]
        found += [_part(name, item, media) for item in items if item is not None]
    return Content(parts=tuple(found))


def _part(name: str, value: Json, media: str) -> PartContent:
    if isinstance(value, dict) and isinstance(file := value.get("$file"), dict):
        return PartContent(name, str(file["base64"]), str(file["filename"]), str(file["media"]))
    if is_msgpack(media):
        return PartContent(name, base64.b64encode(msgspec.msgpack.encode(value)).decode(), media=media)
    if is_json(media) or isinstance(value, (dict, list)):
        return PartContent(name, _base64(compact(value)), media=media or "application/json")
    return PartContent(name, _base64(_text(value)), media=media)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
