"""Ways to run things that the transfers share: side by side, and in threads that notice a cancelled caller."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import queue
import threading
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

__all__ = ["CallCancelled", "ReadThread", "all_or_first", "ended", "in_thread", "raise_if_cancelled", "started"]

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


class ReadThread:
    """A thread for calls that only read, and may block for ever, one after another.

    A cancelled caller does not wait: the call goes on alone, and its result is thrown away. The program can end
    meanwhile. What writes belongs into `in_thread`.
    """

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._running = False

    async def run(self, function: Callable[A, T], /, *args: A.args, **kwargs: A.kwargs) -> T:
        """Run a call behind those that were begun before; raises what it raises."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def call() -> None:
            try:
                result = function(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - it is raised where the call is awaited
                told = functools.partial(_fail, answer, error)
            else:
                told = functools.partial(_succeed, answer, result)
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(told)

        self._begin(call)
        return await answer

    def end(self, last: Callable[[], None]) -> None:
        """Run a last call, which does not fail, when those before have ended, and then no more. Does not wait."""
        if self._running:
            self._calls.put(last)
            self._calls.put(None)
            self._calls = queue.SimpleQueue()  # what comes later gets another thread
            self._running = False
        else:
            last()

    def _begin(self, call: Callable[[], None]) -> None:
        self._calls.put(call)
        if not self._running:
            self._running = True
            threading.Thread(target=_work, args=(self._calls,), name="specbind-read", daemon=True).start()


def _work(calls: queue.SimpleQueue[Callable[[], None] | None]) -> None:
    while (call := calls.get()) is not None:
        call()


def _fail(answer: asyncio.Future[T], error: BaseException) -> None:
    if not answer.done():
        # a future takes no StopIteration
        answer.set_exception(RuntimeError(repr(error)) if isinstance(error, StopIteration) else error)


def _succeed(answer: asyncio.Future[T], result: T) -> None:
    if not answer.done():
        answer.set_result(result)


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
