"""Large bodies go from the socket straight into memory of the caller."""

from __future__ import annotations

import asyncio
import hashlib
import ssl

import petstore
import pytest
from petstore._runtime import DeadlineError, Request, RequestError, Response, Timeout, TruncatedError
from tests.support.clock import Clock
from tests.support.raw_server import Connection, RawServer, response

CONTENT = hashlib.shake_128(b"bulk").digest(3_000_000)


def serving(*pieces: bytes, stall: bool = False, whole: bool = True):
    """Give a script that answers every request so."""

    async def script(connection: Connection) -> None:
        while await connection.request() is not None:
            for piece in pieces:
                await connection.send(piece)
            if stall:
                await connection.stall()
            if not whole:
                return

    return script


async def taken(server: RawServer, client, size: int = 100_000, got: bytearray | None = None) -> bytes:
    """The body of one answer, through a buffer of `size` bytes; `got` collects it."""
    got = bytearray() if got is None else got
    found = await client.send(Request("GET", f"{server.url}/x", idempotent=True, stream=True))
    try:
        bulk = found.bulk()
        assert bulk is not None
        view = memoryview(bytearray(size))
        while count := await bulk.fill(view):
            got += view[:count]
        assert bulk.left == 0
    finally:
        found.close()
    return bytes(got)


@pytest.mark.parametrize("size", [1, 100_000, 1 << 20, 8 << 20])
async def test_the_bytes_arrive_and_the_connection_is_used_again(size):
    content = CONTENT if size > 1 else CONTENT[: 600 * 1024]
    async with RawServer(serving(response(200, content))) as server, petstore.Client(server.url) as client:
        for _ in range(2):
            assert await taken(server, client, size if size > 1 else 4096) == content
        assert server.connections == 1


async def test_the_bytes_arrive_over_tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    trusted = ssl.create_default_context(cafile=certificate[0])
    behind = response(200, b"evil")
    async with RawServer(serving(response(200, CONTENT)), ssl=context) as server:
        async with petstore.Client(server.url, ssl=trusted) as client:
            for size in (50_000, 8 << 20):
                assert await taken(server, client, size) == CONTENT
        assert server.connections == 1
        await server.idle()
    async with RawServer(serving(response(200, CONTENT) + behind), ssl=context) as server:
        async with petstore.Client(server.url, ssl=trusted) as client:
            for _ in range(2):
                assert await taken(server, client) == CONTENT
        assert server.connections == 2


async def test_hooks_see_the_answer_and_a_middleware_may_replace_its_body():
    class Upper:
        """A body that a middleware gives; it cannot be taken over."""

        async def read(self, limit: int) -> bytes:
            return b"other"[:limit]

        async def chunks(self):
            yield b"other"

        def close(self) -> None:
            """Nothing is open."""

    async def replacing(request, send):
        found = await send(request)
        found.close()
        return Response(found.status, found.headers, Upper())

    seen: list[int] = []
    async with RawServer(serving(response(200, CONTENT))) as server:
        async with petstore.Client(server.url, on_response=lambda found: seen.append(found.status)) as client:
            assert await taken(server, client) == CONTENT
        assert seen == [200]
        async with petstore.Client(server.url, middleware=[replacing]) as client:
            found = await client.send(Request("GET", f"{server.url}/x", stream=True))
            assert found.bulk() is None
            assert [piece async for piece in found.chunks()] == [b"other"]


async def test_a_body_is_read_in_one_way_and_once():
    async with RawServer(serving(response(200, CONTENT))) as server, petstore.Client(server.url) as client:
        found = await client.send(Request("GET", f"{server.url}/x", stream=True))
        await anext(aiter(found.chunks()))
        assert found.bulk() is None
        found.close()
        found = await client.send(Request("GET", f"{server.url}/x", stream=True))
        bulk = found.bulk()
        assert found.bulk() is None
        with pytest.raises(RequestError, match="read before"):
            await anext(aiter(found.chunks()))
        with pytest.raises(ValueError, match="room"):
            await bulk.fill(memoryview(b""))
        found.close()
        await server.idle()


