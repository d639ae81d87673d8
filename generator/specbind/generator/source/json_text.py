"""JSON: parsed by msgspec; places of values are found by a second, selective scan when a finding needs them."""

from __future__ import annotations

import json
import json.decoder
import re
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from specbind.generator.codes import Code

from .error import ReadError
from .limits import MAX_DEPTH
from .pointer import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from specbind.generator.ir.model import Json

__all__ = ["locate", "parse", "repeated_keys", "too_deep"]

_Trie: TypeAlias = "dict[str, _Trie]"
_SPACE = re.compile(r"[ \t\n\r]*")
_TOKEN = re.compile(r'[ \t\n\r]*("(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s"{}\[\],:]+)', re.DOTALL)
_POSITION = re.compile(r"\(byte (\d+)\)")

# The C scanners behind json.loads: they skip a value or string at full speed. Their stubs are missing.
_scan_once: Callable[[str, int], tuple[object, int]] = getattr(json.JSONDecoder(strict=False), "scan_once")  # noqa: B009
_scan_string: Callable[[str, int, bool], tuple[str, int]] = getattr(json.decoder, "scanstring")  # noqa: B009
_LENIENT = False


def parse(text: str) -> Json:
    """The value of a JSON text. Raises ReadError."""
    try:
        value: Json = msgspec.json.decode(text)
    except RecursionError:
        raise too_deep(text) from None
    except msgspec.MsgspecError as error:
        position = _POSITION.search(str(error))
        offset = len(text)
        if position is not None:
            offset = len(text.encode()[: int(position[1])].decode(errors="replace"))
        message = _POSITION.sub("", str(error)).replace("JSON is malformed: ", "").strip()
        raise ReadError(Code.SYNTAX, f"not valid JSON: {message}", offset=offset, text=text) from None
    return value


def repeated_keys(text: str, value: Json) -> list[tuple[str, int]]:
    """Pointers and offsets of the keys that stand twice in their object."""
    # A text that is its own canonical form has no repeated key; that costs little to find out.
    if msgspec.json.format(text.encode(), indent=-1) == msgspec.json.encode(value):
        return []
    repeated = False

    def build(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        nonlocal repeated
        members = dict(pairs)
        if len(members) != len(pairs):
            repeated = True
        return members

    json.loads(text, object_pairs_hook=build, strict=False)
    if not repeated:
        return []
    return [(pointer, offset) for pointer, offset, again in _keys(text) if again]


def locate(text: str, pointers: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], tuple[int, int]]:
    """Offsets (of the key or list item, of the value) of each pointer that exists, in one scan of the text."""
    trie: _Trie = {}
    for pointer in pointers:
        node = trie
        for token in pointer:
            node = node.setdefault(token, {})
    found: dict[tuple[str, ...], tuple[int, int]] = {}
    start = _skip(text, 0)
    found[()] = (start, start)
    if trie:
        # Values that nobody reads may be nested deeper than the scanner goes; what lies behind them has no line then.
        with suppress(RecursionError):
            _walk(text, start, trie, (), found)
    return found


def _walk(
    text: str, start: int, trie: _Trie, path: tuple[str, ...], found: dict[tuple[str, ...], tuple[int, int]]
) -> int:
    """Go through the value at `start`, looking into the members that the trie names; gives the offset after it."""
    if text[start] not in "{[":
        return _scan_once(text, start)[1]
    keyed = text[start] == "{"
    offset = _skip(text, start + 1)
    index = 0
    while text[offset] not in "}]":
        place = offset
        if keyed:
            token, offset = _scan_string(text, offset + 1, _LENIENT)
            offset = _skip(text, _skip(text, offset) + 1)
        else:
            token = str(index)
        node = trie.get(token)
        if node is None:
            offset = _scan_once(text, offset)[1]
        else:
            inner = (*path, token)
            found[inner] = (place, offset)
            offset = _walk(text, offset, node, inner, found) if node else _scan_once(text, offset)[1]
        offset = _skip(text, offset)
        if text[offset] == ",":
            offset = _skip(text, offset + 1)
        index += 1
    return offset + 1


def _skip(text: str, offset: int) -> int:
    space = _SPACE.match(text, offset)
    return space.end() if space is not None else offset


def _keys(text: str) -> Iterator[tuple[str, int, bool]]:
    """Every object key with its pointer, its offset and whether it stood in the object before. Bounded in depth."""
    stack: list[tuple[str, set[str] | None]] = []
    path: list[str] = []
    index: list[int] = []
    key_next = False
    for match in _TOKEN.finditer(text):
        mark, offset = match[1], match.start(1)
        if key_next and mark[0] == '"':
            key = _scan_string(text, offset + 1, _LENIENT)[0]
            seen = stack[-1][1]
            path[-1] = escape(key)
            yield "/" + "/".join(path), offset, seen is not None and key in seen
            if seen is not None:
                seen.add(key)
            key_next = False
        elif mark in ("{", "["):
            stack.append((mark, set() if mark == "{" else None))
            path.append("0")
            index.append(0)
            key_next = mark == "{"
        elif mark in ("}", "]"):
            stack.pop()
            path.pop()
            index.pop()
            key_next = False
        elif mark == ",":
            key_next = stack[-1][1] is not None
            if not key_next:
                index[-1] += 1
                path[-1] = str(index[-1])


def too_deep(text: str) -> ReadError:
    """The error for a text whose values are nested too deep, with the first place that is."""
    pointer, offset = "", -1
    for pointer, offset, _again in _keys(text):  # noqa: B007 - both are used after the loop
        if pointer.count("/") > MAX_DEPTH:
            break
    return ReadError(
        Code.TOO_DEEP, f"values are nested more than {MAX_DEPTH} deep", offset=offset, text=text, pointer=pointer
    )
