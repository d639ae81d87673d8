"""Credentials go where their scheme says, and are renewed once."""

from __future__ import annotations

import asyncio
import pickle

import pytest
from petstore import auth
from petstore._runtime import credentials
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


class Ending:
    """A source whose first token ends after so many seconds, and which then fails for a while."""

    def __init__(self, ends: float) -> None:
        self.asked = 0
        self.down = True
        self._ends = ends

    async def __call__(self) -> AccessToken:
        self.asked += 1
        if self.asked > 1 and self.down:
            raise OSError("no network, password=sunshine")
        return AccessToken(f"t{self.asked}", self._ends)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(credentials.time, "monotonic", lambda: now[0])
    return now


async def test_a_token_that_is_still_good_is_kept_where_renewing_fails(
    clock: list[float], caplog: pytest.LogCaptureFixture
):
    source = Ending(100.0)
    bearer = Bearer(source)
    await bearer.ready()
    clock[0] += 60.0  # past half of its time
    for _ in range(3):
        await asyncio.gather(*(bearer.ready() for _ in range(3)))
    assert sign(bearer).headers["Authorization"] == "Bearer t1"
    assert source.asked == 2
    assert len(caplog.records) == 1
    assert "could not be renewed" in caplog.text
    assert "sunshine" not in caplog.text.split("Traceback")[0]
    clock[0] += 15.0
    await bearer.ready()
    assert source.asked == 3
    source.down = False
    await bearer.ready()
    assert source.asked == 3  # not for every call
    clock[0] += 15.0
    await bearer.ready()
    assert sign(bearer).headers["Authorization"] == "Bearer t4"


async def test_a_token_that_has_ended_is_not_used_where_renewing_fails(clock: list[float]):
    bearer = Bearer(Ending(100.0))
    await bearer.ready()
    clock[0] += 99.0
    await bearer.ready()
    clock[0] += 1.0
    for _ in range(2):
        with pytest.raises(RequestError, match="no token"):
            await bearer.ready()


async def test_a_token_that_was_refused_is_not_kept(clock: list[float]):
    bearer = Bearer(Ending(100.0))
    await bearer.ready()
    clock[0] += 60.0
    with pytest.raises(RequestError, match="no token"):
        await bearer.refresh("t1")
