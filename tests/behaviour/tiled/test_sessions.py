"""Sessions with tokens: who gets a refresh token, and what ends or replaces a session."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from tests.support.tiled_script import ABOUT, HOME, context_over

from specbind.bindings._runtime import ScriptedTransport, answer
from specbind.tiled import AuthenticationError, CannotRefreshAuthentication, aio
from specbind.tiled._tokens import TokenFiles
from specbind.tiled.aio._address import Address
from specbind.tiled.exceptions import DecodeError, ServerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from specbind.bindings._runtime import Request, Response

IDENTITY = "https://idp.test"
TOKENS = {"access_token": "old-access", "refresh_token": "old-refresh"}
NEW = {"access_token": "new-access", "refresh_token": "new-refresh"}


def provider(name: str, mode: str = "external", **links: str) -> dict[str, Any]:
    return {"provider": name, "mode": mode, "links": links, "confirmation_message": None}


def identity(endpoint: str = f"{IDENTITY}/token", client_id: str = "cid") -> dict[str, Any]:
    return provider("orcid", auth_endpoint=f"{IDENTITY}/device", token_endpoint=endpoint, client_id=client_id)


PASSWORDS = provider("toy", "internal", auth_endpoint=f"{HOME}/api/v1/auth/provider/toy/token")


class Server:
    """A Tiled server and an identity provider; one access token is good."""

    def __init__(self, *providers: dict[str, Any], good: str = NEW["access_token"]) -> None:
        self.providers = list(providers or [PASSWORDS])
        self.good = good
        self.sent: list[tuple[str, str]] = []
        self.refresh: Callable[[], Response] = lambda: answer(200, NEW)
        self.asked, self.go = asyncio.Event(), asyncio.Event()
        self.go.set()

    async def __call__(self, request: Request) -> Response:
        body = request.body.decode() if isinstance(request.body, bytes) else ""
        self.sent.append((request.url, body))
        if request.url == f"{IDENTITY}/device":
            return answer(200, {"verification_uri": IDENTITY, "user_code": "U", "device_code": "D"})
        if request.url == f"{IDENTITY}/token" and "device_code" in body:
            return answer(200, TOKENS)
        if request.url in {f"{IDENTITY}/token", f"{HOME}/api/v1/auth/session/refresh"}:
            self.asked.set()
            await self.go.wait()
            return self.refresh()
        route = request.url.removeprefix(f"{HOME}/api/v1/")
        if not route:
            told = {"required": True, "providers": self.providers, "links": None}
            return answer(200, {**ABOUT, "authentication": told})
        if route == "auth/provider/toy/token":
            return answer(200, TOKENS)
        if route == "auth/session/revoke":
            return answer(204)
        good = request.headers.get("Authorization") == f"Bearer {self.good}"
        return answer(200, {"uuid": "u"}) if good else answer(401, {"detail": "Access token has expired"})

    @property
    def refreshed_at(self) -> list[str]:
        return [url for url, body in self.sent if "refresh_token" in body and "revoke" not in url]

    @property
    def revoked(self) -> list[str]:
        return [msgspec.json.decode(body)["refresh_token"] for url, body in self.sent if url.endswith("/revoke")]


def answers(*texts: str) -> Callable[[str, bool], str]:
    left = list(texts)
    return lambda _text, _secret: left.pop(0)


async def at_identity_provider(server: Server) -> aio.Context:
    context = context_over(server)
    await context.authenticate(ask=answers("1", "") if len(server.providers) > 1 else answers(""))
    return context


async def test_a_refresh_token_of_the_server_never_goes_to_an_identity_provider():
    server = Server(PASSWORDS, identity())
    context = context_over(server)
    context.configure_auth(await context.password_grant("alice", "secret"))
    later = context_over(server)
    assert await later.use_cached_tokens()
    assert server.refreshed_at == [f"{HOME}/api/v1/auth/session/refresh"]
    assert TokenFiles(later.api_uri).read() == NEW


async def test_a_later_login_by_password_has_nothing_of_the_identity_provider_before_it():
    server = Server(PASSWORDS, identity())
    context = context_over(server)
    await context.authenticate(remember_me=False, ask=answers("2", ""))
    await context.authenticate(remember_me=False, ask=answers("1", "alice", "secret"))
    assert await context.whoami() == {"uuid": "u"}
    assert server.refreshed_at == [f"{HOME}/api/v1/auth/session/refresh"]
    await context.logout()
    assert server.revoked == ["new-refresh"]


async def test_kept_tokens_of_an_identity_provider_are_renewed_there():
    server = Server(identity())
    await at_identity_provider(server)
    later = context_over(server)
    assert await later.use_cached_tokens()
    assert server.refreshed_at == [f"{IDENTITY}/token"]
    assert await context_over(server).use_cached_tokens()
    assert len(server.refreshed_at) == 1


@pytest.mark.parametrize("now", [identity("https://evil.test/token"), identity(client_id="other"), PASSWORDS])
async def test_kept_tokens_are_shown_to_nobody_once_the_server_names_another_provider(now: dict[str, Any]):
    server = Server(identity())
    await at_identity_provider(server)
    server.providers = [now]
    server.sent.clear()
    assert not await context_over(server).use_cached_tokens()
    assert server.sent == [(f"{HOME}/api/v1/", "")]


async def test_tokens_that_another_client_put_there_are_not_those_of_the_provider():
    server = Server(identity())
    context = await at_identity_provider(server)
    folder = TokenFiles(context.api_uri).folder
    (folder / "refresh_token").write_text("of-another-login")
    assert await context_over(server).use_cached_tokens()
    assert server.refreshed_at == [f"{HOME}/api/v1/auth/session/refresh"]


GAVE = [None, (f"{IDENTITY}/token", "cid"), ("https://other.test/token", "cid")]


@pytest.mark.parametrize("before", GAVE)
@pytest.mark.parametrize("now", GAVE)
@pytest.mark.parametrize("clears", [False, True])
def test_a_write_that_stops_half_way_leaves_no_refresh_token_to_anybody_else(
    before: tuple[str, str] | None,
    now: tuple[str, str] | None,
    clears: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    gave = {TOKENS["refresh_token"]: before, NEW["refresh_token"]: now}
    whole = False
    for most in range(20):
        files = TokenFiles(HOME, tmp_path / str(most))
        files.write(TOKENS, before)
        left = most

        def step(act: Callable[..., Any]) -> Callable[..., Any]:
            def one(*args: Any, **options: Any) -> Any:
                nonlocal left
                left -= 1
                if left < 0:
                    raise InterruptedError
                return act(*args, **options)

            return one

        with monkeypatch.context() as patch:
            for name in ("replace", "unlink"):
                patch.setattr(Path, name, step(getattr(Path, name)))
            try:
                files.clear() if clears else files.write(NEW, now)
                whole = True
            except InterruptedError:
                pass
        kept = files.load()
        if "refresh_token" in kept.tokens:
            assert kept.provider == gave[kept.tokens["refresh_token"]]
        if whole:
            break
    assert whole
    assert kept == (({}, None) if clears else (NEW, now))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_child_keeps_no_lock(tmp_path: Path):
    fcntl = pytest.importorskip("fcntl")
    files = TokenFiles(HOME, tmp_path)
    files.write(TOKENS)
    alive, stop = os.pipe()
    runs, started = os.pipe()
    with files._locked():
        child = os.fork()
        if child == 0:
            os.close(stop)
            os.write(started, b"1")
            os.read(alive, 1)  # until the parent is done
            os._exit(0)
        os.close(started)
        assert os.read(runs, 1) == b"1"
    try:
        with (tmp_path / ".lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        for handle in (stop, alive, runs):
            os.close(handle)
        os.waitpid(child, 0)


async def test_a_refresh_token_beside_a_note_that_cannot_be_read_goes_nowhere():
    server = Server(identity())
    context = await at_identity_provider(server)
    (TokenFiles(context.api_uri).folder / "identity_provider").write_text("{")
    assert not await context_over(server).use_cached_tokens()
    assert server.refreshed_at == []


async def test_a_logout_during_a_refresh_stays_one():
    server = Server()
    context = context_over(server)
    context.configure_auth(TOKENS)
    server.go.clear()
    call = asyncio.create_task(context.whoami())
    await asyncio.wait_for(server.asked.wait(), 5)
    await context.logout()
    server.go.set()
    with pytest.raises(CannotRefreshAuthentication, match="ended or replaced"):
        await call
    assert not context.authenticated
    assert TokenFiles(context.api_uri).read() == {}
    assert server.revoked == ["old-refresh"]


async def test_a_login_during_a_refresh_is_not_undone_by_it():
    server = Server()
    context = context_over(server)
    context.configure_auth(TOKENS)
    server.go.clear()
    call = asyncio.create_task(context.whoami())
    await asyncio.wait_for(server.asked.wait(), 5)
    bob = {"access_token": "bob", "refresh_token": "of-bob"}
    context.configure_auth(bob)
    server.go.set()
    with pytest.raises(CannotRefreshAuthentication):
        await call
    assert dict(context.tokens) == bob
    assert TokenFiles(context.api_uri).read() == bob


async def test_a_key_that_is_set_during_a_refresh_is_the_only_credential():
    server = Server()
    context = context_over(server)
    context.configure_auth(TOKENS, remember_me=False)
    server.go.clear()
    call = asyncio.create_task(context.whoami())
    await asyncio.wait_for(server.asked.wait(), 5)
    context.api_key = "0123456789abcdef"
    server.go.set()
    with pytest.raises(CannotRefreshAuthentication):
        await call
    assert dict(context.tokens) == {}


async def test_a_refresh_that_another_process_has_won_takes_over_its_tokens():
    server = Server()
    context = context_over(server)
    context.configure_auth(TOKENS)

    def lost() -> Response:
        TokenFiles(context.api_uri).write(NEW)
        return answer(401, {"detail": "used"})

    server.refresh = lost
    assert await context.whoami() == {"uuid": "u"}
    assert TokenFiles(context.api_uri).read() == NEW


async def test_a_session_that_ended_removes_no_tokens_of_another_login():
    server = Server()
    context = context_over(server)
    context.configure_auth(TOKENS)
    others = {"access_token": TOKENS["access_token"], "refresh_token": "of-another-login"}

    def ended() -> Response:
        TokenFiles(context.api_uri).write(others)
        return answer(401, {"detail": "used"})

    server.refresh = ended
    with pytest.raises(CannotRefreshAuthentication, match="log in again"):
        await context.whoami()
    assert TokenFiles(context.api_uri).read() == others


async def test_files_of_a_stopped_writer_or_in_a_folder_for_reading_are_still_read():
    files = TokenFiles(f"{HOME}/api/v1/")
    files.write(TOKENS)
    other = os.open(files.folder / ".lock", os.O_RDWR)
    fcntl = pytest.importorskip("fcntl")
    fcntl.flock(other, fcntl.LOCK_EX)
    assert files.read() == TOKENS
    os.close(other)
    files.clear(only="of-another-login")
    assert files.read() == TOKENS
    files.clear(only=TOKENS["refresh_token"])
    assert files.read() == {}


@pytest.mark.parametrize("status", [429, 502, 503])
async def test_a_refresh_is_tried_again_when_the_server_cannot_just_now(status: int):
    server = Server()
    context = context_over(server)
    context.configure_auth(TOKENS)
    left = [answer(status, b"", headers={"Retry-After": "0"})]
    server.refresh = lambda: left.pop() if left else answer(200, NEW)
    assert await context.whoami() == {"uuid": "u"}
    assert len(server.refreshed_at) == 2


@pytest.mark.parametrize(("said", "kind"), [(answer(500, b"old-refresh"), ServerError), (answer(200, {}), DecodeError)])
async def test_a_refresh_that_fails_otherwise_loses_no_tokens(said: Response, kind: type[Exception]):
    server = Server()
    context = context_over(server)
    context.configure_auth(TOKENS)
    server.refresh = lambda: said
    for call in (context.whoami, context.use_cached_tokens, context.force_auth_refresh):
        with pytest.raises(kind) as caught:
            await call()
        assert "old-refresh" not in str(caught.value)
    assert TokenFiles(context.api_uri).read() == TOKENS


async def test_an_access_token_alone_that_has_ended_is_forgotten():
    context = context_over(Server())
    TokenFiles(context.api_uri).write({"access_token": "ended"})
    assert not await context.use_cached_tokens()
    assert not context.authenticated
    assert TokenFiles(context.api_uri).read() == {}


async def test_a_refresh_token_alone_is_enough():
    context = context_over(Server())
    TokenFiles(context.api_uri).write({"refresh_token": "old-refresh"})
    assert await context.use_cached_tokens()
    assert TokenFiles(context.api_uri).read() == NEW


def to_https(request: Request) -> Response:
    if request.url.startswith("http:"):
        return answer(307, b"", headers={"Location": "https://tiled.test/api/v1/"})
    return answer(200, ABOUT)


async def test_tokens_move_with_a_server_that_wants_https():
    context = context_over(to_https, "http://tiled.test")
    old = TokenFiles(context.api_uri)
    context.configure_auth(TOKENS)
    await asyncio.gather(context.settle(), context.settle(), context.about())
    assert context.api_uri == "https://tiled.test/api/v1/"
    assert dict(context.tokens) == TOKENS
    assert (old.read(), TokenFiles(context.api_uri).read()) == ({}, TOKENS)
    transport = context._connection.transport
    assert isinstance(transport, ScriptedTransport)
    assert [request.url[:5] for request in transport.requests] == ["http:", "https"]


def test_tokens_and_keys_are_in_no_text():
    context = aio.Context(f"{HOME}?api_key=0123456789abcdef")
    context.api_key = None
    assert "0123456789abcdef" not in repr(vars(context))
    assert "0123456789abcdef" not in repr(Address.parse(f"{HOME}?api_key=0123456789abcdef"))
    context.configure_auth(TOKENS, remember_me=False)
    assert repr(context.tokens) == "TokenView(access_token=***, refresh_token=***)"


def test_keys_of_every_source_are_checked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TILED_API_KEY", "abc\n")
    assert aio.Context(HOME).api_key == "abc"
    assert aio.Context(f"{HOME}?api_key=def%0a").api_key == "def"
    assert aio.Context(HOME, api_key=" ghi ").api_key == "ghi"
    monkeypatch.setenv("TILED_API_KEY", "a\nb")
    with pytest.raises(ValueError, match="TILED_API_KEY"):
        aio.Context(HOME)
    with pytest.raises(ValueError, match="in the URI"):
        aio.Context(f"{HOME}?api_key=a%0ab")


async def test_a_header_of_the_caller_is_a_login():
    server = Server(good="own")
    context = context_over(server, headers={"authorization": "Bearer own"})
    assert context.authenticated
    assert await context.whoami() == {"uuid": "u"}
    with pytest.raises(RuntimeError):
        context_over(server, api_key="0123456789abcdef").configure_auth(TOKENS)
    assert issubclass(AuthenticationError, RuntimeError)
