"""Content of files that are sent or received."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator
    from pathlib import Path

    FileSource: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO | AsyncIterable[bytes]

__all__ = ["CHUNK", "File"]

CHUNK = 256 * 1024
"""Bytes read from a file at a time."""


class File:
    """A file to send: from a path, bytes, an open binary file or an async iterable of bytes.

    A path is opened when it is sent, read piece by piece and closed again. An open file is read from where it stands
    now and is left open.

    Args:
        source: a path (`str` or `os.PathLike`), bytes-like, a binary file object, or an async iterable of bytes.
        filename: the name that the receiver sees; by default the path's last part.
        content_type: media type of the content; by default what the operation declares.
        size: length in bytes where it is known and cannot be found out (async iterables).
    """

    __slots__ = ("_source", "_used", "content_type", "filename", "size")

    def __init__(
        self,
        source: FileSource,
        *,
        filename: str | None = None,
        content_type: str | None = None,
        size: int | None = None,
    ) -> None:
        self._source: str | bytes | _Open | AsyncIterable[bytes]  # a str is a path
        self._used = False
        name: str | None = None
        if isinstance(source, str | os.PathLike):
            self._source = os.fspath(source)
            name = os.path.basename(self._source)  # noqa: PTH119 - pathlib would double the cost of importing models
        elif isinstance(source, bytes | bytearray | memoryview):
            self._source = bytes(source)
            size = len(self._source)
        elif hasattr(source, "read"):
            self._source = _Open(source)
            name = self._source.name
            size = self._source.size if self._source.size is not None else size
        else:
            self._source = _async_iterable(source)
        self.filename = filename if filename is not None else name
        self.content_type = content_type
        self.size = size

    @property
    def path(self) -> Path | None:
        """The file's path, if it was made from one."""
        if not isinstance(self._source, str):
            return None
        from pathlib import Path  # noqa: PLC0415 - importing models stays cheap

        return Path(self._source)

    @property
    def repeatable(self) -> bool:
        """Whether the content can be read a second time."""
        source = self._source
        return isinstance(source, str | bytes) or (isinstance(source, _Open) and source.start is not None)

    def length(self) -> int | None:
        """Length in bytes, None if unknown. A path is looked up; OSError is raised if it is not there."""
        if isinstance(self._source, str) and self.size is None:
            return os.stat(self._source).st_size  # noqa: PTH116 - pathlib is not imported, as above
        return self.size

    async def chunks(self) -> AsyncIterator[bytes]:
        """Read the content, at most 256 KiB at a time. Raises ValueError if it is read again and cannot be."""
        if self._used and not self.repeatable:
            raise ValueError("this content was read before and cannot be read again")
        self._used = True
        source = self._source
        if isinstance(source, bytes):
            for start in range(0, len(source), CHUNK):
                yield source[start : start + CHUNK]
        elif isinstance(source, str):
            from asyncio import to_thread  # noqa: PLC0415 - importing models stays cheap

            # opened here, since a cancelled thread would leave it open
            with open(source, "rb") as file:  # noqa: ASYNC230, PTH123
                while block := await to_thread(file.read, CHUNK):
                    yield block
        elif isinstance(source, _Open):
            from asyncio import to_thread  # noqa: PLC0415 - importing models stays cheap

            if source.start is not None:
                await to_thread(source.file.seek, source.start)
            while block := await to_thread(source.file.read, CHUNK):
                yield block
        else:
            async for block in source:
                yield block

    async def read(self) -> bytes:
        """Read the whole content into memory."""
        return b"".join([block async for block in self.chunks()])

    def __repr__(self) -> str:
        return f"File({self.filename!r}, content_type={self.content_type!r}, size={self.size!r})"


class _Open:
    """An open file: its name, and from where it is read; `start` is None where it cannot be read again."""

    __slots__ = ("file", "name", "size", "start")

    def __init__(self, file: object) -> None:
        if not callable(getattr(file, "read", None)) or hasattr(file, "encoding"):
            raise TypeError("a file must be opened in binary mode")
        self.file = cast("BinaryIO", file)
        name = getattr(file, "name", None)
        self.name = os.path.basename(name) if isinstance(name, str) and not name.startswith("<") else None  # noqa: PTH119
        self.start: int | None = None
        self.size: int | None = None
        try:
            if self.file.seekable():
                start = self.file.tell()
                self.size = max(0, self.file.seek(0, os.SEEK_END) - start)
                self.start = self.file.seek(start)
        except (AttributeError, OSError):
            self.start = self.size = None


def _async_iterable(source: object) -> AsyncIterable[bytes]:
    if not hasattr(source, "__aiter__"):
        raise TypeError(f"File takes a path, bytes, a binary file or an async iterable, not {type(source).__name__}")
    return cast("AsyncIterable[bytes]", source)
