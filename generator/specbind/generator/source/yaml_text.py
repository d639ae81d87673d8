"""YAML: libyaml's events put together by a stack of our own, with the scalars of YAML 1.2's core schema.

No timestamps, `no` and `on` stay strings, keys keep their text, tags build nothing, aliases and depth are bounded.
The offset of every key and item is kept beside its container, so that a finding's line costs no second pass.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple, Protocol

import yaml

from specbind.generator.codes import Code

from .error import ReadError
from .limits import MAX_ALIASED_VALUES, MAX_DEPTH
from .pointer import escape

if TYPE_CHECKING:
    from collections.abc import Callable

    from specbind.generator.ir.model import Json

__all__ = ["Marks", "YamlDocument", "parse", "scalar"]


class _Events(Protocol):
    """What is used of a PyYAML loader: its events. Nothing is ever constructed."""

    def get_event(self) -> yaml.Event: ...

    def dispose(self) -> None: ...


Marks = dict[int, list[int]]
"""Offsets of the keys or items of a container, by the container's id()."""

_CORE = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_WORDS: dict[str, Json] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_FIRST = frozenset("-+.0123456789~nNtTfF")
_MAX_DIGITS = 400


_loader: Callable[[str], _Events] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # without libyaml: pure Python


class YamlDocument(NamedTuple):
    """A parsed document: its value, where things stand, and which keys stand twice (pointer, offset)."""

    value: Json
    marks: Marks
    repeated: list[tuple[str, int]]
    more: int
    """Offset of a second document in the stream, -1 if there is none."""


def parse(text: str) -> YamlDocument:
    """The first document of a YAML stream. Raises ReadError."""
    loader: _Events = _loader(text)
    builder = _Builder(text)
    more = -1
    try:
        while not isinstance(event := loader.get_event(), yaml.StreamEndEvent):
            if isinstance(event, yaml.DocumentStartEvent) and builder.done:
                more = _offset(event)
                break
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = ", ".join(part for part in (error.context, error.problem) if part)
        offset = mark.index if mark is not None else -1
        raise ReadError(Code.SYNTAX, f"not valid YAML: {message}", offset=offset, text=text) from None
    except yaml.reader.ReaderError as error:
        position = error.position if isinstance(error.position, int) else -1
        raise ReadError(Code.SYNTAX, f"not valid YAML: {error.reason}", offset=position, text=text) from None
    finally:
        loader.dispose()
    if not builder.done:
        raise ReadError(Code.EMPTY, "the file holds no YAML document")
    return YamlDocument(builder.value, builder.marks, builder.repeated, more)


def scalar(text: str) -> Json:
    """The value of a plain scalar in YAML 1.2's core schema; what JSON has no number for (`.inf`, `.nan`) is text."""
    if text and text[0] not in _FIRST:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > _MAX_DIGITS:
        return text
    if _INTEGER.match(text):
        return int(text)
    if _FLOAT.match(text):
        value = float(text)
        return value if math.isfinite(value) else text
    if _OCTAL.match(text):
        return int(text, 0)
    return int(text, 16) if _HEXADECIMAL.match(text) else text


def _offset(event: yaml.Event) -> int:
    mark = event.start_mark
    return 0 if mark is None else mark.index


class _Frame:
    """A container that is being filled."""

    __slots__ = ("anchor", "before", "items", "key", "last", "mapping", "marks", "merge", "merged")

    def __init__(self, mapping: dict[str, Json] | None, items: list[Json], anchor: str | None, before: int) -> None:
        self.mapping = mapping
        self.items = items
        self.anchor = anchor
        self.before = before
        self.marks: list[int] = []
        self.key: str | None = None
        self.last = ""
        self.merge = False
        self.merged: list[Json] = []


