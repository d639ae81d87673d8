"""What is sent again, how often, and after how long."""

from __future__ import annotations

import asyncio
import ssl

import pytest

from specbind.bindings._runtime import BaseClient, ScriptedTransport
from specbind.bindings._runtime.errors import (
    ConnectError,
    DeadlineError,
    ProtocolError,
    RateLimitError,
    RedirectError,
    ServerError,
    TruncatedError,
)
from specbind.bindings._runtime.operation import Operation, Reply
from specbind.core import Retry, RetryBudget, RetryPolicy


@pytest.fixture
def retry(fake_time):
    """The middleware, with time that passes at once and the largest jitter."""

    def make(policy=None, **options):
        return Retry(policy, sleep=fake_time.sleep, draw=lambda: 1.0, clock=fake_time.clock, **options)

    return make


@pytest.fixture
def play(reply):
    """Send a request through the middleware to a list of answers."""

    async def run(retry, request, *answers):
        script = list(answers)
        sent = []

        async def send(request):
            sent.append(request)
            answer = script.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer if not isinstance(answer, int) else reply(answer)

        try:
            return sent, await retry(request, send)
        except Exception as error:  # noqa: BLE001 (the test looks at it)
            return sent, error

    return run


async def test_two_retries_with_growing_waits(retry, play, get, fake_time):
    sent, response = await play(retry(), get, 503, 503, 503)
    assert response.status == 503
    assert fake_time.waits == [0.5, 1.0]
    assert [request.attempt for request in sent] == [1, 2, 3]


async def test_a_request_that_its_sender_repeats_is_sent_once(retry, play, get, fake_time):
    get.retries = False
    keyed = retry(RetryPolicy(make_keys=True))
    sent, response = await play(keyed, get.copy(), 503, 200)
    assert (response.status, fake_time.waits) == (503, [])
    assert [request.retries for request in sent] == [False]


async def test_the_wait_is_capped_and_drawn_from_nothing_up():
    backoff = RetryPolicy(retries=99).backoff(draw=lambda: 0.5)
    assert [backoff(n, ConnectError()) for n in (1, 2, 5, 6, 99)] == [0.25, 0.5, 4.0, 4.0, 4.0]
    assert RetryPolicy().backoff(draw=lambda: 0.0)(1, ConnectError()) == 0.0


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_statuses_that_are_tried_again(retry, play, get, status):
    sent, response = await play(retry(), get, status, 200)
    assert (len(sent), response.status) == (2, 200)


@pytest.mark.parametrize("status", [200, 204, 301, 400, 401, 403, 404, 409, 413, 422, 501, 505])
async def test_statuses_that_are_final(retry, play, get, status):
    sent, response = await play(retry(), get, status)
    assert (len(sent), response.status) == (1, status)


def untrusted():
    error = ConnectError("certificate")
    error.__cause__ = OSError()
    error.__cause__.__cause__ = ssl.SSLCertVerificationError("self-signed")
    return error


@pytest.mark.parametrize(
    "error",
    [ConnectError(), DeadlineError(limit="read"), DeadlineError(limit="connect"), ProtocolError(), TruncatedError()],
)
async def test_broken_connections_are_tried_again(retry, play, get, error):
    sent, response = await play(retry(), get, error, 200)
    assert (len(sent), response.status) == (2, 200)


@pytest.mark.parametrize("error", [DeadlineError(limit="total"), RedirectError(), untrusted(), ValueError("bug")])
async def test_errors_that_time_does_not_heal_are_final(retry, play, get, error):
    sent, raised = await play(retry(), get, error, 200)
    assert raised is error
    assert len(sent) == 1


async def test_a_post_is_sent_once(retry, play, get):
    get.method, get.idempotent = "POST", False
    sent, response = await play(retry(), get, 503)
    assert (len(sent), response.status) == (1, 503)


async def test_a_post_with_a_key_is_sent_again_with_the_same_key(retry, play, get):
    get.method, get.idempotent = "POST", False
    get.headers["Idempotency-Key"] = "k1"
    sent, _ = await play(retry(), get, 503, TruncatedError(), 200)
    assert [request.headers["Idempotency-Key"] for request in sent] == ["k1"] * 3


async def test_keys_are_made_when_asked_for(retry, play, get):
    get.method, get.idempotent = "POST", False
    sent, _ = await play(retry(RetryPolicy(make_keys=True)), get, 503, 200)
    keys = [request.headers["Idempotency-Key"] for request in sent]
    assert keys[0] == keys[1]
    assert "Idempotency-Key" not in get.headers
    other, _ = await play(retry(RetryPolicy(make_keys=True)), get, 200)
    assert other[0].headers["Idempotency-Key"] != keys[0]


async def test_a_body_that_cannot_be_read_again_is_sent_once(retry, play, get):
    class Once:
        length = None
        repeatable = False

        async def chunks(self):
            yield b""

    get.body = Once()
    sent, _ = await play(retry(), get, 503)
    assert len(sent) == 1


