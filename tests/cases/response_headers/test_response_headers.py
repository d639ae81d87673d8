"""Headers of answers, as the document declares them."""

from __future__ import annotations

import asyncio
import datetime

import pytest
from tests.support.exchange import BASE_URL, Reply, exchange, refusal, runtime_of, scripted

SENT = (
    ("X-Total", "3"),
    ("X-Tags", "a, b"),
    ("X-Until", "2024-02-29"),
    ("X-Page", '{"next":2}'),
)


async def headers_of(sdk, *headers, status=200):
    """What both clients read of the answer's headers."""
    reply = Reply(status, [], headers=headers)
    async with sdk.Client(BASE_URL, transport=scripted(sdk, reply)) as client:
        first = (await client.api.with_raw_response.list_items()).typed_headers

    def synchronous():
        with sdk.SyncClient(BASE_URL, transport=scripted(sdk, reply)) as client:
            return client.api.with_raw_response.list_items().typed_headers

    assert await asyncio.to_thread(synchronous) == first
    return first


async def test_headers_are_python_values(sdk):
    found = await headers_of(sdk, *SENT)
    assert (found.x_total, found.x_tags, found.x_until) == (3, ["a", "b"], datetime.date(2024, 2, 29))
    assert found.x_page.next == 2


async def test_a_header_that_did_not_come_is_unset(sdk):
    assert (await headers_of(sdk, ("X-Total", "3"))).retry is runtime_of(sdk).UNSET


async def test_a_header_that_does_not_fit_says_which(sdk):
    with pytest.raises(runtime_of(sdk).DecodeError, match="X-Total"):
        await headers_of(sdk, ("X-Total", "many"))


async def test_a_call_that_wants_the_body_only_does_not_read_them(sdk):
    done = await exchange(sdk, lambda c: c.api.list_items(), Reply(200, ["a"], headers=(("X-Total", "many"),)))
    assert done.value == ["a"]


async def test_an_error_has_its_headers_as_text(sdk):
    found = await refusal(sdk, lambda c: c.api.list_items(), Reply(429, headers=(("Retry", "5"),)))
    assert isinstance(found.error, runtime_of(sdk).RateLimitError)
    assert found.error.headers["Retry"] == "5"


async def test_an_answer_without_declared_headers_has_them_as_text(sdk):
    transport = scripted(sdk, Reply(204, headers=(("X-Own", "1"),)))
    async with sdk.Client(BASE_URL, transport=transport) as client:
        raw = await client.api.with_raw_response.plain()
    assert raw.headers["X-Own"] == "1"
    assert not hasattr(raw, "typed_headers")
