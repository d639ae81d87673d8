"""What an ID token must say before its login counts."""

from __future__ import annotations

import base64
import json

import pytest
from petstore._runtime import Response, answer
from petstore._runtime.errors import DecodeError
from petstore._runtime.oauth_code import AuthorizationCode
from petstore._runtime.oidc import ProviderMetadata

TOKEN_URL = "https://auth.example/token"
FAR = 4_000_000_000  # long after these tests run
ISSUER = ProviderMetadata(
    issuer="https://auth.example", token_endpoint=TOKEN_URL, authorization_endpoint="https://auth.example/authorize"
)


class Browser(AuthorizationCode):
    token_url = TOKEN_URL


async def answered(members: dict[str, object]) -> Response:
    found = answer(200, members)
    await found.read(10_000)
    return found


def id_token(claims: dict[str, object]) -> str:
    given = {name: claim for name, claim in claims.items() if claim is not None}
    return "e30." + base64.urlsafe_b64encode(json.dumps(given).encode()).decode().rstrip("=") + ".sig"


@pytest.mark.parametrize(
    "begin",
    [
        pytest.param({}, id="constructor"),
        pytest.param({"scopes": ["x", "openid"]}, id="begin"),
        pytest.param({"parameters": {"scope": "openid"}}, id="parameters"),
    ],
)
@pytest.mark.parametrize("granted", [{}, {"scope": "x"}])
@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({}, None),
        ({"aud": ["other", "id"]}, None),
        ({"nonce": "other"}, "nonce differs"),
        ({"nonce": None}, "nonce differs"),
        ({"aud": "other"}, "another application"),
        ({"aud": ["other"]}, "another application"),
        ({"aud": ["id", "other"], "azp": "other"}, "another application"),
        ({"iss": "https://evil.example"}, "another issuer"),
        ({"iss": None}, "another issuer"),
        ({"exp": 1_000_000}, "ended"),
        ({"exp": None}, "ended"),
        ({"exp": "soon"}, "ended"),
    ],
)
async def test_an_id_token_of_another_login_is_refused(begin, granted, changed, says):
    credential = Browser("id", scopes=None if begin else ["openid"])
    request = credential.begin("https://app.example/back", provider=ISSUER, **begin)
    assert "nonce=" in request.url
    given = id_token({"nonce": request.nonce, "aud": "id", "iss": ISSUER.issuer, "exp": FAR, **changed})

    async def send(_: object) -> Response:
        return await answered({"access_token": "t", "token_type": "bearer", "id_token": given, **granted})

    credential.finish(f"{request.redirect_uri}?code=c0de&state={request.state}", request)
    if says is None:
        await credential.prepare(send)
    else:
        with pytest.raises(DecodeError, match=f"the ID token .*{says}"):
            await credential.prepare(send)


async def test_a_token_that_was_not_asked_for_is_not_looked_at():
    credential = Browser("id", scopes=["x"])
    request = credential.begin("https://app.example/back", provider=ISSUER)
    assert (request.nonce, request.scope) == ("", "x")

    async def send(_: object) -> Response:
        return await answered({"access_token": "t", "token_type": "bearer", "id_token": "nonsense"})

    credential.finish(f"{request.redirect_uri}?code=c0de&state={request.state}", request)
    await credential.prepare(send)
