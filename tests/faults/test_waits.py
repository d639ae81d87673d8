"""When a call is made again, and after how long (rows 10 to 16, 40 and 43 of the fault plan)."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
from tests.faults.conftest import OK, Api
from tests.support.raw_server import Connection, RawServer, response

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def date(**offset: float) -> str:
    return format_datetime(NOW + timedelta(**offset), usegmt=True)


def busy(status: int = 429, **headers: str) -> bytes:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return response(status, b"{}", {"Content-Type": "application/json", "X-Request-Id": "req-7", **named})


def answers(*found: bytes) -> Callable[[Connection], object]:
    """A script that gives these answers in turn, over all connections, the last one for ever."""
    left = list(found)

    async def script(connection: Connection) -> None:
        while await connection.request() is not None:
            await connection.send(left.pop(0) if len(left) > 1 else left[0])

    return script


@pytest.mark.parametrize(
    ("first", "least", "most"),
    [
        pytest.param(busy(Retry_After="2"), 2, 2.5, id="row 10: two seconds"),
        pytest.param(busy(Retry_After=date(seconds=7), Date=date()), 7, 7.5, id="row 11: a date, clock off"),
        pytest.param(busy(Retry_After=date(hours=-1), Date=date()), 0, 0.5, id="row 11: a date in the past"),
        pytest.param(busy(Retry_After="-1"), 0, 0.5, id="row 12: -1"),
        pytest.param(busy(Retry_After="1e9"), 0, 0.5, id="row 12: 1e9"),
        pytest.param(busy(Retry_After="NaN"), 0, 0.5, id="row 12: NaN"),
        pytest.param(busy(Retry_After="abc"), 0, 0.5, id="row 12: abc"),
        pytest.param(busy(), 0, 0.5, id="row 13: nothing"),
    ],
)
async def test_the_wait_after_a_refusal(api: Api, first: bytes, least: float, most: float) -> None:
    async with RawServer(answers(first, OK)) as server, api.client(server) as client:
        assert (await client.api.get_thing()).name == "thing"
        assert len(server.requests) == 2
    assert len(api.slept) == 1
    assert least <= api.slept[0] <= most


@pytest.mark.parametrize("asked", [pytest.param(text, id=f"row 12: {text}") for text in ("86400", "1000000000")])
async def test_a_wait_that_is_too_long_is_told_at_once(api: Api, asked: str) -> None:
    async with RawServer(answers(busy(Retry_After=asked))) as server, api.client(server) as client:
        with pytest.raises(api.runtime.RateLimitError) as caught:
            await client.api.get_thing()
        assert len(server.requests) == 1
    assert caught.value.retry_after == float(asked)
    assert caught.value.request_id == "req-7"
    assert api.slept == []
    api.told(caught.value)


async def test_waits_are_spread(api: Api) -> None:
    """Row 13: jitter."""
    found: set[float] = set()
    async with RawServer(answers(*[busy(), OK] * 8)) as server, api.client(server) as client:
        for _ in range(8):
            await client.api.get_thing()
        found.update(api.slept)
    assert len(found) == 8
    assert max(found) <= 0.5


async def test_a_storm_is_met_with_few_retries(api: Api) -> None:
    """Row 14: 1,000 calls while the server is down."""
    async with RawServer(answers(busy(503))) as server, api.client(server) as client:
        gate = asyncio.Semaphore(50)

        async def call() -> int:
            async with gate:
                with pytest.raises(api.runtime.ServerError) as caught:
                    await client.api.get_thing()
            return caught.value.attempt

        attempts = await asyncio.gather(*(call() for _ in range(1000)))
        assert len(server.requests) <= 1100
    assert len(set(api.slept)) == len(api.slept)  # no waves
    assert attempts[-1] == 1


async def test_a_post_without_a_key_is_not_repeated(api: Api) -> None:
    """Row 15."""
    thing = api.package.models.Thing(name="thing")
    async with RawServer(answers(busy(503), OK)) as server, api.client(server) as client:
        with pytest.raises(api.runtime.ServerError) as caught:
            await client.api.make_thing(body=thing)
        assert len(server.requests) == 1
    api.told(caught.value, method="POST")


async def test_a_post_with_a_key_is_repeated_with_the_same(api: Api) -> None:
    """Row 16: the answer is lost."""
    effects: set[str] = set()

    async def script(connection: Connection) -> None:
        while (found := await connection.request()) is not None:
            effects.add(found.headers["idempotency-key"])
            if len(connection.server.requests) == 1:
                connection.reset()
                return
            await connection.send(OK)

    thing = api.package.models.Thing(name="thing")
    async with RawServer(script) as server, api.client(server) as client:
        made = await client.api.make_thing(body=thing, extra_headers={"Idempotency-Key": "k-1"})
        assert made.name == "thing"
        assert len(server.requests) == 2
    assert effects == {"k-1"}


async def test_a_server_that_comes_up_is_found(api: Api) -> None:
    """Row 40: connection refused, then up."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    late = RawServer(answers(OK))
    started: list[asyncio.Server] = []

    async def start(_seconds: float) -> None:
        if not started:
            started.append(await asyncio.start_server(late._play, "127.0.0.1", port))

    retry = api.core.Retry(sleep=start)
    try:
        async with api.client(f"http://127.0.0.1:{port}", retry=retry) as client:
            assert (await client.api.get_thing()).name == "thing"
        await late.idle()
    finally:
        for server in started:
            server.close()
            await server.wait_closed()


async def test_a_server_that_stays_down_is_an_error_within_the_deadline(api: Api) -> None:
    """Row 40."""
    timeout = api.runtime.Timeout(total=0.2)
    policy = api.core.RetryPolicy(retries=1000, base=0.01, cap=0.05)
    async with api.client("http://127.0.0.1:9", retry=api.core.Retry(policy), timeout=timeout) as client:
        with pytest.raises((api.runtime.ConnectError, api.runtime.DeadlineError)) as caught:
            await client.api.get_thing()
    assert caught.value.attempt > 1
    api.told(caught.value, attempt=caught.value.attempt)


@pytest.mark.parametrize(
    ("method", "requests"), [pytest.param("GET", 3, id="row 43: GET"), pytest.param("POST", 2, id="row 43: POST")]
)
async def test_a_kept_connection_that_closes_as_we_write(api: Api, method: str, requests: int) -> None:
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(OK)
        if connection.number == 1:
            await connection.request()
            connection.reset()

    thing = api.package.models.Thing(name="thing")
    async with RawServer(script) as server, api.client(server) as client:
        await client.api.get_thing()
        if method == "GET":
            assert (await client.api.get_thing()).name == "thing"
        else:
            with pytest.raises(api.runtime.TransportError) as caught:
                await client.api.make_thing(body=thing)
            api.told(caught.value, method="POST")
        assert len(server.requests) == requests
    assert api.slept == []  # at once, and not counted as a retry
