"""grpclib's channel, with three things mended that calls notice.

A server that stops taking calls (GOAWAY) lets those that run end; a connection whose server does not answer to a ping
is dropped at once rather than when its last bytes are sent; and opening a connection takes a bounded time.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from grpclib.client import Channel, Handler
from grpclib.protocol import Connection, EventsProcessor, H2Protocol
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated
from h2.settings import SettingCodes

from .grpclib_stream import CallStream, Ended

if TYPE_CHECKING:
    from collections.abc import Callable

    from grpclib.protocol import Stream
    from h2.events import Event
    from hyperframe.frame import Frame, GoAwayFrame

__all__ = ["CONNECT_TIMEOUT", "OwnChannel"]

CONNECT_TIMEOUT = 20.0
"""Seconds in which a connection has to be open."""

_SETTINGS_AT = 3
_SETTINGS = 4
_TICK = 0.001  # a timer may come that much early


class OwnChannel(Channel):
    """A channel of a transport."""

    _drained: tuple[H2Protocol, ...] = ()

    def _protocol_factory(self) -> H2Protocol:
        # a byte that is not ASCII in a field would end the whole connection otherwise
        text = H2Configuration(
            client_side=True,
            header_encoding="latin-1",
            validate_inbound_headers=False,
            validate_outbound_headers=False,
            normalize_inbound_headers=False,
            normalize_outbound_headers=False,
        )
        return _Protocol(Handler(), self._config, text)

    async def _create_connection(self) -> H2Protocol:
        before = () if self._protocol is None else (*self._drained, self._protocol)
        self._drained = tuple(found for found in before if not found.processor.connection.is_closing())
        async with asyncio.timeout(CONNECT_TIMEOUT):
            return await super()._create_connection()

    def close(self) -> None:
        """Close the connection, and those that wait for their last calls."""
        for found in self._drained:
            found.processor.close()
        self._drained = ()
        super().close()


class _Http2(H2Connection):
    def _receive_goaway_frame(self, frame: GoAwayFrame) -> tuple[list[Frame], list[Event]]:
        if frame.error_code != ErrorCodes.NO_ERROR:
            return super()._receive_goaway_frame(frame)
        event = ConnectionTerminated()
        event.error_code = ErrorCodes.NO_ERROR
        event.last_stream_id = frame.last_stream_id
        return [], [event]  # and no change of state: streams up to the last one go on


class _Connection(Connection):
    silent = False
    """Whether the server did not answer to a ping."""

    def close(self) -> None:
        limit = self._close_by_ping_handler
        open_ = hasattr(self, "_transport")
        if open_ and limit is not None and limit.when() <= asyncio.get_running_loop().time() + _TICK:
            self.silent = True
            self._transport.abort()  # closing would wait for bytes that nobody takes
        super().close()


class _Events(EventsProcessor):
    _drained = False

    def process(self, event: Event) -> None:
        if type(event) in getattr(self, "processors", ()):  # what HTTP/2 adds later, as unknown frames, is no error
            super().process(event)

    def process_connection_terminated(self, event: ConnectionTerminated) -> None:
        if event.error_code != ErrorCodes.NO_ERROR:
            super().process_connection_terminated(event)
            return
        self._drained = True
        self.handler.close()  # the next call opens another connection
        last = event.last_stream_id or 0
        for number, stream in list(self.streams.items()):
            if number > last and isinstance(stream, CallStream):
                stream.fail(Ended("the server takes no further calls over this connection", unseen=True))
        self._close_if_idle()

    def register(self, stream: Stream) -> Callable[[], None]:
        release = super().register(stream)

        def release_stream() -> None:
            release()
            self._close_if_idle()

        return release_stream

    def _close_if_idle(self) -> None:
        if self._drained and not self.streams and not self.connection.is_closing():
            self.close(reason="the server closes the connection")


class _Protocol(H2Protocol):
    _begin: bytes | None = b""
    """What came before it is known whether it is HTTP/2."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        http2 = _Http2(config=self.h2_config)
        http2.initiate_connection()
        usual = http2.local_settings.initial_window_size
        if self.config.http2_connection_window_size > usual:
            http2.increment_flow_control_window(self.config.http2_connection_window_size - usual)
        http2.update_settings(
            {SettingCodes.INITIAL_WINDOW_SIZE: self.config.http2_stream_window_size, SettingCodes.ENABLE_PUSH: 0}
        )
        self._own = self.connection = _Connection(http2, cast("asyncio.Transport", transport), config=self.config)
        self.connection.flush()
        self.connection.initialize()
        self.processor = _Events(self.handler, self.connection)

    def data_received(self, data: bytes) -> None:
        if self._begin is not None:  # the first frame of HTTP/2 is SETTINGS
            data = self._begin + data
            self._begin = None if len(data) > _SETTINGS_AT else data
            if self._begin is not None:
                return
            if data[_SETTINGS_AT] != _SETTINGS:
                said = data[:40].decode("latin-1")
                self.processor.close(reason=f"the server does not speak HTTP/2, it says {said!r}")
                return
        super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        reason = f": {exc}" if exc is not None else ""
        if self._own.silent:
            reason = ": the server did not answer to a ping"
        self.processor.close(reason=f"the connection was lost{reason}")
        self.connection.write_ready.set()  # whoever waits to write sees that nothing can be written
        self.connection.stream_close_waiter.set()
