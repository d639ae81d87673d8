"""Listeners of a channel hear of our calls what they hear of grpclib's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grpclib.client import Channel, UnaryUnaryMethod
from grpclib.events import (
    RecvInitialMetadata,
    RecvMessage,
    RecvTrailingMetadata,
    SendMessage,
    SendRequest,
    listen,
)
from h2.events import RequestReceived
from tests.support.http2_server import http2_server
from tests.unit.python_target.proto.rpcs import ONE, A, Note

from specbind.generator.targets.python._runtime.grpc.grpclib_codec import MessageCodec
from specbind.generator.targets.python._runtime.grpc.grpclib_transport import GrpclibTransport

if TYPE_CHECKING:
    from tests.support.http2_server import Peer


async def test_the_order_is_that_of_grpclib() -> None:
    seen: list[Any] = []

    async def note(event: Any) -> None:
        seen.append(type(event))

    async def script(peer: Peer) -> None:
        for _ in range(2):
            stream, _ = await peer.call()
            peer.answer(stream, A)
        await peer.until(RequestReceived)

    async with http2_server(script) as port, Channel("127.0.0.1", port, codec=MessageCodec()) as channel:
        for event in (SendRequest, SendMessage, RecvInitialMetadata, RecvMessage, RecvTrailingMetadata):
            listen(channel, event, note)
        await UnaryUnaryMethod(channel, ONE.path, Note, Note)(Note())
        theirs = seen[:]
        seen.clear()
        async with GrpclibTransport.over(channel) as transport:
            await transport.unary(ONE, Note())
    assert seen == theirs
    assert seen[:2] == [SendRequest, SendMessage]
