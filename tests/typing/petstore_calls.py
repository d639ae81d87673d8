"""What type checkers must see. Checked by `test_typing`, never run."""

# ruff: noqa: ARG002, ARG005, RUF012, T201, TC002, TC003 - signatures that are looked at, never run

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any, assert_type

import petstore
from petstore import auth, models, webhook_bodies, webhooks
from petstore._runtime import (
    AsgiTransport,
    ByteStream,
    EventSource,
    EventStream,
    Int64Text,
    LineStream,
    RawResponse,
    RawResponseWith,
    Request,
    Response,
    ScriptedTransport,
    Send,
    ServerSentEvent,
    SyncByteStream,
    SyncEventStream,
    SyncLineStream,
    SyncRawResponse,
    SyncRawResponseWith,
    Token,
    Transport,
    answer,
    parse_webhook,
    replace,
    with_part_headers,
)
from petstore._runtime.aiohttp_transport import AiohttpTransport
from petstore._runtime.files import File
from petstore._runtime.model import UNSET, UnsetType
from petstore._runtime.operation import Operation
from petstore._runtime.portal import get_portal
from petstore._runtime.server import Content
from petstore._runtime.unions import UnknownVariant
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


def open_models() -> None:
    labels = models.Labels(pet_id=Int64Text(1), additional_properties={"x": 1})
    assert_type(labels.pet_id, Int64Text)
    assert_type(labels.pet_id + 1, int)
    assert_type(labels.since, date | UnsetType)
    assert_type(labels.additional_properties, dict[str, int])
    assert_type(replace(labels, since=date(2026, 11, 20)), models.Labels)
    assert_type(models.Anything().additional_properties, dict[str, Any])
    assert_type(models.Headers().additional_properties, dict[str, str | list[models.Labels] | int])


async def streams(client: petstore.Client) -> None:
    async with await client.feed.watch() as events:
        async for event in events:
            assert_type(event, ServerSentEvent[models.Tick])
            assert_type(event.data, models.Tick)
        assert_type(events.last_event_id, str)
    async with await client.feed.export() as lines:
        async for line in lines:
            assert_type(line, models.Tick)
    assert_type(await client.feed.import_(body=[models.Tick(n=1)]), int)
    assert_type(await client.feed.import_(body=(models.Tick(n=n) for n in range(3))), int)
    assert_type(await client.feed.import_(body=ticks()), int)
    assert_type(await client.feed.chat(stream=True), models.Tick | EventStream[models.Tick])
    raw = await client.feed.with_raw_response.export()
    assert_type(raw.parse(), LineStream[models.Tick])


def synchronous_streams(client: petstore.SyncClient) -> None:
    with client.feed.watch() as events:
        for event in events:
            assert_type(event.data, models.Tick)
    with client.feed.export() as lines:
        for line in lines:
            assert_type(line, models.Tick)
    assert_type(client.feed.watch(), SyncEventStream[models.Tick])
    assert_type(client.feed.export(), SyncLineStream[models.Tick])
    assert_type(client.feed.chat(), models.Tick | SyncEventStream[models.Tick])


async def ticks() -> AsyncIterator[models.Tick]:
    yield models.Tick(n=1)


def served() -> EventSource[models.Tick]:
    async def events() -> AsyncIterator[models.Tick | ServerSentEvent[models.Tick]]:
        yield models.Tick(n=1)
        yield ServerSentEvent(models.Tick(n=2), "tick")

    return events()


async def typed_headers(client: petstore.Client, other: petstore.SyncClient) -> None:
    raw = await client.feed.with_raw_response.count(timeout=3)
    assert_type(raw, RawResponseWith[models.Labels, models.CountHeaders])
    assert_type(raw.typed_headers.x_rate_limit, int | UnsetType)
    assert_type(raw.parse(), models.Labels)
    assert_type(other.feed.with_raw_response.count(), SyncRawResponseWith[models.Labels, models.CountHeaders])


async def part_headers(client: petstore.Client) -> None:
    body = models.NewPet(name="x", photo=File(b"x"))
    await client.feed.send(body=with_part_headers(body, {"photo": {"X-Rate": 3}}))


def credentials() -> None:
    kept: list[Token] = []
    petstore.Client(petstore.Client.servers[1].url(region="us"), auth=auth.OAuthMachine("id", "s", save=kept.append))
    petstore.SyncClient(auth=[auth.OAuthPassword("u", "p"), auth.OidcMachine("id", "s", load=lambda: None)])
    browser = auth.OAuthBrowser("id", scopes=["read"])
    request = browser.begin("https://app.example/back")
    browser.finish("https://app.example/back?code=c", request)
    auth.OAuthDevice("id", lambda shown: print(shown.user_code))
    auth.OAuthImplicit("token")


class Hooks(webhooks.Webhooks):
    paths = {"pet_sold": "/elsewhere"}

    async def pet_sold(self, *, x_delivery: str, body: models.Labels) -> None:
        assert_type(body.pet_id, Int64Text)


def received(headers: dict[str, str], body: bytes) -> None:
    assert_type(parse_webhook(webhook_bodies.PET_SOLD, headers, body), models.Labels)
