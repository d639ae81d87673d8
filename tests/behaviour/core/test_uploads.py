"""Uploads over real sockets: streamed from disk, sent again when cut, refused answers reported."""

from __future__ import annotations

import asyncio
import os

import pytest

from specbind.bindings._runtime import BaseClient, ConnectError, Request, TransportError
from specbind.core import RetryPolicy, upload_files


class Sink:
    """Takes each body whole; cuts the first attempts of some."""

    def __init__(self, cuts=()):
        self.cuts = dict(cuts)
        self.bodies = {}
        self.attempts = {}

    async def serve(self, reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                name = head.split(" ")[1]
                (length,) = [
                    int(line[15:]) for line in head.split("\r\n") if line.lower().startswith("content-length:")
                ]
                self.attempts[name] = self.attempts.get(name, 0) + 1
                if self.cuts.get(name, 0) >= self.attempts[name]:
                    await reader.readexactly(length // 2)
                    writer.transport.abort()
                    return
                self.bodies[name] = await reader.readexactly(length)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@pytest.fixture
async def sink():
    server = Sink({"/1.bin": 1, "/3.bin": 2})
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    yield server
    listener.close()
    await listener.wait_closed()


@pytest.fixture
def files(tmp_path):
    paths = [tmp_path / f"{number}.bin" for number in range(6)]
    for path in paths:
        path.write_bytes(os.urandom(1_500_000))
    return paths


async def test_every_byte_arrives_also_after_cuts(sink, files):
    seen = []
    async with BaseClient(sink.url) as client:

        async def send(source):
            response = await client.send(Request("PUT", f"{sink.url}/{source.name}", body=source))
            return response.status

        statuses = await upload_files(
            files,
            send,
            parallel=3,
            backoff=RetryPolicy(base=0.01).backoff(),
            progress=lambda done, total: seen.append((done, total)),
        )
    assert statuses == [200] * 6
    assert {f"/{path.name}": path.read_bytes() for path in files} == sink.bodies
    assert sink.attempts["/3.bin"] == 3
    assert seen[-1] == (9_000_000, 9_000_000)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})


async def test_a_server_that_is_gone_is_an_error_that_names_the_file(files, unused_port):
    url = f"http://127.0.0.1:{unused_port}"
    async with BaseClient(url) as client:
        with pytest.raises(TransportError) as caught:
            await upload_files(files, lambda source: client.send(Request("PUT", f"{url}/x", body=source)))
    assert isinstance(caught.value, ConnectError)
    assert ".bin" in caught.value.__notes__[0]


@pytest.fixture
async def unused_port():
    listener = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    listener.close()
    await listener.wait_closed()
    return port
