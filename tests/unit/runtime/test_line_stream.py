"""JSON lines are read one by one, and written from any iterable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from multidict import CIMultiDict
from petstore._runtime.errors import DecodeError, LimitError, RequestError, TruncatedError
from petstore._runtime.http import Response
from petstore._runtime.line_stream import Lines, LineStream
from petstore._runtime.model import Model
from petstore._runtime.operation import Operation, Reply
from petstore._runtime.scripted import BytesSource

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MEDIA = "application/x-ndjson"


class Tick(Model):
    n: int


def stream(*pieces: bytes, kind: object = Tick, media: str = MEDIA, largest: int = 1000) -> LineStream[Any]:
    operation: Operation[LineStream[Any]] = Operation(
        "rows", "GET", ("/rows",), replies=(Reply("200", Lines(media, lambda: kind, largest=largest)),)
    )
    return operation.parse(Response(200, CIMultiDict({"Content-Type": media}), BytesSource(pieces)))


@pytest.mark.parametrize("size", [1, 3, 1000])
async def test_lines_are_values_however_they_are_cut(size):
    content = b'\xef\xbb\xbf{"n":1}\r\n\n  \n{"n":2}\n{"n":3}'
    pieces = [content[i : i + size] for i in range(0, len(content), size)]
    assert [tick async for tick in stream(*pieces)] == [Tick(1), Tick(2), Tick(3)]


async def test_records_of_a_sequence():
    seq = "application/json-seq"
    assert [v async for v in stream(b'\x1e{"n":1}\n\x1e{"n"', b':\n2}\n\x1e\x1e{"n":3}', media=seq)] == [
        Tick(1),
        Tick(2),
        Tick(3),
    ]
    with pytest.raises(TruncatedError, match="record 3"):
        [v async for v in stream(b"\x1e1\n\x1e12", kind=int, media=seq)]


async def test_a_line_that_does_not_fit_is_named():
    with pytest.raises(DecodeError, match=r"line 3: the answer does not fit at \$\.n") as caught:
        [v async for v in stream(b'{"n":1}\n\n{"n":"x"}\n{"n":2}\n')]
    assert (caught.value.path, caught.value.content, caught.value.status) == ("$.n", b'{"n":"x"}', 200)
    with pytest.raises(DecodeError, match="line 2: the answer is not JSON"):
        [v async for v in stream(b'{"n":1}\n{"n":')]


async def test_a_line_is_bounded():
    with pytest.raises(LimitError, match="1000 bytes"):
        [v async for v in stream(b'{"n":' + b" " * 900, b" " * 900)]


async def chunks(body: Any) -> bytes:
    return b"".join([piece async for piece in body.chunks()])


async def test_lines_are_written_from_any_iterable():
    codec = Lines(MEDIA, lambda: Tick)

    async def items() -> AsyncIterator[Tick]:
        yield Tick(1)
        yield Tick(2)

    expected = b'{"n":1}\n{"n":2}\n'
    assert codec.encode([Tick(1), Tick(2)]) == (MEDIA, expected)
    assert await chunks(codec.encode(items())[1]) == expected
    body = codec.encode(Tick(n) for n in (1, 2))[1]
    assert (body.length, body.repeatable) == (None, False)
    assert await chunks(body) == expected
    with pytest.raises(RequestError, match="sent before"):
        await chunks(body)
    assert Lines("application/json-seq", lambda: int).encode([1])[1] == b"\x1e1\n"


@pytest.mark.parametrize("value", ["text", b"bytes", {"a": 1}, Tick(1), 3])
def test_one_value_is_no_row(value):
    with pytest.raises(RequestError, match="iterable"):
        Lines(MEDIA, lambda: Tick).encode(value)


async def test_an_item_that_cannot_be_written_is_refused():
    with pytest.raises(RequestError, match="an item of the body"):
        Lines(MEDIA, lambda: Tick).encode([object()])


def test_a_body_that_was_read_whole_is_a_list():
    assert Lines(MEDIA, lambda: Tick).decode(b'{"n":1}\n\n{"n":2}', MEDIA) == [Tick(1), Tick(2)]
