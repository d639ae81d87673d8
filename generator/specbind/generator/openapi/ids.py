"""Ids of definitions and operations, made of the place in the document where a thing stands.

`#/components/schemas/Pet/properties/owner` is `Pet.owner`, the JSON body of operation `addPet` is `addPet.body`, its
200 response `addPet.200`. An id never depends on a counter or on what was lowered before, except where two places would
get the same one: the later then gets `.2`, `.3` and a finding says so.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, TypeAlias

from specbind.generator.codes import Code
from specbind.generator.source import MISSING, Missing
from specbind.generator.source.pointer import escape, split, tokens

if TYPE_CHECKING:
    from specbind.generator.ir.model import Json
    from specbind.generator.source import Report, Workspace

__all__ = ["Ids", "path_words"]

_Path: TypeAlias = "tuple[str, ...]"
_WORDS = re.compile(r"[^A-Za-z0-9]+")
_TITLE = re.compile(r"[A-Za-z][A-Za-z0-9 _-]{0,40}\Z")
_SECTIONS = {
    "responses": "response",
    "parameters": "parameter",
    "requestBodies": "body",
    "headers": "header",
    "pathItems": "path",
    "mediaTypes": "media",
}
# Where named schemas stand, and how many tokens lead to their names.
_SCHEMAS: dict[_Path, int] = {("components", "schemas"): 2, ("definitions",): 1}
_OPERATION_DEPTH = 8  # paths, path, method, callbacks, name, expression, additionalOperations, method
_STEPS = {
    "items": "item",
    "additionalProperties": "value",
    "additionalItems": "rest",
    "requestBody": "body",
    "itemSchema": "item",
    "contentSchema": "content",
    "schema": "",
}
_NAMED = frozenset(("properties", "responses", "headers", "$defs", "definitions", "encoding"))
_NUMBERED = {"prefixItems": "item", "patternProperties": "pattern", "oneOf": "variant", "anyOf": "variant"}
_KEYWORDS = frozenset((*_STEPS, *_NAMED, *_NUMBERED, "allOf", "content", "parameters"))


class Ids:
    """Gives each place its id, and each id to one place."""

    def __init__(self, workspace: Workspace, report: Report) -> None:
        self._workspace = workspace
        self._report = report
        self._by_key: dict[str, str] = {}
        self._taken: set[str] = set()
        self._operations: dict[str, str] = {}

    def operation(self, place: str, operation_id: str) -> None:
        """Say which id the operation at a place has; schemas in it are named after it."""
        self._operations.setdefault(place, operation_id)

    def of(self, place: str) -> str:
        """The id of the schema at a place."""
        known = self._by_key.get(place)
        return known if known is not None else self.claim(self._name(place), place, place)

    def share(self, place: str, target: str) -> None:
        """Let the schema at `target` have the id of the one at `place`, which only leads to it."""
        self._by_key.setdefault(target, self.of(place))

    def claim(self, wanted: str, key: str, place: str) -> str:
        """An id for `key`: `wanted`, or a variation where that is taken. The same key gets the same id again."""
        known = self._by_key.get(key)
        if known is not None:
            return known
        given = wanted
        number = 2
        while given in self._taken:
            given = f"{wanted}.{number}"
            number += 1
        if given != wanted:
            self._report.add(Code.ID_TAKEN, f"the id {wanted!r} is taken; this one is called {given!r}", place)
        self._taken.add(given)
        self._by_key[key] = given
        return given

    def _name(self, place: str) -> str:
        file, pointer = split(place)
        path = tokens(pointer)
        value = self._workspace.value(f"{place.partition('#')[0]}#")
        parts, path, value = self._start(file, path, place, value)
        position = 0
        while position < len(path):
            step, used, value = self._step(path, position, value)
            if step:
                parts.append(step)
            position += used
        return ".".join(parts) or "Value"

    def _start(
        self, file: str, path: _Path, place: str, value: Json | Missing
    ) -> tuple[list[str], _Path, Json | Missing]:
        """The first part of an id, what is left of the path, and the value that this leads to."""
        schema = _SCHEMAS.get(path[:2], 0) or (0 if file else _SCHEMAS.get(path[:1], 0))
        if schema and len(path) > schema:
            return [path[schema]], path[schema + 1 :], _down(value, path[: schema + 1])
        base = place.partition("#")[0]
        for length in range(min(len(path), _OPERATION_DEPTH), 2, -1):
            head = "".join("/" + escape(part) for part in path[:length])
            known = self._operations.get(f"{base}#{head}")
            if known is not None:
                return [known], path[length:], _down(value, path[:length])
        if path[:1] == ("components",) and len(path) > 2:
            section = _SECTIONS.get(path[1], path[1])
            return [path[2], section], path[3:], _down(value, path[:3])
        if path[:1] in (("parameters",), ("responses",)) and len(path) > 1 and not file:  # of a 2.0 document
            return [path[1], _SECTIONS[path[0]]], path[2:], _down(value, path[:2])
        if path[:1] in (("paths",), ("webhooks",)) and len(path) > 1:
            return [path_words(path[1])], path[2:], _down(value, path[:2])
        known = self._operations.get(f"{place.partition('#')[0]}#")
        if known is not None:
            return [known], path, value
        parts = [posixpath.basename(file).partition(".")[0] or "Value"]
        if path and path[0] not in _KEYWORDS:
            parts, value, path = [path[0]], _down(value, path[:1]), path[1:]
        if path[:1] == ("content",):  # a response or a request body in a file of its own
            folder = posixpath.basename(posixpath.dirname(file))
            parts.append(_SECTIONS.get(folder, "content"))
        return parts, path, value

    def _step(self, path: _Path, position: int, value: Json | Missing) -> tuple[str, int, Json | Missing]:
        """One step along a path: the part of the id that it adds, tokens used, and the value after it."""
        keyword = path[position]
        below = path[position + 1] if position + 1 < len(path) else ""
        inner = _down(value, path[position : position + 1])
        if keyword in _STEPS:
            return _STEPS[keyword], 1, inner
        member = _down(inner, (below,)) if below else MISSING
        if keyword in _NAMED:
            return below, 2, member
        if keyword in _NUMBERED:
            return _numbered(keyword, below, inner, member), 2, member
        if keyword == "allOf":
            return "", 2, member
        if keyword == "content":
            media = list(inner) if isinstance(inner, dict) else []
            return "" if media[:1] == [below] else _media_word(below), 2, member
        if keyword == "parameters":
            if not below or (isinstance(member, dict) and member.get("in") == "body"):
                return "body", 2, member  # of 2.0, where parameters make up the body
            name = member.get("name") if isinstance(member, dict) else None
            return name if isinstance(name, str) else below, 2, member
        return keyword, 1, inner


def path_words(path: str) -> str:
    """A path as words: `/pets/{petId}/toys` is `pets_by_petId_toys`."""
    spoken = re.sub(r"\{([^{}]*)\}", r" by \1 ", path)
    return _WORDS.sub("_", spoken).strip("_") or "root"


def _down(value: Json | Missing, path: tuple[str, ...]) -> Json | Missing:
    for token in path:
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and token.isdecimal() and int(token) < len(value):
            value = value[int(token)]
        else:
            return MISSING
    return value


def _numbered(keyword: str, below: str, inner: Json | Missing, member: Json | Missing) -> str:
    """A part for one of several schemas: its title where that tells it apart, else its position from 1."""
    if keyword in ("oneOf", "anyOf") and isinstance(member, dict) and isinstance(inner, list):
        title = member.get("title")
        titles = [item.get("title") for item in inner if isinstance(item, dict)]
        if isinstance(title, str) and _TITLE.match(title) and titles.count(title) == 1:
            return title.replace(" ", "_")
    if keyword == "patternProperties" and isinstance(inner, dict):
        below = str(list(inner).index(below)) if below in inner else below
    return f"{_NUMBERED[keyword]}{int(below) + 1 if below.isdecimal() else below}"


def _media_word(media: str) -> str:
    """`application/vnd.api+json; v=1` is `vnd_api_json`."""
    return _WORDS.sub("_", media.partition(";")[0].partition("/")[2] or media).strip("_")
