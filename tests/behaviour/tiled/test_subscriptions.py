"""Subscriptions: lost connections, servers that are started again, and what never goes elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from aiohttp import web
from tests.support.tiled_script import ABOUT, entry

from specbind.bindings._runtime import RedirectError, TransportError
from specbind.tiled import AuthenticationError, aio
from specbind.tiled.aio import _subscribing
from specbind.tiled.exceptions import DecodeError, HTTPStatusError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

TOKENS = {"access_token": "access", "refresh_token": "refresh"}
SHORT = {"secret": "s" * 40, "first_eight": "s" * 8}


class Server:
    """Streams that tell numbers and close with a code; other requests are answered by `keys`."""

    def __init__(self, *streams: tuple[range, int] | tuple[range, int, str]) -> None:
        self.streams = list(streams)
        self.starts: list[str | None] = []
        self.seen: list[dict[str, str]] = []
        self.keys: Callable[[web.Request], web.Response] = lambda _: web.json_response(SHORT)
        self.stays = False
        self.gone = asyncio.Event()
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/auth/apikey"):
            return self.keys(request)
        if "/stream/" in request.path:
            return await self.stream(request)
        return web.json_response(ABOUT if request.path.endswith("/v1/") else {"data": entry()})

    async def stream(self, request: web.Request) -> web.StreamResponse:
        self.starts.append(request.query.get("start"))
        self.seen.append(dict(request.headers))
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        numbers, code, *born = self.streams.pop(0)
        for number in numbers:
            content = {"type": "x", "sequence": number, "timestamp": born[0] if born else None}
            await socket.send_bytes(msgspec.msgpack.encode(content))
        if self.stays:
            with contextlib.suppress(Exception):
                while request.transport is not None:
                    await asyncio.sleep(0.005)  # no goodbye of the client is read or answered
                    await socket.send_bytes(msgspec.msgpack.encode({"type": "x", "sequence": 99}))
        else:
            await socket.close(code=code)
        self.gone.set()
        return socket


@contextlib.asynccontextmanager
async def serving(server: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_route("*", "/{rest:.*}", server)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(_self: object, _seconds: float) -> None:
        await asyncio.sleep(0)

    monkeypatch.setattr(_subscribing._Listener, "pause", at_once)
    monkeypatch.setattr(_subscribing, "_CLOSING", 0.1)


def logged_in(url: str, **arguments: Any) -> aio.Context:
    context = aio.Context(url, **arguments)
    context.configure_auth(TOKENS, remember_me=False)
    return context


async def heard(context: aio.Context) -> list[int]:
    node = await aio.from_context(context)
    return [update.sequence async for update in node.subscribe()]


async def test_a_redirect_of_the_websocket_is_not_followed():
    elsewhere = Server((range(1), 1000))

    async def moved(request: web.Request) -> web.StreamResponse:
        if "/stream/" in request.path:
            raise web.HTTPFound(f"{other.replace('127.0.0.1', 'localhost')}/stream/x")
        return web.json_response(ABOUT if request.path.endswith("/v1/") else {"data": entry()})

    async with (
        serving(elsewhere.answer) as other,
        serving(moved) as url,
        aio.Context(url, api_key="key", headers={"X-Gateway-Token": "secret"}) as context,
    ):
        with pytest.raises(RedirectError, match="not followed"):
            await heard(context)
    assert elsewhere.seen == []


async def test_a_server_that_counts_anew_is_heard_and_told(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.WARNING)
    server = Server((range(5, 8), 1012), (range(1, 4), 1000), (range(1, 4), 1000))
    async with serving(server.answer) as url, aio.Context(url, api_key="key") as context:
        assert await heard(context) == [5, 6, 7, 1, 2, 3]
    assert server.starts == [None, "7", "0"]
    assert "counts its changes anew, 1 came after 7" in caplog.text


async def test_a_server_that_counted_beyond_the_last_change_already_is_heard_whole(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.WARNING)
    server = Server((range(1, 4), 1012, "before"), (range(3, 6), 1000, "after"), (range(1, 6), 1000, "after"))
    async with serving(server.answer) as url, aio.Context(url, api_key="key") as context:
        assert await heard(context) == [1, 2, 3, 1, 2, 3, 4, 5]
    assert server.starts == [None, "3", "0"]
    assert "counts its changes anew, 3 came after 3" in caplog.text


async def test_a_change_that_is_not_kept_any_more_is_told(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.WARNING)
    server = Server((range(1, 4), 1012), (range(6, 8), 1000))
    async with serving(server.answer) as url, aio.Context(url, api_key="key") as context:
        assert await heard(context) == [1, 2, 3, 6, 7]
    assert "has change 3 no more" in caplog.text


async def test_a_connection_that_is_lost_before_anything_came_is_told(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.WARNING)
    server = Server((range(0), 1012), (range(4, 5), 1000))
    async with serving(server.answer) as url, aio.Context(url, api_key="key") as context:
        assert await heard(context) == [4]
    assert "lost before a change came" in caplog.text


@pytest.mark.parametrize("steady", [0.0, 1e9])
async def test_only_failures_in_a_row_are_counted(steady: float, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_subscribing, "_STEADY", steady)
    server = Server(*[(range(0), 1012)] * 20, (range(1, 2), 1000))
    async with serving(server.answer) as url, aio.Context(url, api_key="key") as context:
        if steady:
            with pytest.raises(TransportError, match="1012"):
                await heard(context)
            assert len(server.starts) == 9
        else:
            assert await heard(context) == [1]


async def test_a_lost_connection_goes_on_behind_the_last_change(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.WARNING)
    async with (
        serving(Server((range(5, 8), 1012), (range(7, 9), 1000)).answer) as url,
        aio.Context(url, api_key="k") as context,
    ):
        assert await heard(context) == [5, 6, 7, 8]
    assert "anew" not in caplog.text


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_key_that_cannot_be_had_just_now_is_asked_for_again(status: int):
    server = Server((range(1, 2), 1012), (range(2, 3), 1000))
    answers = [web.json_response(SHORT), web.Response(status=status), web.json_response(SHORT)]
    server.keys = lambda request: answers.pop(0) if request.method == "POST" else web.Response(status=204)
    async with serving(server.answer) as url, logged_in(url) as context:
        assert await heard(context) == [1, 2]
    assert answers == []


@pytest.mark.parametrize("said", [{}, [], {"secret": 7, "first_eight": "s"}])
async def test_an_answer_without_a_key_is_told(said: object):
    server = Server((range(1, 2), 1000))
    server.keys = lambda _: web.json_response(said)
    async with serving(server.answer) as url, logged_in(url) as context:
        with pytest.raises(DecodeError, match="no key"):
            await heard(context)


async def test_a_key_that_is_refused_is_told():
    server = Server((range(1, 2), 1000))
    server.keys = lambda _: web.json_response({"detail": "no"}, status=403)
    async with serving(server.answer) as url, logged_in(url) as context:
        with pytest.raises(HTTPStatusError):
            await heard(context)


async def test_a_key_that_cannot_be_revoked_ends_nothing(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.WARNING)
    server = Server((range(1, 4), 1000))
    server.keys = lambda request: web.json_response(SHORT) if request.method == "POST" else web.Response(status=404)
    async with serving(server.answer) as url, logged_in(url) as context:
        assert await heard(context) == [1, 2, 3]
    assert "could not be revoked" in caplog.text
    assert SHORT["secret"] not in caplog.text


async def test_an_iterator_that_is_closed_has_no_socket_any_more():
    server = Server((range(1, 4), 1000))
    server.stays = True
    async with serving(server.answer) as url, aio.Context(url, api_key="key") as context:
        updates = (await aio.from_context(context)).subscribe()
        assert (await anext(updates)).sequence == 1
        async with asyncio.timeout(5):
            await updates.aclose()  # type: ignore[attr-defined]
        await asyncio.wait_for(server.gone.wait(), 5)
        assert not context._connection.listeners


async def test_closing_a_context_ends_those_who_listen():
    server = Server((range(1, 2), 1000))
    server.stays = True
    async with serving(server.answer) as url:
        context = aio.Context(url, api_key="key")
        updates = (await aio.from_context(context)).subscribe()
        assert (await anext(updates)).sequence == 1

        async def rest() -> list[int]:
            return [update.sequence async for update in updates]

        waiting = asyncio.create_task(rest())
        await asyncio.sleep(0.02)
        async with asyncio.timeout(5):
            await context.close()
            assert set(await waiting) <= {99}
        await asyncio.wait_for(server.gone.wait(), 5)


async def test_a_password_of_a_netrc_is_not_sent(tmp_path: Any, monkeypatch: pytest.MonkeyPatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login alice password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server = Server((range(1, 2), 1000))
    async with serving(server.answer) as url, aio.Context(url) as context:
        assert await heard(context) == [1]
    assert "Authorization" not in server.seen[0]


async def test_who_may_not_listen_is_told():
    async def refuse(request: web.Request) -> web.StreamResponse:
        if "/stream/" in request.path:
            return web.Response(status=403)
        return web.json_response(ABOUT if request.path.endswith("/v1/") else {"data": entry()})

    async with serving(refuse) as url, aio.Context(url, api_key="key") as context:
        with pytest.raises(AuthenticationError, match="403"):
            await heard(context)
