"""OAuth 2.0 and OpenID Connect: tokens are had within calls, renewed, and never leave their server."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from tests.support.exchange import runtime_of

API = "https://api.test"
ISSUER = {
    "issuer": "https://id.test",
    "token_endpoint": "https://id.test/token",
    "authorization_endpoint": "https://id.test/login",
}


class World:
    """An API, its authorization server and an issuer; each token is `t1`, `t2`, ..., and ends after `lifetime`."""

    def __init__(self, sdk, lifetime: int = 3600) -> None:
        self.runtime = runtime_of(sdk)
        self.transport = self.runtime.ScriptedTransport(self.answer)
        self.lifetime = lifetime
        self.refused: set[str] = set()
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.tokens: list[str] = []

    def answer(self, request):
        parts = urlsplit(request.url)
        if parts.path.startswith("/.well-known/"):
            return self.runtime.answer(200, ISSUER)
        if parts.netloc != "api.test":
            self.asked.append((request.url, dict(parse_qsl(request.body.decode()))))
            number = len(self.asked)
            token = {"access_token": f"t{number}", "refresh_token": f"r{number}", "token_type": "Bearer"}
            return self.runtime.answer(200, {**token, "expires_in": self.lifetime})
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.tokens.append(token)
        if token in self.refused:
            return self.runtime.answer(401)
        return self.runtime.answer(200, "me") if parts.path == "/me" else self.runtime.answer(204)


async def call(sdk, world: World, auth, times: int = 1) -> None:
    async with sdk.Client(API, transport=world.transport, auth=auth) as client:
        for _ in range(times):
            assert await client.api.me() == "me"


async def test_client_credentials_ask_once_for_many_calls(sdk):
    world = World(sdk)
    await call(sdk, world, sdk.OauthClientCredentials("id", "secret", scopes=["read"]), times=3)
    assert world.asked == [("https://auth.test/token", {"grant_type": "client_credentials", "scope": "read"})]
    assert world.tokens == ["t1", "t1", "t1"]
    basic = base64.b64encode(b"id:secret").decode()
    assert world.transport.requests[0].headers["Authorization"] == f"Basic {basic}"


def test_a_synchronous_client_does_the_same(sdk):
    world = World(sdk)
    with sdk.SyncClient(API, transport=world.transport, auth=sdk.OauthClientCredentials("id", "secret")) as client:
        assert client.api.me() == "me"
    assert world.tokens == ["t1"]


async def test_a_password_is_exchanged_and_its_token_refreshed_at_the_refresh_url(sdk):
    world = World(sdk)
    world.refused.add("t1")
    await call(sdk, world, sdk.OauthPassword("me", "pass", "id"))
    (first, asked), (second, again) = world.asked
    assert (first, second) == ("https://auth.test/token", "https://auth.test/refresh")
    assert (asked["grant_type"], asked["username"], asked["password"]) == ("password", "me", "pass")
    assert (again["grant_type"], again["refresh_token"]) == ("refresh_token", "r1")
    assert world.tokens == ["t1", "t2"]  # the call that was answered with 401 went once more


async def test_a_token_that_has_ended_is_renewed_before_the_call(sdk):
    world = World(sdk, lifetime=0)
    await call(sdk, world, sdk.OauthPassword("me", "pass", "id"), times=2)
    assert world.tokens == ["t1", "t2"]


async def test_a_login_with_a_browser_has_pkce(sdk):
    world = World(sdk)
    auth = sdk.OauthAuthorizationCode("id", scopes=["read", "write"])
    login = auth.begin("https://app.test/back")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(login.url).query).items()}
    assert login.url.startswith("https://auth.test/login?")
    assert (asked["response_type"], asked["scope"], asked["code_challenge_method"]) == ("code", "read write", "S256")
    auth.finish(f"https://app.test/back?code=c1&state={login.state}", login)
    await call(sdk, world, auth)
    ((_, form),) = world.asked
    digest = hashlib.sha256(form["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
    assert (form["code"], form["redirect_uri"]) == ("c1", "https://app.test/back")


def test_a_login_that_somebody_else_began_is_refused(sdk):
    auth = sdk.OauthAuthorizationCode("id")
    login = auth.begin("https://app.test/back")
    with pytest.raises(runtime_of(sdk).RequestError, match="state"):
        auth.finish("https://app.test/back?code=c1&state=other", login)


async def test_endpoints_of_open_id_connect_are_discovered(sdk):
    world = World(sdk)
    async with sdk.Client(API, transport=world.transport, auth=sdk.OidcClientCredentials("id", "secret")) as client:
        await client.api.open()
    assert [request.url for request in world.transport.requests] == [
        "https://id.test/.well-known/openid-configuration",
        "https://id.test/token",
        "https://api.test/open",
    ]


async def test_an_operation_gets_the_token_of_its_own_scheme(sdk):
    world = World(sdk)
    auth = [sdk.Oauth("mine"), sdk.Oidc("other")]
    async with sdk.Client(API, transport=world.transport, auth=auth) as client:
        await client.api.me()
        await client.api.open()
    assert world.tokens == ["mine", "other"]
    assert world.asked == []


async def test_a_refusal_says_what_the_server_said_and_is_not_repeated_at_once(sdk):
    runtime = runtime_of(sdk)
    transport = runtime.ScriptedTransport(lambda _: runtime.answer(400, {"error": "invalid_client"}))
    async with sdk.Client(API, transport=transport, auth=sdk.OauthClientCredentials("id", "wrong")) as client:
        for _ in range(3):
            with pytest.raises(runtime.TokenError, match="invalid_client"):
                await client.api.me()
    assert len(transport.requests) == 1
