"""Where a connection belongs: one event loop of one process. Elsewhere its calls would wait for ever."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, TypeVar

from specbind.bindings._runtime.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from specbind.bindings._runtime.grpc.rpc import GrpcTransport, Metadata, Requests, Rpc
    from specbind.bindings._runtime.proto.message import Message

__all__ = ["Home", "HomeTransport"]

Q = TypeVar("Q", bound="Message")
A = TypeVar("A", bound="Message")


class Home:
    """The event loop and the process of a connection. Without a stated loop it is that of the first call."""

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self._loop = loop
        self._pid = os.getpid()

    def belongs_here(self) -> None:
        """The connection is of the event loop that runs."""
        self._loop = asyncio.get_running_loop()

    def check(self) -> None:
        """Raise RequestError in another process and on another event loop."""
        if self._pid != os.getpid():
            raise RequestError("this client belongs to the process that this one was forked from; make one here")
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
        if self._loop is not loop:
            raise RequestError("this client belongs to another event loop; make one here")

    def end(self, close: Callable[[], None]) -> None:
        """Close a connection on its own event loop; that of a parent process is left alone."""
        if self._pid != os.getpid():
            return
        try:
            here = self._loop is None or asyncio.get_running_loop() is self._loop
        except RuntimeError:
            here = False
        if self._loop is None or here or self._loop.is_closed():
            close()
        else:
            self._loop.call_soon_threadsafe(close)


class HomeTransport:
    """A transport whose calls are refused where they would wait for ever."""

    def __init__(self, transport: GrpcTransport, home: Home) -> None:
        self._transport = transport
        self._home = home

    async def unary(
        self,
        rpc: Rpc[Q, A],
        request: Q,
        *,
        metadata: Metadata | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the deadline goes to the server
    ) -> A:
        """Send one message, get one."""
        self._home.check()
        return await self._transport.unary(rpc, request, metadata=metadata, timeout=timeout)

    async def client_stream(
        self,
        rpc: Rpc[Q, A],
        requests: Requests[Q],
        *,
        metadata: Metadata | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the deadline goes to the server
    ) -> A:
        """Send many messages, get one."""
        self._home.check()
        return await self._transport.client_stream(rpc, requests, metadata=metadata, timeout=timeout)

    def server_stream(
        self, rpc: Rpc[Q, A], request: Q, *, metadata: Metadata | None = None, timeout: float | None = None
    ) -> AsyncIterator[A]:
        """Send one message, get many."""
        self._home.check()
        return self._transport.server_stream(rpc, request, metadata=metadata, timeout=timeout)

    def both_streams(
        self, rpc: Rpc[Q, A], requests: Requests[Q], *, metadata: Metadata | None = None, timeout: float | None = None
    ) -> AsyncIterator[A]:
        """Send many messages, get many."""
        self._home.check()
        return self._transport.both_streams(rpc, requests, metadata=metadata, timeout=timeout)
