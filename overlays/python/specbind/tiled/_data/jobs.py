"""Several requests at once, and those again whose answers were cut off."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from specbind.bindings._runtime import ConnectError, DeadlineError, RedirectError, StatusError, TransportError
from specbind.core.tasks import all_or_first

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator, Iterable, Iterator

    from specbind.tiled._wire import Wire

__all__ = ["REREADS", "cut_off", "deadline", "in_thread", "over", "said", "side_by_side"]

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


def deadline(wire: Wire) -> float:
    """When no further try of a read that begins now may begin, on the event loop's clock."""
    return asyncio.get_running_loop().time() + wire.patience


def over(until: float) -> bool:
    """Whether that time has passed."""
    return asyncio.get_running_loop().time() > until


@contextmanager
def said(came: Callable[[], str]) -> Generator[None, None, None]:
    """Add to the error of a read that was given up what of it had come, and what can be done.

    Args:
        came: as "3 of 10 partitions had come; read the others by read_partition".
    """
    try:
        yield
    except (TransportError, StatusError) as error:
        if not isinstance(error, StatusError) or error.status >= 500 or error.status == 429:
            error.add_note(f"{came()}, or let it be tried for longer (TILED_RETRY_TIMEOUT, in seconds)")
        raise


async def in_thread(size: int, work: Callable[..., T], *given: object) -> T:
    """Do work on so many bytes: beyond 1 MiB in a thread, so that the event loop goes on."""
    return await asyncio.to_thread(work, *given) if size > _LONG else work(*given)


async def side_by_side(jobs: Iterable[Callable[[], Coroutine[None, None, None]]], limit: int) -> None:
    """Do all, at most `limit` at once, in their order; the first error ends the others and is raised by itself."""
    if limit <= 1:  # no task for a single one
        for job in jobs:
            await job()
        return
    waiting: Iterator[Callable[[], Coroutine[None, None, None]]] = iter(jobs)

    async def work() -> None:
        for job in waiting:
            await job()

    await all_or_first([work() for _ in range(max(1, limit))])
