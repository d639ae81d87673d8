"""Calling asynchronous code from synchronous code.

One daemon thread with an event loop serves all synchronous clients of a process. It is made on first use and made anew
in a forked child. The caller's context variables are seen, Ctrl-C cancels the call, and a notebook's own running loop
does not matter.
"""

from __future__ import annotations

import asyncio
import atexit
import contextvars
import inspect
import os
import sys
import threading
import weakref
from collections import deque
from collections.abc import Iterator
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, ParamSpec, TypeAlias, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine

__all__ = ["Portal", "call_plain", "get_portal", "portal_here"]

T = TypeVar("T")
P = ParamSpec("P")
_Close: TypeAlias = "Callable[[], Awaitable[object]]"

# an untimed wait cannot be interrupted by Ctrl-C on Windows
_WAIT = 0.2 if sys.platform == "win32" else None
_GRACE = 5.0


class _Visit:
    """One waiting caller: jobs for its thread come through the inbox, None says that the call ended."""

    __slots__ = ("ended", "inbox")

    def __init__(self) -> None:
        self.inbox: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self.ended = False

    def serve(self) -> None:
        """Do jobs until the call ends."""
        while True:
            try:
                job = self.inbox.get(timeout=_WAIT)
            except Empty:
                continue
            if job is None:
                return
            job()

    async def ask(self, context: contextvars.Context, function: Callable[[], T]) -> T:
        """Have the caller's thread call a function."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[tuple[T | None, BaseException | None]] = loop.create_future()

        def settle(result: T | None, error: BaseException | None) -> None:
            if not future.done():
                future.set_result((result, error))

        def job() -> None:
            try:
                result = context.run(function)
            except Exception as error:  # noqa: BLE001 - it goes to the coroutine that asked
                loop.call_soon_threadsafe(settle, None, error)
            else:
                loop.call_soon_threadsafe(settle, result, None)

        self.inbox.put(job)
        result, error = await future
        if error is not None:
            raise error
        return cast("T", result)

    def end(self, _task: asyncio.Task[T]) -> None:
        """Let the caller go on."""
        self.ended = True
        self.inbox.put(None)


_visit: contextvars.ContextVar[_Visit | None] = contextvars.ContextVar("specbind_visit", default=None)


class Portal:
    """A thread with an event loop, entered by synchronous callers."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.closed = False
        self._closers: weakref.WeakKeyDictionary[object, Callable[[], _Close | None]] = weakref.WeakKeyDictionary()
        self._closing: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="specbind-portal", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def run(self, coroutine: Coroutine[object, object, T]) -> T:
        """Run a coroutine to its end and give its result; the calling thread waits and serves its callbacks.

        Raises:
            RuntimeError: called from the portal's own thread, where waiting would never end, after the end, or in a
                forked child, where the thread is not.
        """
        problem = self._problem()
        if problem:
            coroutine.close()
            raise RuntimeError(problem)
        visit = _Visit()
        context = contextvars.copy_context()
        context.run(_visit.set, visit)
        tasks: list[asyncio.Task[T]] = []

        def start() -> None:
            task = self._loop.create_task(coroutine, context=context)
            tasks.append(task)
            task.add_done_callback(visit.end)

        self._loop.call_soon_threadsafe(start)
        try:
            visit.serve()
        except BaseException:
            # Ctrl-C, or a callback that failed in a way that must not be swallowed: the call ends first
            self._cancel(tasks, visit)
            raise
        return tasks[0].result()

    @property
    def here(self) -> bool:
        """Whether this is the portal's own thread."""
        return self.pid == os.getpid() and threading.get_ident() == self._thread.ident

    @property
    def reachable(self) -> bool:
        """Whether `run` can be called here."""
        return not self._problem()

    def _problem(self) -> str:
        if self.pid != os.getpid():
            return "what was begun before a fork cannot go on in the child; call the operation again there"
        if self.here:
            return (
                "a synchronous call was made from the event loop of the synchronous clients, where it would never end; "
                "use the asynchronous client there"
            )
        if self.closed:
            return "the interpreter is shutting down; synchronous calls are over"
        return ""

    def _cancel(self, tasks: list[asyncio.Task[T]], visit: _Visit) -> None:
        def cancel() -> None:
            for task in tasks:
                task.cancel()

        self._loop.call_soon_threadsafe(cancel)
        try:
            while visit.inbox.get(timeout=_GRACE) is not None:
                pass
        except Empty:
            return  # it does not want to end; it goes on alone
        for task in tasks:
            if not task.cancelled():
                task.exception()

    async def later(self, coroutine: Coroutine[object, object, T]) -> T:
        """Run a coroutine here while the event loop of the caller waits for it; a cancelled caller cancels it.

        Raises:
            RuntimeError: after the end, or in a forked child.
        """
        problem = self._problem() if threading.get_ident() != self._thread.ident else ""
        if problem:
            coroutine.close()
            raise RuntimeError(problem)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self._loop))

    async def each(self, iterator: AsyncIterator[T]) -> AsyncIterator[T]:
        """Iterate an asynchronous iterator here, from the event loop of the caller."""
        try:
            while True:
                items = await self.later(_step(iterator))
                if not items:
                    return
                for item in items:
                    yield item
        finally:
            close = _closer(iterator)
            if close is not None:
                await self.later(_end(close))

    def iterate(self, iterator: AsyncIterator[T]) -> SyncIterator[T]:
        """Iterate an asynchronous iterator; one item is asked for at a time."""
        return SyncIterator(self, iterator)

    def callback(self, function: Callable[P, T]) -> Callable[P, Awaitable[T]]:
        """Give an async function that runs `function` in the thread of the caller who waits in `run`.

        The function may itself make synchronous calls. Outside of `run` it is called where it is.
        """

        async def call(*args: P.args, **kwargs: P.kwargs) -> T:
            visit = _visit.get()
            if visit is None:
                return function(*args, **kwargs)
            if visit.ended:
                raise RuntimeError("the call that this callback belongs to has ended")
            return await visit.ask(contextvars.copy_context(), partial(function, *args, **kwargs))

        return call

    def plain_callback(self, function: Callable[[T], object] | None) -> Callable[[T], object] | None:
        """Give the same for a function that may be async: what it gives is awaited here, on the event loop."""
        if function is None or inspect.iscoroutinefunction(function):
            return function
        call = self.callback(function)

        async def awaited(given: T) -> object:
            found = await call(given)
            return await found if inspect.isawaitable(found) else found

        return awaited

    def register(self, owner: object, close: _Close) -> None:
        """Note what is to be closed at exit as long as `owner` lives. A method's object is not kept alive by it."""
        self._closers[owner] = weakref.WeakMethod(close) if inspect.ismethod(close) else lambda: close

    def unregister(self, owner: object) -> None:
        """Forget what was to be closed at exit."""
        self._closers.pop(owner, None)

    def start(self, close: _Close) -> bool:
        """Have something closed without waiting, as finalizers need it; False where this portal cannot do it."""
        if self.closed or self.pid != os.getpid():
            return False

        async def end() -> None:
            await close()

        def begin() -> None:
            task = self._loop.create_task(end())
            self._closing.add(task)
            task.add_done_callback(self._closed_now)

        try:
            self._loop.call_soon_threadsafe(begin)
        except RuntimeError:  # the event loop was closed in between
            return False
        return True

    def _closed_now(self, task: asyncio.Task[None]) -> None:
        self._closing.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._loop.call_exception_handler({"message": "closing failed", "exception": error, "task": task})

    def shutdown(self) -> None:
        """Close what is registered, cancel what runs and end the thread."""
        if self.closed or self.pid != os.getpid():
            return
        self.closed = True
        if not self._thread.is_alive():
            return
        asyncio.run_coroutine_threadsafe(self._finish(), self._loop)
        self._thread.join(_GRACE)
        if not self._thread.is_alive():
            self._loop.close()

    async def _finish(self) -> None:
        try:
            async with asyncio.timeout(_GRACE / 2):
                for find in list(self._closers.values()):
                    close = find()
                    if close is not None:
                        await close()
                others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
                for task in others:
                    task.cancel()
                await asyncio.gather(*others, return_exceptions=True)
                await self._loop.shutdown_asyncgens()
                await self._loop.shutdown_default_executor()
        finally:
            self._loop.stop()


