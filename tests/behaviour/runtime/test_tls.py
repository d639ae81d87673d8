"""Certificates are checked unless the caller says otherwise."""

from __future__ import annotations

import ssl

import petstore
import pytest
from petstore import models
from petstore._runtime import ConnectError
from petstore._runtime.server import serve
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
