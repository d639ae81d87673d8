"""Waiting for a state on a server, through its outages."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, TypeVar

import msgspec

from .arguments import number
from .backoff import Backoff, Sleep, no_retry, pause, settled
from .errors import PollTimeoutError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["Interval", "poll"]

T = TypeVar("T")


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """Time between two looks: `min(cap, first * factor^n)` seconds, give or take a random share."""

    first: float = 3.0
    """Seconds after the first look."""
    factor: float = 1.0
    """Growth from look to look; 1 keeps the pace."""
    cap: float = 60.0
    """Most seconds; infinity for no such limit."""
    jitter: float = 0.1
    """Largest random share of the time, added or taken away (0 to 1)."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            if name == "cap" and self.cap == float("inf"):
                continue
            number(name, getattr(self, name), unit="seconds" if name in ("first", "cap") else "times")

    def seconds(self, looks: int, draw: Callable[[], float] = random.random) -> float:
        """Time to wait after look number `looks`, from 1."""
        exponent = min(looks - 1, 1000) if self.factor <= 1 else min(looks - 1, 60)
        time_ = min(self.cap, self.first * self.factor**exponent)
        return max(0.0, time_ * (1 + self.jitter * (2 * draw() - 1)))


async def poll(
    look: Callable[[], Awaitable[T]],
    until: Callable[[T], bool],
    *,
    interval: Interval | float = 3.0,
    timeout: float | None = None,  # noqa: ASYNC109 (asyncio.timeout would cut a look under way)
    outage: Backoff = no_retry,
    on_value: Callable[[T], object] | None = None,
    sleep: Sleep = pause,
    clock: Callable[[], float] = time.monotonic,
    draw: Callable[[], float] = random.random,
) -> T:
    """Look again and again until a value satisfies `until`, and give that value.

    Args:
        look: gets the present value.
        until: whether a value is the awaited one. It may raise to give up, for instance on a failed state.
        interval: time between looks; a number is a steady pace in seconds, from 0 on, without jitter.
        timeout: most seconds in all; None waits for ever. A look under way is not cut: give its call a timeout.
        outage: what to do when a look fails, given the number of failures in a row and the error: seconds to wait, or
            None to raise it. A success sets the count back. By default every error is raised.
        on_value: called with each value, before `until`; may be asynchronous.
        sleep: what waits.
        clock: monotonic seconds.
        draw: random number from 0 to 1.

    Raises:
        TypeError: `interval` is no number of seconds.
        ValueError: it is negative, infinite or not a number.
        PollTimeoutError: the time was over. Its cause is the last error when the last look failed.
    """
    pace = interval if isinstance(interval, Interval) else _steady(interval)
    start = clock()
    last: T | None = None
    looks = failures = 0
    failure: Exception | None = None
    while True:
        try:
            value = await look()
        except Exception as error:
            failures += 1
            wait = outage(failures, error)
            if wait is None:
                raise
            failure = error
        else:
            failures, failure, last = 0, None, value
            looks += 1
            if on_value is not None:
                await settled(on_value(value))
            if until(value):
                return value
            wait = pace.seconds(looks, draw)
        waited = clock() - start
        if timeout is not None and waited + wait > timeout:
            if waited >= timeout:
                message = f"the awaited state did not come in {waited:.1f} s; the last value was {str(last)[:200]}"
                raise PollTimeoutError(message, last=last, waited=waited) from failure
            wait = timeout - waited
        await sleep(wait)


def _steady(seconds: float) -> Interval:
    found = number("interval", seconds, unit="seconds")
    return Interval(first=found, cap=found, jitter=0.0)
