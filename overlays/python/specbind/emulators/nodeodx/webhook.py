"""Telling somebody that a task has ended."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp
import msgspec

if TYPE_CHECKING:
    from specbind.bindings.nodeodx.models import TaskReport

__all__ = ["post", "webhook_url"]

_WAITS = (0, 0, 5, 10, 15, 20)
_LOGGER = logging.getLogger("specbind.emulators.nodeodx")


def webhook_url(url: str) -> str:
    """The address of a webhook, or nothing. Raises ValueError for what cannot be posted to."""
    if not url:
        return url
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(f"the webhook is a URL such as http://127.0.0.1:8000/ended, not {url!r}")
    return url


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
