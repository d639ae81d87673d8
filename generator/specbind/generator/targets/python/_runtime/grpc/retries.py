"""When a failed rpc is sent again, and after how long. It knows no transport."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["RpcRetries", "RpcThrottle"]


class RpcRetries(Struct, frozen=True, kw_only=True):
    """When a failed rpc is sent again.

    UNAVAILABLE is tried again for rpcs that are idempotent; a connection that never opened, and a call that the server
    says it did not look at, for every rpc. Never once an answer message was seen. The wait is a random share of
    `min(cap, base * 2^n)` seconds; `grpc-retry-pushback-ms` and a `google.rpc.RetryInfo` of the server go before it,
    and a negative pushback ends the call. The deadline bounds all attempts together.
    """

    attempts: int = 4
    """How often a call is sent at most; 1 for never again."""
    base: float = 0.2
    """Seconds: upper bound of the first wait."""
    cap: float = 10.0
    """Seconds: upper bound of any wait that the server does not ask for."""
    max_pushback: float = 60.0
    """Seconds: longest wait that the server may ask for; a longer one ends the call."""
    budget: float = 10.0
    """Tokens of a transport: a failure costs one, and at half of them or less nothing is tried again."""
    refill: float = 0.1
    """Tokens that a success gives back."""
    recovery: float = 1.0
    """Tokens that a second gives back: an outage is forgotten in so many seconds; 0 for gRPC's own rule (A6)."""

    def __post_init__(self) -> None:
        if (
            self.attempts < 1
            or min(self.base, self.cap, self.max_pushback, self.budget, self.refill, self.recovery) < 0
        ):
            raise ValueError("a call is sent at least once, and no wait or budget is negative")

    def wait(
        self, failures: int, pushback: float | None = None, *, draw: Callable[[], float] = random.random
    ) -> float | None:
        """Seconds before the next attempt after so many failures (1 or more), None for no further one.

        Args:
            failures: how often the call failed.
            pushback: seconds that the server asks to wait; negative where it wants no further attempt.
            draw: random number from 0 to 1.
        """
        if failures >= self.attempts:
            return None
        if pushback is not None:
            return pushback if 0 <= pushback <= self.max_pushback else None
        return draw() * min(self.cap, self.base * 2.0 ** min(failures - 1, 64))


class RpcThrottle:
    """The budget of one transport: when its server is down, calls soon fail at once."""

    def __init__(self, retries: RpcRetries, *, clock: Callable[[], float] | None = None) -> None:
        self._most = retries.budget
        self._refill = retries.refill
        self._recovery = retries.recovery
        self._tokens = retries.budget
        self._clock = time.monotonic if clock is None else clock
        self._counted = self._clock()

    def failed(self) -> bool:
        """Note a failure; whether another attempt may be made."""
        self._recover()
        self._tokens = max(0.0, self._tokens - 1.0)
        return self._tokens > self._most / 2

    def succeeded(self) -> None:
        """Note a success."""
        self._recover()
        self._tokens = min(self._most, self._tokens + self._refill)

    def _recover(self) -> None:
        now = self._clock()
        passed, self._counted = max(0.0, now - self._counted), now
        self._tokens = min(self._most, self._tokens + passed * self._recovery)
