"""A source: the bytes of one file, the value that they mean, and where in them each part stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import json_text
from .pointer import tokens
from .text import lines_and_columns

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from specbind.generator.ir.model import Json

    from .yaml_text import Marks

__all__ = ["Source"]

_PLAIN_SCALAR = re.compile(r"""[^\s,\]}#"']+""")
_KEY = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^:\n]+?)\s*:\s+""")


class Source:
    """One file. `format` is `json` or `yaml`; `text` is without a byte order mark; `marks` belong to YAML."""

    __slots__ = ("content", "format", "marks", "path", "text", "value")

    def __init__(self, path: Path, content: bytes, text: str, value: Json, marks: Marks | None) -> None:
        self.path = path
        self.content = content
        self.text = text
        self.value = value
        self.marks = marks
        self.format = "json" if marks is None else "yaml"

    def locate(self, pointer: str) -> tuple[int, int]:
        """Line and column, from 1, of the key or item that `pointer` leads to, or of its nearest ancestor."""
        return self.locate_all([pointer])[pointer]

    def locate_all(self, pointers: Iterable[str]) -> dict[str, tuple[int, int]]:
        """Lines and columns of many pointers; for JSON this is one scan of the text."""
        keys = {pointer: key for pointer, (key, _) in self._offsets(list(pointers)).items()}
        places = lines_and_columns(self.text, keys.values())
        return {pointer: places[key] for pointer, key in keys.items()}

    def spelling(self, pointer: str) -> str:
        """The text of a number, boolean or null as it is written, e.g. `1.10`. "" where it cannot be told."""
        key, start = self._offsets([pointer])[pointer]
        if self.marks is not None:
            written = _KEY.match(self.text, key)
            start = written.end() if written is not None else key
        scalar = _PLAIN_SCALAR.match(self.text, start)
        return scalar[0] if scalar is not None else ""

    def _offsets(self, pointers: list[str]) -> dict[str, tuple[int, int]]:
        paths = {pointer: tokens(pointer) for pointer in pointers}
        if self.marks is not None:
            return {pointer: self._marked(path, self.marks) for pointer, path in paths.items()}
        found = json_text.locate(self.text, paths.values())
        offsets: dict[str, tuple[int, int]] = {}
        for pointer, path in paths.items():
            known = path
            while known not in found:
                known = known[:-1]
            offsets[pointer] = found[known]
        return offsets

    def _marked(self, path: tuple[str, ...], marks: Marks) -> tuple[int, int]:
        offset = 0
        value = self.value
        for token in path:
            places = marks.get(id(value), [])
            if isinstance(value, dict) and token in value:
                index = list(value).index(token)
                value = value[token]
            elif isinstance(value, list) and token.isdigit() and int(token) < len(value):
                index = int(token)
                value = value[index]
            else:
                break
            if index < len(places):
                offset = places[index]
        return offset, offset
