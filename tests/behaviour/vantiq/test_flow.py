"""Downloads that are read slowly or dropped, and a websocket through a proxy."""

from __future__ import annotations

import asyncio
import gc
import re
from typing import TYPE_CHECKING, Any

from multidict import CIMultiDict
from tests.behaviour.vantiq.watched import until

from specbind.bindings._runtime import Response
from specbind.emulators.vantiq import serve
from specbind.vantiq import Vantiq, VantiqResources
from specbind.vantiq.aio._streams import Streams

from .watched import WatchedServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BLOCK = bytes(65536)


class Endless:
    """A body of 256 blocks, which tells how many were taken."""

    def __init__(self) -> None:
        self.given = 0
        self.closed = False

    async def read(self, limit: int) -> bytes:
        raise AssertionError(limit)

    async def chunks(self) -> AsyncIterator[bytes]:
        while self.given < 256:
            self.given += 1
            yield BLOCK
            await asyncio.sleep(0)

    def close(self) -> None:
        self.closed = True


async def turns() -> None:
    """Let what is ready run."""
    for _ in range(600):
        await asyncio.sleep(0)


async def test_a_slow_reader_pauses_its_download() -> None:
    body = Endless()
    reader = Streams().reader(Response(200, CIMultiDict(), body), "/docs/a")
    await turns()
    assert 0 < body.given * len(BLOCK) <= 1 << 20
    first = body.given
    await reader.readexactly(first * len(BLOCK))
    await turns()
    assert 0 < (body.given - first) * len(BLOCK) <= 2 << 20
    assert not body.closed
    assert len(await reader.read()) == (256 - first) * len(BLOCK)
    assert body.closed


async def test_a_download_that_nobody_holds_any_more_is_ended() -> None:
    body = Endless()
    reader = Streams().reader(Response(200, CIMultiDict(), body), "/docs/a")
    await reader.readexactly(10)
    assert not body.closed
    del reader
    gc.collect()
    await until(lambda: body.closed)
    assert body.given < 256


def _to_server(block: bytes) -> bytes:
    """Addresses of the request lines as the server wants them, which is no proxy."""
    return re.sub(rb" (?:http|ws)://vantiq\.invalid/", b" /", block)


class Proxy:
    """Hands everything to one server, and notes how the connections begin."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.lines: list[str] = []
        self.tasks: set[asyncio.Task[None]] = set()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.readline()
        self.lines.append(first.decode())
        theirs, ours = await asyncio.open_connection("127.0.0.1", self.port)
        ours.write(_to_server(first))
        await asyncio.gather(self.pipe(reader, ours), self.pipe(theirs, writer))

    @staticmethod
    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while block := await reader.read(65536):
            writer.write(_to_server(block))
        writer.close()


async def test_the_websocket_goes_through_the_proxy() -> None:
    server = WatchedServer()
    came: list[Any] = []
    async with serve(server) as url:
        proxy = Proxy(int(url.rpartition(":")[2]))
        listener = await asyncio.start_server(proxy.take, "127.0.0.1", 0)
        address = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        async with listener:
            # only the proxy knows the name
            async with Vantiq("http://vantiq.invalid", proxy=address, timeout=10) as client:
                await client.authenticate("admin", "secret")

                async def note(_: str, message: Any) -> None:
                    came.append(message)

                await client.subscribe(VantiqResources.TOPICS, "/a", None, note)
                await client.publish(VantiqResources.TOPICS, "/a", {"n": 1})
                await until(lambda: any("n" in str(message) for message in came))
            assert any("vantiq.invalid" in line and "wsock" in line for line in proxy.lines)
