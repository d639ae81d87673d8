"""Server-sent events are read as the WHATWG says, and typed."""

from __future__ import annotations

import tracemalloc
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from multidict import CIMultiDict
from petstore import models
from petstore._runtime.errors import DecodeError, LimitError, RequestError, TransportError, TruncatedError
from petstore._runtime.event_stream import Events, EventStream, ServerSentEvent
from petstore._runtime.http import Response
from petstore._runtime.model import Model
from petstore._runtime.operation import Operation, Reply
from petstore._runtime.scripted import BytesSource

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MEDIA = "text/event-stream"


class Tick(Model):
    n: int


def operation(kind: object, **options: Any) -> Operation[EventStream[Any]]:
    return Operation("watch", "GET", ("/watch",), replies=(Reply("200", Events(MEDIA, lambda: kind, **options)),))


def stream(*pieces: bytes, kind: object = str, **options: Any) -> tuple[EventStream[Any], BytesSource]:
    source = BytesSource(pieces)
    response = Response(200, CIMultiDict({"Content-Type": MEDIA}), source)
    return operation(kind, **options).parse(response), source


async def read(*pieces: bytes, kind: object = str, **options: Any) -> list[ServerSentEvent[Any]]:
    events, source = stream(*pieces, kind=kind, **options)
    found = [event async for event in events]
    assert source.closed
    return found


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"data: a\n\n", ["a"]),
        (b"data: a\r\n\r\ndata: b\r\rdata: c\n\n", ["a", "b", "c"]),
        (b"\xef\xbb\xbfdata: a\n\n", ["a"]),
        (b"data:a\ndata: b\ndata:  c\n\n", ["a\nb\n c"]),
        (b": comment\n\n:\n\ndata: a\n\n", ["a"]),
        (b"data\n\ndata:\n\n", ["", ""]),
        (b"datax: a\nDATA: b\n\n", []),
        (b"event: x\n\ndata: a\n\n", ["a"]),
        (b"data: [DONE]\n\n", ["[DONE]"]),
        ("data: ä☃\n\n".encode(), ["ä☃"]),
        (b"data: \xff\n\n", ["\ufffd"]),
        (b"", []),
    ],
)
async def test_lines_become_events_however_they_are_cut(content, expected):
    assert [event.data for event in await read(content)] == expected
    assert [event.data for event in await read(*(content[i : i + 1] for i in range(len(content))))] == expected


async def test_names_ids_and_retries():
    content = (
        b"id: 1\nevent: x\nretry: 20\ndata: a\n\n"
        b"retry: 30\n\ndata: b\n\n"
        b"id: 2\n\nid: \0\nretry: 1s\ndata: c\n\n"
        b"id\ndata:\n\n"
    )
    events, _ = stream(content)
    assert (events.last_event_id, events.retry) == ("", None)
    assert [event async for event in events] == [
        ServerSentEvent("a", "x", "1", 20),
        ServerSentEvent("b", "message", "1", 30),
        ServerSentEvent("c", "message", "2"),
        ServerSentEvent("", "message", ""),
    ]
    assert (events.last_event_id, events.retry) == ("", 30)


async def test_data_is_json_where_its_type_is_not_text():
    assert [event.data for event in await read(b'data: {"n":\ndata: 1}\n\ndata: {"n":2}\n\n', kind=Tick)] == [
        Tick(1),
        Tick(2),
    ]
    assert [event.data for event in await read(b'data: {"petType":"cat"}\n\n', kind=models.Pet)] == [
        models.Cat(pet_type="cat")
    ]
    assert [event.data for event in await read(b"data: 2026-11-20\n\n", kind=date)] == [date(2026, 11, 20)]
    assert [event.data for event in await read(b"data: sold\n\n", kind=models.PetState)] == [models.PetState.SOLD]


async def test_done_ends_a_stream_of_json():
    assert [event.data for event in await read(b'data: {"n":1}\n\ndata: [DONE]\n\ndata: x\n\n', kind=Tick)] == [Tick(1)]
    assert [event.data for event in await read(b'data: {"n":1}\n\ndata: [DONE]', kind=Tick)] == [Tick(1)]
    assert [event.data for event in await read(b"data: 1\n\ndata: end\n\n", kind=int, end="end")] == [1]


@pytest.mark.parametrize("text", [b"[STOP]", b"done", b'{"n":"x"}', b"[DONE] "])
async def test_anything_else_that_does_not_fit_is_named(text):
    events, source = stream(b'data: {"n":1}\n\ndata: ' + text + b"\n\n", kind=Tick)
    with pytest.raises(DecodeError, match="event 2: the answer") as caught:
        [event async for event in events]
    assert (caught.value.content, caught.value.status, caught.value.media_type) == (text, 200, MEDIA)
    assert source.closed


async def test_a_date_that_is_none_is_named():
    with pytest.raises(DecodeError, match="event 1: the answer does not fit"):
        await read(b"data: yesterday\n\n", kind=date)


