"""What belongs to one event loop: a client that is made at first use, and closed when nobody needs it."""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from ._link import get_portal

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Closable", "PerLoop"]

_PORTAL = "specbind-portal"  # the thread of all synchronous faces
_CLOSING: set[asyncio.Task[None]] = set()
_PARENTS: list[Closable] = []


class Closable(Protocol):
    """What `PerLoop` holds."""

    async def close(self) -> None:
        """Give back what is held."""
        ...


C = TypeVar("C", bound=Closable)


class PerLoop(Generic[C]):
    """Holds a client for the running event loop, and a new one on another loop or in a forked child.

    One that nobody closes is closed when its holder is collected, and at the end of the program behind a synchronous
    face. A copy or pickle is empty.
    """

    def __init__(self) -> None:
        self._client: C | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._finalizer: weakref.finalize[..., PerLoop[C]] | None = None

    def __reduce__(self) -> tuple[type[PerLoop[C]], tuple[()]]:
        return type(self), ()

    def get(self, make: Callable[[], C]) -> C:
        """The client of the running event loop; `make` makes it if there is none."""
        loop = asyncio.get_running_loop()
        if self._client is not None and self._loop is loop:
            return self._client
        if self._finalizer is not None:
            self._finalizer()
        client = make()
        self._client, self._loop = client, loop
        if threading.current_thread().name == _PORTAL:
            get_portal().register(self, client.close)
        self._finalizer = weakref.finalize(self, _abandoned, loop, client, os.getpid())
        self._finalizer.atexit = False
        return client

    async def close(self) -> None:
        """Close the client; the next use makes a new one."""
        client, finalizer = self._client, self._finalizer
        self._client = self._loop = self._finalizer = None
        if finalizer is not None:
            finalizer.detach()
        if client is not None:
            await client.close()


def _abandoned(loop: asyncio.AbstractEventLoop, client: Closable, process: int) -> None:
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
