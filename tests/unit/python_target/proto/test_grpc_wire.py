"""Calls on the wire: how they end, and what servers and connections may do meanwhile."""

from __future__ import annotations

import asyncio
import gc
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from grpclib.exceptions import StreamTerminatedError
from grpclib.metadata import decode_timeout
from h2.errors import ErrorCodes
from h2.events import DataReceived, RequestReceived, StreamEnded, StreamReset
from h2.settings import SettingCodes
from tests.support.http2_server import OK, framed
from tests.unit.python_target.proto.rpcs import CHAT, JOIN, ONE, SPLIT, A, Note, open_streams, scripted

from specbind.generator.targets.python._runtime import errors
from specbind.generator.targets.python._runtime.grpc.grpclib_errors import (
    RpcConnectError,
    RpcDeadlineError,
    RpcLimitError,
    RpcLostError,
)
from specbind.generator.targets.python._runtime.grpc.grpclib_transport import GrpclibTransport
from specbind.generator.targets.python._runtime.grpc.reply import Reply

if TYPE_CHECKING:
    from tests.support.http2_server import Peer


def refused(peer: Peer, stream: int) -> None:
    peer.reset(stream, ErrorCodes.REFUSED_STREAM)


async def test_a_deadline_is_sent_and_kept():
    async def script(peer: Peer) -> None:
        stream, headers = await peer.call()
        assert 0 < decode_timeout(headers["grpc-timeout"]) <= 0.3
        event = await peer.until(StreamReset)
        assert (event.stream_id, event.error_code) == (stream, ErrorCodes.CANCEL)
        stream, headers = await peer.call()
        assert "grpc-timeout" not in headers
        peer.answer(stream, A)
        await peer.until(RequestReceived)

    async with scripted(script) as transport:
        async with asyncio.timeout(20):
            with pytest.raises(RpcDeadlineError, match="longer `timeout`") as caught:
                await transport.unary(ONE, Note(), timeout=0.3)
            assert isinstance(caught.value, TimeoutError)
            assert await transport.unary(ONE, Note()) == Note(text="a")
        assert open_streams(transport) == 0


async def test_a_deadline_that_is_over_sends_nothing():
    async def script(peer: Peer) -> None:
        await peer.until(RequestReceived)
        raise AssertionError

    async with scripted(script) as transport:
        with pytest.raises(RpcDeadlineError, match="before the call was sent"):
            await transport.unary(ONE, Note(), timeout=0)


async def test_a_failure_leaves_no_cancellation_behind():
    """asyncio.timeout takes a cancellation that was noted for its own."""

    async def script(peer: Peer) -> None:
        stream, _ = await peer.call()
        await peer.until(StreamEnded)
        refused(peer, stream)
        await peer.until(RequestReceived)

    async with scripted(script, retries=None) as transport:

        async def fails_and_waits() -> None:
            async with asyncio.timeout(0.3):
                with pytest.raises(RpcLostError):
                    await transport.unary(ONE, Note())
                await asyncio.sleep(30)

        with pytest.raises(TimeoutError):
            await fails_and_waits()


async def test_cancelling_a_task_cancels_the_call():
    seen = asyncio.Event()

    async def script(peer: Peer) -> None:
        for _ in range(2):
            stream, _ = await peer.call()
            seen.set()
            event = await peer.until(StreamReset)
            assert (event.stream_id, event.error_code) == (stream, ErrorCodes.CANCEL)
        seen.set()
        await peer.until(RequestReceived)

    async def endless() -> Any:
        while True:
            yield Note(text="a")
            await asyncio.sleep(0.01)

    async with scripted(script) as transport:
        for call in (transport.unary(ONE, Note()), transport.client_stream(JOIN, endless())):
            task = asyncio.ensure_future(call)
            await asyncio.wait_for(seen.wait(), 20)
            seen.clear()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert open_streams(transport) == 0
        await asyncio.wait_for(seen.wait(), 20)


async def test_leaving_a_stream_cancels_the_call_and_ends_what_was_sent():
    ended = asyncio.Event()
    closed: list[str] = []

    async def script(peer: Peer) -> None:
        stream, _ = await peer.call()
        peer.headers(stream, OK)
        peer.data(stream, framed(A))
        assert (await peer.until(StreamReset)).error_code == ErrorCodes.CANCEL
        ended.set()
        await peer.until(RequestReceived)

    async def requests() -> Any:
        try:
            while True:
                yield Note(text="x" * 100_000)
        finally:
            closed.append("requests")

    async with scripted(script) as transport:
        answers = transport.both_streams(CHAT, requests())
        assert await anext(answers) == Note(text="a")
        await answers.aclose()  # type: ignore[attr-defined]
        await asyncio.wait_for(ended.wait(), 20)
        assert closed == ["requests"]
        assert open_streams(transport) == 0
        assert len(asyncio.all_tasks()) <= 3  # this one, and those of the server


