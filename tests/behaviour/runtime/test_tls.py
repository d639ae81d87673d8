"""Certificates are checked unless the caller says otherwise."""

from __future__ import annotations

import asyncio
import ssl

import petstore
import pytest
from petstore import models
from petstore._runtime import ConnectError, ProtocolError
from petstore._runtime.server import serve
from tests.support.raw_server import Connection, RawServer, chunk
from tests.support.wire import WAYS, take


class Server(petstore.Server):
    """Gives a cat."""

    async def get_pet(self, pet_id: int, **_: object) -> models.Pet:
        """One pet."""
        return models.Cat(pet_type="cat", lives=pet_id)


@pytest.fixture(params=WAYS)
async def url(certificate, request, monkeypatch):
    take(request.param, monkeypatch)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    async with serve(Server().application(), ssl=context) as found:
        yield found.replace("127.0.0.1", "localhost") + "/v1"


async def test_a_certificate_that_the_context_trusts_is_accepted(url, certificate):
    async with petstore.Client(url, ssl=ssl.create_default_context(cafile=certificate[0])) as client:
        for number in (1, 2):
            assert await client.pets.get_pet(number) == models.Cat(pet_type="cat", lives=number)


@pytest.mark.parametrize("way", WAYS)
async def test_a_malformed_chunk_ends_the_call_at_once(certificate, way, monkeypatch):
    take(way, monkeypatch)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nTransfer-Encoding: chunked\r\n\r\n"
    seen = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(head + chunk(b"hello"))
        await seen.wait()
        await connection.send(b"ZZ\r\nxx\r\n")
        await connection.stall()

    trusted = ssl.create_default_context(cafile=certificate[0])
    async with (
        RawServer(script, ssl=context) as server,
        petstore.Client(server.url, ssl=trusted, timeout=None) as client,
        await client.pets.download_photo(1) as stream,
    ):
        pieces = aiter(stream)
        assert await anext(pieces) == b"hello"
        seen.set()
        with pytest.raises(ProtocolError, match="not HTTP"):
            await asyncio.wait_for(anext(pieces), 10)


async def test_a_certificate_that_nobody_signed_is_refused(url):
    async with petstore.Client(url) as client:
        with pytest.raises(ConnectError, match="self-signed certificate"):
            await client.pets.get_pet(1)


async def test_a_certificate_for_another_name_is_refused(url, certificate):
    address = url.replace("localhost", "127.0.0.1")
    async with petstore.Client(address, ssl=ssl.create_default_context(cafile=certificate[0])) as client:
        with pytest.raises(ConnectError, match="not valid for"):
            await client.pets.get_pet(1)


async def test_the_check_can_be_switched_off(url):
    async with petstore.Client(url, ssl=False) as client:
        assert await client.pets.get_pet(3) == models.Cat(pet_type="cat", lives=3)
