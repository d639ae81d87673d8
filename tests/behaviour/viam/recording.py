"""A platform that notes what it is asked and answers what it is told, on the generated skeletons."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from grpclib.client import Channel

from specbind.bindings._runtime.grpc.grpclib_server import grpclib_server
from specbind.bindings.viam.viam.app.data.v1.services import DataServiceServer
from specbind.bindings.viam.viam.app.datapipelines.v1.services import DataPipelinesServiceServer
from specbind.bindings.viam.viam.app.dataset.v1.services import DatasetServiceServer
from specbind.viam._later import LaterCalls

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from specbind.bindings._runtime.grpc.rpc import Rpc, ServerCall, ServiceServer
    from specbind.bindings._runtime.proto.message import Message

__all__ = ["Platform", "platform"]

S = TypeVar("S", bound="ServiceServer")


class Platform:
    """What was asked, and what is answered: a message or an error per name of an rpc, several for a stream.

    Attributes:
        client: calls of later versions, over a channel to it.
        answers: by the name of the rpc; without one the answer is an empty message.
        asked: name of the rpc and request, in order.
        metadata: what came with the last call.
        timeout: seconds that the last call had left, None for no deadline.
        streamed: messages of streams that were taken.
    """

    client: LaterCalls

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, Message]] = []
        self.metadata: dict[str, Any] = {}
        self.timeout: float | None = None
        self.streamed = 0

    def note(self, rpc: Rpc[Any, Any], request: Message, call: ServerCall) -> Any:
        """Note a call, and give what is answered."""
        name = rpc.path.rpartition("/")[2]
        self.asked.append((name, request))
        self.metadata, self.timeout = dict(call.metadata), call.timeout
        answer = self.answers.get(name)
        if isinstance(answer, list) and rpc.stream == "none":
            answer = answer.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return rpc.response() if answer is None else answer

    def unary(self, rpc: Rpc[Any, Any]) -> Callable[..., Any]:
        async def answer(_: object, request: Message, call: ServerCall) -> Any:
            return self.note(rpc, request, call)

        return answer

    def stream(self, rpc: Rpc[Any, Any]) -> Callable[..., Any]:
        async def answers(_: object, request: Message, call: ServerCall) -> AsyncIterator[Message]:
            for message in self.note(rpc, request, call):
                self.streamed += 1
                yield message

        return answers

    def service(self, base: type[S]) -> S:
        methods = {name: (self.unary if rpc.stream == "none" else self.stream)(rpc) for rpc, name in base.__rpcs__}
        made: S = type(f"Recorded{base.__name__}", (base,), methods)()
        return made


@asynccontextmanager
async def platform() -> AsyncGenerator[Platform]:
    """Start one, with a client of it."""
    found = Platform()
    server = grpclib_server(*map(found.service, (DataServiceServer, DatasetServiceServer, DataPipelinesServiceServer)))
    await server.start("127.0.0.1", 0)
    sockets = server._server.sockets  # type: ignore[union-attr]  # grpclib does not tell its port
    channel = Channel("127.0.0.1", sockets[0].getsockname()[1])
    found.client = LaterCalls(channel, {"authorization": "Bearer abc"})
    try:
        yield found
    finally:
        channel.close()
        server.close()
        await server.wait_closed()
