"""What type checkers must see. Checked by `test_typing`, never run."""

# ruff: noqa: ARG002, ARG005, TC002, TC003 - signatures that are looked at, never run

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, assert_type

import petstore
from petstore import models
from petstore._runtime import (
    AsgiTransport,
    ByteStream,
    RawResponse,
    Request,
    Response,
    ScriptedTransport,
    Send,
    SyncByteStream,
    SyncRawResponse,
    Transport,
    answer,
)
from petstore._runtime.aiohttp_transport import AiohttpTransport
from petstore._runtime.model import UNSET, File, UnknownVariant, UnsetType
from petstore._runtime.operation import Operation
from petstore._runtime.portal import get_portal
from petstore._runtime.server import Content
from petstore.operations import pets as operations
from petstore.resources.pets import Pets, SyncPets


async def asynchronous(client: petstore.Client) -> None:
    assert_type(client.pets, Pets)
    pet = await client.pets.get_pet(1, ids=[1], filter={"a": "b"}, timeout=3)
    assert_type(pet, models.Cat | models.Dog | UnknownVariant)
    if isinstance(pet, models.Cat):
        assert_type(pet.lives, int | UnsetType)
        assert_type(pet.friend, models.Cat | models.Dog | UnknownVariant | UnsetType | None)
        if pet.lives is not UNSET:
            assert_type(pet.lives, int)
    body = models.NewPet(name="x", photo=File(b"x"))
    assert_type(await client.pets.add_pet(body=body), models.Cat | models.Dog | UnknownVariant | None)

    async with await client.pets.download_photo(1) as stream:
        assert_type(stream, ByteStream)
        async for piece in stream:
            assert_type(piece, bytes)
        assert_type(stream.content_length, int | None)

    raw = await client.pets.with_raw_response.get_pet(1, with_output=2)
    assert_type(raw, RawResponse[models.Cat | models.Dog | UnknownVariant])
    assert_type(raw.parse(), models.Cat | models.Dog | UnknownVariant)
    assert_type(client.with_options(timeout=None), petstore.Client)
    assert_type(await client.send(client.build(operations.GET_PET, (1,))), Response)
    async with petstore.Client() as entered:
        assert_type(entered, petstore.Client)


def synchronous(client: petstore.SyncClient) -> None:
    assert_type(client.pets, SyncPets)
    assert_type(client.pets.get_pet(1), models.Cat | models.Dog | UnknownVariant)
    with client.pets.download_photo(1) as stream:
        assert_type(stream, SyncByteStream)
        for piece in stream:
            assert_type(piece, bytes)
    raw = client.pets.with_raw_response.get_pet(1)
    assert_type(raw, SyncRawResponse[models.Cat | models.Dog | UnknownVariant])
    photo = client.pets.with_raw_response.download_photo(1)
    assert_type(photo.parse(), SyncByteStream)
    assert_type(client.with_options(headers={"a": "b"}), petstore.SyncClient)


def operations_are_typed(response: Response) -> None:
    assert_type(operations.GET_PET, Operation[models.Cat | models.Dog | UnknownVariant])
    assert_type(operations.GET_PET.parse(response), models.Cat | models.Dog | UnknownVariant)
    assert_type(operations.DOWNLOAD_PHOTO.parse(response), ByteStream)


def errors_are_typed(error: petstore.StatusError) -> None:
    assert_type(error.status, int)
    assert_type(error.body, object)
    assert_type(error.retry_after, float | None)
    assert_type(error.url, str)


async def middleware(request: Request, send: Send) -> Response:
    return await send(request)


def transports() -> list[Transport]:
    async def application(scope: Any, receive: Any, send: Any) -> None: ...

    petstore.Client(transport=ScriptedTransport(lambda request: answer(200)), middleware=[middleware])
    return [AiohttpTransport(), AsgiTransport(application), ScriptedTransport([("GET /", answer(200))])]


async def double(value: int) -> int:
    return value * 2


async def numbers() -> AsyncIterator[int]:
    yield 1


def portal() -> None:
    entered = get_portal()
    assert_type(entered.run(double(1)), int)
    for number in entered.iterate(numbers()):
        assert_type(number, int)

    async def use() -> None:
        assert_type(await entered.callback(len)("abc"), int)

    entered.run(use())


class Server(petstore.Server):
    async def download_photo(self, pet_id: int) -> Content:
        return b"x"


def enums(state: models.PetState) -> None:
    text: str = state.value
    assert_type(state == text, bool)
    assert_type(models.PetState("new"), models.PetState)
