"""Who requests are from, and where secrets never go."""

from __future__ import annotations

import asyncio
import copy
import logging
import pickle
import stat
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from tests.support.tiled_script import ABOUT, HOME, Tree, context_over

from specbind.bindings._runtime import ScriptedTransport, TruncatedError, answer
from specbind.tiled import AuthenticationError, CannotRefreshAuthentication, PasswordRejected, UnauthorizedError, aio
from specbind.tiled._tokens import TokenFiles

if TYPE_CHECKING:
    from pathlib import Path

    from specbind.bindings._runtime import Request, Response

SECRET = "0123456789abcdef"
TOKENS = {"access_token": "first-access", "refresh_token": "first-refresh"}


def sent(context: aio.Context) -> list[str | None]:
    transport = context._connection.transport
    assert isinstance(transport, ScriptedTransport)
    return [recorded.headers.get("Authorization") for recorded in transport.requests]


async def test_the_key_of_the_argument_goes_before_that_of_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TILED_API_KEY", "from-the-environment")
    assert aio.Context(HOME).api_key == "from-the-environment"
    assert aio.Context(HOME, api_key=SECRET).api_key == SECRET
    assert aio.Context(f"{HOME}?api_key=in-the-uri").api_key == "in-the-uri"
    with pytest.raises(ValueError, match="give one") as caught:
        aio.Context(f"{HOME}?api_key={SECRET}", api_key="other")
    assert SECRET not in str(caught.value)


