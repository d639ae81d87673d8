"""Export: any format that the server offers, to a file or into a stream."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from specbind.core import Progress

__all__ = ["Exports", "Target", "export", "format_of"]

Target: TypeAlias = "str | os.PathLike[str] | IO[bytes]"


class Exports(Protocol):
    """A connection that gives answers of any length."""

    def stream(self, path: str, *, params: Sequence[tuple[str, str]] = (), accept: str = "*/*") -> AsyncIterator[bytes]:
        """Give the body of an answer piece by piece."""
        ...

    async def save(
        self,
        path: str,
        target: Path,
        *,
        params: Sequence[tuple[str, str]] = (),
        progress: Progress | None = None,
        resume: bool = False,
    ) -> Path:
        """Put the body of an answer in a file, which stands there whole or not at all."""
        ...


def format_of(target: Target, given: str | None) -> str:
    """Give the format to ask for: the one given, or else the ending of the file's name.

    Raises:
        ValueError: neither says one.
    """
    if given is not None:
        return given.lstrip(".")
    ending = Path(cast("str", target)).suffix if isinstance(target, str | os.PathLike) else ""
    if len(ending) < 2:
        raise ValueError('say in which format: format="csv", "text/csv", or a file name with an ending')
    return ending[1:]


async def export(
    wire: Exports,
    path: str,
    target: Target,
    *,
    format: str | None = None,
    params: Sequence[tuple[str, str]] = (),
    progress: Progress | None = None,
    resume: bool = False,
) -> None:
    """Write what the server makes of a node to a file, in place of one that is there, or into a stream.

    Args:
        wire: the connection.
        path: route and node, quoted.
        target: path of the file, or a stream that takes bytes.
        format: ending (`csv`) or media type (`text/csv`); by default the ending of the file's name.
        params: what is exported.
        progress: told the bytes; only for a file.
        resume: keep the bytes of a failed export beside the file, and go on from them next time where the server can.

    Raises:
        ValueError: no format is said.
        HTTPStatusError: the server does not have the format (406; its text lists those that it has), or cannot make it.
        OSError: the file cannot be written.
    """
    chosen = [*params, ("format", format_of(target, format))]
    if isinstance(target, str | os.PathLike):
        await wire.save(path, Path(target), params=chosen, progress=progress, resume=resume)
        return
    sink = target
    async for piece in wire.stream(path, params=chosen):
        await asyncio.to_thread(sink.write, piece)
