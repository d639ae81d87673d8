"""Bodies of downloads as the `aiohttp.StreamReader` that callers of the official client know."""

from __future__ import annotations

import asyncio
import weakref
from typing import TYPE_CHECKING

import aiohttp
from aiohttp.base_protocol import BaseProtocol

from specbind.bindings._runtime import Error
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
        task = loop.create_task(_pump(response, weakref.ref(reader), flow, path))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        weakref.finalize(reader, _abandoned, loop, task).atexit = False
        return reader

    async def close(self) -> None:
        """End all downloads."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pump(response: Response, held: weakref.ref[aiohttp.StreamReader], flow: _Flow, path: str) -> None:
    failure: Exception | None = None
    try:
        async for piece in response.chunks():
            reader = held()
            if reader is None:
                return
            reader.feed_data(piece)
            del reader  # while it waits, only the caller may keep it alive
            await flow.open.wait()
    except Error as error:
        failure = _broken(path, error)
    except asyncio.CancelledError:
        failure = VantiqException(
            "io.vantiq.python.downloaderror", "The client was closed during download of {0}", [path]
        )
        raise
    finally:
        response.close()
        reader = held()
        if reader is not None:
            if failure is None:
                reader.feed_eof()
            else:
                reader.set_exception(failure)


def _broken(path: str, error: Error) -> VantiqException:
    found = VantiqException(
        "io.vantiq.python.downloaderror", "Error encountered during download of {0}: {1}", [path, str(error)]
    )
    found.__cause__ = error
    return found


def _abandoned(loop: asyncio.AbstractEventLoop, task: asyncio.Task[None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(task.cancel)
