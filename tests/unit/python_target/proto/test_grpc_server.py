"""Servers of ours, called by transports of ours."""

from __future__ import annotations

import asyncio
import gzip
import logging
from typing import TYPE_CHECKING, Any

import pytest
from grpclib.client import Channel, UnaryUnaryMethod
from grpclib.const import Status
from grpclib.exceptions import GRPCError
from tests.support.http2_server import framed
from tests.unit.python_target.proto.rpcs import CHAT, JOIN, ONE, SPLIT, Note, open_streams, serving

from specbind.generator.targets.python._runtime import errors
from specbind.generator.targets.python._runtime.grpc.grpclib_codec import MessageCodec
from specbind.generator.targets.python._runtime.grpc.grpclib_errors import RpcError, RpcLimitError
from specbind.generator.targets.python._runtime.grpc.grpclib_stream import CallStream
from specbind.generator.targets.python._runtime.grpc.reply import Reply
from specbind.generator.targets.python._runtime.grpc.rpc import Rpc, ServiceServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Echo(ServiceServer):
    __rpcs__ = ((ONE, "one"), (JOIN, "join"), (SPLIT, "split"), (CHAT, "chat"))

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.ended = asyncio.Event()
        self.metadata: Any = None

    async def one(self, request: Note, call: Any) -> Note:
        self.metadata = call.metadata
        call.headers["before"] = "1"
        call.trailers["behind-bin"] = b"\xff"
        if request.text == "wait":
            self.begun.set()
            try:
                await asyncio.sleep(60)
            finally:
                self.ended.set()
        if request.text == "refuse":
            raise GRPCError(Status.ABORTED, "again", [Note(text="detail")])
        if request.text == "bug":
            raise ValueError("secret")
        return request

    async def join(self, requests: AsyncIterator[Note], call: Any) -> Note:  # noqa: ARG002
        return Note(text="".join([request.text async for request in requests]))

    async def split(self, request: Note, call: Any) -> AsyncIterator[Note]:
        call.trailers["count"] = str(len(request.text))
        for letter in request.text:
            yield Note(text=letter)

    async def chat(self, requests: AsyncIterator[Note], call: Any) -> AsyncIterator[Note]:  # noqa: ARG002
        async for request in requests:
            yield request


@pytest.mark.parametrize("compression", [None, "gzip"])
async def test_every_kind_with_and_without_compression(compression: Any):
    async with serving(Echo(), compression=compression) as transport:
        long = Note(text="x" * 100_000)
        assert await transport.unary(ONE, long) == long
        assert await transport.client_stream(JOIN, [Note(text="a"), Note(), Note(text="b")]) == Note(text="ab")
        assert [found.text async for found in transport.server_stream(SPLIT, Note(text="abc"))] == ["a", "b", "c"]
        assert [found async for found in transport.both_streams(CHAT, [long] * 20)] == [long] * 20
        assert open_streams(transport) == 0


async def test_metadata_both_ways():
    service = Echo()
    async with serving(service) as transport:
        with Reply() as reply:
            await transport.unary(ONE, Note(), metadata={"who": "me", "raw-bin": b"\x00"})
        assert (service.metadata["who"], service.metadata["raw-bin"]) == ("me", b"\x00")
        assert (dict(reply.headers), dict(reply.trailers)) == ({"before": "1"}, {"behind-bin": b"\xff"})
        with Reply() as reply:
            assert len([found async for found in transport.server_stream(SPLIT, Note(text="abc"))]) == 3
        assert dict(reply.trailers) == {"count": "3"}


async def test_failures_keep_metadata_and_details(caplog: pytest.LogCaptureFixture):
    async with serving(Echo()) as transport:
        with pytest.raises(errors.ConflictError, match="again") as caught:
            await transport.unary(ONE, Note(text="refuse"))
        error: Any = caught.value
        assert [detail.unpack_as(Note) for detail in error.details] == [Note(text="detail")]
        assert error.metadata["behind-bin"] == b"\xff"
        with caplog.at_level(logging.CRITICAL, "grpclib"), pytest.raises(RpcError) as unknown:
            await transport.unary(ONE, Note(text="bug"))
        assert unknown.value.code == "UNKNOWN"
        assert "secret" not in str(unknown.value)


