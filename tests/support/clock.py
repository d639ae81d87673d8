"""The event loop's clock, moved on by hand: limits are reached without waiting for them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

__all__ = ["Clock"]


class Clock:
    """The clock of the running event loop; time also goes on by itself."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        loop = asyncio.get_running_loop()
        real = loop.time
        self.moved = 0.0
        monkeypatch.setattr(loop, "time", lambda: real() + self.moved)

    async def move(self, seconds: float) -> None:
        """Let some seconds pass at once."""
        self.moved += seconds
        await asyncio.sleep(0)
