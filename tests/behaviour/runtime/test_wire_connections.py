"""Which connections aiohttp's requests go over, and what never goes over them."""

from __future__ import annotations

import asyncio
import gc
import socket

import petstore
import pytest
from petstore import models
from petstore._runtime import (
    ConnectError,
    DeadlineError,
    Error,
    File,
    Limits,
    RedirectError,
    TruncatedError,
)
from tests.support.raw_server import Connection, RawServer, response
from tests.support.wire import CAT, JSON, WAYS, call, plays, take


@pytest.fixture(autouse=True, params=WAYS)
def way(request, monkeypatch) -> str:
    """All ways through aiohttp behave alike."""
    take(request.param, monkeypatch)
    return request.param


# connections


async def test_a_kept_connection_that_breaks_after_an_error_says_nothing_on_its_own():
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    broken = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.request()
        content = response(500, b'{"detail":"x"}', JSON)
        await connection.send(content[:-5])
        await asyncio.sleep(0.02)  # the head is read by itself
        await connection.send(content[-5:])
        await broken.wait()
        connection.reset()

    async with RawServer(script) as server, petstore.Client(server.url) as pets:
        for _ in range(2):  # the second call finds the first connection broken, and drops it
            with pytest.raises(Error):
                await pets.pets.get_pet(1)
            broken.set()
            await server.idle()
            await asyncio.sleep(0.02)
        gc.collect()
        assert told == []


async def test_a_port_where_nobody_listens_is_a_connect_error():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        async with petstore.Client(f"http://127.0.0.1:{port}") as pets:
            with pytest.raises(ConnectError, match=rf"127\.0\.0\.1:{port}"):
                await pets.pets.get_pet(1)


async def test_a_name_that_is_not_known_is_a_connect_error():
    async with petstore.Client("http://no-such-host.invalid") as pets:
        with pytest.raises((ConnectError, DeadlineError), match=r"no-such-host\.invalid"):
            await pets.pets.get_pet(1)


async def test_a_connection_that_was_closed_while_idle_is_not_used_again():
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(response(200, CAT, JSON))

    async with RawServer(script) as server, petstore.Client(server.url) as pets:
        for _ in range(3):
            await pets.pets.get_pet(1)
            await server.idle()
        assert server.connections == 3


async def test_a_get_on_a_connection_that_closes_as_we_write_goes_out_again():
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(response(200, CAT, JSON))
        if connection.number == 1:
            await connection.head()  # takes the second request and hangs up

    async with RawServer(script) as server, petstore.Client(server.url) as pets:
        for _ in range(2):
            assert await pets.pets.get_pet(1) == models.Cat(pet_type="cat")
        assert server.connections == 2


async def test_a_post_on_a_connection_that_closes_as_we_write_is_not_sent_twice():
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(response(204))
        await connection.request()

    async with RawServer(script) as server, petstore.Client(server.url) as pets:
        body = models.NewPet(name="x", photo=File(b"x"))
        await pets.pets.add_pet(body=body)
        with pytest.raises(TruncatedError):
            await pets.pets.add_pet(body=body)
        assert len(server.requests) == 2


async def test_bytes_behind_an_answer_are_never_taken_for_the_next():
    evil = response(200, b'{"petType":"dog"}', JSON)

    async def script(connection: Connection) -> None:
        while await connection.request() is not None:
            await connection.send(response(200, CAT, JSON) + (evil if connection.number == 1 else b""))

    async with RawServer(script) as server, petstore.Client(server.url) as pets:
        for _ in range(2):
            assert await pets.pets.get_pet(1) == models.Cat(pet_type="cat")
            await asyncio.sleep(0.02)


async def test_calls_above_the_number_of_connections_wait_their_turn():
    most = 0

    async def script(connection: Connection) -> None:
        nonlocal most
        while await connection.request() is not None:
            most = max(most, connection.server.open)
            await asyncio.sleep(0.005)
            await connection.send(response(200, CAT, JSON))

    async with RawServer(script) as server, petstore.Client(server.url, limits=Limits(connections=3)) as pets:
        await asyncio.gather(*(pets.pets.get_pet(number) for number in range(30)))
    assert most == 3


