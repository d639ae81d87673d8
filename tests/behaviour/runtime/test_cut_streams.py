"""Streams whose connection is lost: whatever came whole is given before the error, however late it is read."""

from __future__ import annotations

import asyncio

import petstore
import pytest
from petstore._runtime import Timeout, TransportError, TruncatedError
from petstore._runtime.event_stream import Events, EventStream
from petstore._runtime.operation import Operation, Reply
from tests.support.raw_server import RawServer, chunk
from tests.support.wire import WAYS, plays, take

WATCH: Operation[EventStream[str]] = Operation(
    "watch", "GET", ("/watch",), replies=(Reply("200", Events("text/event-stream", lambda: str)),)
)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
WHOLE = b"id: 1\ndata: a\n\nid: 2\ndata: b\n\n"
CUT = WHOLE + b"id: 3\ndata: c"
ANSWERS = {
    "no length": HEAD + b"Connection: close\r\n\r\n" + CUT,
    "chunked": HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk(CUT),
    "within a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk(WHOLE) + b"ff\r\nid: 3\ndata: c",
    "a length": HEAD + b"Content-Length: 999\r\n\r\n" + CUT,
    "between events": HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk(WHOLE),
}


async def read(events, found):
    async for event in events:
        found.append(event.data)


@pytest.mark.parametrize("late", [False, True], ids=["at once", "late"])
@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("way", WAYS)
async def test_whole_events_are_given_before_the_error(way, answer, late, monkeypatch):
    take(way, monkeypatch)
    closed = asyncio.Event()

    async def script(connection):
        await plays(ANSWERS[answer])(connection)
        closed.set()

    async with RawServer(script) as server, petstore.Client(server.url, timeout=Timeout(total=10)) as client:
        events = await client.call(WATCH, ())
        if late:
            await closed.wait()
            await asyncio.sleep(0.05)  # the end of the connection reaches the client
        found = []
        with pytest.raises(TransportError, match=r"GET .*: .*2 whole events came before.*Last-Event-ID: '2'") as caught:
            await read(events, found)
    assert found == ["a", "b"]
    assert caught.value.last_event_id == "2"
    assert isinstance(caught.value, TruncatedError)
