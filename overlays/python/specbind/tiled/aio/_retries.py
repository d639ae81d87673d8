"""What is tried again, how often and how long.

Only what is safe: a request that does the same when it is sent twice, or of which the server saw nothing. A 500 is an
error of the server's program and comes again; it is final. 429, 502, 503 and 504 pass, and so do lost connections.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
from typing import TYPE_CHECKING, TypeVar

from specbind.bindings._runtime import Error, StatusError
from specbind.core import RetryBudget, RetryPolicy
from specbind.tiled._wire import Patience

from ._errors import nothing_sent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from specbind.core.backoff import Sleep
    from specbind.tiled._wire import Filling

__all__ = ["Retries", "may_be_done"]

T = TypeVar("T")
_LOGGER = logging.getLogger("specbind.tiled")
_STATUSES = frozenset({408, 425, 429, 502, 503, 504})


class Retries:
    """Repeats calls of one connection, within a budget that they share.

    Args:
        attempts: tries of one call, the first included; by default `TILED_RETRY_ATTEMPTS`, or 10.
        seconds: how long one call may go on trying; by default `TILED_RETRY_TIMEOUT`, or 45.
        sleep: what waits.

    Raises:
        ValueError: one of these variables is no such number.
    """

    def __init__(self, attempts: int | None = None, seconds: float | None = None, sleep: Sleep = asyncio.sleep) -> None:
        found = _attempts() if attempts is None else attempts
        self._seconds = _seconds() if seconds is None else seconds
        policy = RetryPolicy(retries=max(0, found - 1), statuses=_STATUSES)
        self.backoff = policy.backoff()
        """Seconds to wait after so many failures in a row, None where an error is final."""
        self._budget = RetryBudget()
        self._sleep = sleep

    @property
    def seconds(self) -> float:
        """How long one call may go on trying."""
        return self._seconds

    async def run(
        self,
        call: Callable[[int], Awaitable[T]],
        where: tuple[str, str, int],
        *,
        safe: bool,
        filling: Filling | None = None,
    ) -> T:
        """Give what `call` gives; it is told how many tries failed before. The last error goes out as it is.

        Args:
            call: one try.
            where: scheme, host and port, for the budget.
            safe: whether sending it twice does what sending it once does.
            filling: how long it may be tried; an error goes out at once when a part came that is kept.
        """
        failures = 0
        patience = (None if filling is None else filling.patience) or Patience(self._seconds)
        paid = 1
        while True:
            try:
                result = await call(failures)
            except Error as error:
                failures += 1
                if filling is not None and filling.came:
                    patience.renew()
                    if filling.keeps:
                        raise
                wait = self.backoff(failures, error) if safe or nothing_sent(error) else None
                if wait is None or asyncio.get_running_loop().time() + wait > patience.until:
                    raise
                throttled = isinstance(error, StatusError) and error.status in (429, 503)
                cost = self._budget.take(where, throttled=throttled)
                if cost is None:
                    raise
                paid = cost
                _LOGGER.warning("%s; trying again in %.1f s (try %d)", error, wait, failures + 1)
            else:
                self._budget.give_back(where, paid)
                patience.renew()
                return result
            await self._sleep(wait)


def may_be_done(error: Error) -> bool:
    """Whether the server may have done what failed: its answer was lost, or lost behind a gateway."""
    return error.status in (502, 504) if isinstance(error, StatusError) else not nothing_sent(error)


def _attempts() -> int:
    text = os.environ.get("TILED_RETRY_ATTEMPTS", "").strip()
    if not text:
        return 10
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text)):
        raise ValueError(f"TILED_RETRY_ATTEMPTS is a whole number from 1 on, not {text!r:.80}")
    return int(text)


def _seconds() -> float:
    text = os.environ.get("TILED_RETRY_TIMEOUT", "").strip()
    try:
        found = float(text or 45)
    except ValueError:
        found = math.nan
    if not math.isfinite(found) or found < 0:
        raise ValueError(f"TILED_RETRY_TIMEOUT is a finite number of seconds from 0 on, not {text!r:.80}")
    return found