async def test_a_server_that_ends_early_needs_no_further_messages():
    async def script(peer: Peer) -> None:
        stream, _ = await peer.call()
        peer.answer(stream, A)
        stream, _ = await peer.call()
        peer.refuse(stream, 8)
        await peer.until(RequestReceived)

    async def endless() -> Any:
        while True:
            yield Note()
            await asyncio.sleep(0)

    async with scripted(script) as transport:
        assert await transport.client_stream(JOIN, endless()) == Note(text="a")
        with pytest.raises(errors.RateLimitError):
            [found async for found in transport.both_streams(CHAT, endless())]


async def test_trailers_are_bounded():
    async def script(peer: Peer) -> None:
        stream, _ = await peer.call()
        peer.refuse(stream, 5, ("grpc-message", "x" * 10_000))
        stream, _ = await peer.call()
        peer.refuse(stream, 5, *(("grpc-message", "x" * 8000) for _ in range(9)))
        with pytest.raises(ConnectionError):
            await peer.until(RequestReceived)

    async with scripted(script) as transport:
        with pytest.raises(errors.NotFoundError) as caught:
            await transport.unary(ONE, Note())
        assert len(str(caught.value)) < 1100
        with pytest.raises(RpcLostError):
            await transport.unary(ONE, Note(), timeout=20)


async def test_goaway_lets_running_calls_end_and_the_next_one_connects_anew():
    connections: list[int] = []

    async def script(peer: Peer) -> None:
        connections.append(1)
        if len(connections) == 1:
            first, _ = await peer.call()
            peer.headers(first, OK)
            peer.data(first, framed(A))
            second, _ = await peer.call()
            peer.goaway(first)  # the second one was not looked at
            await asyncio.sleep(0.05)
            peer.data(first, framed(A))
            peer.headers(first, [("grpc-status", "0")], end=True)
            with pytest.raises(ConnectionError):  # the client closes the drained connection
                await peer.until(RequestReceived)
            assert second > first
            return
        while True:
            stream, _ = await peer.call()
            peer.answer(stream, A)

    async with scripted(script) as transport:
        answers = transport.server_stream(SPLIT, Note())
        assert await anext(answers) == Note(text="a")
        with Reply() as reply:
            assert await transport.unary(ONE, Note(), timeout=20) == Note(text="a")
        assert reply.attempts == 2
        assert [found async for found in answers] == [Note(text="a")]
        assert await transport.unary(ONE, Note(), timeout=20) == Note(text="a")
        assert len(connections) == 2


async def test_a_server_that_does_not_answer_to_a_ping_is_given_up():
    silent = asyncio.Event()

    async def stop(peer: Peer) -> None:
        await peer.call()
        await silent.wait()  # reads nothing more, so no ping either

    async with scripted(stop, keepalive=0.1, retries=None) as transport:
        with pytest.raises(RpcLostError, match="did not answer to a ping") as caught:
            # more than the socket takes, so closing in order would wait for ever
            await asyncio.wait_for(transport.client_stream(JOIN, [Note(text="x" * 9_000_000)] * 3), 20)
        assert isinstance(caught.value, StreamTerminatedError)
        silent.set()


async def test_unknown_frames_and_early_hints_are_no_error():
    async def script(peer: Peer) -> None:
        stream, _ = await peer.call()
        peer.raw(b"\x00\x00\x01\xee\x00\x00\x00\x00\x00x")  # a type that HTTP/2 does not define
        peer.headers(stream, [(":status", "103"), ("link", "</style.css>")])
        peer.answer(stream, A)

    async with scripted(script) as transport:
        assert await transport.unary(ONE, Note(), timeout=20) == Note(text="a")


async def test_bytes_that_are_no_ascii_do_not_end_the_connection():
    async def script(peer: Peer) -> None:
        stream, _ = await peer.call()
        peer.refuse(stream, 9, ("grpc-message", "größe"))
        stream, _ = await peer.call()
        peer.answer(stream, A)

    async with scripted(script) as transport:
        with pytest.raises(errors.ConflictError):
            await transport.unary(ONE, Note())
        assert await transport.unary(ONE, Note()) == Note(text="a")


async def test_a_small_window_and_a_limit_of_streams_only_take_time():
    async def script(peer: Peer) -> None:
        peer.http2.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: 1, SettingCodes.INITIAL_WINDOW_SIZE: 1000})
        peer.flush()
        stream, _ = await peer.call()
        await peer.until(StreamEnded)
        peer.seen.clear()
        peer.answer(stream, A)
        for _ in range(3):
            stream, _ = await peer.call()
            await peer.until(StreamEnded)
            assert not any(isinstance(event, RequestReceived) for event in peer.seen)
            received = [event.data or b"" for event in peer.seen if isinstance(event, DataReceived)]
            assert max(map(len, received)) <= 1000
            assert sum(map(len, received)) == 50_009
            peer.seen.clear()
            peer.answer(stream, A)
        await peer.until(RequestReceived)

    async with scripted(script) as transport, asyncio.timeout(20):
        await transport.unary(ONE, Note())
        note = Note(text="x" * 50_000)
        await asyncio.gather(*(transport.unary(ONE, note) for _ in range(3)))


