"""Calls of the example client against a scripted server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import petstore
from petstore._runtime import Timeout

if TYPE_CHECKING:
    from tests.support.raw_server import Connection, RawServer

__all__ = ["CAT", "HEAD", "JSON", "call", "plays"]

JSON = {"Content-Type": "application/json"}
CAT = b'{"petType":"cat"}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


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
