"""Generated servers on grpclib."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from grpclib.const import Cardinality, Handler, Status
from grpclib.exceptions import GRPCError
from grpclib.server import Server

from ..proto.errors import DecodeError
from .grpclib_codec import DetailsCodec, MessageCodec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from grpclib.server import Stream

    from .rpc import Metadata, Rpc, ServiceServer

__all__ = ["grpclib_server"]

_CARDINALITIES = {
    "none": Cardinality.UNARY_UNARY,
    "client": Cardinality.STREAM_UNARY,
    "server": Cardinality.UNARY_STREAM,
    "both": Cardinality.STREAM_STREAM,
}


def grpclib_server(*services: ServiceServer) -> Server:
    """Make a server of services; `await server.start(host, port)` opens it.

    A method that is not overridden answers UNIMPLEMENTED. A method may raise grpclib's GRPCError; details, given as
    messages, are sent. Any other error is logged by grpclib and answered with UNKNOWN, without its text.
    """
    return Server(
        [_Servable(service) for service in services], codec=MessageCodec(), status_details_codec=DetailsCodec()
    )


class _Call:
    """What a method is told of its call."""

    def __init__(self, stream: Stream[Any, Any]) -> None:
        self._stream = stream

    @property
    def metadata(self) -> Metadata:
        return dict(self._stream.metadata or {})

    @property
    def timeout(self) -> float | None:
        deadline = self._stream.deadline
        return None if deadline is None else deadline.time_remaining()


class _Servable:
    def __init__(self, service: ServiceServer) -> None:
        self._service = service

    def __mapping__(self) -> dict[str, Handler]:
        return {
            rpc.path: Handler(
                _answer(rpc, getattr(self._service, name)), _CARDINALITIES[rpc.stream], rpc.request, rpc.response
            )
            for rpc, name in self._service.__rpcs__
        }


def _answer(rpc: Rpc[Any, Any], method: Callable[..., Any]) -> Callable[[Stream[Any, Any]], Awaitable[None]]:
    async def answer(stream: Stream[Any, Any]) -> None:
        try:
            request = _requests(stream) if rpc.stream in {"client", "both"} else await stream.recv_message()
            if request is None:
                raise GRPCError(Status.UNIMPLEMENTED, "the client sent no message")
            if rpc.stream in {"server", "both"}:
                async with aclosing(method(request, _Call(stream))) as answers:
                    async for found in answers:
                        await stream.send_message(found)
            else:
                await stream.send_message(await method(request, _Call(stream)))
        except NotImplementedError:
            raise GRPCError(Status.UNIMPLEMENTED, f"{rpc.path} is not implemented") from None
        except DecodeError as error:
            raise GRPCError(Status.INVALID_ARGUMENT, f"the request cannot be read: {error}") from error

    return answer


async def _requests(stream: Stream[Any, Any]) -> AsyncIterator[Any]:
    async for request in stream:
        yield request
