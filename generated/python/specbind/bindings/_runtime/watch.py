"""Time limits that cost little: one timer of the event loop serves all calls.

A timer per call is set and cancelled thousands of times a second for limits that are never reached. Here a call is
noted in a set, and the one timer stands at the earliest limit that was asked for; when it fires it looks who is late.
"""

from __future__ import annotations

import asyncio
from math import inf

__all__ = ["Limit", "Watch"]


class Limit:
    """The limit of the task that asked for it: at `when` on the event loop's clock the task is cancelled."""

    __slots__ = ("_cancelling", "_fired", "_task", "when")

    def __init__(self, when: float) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a time limit needs a task")
        self.when = when
        self._task = task
        self._cancelling = task.cancelling()
        self._fired = False

    def fire(self) -> None:
        """Cancel the task."""
        self._fired = True
        self.when = inf
        self._task.cancel()

    def reached(self) -> bool:
        """Say whether a CancelledError comes from this limit alone. To be asked once, where it is caught."""
        return self._fired and self._task.uncancel() <= self._cancelling


class Watch:
    """The limits under way on one event loop."""

    __slots__ = ("_handle", "_limits", "_loop", "_next")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._limits: set[Limit] = set()
        self._next = inf
        self._handle: asyncio.TimerHandle | None = None

    def start(self, seconds: float | None) -> Limit:
        """Limit the running task to some seconds from now; None for one that is never reached."""
        limit = Limit(inf if seconds is None else self._loop.time() + seconds)
        self._limits.add(limit)
        if limit.when < self._next:
            self._schedule(limit.when)
        return limit

    def stop(self, limit: Limit) -> None:
        """Forget a limit."""
        self._limits.discard(limit)

    def close(self) -> None:
        """Forget all limits."""
        self._limits.clear()
        self._next = inf
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _schedule(self, when: float) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._next = when
        self._handle = self._loop.call_at(when, self._fire)

    def _fire(self) -> None:
        self._handle = None
        self._next = earliest = inf
        now = self._loop.time()
        for limit in list(self._limits):
            if limit.when <= now:
                limit.fire()
            elif limit.when < earliest:
                earliest = limit.when
        if earliest < inf:
            self._schedule(earliest)
