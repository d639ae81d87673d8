"""How long a call waits for a connection, and how often it is sent."""

from __future__ import annotations

import asyncio

import aiohttp
import petstore
import pytest
from petstore._runtime import DeadlineError, Limits, RedirectError, Request, ServerError, Timeout, TruncatedError
from tests.support.raw_server import Connection, RawServer, response
from tests.support.wire import CAT, JSON, WAYS, plays, take


@pytest.fixture(autouse=True, params=WAYS)
def way(request, monkeypatch) -> str:
    """All ways through aiohttp behave alike."""
    take(request.param, monkeypatch)
    return request.param


def resolving(monkeypatch, **names: str) -> list[str]:
    """Answer look-ups from a table; a name that is not there is never found. Gives the names asked for."""
    asked: list[str] = []

    async def resolve(_, host, port=0, family=0):
        asked.append(host)
        if host.partition(".")[0] not in names:
            await asyncio.Event().wait()
        address = names[host.partition(".")[0]]
        return [{"hostname": host, "host": address, "port": port, "family": family, "proto": 0, "flags": 0}]

    monkeypatch.setattr(aiohttp.ThreadedResolver, "resolve", resolve)
    return asked


async def test_looking_a_name_up_has_the_limit_of_the_call(monkeypatch):
    resolving(monkeypatch)
    async with petstore.Client("http://slow.example") as pets:
        patient = asyncio.create_task(pets.pets.get_pet(1, timeout=Timeout(connect=30)))
        with pytest.raises(DeadlineError, match=r"slow\.example was not found in time, 0\.05 s") as caught:
            await pets.pets.get_pet(1, timeout=Timeout(connect=0.05))
        assert caught.value.limit == "connect"
        assert not patient.done()
        patient.cancel()
        await asyncio.wait([patient])


async def test_a_handshake_has_the_limit_of_the_call():
    async with (
        RawServer(Connection.stall) as server,
        petstore.Client(server.url.replace("http:", "https:")) as pets,
    ):
        with pytest.raises(DeadlineError, match=r"no connection within 0\.05 s") as caught:
            await pets.pets.get_pet(1, timeout=Timeout(connect=0.05))
        assert caught.value.limit == "connect"


async def test_waiting_for_a_free_connection_has_a_limit(way):
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
        await connection.stall()

    limits = Limits(connections_per_host=1)
    async with RawServer(script) as server, petstore.Client(server.url, limits=limits) as pets:
        held = await pets.send(Request("GET", f"{server.url}/a", stream=True))
        limit = Timeout(pool=0.05) if way != "untested" else Timeout(pool=0.05, connect=0.05)
        with pytest.raises(DeadlineError) as caught:
            await pets.pets.get_pet(1, timeout=limit)
        if way == "untested":  # there it is part of `connect`
            assert caught.value.limit == "connect"
        else:
            assert caught.value.limit == "pool"
            assert "free" in str(caught.value)
        held.close()
        assert server.connections == 1


# redirects to addresses that no name may stand for


async def test_a_redirect_to_a_name_at_a_link_local_address_is_not_followed(monkeypatch):
    asked = resolving(monkeypatch, rebound="169.254.169.254", mapped="::ffff:169.254.169.254")
    for name in ("rebound", "mapped"):
        location = {"Location": f"http://{name}.example/latest"}
        async with (
            RawServer(plays(response(302, b"", location))) as server,
            petstore.Client(server.url, timeout=Timeout(connect=30)) as pets,
        ):
            with pytest.raises(RedirectError, match="link-local"):
                await pets.pets.get_pet(1)
    assert asked == ["rebound.example", "mapped.example"]


async def test_a_redirect_to_another_name_is_followed(monkeypatch):
    resolving(monkeypatch, other="127.0.0.1")
    async with RawServer(plays(response(200, CAT, JSON))) as second:
        location = {"Location": f"http://other.example:{second.port}/x"}
        async with (
            RawServer(plays(response(302, b"", location))) as first,
            petstore.Client(first.url) as pets,
        ):
            await pets.pets.get_pet(1)
        assert len(second.requests) == 1


async def test_a_redirect_that_no_request_can_be_made_of_is_told_as_one():
    async with (
        RawServer(plays(response(302, b"", {"Location": "http://127.1/x"}))) as server,
        petstore.Client(server.url) as pets,
    ):
        with pytest.raises(RedirectError, match="followed"):
            await pets.pets.get_pet(1)


# a kept connection that closes as a request is written


def closing(method: str):
    """Answer everything but a `method` on the first connection, which closes it."""

    async def script(connection: Connection) -> None:
        while (found := await connection.request()) is not None:
            if found.method == method and connection.number == 1:
                return
            await connection.send(response(200, CAT, JSON))

    return script


@pytest.mark.parametrize("proxied", [False, True])
async def test_a_request_that_is_not_idempotent_is_sent_once(proxied):
    async with RawServer(closing("DELETE")) as server:
        options = {"proxy": server.url} if proxied else {}
        async with petstore.Client(server.url, **options) as pets:
            await pets.pets.get_pet(1)
            with pytest.raises(TruncatedError, match="before it answered"):
                await pets.send(Request("DELETE", f"{server.url}/x", idempotent=False))
        assert [found.method for found in server.requests] == ["GET", "DELETE"]


@pytest.mark.parametrize("proxied", [False, True])
async def test_a_request_that_is_idempotent_is_sent_again(proxied):
    async with RawServer(closing("DELETE")) as server:
        options = {"proxy": server.url} if proxied else {}
        async with petstore.Client(server.url, **options) as pets:
            await pets.pets.get_pet(1)
            found = await pets.send(Request("DELETE", f"{server.url}/x", idempotent=True))
            assert found.status == 200
        assert [found.method for found in server.requests] == ["GET", "DELETE", "DELETE"]


@pytest.mark.parametrize("proxied", [False, True])
async def test_a_connection_is_not_used_again_behind_a_500(proxied, way):
    async def script(connection: Connection) -> None:
        while await connection.request() is not None:
            await connection.send(response(500 if connection.number == 1 else 200, b"x" * 100))

    async with RawServer(script) as server:
        options = {"proxy": server.url} if proxied else {}
        async with petstore.Client(server.url, **options) as pets:
            with pytest.raises(ServerError):
                await pets.pets.get_pet(1)
            await pets.send(Request("POST", f"{server.url}/x", idempotent=False))
            await pets.send(Request("POST", f"{server.url}/x", idempotent=False))
        others = 1 if way == "untested" else 2  # a version of aiohttp that was not tried keeps its own connector
        assert [found.connection for found in server.requests] == [1, others, others]


async def test_a_large_body_that_may_be_sent_once_is_sent_once():
    async with RawServer(closing("PUT")) as server, petstore.Client(server.url) as pets:
        await pets.pets.get_pet(1)
        with pytest.raises(TruncatedError):
            await pets.send(Request("PUT", f"{server.url}/x", body=b"z" * 300_000, idempotent=False))
        assert [found.method for found in server.requests] == ["GET", "PUT"]
