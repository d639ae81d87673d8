"""Flow control: a stream that nobody reads holds up no other call of its connection."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from grpclib.client import Channel
from tests.unit.python_target.proto.rpcs import JOIN, ONE, SPLIT, Note, open_streams, serving

from specbind.generator.targets.python._runtime.grpc.grpclib_codec import MessageCodec
from specbind.generator.targets.python._runtime.grpc.grpclib_server import grpclib_server
from specbind.generator.targets.python._runtime.grpc.grpclib_transport import GrpclibTransport
from specbind.generator.targets.python._runtime.grpc.rpc import ServiceServer
from specbind.generator.targets.python._runtime.portal import get_portal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROWS = 120
ROW = Note(text="x" * 50_000)
WINDOW = 4 << 20


class Rows(ServiceServer):
    """Answers with more than all windows hold, and reads an upload only if it is told to."""

    __rpcs__ = ((ONE, "one"), (SPLIT, "split"), (JOIN, "join"))

    def __init__(self) -> None:
        self.waiting = asyncio.Event()

    async def one(self, request: Note, call: Any) -> Note:  # noqa: ARG002
        return request

    async def split(self, request: Note, call: Any) -> AsyncIterator[Note]:  # noqa: ARG002
        for _ in range(ROWS):
            yield ROW

    async def join(self, requests: AsyncIterator[Note], call: Any) -> Note:
        if "hang" in call.metadata:
            self.waiting.set()
            await asyncio.sleep(60)
        return Note(number=len([request async for request in requests]))


@asynccontextmanager
async def over_a_channel(service: Any) -> AsyncIterator[GrpclibTransport]:
    server = grpclib_server(service)
    await server.start("127.0.0.1", 0)
    channel = Channel("127.0.0.1", server._server.sockets[0].getsockname()[1], codec=MessageCodec())  # type: ignore[union-attr]
    try:
        yield GrpclibTransport.over(channel)
    finally:
        channel.close()
        server.close()
        await server.wait_closed()


def window(transport: GrpclibTransport) -> int:
    """Bytes that the server may send over the connection by now."""
    assert transport._channel is not None
    assert transport._channel._protocol is not None
    return transport._channel._protocol.connection._connection.inbound_flow_control_window


@pytest.mark.parametrize("connect", [serving, over_a_channel])
async def test_calls_go_on_beside_a_stream_that_is_read_slowly(connect: Any):
    seen = 0
    async with connect(Rows()) as transport, asyncio.timeout(20):
        async for _ in transport.server_stream(SPLIT, Note()):
            if not seen:
                await asyncio.sleep(0.3)  # until its window is full
            seen += 1
            assert (await transport.unary(ONE, Note(number=seen))).number == seen
    assert seen == ROWS


@pytest.mark.parametrize("connect", [serving, over_a_channel])
async def test_a_stream_that_is_not_read_keeps_its_own_window_alone(connect: Any):
    async with connect(Rows()) as transport, asyncio.timeout(20):
        unread = transport.server_stream(SPLIT, Note())
        await anext(unread)
        await asyncio.sleep(0.3)
        (stream,) = transport._channel._protocol.processor.streams.values()
        assert WINDOW // 2 <= stream.data_received <= WINDOW + WINDOW // 4
        assert len([row async for row in transport.server_stream(SPLIT, Note())]) == ROWS
        assert len([row async for row in unread]) == ROWS - 1


@pytest.mark.parametrize("connect", [serving, over_a_channel])
async def test_streams_that_are_cancelled_leave_the_window_of_the_connection_open(connect: Any):
    async with connect(Rows()) as transport, asyncio.timeout(30):
        for number in range(60):
            rows = transport.server_stream(SPLIT, Note())
            await anext(rows)
            if number % 20 == 0:
                await asyncio.sleep(0.1)
            await rows.aclose()
        await transport.unary(ONE, Note())
        assert open_streams(transport) == 0
        assert WINDOW // 2 <= window(transport) <= WINDOW


async def test_calls_of_a_thread_go_on_beside_a_stream():
    portal = get_portal()

    async def ask(transport: GrpclibTransport, number: int) -> int:
        async with asyncio.timeout(20):
            return (await transport.unary(ONE, Note(number=number))).number

    def read(port: int) -> int:
        transport = GrpclibTransport("127.0.0.1", port, tls=False)
        count = 0
        try:
            for count, _ in enumerate(portal.iterate(transport.server_stream(SPLIT, Note())), 1):
                if count == 1:
                    portal.run(asyncio.sleep(0.3))
                assert portal.run(ask(transport, count)) == count
        finally:
            portal.run(asyncio.sleep(0, transport.close()))
        return count

    async with serving(Rows()) as known:
        await known.unary(ONE, Note())
        port = known._channel._port  # type: ignore[union-attr]
        assert await asyncio.to_thread(read, port) == ROWS


async def test_an_upload_that_a_method_does_not_read_holds_up_no_other():
    service = Rows()
    async with serving(service) as transport, asyncio.timeout(20):
        notes = [ROW] * ROWS
        hanging = asyncio.ensure_future(transport.client_stream(JOIN, notes, metadata={"hang": "1"}))
        await service.waiting.wait()
        await asyncio.sleep(0.3)
        assert (await transport.client_stream(JOIN, notes)).number == ROWS
        hanging.cancel()
        await asyncio.wait([hanging])
        assert (await transport.client_stream(JOIN, notes)).number == ROWS
