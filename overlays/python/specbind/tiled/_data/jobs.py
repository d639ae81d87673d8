"""Several requests at once, and those again whose answers were cut off."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from specbind.bindings._runtime import ConnectError, DeadlineError, RedirectError, TransportError
from specbind.core.tasks import all_or_first

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Iterator

__all__ = ["REREADS", "cut_off", "in_thread", "side_by_side"]

T = TypeVar("T")
_LONG = 1 << 20

REREADS = 2
"""How often a piece is halved, after the connection has given it up."""


def cut_off(error: Exception) -> bool:
    """Whether an answer had begun and broke off, so that a smaller one may come through.

    The connection has tried the same one again already; what did not even begin is no matter of size.
    """
    if isinstance(error, DeadlineError):
        return error.limit == "read"
    return isinstance(error, TransportError) and not isinstance(error, ConnectError | RedirectError)


async def in_thread(size: int, work: Callable[..., T], *given: object) -> T:
    """Do work on so many bytes: beyond 1 MiB in a thread, so that the event loop goes on."""
    return await asyncio.to_thread(work, *given) if size > _LONG else work(*given)


async def side_by_side(jobs: Iterable[Callable[[], Coroutine[None, None, None]]], limit: int) -> None:
    """Do all, at most `limit` at once, in their order; the first error ends the others and is raised by itself."""
    waiting: Iterator[Callable[[], Coroutine[None, None, None]]] = iter(jobs)

    async def work() -> None:
        for job in waiting:
            await job()

    await all_or_first([work() for _ in range(max(1, limit))])
