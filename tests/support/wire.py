"""Calls of the example client against a scripted server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import petstore
from petstore._runtime import Timeout, aiohttp_lane, aiohttp_transport

if TYPE_CHECKING:
    import pytest
    from tests.support.raw_server import Connection, RawServer

__all__ = ["CAT", "HEAD", "JSON", "WAYS", "call", "plays", "take"]

JSON = {"Content-Type": "application/json"}
CAT = b'{"petType":"cat"}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


WAYS = ("short", "long", "untested")
"""By the lane; by aiohttp with our connector, as with a proxy or a large body; by aiohttp alone, in other versions."""


def take(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send everything one way through aiohttp."""
    assert aiohttp_transport.usable()
    if way == "long":
        monkeypatch.setattr(aiohttp_lane.Lane, "takes", lambda *_: False)
    elif way == "untested":
        monkeypatch.setattr(aiohttp_transport, "usable", lambda: False)


def plays(*pieces: bytes):
    """Give a script that answers the first request with these bytes and closes."""

    async def script(connection: Connection) -> None:
        if await connection.request() is not None:
            for piece in pieces:
                await connection.send(piece)

    return script


async def call(server: RawServer, **options) -> object:
    options.setdefault("timeout", Timeout(total=10, read=5))
    async with petstore.Client(server.url, **options) as pets:
        return await pets.pets.get_pet(1)
