"""Server-sent events and JSON lines, item by item and typed."""

from __future__ import annotations

import asyncio
import datetime

import aiohttp
import pytest
from tests.support.exchange import BASE_URL, Reply, exchange, refusal, runtime_module, runtime_of, scripted

EVENTS = "text/event-stream"


def client_of(sdk, content: bytes, media: str):
    return sdk.Client(BASE_URL, transport=scripted(sdk, Reply(200, content, media)))


async def test_the_data_of_events_is_typed(sdk):
    content = b'id: 7\ndata: {"n":1,\ndata: "at":"2024-02-29T12:00:00Z"}\n\n: ping\n\nevent: more\ndata: {"n":2}\n\n'
    async with client_of(sdk, content, EVENTS) as client, await client.api.watch_ticks() as events:
        found = [(event.event, event.id, event.data) async for event in events]
    noon = datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.UTC)
    tick = sdk.models.Tick
    assert found == [("message", "7", tick(n=1, at=noon)), ("more", "7", tick(n=2))]


def test_a_synchronous_client_reads_the_same(sdk):
    transport = scripted(sdk, Reply(200, b'data: {"n":1}\n\n', EVENTS))
    with sdk.SyncClient(BASE_URL, transport=transport) as client, client.api.watch_ticks() as events:
        assert [event.data for event in events] == [sdk.models.Tick(n=1)]


async def test_kinds_of_events_have_the_types_of_their_data(sdk):
    content = b'event: tick\ndata: {"n":1}\n\nevent: done\ndata: bye\n\n'
    async with client_of(sdk, content, EVENTS) as client, await client.api.watch_events() as events:
        assert [(event.event, event.data) async for event in events] == [
            ("tick", sdk.models.Tick(n=1)),
            ("done", "bye"),
        ]


async def test_an_event_that_does_not_fit_is_raised_when_it_is_reached(sdk):
    content = b'data: {"n":1}\n\ndata: {"n":"x"}\n\n'
    async with client_of(sdk, content, EVENTS) as client, await client.api.watch_ticks() as events:
        each = aiter(events)
        assert (await anext(each)).data == sdk.models.Tick(n=1)
        with pytest.raises(runtime_of(sdk).DecodeError, match=r"\$\.n"):
            await anext(each)


async def test_json_that_does_not_fit_is_no_text(sdk):
    async with client_of(sdk, b'data: {"n":"x"}\n\n', EVENTS) as client, await client.api.watch_events() as events:
        with pytest.raises(runtime_of(sdk).DecodeError, match=r"\$\.n"):
            await anext(aiter(events))


async def test_lines_are_typed(sdk):
    content = b'{"n":1}\n\n{"n":2}'
    async with client_of(sdk, content, "application/jsonl") as client, await client.api.read_rows() as rows:
        assert [row async for row in rows] == [sdk.models.Tick(n=1), sdk.models.Tick(n=2)]


async def test_a_schema_of_lines_is_that_of_one_item(sdk):
    async with client_of(sdk, b'{"n":1}\n', "application/ndjson") as client, await client.api.read_more() as rows:
        assert [row async for row in rows] == [sdk.models.Tick(n=1)]


async def test_lines_are_sent(sdk):
    ticks = [sdk.models.Tick(n=1), sdk.models.Tick(n=2)]
    done = await exchange(sdk, lambda c: c.api.write_rows(body=ticks), Reply(200, 2))
    assert done.request.headers["Content-Type"] == "application/x-ndjson"
    assert done.request.content == b'{"n":1}\n{"n":2}\n'


async def test_an_answer_may_be_one_value_or_many(sdk):
    done = await exchange(sdk, lambda c: c.api.read_either(), Reply(200, {"n": 1}))
    assert done.value == sdk.models.Tick(n=1)
    async with client_of(sdk, b'data: {"n":2}\n\n', EVENTS) as client:
        events = await client.api.read_either(stream=True)
        async with events:
            assert [event.data async for event in events] == [sdk.models.Tick(n=2)]


async def test_an_error_of_a_stream_is_raised_before_it_begins(sdk):
    found = await refusal(sdk, lambda c: c.api.watch_ticks(), Reply(404, b"no", "text/plain"))
    assert isinstance(found.error, runtime_of(sdk).NotFoundError)


async def test_a_server_writes_and_reads_them(sdk):
    tick = sdk.models.Tick

    class Ticks(sdk.Server):
        async def watch_ticks(self):
            async def events():
                for n in range(3):
                    yield tick(n=n)
                    await asyncio.sleep(0)

            return events()

        async def read_rows(self):  # a generator will do as well
            for n in range(2):
                yield tick(n=n)

        async def write_rows(self, *, body):
            return sum([row.n async for row in body])

    async with (
        runtime_module(sdk, "server").serve(Ticks().application()) as url,
        sdk.Client(url) as client,
        await client.api.watch_ticks() as events,
    ):
        assert [event.data.n async for event in events] == [0, 1, 2]
        assert await client.api.write_rows(body=[tick(n=4), tick(n=5)]) == 9
        async with aiohttp.ClientSession() as session, session.get(f"{url}/ticks") as answer:
            assert answer.content_type == EVENTS
            assert (await answer.text()).startswith('data: {"n":0}\n\n')
