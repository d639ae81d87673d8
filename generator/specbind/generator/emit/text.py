"""The safe text types: what a template may print, and what it may not.

`Code` is text that the generator made; only `code` (a literal in our source), `identifier` (checked) and the literal
writers of a target make it. `SpecText` holds text of a spec; it has no way to become output but through such a writer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, LiteralString

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Code", "Identifier", "SpecText", "UnsafeTextError", "code", "compose", "identifier", "join", "written"]

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class UnsafeTextError(TypeError):
    """Text that did not pass a literal writer was about to be printed."""


class Code(str):
    """Text that may be printed as it stands. Joining with `+` or `%` gives a plain str, which templates refuse."""

    __slots__ = ()


class Identifier(Code):
    """One name, `[A-Za-z_][A-Za-z0-9_]*`."""

    __slots__ = ()


class SpecText:
    """Text of a spec. Hostile until a target's writer has made a literal, a comment or a docstring of it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        raise UnsafeTextError("text of a spec cannot be printed; use a literal, comment or docstring writer")

    def __format__(self, spec: str) -> str:
        return str(self)

    def __repr__(self) -> str:
        return f"SpecText({self._text[:60]!a})"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SpecText) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def reveal(self) -> str:
        """The text itself, for the writers of a target only."""
        return self._text


def code(text: LiteralString) -> Code:
    """Text written in our own source; pyright refuses anything that is not a literal."""
    return Code(text)


def identifier(text: str) -> Identifier:
    """A checked name. Raises UnsafeTextError if it is none."""
    if not _IDENTIFIER.match(text):
        raise UnsafeTextError(f"not an identifier: {text[:60]!a}")
    return Identifier(text)


def written(text: str) -> Code:
    """What a literal writer made; called by the `literals` module of a target and nowhere else."""
    return Code(text)


def compose(pattern: LiteralString, *parts: Code) -> Code:
    """`pattern` with each `{}` replaced by the next part. Raises UnsafeTextError for a part that is not Code."""
    for part in parts:
        if not isinstance(part, Code):  # pyright: ignore[reportUnnecessaryIsInstance]  # the guard of untyped callers
            raise UnsafeTextError(f"not code: {part!r:.60}")
    return Code(pattern.format(*parts))


def join(separator: LiteralString, parts: Iterable[Code]) -> Code:
    """The parts with `separator` between them. Raises UnsafeTextError for a part that is not Code."""
    kept = list(parts)
    for part in kept:
        if not isinstance(part, Code):  # pyright: ignore[reportUnnecessaryIsInstance]  # the guard of untyped callers
            raise UnsafeTextError(f"not code: {part!r:.60}")
    return Code(separator.join(kept))
