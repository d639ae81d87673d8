"""A call that is cancelled ends at once, wherever it waits (row 56 of the fault plan)."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest
from tests.faults.conftest import OK, SECRETS, Api
from tests.support.raw_server import Connection, RawServer, response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

TURNS = 20  # of the event loop; that is far less than the promised 0.1 s, and does not depend on the load


async def cancelled(task: asyncio.Task[object]) -> None:
    """Cancel a task and see that it ends so, and waits for nothing before."""
    task.cancel()
    for _ in range(TURNS):
        await asyncio.sleep(0)
    assert task.done()
    with pytest.raises(asyncio.CancelledError):
        await task


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - there is no event
            await asyncio.sleep(0.001)


async def silence(connection: Connection) -> None:
    await connection.head()
    await connection.stall()


async def half(connection: Connection) -> None:
    await connection.request()
    await connection.send(response(200, OK, {"Content-Length": "99999"}))
    await connection.stall()


async def unread(connection: Connection) -> None:
    """Take the head of an upload and nothing more."""
    await connection.head()
    await asyncio.sleep(30)


async def endless() -> AsyncIterator[bytes]:
    while True:
        yield bytes(1 << 20)


@pytest.mark.parametrize(
    ("script", "call"),
    [
        pytest.param(silence, lambda api: api.get_thing(), id="row 56: header"),
        pytest.param(half, lambda api: api.get_thing(), id="row 56: body"),
        pytest.param(unread, lambda api: api.put_thing(body=endless()), id="row 56: send"),
    ],
)
async def test_a_call_in_flight(
    api: Api, script: Callable[[Connection], Awaitable[None]], call: Callable[[object], Awaitable[object]]
) -> None:
    async with RawServer(script) as server, api.client(server) as client:
        task = asyncio.ensure_future(call(client.api))
        await until(lambda: server.requests)
        await asyncio.sleep(0.02)
        await cancelled(task)
        if script is not unread:  # that script sleeps and sees nothing
            await server.idle()
        assert server.connections == 1
    assert api.slept == []


async def test_a_connection_being_made(api: Api) -> None:
    """Row 56: connect. A queue that is full answers nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.settimeout(0)
            filler.connect_ex(("127.0.0.1", port))
        async with api.client(f"http://127.0.0.1:{port}") as client:
            task = asyncio.ensure_future(client.api.get_thing())
            await asyncio.sleep(0.05)
            assert not task.done()
            await cancelled(task)
        for filler in fillers:
            filler.close()


async def test_a_wait_before_a_retry(api: Api) -> None:
    """Row 56: backoff."""
    waiting = asyncio.Event()

    async def sleep(_seconds: float) -> None:
        waiting.set()
        await asyncio.sleep(30)

    async def busy(connection: Connection) -> None:
        while await connection.request() is not None:
            await connection.send(response(503))

    async with RawServer(busy) as server, api.client(server, retry=api.core.Retry(sleep=sleep)) as client:
        task = asyncio.ensure_future(client.api.get_thing())
        await waiting.wait()
        await cancelled(task)
        assert len(server.requests) == 1


async def test_a_refresh_goes_on_for_the_others(api: Api) -> None:
    """Row 56: refresh."""
    asked, go = 0, asyncio.Event()

    async def source() -> str:
        nonlocal asked
        asked += 1
        await go.wait()
        return SECRETS[0]

    async def give(connection: Connection) -> None:
        while await connection.request() is not None:
            await connection.send(OK)

    kinds = api.credentials
    auth = [kinds["bearer"](source), kinds["key"](SECRETS[1]), kinds["query"](SECRETS[2])]
    async with RawServer(give) as server, api.client(server, auth=auth) as client:
        first, second = (asyncio.ensure_future(client.api.get_thing()) for _ in range(2))
        await until(lambda: asked)
        await cancelled(first)
        go.set()
        assert (await second).name == "thing"
    assert asked == 1


async def test_a_download(api: Api, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Row 56: a file that is being written."""
    folder = tmp_path_factory.mktemp("cancelled")

    async def slow(connection: Connection) -> None:
        await connection.request()
        await connection.send(response(200, bytes(1 << 20), {"Content-Length": str(4 << 20)}))
        await connection.stall()

    async with RawServer(slow) as server, api.client(server) as client:
        request = client.build(api.operations.GET_FILE, ())
        task = asyncio.ensure_future(api.core.download_file(client.send, request, folder / "file"))
        await until(lambda: server.requests)
        await asyncio.sleep(0.05)
        task.cancel()  # a write that is under way in a thread is waited for
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 5)
        await server.idle()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("host", [{}, {"Host": "localhost"}], ids=["lane", "session"])
async def test_closing_a_stream_wakes_who_reads_it(api: Api, host: dict[str, str]) -> None:
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(b"HTTP/1.1 200 X\r\nContent-Length: 90\r\n\r\nhalf")
        await connection.stall()

    read_some = asyncio.Event()

    async with RawServer(script) as server, api.client(server, timeout=api.runtime.Timeout(None)) as client:
        stream = await client.api.get_file(extra_headers=host)

        async def read() -> None:
            async for _ in stream:
                read_some.set()

        reading = asyncio.create_task(read())
        await read_some.wait()
        await asyncio.sleep(0)  # it waits for more
        await stream.aclose()
        async with asyncio.timeout(2):
            with pytest.raises(api.runtime.TransportError):
                await reading
