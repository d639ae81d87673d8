"""Declared headers of answers are typed, and their faults are told when they are read."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import petstore
import pytest
from petstore._runtime import UNSET, DecodeError, ScriptedTransport, UnsetType, answer, as_raw
from petstore._runtime.model import Model
from petstore._runtime.operation import Header, Json, Operation, Reply
from petstore._runtime.resources import Resource, SyncResource
from petstore._runtime.response_headers import as_raw_sync_with_headers, as_raw_with_headers

if TYPE_CHECKING:
    from petstore._runtime import RawResponse

NAMES = {"limit": "X-Rate-Limit", "tags": "X-Tags", "day": "X-Day", "cookie": "Set-Cookie"}


class CountHeaders(Model, kw_only=True, rename=NAMES):
    limit: int | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    day: date | UnsetType = UNSET
    cookie: list[str] | UnsetType = UNSET


COUNT: Operation[int] = Operation(
    "count",
    "GET",
    ("/count",),
    replies=(
        Reply(
            "200",
            Json("application/json", lambda: int),
            headers=(
                Header("X-Rate-Limit", lambda: int, required=True),
                Header("X-Tags", lambda: list[str]),
                Header("Set-Cookie", lambda: list[str]),
            ),
        ),
        Reply("429", error=True, headers=(Header("X-Day", lambda: date),)),
    ),
)


class Api(Resource):
    async def count(self) -> int:
        return await self._call(COUNT, ())


class SyncApi(SyncResource):
    def count(self) -> int:
        return self._call(COUNT, ())


def transport(status: int = 200, **headers: str) -> ScriptedTransport:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return ScriptedTransport(lambda _: answer(status, 3, headers=named))


async def raw(status: int = 200, **headers: str):
    async with petstore.Client("http://x", transport=transport(status, **headers)) as client:
        return await as_raw_with_headers(Api(client, raw=True).count, lambda: CountHeaders)()


async def test_headers_have_their_types():
    found = await raw(x_rate_limit="7", x_tags="a, b")
    assert found.typed_headers == CountHeaders(limit=7, tags=["a", "b"])
    assert (found.parse(), found.status) == (3, 200)


async def test_headers_that_did_not_come_are_unset():
    assert (await raw()).typed_headers == CountHeaders()


async def test_headers_of_every_status_are_read():
    found = await raw(429, x_day="2026-11-20", x_rate_limit="0")
    assert found.typed_headers == CountHeaders(limit=0, day=date(2026, 11, 20))


async def test_set_cookie_is_not_cut_at_commas():
    cookie = "a=1; Expires=Fri, 20 Nov 2026 00:00:00 GMT"
    assert (await raw(set_cookie=cookie)).typed_headers.cookie == [cookie]


async def test_a_header_that_does_not_fit_is_told_when_it_is_read():
    found = await raw(x_rate_limit="many")
    assert found.parse() == 3
    with pytest.raises(DecodeError, match="header 'X-Rate-Limit' does not fit: Expected `int`") as caught:
        _ = found.typed_headers
    assert (caught.value.status, caught.value.url) == (200, "http://x/count")


def test_synchronous_callers_have_the_same():
    with petstore.SyncClient("http://x", transport=transport(x_rate_limit="7")) as client:
        found = as_raw_sync_with_headers(SyncApi(client, raw=True).count, lambda: CountHeaders)()
        assert (found.typed_headers.limit, found.parse()) == (7, 3)


async def test_plain_raw_responses_do_not_read_them():
    async with petstore.Client("http://x", transport=transport(x_rate_limit="no")) as client:
        found: RawResponse[int] = await as_raw(Api(client, raw=True).count)()
        assert found.parse() == 3