async def test_closing_the_client_ends_a_wait():
    async with RawServer(serving(response(200, CONTENT)[:-10], stall=True)) as server:
        client = petstore.Client(server.url)
        found = await client.send(Request("GET", f"{server.url}/x", stream=True))
        bulk, view = found.bulk(), memoryview(bytearray(len(CONTENT)))
        await bulk.fill(view)  # the head of it
        task = asyncio.create_task(bulk.fill(view))
        await asyncio.sleep(0)
        await client.close()
        while not task.done() or not task.exception():  # bytes that came before the end are given first
            await asyncio.wait([task])
            if task.exception() is None:
                task = asyncio.create_task(bulk.fill(view))
        assert isinstance(task.exception(), TruncatedError)
        found.close()
        await server.idle()


async def test_a_connection_that_is_lost_gives_what_came_and_then_an_error():
    whole = response(200, CONTENT)
    got = bytearray()
    async with (
        RawServer(serving(whole[: len(whole) // 2], whole=False)) as server,
        petstore.Client(server.url) as client,
    ):
        with pytest.raises(TruncatedError):
            await taken(server, client, got=got)
    assert got == CONTENT[: len(got)]
    assert len(got) > len(CONTENT) // 3


async def test_silence_meets_the_read_limit_and_what_came_before_is_given(monkeypatch):
    whole = response(200, CONTENT)
    clock, view = Clock(monkeypatch), memoryview(bytearray(8 << 20))
    async with RawServer(serving(whole[:-10], stall=True)) as server, petstore.Client(server.url) as client:
        found = await client.send(Request("GET", f"{server.url}/x", stream=True, timeout=Timeout(read=100)))
        bulk, got = found.bulk(), bytearray()

        async def fill() -> None:
            while count := await bulk.fill(view):
                got.extend(view[:count])

        task = asyncio.create_task(fill())
        while bulk.left > 10:  # noqa: ASYNC110 - there is no event
            await asyncio.sleep(0)
        await clock.move(90)
        assert not task.done()
        await clock.move(200)
        with pytest.raises(DeadlineError) as caught:
            await task
        assert caught.value.limit == "read"
        assert got == CONTENT[:-10]
        found.close()
        await server.idle()


async def test_leaving_in_the_middle_closes_the_connection():
    async with RawServer(serving(response(200, CONTENT), stall=True)) as server, petstore.Client(server.url) as client:
        found = await client.send(Request("GET", f"{server.url}/x", stream=True))
        await found.bulk().fill(memoryview(bytearray(1000)))
        found.close()
        await server.idle()


async def test_cancelling_closes_the_connection():
    whole = response(200, CONTENT)
    async with RawServer(serving(whole[:-10], stall=True)) as server, petstore.Client(server.url) as client:
        found = await client.send(Request("GET", f"{server.url}/x", stream=True))
        bulk, got = found.bulk(), 0

        async def read() -> None:
            nonlocal got
            while count := await bulk.fill(memoryview(bytearray(100_000))):
                got += count

        task = asyncio.create_task(read())
        while got < len(CONTENT) // 2:  # noqa: ASYNC110 - there is no event
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.idle()
        found.close()


async def test_bytes_behind_the_body_are_never_the_next_answer():
    evil = response(200, b"evil")
    async with RawServer(serving(response(200, CONTENT) + evil)) as server, petstore.Client(server.url) as client:
        assert await taken(server, client) == CONTENT
        await asyncio.sleep(0.05)
        assert await taken(server, client) == CONTENT
        assert server.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        response(200, b"small"),
        response(200, CONTENT, {"Content-Encoding": "gzip"}),
        response(200, b"", {"Content-Length": "", "Transfer-Encoding": "chunked"}) + b"1\r\nx\r\n0\r\n\r\n",
    ],
)
async def test_other_bodies_are_read_by_chunks(answer):
    async with RawServer(serving(answer)) as server, petstore.Client(server.url) as client:
        found = await client.send(Request("GET", f"{server.url}/x", stream=True))
        assert found.bulk() is None
        found.close()


async def test_an_answer_without_a_body_is_not_taken_over():
    """An answer to HEAD says how long the body would be."""
    head = response(200, b"", {"Content-Length": "6000000"})
    async with RawServer(serving(head)) as server, petstore.Client(server.url) as client:
        for _ in range(2):
            found = await client.send(Request("HEAD", f"{server.url}/x", stream=True))
            assert found.bulk() is None
            assert [piece async for piece in found.chunks()] == []
            found.close()
        assert server.connections == 1
