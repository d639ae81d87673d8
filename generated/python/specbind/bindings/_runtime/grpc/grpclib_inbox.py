"""What came over a stream and was not read yet, and when more may come."""

from __future__ import annotations

from asyncio import Event
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from h2.exceptions import ProtocolError

if TYPE_CHECKING:
    from grpclib.protocol import Connection

__all__ = ["Inbox"]


class Inbox:
    """The bytes of one stream, in place of grpclib's buffer, for clients and servers.

    The window of the stream opens as its bytes are read. That of the connection opens when they arrive, since all
    streams share it: a stream that nobody reads would hold up all others. So each stream may have a window of its own
    waiting here, and no more.
    """

    def __init__(self, connection: Connection, number: int) -> None:
        at: Any = connection
        self._connection = connection
        self._http2 = at._connection  # noqa: SLF001  # grpclib has no other way to it
        self._window: int = at._config.http2_connection_window_size  # noqa: SLF001  # as above
        self._number = number
        self._waiting: deque[tuple[bytes, int]] = deque()
        self._open: deque[memoryview] = deque()
        self._size = 0
        self._changed = Event()
        self._over = False

    def add(self, data: bytes, ack_size: int) -> None:
        """Take what arrived; grpclib calls this, and sends afterwards what was to be said."""
        self._waiting.append((data, ack_size))
        self._changed.set()
        left = self._http2.inbound_flow_control_window
        if left <= self._window // 2:  # not for every frame
            with suppress(ProtocolError):  # the server may have ended the connection in the same breath
                self._http2.increment_flow_control_window(self._window - left)

    def eof(self) -> None:
        """Note that nothing follows."""
        self._over = True
        self._changed.set()

    def unacked_size(self) -> int:
        """Forget what was not read; how many bytes of windows it takes."""
        size = sum(ack_size for _, ack_size in self._waiting)
        self._waiting.clear()
        return size

    async def read(self, size: int) -> bytes:
        """So many bytes; less where there are no more."""
        while self._size < size:
            if self._waiting:
                data, ack_size = self._waiting.popleft()
                self._open.append(memoryview(data))
                self._size += len(data)
                if not self._connection.is_closing():
                    self._connection.ack(self._number, ack_size)  # h2 opens no window further than it was
            elif self._over:
                break
            else:
                self._changed.clear()
                await self._changed.wait()
        return self._take(min(size, self._size))

    def _take(self, size: int) -> bytes:
        self._size -= size
        pieces: list[memoryview] = []
        while size:
            piece = self._open.popleft()
            if len(piece) > size:
                self._open.appendleft(piece[size:])
                piece = piece[:size]
            size -= len(piece)
            pieces.append(piece)
        return b"".join(pieces)
