"""Answers that break off, lie about their length or are not what they say (rows 1 to 9 of the fault plan)."""

from __future__ import annotations

import asyncio
import gzip
import os
import socket
import ssl
import tracemalloc
import zlib
from typing import TYPE_CHECKING, NamedTuple

import pytest
from tests.faults.conftest import OK, SECRETS, Api
from tests.support.certificate import localhost_certificate
from tests.support.raw_server import Connection, RawServer, chunk, response

if TYPE_CHECKING:
    from collections.abc import Callable

JSON = "HTTP/1.1 200 X\r\nContent-Type: application/json\r\n"
BODY = b'{"name":"thing"}'
GZIP = gzip.compress(BODY)


def head(*lines: str) -> bytes:
    return (JSON + "".join(f"{line}\r\n" for line in lines) + "\r\n").encode()


def first(broken: bytes, *, times: int = 1, reset: bool = False, then: bytes = OK) -> Callable[[Connection], object]:
    """A script that gives `broken` on so many connections, and then what is right."""

    async def script(connection: Connection) -> None:
        while await connection.request() is not None:
            if connection.number > times:
                await connection.send(then)
                continue
            await connection.send(broken)
            if reset:
                await asyncio.sleep(0.02)  # what a reset overtakes is not read
                connection.reset()
            return

    return script


PASSING = [
    pytest.param(head("Content-Length: 99") + BODY, True, id="row 1: reset in the body"),
    pytest.param(head("Transfer-Encoding: chunked") + b"10\r\n{", False, id="row 2: closed in a chunk"),
    pytest.param(head("Transfer-Encoding: chunked") + chunk(BODY), False, id="row 2: no last chunk"),
    pytest.param(
        head("Content-Encoding: gzip", f"Content-Length: {len(GZIP) - 9}") + GZIP[:-9], False, id="row 3: gzip cut off"
    ),
    pytest.param(head() + BODY, True, id="row 1: reset in a body without length"),
    pytest.param(head("Content-Length: 99") + BODY, False, id="row 8: Content-Length too big"),
]


@pytest.mark.parametrize(("broken", "reset"), PASSING)
async def test_an_answer_that_breaks_off_is_asked_for_again(api: Api, broken: bytes, reset: bool) -> None:
    async with RawServer(first(broken, reset=reset)) as server, api.client(server) as client:
        assert (await client.api.get_thing()).name == "thing"
        assert len(server.requests) == 2


