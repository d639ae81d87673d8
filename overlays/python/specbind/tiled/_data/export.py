"""Export: any format that the server offers, to a file or into a stream."""

from __future__ import annotations

import errno
import io
import os
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol, TypeAlias, cast

from specbind.core.progress import Meter
from specbind.core.target import check_target
from specbind.core.tasks import in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from specbind.core import Progress

__all__ = ["Exports", "Target", "export", "format_of"]

Target: TypeAlias = "str | os.PathLike[str] | IO[bytes]"


class Exports(Protocol):
    """A connection that gives answers of any length."""

    def stream(
        self, path: str, *, params: Sequence[tuple[str, str]] = (), accept: str = "*/*"
    ) -> AsyncGenerator[bytes, None]:
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
        progress: told the bytes; of a stream the whole is known at the end only.
        resume: keep the bytes of a failed export beside the file, and go on from them next time where the server can.
            Only for a file.

    Raises:
        ValueError: no format is said, or a stream is to be resumed; nothing was sent.
        TypeError: the stream takes no bytes; nothing was sent.
        NotAcceptableError: the server does not have the format; its text lists those that it has. Also a ValueError.
        HTTPStatusError: the server cannot make it.
        NotEnoughSpaceError: the disk is full.
        OSError: the folder is missing, a folder or no plain file stands there (nothing was sent), or writing fails.
    """
    chosen = [*params, ("format", format_of(target, format))]
    if isinstance(target, str | os.PathLike):
        await _to_file(wire, path, Path(cast("str", target)), chosen, progress, resume=resume)
        return
    if resume:
        raise ValueError("only an export to a path can be resumed: give the path in place of the open file")
    if isinstance(target, io.TextIOBase) or not hasattr(target, "write"):
        raise TypeError(f"an export gives bytes: give a path or a file opened with 'wb', not {type(target).__name__}")
    await _to_stream(wire, path, target, chosen, progress)


async def _to_stream(
    wire: Exports, path: str, sink: IO[bytes], params: Sequence[tuple[str, str]], progress: Progress | None
) -> None:
    meter = Meter(progress)
    try:
        async with aclosing(wire.stream(path, params=params)) as pieces:
            async for piece in pieces:
                await in_thread(_write, sink, piece)
                if meter.add(len(piece)):
                    await meter.report()
    except BaseException as error:
        if meter.done:
            error.add_note(f"{meter.done:,} bytes of the export have been written to the open file, and are no whole")
        raise
    await meter.finish()


def _write(sink: IO[bytes], piece: bytes) -> None:
    """Write all of it; a raw file may take a part at a time."""
    rest = memoryview(piece)
    while rest:
        count = cast("int | None", sink.write(rest))  # some that are no files give nothing
        if not count and (count == 0 or isinstance(sink, io.RawIOBase)):
            raise BlockingIOError(errno.EAGAIN, "the open file takes no more bytes")
        if count is None:
            return
        rest = rest[count:]


async def _to_file(
    wire: Exports,
    path: str,
    target: Path,
    params: Sequence[tuple[str, str]],
    progress: Progress | None,
    *,
    resume: bool,
) -> None:
    await in_thread(_check, target)
    try:
        await wire.save(path, target, params=params, progress=progress, resume=resume)
    except Exception as error:
        kept = await in_thread(partial(_parts, target)) if resume else []
        if kept:
            names = ", ".join(str(part) for part in kept)
            error.add_note(f"what came is kept in {names}; the same export with resume=True goes on from there")
        raise


def _check(target: Path) -> None:
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder; make it first", str(target.parent))
    check_target(target)


def _parts(target: Path) -> list[Path]:
    """Part files of earlier tries, as `download_file` names them."""
    front = f".{target.name}."
    return sorted(one for one in target.parent.iterdir() if one.name.startswith(front) and one.suffix == ".part")
