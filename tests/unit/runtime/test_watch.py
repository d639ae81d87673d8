"""Limits of time end what is late, and nothing else."""

from __future__ import annotations

import asyncio

import pytest
from petstore._runtime.watch import Watch


async def limited(watch: Watch, seconds: float | None, work: float) -> str:
    limit = watch.start(seconds)
    try:
        await asyncio.sleep(work)
    except asyncio.CancelledError:
        if limit.reached():
            return "late"
        raise
    finally:
        watch.stop(limit)
    return "done"


async def test_only_what_is_late_ends():
    watch = Watch(asyncio.get_running_loop())
    found = await asyncio.gather(
        limited(watch, 0.02, 30), limited(watch, 30, 0.05), limited(watch, None, 0.05), limited(watch, 0.04, 30)
    )
    assert found == ["late", "done", "done", "late"]
    watch.close()


async def test_an_earlier_limit_moves_the_timer():
    watch = Watch(asyncio.get_running_loop())
    later = asyncio.create_task(limited(watch, 30, 0.05))
    await asyncio.sleep(0)
    assert await limited(watch, 0.01, 30) == "late"
    assert await later == "done"
    watch.close()


async def test_a_cancellation_by_somebody_else_is_not_ours():
    watch = Watch(asyncio.get_running_loop())
    task = asyncio.create_task(limited(watch, 30, 30))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    watch.close()


async def test_both_at_once_is_a_cancellation():
    watch = Watch(asyncio.get_running_loop())
    tasks: list[asyncio.Task[str]] = []

    async def work() -> str:
        limit = watch.start(0.01)
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            tasks[0].cancel()
            if limit.reached():
                return "late"
            raise
        finally:
            watch.stop(limit)
        return "done"

    tasks.append(asyncio.create_task(work()))
    with pytest.raises(asyncio.CancelledError):
        await tasks[0]
    watch.close()


async def test_the_inner_of_two_limits_is_told_from_the_outer():
    watch = Watch(asyncio.get_running_loop())
    outer = watch.start(30)
    assert await limited(watch, 0.01, 30) == "late"
    await asyncio.sleep(0)
    assert not outer.reached()
    watch.stop(outer)
    watch.close()


async def test_one_timer_serves_all_and_none_is_left():
    loop = asyncio.get_running_loop()
    watch = Watch(loop)
    limits = [watch.start(30) for _ in range(100)]
    assert sum(not handle.cancelled() for handle in loop._scheduled) <= 1
    for limit in limits:
        watch.stop(limit)
    watch.close()
    assert all(handle.cancelled() for handle in loop._scheduled)
