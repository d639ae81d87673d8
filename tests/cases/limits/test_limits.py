"""Limits of values: a server checks them, a client does not."""

from __future__ import annotations

import aiohttp
import msgspec
import pytest
from tests.support.exchange import Reply, exchange, runtime_module

FITS = {"name": "abc", "size": 9, "step": 10, "weight": 1.5, "tags": ["a"], "extra": {"x": 1}}


@pytest.fixture
async def url(sdk):
    class Boxes(sdk.Server):
        async def add_box(self, *, page=None, body):  # noqa: ARG002 - as generated
            return sdk.models.Kept(name=body.name)

    async with runtime_module(sdk, "server").serve(Boxes().application()) as found:
        yield found


async def answer(url: str, content: object, query: str = "") -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.post(f"{url}/boxes{query}", json=content) as found:
        return found.status, await found.text()


async def test_a_server_takes_what_is_within_the_limits(url):
    assert await answer(url, FITS, "?page=9") == (200, '{"name":"abc"}')


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"name": "a"}, "name"),
        ({"name": "abcdef"}, "name"),
        ({"size": -1}, "size"),
        ({"size": 10}, "size"),
        ({"step": 7}, "step"),
        ({"weight": 0}, "weight"),
        ({"weight": 1.6}, "weight"),
        ({"tags": []}, "tags"),
        ({"tags": ["a", "b", "c"]}, "tags"),
        ({"tags": [""]}, "tags"),
        ({"extra": {"x": 1, "y": 2}}, "extra"),
    ],
)
async def test_a_server_refuses_what_is_not(url, wrong, path):
    status, text = await answer(url, FITS | wrong)
    assert status == 400
    assert path in text


@pytest.mark.parametrize("page", ["0", "10"])
async def test_limits_of_parameters_are_checked_too(url, page):
    status, text = await answer(url, FITS, f"?page={page}")
    assert (status, "page" in text) == (400, True)


async def test_a_pattern_is_never_run(url):
    assert (await answer(url, FITS | {"code": "NOT LOWER"}))[0] == 200


async def test_a_client_sends_and_takes_what_it_is_given(sdk):
    box = sdk.models.Box(name="much too long", size=-5)
    done = await exchange(sdk, lambda c: c.api.add_box(body=box, page=99), Reply(200, {"size": 1000, "name": "long"}))
    assert done.request.target == "/boxes?page=99"
    assert msgspec.json.decode(done.request.content) == {"name": "much too long", "size": -5}
    assert done.value == sdk.models.Kept(size=1000, name="long")