async def test_a_server_of_http_1_says_so():
    async def script(peer: Peer) -> None:
        await peer.gone()

    async with scripted(script, greeting=b"HTTP/1.1 400 Bad Request\r\n\r\n") as transport:
        with pytest.raises(RpcLostError, match=r"does not speak HTTP/2, it says 'HTTP/1\.1 400 Bad Request"):
            await transport.unary(ONE, Note(), timeout=20)


async def test_no_connection():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        async with GrpclibTransport("127.0.0.1", port, tls=False, retries=None) as transport:
            with pytest.raises(
                RpcConnectError, match=f"no connection to 127.0.0.1:{port}: .*nothing was sent"
            ) as caught:
                await transport.unary(ONE, Note())
            assert isinstance(caught.value, ConnectionError)
            assert isinstance(caught.value, errors.ConnectError)


async def test_what_cannot_be_sent_is_refused_before_anything_is_sent():
    connections: list[int] = []

    async def script(peer: Peer) -> None:
        connections.append(1)
        await peer.until(RequestReceived)

    async with scripted(script, max_send_size=10) as transport:
        with pytest.raises(errors.RequestError, match=r"/echo.Echo/One.*printable ASCII"):
            await transport.unary(ONE, Note(), metadata={"a": "1\r\nb: 2"})
        with pytest.raises(errors.RequestError, match=r"/echo.Echo/One.*number"):
            await transport.unary(ONE, Note(number=1 << 40))
        with pytest.raises(RpcLimitError, match="max_send_size=10") as caught:
            await transport.unary(ONE, Note(text="x" * 20))
        assert (caught.value.limit, connections) == (10, [])
        with pytest.raises(RpcLimitError, match="max_send_size=10"):
            await transport.client_stream(JOIN, iter([Note(text="x" * 20)]))
        assert connections == [1]


class Stubborn:
    """Messages whose source does not end when it is cancelled, as a thread that waits for its file."""

    def __init__(self, *then: Note | Exception) -> None:
        self.freed = asyncio.Event()
        self.closed = asyncio.Event()
        self._then = then

    async def notes(self) -> Any:
        try:
            yield Note(text="a")
            while not self.freed.is_set():
                with suppress(asyncio.CancelledError):
                    await self.freed.wait()
            for found in self._then:
                if isinstance(found, Exception):
                    raise found
                yield found
        finally:
            self.closed.set()


async def silent(peer: Peer) -> None:
    await peer.call()
    await peer.until(StreamReset)
    await peer.until(RequestReceived)


@pytest.mark.parametrize("then", [(), (Note(text="late"),), (RuntimeError("late"),)])
@pytest.mark.parametrize("kind", ["deadline", "cancelled", "left"])
async def test_a_call_ends_though_the_source_of_its_messages_does_not(
    kind: str, then: tuple[Any, ...], caplog: pytest.LogCaptureFixture
):
    source = Stubborn(*then)
    before = len(asyncio.all_tasks())
    async with scripted(silent) as transport:
        loop = asyncio.get_running_loop()
        timeout = 0.2 if kind == "deadline" else None
        if kind == "left":
            call: Any = asyncio.ensure_future(anext(transport.both_streams(CHAT, source.notes())))
        else:
            call = asyncio.ensure_future(transport.client_stream(JOIN, source.notes(), timeout=timeout))
        begun = loop.time()
        if kind != "deadline":
            await asyncio.sleep(0.2)
            call.cancel()
        with pytest.raises(RpcDeadlineError if kind == "deadline" else asyncio.CancelledError):
            await asyncio.wait_for(call, 5)
        assert loop.time() - begun < 2
        assert open_streams(transport) == 0
        assert not source.closed.is_set()
        source.freed.set()
        await asyncio.wait_for(source.closed.wait(), 5)
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == before
    gc.collect()
    failed = [record for record in caplog.records if record.exc_info]
    assert [str(record.exc_info[1]) for record in failed if record.exc_info] == ["late"] * isinstance(
        then[0] if then else None, RuntimeError
    )


async def test_what_fails_when_messages_are_closed_is_told(caplog: pytest.LogCaptureFixture):
    async def notes() -> Any:
        try:
            yield Note(text="a")
            await asyncio.sleep(60)
        finally:
            raise RuntimeError("the file is gone")

    async with scripted(silent) as transport:
        with pytest.raises(RpcDeadlineError):
            await transport.client_stream(JOIN, notes(), timeout=0.2)
    assert "the file is gone" in caplog.text
