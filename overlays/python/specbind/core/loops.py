"""What belongs to an event loop: a client that is made at first use, and closed when nobody needs it."""

from __future__ import annotations

import asyncio
import os
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

from ._link import portal_here

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Closable", "PerLoop"]

_CLOSING: set[asyncio.Task[None]] = set()
_PARENTS: list[Closable] = []


class Closable(Protocol):
    """What `PerLoop` holds."""

    async def close(self) -> None:
        """Give back what is held."""
        ...


C = TypeVar("C", bound=Closable)


class _Held(NamedTuple, Generic[C]):
    client: C
    process: int
    finalizer: weakref.finalize[..., PerLoop[C]]


class PerLoop(Generic[C]):
    """Holds a client for each event loop that uses it, and new ones in a forked child.

    Several loops may use it at once, each in its thread: each touches the entry of its own alone, so no lock is needed.
    One that nobody closes is closed when its holder is collected, on its own loop, and at the end of the program behind
    a synchronous face. A copy or pickle is empty.
    """

    def __init__(self) -> None:
        self._held: dict[asyncio.AbstractEventLoop, _Held[C]] = {}

    def __reduce__(self) -> tuple[type[PerLoop[C]], tuple[()]]:
        return type(self), ()

    def get(self, make: Callable[[], C]) -> C:
        """The client of the running event loop; `make` makes it if there is none."""
        loop, process = asyncio.get_running_loop(), os.getpid()
        held = self._held.get(loop)
        if held is not None and held.process == process:
            return held.client
        self._forget(process)
        client = make()
        portal = portal_here()
        if portal is not None:
            portal.register(self, client.close)
        finalizer: weakref.finalize[..., PerLoop[C]] = weakref.finalize(self, _abandoned, loop, client, process)
        finalizer.atexit = False
        self._held[loop] = _Held(client, process, finalizer)
        return client

    def _forget(self, process: int) -> None:
        """Let go what nobody can use any more: clients of closed loops, and those of a parent process."""
        for loop, held in list(self._held.items()):
            if (loop.is_closed() or held.process != process) and self._held.pop(loop, None) is not None:
                held.finalizer()

    async def close(self) -> None:
        """Close the client of the running event loop; its next use makes a new one. Those of other loops stay."""
        self._forget(os.getpid())
        held = self._held.pop(asyncio.get_running_loop(), None)
        if held is not None:
            held.finalizer.detach()
            await held.client.close()


def _abandoned(loop: asyncio.AbstractEventLoop, client: Closable, process: int) -> None:
    """Close a client on its own loop: now, or when that runs again. One of a parent process is left alone."""
    if process != os.getpid():
        _PARENTS.append(client)
        return

    def close() -> None:
        task = loop.create_task(client.close())
        _CLOSING.add(task)
        task.add_done_callback(_CLOSING.discard)

    with suppress(RuntimeError):  # it is closed, or closes meanwhile
        loop.call_soon_threadsafe(close)
