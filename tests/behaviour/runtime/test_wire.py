"""Answers and uploads over aiohttp, with servers that misbehave byte by byte."""

from __future__ import annotations

import asyncio
import gzip

import petstore
import pytest
from petstore import models
from petstore._runtime import (
    DeadlineError,
    DecodeError,
    Error,
    File,
    LimitError,
    Limits,
    ProtocolError,
    Request,
    RequestError,
    StatusError,
    Timeout,
    TruncatedError,
)
from tests.support.clock import Clock
from tests.support.raw_server import Connection, RawServer, chunk, response
from tests.support.wire import CAT, HEAD, JSON, WAYS, call, plays, take


@pytest.fixture(autouse=True, params=WAYS)
def way(request, monkeypatch) -> str:
    """All ways through aiohttp behave alike."""
    take(request.param, monkeypatch)
    return request.param


async def test_a_whole_answer_is_read_and_its_connection_used_again():
    async def script(connection: Connection) -> None:
        while await connection.request() is not None:
            await connection.send(response(200, CAT, JSON))

    async with RawServer(script) as server, petstore.Client(server.url) as pets:
        for _ in range(3):
            assert await pets.pets.get_pet(1) == models.Cat(pet_type="cat")
        assert server.connections == 1
        assert server.requests[0].headers["host"] == server.url.removeprefix("http://")
        assert server.requests[0].lines[0] == "GET /pets/1/info HTTP/1.1"
        assert server.requests[0].headers["user-agent"] == "petstore (specbind; python)"


@pytest.mark.parametrize(
    "pieces",
    [
        [HEAD + b"Content-Length: 17\r\n\r\n", CAT],
        [HEAD + b"Transfer-Encoding: chunked\r\n\r\n", chunk(CAT[:5]), chunk(CAT[5:]), chunk(b"")],
        [HEAD + b"Connection: close\r\n\r\n", CAT],
        [b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"Content-Length: 17\r\n\r\n", CAT],
        [response(200, gzip.compress(CAT), {**JSON, "Content-Encoding": "gzip"})],
    ],
)
async def test_every_framing_is_read(pieces):
    async with RawServer(plays(*pieces)) as server:
        assert await call(server) == models.Cat(pet_type="cat")


@pytest.mark.parametrize(
    "pieces",
    [
        [HEAD + b"Content-Length: 100\r\n\r\n", CAT],
        [HEAD + b"Transfer-Encoding: chunked\r\n\r\n", chunk(CAT)],
        [HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"ff\r\n" + CAT],
        [response(200, gzip.compress(CAT)[:-4], {**JSON, "Content-Encoding": "gzip"})],
        [b""],
        [b"HTTP/1.1 200 OK\r\nContent-Le"],
    ],
)
async def test_an_answer_that_stops_early_is_truncated_and_never_whole(pieces):
    async with RawServer(plays(*pieces)) as server:
        with pytest.raises(TruncatedError, match=r"\(getPet\)"):
            await call(server)
        await server.idle()


async def test_an_error_answer_that_stops_early_keeps_its_status():
    async with RawServer(plays(b"HTTP/1.1 503 X\r\nContent-Length: 100\r\n\r\nbusy")) as server:
        with pytest.raises(StatusError, match="503") as caught:
            await call(server)
        assert isinstance(caught.value.__cause__, TruncatedError)


async def test_a_reset_within_the_body_is_truncated():
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(HEAD + b"Content-Length: 100\r\n\r\n" + CAT)
        await asyncio.sleep(0.02)
        connection.reset()

    async with RawServer(script) as server:
        with pytest.raises(TruncatedError):
            await call(server)


@pytest.mark.parametrize(
    ("pieces", "kind"),
    [
        ([b"NOT HTTP\r\n\r\n"], ProtocolError),
        ([b"HTTP/1.1 abc OK\r\n\r\n"], ProtocolError),
        ([HEAD + b"X: " + b"x" * 100_000 + b"\r\n\r\n"], ProtocolError),
        ([HEAD + b"X: y\r\n" * 1000 + b"\r\n"], ProtocolError),
        ([HEAD + b"Content-Length: 2\r\nContent-Length: 17\r\n\r\n" + CAT], ProtocolError),
        ([HEAD + b"Content-Length: 17\r\nTransfer-Encoding: chunked\r\n\r\n" + CAT], ProtocolError),
        ([HEAD + b"Content-Length: +17\r\n\r\n" + CAT], ProtocolError),
        ([HEAD + b"Content-Length: 0x11\r\n\r\n" + CAT], ProtocolError),
        ([HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"FFFFFFFFFFFFFFFFF\r\n" + CAT], ProtocolError),
        ([HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"-5\r\n" + CAT], ProtocolError),
        ([response(200, CAT, {**JSON, "Content-Encoding": "gzip"})], DecodeError),
        ([response(200, gzip.compress(CAT) + b"x", {**JSON, "Content-Encoding": "gzip"})], DecodeError),
        ([response(200, CAT, {**JSON, "Content-Encoding": "br"})], DecodeError),
    ],
)
async def test_an_answer_that_is_not_what_it_says_is_refused(pieces, kind):
    async with RawServer(plays(*pieces)) as server:
        with pytest.raises(kind, match=r"\(getPet\)") as caught:
            await call(server)
        assert isinstance(caught.value, Error)
        await server.idle()