@pytest.mark.parametrize(
    "content", [b"data: a", b"data: a\n", b"data: a\n\ndata: b\n", b"id: 7\n", b"event: x", b"da", b"data: a\n\ni"]
)
async def test_an_event_without_an_end_is_not_given(content):
    with pytest.raises(TruncatedError, match="stopped within event"):
        await read(content + b"")


@pytest.mark.parametrize("end", [b": still here\n", b":", b"retry: 10\n"])
async def test_what_is_no_event_need_not_end(end):
    assert [event.data for event in await read(b"data: a\n\n" + end)] == ["a"]


async def test_a_stream_that_is_cut_gives_all_whole_events_and_says_how_to_go_on():
    events, source = stream(b"id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: c")
    rest = aiter(events)
    found = [(await anext(rest)).data, (await anext(rest)).data]
    with pytest.raises(TruncatedError, match=r"2 whole events came before; .*Last-Event-ID: '2'") as caught:
        await anext(rest)
    assert (found, caught.value.last_event_id, events.last_event_id) == (["a", "b"], "2", "2")
    assert source.closed


async def test_events_without_ids_say_that_nothing_can_be_asked_for():
    with pytest.raises(TruncatedError, match="1 whole event came before; they have no id") as caught:
        await read(b"data: a\n\ndata: b")
    assert caught.value.last_event_id == ""


@pytest.mark.parametrize("content", [b"data: " + b"x" * 200, b"data: x\n" * 60 + b"\n", b":" + b"x" * 200 + b"\n"])
async def test_an_event_and_a_line_are_bounded(content):
    with pytest.raises(LimitError, match="100 bytes"):
        await read(*(content[i : i + 7] for i in range(0, len(content), 7)), largest=100)


async def test_a_stream_is_read_once_and_closed_early():
    events, source = stream(b"data: a\n\ndata: b\n\n")
    async with events:
        async for event in events:
            assert event.data == "a"
            break
        assert not source.closed
    assert source.closed
    with pytest.raises(RequestError, match="read before"):
        [event async for event in events]


async def written(kind: object, *items: object) -> bytes:
    async def source() -> AsyncIterator[object]:
        for item in items:
            yield item

    media, body = Events(MEDIA, lambda: kind).encode(source())
    assert media == MEDIA
    return b"".join([piece async for piece in body.chunks()])


async def test_what_is_written_is_read_again():
    first = ServerSentEvent(Tick(2), "tick", "7", 100)
    content = await written(Tick, Tick(1), first)
    assert content == b'data: {"n":1}\n\nevent: tick\nid: 7\nretry: 100\ndata: {"n":2}\n\n'
    assert await read(content, kind=Tick) == [ServerSentEvent(Tick(1)), first]
    texts = ["a\nb\r\nc", "", " x", "data: y"]
    assert [event.data for event in await read(await written(str, *texts))] == ["a\nb\nc", "", " x", "data: y"]


@pytest.mark.parametrize("event", [ServerSentEvent("a", "x\ndata: y"), ServerSentEvent("a", id="1\0")])
async def test_a_field_cannot_begin_another(event):
    with pytest.raises(RequestError, match="line break"):
        await written(str, event)


def test_one_value_is_no_stream():
    with pytest.raises(RequestError, match="async iterable"):
        Events(MEDIA, lambda: str).encode("text")
    assert not Events(MEDIA, lambda: str).accepts("text")


async def test_empty_lines_of_data_take_no_more_memory_than_they_are_long():
    largest = 1 << 20
    lines = b"data:\n" * 1024
    tracemalloc.start()
    try:
        with pytest.raises(LimitError, match="one event"):
            await read(*[lines] * (largest // 1024 + 2), largest=largest)
        assert tracemalloc.get_traced_memory()[1] < 4 * largest
    finally:
        tracemalloc.stop()


async def test_empty_lines_of_data_count():
    assert [event.data for event in await read(b"data:\ndata:\ndata: a\ndata:\n\ndata:\n\n")] == ["\n\na\n", ""]


async def lost(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
    raise TransportError("the connection was lost")


@pytest.mark.parametrize(
    ("content", "last_id", "retry"),
    [
        (b"retry: 5000\n\n", "", 5000),
        (b"retry: 5000\n", "", 5000),
        (b"retry: soon\n\n", "", None),
        (b"id: 9\n\n", "9", None),
        (b"id: 9\n", "", None),
        (b"id: 8\ndata: a\n\nid: 9\n\n", "9", None),
        (b"id: 8\ndata: a\n\nid\n\n", "", None),
        (b"id: 8\ndata: a\n\n: still here\n\n", "8", None),
    ],
)
async def test_id_and_retry_count_without_data(content: bytes, last_id: str, retry: int | None):
    events, source = stream()
    source.chunks = lambda: lost(content)
    with pytest.raises(TransportError) as caught:
        _ = [event async for event in events]
    assert (events.last_event_id, events.retry) == (last_id, retry)
    assert caught.value.last_event_id == last_id
