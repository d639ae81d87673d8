"""What comes on a kept connection while nobody asks (rows 43 and 44 of the fault plan)."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest
from tests.faults.conftest import OK, Api
from tests.support.raw_server import Connection, RawServer, response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

EVIL = response(200, b'{"name":"evil"}', {"Content-Type": "application/json"})


async def body() -> AsyncIterator[bytes]:
    yield b"body"


def post(api: Api, client: object) -> Awaitable[object]:
    return client.api.make_thing(body=api.package.models.Thing(name="thing"))  # type: ignore[attr-defined]


CALLS = [
    pytest.param(lambda _, client: client.api.get_thing(), id="GET"),
    pytest.param(post, id="POST"),
    pytest.param(lambda _, client: client.api.put_thing(body=body()), id="upload"),
]


class Keeping:
    """Answers every request, and keeps the connections at hand for the test."""

    def __init__(self) -> None:
        self.connections: list[Connection] = []

    async def __call__(self, connection: Connection) -> None:
        self.connections.append(connection)
        while await connection.request() is not None:
            await connection.send(OK)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("stale", [pytest.param(EVIL, id="row 44: whole"), pytest.param(EVIL[:9], id="row 44: part")])
@pytest.mark.parametrize("turns", [pytest.param(0, id="unread"), pytest.param(20, id="read")])
async def test_bytes_on_an_idle_connection_are_never_an_answer(
    api: Api, call: Callable[[Api, object], Awaitable[object]], stale: bytes, turns: int
) -> None:
    """Row 44. `unread`: the event loop had no turn since they came."""
    script = Keeping()
    async with RawServer(script) as server, api.client(server) as client:
        await client.api.get_thing()
        script.connections[0].writer.write(stale)
        for _ in range(turns):
            await asyncio.sleep(0)
        assert (await call(api, client)).name == "thing"  # type: ignore[attr-defined]
        if stale is EVIL or not turns:
            assert server.connections == 2
            await server.idle(1)  # the first one was closed


@pytest.mark.parametrize("call", CALLS)
async def test_a_kept_connection_that_was_closed_is_not_used(
    api: Api, call: Callable[[Api, object], Awaitable[object]]
) -> None:
    """Row 43: no byte is sent on it, so that a POST may go out on another one."""
    script = Keeping()
    async with RawServer(script) as server, api.client(server) as client:
        await client.api.get_thing()
        script.connections[0].writer.get_extra_info("socket").shutdown(socket.SHUT_RDWR)  # at once, unlike close()
        assert (await call(api, client)).name == "thing"  # type: ignore[attr-defined]
        assert [found.connection for found in server.requests] == [1, 2]
    assert api.slept == []


async def test_bytes_on_a_connection_that_carried_a_large_body_are_never_an_answer(api: Api) -> None:
    """Row 44, after a body that was received into memory of the caller."""
    content = bytes(700_000)

    async def script(connection: Connection) -> None:
        while (found := await connection.request()) is not None:
            large = found.target.startswith("/file")
            await connection.send(response(200, content) + EVIL if large else OK)

    async with RawServer(script) as server, api.client(server) as client:
        answer = await client.send(client.build(api.operations.GET_FILE, ()))
        bulk, view = answer.bulk(), memoryview(bytearray(1 << 20))
        got = 0
        while count := await bulk.fill(view):
            got += count
        answer.close()
        assert (await client.api.get_thing()).name == "thing"
        assert got == len(content)
        assert server.connections == 2
