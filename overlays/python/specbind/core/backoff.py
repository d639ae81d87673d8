"""How long to wait after a failure, in one form for retries, transfers and polling.

A backoff is any callable `(failures, error) -> seconds | None`: `failures` counts from 1, and None says that the
error is final. `RetryPolicy.backoff()` gives the one of a policy; `linear` that of many official clients.
"""

from __future__ import annotations

import asyncio
import inspect
import random
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["Backoff", "Sleep", "exponential", "linear", "no_retry", "settled"]

T = TypeVar("T")


class Backoff(Protocol):
    """Seconds to wait before the next attempt, None when there must be none."""

    def __call__(self, failures: int, error: Exception, /) -> float | None: ...  # noqa: D102 (described by the class)


class Sleep(Protocol):
    """What waits: `asyncio.sleep`, or a fake one in tests."""

    def __call__(self, seconds: float, /) -> Awaitable[object]: ...  # noqa: D102 (described by the class)


def no_retry(failures: int, error: Exception, /) -> None:
    """Take every error as final."""


def linear(step: float, *, retries: int, retryable: Callable[[Exception], bool]) -> Backoff:
    """Wait `step`, 2 * `step`, 3 * `step` … seconds; after `retries` failures in a row the error is final."""

    def backoff(failures: int, error: Exception, /) -> float | None:
        return step * failures if failures <= retries and retryable(error) else None

    return backoff


def exponential(failures: int, *, base: float, cap: float, draw: Callable[[], float] = random.random) -> float:
    """Full jitter: a random share of `min(cap, base * 2^(failures - 1))` seconds."""
    # 2.0**1024 overflows; long before that the cap rules
    return draw() * min(cap, base * 2.0 ** min(failures - 1, 60))


async def settled(result: T | Awaitable[T]) -> T:
    """Value of a callback that may be asynchronous."""
    if inspect.isawaitable(result):
        return await result
    return result


async def pause(seconds: float) -> None:
    """Wait; the default of every `sleep` argument."""
    await asyncio.sleep(seconds)
