"""Errors by status, with the decoded body."""

from __future__ import annotations

import pytest
from tests.support.exchange import Reply, exchange, refusal, runtime_of

PROBLEM = "application/problem+json"


async def job(sdk, *replies):
    return await refusal(sdk, lambda c: c.api.get_job(1), *replies)


async def test_a_status_of_its_own_comes_first(sdk):
    error = (await job(sdk, Reply(404, {"id": 1}))).error
    assert type(error) is runtime_of(sdk).NotFoundError
    assert (error.status, error.body) == (404, sdk.models.Missing(id=1))


@pytest.mark.parametrize(
    ("status", "name"),
    [(400, "BadRequestError"), (401, "UnauthorizedError"), (403, "ForbiddenError"), (409, "ConflictError"),
     (418, "StatusError"), (422, "UnprocessableError"), (429, "RateLimitError")],
)  # fmt: skip
async def test_a_range_of_statuses(sdk, status, name):
    error = (await job(sdk, Reply(status, b'{"title":"t"}', PROBLEM))).error
    assert type(error) is getattr(runtime_of(sdk), name)
    assert error.body == sdk.models.Problem(title="t")


@pytest.mark.parametrize("status", [500, 503, 599])
async def test_default_is_for_the_rest(sdk, status):
    error = (await job(sdk, Reply(status, b"broken", "text/plain"))).error
    assert type(error) is runtime_of(sdk).ServerError
    assert error.body == "broken"


async def test_a_body_that_does_not_fit_hides_no_status(sdk):
    error = (await job(sdk, Reply(404, {"id": "x"}))).error
    assert type(error) is runtime_of(sdk).NotFoundError
    assert error.body is None
    assert error.content == b'{"id":"x"}'
    assert isinstance(error.__cause__, runtime_of(sdk).DecodeError)


async def test_an_error_says_which_call_and_what_came(sdk):
    error = (await job(sdk, Reply(404, {"id": 1}, headers=(("X-Request-Id", "r1"), ("Retry-After", "3"))))).error
    text = str(error)
    assert all(part in text for part in ("GET https://api.test/jobs/1", "getJob", "404"))
    assert (error.request_id, error.retry_after) == ("r1", 3.0)


async def test_a_success_without_content_is_none(sdk):
    assert (await exchange(sdk, lambda c: c.api.get_job(1), Reply(202))).value is None
    assert (await exchange(sdk, lambda c: c.api.get_job(1), Reply(200, {"id": 1}))).value == sdk.models.Job(id=1)


async def test_a_success_that_is_not_declared_is_an_error(sdk):
    error = (await job(sdk, Reply(206, {"id": 1}))).error
    assert isinstance(error, runtime_of(sdk).DecodeError)
    assert "206" in str(error)


async def test_an_empty_answer_where_content_is_due(sdk):
    error = (await job(sdk, Reply(200, b"", "application/json"))).error
    assert isinstance(error, runtime_of(sdk).DecodeError)
    assert "no content" in str(error)


async def test_a_raw_response_raises_when_it_is_parsed(sdk):
    raw = await sdk.Client("https://api.test", transport=_transport(sdk)).api.with_raw_response.get_job(1)
    assert raw.status == 404
    with pytest.raises(runtime_of(sdk).NotFoundError):
        raw.parse()


def _transport(sdk):
    return runtime_of(sdk).ScriptedTransport([("GET /jobs/1", runtime_of(sdk).answer(404, {"id": 1}))])
