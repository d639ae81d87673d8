"""Credentials go where their scheme says, and are renewed once."""

from __future__ import annotations

import asyncio
import pickle

import pytest
from petstore import auth
from petstore._runtime.credentials import AccessToken, ApiKey, Basic, Bearer, choose
from petstore._runtime.errors import RequestError
from petstore._runtime.http import Request


class HeaderKey(ApiKey):
    scheme = "key"
    wire = "X-Key"


class CookieKey(ApiKey):
    scheme = "cookie"
    wire = "sid"
    location = "cookie"


class Everywhere(ApiKey):
    wire = "X-Always"


def sign(*credentials: object) -> Request:
    request = Request("GET", "http://x/?a=1")
    request.headers["Cookie"] = "b=2"
    for credential in credentials:
        credential.sign(request)
    return request


def test_each_credential_stands_where_its_scheme_says():
    request = sign(auth.Token("t&"), HeaderKey("k"), CookieKey("c;"), auth.BearerAuth("b"))
    assert request.url == "http://x/?a=1&token=t%26"
    assert request.headers["X-Key"] == "k"
    assert request.headers["Cookie"] == "b=2; sid=c%3B"
    assert request.headers["Authorization"] == "Bearer b"
    assert [mark.secret for mark in request.marks] == ["t&", "k", "c;", "b"]


def test_basic_is_base64_of_utf8():
    request = sign(Basic("jö", "pä:ss"))
    assert request.headers["Authorization"] == "Basic asO2OnDDpDpzcw=="
    assert "pä:ss" in request.secrets()


def test_a_user_name_with_a_colon_is_refused():
    with pytest.raises(ValueError, match="colon"):
        Basic("a:b", "c")


def test_a_key_with_a_line_break_is_refused():
    with pytest.raises(RequestError, match="X-Key"):
        sign(HeaderKey("a\r\nX: y"))


@pytest.mark.parametrize("credential", [auth.Token("s3cr3t"), Basic("u", "s3cr3t"), AccessToken("s3cr3t")])
def test_secrets_are_not_shown(credential):
    assert "s3cr3t" not in repr(credential)


TOKEN, KEY, ALWAYS = auth.Token("t"), HeaderKey("k"), Everywhere("e")


@pytest.mark.parametrize(
    ("given", "security", "chosen"),
    [
        ((TOKEN, KEY), (("token",),), (TOKEN,)),
        ((TOKEN, KEY), (("token", "key"),), (TOKEN, KEY)),
        ((KEY,), (("token", "key"), ("key",)), (KEY,)),
        ((TOKEN,), ((), ("token",)), (TOKEN,)),
        ((TOKEN,), (("other",),), ()),
        ((TOKEN,), (), ()),
        ((ALWAYS, TOKEN), (("token",),), (ALWAYS, TOKEN)),
        ((ALWAYS,), (), (ALWAYS,)),
    ],
)
def test_the_first_alternative_that_is_satisfied_is_used(given, security, chosen):
    assert choose(given, security) == chosen


async def test_a_token_is_asked_for_once_by_all_who_wait():
    asked = 0

    async def source() -> str:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.01)
        return "t"

    bearer = Bearer(source)
    await asyncio.gather(*(bearer.ready() for _ in range(20)))
    assert asked == 1
    await asyncio.gather(*(bearer.refresh("t") for _ in range(20)))
    assert asked == 2


async def test_a_refresh_that_somebody_did_is_not_done_again():
    tokens = iter(["one", "two", "three"])
    bearer = Bearer(lambda: next(tokens))
    await bearer.ready()
    await bearer.refresh("one")
    await bearer.refresh("one")
    assert sign(bearer).headers["Authorization"] == "Bearer two"


async def test_a_token_is_renewed_before_it_ends():
    tokens = iter([AccessToken("short", 0.0), AccessToken("long", 3600.0), "never"])
    bearer = Bearer(lambda: next(tokens))
    await bearer.ready()
    await bearer.ready()
    await bearer.ready()
    assert sign(bearer).headers["Authorization"] == "Bearer long"


async def test_cancelling_one_caller_leaves_the_refresh_to_the_others():
    release = asyncio.Event()

    async def source() -> str:
        await release.wait()
        return "t"

    bearer = Bearer(source)
    first, second = asyncio.create_task(bearer.ready()), asyncio.create_task(bearer.ready())
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    release.set()
    await second
    assert sign(bearer).headers["Authorization"] == "Bearer t"


async def test_a_source_that_fails_is_a_request_error_and_is_asked_again_later():
    answers = iter([OSError("no network, password=x"), "t"])

    def source() -> str:
        found = next(answers)
        if isinstance(found, Exception):
            raise found
        return found

    bearer = Bearer(source)
    with pytest.raises(RequestError, match="no token") as caught:
        await bearer.ready()
    assert isinstance(caught.value.__cause__, OSError)
    await bearer.ready()


async def test_a_credential_can_be_pickled():
    found = pickle.loads(pickle.dumps(auth.Token("t")))  # noqa: S301 - our own bytes
    assert sign(found).url.endswith("token=t")


def test_a_token_of_another_type_is_refused():
    with pytest.raises(TypeError, match="text or a callable"):
        auth.Token(5)
