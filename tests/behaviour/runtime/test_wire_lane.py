"""What the short way through aiohttp does more strictly than aiohttp itself."""

from __future__ import annotations

import asyncio

import petstore
import pytest
from petstore import models
from petstore._runtime import Request, TruncatedError
from tests.support.raw_server import Connection, RawServer, response
from tests.support.wire import CAT, JSON


async def test_an_answer_that_comes_on_an_idle_connection_is_never_taken_for_the_next():
    sent = asyncio.Event()

    async def script(connection: Connection) -> None:
        while await connection.request() is not None:
            await connection.send(response(200, CAT, JSON))
            if connection.number == 1:
                await asyncio.sleep(0.05)
                await connection.send(response(200, b'{"petType":"dog"}', JSON))
                sent.set()

    async with RawServer(script) as server, petstore.Client(server.url) as pets:
        await pets.pets.get_pet(1)
        await sent.wait()
        await asyncio.sleep(0.05)
        assert await pets.pets.get_pet(1) == models.Cat(pet_type="cat")
        assert server.connections == 2


@pytest.mark.parametrize("first", [True, False])
async def test_a_request_that_may_not_be_repeated_goes_out_once(first):
    """Neither on a new connection nor, if its operation is not idempotent, on a kept one."""

    async def script(connection: Connection) -> None:
        if not first:
            await connection.request()
            await connection.send(response(204))
        await connection.request()

    async with RawServer(script) as server, petstore.Client(server.url) as pets:
        request = Request("PUT", server.url, body=b"x", idempotent=first)
        if not first:
            await pets.send(request)
        with pytest.raises(TruncatedError):
            await pets.send(request)
        assert len(server.requests) == (1 if first else 2)
