"""Polling ends with the awaited value, a final error or a clear timeout."""

from __future__ import annotations

import pytest

from specbind.bindings._runtime.errors import ConnectError
from specbind.core import Interval, PollTimeoutError, linear, poll


def looks(*values):
    script = list(values)

    async def look():
        value = script.pop(0)
        if isinstance(value, Exception):
            raise value
        return value

    return look


@pytest.fixture
def wait(fake_time):
    return {"sleep": fake_time.sleep, "clock": fake_time.clock}


def is_done(value):
    return value == "done"


async def test_it_gives_the_awaited_value(fake_time, wait):
    assert await poll(looks("a", "b", "done"), is_done, interval=3, **wait) == "done"
    assert fake_time.waits == [3, 3]


async def test_every_value_is_shown_first(wait):
    seen = []

    async def show(value):
        seen.append(value)

    await poll(looks("a", "done"), is_done, on_value=seen.append, **wait)
    await poll(looks("b", "done"), is_done, on_value=show, **wait)
    assert seen == ["a", "done", "b", "done"]


async def test_the_interval_grows_to_its_cap_with_jitter(fake_time, wait):
    interval = Interval(first=1, factor=2, cap=5, jitter=0.5)
    await poll(looks(*"abcde", "done"), is_done, interval=interval, draw=lambda: 1.0, **wait)
    assert fake_time.waits == [1.5, 3, 6, 7.5, 7.5]
    assert interval.seconds(1, lambda: 0.0) == 0.5
    assert interval.seconds(10**6, lambda: 0.5) == 5


async def test_outages_are_counted_in_a_row(fake_time, wait):
    down = ConnectError("refused")
    outage = linear(5, retries=2, retryable=lambda error: error is down)
    found = await poll(looks(down, down, "a", down, down, "done"), is_done, interval=1, outage=outage, **wait)
    assert found == "done"
    assert fake_time.waits == [5, 10, 1, 5, 10]
    with pytest.raises(ConnectError):
        await poll(looks(down, down, down), is_done, outage=outage, **wait)


async def test_other_errors_go_out_at_once(fake_time, wait):
    with pytest.raises(ConnectError):
        await poll(looks(ConnectError()), is_done, **wait)

    def failed(value):
        raise ValueError(value)

    with pytest.raises(ValueError, match="a"):
        await poll(looks("a"), failed, **wait)
    assert fake_time.waits == []


async def test_the_time_is_used_to_its_end_and_not_longer(fake_time, wait):
    with pytest.raises(PollTimeoutError, match="last value was c") as caught:
        await poll(looks(*"abc"), is_done, interval=4, timeout=6, **wait)
    assert fake_time.waits == [4, 2]
    assert (caught.value.last, caught.value.waited) == ("c", 6)
    assert isinstance(caught.value, TimeoutError)


async def test_a_timeout_in_an_outage_shows_the_outage(wait):
    down = ConnectError("refused")
    outage = linear(5, retries=9, retryable=lambda _: True)
    with pytest.raises(PollTimeoutError) as caught:
        await poll(looks("a", down, down, down), is_done, interval=1, timeout=10, outage=outage, **wait)
    assert caught.value.__cause__ is down
    assert caught.value.last == "a"


@pytest.mark.parametrize(
    ("interval", "kind"),
    [(-1, ValueError), (float("nan"), ValueError), (float("inf"), ValueError), ("x", TypeError), (None, TypeError)],
)
async def test_a_pace_that_is_none_is_refused_before_the_first_look(interval, kind, wait):
    with pytest.raises(kind, match="interval"):
        await poll(looks(), is_done, interval=interval, **wait)


@pytest.mark.parametrize("name", ["first", "factor", "cap", "jitter"])
def test_an_interval_has_numbers_that_make_sense(name):
    with pytest.raises(ValueError, match=name):
        Interval(**{name: -1})
    with pytest.raises(TypeError, match=name):
        Interval(**{name: "x"})
