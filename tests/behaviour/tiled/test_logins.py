"""Logins against servers that answer oddly."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from tests.support.tiled_script import ABOUT, HOME, Tree, context_over

from specbind.bindings._runtime import answer
from specbind.tiled import AuthenticationError, aio
from specbind.tiled.aio import _login

TOKENS = {"access_token": "access", "refresh_token": "refresh"}
GOOD = f"{HOME}/api/v1/auth/provider/p0/token"
STARTED = {"device_code": "D", "user_code": "U", "verification_uri": GOOD, "interval": 1, "expires_in": 900}


def provider(name: str, mode: str, **links: str) -> dict[str, Any]:
    return {"provider": name, "mode": mode, "links": links, "confirmation_message": None}


def server(*providers: dict[str, Any]) -> Tree:
    tree = Tree([])
    tree.about = {**ABOUT, "authentication": {"required": True, "providers": list(providers), "links": None}}
    tree.special["POST auth/provider/p0/token"] = lambda _: answer(200, TOKENS)
    return tree


def by_code(started: object) -> Tree:
    tree = server(provider("p0", "external", auth_endpoint=f"{HOME}/api/v1/auth/provider/p0/authorize"))
    tree.special["POST auth/provider/p0/authorize"] = lambda _: answer(200, msgspec.json.encode(started))
    return tree


async def log_in(tree: Tree) -> aio.Context:
    context = context_over(tree)
    await context.authenticate(remember_me=False, ask=lambda _text, _secret: "")
    return context


@pytest.mark.parametrize(
    "link",
    [
        "http://[evil",
        f"{HOME}/api/v1/auth/provider/p0/%2e%2e/%2e%2e/x",
        f"{HOME}/api/v1/auth/provider/%2e%2e/token",
        f"{HOME}/api/v1/auth/provider/p0%2f..%2f..%2fx/token",
        f"{HOME}/api/v1/auth/provider/p0\\..\\x/token",
        f"{HOME}/api/v1/auth/provider/p0%3fx/token",
        f"{HOME}/api/v1/auth/provider/p0",
        f"{HOME}/api/v1/metadata/a/b",
        "",
    ],
)
async def test_a_password_goes_to_no_route_but_that_of_a_login(link: str):
    tree = server(provider("p0", "internal", auth_endpoint=link))
    with pytest.raises(AuthenticationError, match="no route"):
        await context_over(tree).password_grant("alice", "secret")
    assert [request.url for request in tree.requests] == [f"{HOME}/api/v1/"]


async def test_an_odd_provider_is_in_the_way_of_no_other():
    odd = provider("odd", "external", auth_endpoint="http://[", token_endpoint="http://[", client_id="c")
    tree = server(odd, provider("lost", "external"), provider("p0", "internal", auth_endpoint=GOOD))
    context = context_over(tree)
    assert await context.password_grant("alice", "secret") == TOKENS
    with pytest.raises(AuthenticationError, match="https"):
        await context.authenticate(ask=lambda _text, _secret: "1")


@pytest.mark.parametrize(
    "change",
    [
        {"interval": "abc"},
        {"expires_in": "soon"},
        {"interval": "nan"},
        {"device_code": None},
        {"user_code": 7},
        {"verification_uri": "http://[evil"},
        {"verification_uri": None},
    ],
)
async def test_an_odd_begin_of_a_login_by_a_code_is_told(change: dict[str, Any]):
    with pytest.raises(AuthenticationError):
        await log_in(by_code(STARTED | change))


@pytest.mark.parametrize("said", [[], "text", None, {}])
async def test_an_answer_that_begins_nothing_is_told(said: object):
    with pytest.raises(AuthenticationError):
        await log_in(by_code(said))


@pytest.mark.parametrize("said", [{}, [], {"access_token": 7}, {"refresh_token": "r"}])
async def test_an_answer_without_tokens_is_told(said: object):
    tree = by_code(STARTED)
    tree.special["POST auth/provider/p0/token"] = lambda _: answer(200, msgspec.json.encode(said))
    with pytest.raises(AuthenticationError, match="no tokens"):
        await log_in(tree)
    tree = server(provider("p0", "internal", auth_endpoint=GOOD))
    tree.special["POST auth/provider/p0/token"] = lambda _: answer(200, msgspec.json.encode(said))
    with pytest.raises(AuthenticationError, match="no tokens"):
        await context_over(tree).password_grant("alice", "secret")


async def test_a_server_that_wants_slower_polls_gets_them(monkeypatch: pytest.MonkeyPatch):
    waits: list[float] = []

    class Clock:
        """`asyncio` whose sleep takes no time."""

        get_running_loop = staticmethod(asyncio.get_running_loop)
        to_thread = staticmethod(asyncio.to_thread)

        @staticmethod
        async def sleep(seconds: float) -> None:
            waits.append(seconds)

    monkeypatch.setattr(_login, "asyncio", Clock)
    tree = by_code(STARTED)
    said = ["authorization_pending", "slow_down", "authorization_pending", "slow_down"]
    polls = [*(answer(400, {"detail": {"error": error}}) for error in said), answer(200, TOKENS)]
    tree.special["POST auth/provider/p0/token"] = lambda _: polls.pop(0)
    context = await log_in(tree)
    assert dict(context.tokens) == TOKENS
    assert waits == [1, 6, 6, 11]
