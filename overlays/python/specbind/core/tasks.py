"""Ways to run things that the transfers share: side by side, and in threads that notice a cancelled caller."""

from __future__ import annotations

import asyncio
import functools
import threading
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

__all__ = ["CallCancelled", "all_or_first", "ended", "in_thread", "raise_if_cancelled", "started"]

A = ParamSpec("A")
T = TypeVar("T")


class CallCancelled(Exception):  # noqa: N818 (control flow: the caller gets its CancelledError)
    """Nobody waits for the result of this thread any more."""


class _Thread(threading.local):
    """What a thread works for."""

    cancelled: threading.Event | None = None


_THREAD = _Thread()


async def all_or_first(works: Sequence[Coroutine[None, None, None]]) -> None:
    """Run all side by side; the first error cancels the others and is raised by itself."""
    try:
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(work)
    except BaseExceptionGroup as failed:
        first, *others = failed.exceptions
        for other in others:
            first.add_note(f"at the same time: {other!r}")
        raise first from first.__cause__


def raise_if_cancelled() -> None:
    """End a long blocking call soon after its caller was cancelled: called from time to time within `in_thread`.

    Does nothing elsewhere.

    Raises:
        CallCancelled: the caller was cancelled. It gets its CancelledError when the call has ended.
    """
    if _THREAD.cancelled is not None and _THREAD.cancelled.is_set():
        raise CallCancelled


async def in_thread(function: Callable[A, T], /, *args: A.args, **kwargs: A.kwargs) -> T:
    """Run a blocking call in a thread. A cancelled caller waits for its end: nothing writes on behind its back.

    A long call asks `raise_if_cancelled` meanwhile, so that this is soon.
    """
    cancelled = threading.Event()

    def run() -> T:
        outer, _THREAD.cancelled = _THREAD.cancelled, cancelled
        try:
            return function(*args, **kwargs)
        finally:
            _THREAD.cancelled = outer

    return await ended(started(run), cancelled)


def started(function: Callable[A, T], /, *args: A.args, **kwargs: A.kwargs) -> asyncio.Future[T]:
    """Begin a blocking call in a thread; `ended` gives its result, and must be awaited."""
    call = functools.partial(function, *args, **kwargs)
    return asyncio.get_running_loop().run_in_executor(None, call)


async def ended(running: asyncio.Future[T], cancelled: threading.Event | None = None) -> T:
    """Wait for what `started` began, also when cancelled; then `cancelled` is set."""
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        if cancelled is not None:
            cancelled.set()
        await asyncio.wait([running])
        if not running.cancelled():
            running.exception()  # seen: the cancellation goes before it
        raise
