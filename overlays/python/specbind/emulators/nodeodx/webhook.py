"""Telling somebody that a task has ended."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import aiohttp
import msgspec

if TYPE_CHECKING:
    from specbind.bindings.nodeodx.models import TaskReport

__all__ = ["post"]

_WAITS = (0, 0, 5, 10, 15, 20)
_LOGGER = logging.getLogger("specbind.emulators.nodeodx")


async def post(url: str, report: TaskReport, *, speed: float) -> None:
    """Post a task's state, at most six times, until somebody answers 200."""
    body = msgspec.json.encode(report)
    headers = {"Content-Type": "application/json"}
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        for wait in _WAITS:
            await asyncio.sleep(wait / speed)
            try:
                async with session.post(url, data=body, headers=headers, allow_redirects=False) as response:
                    if response.status == 200:
                        return
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                _LOGGER.info("webhook %s: %s", url, error)
    _LOGGER.warning("webhook %s: given up after %d attempts", url, len(_WAITS))
