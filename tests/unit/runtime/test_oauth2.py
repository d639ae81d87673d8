"""OAuth 2 tokens are had, renewed, kept and refused as the RFCs say."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import logging
import pickle
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import petstore
import pytest
from petstore._runtime import Response, ScriptedTransport, TokenError, UnauthorizedError, answer
from petstore._runtime.credentials import ApiKey
from petstore._runtime.errors import ConnectError, DecodeError, RequestError
from petstore._runtime.oauth2 import ClientCredentials, OAuth2, Password, RefreshToken, Token
from petstore._runtime.oauth_code import AuthorizationCode, DeviceAuthorization, DeviceCode
from petstore._runtime.oidc import discover, discover_sync
from petstore._runtime.operation import Json, Operation, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from petstore._runtime import Request

ME: Operation[str] = Operation(
    "me", "GET", ("/me",), replies=(Reply("200", Json("application/json", lambda: str)),), security=(("oauth",),)
)
TOKEN_URL = "https://auth.example/token"


class Machine(ClientCredentials):
    scheme = "oauth"
    token_url = TOKEN_URL


class Login(Password):
    scheme = "oauth"
    token_url = TOKEN_URL


class Kept(RefreshToken):
    scheme = "oauth"
    token_url = TOKEN_URL
    refresh_url = "https://auth.example/refresh"


class Browser(AuthorizationCode):
    scheme = "oauth"
    token_url = TOKEN_URL
    authorization_url = "https://auth.example/authorize?tenant=1"


class Device(DeviceCode):
    scheme = "oauth"
    token_url = TOKEN_URL
    device_authorization_url = "https://auth.example/device"


class Discovered(ClientCredentials):
    scheme = "oauth"
    discovery_url = "https://issuer.example/a/.well-known/openid-configuration"


class Always(ApiKey):
    wire = "X-Key"


class World:
    """An API and its authorization server; `grant` answers token requests, given their number and form."""

    def __init__(self, grant: Callable[[int, Mapping[str, str]], Any] | None = None) -> None:
        self.grant = grant or (lambda number, _: {"access_token": f"t{number}", "token_type": "bearer"})
        self.asked: list[tuple[Request, dict[str, str]]] = []
        self.valid: Callable[[str], bool] = lambda _: True
        self.others: dict[str, Any] = {}
        self.transport = ScriptedTransport(self.play)

    async def play(self, request: Request) -> Response | Exception:
        await asyncio.sleep(0)
        if request.url.startswith("http://api.example"):
            token = request.headers.get("Authorization", "").removeprefix("Bearer ")
            return answer(200, token) if self.valid(token) else answer(401, b"no")
        path = urlsplit(request.url).path
        if path in self.others:
            return answer(200, self.others[path])
        form = {name: values[0] for name, values in parse_qs((request.body or b"").decode()).items()}
        self.asked.append((request, form))
        found = self.grant(len(self.asked), form)
        return found if isinstance(found, Response | Exception) else answer(200, found)

    def client(self, *auth: Any) -> petstore.Client:
        return petstore.Client("http://api.example", auth=auth, transport=self.transport)


async def test_a_token_is_had_on_first_use_by_one_question():
    world = World()
    async with world.client(Machine("id", "se:cret", scopes=["a", "b"], parameters={"audience": "x"})) as client:
        assert await asyncio.gather(*(client.call(ME, ()) for _ in range(20))) == ["t1"] * 20
    ((request, form),) = world.asked
    assert request.url == TOKEN_URL
    assert form == {"grant_type": "client_credentials", "scope": "a b", "audience": "x"}
    assert base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")) == b"id:se%3Acret"


async def test_a_secret_can_go_in_the_form():
    world = World()
    async with world.client(Machine("id", "secret", post=True)) as client:
        await client.call(ME, ())
    request, form = world.asked[0]
    assert form == {"grant_type": "client_credentials", "client_id": "id", "client_secret": "secret"}
    assert "Authorization" not in request.headers


async def test_other_credentials_and_headers_of_the_api_do_not_go_along():
    world = World()
    client = petstore.Client(
        "http://api.example",
        auth=[Machine("id", "s"), Always("key")],
        headers={"X-Mine": "1"},
        transport=world.transport,
    )
    async with client:
        await client.call(ME, ())
    assert {name.lower() for name in world.asked[0][0].headers} == {
        "authorization",
        "accept",
        "content-type",
        "user-agent",
    }


async def test_a_token_that_is_refused_is_renewed_once():
    world = World()
    world.valid = lambda token: token != "t1"
    async with world.client(Machine("id", "s")) as client:
        assert await client.call(ME, ()) == "t2"
        assert await client.call(ME, ()) == "t2"
    assert len(world.asked) == 2


async def test_an_api_that_refuses_every_token_gets_few():
    world = World()
    world.valid = lambda _: False
    async with world.client(Machine("id", "s")) as client:
        for _ in range(20):
            with pytest.raises(UnauthorizedError):
                await client.call(ME, ())
    assert len(world.asked) == 6


async def test_a_token_is_renewed_before_it_ends_with_its_refresh_token():
    life = {"access_token": "", "token_type": "Bearer", "expires_in": "0", "refresh_token": "r"}
    world = World(lambda number, _: {**life, "access_token": f"t{number}", "refresh_token": f"r{number}"})
    async with world.client(Login("user", "pass", "id")) as client:
        assert [await client.call(ME, ()) for _ in range(3)] == ["t1", "t2", "t3"]
    forms = [form for _, form in world.asked]
    assert forms[0] == {"grant_type": "password", "username": "user", "password": "pass", "client_id": "id"}
    assert forms[1] == {"grant_type": "refresh_token", "refresh_token": "r1", "client_id": "id"}
    assert forms[2]["refresh_token"] == "r2"


async def test_a_refresh_token_that_is_over_begins_anew():
    def grant(number: int, form: Mapping[str, str]) -> Any:
        if form["grant_type"] == "refresh_token":
            return answer(400, {"error": "invalid_grant"})
        return {"access_token": f"t{number}", "token_type": "Bearer", "expires_in": 0, "refresh_token": "r"}

    world = World(grant)
    async with world.client(Login("user", "pass")) as client:
        assert [await client.call(ME, ()) for _ in range(2)] == ["t1", "t3"]


async def test_a_kept_refresh_token_goes_to_its_own_endpoint():
    world = World(lambda _, __: answer(400, {"error": "invalid_grant", "error_description": "old r0 here"}))
    async with world.client(Kept("r0-secret", "id")) as client:
        with pytest.raises(TokenError, match="invalid_grant") as caught:
            await client.call(ME, ())
    assert world.asked[0][0].url == "https://auth.example/refresh"
    assert (caught.value.error, caught.value.status) == ("invalid_grant", 400)


async def test_a_token_that_cannot_be_renewed_is_used_to_its_end(caplog):
    now = {"access_token": "t1", "token_type": "Bearer", "expires_in": 100}
    world = World(lambda number, _: now if number == 1 else answer(503, b""))
    credential = Machine("id", "s")
    async with world.client(credential) as client:
        assert await client.call(ME, ()) == "t1"
        credential._renew_at = 0.0
        with caplog.at_level(logging.WARNING, "petstore"):
            assert [await client.call(ME, ()) for _ in range(3)] == ["t1"] * 3
        assert "could not be renewed" in caplog.text
        assert len(world.asked) == 2
        credential._state = Token(access_token="t1", expires_at=time.time() - 1)
        with pytest.raises(TokenError, match="answered 503"):
            await client.call(ME, ())


@pytest.mark.parametrize(
    ("found", "said", "code"),
    [
        (answer(401, {"error": "invalid_client", "error_description": "no\n x"}), r"t \(no x\)", "invalid_client"),
        (answer(400, {"error": 'a"b'}), "the token endpoint answered 400$", ""),
        (answer(500, b"<html>"), "answered 500", ""),
        (answer(302, b"", headers={"Location": "https://evil.example"}), "redirects are not followed", ""),
        ([1], "not answer with a JSON object", ""),
        ({"access_token": "x"}, "of the type 'None'", ""),
        ({"access_token": "x", "token_type": "mac"}, "of the type 'mac'", ""),
        ({"token_type": "bearer"}, "no access_token", ""),
        ({"access_token": "a\r\nb", "token_type": "bearer"}, "no access_token", ""),
    ],
)
async def test_a_refusal_is_typed_and_does_not_storm(found, said, code):
    content, status, headers = found, 200, None
    if isinstance(found, Response):
        content, status, headers = await found.read(1000), found.status, found.headers
    world = World(lambda _, __: answer(status, content, headers=headers))
    async with world.client(Machine("id", "s")) as client:
        for _ in range(5):
            with pytest.raises(TokenError, match=said) as caught:
                await client.call(ME, ())
            assert (caught.value.error, caught.value.url) == (code, TOKEN_URL)
            assert pickle.loads(pickle.dumps(caught.value)).error == code  # noqa: S301 - our own bytes
    assert len(world.asked) == 1


async def test_a_server_that_is_down_is_asked_again_after_a_pause():
    token = {"access_token": "t", "token_type": "bearer"}
    world = World(lambda number, _: ConnectError("down") if number == 1 else token)
    credential = Machine("id", "s")
    async with world.client(credential) as client:
        for _ in range(3):
            with pytest.raises(ConnectError):
                await client.call(ME, ())
        assert len(world.asked) == 1
        credential._quiet_until = 0.0
        assert await client.call(ME, ()) == "t"


async def test_secrets_are_not_shown(caplog):
    world = World(lambda _, __: answer(400, {"error": "invalid_grant", "error_description": "user hunter22 s3cr3t"}))
    credential = Login("user", "hunter22", "id", "s3cr3t")
    with caplog.at_level(logging.DEBUG, "petstore"):
        async with world.client(credential) as client:
            with pytest.raises(TokenError) as caught:
                await client.call(ME, ())
    token = Token(access_token="acc", refresh_token="ref", id_token="idt")
    shown = f"{caught.value!r} {caught.value} {caught.value.description} {credential!r} {token!r} {caplog.text}"
    assert "user *** ***" in shown
    assert not [secret for secret in ("hunter22", "s3cr3t", "'acc'", "'ref'", "idt") if secret in shown]


@pytest.mark.parametrize("url", ["http://a.example/", "ftp://a.example", "https://u:p@a.example/", "", "https://a b/"])
async def test_a_token_endpoint_is_https(url):
    world = World()
    async with world.client(Machine("id", "s", token_url=url)) as client:
        with pytest.raises(RequestError):
            await client.call(ME, ())
    assert world.asked == []


async def test_a_token_endpoint_on_this_machine_may_be_http():
    world = World()
    async with world.client(Machine("id", "s", token_url="http://127.0.0.1:1/token")) as client:
        assert await client.call(ME, ()) == "t1"


async def test_a_token_is_kept_and_shared():
    kept: list[Token] = []

    async def load() -> Token | None:
        return kept[-1] if kept else None

    world = World(lambda number, _: {"access_token": f"t{number}", "token_type": "bearer", "expires_in": 3600})
    world.valid = lambda token: token != "t1"
    first, second = (Machine("id", "s", load=load, save=kept.append) for _ in range(2))
    async with world.client(first) as one, world.client(second) as other:
        assert await one.call(ME, ()) == "t2"
        assert await other.call(ME, ()) == "t2"
        world.valid = lambda token: token not in {"t1", "t2"}
        assert await one.call(ME, ()) == "t3"
        assert await other.call(ME, ()) == "t3"
    assert [token.access_token for token in kept] == ["t1", "t2", "t3"]


def test_a_credential_can_be_pickled():
    assert isinstance(pickle.loads(pickle.dumps(Machine("id", "s"))), OAuth2)  # noqa: S301 - our own bytes


async def test_a_synchronous_client_has_the_same():
    world = World()

    def use() -> str:
        with petstore.SyncClient("http://api.example", auth=Machine("id", "s"), transport=world.transport) as client:
            return client.call(ME, ())

    assert await asyncio.to_thread(use) == "t1"


# authorization code


def came_back(request: Any, **more: str) -> str:
    return f"{request.redirect_uri}?code=c0de&state={request.state}" + "".join(f"&{k}={v}" for k, v in more.items())


def id_token(**claims: Any) -> str:
    return "e30." + base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=") + ".sig"


async def test_a_login_is_begun_with_pkce_and_its_code_exchanged():
    credential = Browser("id", scopes=["openid", "x"])
    request = credential.begin("https://app.example/back", parameters={"prompt": "login", "state": "mine"})
    query = {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}
    digest = hashlib.sha256(request.verifier.encode()).digest()
    assert query == {
        "tenant": "1",
        "prompt": "login",
        "response_type": "code",
        "client_id": "id",
        "redirect_uri": "https://app.example/back",
        "scope": "openid x",
        "state": request.state,
        "nonce": request.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    assert 43 <= len(request.verifier) <= 128
    assert request.verifier not in repr(request)
    tokens = {
        "access_token": "t",
        "token_type": "bearer",
        "id_token": id_token(nonce=request.nonce, aud=["id"], exp=4_000_000_000),
    }
    world = World(lambda _, __: tokens)
    credential.finish(came_back(request), request)
    async with world.client(credential) as client:
        assert await client.call(ME, ()) == "t"
    assert world.asked[0][1] == {
        "grant_type": "authorization_code",
        "code": "c0de",
        "redirect_uri": "https://app.example/back",
        "code_verifier": request.verifier,
        "client_id": "id",
    }


def test_a_login_that_does_not_belong_is_refused():
    credential = Browser("id")
    request = credential.begin("https://app.example/back")
    other = credential.begin("https://app.example/back")
    assert "nonce" not in request.url
    with pytest.raises(RequestError, match="state differs"):
        credential.finish(came_back(other), request)
    with pytest.raises(RequestError, match="no code"):
        credential.finish(came_back(request, code="two"), request)
    with pytest.raises(TokenError, match=r"refused: access_denied: no \.") as caught:
        credential.finish(f"error=access_denied&error_description=no%20%0A.&state={request.state}", request)
    assert caught.value.error == "access_denied"


async def test_without_a_login_nothing_is_asked():
    world = World()
    async with world.client(Browser("id")) as client:
        with pytest.raises(TokenError, match="`begin` and `finish`"):
            await client.call(ME, ())
    assert world.asked == []


def test_a_browser_is_sent_to_https_only():
    class Plain(Browser):
        authorization_url = "http://auth.example/"

    with pytest.raises(RequestError, match="authorization_url must begin with https"):
        Plain("id").begin("https://app.example/back")


# devices


async def test_a_device_waits_for_its_user(monkeypatch):
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("petstore._runtime.oauth_code.asyncio.sleep", sleep)
    answers: list[Any] = [
        answer(400, {"error": "authorization_pending"}),
        answer(400, {"error": "slow_down"}),
        {"access_token": "t", "token_type": "bearer"},
    ]
    world = World(lambda _, __: answers.pop(0))
    world.others["/device"] = {"device_code": "d", "user_code": "AB", "verification_uri": "https://x", "interval": 2}
    shown: list[DeviceAuthorization] = []
    async with world.client(Device("id", shown.append)) as client:
        assert await client.call(ME, ()) == "t"
    assert (shown[0].user_code, shown[0].verification_uri) == ("AB", "https://x")
    assert [seconds for seconds in slept if seconds] == [2.0, 2.0, 7.0]
    assert world.asked[0][1]["device_code"] == "d"


# discovery

PROVIDER = {
    "issuer": "https://issuer.example/a",
    "token_endpoint": "https://issuer.example/t",
    "authorization_endpoint": "https://issuer.example/auth",
    "grant_types_supported": ["x"],
}


async def test_endpoints_are_discovered_once():
    world = World(lambda number, _: {"access_token": f"t{number}", "token_type": "bearer", "expires_in": 0})
    world.others["/a/.well-known/openid-configuration"] = PROVIDER
    async with world.client(Discovered("id", "s")) as client:
        assert [await client.call(ME, ()) for _ in range(2)] == ["t1", "t2"]
    assert [request.url for request, _ in world.asked] == ["https://issuer.example/t"] * 2
    assert [r.url for r in world.transport.requests if "openid" in r.url] == [Discovered.discovery_url]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"issuer": "https://evil.example"}, "that of the issuer"),
        ({"token_endpoint": "http://issuer.example/t"}, "must begin with https"),
        ({"token_endpoint": 3}, "does not fit"),
    ],
)
async def test_a_document_that_leads_elsewhere_is_refused(change, said):
    world = World()
    world.others["/a/.well-known/openid-configuration"] = {**PROVIDER, **change}
    async with world.client(Discovered("id", "s")) as client:
        with pytest.raises((TokenError, RequestError, DecodeError), match=said):
            await client.call(ME, ())
    assert world.asked == []


class DiscoveredBrowser(AuthorizationCode):
    scheme = "oauth"
    discovery_url = Discovered.discovery_url


async def test_a_browser_is_sent_where_the_provider_says():
    world = World()
    world.others["/a/.well-known/openid-configuration"] = PROVIDER
    credential = DiscoveredBrowser("id")
    with pytest.raises(RequestError, match="provider=await discover"):
        credential.begin("https://app.example/back")
    async with world.client(credential) as client:
        provider = await discover(credential.discovery_url, client.send_plain)
        request = credential.begin("https://app.example/back", provider=provider)
        assert request.url.startswith("https://issuer.example/auth?")
        with pytest.raises(RequestError, match="another issuer"):
            credential.finish(came_back(request, iss="https://evil.example"), request)
        credential.finish(came_back(request, iss="https://issuer.example/a"), request)
        assert await client.call(ME, ()) == "t1"
    assert len([r for r in world.transport.requests if "openid" in r.url]) == 1


async def test_synchronous_callers_discover_too():
    world = World()
    world.others["/a/.well-known/openid-configuration"] = PROVIDER

    def use() -> str:
        with petstore.SyncClient("http://api.example", transport=world.transport) as client:
            return discover_sync("https://issuer.example/a", client).token_endpoint

    assert await asyncio.to_thread(use) == "https://issuer.example/t"
