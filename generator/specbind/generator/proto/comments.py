"""Places and comments of the parts of a file."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from specbind.generator.diagnostics import Place

from .wire import packed, wire_fields

__all__ = ["Comments", "Path"]

Path: TypeAlias = "tuple[int, ...]"
"""Where a part stands in its file: field numbers of descriptor.proto and positions in lists, alternating."""


class _Location(NamedTuple):
    span: Path
    leading: str
    trailing: str


class Comments:
    """What the source information of one file says; nothing where a descriptor set has none.

    `information` are the bytes of the file's SourceCodeInfo: it is the greater part of a set, and betterproto's objects
    for it would take most of the time. Raises WireError.
    """

    def __init__(self, name: str, shown: str, information: bytes) -> None:
        self.shown = shown
        self._name = name
        self._found: dict[Path, _Location] = {}
        for field in wire_fields(information):
            if field.number == 1:
                path, location = _location(field.content)
                self._found.setdefault(path, location)  # the first one of a path counts

    def place(self, path: Path) -> Place:
        """File, line and column, both from 1; line 0 where it is not known."""
        location = self._found.get(path)
        if location is None or len(location.span) < 2:
            return Place(self.shown)
        return Place(self.shown, location.span[0] + 1, location.span[1] + 1)

    def source(self, path: Path) -> str:
        """The same by the name that imports use, which is the same on every machine."""
        return str(replace(self.place(path), file=self._name))

    def doc(self, path: Path) -> str:
        """The comments before and after a part, without those that stand apart."""
        location = self._found.get(path)
        if location is None:
            return ""
        texts = (_plain(location.leading), _plain(location.trailing))
        return "\n".join(text for text in texts if text)


def _location(content: bytes) -> tuple[Path, _Location]:
    """SourceCodeInfo.Location: path 1, span 2, the comments before (3) and after (4)."""
    path: Path = ()
    span: Path = ()
    leading = trailing = ""
    for field in wire_fields(content):
        if field.number == 1:
            path += packed(field)
        elif field.number == 2:
            span += packed(field)
        elif field.number == 3:
            leading = field.content.decode(errors="replace")
        elif field.number == 4:
            trailing = field.content.decode(errors="replace")
    return path, _Location(span, leading, trailing)


def _plain(comment: str) -> str:
    """A comment without the blank that stands before each line, and without empty lines around."""
    lines = [line.rstrip() for line in comment.split("\n")]
    if all(not line or line[0] == " " for line in lines):
        lines = [line[1:] for line in lines]
    return "\n".join(lines).strip("\n")
