"""Calls of an ASGI application in the same process."""

# ruff: noqa: ARG001 - an ASGI application has these three arguments, whether it looks at them or not

from __future__ import annotations

import asyncio

import petstore
import pytest
from petstore import models
from petstore._runtime import AsgiTransport, DeadlineError, File, ProtocolError, Request, Timeout, TruncatedError

START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]}


def client(application, **options) -> petstore.Client:
    return petstore.Client("http://pets.example:81/v1", transport=AsgiTransport(application), **options)


async def whole_body(receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message["body"]
        if not message["more_body"]:
            return body


async def test_the_application_sees_the_request_and_its_answer_is_read():
    seen: dict = {}

    async def application(scope, receive, send):
        seen.update(scope)
        seen["body"] = await whole_body(receive)
        await send(START)
        await send({"type": "http.response.body", "body": b'{"petType":', "more_body": True})
        await send({"type": "http.response.body", "body": b'"cat"}'})

    async with client(application) as pets:
        found = await pets.pets.get_pet(1, ids=[1, 2], x_trace="t")
    assert found == models.Cat(pet_type="cat")
    assert (seen["method"], seen["path"], seen["query_string"]) == ("GET", "/v1/pets/1/info", b"ids=1,2")
    assert (b"host", b"pets.example:81") in seen["headers"]
    assert (b"x-trace", b"t") in seen["headers"]
    assert seen["server"] == ("pets.example", 81)
    assert seen["body"] == b""


async def test_a_body_is_streamed_to_the_application():
    found: list[bytes] = []

    async def application(scope, receive, send):
        found.append(await whole_body(receive))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async with client(application) as pets:
        await pets.pets.add_pet(body=models.NewPet(name="Rex", photo=File(b"y" * 1_000_000)))
    assert len(found[0]) > 1_000_000


async def test_an_application_that_raises_is_an_error_of_the_call():
    async def application(scope, receive, send):
        raise LookupError("inside")

    async with client(application) as pets:
        with pytest.raises(ProtocolError, match="LookupError: inside") as caught:
            await pets.pets.get_pet(1)
        assert isinstance(caught.value.__cause__, LookupError)


async def test_an_application_that_stops_early_is_truncated():
    async def application(scope, receive, send):
        await send(START)
        await send({"type": "http.response.body", "body": b"{", "more_body": True})

    async with client(application) as pets:
        with pytest.raises(TruncatedError):
            await pets.pets.get_pet(1)


async def test_a_silent_application_meets_the_read_limit_and_is_cancelled():
    ended: list[str] = []

    async def application(scope, receive, send):
        try:
            await asyncio.sleep(30)
        finally:
            ended.append("ended")

    async with client(application) as pets:
        with pytest.raises(DeadlineError) as caught:
            await pets.pets.get_pet(1, timeout=Timeout(read=0.05))
        await asyncio.sleep(0)
        assert (caught.value.limit, ended) == ("read", ["ended"])


async def test_leaving_a_stream_cancels_the_application():
    ended = asyncio.Event()

    async def application(scope, receive, send):
        try:
            await send({**START, "headers": [(b"content-type", b"image/jpeg")]})
            while True:
                await send({"type": "http.response.body", "body": b"x", "more_body": True})
        finally:
            ended.set()

    async with client(application) as pets:
        async with await pets.pets.download_photo(1) as stream:
            assert await anext(aiter(stream)) == b"x"
        await asyncio.wait_for(ended.wait(), 5)


async def test_a_head_has_no_body():
    async def application(scope, receive, send):
        await send(START)
        await send({"type": "http.response.body", "body": b"x"})

    async with client(application) as pets:
        response = await pets.send(Request("HEAD", "http://x/"))
    assert response.content == b""


async def test_leaving_an_answer_that_waits_for_its_reader_ends_the_application():
    ended = asyncio.Event()

    async def application(scope, receive, send):
        try:
            await send({**START, "headers": [(b"content-type", b"image/jpeg")]})
            for _ in range(16):
                await send({"type": "http.response.body", "body": b"x", "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            ended.set()

    async with client(application) as pets:
        async with await pets.pets.download_photo(1):
            for _ in range(10):
                await asyncio.sleep(0)
            assert not ended.is_set()
        await asyncio.wait_for(ended.wait(), 5)
