"""The generated client of a connection: one for each event loop, closed when nobody needs it."""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from typing import TYPE_CHECKING

from specbind.bindings._runtime import get_portal

if TYPE_CHECKING:
    from collections.abc import Callable

    from specbind.bindings import tiled

__all__ = ["ClientOfLoop"]

_PORTAL = "specbind-portal"  # the thread of all synchronous faces
_CLOSING: set[asyncio.Task[None]] = set()
_PARENTS: list[tiled.Client] = []


class ClientOfLoop:
    """Makes a client at first use, and a new one on another event loop or in a forked child.

    One that nobody closes is closed when its holder is collected, and at the end of the program behind a synchronous
    face. A copy or pickle of the holder opens connections of its own.
    """

    def __init__(self, make: Callable[[], tiled.Client]) -> None:
        self._make = make
        self._client: tiled.Client | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._finalizer: weakref.finalize[..., ClientOfLoop] | None = None

    def get(self) -> tiled.Client:
        """The client of the running event loop."""
        loop = asyncio.get_running_loop()
        if self._client is not None and self._loop is loop:
            return self._client
        if self._finalizer is not None:
            self._finalizer()
        client = self._client = self._make()
        self._loop = loop
        if threading.current_thread().name == _PORTAL:
            get_portal().register(self, client.close)
        self._finalizer = weakref.finalize(self, _abandoned, loop, client, os.getpid())
        self._finalizer.atexit = False
        return client

    async def close(self) -> None:
        """Close the connections; the next use opens new ones."""
        client, finalizer = self._client, self._finalizer
        self._client = self._loop = self._finalizer = None
        if finalizer is not None:
            finalizer.detach()
        if client is not None:
            await client.close()


def _abandoned(loop: asyncio.AbstractEventLoop, client: tiled.Client, process: int) -> None:
    """Close a client on its own loop if that still runs. One of a parent process is left alone."""
    if process != os.getpid():
        _PARENTS.append(client)
        return

    def close() -> None:
        task = loop.create_task(client.close())
        _CLOSING.add(task)
        task.add_done_callback(_CLOSING.discard)

    if loop.is_running():
        loop.call_soon_threadsafe(close)
