"""One HTTP/2 stream of grpclib, with waits that end when the stream does.

grpclib wakes those who wait on a broken stream by cancelling their tasks, which upsets `asyncio.timeout` around them.
Here every wait ends by itself, and says how the stream ended.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from grpclib import protocol
from h2.errors import ErrorCodes
from h2.exceptions import ProtocolError, TooManyStreamsError

from .grpclib_inbox import Inbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from .headers import Fields

__all__ = ["CallStream", "Ended"]

_RESET = re.compile(r"remote party, error_code: (?:ErrorCodes\.)?(\w{1,40})$")


class Ended(Exception):  # noqa: N818  # no error of a call: the call makes one of it
    """The stream is over.

    Attributes:
        reason: what grpclib says.
        reset: the code of RST_STREAM, None where the connection was lost.
        unseen: whether the server did not look at the call.
    """

    def __init__(self, reason: str, *, reset: int | None = None, unseen: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.reset = reset
        self.unseen = unseen


class CallStream(protocol.Stream):
    """A stream of one call."""

    inbox: Inbox

    def __init__(self, at: protocol.H2Protocol) -> None:
        at_connection: Any = at.processor.connection
        super().__init__(at_connection, at_connection._connection, at_connection._transport)  # noqa: SLF001  # as grpclib does
        self._processor = at.processor
        self._release: Callable[[], None] | None = None
        self._failure: Exception | None = None
        self._complete = False

    async def open(self, headers: Fields, *, hold: bool = False) -> None:
        """Send the headers, or hold them until a message goes out with them.

        Waits where the server allows no further stream by now. Raises Ended.
        """
        while True:
            await self.connection.write_ready.wait()
            if self.connection.is_closing() or self._failure is not None:
                raise self._failure or Ended("the connection closed before the call was sent", unseen=True)
            number = self._h2_connection.get_next_available_stream_id()
            try:
                self._h2_connection.send_headers(number, headers)
            except TooManyStreamsError:
                self.connection.stream_close_waiter.clear()
                await self.connection.stream_close_waiter.wait()
                continue
            except ProtocolError as error:
                raise Ended(f"the connection takes no call: {error}", unseen=True) from error
            self.init_stream(number, self.connection)
            self.buffer = self.inbox = Inbox(self.connection, number)  # type: ignore[assignment]  # as grpclib's buffer
            self._release = self._processor.register(self)
            if not hold:
                self._flush()
            self.connection.headers_send_process()
            return

    async def send(self, data: bytes, *, end: bool = False) -> None:
        """Send bytes, as fast as the server takes them. Raises Ended, and what `fail` was given."""
        place = 0
        while True:
            await self._writable(flowing=True)
            piece = data[place : place + min(self._room(), self._h2_connection.max_outbound_frame_size)]
            place += len(piece)
            last = place == len(data)
            self._h2_connection.send_data(self._number, piece, end_stream=end and last)
            self._flush()
            self.connection.data_send_process()
            if last:
                return

    async def end(self) -> None:
        """Say that nothing more is sent. Raises Ended, and what `fail` was given."""
        await self._writable(flowing=False)
        self._h2_connection.end_stream(self._number)
        self._flush()

    async def _writable(self, *, flowing: bool) -> None:
        while True:
            if self._failure is not None:
                raise self._failure
            if self._complete:
                raise Ended("the server has ended the call")
            if self._transport.is_closing():  # grpclib hears of it in the next round of the event loop
                raise Ended("the connection is lost")
            if not self.connection.write_ready.is_set():
                self._flush()
                await self.connection.write_ready.wait()
            elif flowing and self._room() <= 0:
                self._flush()
                self.window_updated.clear()
                await self.window_updated.wait()
            else:
                return

    def _room(self) -> int:
        return self._h2_connection.local_flow_control_window(self._number)

    async def headers_or_none(self) -> Fields | None:
        """The headers of the answer, None where there are none. Raises Ended, and what `fail` was given."""
        await self.headers_received.wait()
        if self.headers is None and self._failure is not None:
            raise self._failure
        return self.headers

    @property
    def bare(self) -> bool:
        """Whether the answer was nothing but headers."""
        return self._complete and self.trailers is None and not self.data_received

    async def read(self, size: int) -> bytes:
        """So many bytes, less at the end. Raises Ended, and what `fail` was given."""
        found = await self.inbox.read(size)
        if len(found) < size and self._failure is not None and not self._complete:
            raise self._failure
        return found

    def fail(self, error: Exception) -> None:
        """End every wait with this error."""
        if self._failure is None:
            self._failure = error
        self._wake()

    def close(self) -> None:
        """Cancel the call if it is not over, and give the stream back."""
        if self._release is None:
            return
        release, self._release = self._release, None
        self.fail(Ended("the call is over"))  # a source of messages may be at work still
        try:
            if self.closable:
                self.reset_nowait(ErrorCodes.NO_ERROR if self._complete else ErrorCodes.CANCEL)
        finally:
            release()

    def __terminated__(self, reason: str) -> None:
        found = _RESET.search(reason)
        code = None
        if found is not None:
            name = found[1]
            code = int(name) if name.isdecimal() else ErrorCodes.__members__.get(name, ErrorCodes.INTERNAL_ERROR).value
        elif reason == "Protocol error":
            code = ErrorCodes.PROTOCOL_ERROR.value
        unseen = code == ErrorCodes.REFUSED_STREAM
        self.fail(Ended(reason, reset=code, unseen=unseen))
        if code is None:  # the connection is gone, and would never become writable
            self.connection.write_ready.set()

    def __ended__(self) -> None:
        self._complete = True
        self._wake()

    def _wake(self) -> None:
        self.headers_received.set()
        self.trailers_received.set()
        self.window_updated.set()
        if self.id is not None:
            self.inbox.eof()

    @property
    def _number(self) -> int:
        if self.id is None:
            raise RuntimeError("the stream is not open")
        return self.id

    def _flush(self) -> None:
        sent = self._h2_connection.data_to_send()
        if not self._transport.is_closing():  # asyncio would complain of each piece
            self._transport.write(sent)
