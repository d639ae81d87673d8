"""Plain functions as callbacks of an event loop: each has a thread of its own.

The pool of the loop would not do: it also looks up names and reads files, for all blocking clients of the process, and
callbacks that hang would leave none of its threads.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
import weakref
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Threaded"]

_Job: TypeAlias = "Callable[[], None]"


class Threaded:
    """A function that is called in a daemon thread, which begins with the first call and ends with this object.

    Args:
        function: called with what each call is given; the next call waits until it has returned.
    """

    def __init__(self, function: Callable[..., object]) -> None:
        self._function = function
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._begun = False

    async def __call__(self, *arguments: object) -> None:
        """Call the function and wait. Raises what it raises."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        context = contextvars.copy_context()
        self._jobs.put(partial(_call, loop, done, partial(context.run, self._function, *arguments)))
        if not self._begun:
            self._begun = True
            threading.Thread(target=_work, args=(self._jobs,), name="vantiq-callback", daemon=True).start()
            weakref.finalize(self, self._jobs.put, None).atexit = False
        await done


def _work(jobs: SimpleQueue[_Job | None]) -> None:
    while (job := jobs.get()) is not None:
        job()
        del job  # while it waits, nothing of the last call stays alive


def _call(loop: asyncio.AbstractEventLoop, done: asyncio.Future[None], function: Callable[[], object]) -> None:
    error: BaseException | None = None
    try:
        function()
    except Exception as failure:  # noqa: BLE001 - it goes to who waits
        error = failure
    except BaseException as failure:  # noqa: BLE001 - the end of this thread is not that of the loop
        error = RuntimeError(f"the callback ended by {type(failure).__name__}")
    try:
        loop.call_soon_threadsafe(_settle, done, error)
    except RuntimeError:
        return  # the loop is closed: nobody waits any more


def _settle(done: asyncio.Future[None], error: BaseException | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)
