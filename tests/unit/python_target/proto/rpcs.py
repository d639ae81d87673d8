"""One service of each kind of rpc, written by hand, and transports to servers of this machine."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from tests.support.http2_server import http2_server

from specbind.generator.targets.python._runtime.grpc.grpclib_server import grpclib_server
from specbind.generator.targets.python._runtime.grpc.grpclib_transport import GrpclibTransport
from specbind.generator.targets.python._runtime.grpc.rpc import Rpc
from specbind.generator.targets.python._runtime.proto.message import Message

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Note(Message):
    text: str = ""
    number: int = 0

    __proto__ = ("echo.Note", ((1, "text", "string"), (2, "number", "int32")))


ONE = Rpc("/echo.Echo/One", Note, Note)
SAFE = Rpc("/echo.Echo/Safe", Note, Note, idempotent=True)
JOIN = Rpc("/echo.Echo/Join", Note, Note, "client")
SPLIT = Rpc("/echo.Echo/Split", Note, Note, "server")
CHAT = Rpc("/echo.Echo/Chat", Note, Note, "both")

A = Note(text="a").SerializeToString()


@asynccontextmanager
async def scripted(script: Any, *, greeting: bytes | None = None, **options: Any) -> AsyncIterator[GrpclibTransport]:
    """A transport to a server that plays a script."""
    async with (
        http2_server(script, greeting) as port,
        GrpclibTransport("127.0.0.1", port, tls=False, **options) as transport,
    ):
        yield transport


@asynccontextmanager
async def serving(service: Any, *, limit: int | None = None, **options: Any) -> AsyncIterator[GrpclibTransport]:
    """A transport to a server of ours; `service` has methods and `__rpcs__`."""
    server = grpclib_server(service, max_receive_size=limit)
    await server.start("127.0.0.1", 0)
    port = server._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    try:
        async with GrpclibTransport("127.0.0.1", port, tls=False, **options) as transport:
            yield transport
    finally:
        server.close()
        await server.wait_closed()


def open_streams(transport: GrpclibTransport) -> int:
    """Calls that the transport still knows."""
    assert transport._channel is not None
    protocol = transport._channel._protocol
    return 0 if protocol is None else len(protocol.processor.streams)
