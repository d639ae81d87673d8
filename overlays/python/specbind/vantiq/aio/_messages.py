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
    """The place between a subscription and an iteration. It holds one message; others wait in the subscription."""

    def __init__(self) -> None:
        self._given: dict[str, Any] | VantiqException | None = None
        self._ended = False
        self._error: VantiqException | None = None
        self._news = asyncio.Event()
        self._taken = asyncio.Event()

    async def take(self, kind: str, frame: dict[str, Any]) -> None:
        """The callback of the subscription; it lasts until the iteration has done with the message."""
        if kind == ERROR:
            self._given = VantiqException.of(errors_in(int(frame["status"]), frame.get("body"))[0])
        elif kind == MESSAGE and isinstance(frame.get("body"), dict):
            self._given = frame["body"]
        else:
            return
        self._taken.clear()
        self._news.set()
        await self._taken.wait()

    def end(self, error: VantiqException | None) -> None:
        """Let the iteration end when it has given what waits here, with an error or without."""
        self._ended, self._error = True, error
        self._news.set()

    async def bodies(self) -> AsyncGenerator[dict[str, Any], None]:
        """Give the bodies until the end. Raises VantiqException for an error frame."""
        while True:
            await self._news.wait()
            self._news.clear()
            found, self._given = self._given, None
            if isinstance(found, VantiqException):
                raise found
            if found is not None:
                yield found
                self._taken.set()
            if self._ended and self._given is None:
                if self._error is not None:
                    raise self._error
                return