MALFORMED = [
    pytest.param(b"ZZ\r\nxx\r\n0\r\n\r\n", id="size"),
    pytest.param(b"5\r\nhellooooo\r\n", id="end"),
    pytest.param(b"F" * 17 + b"\r\n", id="huge"),
]


async def whole(pets: petstore.Client, _: RawServer) -> None:
    await pets.pets.get_pet(1)


async def in_pieces(pets: petstore.Client, server: RawServer) -> None:
    async with await pets.pets.download_photo(1) as stream:
        async for piece in stream:
            assert piece == b"hello"
            server.go_on.set()


async def in_bulk(pets: petstore.Client, server: RawServer) -> None:
    answer = await pets.send(Request("GET", f"{server.url}/x", stream=True))
    try:
        server.go_on.set()
        assert answer.bulk() is None
        async for piece in answer.chunks():
            assert piece == b"hello"
    finally:
        answer.close()


@pytest.mark.parametrize("read", [whole, in_pieces, in_bulk])
@pytest.mark.parametrize("rest", MALFORMED)
@pytest.mark.parametrize("proxied", [False, True])
async def test_a_malformed_chunk_behind_good_ones_ends_the_call_at_once(read, rest, proxied):
    """There is no limit of time that could end it."""

    async def script(connection: Connection) -> None:
        await connection.request()
        kind = b"application/json" if read is whole else b"image/jpeg"
        head = b"HTTP/1.1 200 OK\r\nContent-Type: " + kind + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
        await connection.send(head + chunk(b"hello"))
        if read is whole:
            await asyncio.sleep(0.02)  # so that the reader waits
        else:
            await connection.server.go_on.wait()
        await connection.send(rest)
        await connection.stall()

    async with RawServer(script) as server:
        server.go_on = asyncio.Event()
        options = {"proxy": server.url} if proxied else {}
        async with petstore.Client(server.url, timeout=None, **options) as pets:
            with pytest.raises(ProtocolError, match="not HTTP"):
                await asyncio.wait_for(read(pets, server), 10)
        await server.idle()


async def test_interim_answers_without_end_are_refused(way):
    async def script(connection: Connection) -> None:
        await connection.request()
        while True:
            await connection.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")

    async with RawServer(script) as server:
        # aiohttp itself waits for a final answer until the total limit
        with pytest.raises(ProtocolError if way == "short" else DeadlineError):
            await call(server, timeout=Timeout(total=30 if way == "short" else 0.3))


@pytest.mark.parametrize(
    "head", [b"Content-Length: 5000\r\n\r\n", b"\r\n", b"Transfer-Encoding: chunked\r\n\r\n1388\r\n"]
)
async def test_an_oversize_answer_is_refused_and_its_connection_closed(head):
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(HEAD + head + b" " * 4000)
        await connection.stall()

    async with RawServer(script) as server:
        with pytest.raises(LimitError, match="1000"):
            await call(server, limits=Limits(max_body=1000))
        await server.idle()


async def test_a_server_that_never_answers_meets_the_read_limit():
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.stall()

    async with RawServer(script) as server, petstore.Client(server.url) as pets:
        with pytest.raises(DeadlineError, match=r"silent for 0.1 s") as caught:
            await pets.pets.get_pet(1, timeout=Timeout(read=0.1))
        assert caught.value.limit == "read"
        await server.idle()


async def test_a_slow_body_meets_the_total_limit_and_not_the_read_limit():
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(HEAD + b"Content-Length: 1000\r\n\r\n")
        while True:
            await connection.send(b" ")
            await asyncio.sleep(0.02)

    async with RawServer(script) as server, petstore.Client(server.url) as pets:
        with pytest.raises(DeadlineError, match="in total") as caught:
            await pets.pets.get_pet(1, timeout=Timeout(total=1.5, read=1))
        assert caught.value.limit == "total"
        await server.idle()