async def test_a_long_message_is_refused_by_its_length_and_by_what_it_unpacks_to():
    for compression in (None, "gzip"):
        async with serving(Echo(), limit=1000, compression=compression) as transport:
            assert await transport.unary(ONE, Note(text="x" * 900)) == Note(text="x" * 900)
            with pytest.raises(errors.RateLimitError, match="1000"):
                await transport.unary(ONE, Note(text="x" * 100_000))
            with pytest.raises(errors.RateLimitError, match="1000"):
                await transport.client_stream(JOIN, [Note(), Note(text="x" * 100_000)])
            assert await transport.unary(ONE, Note()) == Note()


async def test_a_long_answer_is_refused_before_it_is_read():
    async with serving(Echo(), max_receive_size=1000) as transport:
        with pytest.raises(RpcLimitError) as caught:
            await transport.unary(ONE, Note(text="x" * 5_000_000))
        assert (caught.value.limit, caught.value.code) == (1000, "RESOURCE_EXHAUSTED")
        assert await transport.unary(ONE, Note()) == Note()


async def test_large_messages_pass():
    async with serving(Echo()) as transport:
        note = Note(text="x" * 20_000_000)
        assert len((await transport.unary(ONE, note)).text) == 20_000_000


@pytest.mark.parametrize("how", ["cancel", "deadline", "close"])
async def test_a_method_ends_with_its_call(how: str):
    service = Echo()
    async with serving(service) as transport, asyncio.timeout(20):
        timeout = 0.5 if how == "deadline" else None
        task = asyncio.ensure_future(transport.unary(ONE, Note(text="wait"), timeout=timeout))
        await service.begun.wait()
        if how == "cancel":
            task.cancel()
        if how == "close":
            transport.close()
        await service.ended.wait()
        with pytest.raises((asyncio.CancelledError, RpcError)):
            await task


async def test_calls_that_no_method_can_answer():
    async with serving(Echo()) as transport:
        unknown = Rpc("/echo.Echo/Nobody", Note, Note)
        with pytest.raises(errors.ServerError, match="no such method") as caught:
            await transport.unary(unknown, Note())
        assert caught.value.code == "UNIMPLEMENTED"  # type: ignore[attr-defined]
        many = Rpc(ONE.path, Note, Note, "client")
        with pytest.raises(errors.ServerError, match="more than one message"):
            await transport.client_stream(many, [Note(), Note()])
        with pytest.raises(errors.ServerError, match="no message"):
            await transport.client_stream(many, [])


@pytest.mark.parametrize(
    ("encoding", "content", "code", "text"),
    [
        ("br", framed(b""), "12", "compressed by 'br'"),
        ("identity", framed(gzip.compress(b"", mtime=0), 1), "13", "begins with the byte 1"),
        ("gzip", framed(b"no gzip", 1), "13", "not gzip"),
        ("gzip", framed(b"", 2), "13", "begins with the byte 2"),
        ("gzip", b"\x00\x00", "13", "stops before its end"),
        ("gzip", framed(b"abc")[:-1], "13", "stops before its end"),
        ("gzip", framed(b"\x0a\xff"), "3", "cannot be read"),
        ("gzip", framed(b""), "0", ""),
        ("gzip", framed(gzip.compress(b"", mtime=0), 1), "0", ""),
    ],
)
async def test_requests_that_cannot_be_read(encoding: str, content: bytes, code: str, text: str):
    async with serving(Echo()) as transport:
        await transport.unary(ONE, Note())  # opens the connection
        assert transport._channel is not None
        protocol = await transport._channel.__connect__()
        stream = CallStream(protocol)
        fields = [
            (":method", "POST"),
            (":scheme", "http"),
            (":path", ONE.path),
            (":authority", "x"),
            ("te", "trailers"),
        ]
        await stream.open([*fields, ("content-type", "application/grpc"), ("grpc-encoding", encoding)])
        await stream.send(content, end=True)
        async with asyncio.timeout(20):
            headers = dict(await stream.headers_or_none() or [])
            await stream.trailers_received.wait()
        answer = dict(stream.trailers or []) or headers
        stream.close()
        assert answer["grpc-status"] == code
        assert text in answer.get("grpc-message", "")


async def test_a_client_of_grpclib_is_served():
    service = Echo()
    async with serving(service) as transport:
        await transport.unary(ONE, Note())
        assert transport._channel is not None
        async with Channel("127.0.0.1", transport._channel._port, codec=MessageCodec()) as channel:
            method = UnaryUnaryMethod(channel, ONE.path, Note, Note)
            assert await method(Note(text="b")) == Note(text="b")
            with pytest.raises(GRPCError):
                await method(Note(text="refuse"))
