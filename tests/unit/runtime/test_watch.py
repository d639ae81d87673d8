"""Limits of time end what is late, and nothing else. The clock is moved by hand."""

from __future__ import annotations

import asyncio

import pytest
from petstore._runtime.watch import Watch


class Timer:
    """A call that a clock makes at its time."""

    def __init__(self, when, callback):
        self.when = when
        self.callback = callback
        self.over = False

    def cancel(self):
        self.over = True


class Clock:
    """As much of an event loop as a Watch uses."""

    def __init__(self):
        self.now = 100.0
        self.timers: list[Timer] = []

    def time(self):
        return self.now

    def call_at(self, when, callback):
        self.timers.append(Timer(when, callback))
        return self.timers[-1]

    @property
    def waiting(self):
        """Timers that are still to come."""
        return [timer for timer in self.timers if not timer.over]

    async def move(self, seconds):
        """Let time pass, and all tasks see it."""
        self.now += seconds
        for timer in self.waiting:
            if timer.when <= self.now:
                timer.over = True
                timer.callback()
        await settled()


async def settled():
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def watch(clock):
    made = Watch(clock)
    yield made
    made.close()
    assert clock.waiting == []


async def limited(watch, seconds, work: asyncio.Event) -> str:
    limit = watch.start(seconds)
    try:
        await work.wait()
    except asyncio.CancelledError:
        if limit.reached():
            return "late"
        raise
    finally:
        watch.stop(limit)
    return "done"


async def test_only_what_is_late_ends(watch, clock):
    work = asyncio.Event()
    tasks = [asyncio.create_task(limited(watch, seconds, work)) for seconds in (2, 30, None, 4)]
    await settled()
    await clock.move(1.9)
    assert not any(task.done() for task in tasks)
    await clock.move(0.2)
    assert [task.done() for task in tasks] == [True, False, False, False]
    await clock.move(2)
    work.set()
    assert await asyncio.gather(*tasks) == ["late", "done", "done", "late"]


async def test_an_earlier_limit_moves_the_timer(watch, clock):
    work = asyncio.Event()
    later = asyncio.create_task(limited(watch, 30, work))
    await settled()
    sooner = asyncio.create_task(limited(watch, 1, asyncio.Event()))
    await settled()
    assert [timer.when for timer in clock.waiting] == [clock.now + 1]
    await clock.move(1)
    assert await sooner == "late"
    work.set()
    assert await later == "done"


async def test_a_cancellation_by_somebody_else_is_not_ours(watch):
    task = asyncio.create_task(limited(watch, 30, asyncio.Event()))
    await settled()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_both_at_once_is_a_cancellation(watch, clock):
    tasks: list[asyncio.Task[str]] = []

    async def work() -> str:
        limit = watch.start(1)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            tasks[0].cancel()
            if limit.reached():
                return "late"
            raise
        finally:
            watch.stop(limit)
        return "done"

    tasks.append(asyncio.create_task(work()))
    await settled()
    await clock.move(1)
    with pytest.raises(asyncio.CancelledError):
        await tasks[0]


async def test_the_inner_of_two_limits_is_told_from_the_outer(watch, clock):
    told: list[object] = []

    async def nested() -> None:
        outer = watch.start(30)
        told.append(await limited(watch, 1, asyncio.Event()))
        await asyncio.sleep(0)
        told.append(outer.reached())
        watch.stop(outer)

    task = asyncio.create_task(nested())
    await settled()
    await clock.move(1)
    await task
    assert told == ["late", False]


async def test_one_timer_serves_all_and_none_is_left(watch, clock):
    limits = [watch.start(30) for _ in range(100)]
    assert len(clock.waiting) == 1
    for limit in limits:
        watch.stop(limit)