async def test_a_stream_that_stops_fails_at_that_point():
    async with (
        RawServer(plays(b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: 9\r\n\r\nabc")) as server,
        petstore.Client(server.url) as pets,
    ):
        stream = await pets.pets.download_photo(1)
        assert stream.content_length == 9
        pieces = aiter(stream)
        assert await anext(pieces) == b"abc"
        with pytest.raises(TruncatedError, match="downloadPhoto"):
            await anext(pieces)


async def test_leaving_a_stream_closes_its_connection():
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(
            b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 100
        )
        await connection.stall()

    async with RawServer(script) as server, petstore.Client(server.url) as pets:
        async with await pets.pets.download_photo(1) as stream:
            assert len(await anext(aiter(stream))) == 100
        await server.idle()


async def test_a_reader_that_stops_holds_the_server_back():
    sent = 0

    async def script(connection: Connection) -> None:
        nonlocal sent
        await connection.request()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nConnection: close\r\n\r\n")
        connection.writer.transport.set_write_buffer_limits(high=0)
        while sent < 500:
            await connection.send(b"x" * 100_000)
            sent += 1

    async with RawServer(script) as server, petstore.Client(server.url) as pets:
        async with await pets.pets.download_photo(1):
            before = -1
            while before < sent:  # until it stands still: the buffers of the system are full
                before = sent
                await asyncio.sleep(0.2)
            assert sent < 500
        await server.idle()


async def test_cancelling_closes_the_connection_at_once():
    asked = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.request()
        asked.set()
        await connection.stall()

    async with RawServer(script) as server, petstore.Client(server.url) as pets:
        task = asyncio.create_task(pets.pets.get_pet(1))
        await asked.wait()
        task.cancel()
        for _ in range(10):  # turns of the event loop: nothing is waited for
            await asyncio.sleep(0)
        assert task.cancelled()
        await server.idle()
        assert server.connections == 1


# uploads


async def endless():
    while True:
        yield b"x" * 65536
        await asyncio.sleep(0)


@pytest.mark.parametrize("reset", [False, True])
async def test_an_answer_during_an_upload_is_reported_and_not_the_broken_pipe(reset):
    async def script(connection: Connection) -> None:
        await connection.head()
        await connection.reader.read(100_000)
        await connection.send(response(413, b"too large", {"Content-Type": "text/plain", "Connection": "close"}))
        await asyncio.sleep(0.05)
        if reset:
            connection.reset()

    async with RawServer(script) as server, petstore.Client(server.url, timeout=10) as pets:
        with pytest.raises(StatusError, match="413: too large") as caught:
            await pets.pets.add_pet(body=models.NewPet(name="x", photo=File(endless())))
        assert caught.value.status == 413
        assert len(server.requests) == 1


async def test_a_body_of_known_length_is_sent_with_it():
    async with RawServer(plays(response(204))) as server, petstore.Client(server.url) as pets:
        await pets.pets.add_pet(body=models.NewPet(name="x", photo=File(b"y" * 1_000_000)))
        sent = server.requests[0]
    assert int(sent.headers["content-length"]) == len(sent.body) > 1_000_000
    assert "transfer-encoding" not in sent.headers


async def two():
    yield b"ab"
    yield b"cd"


async def test_a_body_of_unknown_length_is_sent_in_chunks():
    async with RawServer(plays(response(204))) as server, petstore.Client(server.url) as pets:
        await pets.pets.add_pet(body=models.NewPet(name="x", photo=File(two(), filename="f")))
        sent = server.requests[0]
    assert sent.headers["transfer-encoding"] == "chunked"
    assert b"\r\n\r\nabcd\r\n" in sent.body


@pytest.mark.parametrize("size", [3, 5])
async def test_a_body_of_another_length_than_announced_is_an_error(size):
    async with RawServer(plays(response(204))) as server, petstore.Client(server.url, timeout=10) as pets:
        with pytest.raises(RequestError, match="announced"):
            await pets.pets.add_pet(body=models.NewPet(name="x", photo=File(two(), size=size)))


async def broken():
    yield b"x"
    raise OSError("the disk is gone")


async def test_a_body_that_fails_while_it_is_read_says_so():
    async with RawServer(plays(response(204))) as server, petstore.Client(server.url, timeout=10) as pets:
        with pytest.raises(RequestError, match="the disk is gone") as caught:
            await pets.pets.add_pet(body=models.NewPet(name="x", photo=File(broken())))
        assert isinstance(caught.value.__cause__, OSError)


async def test_a_server_that_takes_nothing_meets_the_read_limit():
    async def script(connection: Connection) -> None:
        await connection.head()
        connection.writer.transport.pause_reading()
        await asyncio.sleep(30)

    async with RawServer(script) as server, petstore.Client(server.url) as pets:
        with pytest.raises(DeadlineError) as caught:
            await pets.pets.add_pet(body=models.NewPet(name="x", photo=File(endless())), timeout=Timeout(read=0.2))
        assert caught.value.limit == "read"


async def test_a_slow_source_does_not_meet_the_read_limit(monkeypatch):
    clock = Clock(monkeypatch)

    async def slow():
        yield b"x"
        for _ in range(10):
            await clock.move(90)
        yield b"xx"

    async with RawServer(plays(response(204))) as server, petstore.Client(server.url) as pets:
        await pets.pets.add_pet(body=models.NewPet(name="x", photo=File(slow())), timeout=Timeout(read=60))
        assert b"\r\nxxx\r\n" in server.requests[0].body