@pytest.mark.parametrize(("broken", "reset"), PASSING)
async def test_an_answer_that_always_breaks_off_is_truncated_and_never_whole(
    api: Api, broken: bytes, reset: bool
) -> None:
    async with RawServer(first(broken, times=9, reset=reset)) as server, api.client(server) as client:
        with pytest.raises(api.runtime.TruncatedError) as caught:
            await client.api.get_thing()
        assert len(server.requests) == 3
    api.told(caught.value, attempt=3)


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(b"HTTP/1.1 200 X\r\nContent-Length: 90\r\n\r\nhalf", id="row 1: stream"),
        pytest.param(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n9\r\nx", id="row 2: stream"),
    ],
)
async def test_a_stream_that_breaks_off_fails_at_that_point_and_is_not_sent_again(
    api: Api, broken: bytes, reset: bool
) -> None:
    read_some = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(broken)
        await read_some.wait()
        if reset:
            connection.reset()

    async with RawServer(script) as server, api.client(server) as client:
        got: list[bytes] = []

        async def read() -> None:
            async with await client.api.get_file() as stream:
                async for piece in stream:
                    got.append(piece)
                    read_some.set()

        with pytest.raises(api.runtime.TruncatedError) as caught:
            await read()
        assert b"".join(got).startswith(b"half")
        assert len(server.requests) == 1
    api.told(caught.value, "/file")


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS of a server, and of a client that trusts it."""
    certificate, key = localhost_certificate(tmp_path_factory.mktemp("tls"))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    return server, ssl.create_default_context(cafile=certificate)


class Cut(NamedTuple):
    """How a connection ends that a body without length ends with, and whether that is an end."""

    tls: bool
    whole: bool
    end: Callable[[Connection], object]


def finish(connection: Connection) -> None:
    """Close the TCP connection below TLS, without a closing alert."""
    below = connection.writer.get_extra_info("socket")
    with socket.socket(fileno=os.dup(below.fileno())) as copy:
        copy.shutdown(socket.SHUT_WR)


CUTS = [
    pytest.param(Cut(tls=False, whole=False, end=Connection.reset), id="row 1: reset"),
    pytest.param(Cut(tls=True, whole=False, end=Connection.reset), id="row 1: reset below TLS"),
    pytest.param(Cut(tls=True, whole=False, end=finish), id="row 1: TLS without its closing alert"),
    pytest.param(Cut(tls=False, whole=True, end=lambda connection: connection.writer.close()), id="closed"),
    pytest.param(Cut(tls=True, whole=True, end=lambda connection: connection.writer.close()), id="TLS closed"),
]


@pytest.mark.parametrize("host", [{}, {"Host": "localhost"}], ids=["lane", "session"])
@pytest.mark.parametrize("cut", CUTS)
async def test_a_body_that_ends_with_the_connection_is_whole_if_that_is_closed(
    api: Api, contexts: tuple[ssl.SSLContext, ssl.SSLContext], cut: Cut, host: dict[str, str]
) -> None:
    read_some = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(b"HTTP/1.1 200 X\r\nConnection: close\r\n\r\nhalf")
        await read_some.wait()
        cut.end(connection)
        await connection.closed()

    ours, theirs = contexts
    async with RawServer(script, ssl=ours if cut.tls else None) as server, api.client(server, ssl=theirs) as client:
        got = b""
        caught: Exception | None = None
        try:
            async with await client.api.get_file(extra_headers=host) as stream:
                async for piece in stream:
                    got += piece
                    read_some.set()
        except api.runtime.TruncatedError as error:
            caught = error
        assert got == b"half"
    assert (caught is None) is cut.whole
    if caught is not None:
        api.told(caught, "/file")


async def test_a_server_that_owes_bytes_and_says_nothing_meets_the_idle_limit(api: Api) -> None:
    """Row 8, with the connection left open."""

    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(head("Content-Length: 99") + BODY)
        await connection.stall()

    timeout = api.runtime.Timeout(total=10, read=0.05)
    async with RawServer(script) as server, api.client(server, timeout=timeout) as client:
        with pytest.raises(api.runtime.DeadlineError) as caught:
            await client.api.get_thing()
        assert caught.value.limit == "read"
        assert server.connections == 3
    api.told(caught.value, attempt=3)


BAD_CRC = GZIP[:-8] + bytes(4) + GZIP[-4:]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        pytest.param(BAD_CRC, "gzip", id="row 4: wrong CRC"),
        pytest.param(GZIP + b"junk", "gzip", id="row 4: junk behind"),
        pytest.param(BODY, "gzip", id="row 6: plain body called gzip"),
        pytest.param(zlib.compress(BODY), "br", id="row 5: an encoding that was not offered"),
    ],
)
async def test_a_compressed_answer_that_is_wrong_is_a_decode_error(api: Api, content: bytes, encoding: str) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    async with RawServer(first(response(200, content, headers), times=9)) as server, api.client(server) as client:
        with pytest.raises(api.runtime.DecodeError) as caught:
            await client.api.get_thing()
        assert len(server.requests) == 1
    api.told(caught.value)
    assert caught.value.status == 200


async def test_a_plain_body_that_is_called_gzip_is_shown_with_its_status_and_without_secrets(api: Api) -> None:
    """Row 6."""
    content = f"token {SECRETS[1]} is wrong".encode()
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    async with RawServer(first(response(200, content, headers), times=9)) as server, api.client(server) as client:
        with pytest.raises(
            api.runtime.DecodeError, match=r"answer 200 has Content-Encoding gzip.*begins 'token .*is wrong'"
        ) as caught:
            await client.api.get_thing()
    api.told(caught.value)


@pytest.mark.parametrize("nested", [pytest.param(False, id="row 5: bomb"), pytest.param(True, id="row 5: nested bomb")])
async def test_a_bomb_is_stopped_at_the_limit_with_flat_memory(api: Api, nested: bool) -> None:
    content = gzip.compress(bytes(64 << 20))
    content = gzip.compress(content) if nested else content
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip, gzip" if nested else "gzip"}
    limits = api.runtime.Limits(max_body=1 << 20)
    bomb = first(response(200, content, headers), times=9)
    async with RawServer(bomb) as server, api.client(server, limits=limits) as client:
        tracemalloc.start()
        with pytest.raises((api.runtime.LimitError, api.runtime.DecodeError)) as caught:
            await client.api.get_thing()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 8 << 20
    api.told(caught.value)


async def test_bytes_behind_an_answer_are_never_the_next_answer(api: Api) -> None:
    """Row 7: Content-Length too small, with another answer behind it."""
    evil = response(200, b'{"name":"evil"}', {"Content-Type": "application/json"})

    async def script(connection: Connection) -> None:
        while await connection.request() is not None:
            await connection.send(OK + evil if connection.number == 1 else OK)

    async with RawServer(script) as server, api.client(server) as client:
        names = [(await client.api.get_thing()).name for _ in range(3)]
        assert names == ["thing"] * 3
        assert server.connections == 2


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(("Content-Length: 16", "Transfer-Encoding: chunked"), id="row 9: length and chunks"),
        pytest.param(("Content-Length: 16", "Content-Length: 17"), id="row 9: two lengths"),
        pytest.param(("Content-Length: +16",), id="row 9: +16"),
        pytest.param(("Content-Length: 0x10",), id="row 9: 0x10"),
    ],
)
async def test_an_unclear_length_is_refused_and_the_connection_closed(api: Api, lines: tuple[str, ...]) -> None:
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(head(*lines) + BODY)
        assert await connection.closed()  # the client closes, and sends no second request on it

    async with RawServer(script) as server, api.client(server) as client:
        with pytest.raises(api.runtime.ProtocolError) as caught:
            await client.api.get_thing()
        await server.idle()
        assert server.connections == 3
    api.told(caught.value, attempt=3)