async def test_a_key_is_in_the_header_and_in_nothing_that_is_shown(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    context = context_over(lambda _: answer(401, {"detail": f"no, {SECRET}"}), f"{HOME}?api_key={SECRET}")
    with pytest.raises(UnauthorizedError) as caught:
        await aio.from_context(context)
    assert sent(context) == [f"Apikey {SECRET}"]
    assert SECRET not in repr(context)
    assert SECRET not in caught.value.url
    assert SECRET not in str(caught.value)
    assert SECRET not in caught.value.response.text
    assert SECRET not in caplog.text


async def test_keys_and_tokens_exclude_each_other():
    context = context_over(Tree([]), api_key=SECRET)
    with pytest.raises(AuthenticationError, match="API key"):
        context.configure_auth(TOKENS)
    with pytest.raises(RuntimeError):
        await context.force_auth_refresh()
    context.api_key = None
    context.configure_auth(TOKENS, remember_me=False)
    assert dict(context.tokens) == TOKENS
    context.api_key = SECRET
    assert dict(context.tokens) == {}


class Sessions:
    """A server whose access tokens end, and that counts refreshes."""

    def __init__(self, status: int = 200) -> None:
        self.refreshes = 0
        self.asked = asyncio.Event()
        self.status = status
        self.valid = "second-access"

    async def __call__(self, request: Request) -> Response | Exception:
        route = request.url.removeprefix(f"{HOME}/api/v1/")
        if route == "auth/session/refresh":
            self.refreshes += 1
            self.asked.set()
            await asyncio.sleep(0.01)
            assert "Authorization" not in request.headers
            assert isinstance(request.body, bytes)
            assert msgspec.json.decode(request.body) == {"refresh_token": "first-refresh"}
            if self.status != 200:
                return answer(self.status, {"detail": "Session has expired"})
            return answer(200, {"access_token": self.valid, "refresh_token": "second-refresh"})
        if request.headers.get("Authorization") != f"Bearer {self.valid}":
            return answer(401, {"detail": "Access token has expired"})
        return answer(200, {"uuid": "u"})


def session_over(script: Any) -> aio.Context:
    context = context_over(script)
    context.configure_auth(TOKENS, remember_me=True)
    return context


async def test_many_calls_share_one_refresh_and_its_tokens_are_kept(tmp_path: Path):
    server = Sessions()
    context = session_over(server)
    assert await asyncio.gather(*(context.whoami() for _ in range(8))) == [{"uuid": "u"}] * 8
    assert server.refreshes == 1
    files = TokenFiles(context.api_uri)
    assert files.read() == {"access_token": "second-access", "refresh_token": "second-refresh"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.folder.iterdir()} == {0o600}
    assert files.folder.is_relative_to(tmp_path)


async def test_tokens_that_another_process_renewed_are_taken_over():
    server = Sessions()
    context = session_over(server)
    TokenFiles(context.api_uri).write({"access_token": server.valid, "refresh_token": "theirs"})
    assert await context.whoami() == {"uuid": "u"}
    assert server.refreshes == 0
    assert context.tokens["refresh_token"] == "theirs"


@pytest.mark.parametrize("status", [400, 401])
async def test_a_session_that_ended_is_forgotten(status: int):
    context = session_over(Sessions(status))
    with pytest.raises(CannotRefreshAuthentication, match="log in again"):
        await context.whoami()
    assert not context.authenticated
    assert TokenFiles(context.api_uri).read() == {}


async def test_a_cancelled_call_does_not_lose_the_new_tokens():
    server = Sessions()
    context = session_over(server)
    task = asyncio.create_task(context.whoami())
    await asyncio.wait_for(server.asked.wait(), 5)
    refreshing = context._connection.session._refreshing
    assert refreshing is not None
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await refreshing
    assert context.tokens["access_token"] == "second-access"


async def test_a_server_on_this_machine_or_with_https_is_not_probed():
    for uri in ("http://localhost:8000", "http://127.0.0.1:8000", "https://tiled.test"):
        context = context_over(Tree([]), uri, api_key=SECRET)
        await context.settle()
        assert sent(context) == []


async def test_the_probe_for_https_has_no_secret_in_it():
    def script(request: Request) -> Response:
        if request.url.startswith("http:"):
            return answer(307, b"", headers={"Location": "https://tiled.test/api/v1/"})
        return answer(200, ABOUT)

    context = context_over(script, f"http://tiled.test/api/v1/metadata/a?api_key={SECRET}", headers={"X-Own": SECRET})
    await context.about()
    assert context.api_uri == "https://tiled.test/api/v1/"
    transport = context._connection.transport
    assert isinstance(transport, ScriptedTransport)
    probe, about = transport.requests
    assert probe.url == "http://tiled.test/api/v1/"
    assert SECRET not in str(probe.headers)
    assert about.headers["Authorization"] == f"Apikey {SECRET}"


@pytest.mark.parametrize("location", ["https://evil.test/api/v1/", "http://tiled.test/x", "//[", ""])
async def test_a_redirect_to_another_host_changes_nothing(location: str):
    def script(_request: Request) -> Response:
        return answer(307, b"", headers={"Location": location})

    context = context_over(script, "http://tiled.test", api_key=SECRET)
    await context.settle()
    assert context.api_uri == "http://tiled.test/api/v1/"


async def test_an_unreachable_probe_leaves_the_word_to_the_real_call():
    context = context_over(lambda _: TruncatedError("cut"), "http://tiled.test", api_key=SECRET)

    async def soon(_seconds: float) -> None:
        return

    context._connection._retries._sleep = soon  # type: ignore[assignment]
    await context.settle()
    assert context.api_uri == "http://tiled.test/api/v1/"


def with_providers(*links: str, mode: str = "internal") -> dict[str, Any]:
    providers = [
        {"provider": f"p{at}", "mode": mode, "links": {"auth_endpoint": link}, "confirmation_message": None}
        for at, link in enumerate(links)
    ]
    return {**ABOUT, "authentication": {"required": True, "providers": providers, "links": None}}


async def test_a_password_goes_to_the_server_of_the_caller_only():
    tree = Tree([])
    tree.about = with_providers("http://evil.test/api/v1/auth/provider/p0/token")
    tree.special["POST auth/provider/p0/token"] = lambda _: answer(200, TOKENS)
    context = context_over(tree)
    assert await context.password_grant("alice", SECRET) == TOKENS
    assert all(request.url.startswith(HOME) for request in tree.requests)
    tree.about = with_providers("http://evil.test/elsewhere")
    with pytest.raises(AuthenticationError, match="no route"):
        await context_over(tree).password_grant("alice", SECRET)


async def test_questions_are_bounded_and_empty_answers_cancel():
    tree = Tree([])
    tree.about = with_providers(f"{HOME}/api/v1/auth/provider/p0/token")
    tree.special["POST auth/provider/p0/token"] = lambda _: answer(401, {"detail": "no"})
    asked: list[tuple[str, bool]] = []

    def wrong(text: str, secret: bool) -> str:
        asked.append((text, secret))
        return "x"

    with pytest.raises(PasswordRejected):
        await context_over(tree).authenticate(ask=wrong)
    assert [secret for _, secret in asked] == [False, True, True, True]
    with pytest.raises(PasswordRejected):
        await context_over(tree).authenticate(ask=lambda _text, _secret: "")


async def test_a_code_is_polled_until_it_was_entered():
    tree = Tree([])
    tree.about = with_providers(f"{HOME}/api/v1/auth/provider/p0/authorize", mode="external")
    started = {
        "authorization_uri": "http://127.0.0.1:8000/code\x1b[2J",
        "verification_uri": "http://evil.test/api/v1/auth/provider/p0/token",
        "interval": 0.01,
        "device_code": "device",
        "expires_in": 900,
        "user_code": "ABCD-EFGH",
    }
    tree.special["POST auth/provider/p0/authorize"] = lambda _: answer(200, started)
    polls = [answer(400, {"detail": {"error": "authorization_pending"}}), answer(200, TOKENS)]
    tree.special["POST auth/provider/p0/token"] = lambda _: polls.pop(0)
    shown: list[str] = []
    context = context_over(tree)
    await context.authenticate(remember_me=False, ask=lambda text, _: shown.append(text) or "")
    assert dict(context.tokens) == TOKENS
    assert "ABCD-EFGH" in shown[0]
    assert "\x1b" not in shown[0]
    assert all(request.url.startswith(HOME) for request in tree.requests)


async def test_pickles_have_the_key_and_never_tokens():
    context = aio.Context(HOME, api_key=SECRET, timeout=3)
    again = pickle.loads(pickle.dumps(context))  # noqa: S301 - its own
    assert (again.api_key, again.api_uri) == (SECRET, context.api_uri)
    session = aio.Context(HOME)
    session.configure_auth(TOKENS, remember_me=False)
    assert b"first-refresh" not in pickle.dumps(session)
    session.configure_auth(TOKENS)
    assert dict(pickle.loads(pickle.dumps(session)).tokens) == TOKENS  # noqa: S301 - its own
    assert copy.copy(context).api_key == SECRET
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(context_over(Tree([])))


@pytest.mark.parametrize(
    ("timeout", "expected"),
    [
        (None, (5, 30, None)),
        (7, (7, 7, None)),
        ({"read": 60}, (5, 60, None)),
        ({"connect": 1, "write": 9, "pool": 2}, (1, 9, 2)),
    ],
)
def test_time_limits_are_taken_in_every_form(timeout: Any, expected: tuple[float | None, ...]):
    found = aio.Context(HOME, timeout=timeout)._connection.settings.timeout
    assert (found.connect, found.read, found.pool, found.total) == (*expected, None)
    with pytest.raises(ValueError, match="speed"):
        aio.Context(HOME, timeout={"speed": 1})