class _Builder:
    """Takes events, gives one value."""

    def __init__(self, text: str) -> None:
        self.value: Json = None
        self.done = False
        self.marks: Marks = {}
        self.repeated: list[tuple[str, int]] = []
        self._text = text
        self._stack: list[_Frame] = []
        self._anchors: dict[str, tuple[Json, int] | None] = {}
        self._values = 0
        self._aliased = 0

    def take(self, event: yaml.Event) -> None:
        """Add one event of the stream."""
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._open(event, mapping=isinstance(event, yaml.MappingStartEvent))
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close()
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        frame = self._stack[-1] if self._stack else None
        text: str = event.value
        offset = _offset(event)
        self._values += 1
        if event.tag is not None and event.tag != "!":
            value = self._tagged(event.tag, text, offset)
        else:
            value = scalar(text) if event.implicit[0] and event.tag is None else text
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1)
        if frame is not None and frame.mapping is not None and frame.key is None:
            plain_merge = text == "<<" and event.implicit[0]
            self._key(frame, text, offset, merge=plain_merge)
            return
        self._put(value, offset)

    def _tagged(self, tag: str, text: str, offset: int) -> Json:
        name = tag.removeprefix(_CORE)
        if tag.startswith(_CORE) and name == "str":
            return text
        if tag.startswith(_CORE) and name in ("int", "float", "bool", "null"):
            return scalar(text)
        raise self._refused(tag, offset)

    def _refused(self, tag: str, offset: int) -> ReadError:
        return ReadError(
            Code.TAG,
            f"YAML tag {tag!r} is not allowed",
            offset=offset,
            text=self._text,
            pointer=self._pointer(),
            hint="only plain values can stand in a spec: remove the tag",
        )

    def _key(self, frame: _Frame, key: str, offset: int, *, merge: bool) -> None:
        frame.key = frame.last = key
        frame.merge = merge
        if merge or frame.mapping is None:
            return
        if key in frame.mapping:
            self.repeated.append((f"{self._pointer(below=False)}/{escape(key)}", offset))
        else:
            frame.marks.append(offset)

    def _put(self, value: Json, offset: int) -> None:
        if not self._stack:
            self.value = value
            self.done = True
            return
        frame = self._stack[-1]
        if frame.mapping is None:
            frame.items.append(value)
            frame.marks.append(offset)
            return
        if frame.key is None:
            raise ReadError(
                Code.KEY_KIND, "a mapping key must be text", offset=offset, text=self._text, pointer=self._pointer()
            )
        if frame.merge:
            frame.merged.append(value)
        else:
            frame.mapping[frame.key] = value
        frame.key = None

    def _open(self, event: yaml.CollectionStartEvent, *, mapping: bool) -> None:
        offset = _offset(event)
        if event.tag is not None and event.tag not in ("!", _CORE + ("map" if mapping else "seq")):
            raise self._refused(event.tag, offset)
        frame = _Frame({} if mapping else None, [], event.anchor, self._values)
        container: Json = frame.items if frame.mapping is None else frame.mapping
        self._put(container, offset)
        self._stack.append(frame)
        if len(self._stack) > MAX_DEPTH:
            message = f"values are nested more than {MAX_DEPTH} deep"
            raise ReadError(Code.TOO_DEEP, message, offset=offset, text=self._text, pointer=self._pointer())
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self.done = False

    def _close(self) -> None:
        frame = self._stack.pop()
        self._values += 1
        container: Json = frame.items if frame.mapping is None else frame.mapping
        if frame.mapping is not None and frame.merged:
            self._merge(frame, frame.mapping)
        self.marks[id(container)] = frame.marks
        if frame.anchor is not None:
            self._anchors[frame.anchor] = (container, self._values - frame.before)
        self.done = not self._stack

    def _merge(self, frame: _Frame, mapping: dict[str, Json]) -> None:
        """Add what `<<` names, below the mapping's own keys. Not in YAML 1.2, but in use."""
        for merged in frame.merged:
            for source in merged if isinstance(merged, list) else [merged]:
                if not isinstance(source, dict):
                    mapping.setdefault("<<", merged)
                    continue
                for key, value in source.items():
                    mapping.setdefault(key, value)
        frame.marks.extend([frame.marks[0] if frame.marks else 0] * (len(mapping) - len(frame.marks)))

    def _alias(self, event: yaml.AliasEvent) -> None:
        offset = _offset(event)
        name = event.anchor or ""
        anchored = self._anchors.get(name)
        if anchored is None:
            problem = "stands inside its own anchor" if name in self._anchors else "is not defined"
            message = f"YAML alias *{name} {problem}"
            raise ReadError(Code.ALIAS, message, offset=offset, text=self._text, pointer=self._pointer())
        value, size = anchored
        self._values += size
        self._aliased += size
        if self._aliased > MAX_ALIASED_VALUES:
            message = f"YAML aliases expand to more than {MAX_ALIASED_VALUES:,} values (the alias limit)"
            raise ReadError(Code.ALIAS, message, offset=offset, text=self._text, pointer=self._pointer())
        frame = self._stack[-1] if self._stack else None
        if frame is not None and frame.mapping is not None and frame.key is None and not isinstance(value, dict | list):
            self._key(frame, str(value), offset, merge=False)
            return
        self._put(value, offset)

    def _pointer(self, *, below: bool = True) -> str:
        """Where the builder stands; without `below`, the innermost open container."""
        parts: list[str] = []
        for frame in self._stack if below else self._stack[:-1]:
            if frame.mapping is None:
                parts.append(str(max(0, len(frame.items) - 1)))
            else:
                parts.append(escape(frame.last))
        return "".join(f"/{part}" for part in parts)