async def test_closing_the_client_closes_its_connections():
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(response(200, CAT, JSON))
        await connection.stall()

    async with RawServer(script) as server:
        async with petstore.Client(server.url) as pets:
            await pets.pets.get_pet(1)
        await server.idle()


async def test_closing_the_client_ends_the_calls_in_flight():
    asked = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.request()
        if len(connection.server.requests) == 3:
            asked.set()
        await connection.stall()

    async with RawServer(script) as server:
        pets = petstore.Client(server.url)
        tasks = [asyncio.create_task(pets.pets.get_pet(number)) for number in range(3)]
        await asked.wait()
        await pets.close()
        found = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
        assert all(isinstance(error, Error) for error in found)
        assert all(error.operation == "getPet" for error in found)
        await server.idle()


# redirects: what the second server sees


async def test_nothing_secret_reaches_another_port():
    async with RawServer(plays(response(200, CAT, JSON))) as second:
        location = {"Location": f"{second.url}/y?token=s3cr3t&a=1"}
        async with (
            RawServer(plays(response(307, b"", location))) as first,
            petstore.Client(first.url, auth=petstore.Token("s3cr3t"), headers={"X-API-Key": "s3cr3t"}) as pets,
        ):
            await pets.pets.get_pet(
                1,
                x_trace="s3cr3t",
                session="s3cr3t",
                extra_headers={"Authorization": "s3cr3t", "Proxy-Authorization": "s3cr3t"},
            )
            assert "token=s3cr3t" in first.requests[0].target
            assert first.requests[0].headers["x-api-key"] == "s3cr3t"
        seen = second.requests[0]
    assert "s3cr3t" not in "".join(seen.lines)
    assert set(seen.headers) == {"accept", "accept-encoding", "user-agent", "host"}
    assert seen.target == "/y?a=1"


async def test_a_body_never_reaches_another_port():
    async with (
        RawServer(plays(response(200, CAT, JSON))) as second,
        RawServer(plays(response(307, b"", {"Location": f"{second.url}/y"}))) as first,
        petstore.Client(first.url) as pets,
    ):
        with pytest.raises(RedirectError, match="body to another origin"):
            await pets.pets.add_pet(body=models.NewPet(name="secret", photo=File(b"x")))
        assert not second.requests


async def test_a_body_is_sent_again_within_the_origin():
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(response(308, b"", {"Location": "/v2/pets"}))
        await connection.request()
        await connection.send(response(204))

    async with RawServer(script) as server, petstore.Client(server.url) as pets:
        await pets.pets.add_pet(body=models.NewPet(name="Rex", photo=File(b"x")))
        first, second = server.requests
    assert (second.method, second.target, second.body) == ("POST", "/v2/pets", first.body)


async def test_cookies_that_a_server_sets_are_not_kept():
    async def script(connection: Connection) -> None:
        while await connection.request() is not None:
            await connection.send(response(200, CAT, {**JSON, "Set-Cookie": "a=b; Path=/"}))

    async with RawServer(script) as server, petstore.Client(server.url) as pets:
        await pets.pets.get_pet(1)
        await pets.pets.get_pet(1)
        assert "cookie" not in server.requests[1].headers


# environment


async def test_proxies_of_the_environment_are_used_only_when_asked(monkeypatch):
    async with (
        RawServer(plays(response(200, CAT, JSON))) as proxy,
        RawServer(plays(response(200, CAT, JSON))) as server,
    ):
        for name in ("http_proxy", "HTTP_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        await call(server)
        assert not proxy.requests
        async with petstore.Client("http://pets.example", trust_env=True) as pets:
            await pets.pets.get_pet(1)
        assert proxy.requests[0].target == "http://pets.example/pets/1/info"


async def test_a_proxy_may_be_given():
    async with (
        RawServer(plays(response(200, CAT, JSON))) as proxy,
        petstore.Client("http://pets.example", proxy=proxy.url) as pets,
    ):
        await pets.pets.get_pet(1)
        assert proxy.requests[0].target == "http://pets.example/pets/1/info"
