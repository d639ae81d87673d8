"""A server that speaks HTTP/2 frame by frame, as a test tells it to, good or bad."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, RequestReceived

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

E = TypeVar("E", bound=Event)

OK = [(":status", "200"), ("content-type", "application/grpc+proto")]


def framed(content: bytes, flag: int = 0) -> bytes:
    return bytes([flag]) + len(content).to_bytes(4, "big") + content


class Peer:
    """One connection."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, greeting: bytes | None = None
    ) -> None:
        config = H2Configuration(
            client_side=False,
            header_encoding="utf-8",
            validate_outbound_headers=False,
            normalize_outbound_headers=False,
        )
        self.http2 = H2Connection(config)
        self.http2.initiate_connection()
        self.seen: list[Event] = []
        self._reader = reader
        self._writer = writer
        if greeting is None:
            self.flush()
        else:
            self.raw(greeting)

    def flush(self) -> None:
        self._writer.write(self.http2.data_to_send())

    def raw(self, content: bytes) -> None:
        """Bytes as they are."""
        self._writer.write(content)

    async def until(self, kind: type[E]) -> E:
        """The next event of a kind; all are kept in `seen`."""
        looked = 0
        while True:
            for event in self.seen[looked:]:
                if isinstance(event, kind):
                    self.seen.remove(event)
                    return event
            looked = len(self.seen)
            content = await asyncio.wait_for(self._reader.read(65536), 20)
            if not content:
                raise ConnectionResetError("the client has gone")
            for event in self.http2.receive_data(content):
                if isinstance(event, DataReceived):
                    self.http2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                self.seen.append(event)
            self.flush()

    async def gone(self) -> None:
        """Until the client closes the connection."""
        while await asyncio.wait_for(self._reader.read(65536), 20):
            pass

    async def call(self) -> tuple[int, dict[str, str]]:
        """The next call: its stream and its headers."""
        event = await self.until(RequestReceived)
        return event.stream_id, dict(event.headers or [])  # type: ignore[arg-type]  # text, as configured

    def headers(self, stream: int, fields: list[tuple[str, str]], *, end: bool = False) -> None:
        self.http2.send_headers(stream, fields, end_stream=end)
        self.flush()

    def data(self, stream: int, content: bytes, *, end: bool = False) -> None:
        self.http2.send_data(stream, content, end_stream=end)
        self.flush()

    def answer(self, stream: int, content: bytes, *trailers: tuple[str, str]) -> None:
        """A whole good answer."""
        self.headers(stream, OK)
        self.data(stream, framed(content))
        self.headers(stream, [("grpc-status", "0"), *trailers], end=True)

    def refuse(self, stream: int, code: int, *trailers: tuple[str, str]) -> None:
        """A status alone."""
        self.headers(stream, [*OK, ("grpc-status", str(code)), *trailers], end=True)

    def reset(self, stream: int, code: int) -> None:
        self.http2.reset_stream(stream, code)
        self.flush()

    def goaway(self, last: int, code: int = 0) -> None:
        """GOAWAY, after which the connection goes on (which `close_connection` of h2 forbids)."""
        content = last.to_bytes(4, "big") + code.to_bytes(4, "big")
        self.raw(len(content).to_bytes(3, "big") + b"\x07\x00" + bytes(4) + content)

    def close(self) -> None:
        self._writer.close()


@asynccontextmanager
async def http2_server(script: Callable[[Peer], Awaitable[None]], greeting: bytes | None = None) -> AsyncIterator[int]:
    """Give the port of a server that plays the script on every connection. A script that fails fails the test.

    A greeting is sent instead of the settings of HTTP/2.
    """
    failures: list[BaseException] = []
    playing: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            playing.add(task)
        try:
            await script(Peer(reader, writer, greeting))
        except (ConnectionError, asyncio.CancelledError):
            pass
        except BaseException as error:  # noqa: BLE001  # raised below
            failures.append(error)
        finally:
            writer.close()
            if task is not None:
                playing.discard(task)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    except Exception as error:
        if failures:
            raise failures[0] from error  # the cause of what the client saw
        raise
    finally:
        server.close()
        for task in list(playing):
            task.cancel()
        await asyncio.gather(*playing, return_exceptions=True)
        await server.wait_closed()
    if failures:
        raise failures[0]
