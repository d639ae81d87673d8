"""Servers that say no with a good status: `x-specbind-failure`."""

from __future__ import annotations

import pytest
from tests.support.exchange import BASE_URL, Reply, exchange, refusal, runtime_of, scripted

NO = {"error": "not found", "noRetry": True}


@pytest.mark.parametrize("method", ["get_state", "get_log", "get_archive"])
async def test_a_failure_is_raised_whatever_its_status(sdk, method):
    error = (await refusal(sdk, lambda c: getattr(c.api, method)(), Reply(200, NO))).error
    assert type(error) is runtime_of(sdk).StatusError
    assert (error.status, error.body) == (200, sdk.models.Failure(error="not found", no_retry=True))


async def test_a_good_answer_is_no_failure(sdk):
    assert (await exchange(sdk, lambda c: c.api.get_state(), Reply(200, {"code": 1}))).value == sdk.models.State(code=1)
    assert (await exchange(sdk, lambda c: c.api.get_log(), Reply(200, ["error"]))).value == ["error"]


async def test_the_failures_name_inside_a_good_answer_is_no_failure(sdk):
    reply = Reply(200, {"code": 1, "text": '{"error"', "inner": {"error": "x"}})
    assert (await exchange(sdk, lambda c: c.api.get_state(), reply)).value.code == 1


async def test_bytes_are_still_a_stream(sdk):
    async with sdk.Client(BASE_URL, transport=scripted(sdk, Reply(200, b"PK", "application/zip"))) as client:
        assert await (await client.api.get_archive()).read() == b"PK"


async def test_results_have_no_failure_in_their_type(sdk):
    assert "Failure" not in str(sdk.Client(BASE_URL).api.get_state.__annotations__["return"])
