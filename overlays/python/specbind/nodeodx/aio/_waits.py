"""Waits before a retry, which are told: a program that says nothing for a minute seems to hang."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from specbind.core.backoff import linear

if TYPE_CHECKING:
    from collections.abc import Callable

    from specbind.core.backoff import Backoff

__all__ = ["told"]

_LOGGER = logging.getLogger("specbind.nodeodx")


def told(subject: str, step: float, *, retries: int, retryable: Callable[[Exception], bool]) -> Backoff:
    """Wait `step`, 2 * `step`, 3 * `step` ... seconds, and log each wait as a warning.

    Args:
        subject: what goes on after the wait, as in `waiting for task 7`.
        step: seconds before the first retry.
        retries: failures in a row that are borne.
        retryable: whether an error may pass.
    """
    wait_for = linear(step, retries=retries, retryable=retryable)

    def backoff(failures: int, error: Exception, /) -> float | None:
        wait = wait_for(failures, error)
        if wait is not None:
            rest = sum(wait_for(number, error) or 0.0 for number in range(failures, retries + 1))
            left = retries - failures
            end = f"{left} more after that, {rest:g} s of waiting in all" if left else "for the last time"
            _LOGGER.warning("%s: %s; trying again in %g s (%s)", subject, error, wait, end)
        return wait

    return backoff
