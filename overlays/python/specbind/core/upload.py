"""Many files, sent side by side from disk, each as often as the policy allows."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from .backoff import Backoff, Sleep, no_retry, pause
from .errors import ChangedDuringTransferError
from .progress import Meter, Progress
from .tasks import ReadThread, all_or_first, in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
    from typing import BinaryIO

__all__ = ["LocalFile", "readable", "upload_files"]

T = TypeVar("T")

_BLOCK = 1 << 18


class LocalFile:
    """One file on its way to the server. Iterate it for its bytes; each iteration starts at the first byte.

    It is a body that a request can carry, and an asynchronous iterable that a part of a form can be made of.

    Attributes:
        path: where it lies.
        name: last part of the path.
        size: bytes, when the upload began.
        problem: what went wrong while it was read, or told as progress; a transport may report that in its own words.
    """

    def __init__(self, path: Path, size: int, meter: Meter) -> None:
        self.path = path
        self.name = path.name
        self.size = size
        self._meter = meter
        self._counted = 0
        self._reading: _Reading | None = None
        self.problem: Exception | None = None

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        """Give the bytes in blocks of 256 KiB.

        Raises:
            ChangedDuringTransferError: the file is no longer as long as it was.
        """
        self.rewind()
        try:
            async with aclosing(self._blocks()) as blocks:
                async for block in blocks:
                    yield block
        except Exception as error:
            self.problem = error
            raise

    async def _blocks(self) -> AsyncGenerator[bytes, None]:
        self._reading = reading = _Reading(self.path)
        while block := await reading.read():
            if self._counted + len(block) > self.size:
                raise self._changed(self._counted + len(block))
            yield block
            await self._count(len(block))
        if self._counted != self.size:
            raise self._changed(self._counted)

    @property
    def length(self) -> int:
        """Bytes, as the runtime asks for them."""
        return self.size

    @property
    def repeatable(self) -> bool:
        """A file on disk can always be read again."""
        return True

    def chunks(self) -> AsyncIterator[bytes]:
        """Give the bytes, as iteration does."""
        return self.__aiter__()

    async def _count(self, count: int) -> None:
        self._counted += count
        if self._meter.add(count):
            await self._meter.report()

    def rewind(self) -> None:
        """Take back what was counted: the file is sent again."""
        self.close()
        self._meter.add(-self._counted)
        self._counted = 0

    def close(self) -> None:
        """Close the file; iteration opens it again."""
        if self._reading is not None:
            self._reading.close()
            self._reading = None

    async def sent(self) -> None:
        """Count what `send` read by another way than iteration."""
        await self._count(self.size - self._counted)

    def _changed(self, size: int) -> ChangedDuringTransferError:
        message = f"{self.path} had {self.size} bytes when the upload began, and now {size} or more; send it again"
        return ChangedDuringTransferError(message)


class _Reading:
    """An open file. A read that blocks is left behind when its caller is cancelled; the file is closed when it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ReadThread()
        self._file: BinaryIO | None = None

    async def read(self) -> bytes:
        return await self._thread.run(self._read)

    def _read(self) -> bytes:
        if self._file is None:
            self._file = self._path.open("rb")
        return self._file.read(_BLOCK)

    def close(self) -> None:
        self._thread.end(self._close)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()


def readable(path: Path) -> os.stat_result:
    """Make sure that a file can be uploaded: that it is a plain one, since another may never end, and can be read.

    Raises:
        IsADirectoryError: it is a folder. OSError: it is a pipe, a device or a socket, is not there, or cannot be read.
    """
    mode = path.stat().st_mode  # before it is opened: that would wait for the other end of a pipe
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "this is a folder; give the path of a file in it", str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "this is no plain file; open it, and upload what it gives", str(path))
    with path.open("rb") as file:
        return os.fstat(file.fileno())


async def upload_files(
    files: Sequence[Path | str],
    send: Callable[[LocalFile], Awaitable[T]],
    *,
    parallel: int = 10,
    backoff: Backoff = no_retry,
    progress: Progress | None = None,
    sleep: Sleep = pause,
) -> list[T]:
    """Send each file by one call of `send`, at most `parallel` at a time.

    Files are read in blocks while they are sent: memory does not grow with them. The first error that
    `backoff` calls final stops everything: the other calls are cancelled, no new one begins, and it is raised with a
    note that names the file. Progress counts bytes; bytes that are sent again are not counted twice, and the total is
    told only when every call has returned.

    Args:
        files: paths; a file that cannot be read is an error before anything is sent.
        send: sends one file, for instance in a multipart request.
        parallel: calls at a time, at least 1.
        backoff: what to do when a call fails, given the failures of this file and the error: seconds to wait, or None.
        progress: told the bytes of all files.
        sleep: what waits.

    Returns:
        What `send` returned, in the order of the files.

    Raises:
        ValueError: `parallel` is less than 1.
        OSError: a file cannot be read.
        ChangedDuringTransferError: a file became another while it was sent.
    """
    if parallel < 1:
        message = f"parallel must be at least 1, not {parallel}"
        raise ValueError(message)
    sizes = await in_thread(_sizes, files)
    meter = Meter(progress, sum(size for _, size in sizes))
    sources = [LocalFile(path, size, meter) for path, size in sizes]
    results: dict[int, T] = {}
    queue = iter(enumerate(sources))

    async def work() -> None:
        for index, source in queue:
            results[index] = await _send_one(source, send, backoff, sleep)

    await all_or_first([work() for _ in range(min(parallel, len(sources)))])
    await meter.finish()
    return [results[index] for index in range(len(sources))]


async def _send_one(source: LocalFile, send: Callable[[LocalFile], Awaitable[T]], backoff: Backoff, sleep: Sleep) -> T:
    failures = 0
    while True:
        try:
            result = await send(source)
            await source.sent()
        except Exception as error:
            failures += 1
            wait = None if source.problem else backoff(failures, error)
            if wait is None:
                final = source.problem or error
                final.add_note(f"while sending {source.path}" + (f", attempt {failures}" if failures > 1 else ""))
                if final is not error:
                    raise final from final.__cause__
                raise
        else:
            return result
        finally:
            source.close()
        await sleep(wait)


def _sizes(files: Sequence[Path | str]) -> list[tuple[Path, int]]:
    """Size of each file; opening it shows now rather than later that it cannot be read."""
    return [(file, readable(file).st_size) for file in map(Path, files)]
