"""A file server on a raw socket, with ranges and faults on request."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


@dataclass
class FileServer:
    """Serves one content under every path, as RFC 9110 has it."""

    content: bytes
    etag: str = '"v1"'
    rate: float = 0.0
    """Bytes a second on each connection, 0 for as fast as it goes."""
    cut: Callable[[int], int | None] = field(default=lambda _: None)
    """Given the number of the answer from 0: bytes of its body after which the connection is reset."""
    heads: list[str] = field(default_factory=list)
    sent: int = 0
    port: int = 0
    open: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.heads.append(head)
                await self._answer(head, writer, self.cut(len(self.heads) - 1))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open -= 1
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(self, head: str, writer: asyncio.StreamWriter, cut: int | None) -> None:
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:])
        }
        start, end, status, content_range = 0, len(self.content), "200 OK", ""
        wanted = headers.get("range")
        if wanted and headers.get("if-range") in {None, self.etag}:
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            start, end = int(first), min(int(last) + 1 if last else end, end)
            status, content_range = (
                "206 Partial Content",
                f"Content-Range: bytes {start}-{end - 1}/{len(self.content)}\r\n",
            )
            if start >= len(self.content):
                status, content_range, end = (
                    "416 Nothing there",
                    f"Content-Range: bytes */{len(self.content)}\r\n",
                    start,
                )
        writer.write(
            f"HTTP/1.1 {status}\r\nETag: {self.etag}\r\nAccept-Ranges: bytes\r\n{content_range}"
            f"Content-Length: {end - start}\r\n\r\n".encode()
        )
        await self._body(writer, start, end, cut)

    async def _body(self, writer: asyncio.StreamWriter, start: int, end: int, cut: int | None) -> None:
        step = 1 << 16
        stop = end if cut is None else min(end, start + cut)
        for position in range(start, stop, step):
            block = self.content[position : min(position + step, stop)]
            writer.write(block)
            await writer.drain()
            self.sent += len(block)
            if self.rate:
                await asyncio.sleep(len(block) / self.rate)
        if stop < end:
            writer.transport.abort()
            raise ConnectionResetError


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., object]]:
    """Start file servers; they stop with the test."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(content: bytes, **options: object) -> FileServer:
            server = FileServer(content, **options)  # type: ignore[arg-type]  # test options
            listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
            stack.push_async_callback(_stop, listener)
            server.port = listener.sockets[0].getsockname()[1]
            return server

        yield start


async def _stop(listener: asyncio.Server) -> None:
    listener.close()
    await listener.wait_closed()