class SyncIterator(Iterator[T]):
    """An asynchronous iterator behind a portal. `close` waits for its end; where nobody closes it, nobody waits.

    Items are asked for one by one, unless the iterator has a method `take_ready`: it gives items that are there
    already, in their order, and they need no further visit to the event loop.
    """

    def __init__(self, portal: Portal, iterator: AsyncIterator[T]) -> None:
        self._ready: deque[T] = deque()
        self._portal = portal
        self._iterator: AsyncIterator[T] | None = iterator

    def __iter__(self) -> SyncIterator[T]:
        return self

    def __next__(self) -> T:
        if self._ready:
            return self._ready.popleft()
        iterator = self._iterator
        if iterator is None:
            raise StopIteration
        try:
            items = self._portal.run(_step(iterator))
        except BaseException:
            self._let_go()
            raise
        if not items:
            self.close()
            raise StopIteration
        self._ready.extend(items)
        return self._ready.popleft()

    def close(self) -> None:
        """End it, and wait until it has ended."""
        self._ready.clear()
        if self._portal.reachable:
            iterator, self._iterator = self._iterator, None
            close = _closer(iterator)
            if close is not None:
                self._portal.run(_end(close))
        else:
            self._let_go()

    def _let_go(self) -> None:
        iterator, self._iterator = self._iterator, None
        close = _closer(iterator)
        if close is not None and not self._portal.start(close):
            _left_behind.append(iterator)

    def __del__(self) -> None:
        self._let_go()


async def _step(iterator: AsyncIterator[T]) -> list[T]:
    """The next item and those that are there already; none at the end."""
    try:
        item = await anext(iterator)
    except StopAsyncIteration:
        return []
    ready = cast("Callable[[], list[T]] | None", getattr(iterator, "take_ready", None))
    return [item] if ready is None else [item, *ready()]


def _closer(iterator: object) -> _Close | None:
    return cast("_Close | None", getattr(iterator, "aclose", None))


async def _end(close: _Close) -> None:
    await close()


async def call_plain(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function that may block: in a worker thread where the loop is a portal's, else where it is."""
    if _visit.get() is None:
        return function(*args, **kwargs)
    return await asyncio.to_thread(function, *args, **kwargs)


# iterators of a parent process: ending them would speak to the parent's event loop
_left_behind: list[object] = []
_lock = threading.Lock()
_portals: list[Portal] = []  # the last one is used; those of a parent process stay, so that nothing of theirs is closed


def get_portal() -> Portal:
    """Give the portal of this process."""
    if _portals and not _portals[-1].closed and _portals[-1].pid == os.getpid():
        return _portals[-1]
    with _lock:
        if not _portals or _portals[-1].closed or _portals[-1].pid != os.getpid():
            _portals.append(Portal())
        return _portals[-1]


def portal_here() -> Portal | None:
    """Give the portal whose thread this is; None in any other thread. None is made."""
    return next((portal for portal in reversed(_portals) if portal.here), None)


def _after_fork() -> None:
    global _lock  # noqa: PLW0603 - another thread of the parent may have held it
    _lock = threading.Lock()


def _at_exit() -> None:
    for portal in _portals:
        portal.shutdown()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)
