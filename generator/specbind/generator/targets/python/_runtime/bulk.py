"""Large bodies: bytes go from the socket straight into memory that the caller gives.

After the head of an answer the connection's protocol is changed for one that receives into a buffer (asyncio's
BufferedProtocol), below TLS as well. The parser and its copies are left out; what it would have checked is that exactly
as many bytes come as `Content-Length` says, and that is checked here.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .errors import DeadlineError, TruncatedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .watch import Watch

__all__ = ["Bulk"]

_SOON = 0.1  # seconds after which a buffer that is not full is given all the same


class Bulk(asyncio.BufferedProtocol):
    """The rest of one body.

    Args:
        transport: the connection; this takes it over until the last byte has come.
        protocol: what had it before; told when the connection is lost.
        head: bytes of the body that have come already, fewer than `length`.
        length: bytes of the whole body.
        read: seconds of silence that are borne.
        watch: keeps that limit.
        restore: called when the last byte has come: gives the connection its old protocol back.
        release: called after that: lets others use the connection.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        protocol: asyncio.BaseProtocol,
        head: bytes,
        length: int,
        *,
        read: float | None,
        watch: Watch,
        restore: Callable[[], None],
        release: Callable[[], None],
    ) -> None:
        self._transport = transport
        self._protocol = protocol
        self._head = memoryview(head)
        self._left = length - len(head)
        self._length = length
        self._read = read
        self._watch = watch
        self._restore = restore
        self._release = release
        self._loop = asyncio.get_running_loop()
        self._view: memoryview | None = None
        self._filled = 0
        self._wanted = 0
        self._soon = 0.0
        self._waiter: asyncio.Future[None] | None = None
        self._lost: Exception | None = None
        self._finished = False
        transport.pause_reading()
        transport.set_protocol(self)

    @property
    def left(self) -> int:
        """Bytes that `fill` has not given yet."""
        return self._left + len(self._head)

    async def fill(self, view: memoryview) -> int:
        """Put the next bytes into `view`, all that fit or those that came within a moment; 0 at the end.

        One call at a time. Bytes that came before a loss or a silence are given first, and the error by the next call.

        Raises TruncatedError when the connection is lost before the end, and DeadlineError after too long a silence;
        a cancelled call closes the connection. ValueError for a `view` without room.
        """
        if not view:
            raise ValueError("the view has no room")
        if self._head:
            count = min(len(self._head), len(view))
            view[:count] = self._head[:count]
            self._head = self._head[count:]
            await self._finish_at_end()
            return count
        if not self._left:
            await self._finish_at_end()
            return 0
        if self._lost is not None:
            raise self._lost from self._lost.__cause__
        self._view, self._filled, self._wanted = view, 0, min(len(view), self._left)
        self._soon = self._loop.time() + _SOON
        self._waiter = self._loop.create_future()
        limit = self._watch.start(self._read)
        self._transport.resume_reading()
        try:
            await self._waiter
        except asyncio.CancelledError:
            self._transport.abort()
            if not limit.reached():
                raise
            self._lost = DeadlineError(f"the server was silent for {self._read} s", limit="read")
        finally:
            self._watch.stop(limit)
            self._view = self._waiter = None
        if self._lost is not None and not self._filled:
            raise self._lost from self._lost.__cause__
        await self._finish_at_end()
        return self._filled

    async def _finish_at_end(self) -> None:
        if self._left or self._head or self._finished:
            return
        self._finished = True
        self._restore()
        try:
            for _ in range(2):  # bytes behind the body are seen meanwhile, and make the release close the connection
                await asyncio.sleep(0)
        finally:
            self._release()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio gives it
        """Give asyncio the place for the next bytes."""
        view = self._view
        return memoryview(bytearray(1)) if view is None else view[self._filled : self._wanted]

    def buffer_updated(self, nbytes: int) -> None:
        """Count what came."""
        self._filled += nbytes
        self._left -= nbytes
        waiter = self._waiter
        if waiter is None:
            self._lose(TruncatedError("the connection gave bytes that were not asked for"))
            self._transport.abort()
        elif self._filled >= self._wanted or self._loop.time() >= self._soon:
            self._transport.pause_reading()
            if not waiter.done():
                waiter.set_result(None)

    def eof_received(self) -> bool:
        """Note that the server says no more."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection is gone."""
        received = self._length - self._left
        error = TruncatedError(f"the connection was lost after {received} of {self._length} bytes")
        error.__cause__ = exc
        self._lose(error)
        self._protocol.connection_lost(exc)

    def _lose(self, error: Exception) -> None:
        if self._finished:
            return
        self._lost = self._lost or error
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
