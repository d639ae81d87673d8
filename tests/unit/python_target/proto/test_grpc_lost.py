"""A connection that is lost while much is sent: one error, and nothing is written to it any more."""

from __future__ import annotations

import logging
import socket
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.python_target.proto.rpcs import CHAT, JOIN, ONE, SPLIT, Note, open_streams, serving

from specbind.generator.targets.python._runtime.grpc.grpclib_errors import RpcLostError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from specbind.generator.targets.python._runtime.grpc.grpclib_transport import GrpclibTransport

LARGE = Note(text="x" * 2_000_000)  # fits into the window of HTTP/2, so nothing makes the sender wait


class Service:
    __rpcs__ = ((ONE, "one"), (JOIN, "join"), (SPLIT, "split"), (CHAT, "chat"))

    async def one(self, request: Note, call: Any) -> Note:  # noqa: ARG002
        return Note()

    async def join(self, requests: AsyncIterator[Note], call: Any) -> Note:  # noqa: ARG002
        return Note(number=len([request async for request in requests]))

    async def split(self, request: Note, call: Any) -> AsyncIterator[Note]:  # noqa: ARG002
        yield Note(text="first")
        cut(call.stream._stream._transport)
        for _ in range(3):
            yield LARGE

    async def chat(self, requests: AsyncIterator[Note], call: Any) -> AsyncIterator[Note]:  # noqa: ARG002
        async for _ in requests:
            yield Note()


def cut(transport: Any) -> None:
    """Let the next bytes that are written find the connection broken."""
    transport.get_extra_info("socket").shutdown(socket.SHUT_WR)


def uploads(transport: GrpclibTransport) -> Iterator[Note]:
    """Messages, before the second of which the connection breaks."""
    yield Note(text="first")
    assert transport._channel is not None
    assert transport._channel._protocol is not None
    cut(transport._channel._protocol.connection._transport)
    for _ in range(20):
        yield LARGE


async def uploaded(transport: GrpclibTransport, rpc: Any) -> None:
    if rpc is JOIN:
        await transport.client_stream(rpc, uploads(transport))
        return
    async for _ in transport.both_streams(rpc, uploads(transport)):
        pass


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize("rpc", [JOIN, CHAT])
async def test_a_connection_lost_in_an_upload_is_one_error(caplog: pytest.LogCaptureFixture, rpc: Any):
    async with serving(Service(), retries=None) as transport:
        assert await transport.unary(ONE, Note()) == Note()
        with pytest.raises(RpcLostError, match="connection"):
            await uploaded(transport, rpc)
        assert complaints(caplog) == []
        assert open_streams(transport) == 0
        assert await transport.unary(ONE, Note()) == Note()


async def test_a_connection_lost_in_one_large_message_is_one_error(caplog: pytest.LogCaptureFixture):
    async with serving(Service(), retries=None) as transport:
        assert await transport.unary(ONE, Note()) == Note()
        assert transport._channel is not None
        assert transport._channel._protocol is not None
        cut(transport._channel._protocol.connection._transport)
        with pytest.raises(RpcLostError, match="connection"):
            await transport.unary(ONE, LARGE)
    assert complaints(caplog) == []


async def test_a_server_whose_client_is_gone_stops_writing(caplog: pytest.LogCaptureFixture):
    async with serving(Service(), retries=None) as transport:
        with pytest.raises(RpcLostError):
            async for _ in transport.server_stream(SPLIT, Note()):
                pass
    assert not [text for text in complaints(caplog) if "socket.send" in text]
