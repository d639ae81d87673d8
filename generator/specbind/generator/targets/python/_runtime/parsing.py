"""Parameters as a server reads them: the inverse of `parameters`, with values converted to the declared types."""

from __future__ import annotations

from types import UnionType
from typing import TYPE_CHECKING, Any, Union, cast, get_args, get_origin
from urllib.parse import unquote, unquote_plus

import msgspec
from msgspec import UNSET

from .hooks import compose_path, decode_hook, text_hook
from .narrowing import is_object
from .open_model import member_types
from .unions import json_kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .parameters import Cookie, Header, Parameter, Path, Query, QueryString

__all__ = [
    "BadValueError",
    "convert_text",
    "parse_cookie",
    "parse_header",
    "parse_path",
    "parse_query",
    "parse_query_string",
    "plain_query",
    "split_query",
]

_MOST_LEVELS = 16


class BadValueError(ValueError):
    """A parameter that does not fit. `name` is its wire name, `location` where it stands."""

    def __init__(self, parameter: Parameter, message: str) -> None:
        super().__init__(f"{parameter.location} parameter {parameter.name!r}: {message}")
        self.name = parameter.name
        self.location = parameter.location


def convert_text(kind: object, value: object) -> object:
    """Convert texts, lists and dicts of texts to a type; raises ValidationError."""
    return msgspec.convert(value, cast("type[Any]", kind), strict=False, dec_hook=text_hook)


def _converted(parameter: Parameter, value: object) -> object:
    try:
        return convert_text(parameter.type(), value)
    except (msgspec.ValidationError, ValueError, RecursionError) as error:
        message, path = compose_path(str(error))
        raise BadValueError(parameter, message if path == "$" else f"{message} at {path}") from None


def _content(parameter: Parameter, text: str) -> object:
    kind = parameter.type()
    if parameter.media.partition(";")[0].strip() == "text/plain":
        return _converted(parameter, text)
    try:
        return msgspec.json.decode(text, type=cast("type[Any]", kind), dec_hook=decode_hook)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise BadValueError(parameter, f"not the {parameter.media} that is declared: {error}") from None


def _shape(parameter: Parameter) -> str:
    kinds = json_kinds(parameter.type())
    if "string" in kinds or not kinds & {"array", "object"}:
        return "scalar"
    return "array" if "array" in kinds else "object"


def _pairs(items: Sequence[str], *, explode: bool, decode: Callable[[str], str] = unquote) -> dict[str, str]:
    """Read `k=v` items if exploded, else `k`, `v`, `k`, `v`."""
    if explode:
        return {decode(name): decode(text) for name, _, text in (item.partition("=") for item in items)}
    return {decode(name): decode(text) for name, text in zip(items[::2], items[1::2], strict=False)}


def _structured(
    parameter: Parameter, items: Sequence[str], shape: str, decode: Callable[[str], str] = unquote
) -> object:
    if shape == "array":
        return _converted(parameter, [decode(item) for item in items])
    return _converted(parameter, _pairs(items, explode=parameter.explode, decode=decode))


def parse_path(parameter: Path, raw: str) -> object:
    """Read a path parameter from its percent-encoded text; raises BadValueError."""
    if parameter.media:
        return _content(parameter, unquote(raw))
    shape = _shape(parameter)
    name = parameter.encoded_name
    if parameter.style == "label":
        raw = raw.removeprefix(".")
        separator = "." if parameter.explode else ","
    elif parameter.style == "matrix":
        raw = raw.removeprefix(";")
        separator = ";" if parameter.explode else ","
        if shape == "array" and parameter.explode:
            return _structured(parameter, [item.removeprefix(f"{name}=") for item in raw.split(";")], shape)
        if not (shape == "object" and parameter.explode):
            raw = raw.removeprefix(name).removeprefix("=")
    else:
        separator = ","
    if shape == "scalar":
        return _converted(parameter, unquote(raw))
    return _structured(parameter, raw.split(separator), shape)


def split_query(raw: str) -> list[tuple[str, str]]:
    """Split a query into names, decoded, and texts, still encoded."""
    pairs = (pair.partition("=") for pair in raw.split("&") if pair)
    return [(unquote_plus(name), text) for name, _, text in pairs]


def parse_query(parameter: Query, pairs: Sequence[tuple[str, str]], declared: frozenset[str] = frozenset()) -> object:
    """Read a query parameter, UNSET if it is not there; raises BadValueError.

    `declared` are the names of all query parameters: an exploded object takes what none of them is.
    """
    if parameter.media:
        texts = [text for name, text in pairs if name == parameter.name]
        return _content(parameter, unquote_plus(texts[-1])) if texts else _absent(parameter)
    found = plain_query(parameter, pairs, declared)
    return _absent(parameter) if found is UNSET else _converted(parameter, found)


