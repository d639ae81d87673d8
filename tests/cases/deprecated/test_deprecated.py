"""What the spec advises against."""

from __future__ import annotations

import inspect

import pytest
from tests.support.exchange import BASE_URL, Reply, exchange, scripted


async def test_a_deprecated_operation_warns_and_works(sdk):
    with pytest.warns(DeprecationWarning, match="old is deprecated"):
        done = await exchange(sdk, lambda c: c.api.old(), Reply(204))
    assert done.request.target == "/old"


async def test_a_raw_call_of_it_warns_too(sdk):
    async with sdk.Client(BASE_URL, transport=scripted(sdk, Reply(204))) as client:
        with pytest.warns(DeprecationWarning, match="old is deprecated"):
            await client.api.with_raw_response.old()


async def test_others_do_not_warn(sdk):
    assert (await exchange(sdk, lambda c: c.api.new(), Reply(200, {"size": 1}))).value.size == 1


def test_the_text_says_it(sdk):
    assert "eprecated" in inspect.getdoc(sdk.Client(BASE_URL).api.new)
    assert "Deprecated." in sdk.models.Gone.__doc__
