"""Retries: a policy that is data, and the middleware that follows it.

A client gets it when it is made:

    client = Client(url, middleware=[Retry()])
    client = Client(url, middleware=[Retry(RetryPolicy(retries=5))])
"""

from __future__ import annotations

import asyncio
import random
import ssl
import threading
import uuid
from typing import TYPE_CHECKING

import msgspec

from ._link import DeadlineError, Error, RedirectError, Request, Response, StatusError, TransportError, origin
from .backoff import Backoff, Sleep, exponential, pause

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._link import Send

__all__ = ["Retry", "RetryBudget", "RetryPolicy"]

_THROTTLED = frozenset({429, 503})
_MAX_ORIGINS = 1024


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """When a failed attempt is made again, and after how long.

    Only requests that are idempotent, or carry an idempotency key, and whose body can be sent again are retried.
    The wait is a random share of `min(cap, base * 2^n)` seconds (full jitter). A `Retry-After` of the server goes
    before it; one above `max_retry_after` ends the call at once, and its error has the value as `retry_after`.
    """

    retries: int = 2
    """Attempts after the first one."""
    base: float = 0.5
    """Seconds: upper bound of the first wait."""
    cap: float = 8.0
    """Seconds: upper bound of any wait that the server does not ask for."""
    max_retry_after: float = 60.0
    """Seconds: longest `Retry-After` that is honoured."""
    statuses: frozenset[int] = frozenset({408, 425, 429, 500, 502, 503, 504})
    """Statuses that are tried again."""
    key_header: str = "Idempotency-Key"
    """Header that makes a request safe to repeat; it stays the same on every attempt."""
    make_keys: bool = False
    """Give a random key to requests that are not idempotent. Only for servers that honour it."""

    def retryable(self, error: Exception) -> bool:
        """Whether another attempt may end better: no answer, half an answer, or one of `statuses`.

        Refused redirects, certificates that are not trusted and the total time limit are final.
        """
        if isinstance(error, StatusError):
            return error.status in self.statuses
        if isinstance(error, DeadlineError):
            return error.limit != "total"
        return isinstance(error, TransportError) and not isinstance(error, RedirectError) and not _untrusted(error)

    def backoff(self, *, draw: Callable[[], float] = random.random) -> Backoff:
        """This policy as a backoff, for transfers and polling."""

        def wait(failures: int, error: Exception, /) -> float | None:
            if failures > self.retries or not self.retryable(error):
                return None
            asked = error.retry_after if isinstance(error, StatusError) else None
            usual = exponential(failures, base=self.base, cap=self.cap, draw=draw)
            if not asked:  # nothing asked, nonsense, or a date in the past
                return usual
            # all clients were told the same time: come back spread over the first wait after it
            return asked + draw() * self.base if asked <= self.max_retry_after else None

        return wait


class RetryBudget:
    """Retries that may be made towards each origin: when a server is down, calls soon fail at once.

    Each origin begins with 500 tokens. A retry costs 14, or 5 when the server asked to slow down (429, 503).
    A success gives back what its last retry cost, or 1. Safe from any thread.
    """

    def __init__(self, capacity: int = 500, *, cost: int = 14, throttled_cost: int = 5) -> None:
        self._capacity = capacity
        self._cost = cost
        self._throttled_cost = throttled_cost
        self._lock = threading.Lock()
        self._tokens: dict[tuple[str, str, int], int] = {}

    def take(self, where: tuple[str, str, int], *, throttled: bool) -> int | None:
        """Pay for a retry. Gives its cost, None when too little is left."""
        cost = self._throttled_cost if throttled else self._cost
        with self._lock:
            left = self._tokens.get(where, self._capacity) - cost
            if left < 0:
                return None
            self._put(where, left)
            return cost

    def give_back(self, where: tuple[str, str, int], tokens: int) -> None:
        """Note a success."""
        with self._lock:
            if where in self._tokens:
                self._put(where, min(self._capacity, self._tokens[where] + tokens))

    def _put(self, where: tuple[str, str, int], tokens: int) -> None:
        """Note the tokens of an origin; a full one needs no entry, and the oldest goes when there are very many."""
        self._tokens.pop(where, None)
        if tokens < self._capacity:
            self._tokens[where] = tokens
            if len(self._tokens) > _MAX_ORIGINS:
                del self._tokens[next(iter(self._tokens))]


class Retry:
    """Middleware that makes failed attempts again as its policy says.

    It stands aside for a request whose `retries` is False, as those of downloads, which try again by themselves.
    The error (or answer) of the last attempt goes out as it is; its `attempt` tells how many there were. A wait that
    would pass the total time limit is not begun. A cancelled call ends at once.

    Args:
        policy: when and how long to wait.
        budget: shared between clients where they should spare the same server together.
        sleep: what waits.
        draw: random number from 0 to 1.
        clock: seconds of the event loop's clock, in which a request has its deadline.
    """

    def __init__(
        self,
        policy: RetryPolicy | None = None,
        *,
        budget: RetryBudget | None = None,
        sleep: Sleep = pause,
        draw: Callable[[], float] = random.random,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.policy = policy or RetryPolicy()
        self.budget = budget or RetryBudget()
        self._backoff = self.policy.backoff(draw=draw)
        self._sleep = sleep
        self._clock = clock

    async def __call__(self, request: Request, send: Send) -> Response:
        """Send, again where the policy and the request allow it."""
        if not request.retries:
            return await send(request)
        request = self._keyed(request)
        if not self._may_repeat(request):
            return await send(request)
        where = origin(request.url)
        paid = 1
        while True:
            response: Response | None = None
            try:
                response = await send(request)
            except Error as error:
                failure = error
            else:
                if response.status not in self.policy.statuses:
                    self.budget.give_back(where, paid)
                    return response
                failure = StatusError(status=response.status, headers=response.headers)
            wait = self._wait(request, failure)
            cost = None if wait is None else self.budget.take(where, throttled=_throttled(failure))
            if wait is None or cost is None:
                if response is None:
                    raise failure
                return response
            if response is not None:
                response.close()
            paid = cost
            await self._sleep(wait)
            request = request.copy()
            request.attempt += 1

    def _keyed(self, request: Request) -> Request:
        name = self.policy.key_header
        if not self.policy.make_keys or request.idempotent or name in request.headers:
            return request
        keyed = request.copy()
        keyed.headers[name] = str(uuid.uuid4())
        return keyed

    def _may_repeat(self, request: Request) -> bool:
        return request.repeatable and (request.idempotent or self.policy.key_header in request.headers)

    def _wait(self, request: Request, failure: Error) -> float | None:
        wait = self._backoff(request.attempt, failure)
        if wait is None or request.deadline is None:
            return wait
        now = (self._clock or asyncio.get_running_loop().time)()
        return wait if now + wait < request.deadline else None


def _throttled(failure: Error) -> bool:
    return isinstance(failure, StatusError) and failure.status in _THROTTLED


def _untrusted(error: BaseException) -> bool:
    """Whether a certificate was the reason: it will not be another one in a second."""
    cause: BaseException | None = error
    for _ in range(8):
        if cause is None:
            return False
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
