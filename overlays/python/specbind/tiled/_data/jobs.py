"""Several requests at once, and those again whose answers were cut off."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from specbind.bindings._runtime import ConnectError, DeadlineError, RedirectError, StatusError, TransportError
from specbind.core.tasks import all_or_first

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator, Iterable, Iterator

__all__ = ["REREADS", "cut_off", "in_thread", "said", "side_by_side"]

T = TypeVar("T")
_LONG = 1 << 20
_PASSING = frozenset({429, 502, 503, 504})

REREADS = 2
"""How often a piece is halved, after the connection has given it up."""


def cut_off(error: Exception) -> bool:
    """Whether an answer had begun and broke off, so that a smaller one may come through.

    The connection has tried the same one again already; what did not even begin is no matter of size.
    """
    if isinstance(error, DeadlineError):
        return error.limit == "read"
    return isinstance(error, TransportError) and not isinstance(error, ConnectError | RedirectError)


@contextmanager
def said(came: Callable[[], str]) -> Generator[None, None, None]:
    """Add to the error of a read that was given up what of it had come, and what can be done.

    Args:
        came: as "3 of 10 partitions had come; read the others by read_partition".
    """
    try:
        yield
    except (TransportError, StatusError) as error:
        if not isinstance(error, StatusError) or error.status in _PASSING:
            error.add_note(f"{came()}, or let it be tried for longer (TILED_RETRY_TIMEOUT, in seconds)")
        elif error.status >= 500:
            error.add_note(came())
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
