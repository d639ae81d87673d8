"""OAuth 2 over the wire: a real authorization server beside a real API, for both kinds of clients."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import petstore
import pytest
from aiohttp import web
from petstore._runtime import TokenError
from petstore._runtime.oauth2 import ClientCredentials
from petstore._runtime.operation import Json, Operation, Reply
from petstore._runtime.server import serve

ME: Operation[str] = Operation(
    "me", "GET", ("/me",), replies=(Reply("200", Json("application/json", lambda: str)),), security=(("oauth",),)
)


class Machine(ClientCredentials):
    scheme = "oauth"


class World:
    def __init__(self) -> None:
        self.asked: list[str] = []
        self.revoked: set[str] = set()

    async def token(self, request: web.Request) -> web.Response:
        self.asked.append(await request.text())
        await asyncio.sleep(0.01)
        return web.json_response({"access_token": f"t{len(self.asked)}", "token_type": "Bearer", "expires_in": 3600})

    async def moved(self, _: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect("/token")

    async def me(self, request: web.Request) -> web.Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return web.Response(status=401) if token in self.revoked else web.json_response(token)

    @asynccontextmanager
    async def served(self):
        application = web.Application()
        application.router.add_post("/token", self.token)
        application.router.add_post("/moved", self.moved)
        application.router.add_get("/me", self.me)
        async with serve(application) as url:
            yield url


def client_of(url: str, path: str) -> petstore.Client:
    return petstore.Client(url, auth=Machine("id", "s", token_url=url + path))


async def test_many_calls_ask_once_and_once_more_after_a_401():
    world = World()
    async with world.served() as url, client_of(url, "/token") as client:
        assert set(await asyncio.gather(*(client.call(ME, ()) for _ in range(30)))) == {"t1"}
        world.revoked.add("t1")
        assert set(await asyncio.gather(*(client.call(ME, ()) for _ in range(30)))) == {"t2"}
    assert world.asked == ["grant_type=client_credentials"] * 2


async def test_a_synchronous_client_does_the_same():
    world = World()

    def use(url: str) -> list[str]:
        with petstore.SyncClient(url, auth=Machine("id", "s", token_url=f"{url}/token")) as client:
            first = client.call(ME, ())
            world.revoked.add("t1")
            return [first, client.call(ME, ())]

    async with world.served() as url:
        assert await asyncio.to_thread(use, url) == ["t1", "t2"]


async def test_a_token_endpoint_that_redirects_gets_no_secret_elsewhere():
    world = World()
    async with world.served() as url, client_of(url, "/moved") as client:
        with pytest.raises(TokenError, match="its redirects are not followed"):
            await client.call(ME, ())
    assert world.asked == []