@pytest.mark.parametrize(
    ("headers", "least"),
    [
        ({"Retry_After": "2"}, 2.0),
        ({"Retry_After": "60"}, 60.0),
        ({"Retry_After": "Fri, 20 Nov 2026 12:00:07 GMT", "Date": "Fri, 20 Nov 2026 12:00:00 GMT"}, 7.0),
    ],
)
async def test_the_server_says_when(retry, play, get, reply, fake_time, headers, least):
    await play(retry(), get, reply(429, **headers), 200)
    assert least <= fake_time.waits[0] <= least + 0.5


@pytest.mark.parametrize("text", ["-1", "NaN", "abc", "", "0", "1e9", "Fri, 99 Nov 2026", "inf"])
async def test_nonsense_is_a_normal_wait(retry, play, get, reply, fake_time, text):
    await play(retry(), get, reply(429, Retry_After=text), 200)
    assert fake_time.waits == [0.5]


async def test_a_date_in_the_past_is_a_normal_wait(retry, play, get, reply, fake_time):
    past = {"Retry_After": "Fri, 20 Nov 2026 11:00:00 GMT", "Date": "Fri, 20 Nov 2026 12:00:00 GMT"}
    await play(retry(), get, reply(429, **past), 200)
    assert fake_time.waits == [0.5]


@pytest.mark.parametrize("text", ["61", "86400", "9" * 400])
async def test_a_long_wait_ends_the_call_at_once(retry, play, get, reply, fake_time, text):
    sent, response = await play(retry(), get, reply(429, Retry_After=text))
    assert (len(sent), response.status) == (1, 429)
    assert fake_time.waits == []


async def test_a_wait_never_passes_the_deadline(retry, play, get, fake_time):
    get.deadline = fake_time.now + 1.2
    sent, response = await play(retry(), get, 503, 503, 503)
    assert (len(sent), response.status) == (2, 503)
    assert fake_time.waits == [0.5]


async def test_a_given_up_answer_is_closed(retry, play, get, reply):
    first = reply(503)
    await play(retry(), get, first, 200)
    assert first.source.closed


async def test_a_storm_is_damped_by_the_budget(retry, get, reply):
    middleware = retry()
    sent = 0

    async def send(_):
        nonlocal sent
        sent += 1
        return reply(503)

    for _ in range(1000):
        await middleware(get, send)
    assert 1000 < sent <= 1100


def test_the_budget_by_numbers():
    here, there = ("http", "a", 80), ("http", "b", 80)
    budget = RetryBudget()
    costs = [budget.take(here, throttled=False) for _ in range(36)]
    assert costs == [14] * 35 + [None]
    assert budget.take(here, throttled=True) == 5
    assert budget.take(there, throttled=False) == 14
    budget.give_back(here, 14)
    assert budget.take(here, throttled=False) == 14
    budget.give_back(here, 10**6)
    assert [budget.take(here, throttled=True) for _ in range(101)] == [5] * 100 + [None]


async def test_success_gives_back_what_the_retry_cost(retry, play, get):
    budget = RetryBudget(14)
    middleware = retry(budget=budget)
    await play(middleware, get, 500, 200)
    sent, _ = await play(middleware, get, 500, 200)
    assert len(sent) == 2
    await play(middleware, get, 500, 500)
    sent, _ = await play(middleware, get, 500)
    assert len(sent) == 1


async def test_cancelling_the_wait_sends_nothing_more(get, reply):
    waiting = asyncio.Event()
    sent = []

    async def sleep(_):
        waiting.set()
        await asyncio.sleep(60)

    async def send(request):
        sent.append(request)
        return reply(503)

    task = asyncio.create_task(Retry(sleep=sleep)(get, send))
    await asyncio.wait_for(waiting.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(sent) == 1


async def test_errors_of_a_client_tell_the_attempt(fake_time, get):
    retry = Retry(sleep=fake_time.sleep)
    script = ScriptedTransport(lambda _: ConnectError("refused"))
    async with BaseClient("http://host.test", middleware=[retry], transport=script) as client:
        with pytest.raises(ConnectError, match="attempt 3") as caught:
            await client.send(get)
    assert caught.value.attempt == 3
    assert len(script.requests) == 3


async def test_the_error_of_a_long_wait_has_the_value(fake_time, reply):
    operation = Operation("getIt", "GET", ("/it",), replies=(Reply("200"),), idempotent=True)
    script = ScriptedTransport(lambda _: reply(429, Retry_After="3600"))
    retry = Retry(sleep=fake_time.sleep)
    async with BaseClient("http://host.test", middleware=[retry], transport=script) as client:
        with pytest.raises(RateLimitError) as caught:
            await client.call(operation, ())
    assert caught.value.retry_after == 3600
    assert len(script.requests) == 1
    script = ScriptedTransport(lambda _: reply(500))
    async with BaseClient("http://host.test", middleware=[retry], transport=script) as client:
        with pytest.raises(ServerError) as failed:
            await client.call(operation, ())
    assert failed.value.attempt == 3
