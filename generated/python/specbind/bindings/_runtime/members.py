"""Named members of a form or multipart body, as a receiver reads them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast, get_args
from urllib.parse import quote, unquote_plus

import msgspec

from .files import File
from .hooks import compose_path
from .open_model import member_types
from .parameters import Query
from .parsing import convert_text, plain_query, split_query
from .unions import json_kinds

if TYPE_CHECKING:
    from .forms import Form, Multipart, Part
    from .payloads import Codec

__all__ = ["MOST_PARTS", "BadBodyError", "form_members", "styled_members", "typed_members"]

MOST_PARTS = 10_000
"""Members of a body."""


class BadBodyError(ValueError):
    """A body that does not fit; `status` is 400, 413 or 415."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def form_members(codec: Form, content: bytes) -> list[tuple[str, object]]:
    """Read a form's names and texts; those of a declared style as what they mean. Raises BadBodyError."""
    try:
        pairs = split_query(content.decode())
    except UnicodeDecodeError as error:
        raise BadBodyError(f"the form is not UTF-8: {error}") from None
    if len(pairs) > MOST_PARTS:
        raise BadBodyError(f"the form has more than {MOST_PARTS} members", 413)
    return _split(codec, pairs)


def styled_members(codec: Multipart, members: list[tuple[str, object]]) -> list[tuple[str, object]]:
    """Read the parts of a declared style as what they mean; the others stay as they are."""
    styled = _styled(codec)
    if not styled:
        return members
    heads = tuple(f"{name}[" for name in styled)
    texts = [(name, value) for name, value in members if isinstance(value, str)]
    chosen = [(name, quote(text, safe=",")) for name, text in texts if name in styled or name.startswith(heads)]
    taken = {name for name, _ in chosen}
    return [(name, value) for name, value in members if name not in taken] + _split(codec, chosen)


def _styled(codec: Form | Multipart) -> dict[str, Part]:
    return {part.name: part for part in codec.parts.values() if part.style != "form" or not part.explode}


def _split(codec: Form | Multipart, pairs: list[tuple[str, str]]) -> list[tuple[str, object]]:
    type_of = member_types(codec.type())
    styled = _styled(codec)
    found: list[tuple[str, object]] = []
    for name, part in styled.items():
        query = Query(name, partial(type_of, name), style=part.style, explode=part.explode)
        value = plain_query(query, pairs)
        if value is not msgspec.UNSET:
            found.append((name, value))
    taken = tuple(f"{name}[" for name, part in styled.items() if part.style == "deepObject")
    found += [
        (name, unquote_plus(text))
        for name, text in pairs
        if name not in styled and not (taken and name.startswith(taken))
    ]
    return found


def typed_members(codec: Codec, members: list[tuple[str, object]]) -> object:
    """Fit named members to the declared type: repeated ones to lists, JSON text to objects, text to files."""
    kind = codec.type()
    type_of = member_types(kind)
    found: dict[str, object] = {}
    for name, member in members:
        declared = type_of(name)
        value = _fitted(declared, name, member)
        repeated = declared is not None and "array" in json_kinds(declared)
        if repeated and not isinstance(value, list):
            cast("list[object]", found.setdefault(name, [])).append(value)
        elif declared is None and name in found:
            before = found[name]
            found[name] = [*cast("list[object]", before), value] if isinstance(before, list) else [before, value]
        else:
            found[name] = value
    try:
        return convert_text(kind, found)
    except (msgspec.ValidationError, RecursionError) as error:
        message, path = compose_path(str(error))
        raise BadBodyError(f"the body does not fit at {path}: {message}") from None


def _fitted(declared: object, name: str, member: object) -> object:
    if declared is None or not isinstance(member, str):
        return member
    if _is_file(declared):
        return File(member.encode(), filename=name)
    if "object" in json_kinds(declared) and "string" not in json_kinds(declared):
        try:
            return cast("object", msgspec.json.decode(member))
        except (msgspec.DecodeError, RecursionError):
            return member
    return member


def _is_file(declared: object) -> bool:
    return declared is File or File in get_args(declared)
