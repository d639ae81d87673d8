"""Two ways to run things that the transfers share."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

__all__ = ["all_or_first", "ended", "in_thread", "started"]

A = ParamSpec("A")
T = TypeVar("T")


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


async def in_thread(function: Callable[A, T], /, *args: A.args, **kwargs: A.kwargs) -> T:
    """Run a blocking call in a thread. A cancelled caller waits for its end: nothing writes on behind its back."""
    return await ended(started(function, *args, **kwargs))


def started(function: Callable[A, T], /, *args: A.args, **kwargs: A.kwargs) -> asyncio.Future[T]:
    """Begin a blocking call in a thread; `ended` gives its result, and must be awaited."""
    call = functools.partial(function, *args, **kwargs)
    return asyncio.get_running_loop().run_in_executor(None, call)


async def ended(running: asyncio.Future[T]) -> T:
    """Wait for what `started` began, also when cancelled."""
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        if not running.cancelled():
            running.exception()  # seen: the cancellation goes before it
        raise
