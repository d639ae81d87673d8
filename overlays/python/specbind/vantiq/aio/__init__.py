"""Vantiq, asynchronous; `specbind.vantiq` has the same names and all others.

async with Vantiq("https://dev.vantiq.com") as client:
    await client.authenticate("name", "password")
    found = await client.select("Pump")
"""

from __future__ import annotations

from .client import Vantiq as Vantiq

__all__ = ["Vantiq"]
