"""Credentials: where they go, and which operation gets which."""

from __future__ import annotations

import base64

import pytest
from tests.support.exchange import BASE_URL, Reply, exchange, refusal, runtime_of, scripted

BASIC = "Basic " + base64.b64encode(b"me:secret").decode()


def everything(sdk):
    return [
        sdk.Header("h-1"),
        sdk.Query("q 1"),
        sdk.Cookie("c-1"),
        sdk.Basic("me", "secret"),
        sdk.Bearer("b-1"),
        sdk.Oauth("o-1"),
    ]


@pytest.mark.parametrize(
    ("method", "seen"),
    [
        ("in_header", {"X-Api-Key": "h-1"}),
        ("in_query", {"query": "key=q%201"}),
        ("in_cookie", {"Cookie": "sid=c-1"}),
        ("with_basic", {"Authorization": BASIC}),
        ("with_bearer", {"Authorization": "Bearer b-1"}),
        ("with_either", {"Authorization": "Bearer b-1"}),
        ("with_both", {"X-Api-Key": "h-1", "query": "key=q%201"}),
        ("with_oauth", {"Authorization": "Bearer o-1"}),
        ("open", {}),
    ],
)
async def test_an_operation_gets_what_it_asks_for_and_no_more(sdk, method, seen):
    request = (await exchange(sdk, lambda c: getattr(c.api, method)(), Reply(204), auth=everything(sdk))).request
    found = {
        name: request.headers[name] for name in ("X-Api-Key", "Cookie", "Authorization") if name in request.headers
    }
    assert found | ({"query": request.query} if request.query else {}) == seen


async def test_another_alternative_is_taken_where_it_is_what_there_is(sdk):
    request = (await exchange(sdk, lambda c: c.api.with_either(), Reply(204), auth=sdk.Query("k"))).request
    assert request.query == "key=k"


async def test_optional_security_takes_a_credential_that_is_there(sdk):
    request = (await exchange(sdk, lambda c: c.api.optional(), Reply(204), auth=sdk.Bearer("b"))).request
    assert request.headers["Authorization"] == "Bearer b"
    request = (await exchange(sdk, lambda c: c.api.optional(), Reply(204))).request
    assert "Authorization" not in request.headers


async def test_without_a_credential_the_call_is_sent_bare(sdk):
    request = (await exchange(sdk, lambda c: c.api.in_header(), Reply(204))).request
    assert "X-Api-Key" not in request.headers


async def test_a_credential_may_come_from_a_callable(sdk):
    request = (await exchange(sdk, lambda c: c.api.in_header(), Reply(204), auth=sdk.Header(lambda: "fresh"))).request
    assert request.headers["X-Api-Key"] == "fresh"


def test_credentials_do_not_show_their_secret(sdk):
    assert all("secret" not in repr(each) and "-1" not in repr(each) for each in everything(sdk))


@pytest.mark.parametrize(
    ("location", "goes_along"),
    [("https://api.test/open", True), ("https://other.test/open", False), ("https://api.test:444/open", False)],
)
async def test_a_credential_never_follows_a_redirect_to_another_origin(sdk, location, goes_along):
    transport = scripted(sdk, Reply(302, headers=(("Location", location),)), Reply(204))
    async with sdk.Client(BASE_URL, transport=transport, auth=everything(sdk)) as client:
        await client.api.in_header()
    first, second = transport.requests
    assert first.headers["X-Api-Key"] == "h-1"
    assert ("X-Api-Key" in second.headers) is goes_along


async def test_a_certificate_is_no_credential_of_a_call(sdk):
    done = await exchange(sdk, lambda c: c.api.with_certificate(), Reply(204), auth=everything(sdk))
    assert {"X-Api-Key", "Authorization", "Cookie"}.isdisjoint(done.request.headers)
    assert not hasattr(sdk, "Certificate")  # a certificate belongs to `ssl=` of the client


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refusal_of_a_call_without_credentials_says_what_was_missing(sdk, status):
    found = await refusal(sdk, lambda c: c.api.in_header(), Reply(status))
    assert "no credential of this client was sent" in str(found.error)
    assert "auth=" in str(found.error)


async def test_a_refusal_by_another_origin_asks_for_no_credential(sdk):
    elsewhere = Reply(302, headers=(("Location", "https://other.test/open"),))
    found = await refusal(sdk, lambda c: c.api.in_header(), elsewhere, Reply(401), auth=sdk.Header("h-1"))
    assert "no credential" not in str(found.error)


async def test_a_refusal_of_a_credential_does_not_say_that_it_was_missing(sdk):
    found = await refusal(sdk, lambda c: c.api.in_header(), Reply(401), auth=sdk.Header("h-1"))
    assert "no credential" not in str(found.error)
    own = {"extra_headers": {"Authorization": "mine"}}
    found = await refusal(sdk, lambda c: c.api.in_header(**own), Reply(401))
    assert "no credential" not in str(found.error)


async def test_a_key_that_the_caller_put_into_the_call_is_not_called_missing(sdk):
    own = {"extra_query": {"key": "mine"}}
    found = await refusal(sdk, lambda c: c.api.in_query(**own), Reply(401))
    assert "no credential of this client was sent" in str(found.error)
    assert "if you did not put one into the call yourself" in str(found.error)


async def test_credentials_that_do_not_fit_are_warned_of_once(sdk, caplog):
    transport = scripted(sdk, Reply(204), Reply(204))
    async with sdk.Client(BASE_URL, transport=transport, auth=sdk.Query("q-secret")) as client:
        await client.api.in_header()
        await client.api.in_header()
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert "no credential of this client" in record.getMessage()
    assert "q-secret" not in record.getMessage()


async def test_a_client_without_credentials_is_silent(sdk, caplog):
    await exchange(sdk, lambda c: c.api.in_header(), Reply(204))
    assert not caplog.records


async def test_a_secret_is_not_in_an_error(sdk):
    transport = scripted(sdk, Reply(404, {"sent": "h-1"}))
    async with sdk.Client(BASE_URL, transport=transport, auth=sdk.Query("q-secret")) as client:
        with pytest.raises(runtime_of(sdk).NotFoundError) as raised:
            await client.api.in_query()
    assert "q-secret" not in str(raised.value)
