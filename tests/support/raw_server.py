"""A server that is scripted byte by byte, on 127.0.0.1 and a free port.

    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(response(200, b"{}", {"Content-Type": "application/json"}))

    async with RawServer(script) as server:
        ...

The script runs once for each connection and the connection is closed when it ends. What was asked is in
`server.requests`, an exception of a script is raised at the end of the block.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import ssl as ssl_module

__all__ = ["Connection", "RawRequest", "RawServer", "chunk", "response"]


@dataclass
class RawRequest:
    """One request as it came; header names are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""
    connection: int = 0
    lines: list[str] = field(default_factory=list)


def response(status: int = 200, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """Give a whole response with its Content-Length; a header given as "" is left out."""
    fields = {"Content-Length": str(len(body)), **(headers or {})}
    head = "".join(f"{name}: {text}\r\n" for name, text in fields.items() if text)
    return f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body


def chunk(content: bytes) -> bytes:
    """Give one chunk of a chunked body; the empty one is the last."""
    return f"{len(content):x}\r\n".encode() + content + b"\r\n"


class Connection:
    """One connection, seen from the server."""

    def __init__(
        self, server: RawServer, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.server = server
        self.number = number
        self.reader = reader
        self.writer = writer

    async def head(self) -> RawRequest | None:
        """Read a request's head and leave its body; None if the client closed."""
        try:
            raw = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        lines = raw.decode().split("\r\n")[:-2]
        method, target, _ = lines[0].split(" ", 2)
        headers: dict[str, str] = {}
        for line in lines[1:]:
            name, _, text = line.partition(":")
            headers[name.strip().lower()] = text.strip()
        found = RawRequest(method, target, headers, connection=self.number, lines=lines)
        self.server.requests.append(found)
        return found

    async def request(self) -> RawRequest | None:
        """Read a whole request; None if the client closed."""
        found = await self.head()
        if found is None:
            return None
        if "content-length" in found.headers:
            found.body = await self.reader.readexactly(int(found.headers["content-length"]))
        elif found.headers.get("transfer-encoding") == "chunked":
            while size := int(await self.reader.readline(), 16):
                found.body += (await self.reader.readexactly(size + 2))[:-2]
            await self.reader.readline()
        return found

    async def send(self, content: bytes) -> None:
        """Send bytes as they are."""
        self.writer.write(content)
        await self.writer.drain()

    async def stall(self) -> None:
        """Say nothing more until the client goes away; what it sends is thrown away."""
        while await self.reader.read(65536):
            pass

    async def closed(self) -> bool:
        """Wait until the client closes; True if it sent nothing before."""
        return await self.reader.read(1) == b""

    def reset(self) -> None:
        """Cut the connection with RST."""
        sock: socket.socket = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Script = Callable[[Connection], Awaitable[object]]


class RawServer:
    """Plays a script on every connection."""

    def __init__(self, script: Script, *, ssl: ssl_module.SSLContext | None = None) -> None:
        self._script = script
        self._ssl = ssl
        self._tasks: set[asyncio.Task[None]] = set()
        self.requests: list[RawRequest] = []
        self.connections = 0
        self.open = 0
        self.failures: list[Exception] = []
        self.port = 0

    @property
    def url(self) -> str:
        """Base URL, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}" if self._ssl is None else f"https://localhost:{self.port}"

    async def _play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
        self.connections += 1
        self.open += 1
        try:
            await self._script(Connection(self, self.connections, reader, writer))
        except ConnectionError:
            pass  # the client went away, as many scripts want it to
        except asyncio.CancelledError:
            pass
        except Exception as error:  # noqa: BLE001 - raised at the end of the block
            self.failures.append(error)
        finally:
            self.open -= 1
            writer.close()
            if task is not None:
                self._tasks.discard(task)

    async def idle(self, most: int = 0) -> None:
        """Wait until every connection has ended, but for so many."""
        async with asyncio.timeout(5):
            while self.open > most:  # noqa: ASYNC110 - there is no event for the last connection's end
                await asyncio.sleep(0.005)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._play, "127.0.0.1", 0, ssl=self._ssl)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
        if self.failures and error is None:
            raise self.failures[0]
