"""Events for those who iterate rather than give a callback."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from specbind.vantiq.errors import VantiqException, errors_in

from ._subscription import ERROR, MESSAGE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

__all__ = ["Messages"]


class Messages:
    """A box between a subscription and an iteration.

    Args:
        size: messages that wait; beyond that the subscription's own queue fills.
    """

    def __init__(self, size: int) -> None:
        self._box: asyncio.Queue[dict[str, Any] | VantiqException | None] = asyncio.Queue(size)
        self._ended = asyncio.Event()

    async def take(self, kind: str, frame: dict[str, Any]) -> None:
        """The callback of the subscription."""
        if kind == ERROR:
            await self._box.put(VantiqException.of(errors_in(int(frame["status"]), frame.get("body"))[0]))
        elif kind == MESSAGE and isinstance(frame.get("body"), dict):
            await self._box.put(frame["body"])

    def end(self) -> None:
        """Let the iteration end when it has given what waits."""
        self._ended.set()

    async def bodies(self) -> AsyncGenerator[dict[str, Any], None]:
        """Give the bodies until the end. Raises VantiqException for an error frame."""
        ended = asyncio.ensure_future(self._ended.wait())
        try:
            while True:
                following = asyncio.ensure_future(self._box.get())
                try:
                    await asyncio.wait((following, ended), return_when=asyncio.FIRST_COMPLETED)
                finally:
                    if not following.done():
                        following.cancel()
                if following.cancelled() or not following.done():
                    return
                found = following.result()
                if isinstance(found, VantiqException):
                    raise found
                if found is None:
                    return
                yield found
        finally:
            ended.cancel()
