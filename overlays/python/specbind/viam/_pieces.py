"""Bytes on their way into a stream of messages."""

from __future__ import annotations

import os
from collections.abc import AsyncIterable, Iterable
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeAlias, cast, runtime_checkable

from specbind.core.errors import ChangedDuringTransferError
from specbind.core.progress import Meter, Progress
from specbind.core.tasks import ReadThread, in_thread
from specbind.core.upload import LocalFile, readable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

__all__ = ["PIECE", "Content", "Pieces"]

PIECE = 64 * 1024
"""Bytes of one message."""


@runtime_checkable
class Readable(Protocol):
    """A file that is open for reading bytes."""

    def read(self, size: int, /) -> bytes: ...


Content: TypeAlias = (
    bytes | bytearray | memoryview | os.PathLike[str] | BinaryIO | Readable | Iterable[bytes] | AsyncIterable[bytes]
)
"""What can be uploaded: bytes, the path of a file, an open file, or pieces of any length."""


class Pieces:
    """What is uploaded, in pieces of at most 64 KiB. Nothing is read before it is sent."""

    def __init__(self, content: Content, progress: Progress | None = None) -> None:
        self._content = content
        self._meter = Meter(progress)
        self._stat: os.stat_result | None = None

    async def open(self) -> os.stat_result | None:
        """Look at the file before anything is sent; gives what the system knows of it, None where there is none.

        Raises:
            TypeError: this is nothing that can be uploaded.
            OSError: the file is not there, is no plain one, or cannot be read.
        """
        content = cast("object", self._content)  # callers without a type checker give anything
        if isinstance(content, os.PathLike):
            self._stat = await in_thread(readable, Path(cast("os.PathLike[str]", content)))
            self._meter.total = self._stat.st_size
        elif isinstance(content, (bytes, bytearray, memoryview)):
            self._meter.total = memoryview(cast("bytes", content)).nbytes
        elif isinstance(content, str) or not isinstance(content, (Readable, Iterable, AsyncIterable)):
            raise TypeError(f"what is uploaded is bytes, a Path, an open file or pieces, not {type(content).__name__}")
        return self._stat

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        """Give the pieces; one empty piece where there are no bytes, as the official client does.

        Raises:
            ChangedDuringTransferError: the file became another one.
            TypeError: a piece is not of bytes.
        """
        empty = True
        async with aclosing(self._blocks()) as blocks:
            async for block in blocks:
                for start in range(0, len(block), PIECE):
                    piece = block[start : start + PIECE]
                    yield bytes(piece)
                    empty = False
                    if not isinstance(self._content, os.PathLike) and self._meter.add(len(piece)):
                        await self._meter.report()
        if empty:
            yield b""

    def rewind(self) -> bool:
        """Begin again; False where what was read cannot be had again."""
        self._meter.add(-self._meter.done)
        return isinstance(self._content, (bytes, bytearray, memoryview, os.PathLike))

    async def finish(self) -> None:
        """Tell the progress that everything has arrived."""
        await self._meter.finish()

    async def _blocks(self) -> AsyncGenerator[memoryview, None]:
        content = self._content
        if isinstance(content, (bytes, bytearray, memoryview)):
            yield memoryview(content).cast("B")
        elif isinstance(content, os.PathLike):
            async with aclosing(self._file(Path(content))) as blocks:
                async for block in blocks:
                    yield block
        elif isinstance(content, Readable):
            thread = ReadThread()  # a read may block for ever: it is left behind when the upload is
            try:
                while found := await thread.run(content.read, PIECE):
                    yield _bytes(found)
            finally:
                thread.end(_nothing)
        elif isinstance(content, AsyncIterable):
            async for found in content:
                yield _bytes(found)
        else:
            for found in content:
                yield _bytes(found)

    async def _file(self, path: Path) -> AsyncGenerator[memoryview, None]:
        before = self._stat
        if before is None:
            raise TypeError("open comes first")
        file = LocalFile(path, before.st_size, self._meter)
        try:
            async with aclosing(aiter(file)) as blocks:
                async for block in blocks:
                    yield memoryview(block)
        finally:
            file.close()
        after = await in_thread(path.stat)
        if (before.st_mtime_ns, before.st_size, before.st_ino) != (after.st_mtime_ns, after.st_size, after.st_ino):
            message = f"{path} became another file while it was uploaded; nothing was stored, send it again"
            raise ChangedDuringTransferError(message)


def _nothing() -> None:
    """A thread that has no last call."""


def _bytes(block: object) -> memoryview:
    if not isinstance(block, (bytes, bytearray, memoryview)):
        raise TypeError(f"a piece of what is uploaded is bytes, not {type(block).__name__}; open files with mode 'rb'")
    return memoryview(cast("bytes", block)).cast("B")
