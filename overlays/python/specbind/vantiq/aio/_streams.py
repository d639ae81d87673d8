"""Bodies of downloads as the `aiohttp.StreamReader` that callers of the official client know."""

from __future__ import annotations

import asyncio
import weakref
from functools import partial
from typing import TYPE_CHECKING

import aiohttp
from aiohttp.base_protocol import BaseProtocol

from specbind.vantiq.errors import VantiqException

if TYPE_CHECKING:
    from specbind.bindings._runtime import Response

__all__ = ["Streams"]

_HELD = 256 * 1024


class _Flow(BaseProtocol):
    """Takes the wish of a reader for a pause; there is no connection behind it."""

    __slots__ = ("open",)

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.open = asyncio.Event()
        self.open.set()

    @property
    def connected(self) -> bool:
        """Whether more may come: a reader asks before it waits, and its end is told to it by itself."""
        return True

    def pause_reading(self) -> None:
        self._reading_paused = True
        self.open.clear()

    def resume_reading(self, resume_parser: bool = True) -> None:  # noqa: ARG002 - as aiohttp has it
        self._reading_paused = False
        self.open.set()


class _Reader(aiohttp.StreamReader):
    """A reader that can be held weakly."""

    __slots__ = ("__weakref__",)


class Streams:
    """The downloads that are under way; a reader that nobody holds any more ends its own."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def reader(self, response: Response, path: str) -> aiohttp.StreamReader:
        """A reader of a body. Its errors are VantiqException; about 512 KiB wait in memory for a slow caller."""
        loop = asyncio.get_running_loop()
        flow = _Flow(loop)
        reader = _Reader(flow, _HELD, loop=loop)
        held = weakref.ref(reader)
        task = loop.create_task(_pump(response, held, flow))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(partial(_ended, response, held, path))
        weakref.finalize(reader, _abandoned, loop, task).atexit = False
        return reader

    async def close(self) -> None:
        """End all downloads."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pump(response: Response, held: weakref.ref[_Reader], flow: _Flow) -> None:
    async for piece in response.chunks():
        reader = held()
        if reader is None:
            return
        reader.feed_data(piece)
        del reader  # while it waits, only the caller may keep it alive
        await flow.open.wait()


def _ended(response: Response, held: weakref.ref[_Reader], path: str, task: asyncio.Task[None]) -> None:
    """Tell the reader how it ended. A task that is cancelled before it began runs none of its own lines."""
    response.close()
    error = None if task.cancelled() else task.exception()
    reader = held()
    if reader is None:
        return
    if error is not None:
        message = "Error encountered during download of {0}: {1}"
        failure = VantiqException("io.vantiq.python.downloaderror", message, [path, str(error)])
        failure.__cause__ = error
        reader.set_exception(failure)
    elif task.cancelled():
        message = "The client was closed during download of {0}"
        reader.set_exception(VantiqException("io.vantiq.python.downloaderror", message, [path]))
    else:
        reader.feed_eof()


def _abandoned(loop: asyncio.AbstractEventLoop, task: asyncio.Task[None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(task.cancel)