def parse_query_string(parameter: QueryString, raw: str) -> object:
    """Read a parameter that is the whole query, UNSET if there is none; raises BadValueError."""
    if not raw:
        return _absent(parameter)
    if not parameter.is_form:
        return _content(parameter, unquote_plus(raw))
    texts: dict[str, object] = {}
    for name, text in split_query(raw):
        value, known = unquote_plus(text), texts.get(name)
        texts[name] = value if known is None else [*known, value] if isinstance(known, list) else [known, value]
    return _converted(parameter, texts)


def plain_query(parameter: Query, pairs: Sequence[tuple[str, str]], declared: frozenset[str] = frozenset()) -> object:
    """Read a query parameter by its style as text, list or dict of texts, UNSET if it is not there."""
    if parameter.style == "deepObject":
        return _listed(parameter.type(), _deep(parameter, pairs)) or UNSET
    shape = _shape(parameter)
    if shape == "object" and parameter.explode:
        rest = {name: unquote_plus(text) for name, text in pairs if name not in declared - {parameter.name}}
        return rest or UNSET
    texts = [text for name, text in pairs if name == parameter.name]
    if not texts:
        return UNSET
    if shape == "scalar":
        return unquote_plus(texts[-1])
    if parameter.explode:
        return [unquote_plus(text) for text in texts]
    items = _delimited(texts[-1], parameter.style)
    return [unquote(item) for item in items] if shape == "array" else _pairs(items, explode=False)


def _delimited(text: str, style: str) -> list[str]:
    if style == "spaceDelimited":
        return text.replace("+", "%20").split("%20")
    if style == "pipeDelimited":
        return text.replace("%7c", "%7C").replace("|", "%7C").split("%7C")
    if style == "tabDelimited":
        return text.replace("\t", "%09").split("%09")
    return text.replace("+", "%20").split(",")


def _deep(parameter: Query, pairs: Sequence[tuple[str, str]]) -> dict[str, object]:
    """Read `name[a][b]=c` into nested dicts."""
    found: dict[str, object] = {}
    for name, text in pairs:
        if not name.startswith(parameter.name + "[") or not name.endswith("]"):
            continue
        keys = name[len(parameter.name) + 1 : -1].split("][")
        if len(keys) > _MOST_LEVELS:
            raise BadValueError(parameter, f"more than {_MOST_LEVELS} levels")
        level = found
        for key in keys[:-1]:
            deeper = level.setdefault(key, {})
            if not isinstance(deeper, dict):
                raise BadValueError(parameter, f"{key!r} is both a value and an object")
            level = cast("dict[str, object]", deeper)
        value = unquote_plus(text)
        before = level.get(keys[-1], UNSET)
        if before is UNSET:
            level[keys[-1]] = value
        elif isinstance(before, list):
            cast("list[object]", before).append(value)
        else:
            level[keys[-1]] = [before, value]
    return found


def _listed(kind: object, value: object) -> object:
    """Put a single text in a list where a list alone is declared: a list of one is written like its item."""
    if is_object(value):
        return {name: _listed(_member(kind, name), item) for name, item in value.items()}
    kinds = json_kinds(kind)
    return [value] if isinstance(value, str) and "array" in kinds and "string" not in kinds else value


def _member(kind: object, name: str) -> object:
    parts = get_args(kind) if get_origin(kind) in {Union, UnionType} else (kind,)
    return next((found for part in parts if (found := member_types(part)(name)) is not None), object)


def parse_header(parameter: Header, text: str | None) -> object:
    """Read a header parameter, UNSET if it is not there; raises BadValueError."""
    if text is None:
        return _absent(parameter)
    if parameter.media:
        return _content(parameter, text)
    shape = _shape(parameter)
    if shape == "scalar":
        return _converted(parameter, text)
    items = [item.strip() for item in text.split(",")]
    if shape == "array":
        return _converted(parameter, items)
    if parameter.explode:
        return _converted(parameter, {name: value for name, _, value in (item.partition("=") for item in items)})
    return _converted(parameter, dict(zip(items[::2], items[1::2], strict=False)))


def parse_cookie(parameter: Cookie, pairs: Sequence[tuple[str, str]]) -> object:
    """Read a cookie parameter, UNSET if it is not there; raises BadValueError."""
    decode: Callable[[str], str] = str if parameter.style == "cookie" else unquote
    shape = "scalar" if parameter.media else _shape(parameter)
    if shape == "object" and parameter.explode:
        kind = parameter.type()
        members = {decode(name): decode(text) for name, text in pairs if _member(kind, decode(name)) is not object}
        return _converted(parameter, members) if members else _absent(parameter)
    texts = [text for name, text in pairs if decode(name) == parameter.name]
    if not texts:
        return _absent(parameter)
    if parameter.media:
        return _content(parameter, decode(texts[-1]))
    if shape == "scalar":
        return _converted(parameter, decode(texts[-1]))
    if parameter.explode:
        return _converted(parameter, [decode(text) for text in texts])
    return _structured(parameter, texts[-1].split(","), shape, decode)


def _absent(parameter: Parameter) -> object:
    if parameter.required:
        raise BadValueError(parameter, "it is required and missing")
    return UNSET
