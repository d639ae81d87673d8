"""A parameter that is the whole query string."""

from __future__ import annotations

import pytest
from tests.support.exchange import Reply, exchange, runtime_of


def wanted(sdk):
    return sdk.models.Filter(name="a&b =c", tags=["x", "y+z"], limit=2)


async def test_a_form_is_written_member_by_member(sdk):
    done = await exchange(sdk, lambda c: c.api.by_form(filter=wanted(sdk)), Reply(204))
    assert done.request.target == "/form?name=a%26b%20%3Dc&tags=x&tags=y%2Bz&limit=2"


async def test_json_is_the_query_itself(sdk):
    done = await exchange(sdk, lambda c: c.api.by_json(filter=sdk.models.Filter(name="é")), Reply(204))
    assert done.request.target == "/json?%7B%22name%22%3A%22%C3%A9%22%7D"


async def test_an_optional_one_is_left_out(sdk):
    assert (await exchange(sdk, lambda c: c.api.by_json(), Reply(204))).request.target == "/json"


async def test_extra_query_stands_behind_it(sdk):
    done = await exchange(
        sdk, lambda c: c.api.by_form(filter=sdk.models.Filter(name="a"), extra_query={"k": "v"}), Reply(204)
    )
    assert done.request.target == "/form?name=a&k=v"


@pytest.mark.parametrize("method", ["by_form", "by_json"])
async def test_the_server_skeleton_reads_what_the_client_writes(sdk, method):
    seen = []

    class Server(sdk.Server):
        pass

    async def take(_server, *, filter):
        seen.append(filter)

    setattr(Server, method, take)
    async with runtime_of(sdk).server.serve(Server().application()) as url, sdk.Client(url) as client:
        await getattr(client.api, method)(filter=wanted(sdk))
    assert seen == [wanted(sdk)]
