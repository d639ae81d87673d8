"""Event streams and JSON lines between a client and a server, over the wire."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import petstore
import pytest
from petstore._runtime import StatusError, TransportError
from petstore._runtime.event_stream import Events, EventStream, ServerSentEvent, SyncEventStream
from petstore._runtime.line_stream import Lines, LineStream, SyncLineStream
from petstore._runtime.model import Model
from petstore._runtime.operation import Body, Json, Operation, Query, Reply
from petstore._runtime.resources import Resource, SyncRawResponse, SyncResource
from petstore._runtime.server import BaseServer, Endpoint, serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterator


class Tick(Model):
    n: int


WATCH: Operation[EventStream[Tick]] = Operation(
    "watch",
    "GET",
    ("/watch",),
    query=(Query("count", lambda: int),),
    replies=(Reply("200", Events("text/event-stream", lambda: Tick)),),
)
ROWS: Operation[LineStream[Tick]] = Operation(
    "rows", "GET", ("/rows",), replies=(Reply("200", Lines("application/jsonl", lambda: Tick)),)
)
TOTAL: Operation[int] = Operation(
    "total",
    "POST",
    ("/total",),
    body=Body(Lines("application/jsonl", lambda: Tick), required=True),
    replies=(Reply("200", Json("application/json", lambda: int)),),
)
EITHER: Operation[int | EventStream[Tick]] = Operation(
    "either",
    "GET",
    ("/either",),
    query=(Query("stream", lambda: bool),),
    replies=(Reply("200", Json("application/json", lambda: int), Events("text/event-stream", lambda: Tick)),),
)


class Ticks(BaseServer):
    endpoints = (
        Endpoint("watch", WATCH, ("count",)),
        Endpoint("rows", ROWS),
        Endpoint("total", TOTAL, ("body",)),
        Endpoint("either", EITHER, ("stream",)),
    )

    def __init__(self) -> None:
        self.ended = asyncio.Event()

    async def watch(self, *, count: int) -> AsyncIterable[Tick | ServerSentEvent[Tick]]:
        async def events() -> AsyncIterator[Tick | ServerSentEvent[Tick]]:
            try:
                yield Tick(0)
                for n in range(1, count):
                    yield ServerSentEvent(Tick(n), "tick", str(n))
                    await asyncio.sleep(0)
                if count < 0:
                    raise LookupError("a secret detail")
            finally:
                self.ended.set()

        return events()

    async def rows(self) -> AsyncIterable[Tick]:
        return ticks(3)

    async def total(self, *, body: AsyncIterable[Tick]) -> int:
        return sum([tick.n async for tick in body])

    async def either(self, *, stream: bool) -> int | AsyncIterable[Tick]:
        return ticks(2) if stream else 7


async def ticks(count: int) -> AsyncIterator[Tick]:
    for n in range(count):
        yield Tick(n)


@pytest.fixture
async def server():
    ticks = Ticks()
    async with serve(ticks.application()) as url:
        ticks.url = url
        yield ticks


class Api(Resource):
    async def watch(self, count: int) -> EventStream[Tick]:
        return await self._call(WATCH, (count,))


class SyncApi(SyncResource):
    def watch(self, count: int) -> SyncEventStream[Tick]:
        return self._call_stream(WATCH, (count,))

    def rows(self) -> SyncLineStream[Tick]:
        return self._call_stream(ROWS, ())

    def either(self, *, stream: bool) -> Any:
        return self._call_mixed(EITHER, (stream,))


async def test_events_come_typed(server):
    async with petstore.Client(server.url) as client, await Api(client).watch(3) as events:
        assert [event async for event in events] == [
            ServerSentEvent(Tick(0)),
            ServerSentEvent(Tick(1), "tick", "1"),
            ServerSentEvent(Tick(2), "tick", "2"),
        ]
        assert events.last_event_id == "2"


async def test_a_raw_answer_gives_the_events_when_it_is_parsed(server):
    async with petstore.Client(server.url) as client:
        raw: Any = await Api(client, raw=True).watch(1)
        assert (raw.status, raw.headers["Cache-Control"]) == (200, "no-store")
        async with raw.parse() as events:
            assert [event.data async for event in events] == [Tick(0)]


async def test_a_reader_that_goes_away_ends_the_servers_stream(server):
    async with petstore.Client(server.url) as client, await Api(client).watch(10**9) as events:
        async for event in events:
            if event.data.n == 3:
                break
    await asyncio.wait_for(server.ended.wait(), 10)


async def test_a_method_that_fails_within_its_stream_cuts_the_connection(server, caplog):
    with caplog.at_level(logging.CRITICAL, "petstore"):
        async with petstore.Client(server.url) as client, await Api(client).watch(-1) as events:
            with pytest.raises(TransportError):
                [event async for event in events]
        async with petstore.Client(server.url) as client, await Api(client).watch(1) as events:
            assert [event.data async for event in events] == [Tick(0)]


async def test_lines_come_typed(server):
    async with petstore.Client(server.url) as client, await client.call(ROWS, ()) as rows:
        assert [row async for row in rows] == [Tick(0), Tick(1), Tick(2)]


async def test_lines_are_sent_from_lists_and_generators(server):
    async with petstore.Client(server.url) as client:
        assert await client.call(TOTAL, ([Tick(1), Tick(2)],)) == 3
        assert await client.call(TOTAL, (ticks(101),)) == 5050
        assert await client.call(TOTAL, ((Tick(n) for n in range(4)),)) == 6
        with pytest.raises(StatusError, match="line 2: the body does not fit") as caught:
            await client.call(TOTAL, (({"n": n} for n in (1, "x")),))
        assert caught.value.status == 400


async def test_one_operation_gives_a_value_or_a_stream(server):
    async with petstore.Client(server.url) as client:
        assert await client.call(EITHER, (False,)) == 7
        found = await client.call(EITHER, (True,))
        assert isinstance(found, EventStream)
        assert [event.data async for event in found] == [Tick(0), Tick(1)]


def synchronously(url: str) -> None:
    with petstore.SyncClient(url) as client:
        with SyncApi(client).watch(2) as events:
            assert [event.data for event in events] == [Tick(0), Tick(1)]
            assert events.last_event_id == "1"
        with SyncApi(client).rows() as rows:
            assert next(iter(rows)) == Tick(0)
        raw: Any = SyncApi(client, raw=True).rows()
        assert isinstance(raw, SyncRawResponse)
        assert list(raw.parse()) == [Tick(0), Tick(1), Tick(2)]
        assert SyncApi(client).either(stream=False) == 7
        assert [event.data for event in SyncApi(client).either(stream=True)] == [Tick(0), Tick(1)]

        def source() -> Iterator[Tick]:
            yield Tick(4)
            yield Tick(5)

        assert client.call(TOTAL, (source(),)) == 9


async def test_synchronous_callers_have_the_same(server):
    await asyncio.to_thread(synchronously, server.url)
