"""All files of one document, and references between and inside them.

References stay inside: nothing is fetched, no absolute path and nothing outside the root document's folder is opened,
and files beside the root document are opened only where the caller says so.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from specbind.generator.codes import Code

from .error import ReadError
from .limits import MAX_BYTES, MAX_FILES, MAX_REFERENCE_HOPS
from .load import load
from .model import Source
from .pointer import child, location, split, tokens

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from specbind.generator.ir.model import Json

    from .report import Report

__all__ = ["MISSING", "Missing", "Workspace"]

_LAYER = "\0"
_BASE = "\0base"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")


class Missing:
    """Nothing stands at a location (JSON null is a value)."""


MISSING = Missing()


class Workspace:
    """The root document and the files that its references lead to. `files` allows the latter."""

    def __init__(self, path: Path, report: Report, *, files: bool = False) -> None:
        self._folder = path.parent
        self._root_path = path
        self._report = report
        self._files = files
        self._sources: dict[str, Source | None] = {}
        self._bytes_left = MAX_BYTES
        self._targets: dict[tuple[str, str], str | None] = {}
        self._anchors: dict[str, dict[str, str]] = {}
        self._layers: dict[str, Path] = {}
        self._origin: Callable[[tuple[str, ...]], str] | None = None
        self.root = self._load("", path)

    def add_layer(self, path: Path) -> tuple[str, Source]:
        """Read a file whose values take the place of the root document's; gives the location of its root too."""
        file = f"{_LAYER}{len(self._layers)}"  # no reference leads there: a NUL in a path is refused
        self._layers[file] = path
        try:
            return location(file), self._load(file, path)
        except ReadError as failure:
            failure.file = path.as_posix()
            raise

    def replace_root(self, value: Json, origin: Callable[[tuple[str, ...]], str]) -> None:
        """Take `value` for what the root document says. `origin` says where each part of it was read."""
        base = self.root
        self._layers[_BASE] = base.path
        self._sources[_BASE] = base
        self.root = self._sources[""] = Source(base.path, base.content, base.text, value, base.marks)
        self._origin = origin
        self._targets.clear()

    @property
    def base(self) -> str:
        """The location of the root document as it was read, for `origin` of `replace_root`."""
        return location(_BASE)

    def origin(self, place: str) -> str:
        """Where a location was read: itself, but for parts of a root document that was replaced."""
        file, pointer = split(place)
        return place if file or self._origin is None else self._origin(tokens(pointer))

    def name(self, file: str) -> str:
        """A file's name for people."""
        if file in self._layers:
            return self._layers[file].as_posix()
        return (self._folder / file if file else self._root_path).as_posix()

    def source(self, file: str) -> Source | None:
        """The source of a file that was read, else None."""
        return self._sources.get(file)

    def further_files(self) -> tuple[tuple[str, str], ...]:
        """Files that references led to, with their SHA-256, "" for one that could not be read; in order of name."""
        return tuple(
            (file, "" if source is None else hashlib.sha256(source.content).hexdigest())
            for file, source in sorted(self._sources.items())
            if file and not file.startswith(_LAYER)
        )

    def value(self, place: str) -> Json | Missing:
        """The value at a location, MISSING if there is none. Opens the file where needed."""
        file, pointer = split(place)
        source = self._source(file)
        if source is None:
            return MISSING
        value = source.value
        for token in tokens(pointer):
            if isinstance(value, dict) and token in value:
                value = value[token]
            elif isinstance(value, list) and token.isdecimal() and len(token) < 9 and int(token) < len(value):
                value = value[int(token)]
            else:
                return MISSING
        return value

    def resolve(self, reference: str, base: str, dangling: Code = Code.DANGLING_REFERENCE) -> str | None:
        """The location that a reference standing at `base` leads to.

        None where it is refused or leads to nothing; the finding is then recorded at `base`, the latter as `dangling`.
        """
        file = split(base)[0]
        key = (file, reference)
        if key not in self._targets:
            self._targets[key] = self._target(reference, file)
        target = self._targets[key]
        if target is None:
            self._report.add(dangling, f"the reference {reference!r} leads to nothing", base)
        elif not target:
            self._report.add(
                Code.REFUSED_REFERENCE,
                f"the reference {reference!r} is not followed",
                base,
                "references lead into the same document; --allow-files follows those to files below its folder",
            )
        return target or None

    def find(self, reference: str, base: str) -> str | None:
        """As `resolve`, but without a finding."""
        return self._target(reference, split(base)[0]) or None

    def _target(self, reference: str, file: str, hops: int = 0) -> str | None:
        """A location, "" for a refused reference, None for one that leads to nothing."""
        uri, _, fragment = reference.partition("#")
        if uri:
            joined = self._join(uri, file)
            if joined is None:
                return ""
            file = joined
        fragment = unquote(fragment)
        if fragment and not fragment.startswith("/"):
            return self._anchor(file, fragment)
        for pointer in (fragment, reference.partition("#")[2]):  # a `%` in a key is sometimes left unescaped
            target = location(file, pointer)
            if not isinstance(self.value(target), Missing):
                return target
        return self._through(file, fragment, hops + 1)

    def _through(self, file: str, pointer: str, hops: int) -> str | None:
        """The location of a pointer that leads through other references, None where there is nothing."""
        place = location(file)
        for token in tokens(pointer):
            while isinstance(self.value(child(place, token)), Missing):
                value = self.value(place)
                reference = value.get("$ref") if isinstance(value, dict) else None
                hops += 1
                if not isinstance(reference, str) or hops > MAX_REFERENCE_HOPS:
                    return None
                place = self._target(reference, split(place)[0], hops) or ""
                if not place:
                    return None
            place = child(place, token)
        return place

    def _join(self, uri: str, file: str) -> str | None:
        """The file that a relative URI names, None where it may not be opened."""
        path = unquote(uri)
        if not self._files or _SCHEME.match(path) or path.startswith(("/", "\\")) or "\\" in path or "\0" in path:
            return None
        joined = posixpath.normpath(posixpath.join(posixpath.dirname(file), path))
        if joined == self._root_path.name:
            return ""
        if joined in (".", "..") or joined.startswith("../"):
            return None
        inside = (self._folder / joined).resolve().is_relative_to(self._folder.resolve())
        return joined if inside else None

    def _anchor(self, file: str, anchor: str) -> str | None:
        """The location of a schema with this `$anchor`."""
        if file not in self._anchors:
            source = self._source(file)
            self._anchors[file] = _anchors(source.value) if source is not None else {}
        pointer = self._anchors[file].get(anchor)
        return None if pointer is None else location(file, pointer)

    def _source(self, file: str) -> Source | None:
        if file not in self._sources:
            try:
                self._load(file, self._folder / file)
            except ReadError as failure:
                self._sources[file] = None
                self._report.add(Code.UNREADABLE_PART, f"{self.name(file)}: {failure.message}", location(file))
        return self._sources[file]

    def _load(self, file: str, path: Path) -> Source:
        if len(self._sources) >= MAX_FILES:
            raise ReadError(Code.TOO_LARGE, f"the document has more than {MAX_FILES:,} files")
        source, found = load(path, limit=self._bytes_left)
        self._bytes_left -= len(source.content)
        self._sources[file] = source
        for code, message, pointer in found:
            self._report.add(code, message, location(file, pointer))
        return source


def _anchors(value: Json) -> dict[str, str]:
    """Every `$anchor` and `$dynamicAnchor` with its pointer; the first of a name counts."""
    found: dict[str, str] = {}
    stack: list[tuple[Json, str]] = [(value, "")]
    while stack:
        current, pointer = stack.pop()
        if isinstance(current, list):
            stack.extend((item, f"{pointer}/{index}") for index, item in enumerate(current))
        elif isinstance(current, dict):
            for keyword in ("$anchor", "$dynamicAnchor"):
                name = current.get(keyword)
                if isinstance(name, str):
                    found.setdefault(name, pointer)
            for key, item in current.items():
                token = key.replace("~", "~0").replace("/", "~1")
                stack.append((item, f"{pointer}/{token}"))
    return found
