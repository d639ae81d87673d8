"""A sketch of what is in a container."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from specbind.core import arguments

from ._entries import key_of
from .container import Container

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["tree"]

_DEEPEST = 64
_LONGEST = 200


async def tree(tree: Container, max_lines: int | None = 20) -> None:
    """Print the keys in a container and in those below it, as the program `tree` does.

    Each container takes one request for as many keys as are still to be printed, at most 300.

    Args:
        tree: the container.
        max_lines: how many lines, 1 or more; None for all, down to 64 levels.

    Raises:
        TypeError: it is no container.
    """
    if not isinstance(tree, Container):  # pyright: ignore[reportUnnecessaryIsInstance] - callers may be untyped
        raise TypeError(f"tree prints a Container, not {tree!r:.80}")
    most = None if max_lines is None else arguments.whole("max_lines", max_lines, least=1)
    room = _Room(most)
    found = False
    async for line in _lines(tree, "", 1, room):
        found = True
        if room.full():
            sys.stdout.write(f"<Only {most} lines are shown; give a larger max_lines to see more>\n")
            break
        room.used += 1
        sys.stdout.write(line + "\n")
    if not found:
        sys.stdout.write("<Empty>\n")


class _Room:
    """Lines that may still be printed."""

    def __init__(self, most: int | None) -> None:
        self.most = most
        self.used = 0

    def full(self) -> bool:
        return self.most is not None and self.used >= self.most

    def left(self) -> int | None:
        return None if self.most is None else max(0, self.most - self.used) + 1


async def _lines(node: Container, before: str, depth: int, room: _Room) -> AsyncIterator[str]:
    entries = await node._entries().stretch(0, room.left())  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - same package
    for number, entry in enumerate(entries, 1):
        last = number == len(entries)
        yield f"{before}{'└── ' if last else '├── '}{_shown(key_of(entry))}"
        if room.full():
            continue  # one line more tells that there is more
        below = _container(node, entry)
        if below is not None and depth < _DEEPEST:
            async for line in _lines(below, f"{before}{'    ' if last else '│   '}", depth + 1, room):
                yield line


def _container(node: Container, entry: dict[str, Any]) -> Container | None:
    found = Container(node.context, item=entry)
    return found if found.structure_family == "container" else None


def _shown(key: str) -> str:
    """A key for a terminal: a server may have put control characters in it."""
    text = key if key.isprintable() else repr(key)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
