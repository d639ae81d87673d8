"""A server to talk to, and a client that has logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.behaviour.vantiq.watched import WatchedServer

from specbind.emulators.vantiq import serve
from specbind.vantiq import Vantiq, VantiqResources

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def server() -> AsyncIterator[WatchedServer]:
    emulated = WatchedServer()
    async with serve(emulated) as url:
        emulated.url = url
        yield emulated


@pytest.fixture
async def client(server: WatchedServer) -> AsyncIterator[Vantiq]:
    async with Vantiq(server.url, timeout=10) as found:
        await found.authenticate("admin", "secret")
        yield found


@pytest.fixture
async def pumps(client: Vantiq, server: WatchedServer) -> Vantiq:
    """A client, and a type with nine records."""
    (await client.insert(VantiqResources.TYPES, {"name": "Pump", "naturalKey": ["id"]})).raise_for_errors()
    for number in range(9):
        await client.insert("Pump", {"id": f"p{number}", "n": number, "tag": "ab"[number % 2]})
    server.requests.clear()
    return client
