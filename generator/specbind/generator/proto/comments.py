"""Places and comments of the parts of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from msgspec.structs import replace

from specbind.generator.diagnostics import Place

if TYPE_CHECKING:
    from .descriptors import FileDescriptor

__all__ = ["Comments", "Path"]

Path: TypeAlias = "tuple[int, ...]"
"""Where a part stands in its file: field numbers of descriptor.proto and positions in lists, alternating."""


class Comments:
    """What the source information of one file says; nothing where a descriptor set has none."""

    def __init__(self, file: FileDescriptor, shown: str) -> None:
        self.shown = shown
        self._name = file.name
        self._found = {
            tuple(location.path): location
            for location in reversed(file.source_code_info.location)  # the first one of a path counts
        }

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
        texts = (_plain(location.leading_comments), _plain(location.trailing_comments))
        return "\n".join(text for text in texts if text)


def _plain(comment: str) -> str:
    """A comment without the blank that stands before each line, and without empty lines around."""
    lines = [line.rstrip() for line in comment.split("\n")]
    if all(not line or line[0] == " " for line in lines):
        lines = [line[1:] for line in lines]
    return "\n".join(lines).strip("\n")
