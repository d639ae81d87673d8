"""Answers that are bytes or text."""

from __future__ import annotations

import asyncio

import pytest
from tests.support.exchange import BASE_URL, Reply, exchange, refusal, runtime_of, scripted

ZIP = Reply(200, b"PK..", "application/zip")


async def test_bytes_are_a_stream(sdk):
    async with sdk.Client(BASE_URL, transport=scripted(sdk, ZIP)) as client, await client.api.get_file() as stream:
        assert [piece async for piece in stream] == [b"PK.."]
        assert stream.content_type == "application/zip"


def test_bytes_are_a_stream_for_synchronous_callers_too(sdk):
    with sdk.SyncClient(BASE_URL, transport=scripted(sdk, ZIP)) as client, client.api.get_file() as stream:
        assert list(stream) == [b"PK.."]


async def test_a_raw_response_has_the_stream_behind_parse(sdk):
    async with sdk.Client(BASE_URL, transport=scripted(sdk, ZIP)) as client:
        raw = await client.api.with_raw_response.get_file()
        assert (raw.status, await raw.parse().read()) == (200, b"PK..")

    def synchronous() -> bytes:
        with sdk.SyncClient(BASE_URL, transport=scripted(sdk, ZIP)) as client:
            return client.api.with_raw_response.get_file().parse().read()

    assert await asyncio.to_thread(synchronous) == b"PK.."


async def test_a_stream_is_read_once(sdk):
    async with sdk.Client(BASE_URL, transport=scripted(sdk, ZIP)) as client:
        stream = await client.api.get_file()
        await stream.read()
        with pytest.raises(runtime_of(sdk).RequestError, match="read before"):
            await stream.read()


async def test_streams_ask_for_bytes_as_they_are(sdk):
    request = (await exchange(sdk, lambda c: c.api.get_file(), ZIP)).request
    assert (request.headers["Accept"], request.headers["Accept-Encoding"]) == ("application/zip", "identity")


async def test_a_range_of_media_types(sdk):
    async with sdk.Client(BASE_URL, transport=scripted(sdk, Reply(200, b"x", "image/webp"))) as client:
        assert await (await client.api.get_image()).read() == b"x"


async def test_an_error_of_a_stream_is_raised(sdk):
    found = await refusal(sdk, lambda c: c.api.get_file(), Reply(404, b"no", "text/plain"))
    assert isinstance(found.error, runtime_of(sdk).NotFoundError)
    assert found.error.content == b"no"


async def test_an_answer_of_another_media_type_is_an_error(sdk):
    found = await refusal(sdk, lambda c: c.api.get_file(), Reply(200, b"<html>", "text/html"))
    assert isinstance(found.error, runtime_of(sdk).DecodeError)
    assert "text/html" in str(found.error)


async def test_bytes_beside_json_are_read_whole(sdk):
    found = await exchange(sdk, lambda c: c.api.get_either(), Reply(200, b"\0", "application/octet-stream"))
    assert found.value == b"\0"
    found = await exchange(sdk, lambda c: c.api.get_either(), Reply(200, {"url": "u"}))
    assert found.value == sdk.models.GetEither200Json(url="u")


@pytest.mark.parametrize(
    ("content", "media"),
    [("grün".encode(), "text/plain"), ("grün".encode("latin-1"), "text/plain; charset=iso-8859-1")],
)
async def test_text_in_its_charset(sdk, content, media):
    assert (await exchange(sdk, lambda c: c.api.get_text(), Reply(200, content, media))).value == "grün"


async def test_events_are_given_one_by_one(sdk):
    sent = b"data: one\n\nevent: kind\nid: 7\ndata: two\n\n"
    transport = scripted(sdk, Reply(200, sent, "text/event-stream"))
    async with sdk.Client(BASE_URL, transport=transport) as client, await client.api.get_events() as events:
        found = [(event.event, event.data, event.id) async for event in events]
    assert [(name, data) for name, data, _ in found] == [("message", "one"), ("kind", "two")]
    assert found[1][2] == "7"
