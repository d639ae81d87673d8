"""Finding out, call by call, what a node has made of an upload whose answers were lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from specbind.bindings._runtime import Error, StatusError
from specbind.bindings.nodeodx import models
from specbind.core.backoff import pause

from ._connection import failure_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from specbind.bindings import nodeodx
    from specbind.core.backoff import Backoff

__all__ = ["has_images", "remove_task", "repeated", "task_exists"]

T = TypeVar("T")

_LOOKS = 20
_BETWEEN = 0.25  # seconds


async def repeated(call: Callable[[], Awaitable[T]], waits: Backoff) -> T:
    """Make a call until it succeeds, or `waits` takes its error as final."""
    failures = 0
    while True:
        try:
            return await call()
        except Error as error:
            failures += 1
            wait = waits(failures, error)
            if wait is None:
                raise
        await pause(wait)


async def task_exists(client: nodeodx.Client, uuid: str, waits: Backoff) -> bool:
    """Whether the node knows a task of this name; an upload without a commit is none."""

    async def ask() -> bool:
        await client.tasks.info(uuid)
        return True

    try:
        return await repeated(ask, waits)
    except StatusError as error:
        if _unknown(error):
            return False
        raise


async def has_images(client: nodeodx.Client, uuid: str, count: int, waits: Backoff) -> bool:
    """Whether a task has exactly `count` images. False also when the node does not tell within some seconds."""

    async def ask() -> int:
        return (await client.tasks.info(uuid)).images_count

    for _ in range(_LOOKS):
        found = await repeated(ask, waits)
        if found >= 0:
            return found == count
        await pause(_BETWEEN)  # -1: the node has not counted yet
    return False


async def remove_task(client: nodeodx.Client, uuid: str, waits: Backoff) -> None:
    """Remove a task; one that is gone already counts as removed.

    Raises:
        Error: it cannot be removed; a note names it.
    """

    async def remove() -> None:
        await client.tasks.remove(body=models.TaskReference(uuid=uuid))

    try:
        await repeated(remove, waits)
    except Error as error:
        if isinstance(error, StatusError) and _unknown(error):
            return
        error.add_note(f"task {uuid} has wrong images and could not be removed: remove it by hand")
        raise


def _unknown(error: StatusError) -> bool:
    failure = failure_of(error)
    return error.status == 200 and failure is not None and failure.error.endswith(" not found")
