"""Generated servers on grpclib."""

from __future__ import annotations

from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any

from grpclib.const import Cardinality, Handler, Status
from grpclib.exceptions import GRPCError
from grpclib.server import Server
from h2.exceptions import StreamClosedError
from multidict import MultiDict

from ..proto.errors import DecodeError
from ..proto.message import decode
from .framing import PREFIX, TooLong, inflate, parse_prefix
from .grpclib_codec import DetailsCodec, MessageCodec
from .options import MAX_RECEIVE_SIZE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from grpclib.server import Stream

    from ..proto.message import Message
    from .headers import MetadataDict
    from .rpc import Metadata, Rpc, ServiceServer

__all__ = ["grpclib_server"]

_CARDINALITIES = {
    "none": Cardinality.UNARY_UNARY,
    "client": Cardinality.STREAM_UNARY,
    "server": Cardinality.UNARY_STREAM,
    "both": Cardinality.STREAM_STREAM,
}


def grpclib_server(*services: ServiceServer, max_receive_size: int | None = MAX_RECEIVE_SIZE) -> Server:
    """Make a server of services; `await server.start(host, port)` opens it.

    A method that is not overridden answers UNIMPLEMENTED. A method may raise grpclib's GRPCError, as every RpcError is;
    details, given as messages, are sent. Any other error is logged by grpclib and answered with UNKNOWN, without its
    text. A method is cancelled when its client cancels, goes away, or its deadline is over.

    Args:
        services: what is served.
        max_receive_size: bytes of one message that is received, also after decompression; None for no limit. A longer
            one is answered with RESOURCE_EXHAUSTED before it is read.
    """
    servables = [_Servable(service, max_receive_size) for service in services]
    return Server(servables, codec=MessageCodec(), status_details_codec=DetailsCodec())


class _Call:
    """What a method is told of its call, and what it says beside its answer."""

    def __init__(self, stream: Stream[Any, Any], limit: int | None) -> None:
        self.stream = stream
        self.headers: MetadataDict = MultiDict()
        self.trailers: MetadataDict = MultiDict()
        self._limit = limit
        self._begun = False

    @property
    def metadata(self) -> Metadata:
        return MultiDict(self.stream.metadata or {})

    @property
    def timeout(self) -> float | None:
        deadline = self.stream.deadline
        return None if deadline is None else deadline.time_remaining()

    async def receive(self, kind: type[Message]) -> Message | None:
        """The next message of the client, None at their end."""
        at: Any = self.stream
        prefix = await self._read(PREFIX)
        if not prefix:
            return None
        flag, length = parse_prefix(prefix)
        if self._limit is not None and length > self._limit:
            raise GRPCError(Status.RESOURCE_EXHAUSTED, f"a message has {length} bytes, more than {self._limit}")
        content = await self._read(length)
        if len(content) < length:
            raise GRPCError(Status.INTERNAL, "a message stops before its end")
        if flag:
            content = self._inflated(content)
        try:
            message: Message = decode(kind, content)
        except DecodeError as error:
            raise GRPCError(Status.INVALID_ARGUMENT, f"the request cannot be read: {error}") from error
        (message,) = await at._dispatch.recv_message(message)  # noqa: SLF001  # so listeners of grpclib hear of it
        return message

    async def _read(self, size: int) -> bytes:
        at: Any = self.stream
        try:
            content: bytes = await at._stream.recv_data(size)  # noqa: SLF001  # grpclib's own reading has no limit
        except AssertionError:  # how grpclib says that there are fewer
            raise GRPCError(Status.INTERNAL, "a message stops before its end") from None
        return content

    def _inflated(self, content: bytes) -> bytes:
        try:
            return inflate(content, self._limit)
        except TooLong:
            raise GRPCError(Status.RESOURCE_EXHAUSTED, f"a message has more than {self._limit} bytes") from None
        except ValueError:
            raise GRPCError(Status.UNIMPLEMENTED, "a message is compressed, but not by gzip") from None

    async def send(self, answer: Message) -> None:
        """Send a message, the first one behind the headers."""
        if not self._begun:
            self._begun = True
            await self.stream.send_initial_metadata(metadata=self.headers)
        await self.stream.send_message(answer)

    async def finish(self, error: GRPCError | None = None) -> None:
        """Send the status and the trailers, unless the client is gone."""
        with suppress(StreamClosedError):
            await self._finish(error)

    async def _finish(self, error: GRPCError | None) -> None:
        if not self._begun and (error is None or self.headers):
            self._begun = True
            await self.stream.send_initial_metadata(metadata=self.headers)
        if error is None:
            await self.stream.send_trailing_metadata(metadata=self.trailers)
            return
        await self.stream.send_trailing_metadata(
            status=error.status, status_message=error.message, status_details=error.details, metadata=self.trailers
        )


class _Servable:
    def __init__(self, service: ServiceServer, limit: int | None) -> None:
        self._service = service
        self._limit = limit

    def __mapping__(self) -> dict[str, Handler]:
        return {
            rpc.path: Handler(
                _answer(rpc, getattr(self._service, name), self._limit),
                _CARDINALITIES[rpc.stream],
                rpc.request,
                rpc.response,
            )
            for rpc, name in self._service.__rpcs__
        }


def _answer(
    rpc: Rpc[Any, Any], method: Callable[..., Any], limit: int | None
) -> Callable[[Stream[Any, Any]], Awaitable[None]]:
    async def answer(stream: Stream[Any, Any]) -> None:
        call = _Call(stream, limit)
        try:
            await _run(rpc, method, call)
        except NotImplementedError:
            await call.finish(GRPCError(Status.UNIMPLEMENTED, f"{rpc.path} is not implemented"))
        except GRPCError as error:
            await call.finish(error)
        else:
            await call.finish()

    return answer


async def _run(rpc: Rpc[Any, Any], method: Callable[..., Any], call: _Call) -> None:
    request: Any
    if rpc.stream in {"client", "both"}:
        request = _requests(rpc, call)
    else:
        request = await call.receive(rpc.request)
        if request is None:
            raise GRPCError(Status.UNIMPLEMENTED, "the client sent no message")
    if rpc.stream in {"server", "both"}:
        async with aclosing(method(request, call)) as answers:
            async for found in answers:
                await call.send(found)
    else:
        await call.send(await method(request, call))


async def _requests(rpc: Rpc[Any, Any], call: _Call) -> AsyncIterator[Any]:
    while (request := await call.receive(rpc.request)) is not None:
        yield request
