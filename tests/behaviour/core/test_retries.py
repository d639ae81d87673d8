"""Retries over real sockets: what broke on the way is sent again, once it is safe, and not otherwise."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from tests.support.clock import Clock

from specbind.bindings._runtime import BaseClient, Request, ServerError, Timeout, TruncatedError
from specbind.core import Retry, RetryPolicy, download_file

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
SHORT = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok"
CUT_CHUNK = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok"
NOTHING = b""

QUICK = RetryPolicy(base=0.01)


@pytest.fixture
async def play():
    """A server that gives prepared answers, one a connection, and closes after each."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(*answers):
            script, heads = list(answers), []

            async def serve(reader, writer):
                with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                    heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
                    writer.write(script.pop(0))
                    await writer.drain()
                writer.close()

            listener = await asyncio.start_server(serve, "127.0.0.1", 0)
            stack.push_async_callback(listener.wait_closed)
            stack.callback(listener.close)
            return f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}", heads

        yield start


@pytest.mark.parametrize("broken", [SHORT, CUT_CHUNK, NOTHING, BUSY])
async def test_an_answer_that_broke_off_is_asked_for_again(play, broken):
    url, heads = await play(broken, broken, OK)
    async with BaseClient(url, middleware=[Retry(QUICK)]) as client:
        response = await client.send(Request("GET", f"{url}/x", idempotent=True))
    assert response.content == b"ok"
    assert len(heads) == 3


async def test_a_post_whose_answer_is_lost_is_not_sent_again_without_a_key(play):
    url, heads = await play(NOTHING, OK)
    async with BaseClient(url, middleware=[Retry(QUICK)]) as client:
        with pytest.raises(TruncatedError, match=r"^POST http.*/x: "):
            await client.send(Request("POST", f"{url}/x", body=b"1"))
    assert len(heads) == 1


async def test_a_post_with_a_key_is_sent_again_with_the_same(play):
    url, heads = await play(NOTHING, OK)
    async with BaseClient(url, middleware=[Retry(RetryPolicy(base=0.01, make_keys=True))]) as client:
        await client.send(Request("POST", f"{url}/x", body=b"1"))
    keys = [line for head in heads for line in head.split("\r\n") if line.lower().startswith("idempotency-key")]
    assert len(keys) == 2
    assert keys[0] == keys[1]


@pytest.mark.parametrize("answer", [BUSY, NOTHING])
async def test_the_retries_of_a_client_and_of_a_download_do_not_multiply(play, tmp_path, answer):
    waits = []

    async def sleep(seconds):
        waits.append(seconds)

    url, heads = await play(answer, answer, answer, answer, OK)
    async with BaseClient(url, middleware=[Retry(sleep=sleep)]) as client:
        request = Request("GET", f"{url}/x", idempotent=True)
        with pytest.raises((ServerError, TruncatedError)):
            await download_file(client.send, request, tmp_path / "file", sleep=sleep)
        assert (len(heads), len(waits)) == (3, 2)
        response = await client.send(request)  # what the caller sends is repeated as ever
    assert (response.status, len(heads)) == (200, 5)


async def test_a_server_that_comes_up_late_is_reached():
    late = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = late.sockets[0].getsockname()[1]
    late.close()
    await late.wait_closed()
    servers = []

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await writer.drain()
        writer.close()

    async def come_up(_):
        servers.append(await asyncio.start_server(serve, "127.0.0.1", port))

    async with BaseClient(f"http://127.0.0.1:{port}", middleware=[Retry(sleep=come_up)]) as client:
        response = await client.send(Request("GET", f"http://127.0.0.1:{port}/", idempotent=True))
    assert response.status == 200
    servers[0].close()
    await servers[0].wait_closed()


async def test_a_wait_beyond_the_deadline_is_not_begun(play):
    url, heads = await play(b"HTTP/1.1 503 Busy\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n")
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    async with BaseClient(url, middleware=[Retry(sleep=wait)], timeout=Timeout(total=20)) as client:
        response = await client.send(Request("GET", f"{url}/x", idempotent=True, timeout=Timeout(total=20)))
    assert response.status == 503
    assert len(heads) == 1
    assert waits == []


async def test_the_deadline_covers_all_attempts(play, monkeypatch):
    url, heads = await play(*[BUSY] * 50)
    clock = Clock(monkeypatch)
    policy = RetryPolicy(retries=50, base=100, cap=100)
    async with BaseClient(url, middleware=[Retry(policy, draw=lambda: 1.0, sleep=clock.move)]) as client:
        request = Request("GET", f"{url}/x", idempotent=True, timeout=Timeout(total=650))
        assert (await client.send(request)).status == 503
    assert clock.moved == 600
    assert len(heads) == 7
