"""Generated methods of streams, JSON lines, open models and typed headers, as the example package has them."""

from __future__ import annotations

import petstore
import pytest
from petstore import models, webhook_bodies, webhooks
from petstore._runtime import Int64Text, ScriptedTransport, ServerSentEvent, answer, parse_webhook
from petstore._runtime.event_stream import EventStream, SyncEventStream


def script(*steps: object) -> ScriptedTransport:
    return ScriptedTransport(list(steps))  # type: ignore[arg-type]


def events():
    return answer(200, b'data: {"n":1}\n\n', media="text/event-stream")


async def test_asynchronous_methods():
    transport = script(
        ("GET /watch", events()),
        ("GET /export", answer(200, b'{"n":1}\n{"n":2}\n', media="application/jsonl")),
        ("POST /import", answer(200, 2)),
        ("GET /chat?stream=true", events()),
        ("GET /chat?stream=false", answer(200, {"n": 3})),
        ("GET /count", answer(200, {"petId": "7", "x": 1}, headers={"X-Rate-Limit": "5"})),
    )
    async with petstore.Client("http://x", transport=transport) as client:
        async with await client.feed.watch() as found:
            assert [event async for event in found] == [ServerSentEvent(models.Tick(n=1))]
        async with await client.feed.export() as rows:
            assert [row async for row in rows] == [models.Tick(n=1), models.Tick(n=2)]
        assert await client.feed.import_(body=[models.Tick(n=1)]) == 2
        assert transport.requests[2].content == b'{"n":1}\n'
        assert isinstance(await client.feed.chat(stream=True), EventStream)
        assert await client.feed.chat(stream=False) == models.Tick(n=3)
        raw = await client.feed.with_raw_response.count()
        assert (raw.typed_headers.x_rate_limit, raw.parse()) == (
            5,
            models.Labels(pet_id=Int64Text(7), additional_properties={"x": 1}),
        )


def test_synchronous_methods():
    transport = script(
        ("GET /watch", events()),
        ("GET /chat?stream=true", events()),
        ("GET /chat", answer(200, {"n": 3})),
        ("GET /count", answer(200, {"petId": "7"}, headers={"X-Rate-Limit": "5"})),
        ("GET /export", answer(200, b'{"n":1}', media="application/jsonl")),
    )
    with petstore.SyncClient("http://x", transport=transport) as client:
        with client.feed.watch() as found:
            assert [event.data for event in found] == [models.Tick(n=1)]
        assert isinstance(client.feed.chat(stream=True), SyncEventStream)
        assert client.feed.chat() == models.Tick(n=3)
        assert client.feed.with_raw_response.count().typed_headers.x_rate_limit == 5
        with client.feed.with_raw_response.export().parse() as rows:
            assert list(rows) == [models.Tick(n=1)]


def test_webhooks_are_read_and_served():
    assert parse_webhook(webhook_bodies.PET_SOLD, {}, b'{"petId":"1"}') == models.Labels(pet_id=Int64Text(1))
    assert webhooks.Webhooks().application() is not None


def test_servers_have_variables():
    assert petstore.Client.servers[1].url(region="us") == "https://us.petstore.example/v1"
    with pytest.raises(petstore.errors.RequestError):
        petstore.SyncClient.servers[1].url(region="mars")
