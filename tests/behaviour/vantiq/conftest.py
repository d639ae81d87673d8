"""A server to talk to, and a client that has logged in."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from tests.behaviour.vantiq.watched import WatchedServer
from tests.support.witness import program

from specbind.emulators.vantiq import serve
from specbind.vantiq import Vantiq, VantiqResources

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


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


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for localhost that nobody signed, and its key."""
    found = tmp_path / "cert.pem", tmp_path / "key.pem"
    options = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost", "-out", str(found[0]), "-keyout", str(found[1])]
    subprocess.run([program("openssl"), "req", *options, *names], check=True, capture_output=True)
    return found
