"""Generated servers on grpclib."""

from __future__ import annotations

from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any, cast

from grpclib.const import Cardinality, Handler, Status
from grpclib.exceptions import GRPCError
from grpclib.protocol import H2Protocol
from grpclib.server import Handler as ServerHandler
from grpclib.server import Server
from h2.exceptions import StreamClosedError
from multidict import MultiDict

from ..proto.errors import DecodeError
from ..proto.message import decode
from .framing import PREFIX, TooLong, inflated, parse_prefix
from .grpclib_codec import DetailsCodec, MessageCodec
from .grpclib_inbox import Inbox
from .options import MAX_RECEIVE_SIZE
from .secrets import hidden_in_logs
from .status_messages import StatusMessage

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

    from grpclib.protocol import Stream as HttpStream
    from grpclib.server import Stream

    from ..proto.message import Message
    from .headers import Fields, MetadataDict
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
    hidden_in_logs()
    servables = [_Servable(service, max_receive_size) for service in services]
    return _Server(servables)


class _Server(Server):
    """grpclib's server, whose calls know how they are compressed, and which says UNIMPLEMENTED so that it is read."""

    def __init__(self, servables: list[_Servable]) -> None:
        super().__init__(servables, codec=MessageCodec(), status_details_codec=DetailsCodec())
        self._mapping = _Methods(self._mapping)

    def _protocol_factory(self) -> H2Protocol:
        self.__gc_step__()
        accepting = _Accepting(self._mapping, self._codec, self._status_details_codec, self.__dispatch__)
        self._handlers.add(accepting)
        return _Protocol(accepting, self._config, self._h2_config)


class _Protocol(H2Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast("asyncio.Transport", _Quiet(transport)))


class _Quiet:
    """A transport that drops what is written once it is lost.

    grpclib writes on until it is told, a window at most, and asyncio would complain of each piece.
    """

    def __init__(self, inner: asyncio.BaseTransport) -> None:
        self._inner = cast("asyncio.Transport", inner)  # as grpclib takes it, too

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._inner.is_closing():
            self._inner.write(data)

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        if not self._inner.is_closing():
            self._inner.writelines(list_of_data)

    def __getattr__(self, name: str) -> object:
        found: object = getattr(self._inner, name)
        return found


class _Methods(dict[str, Handler]):
    """The methods by path; every other path has one, too."""

    def get(self, path: str, default: object = None) -> Handler:  # noqa: ARG002  # as grpclib asks
        return super().get(path) or Handler(_no_method, Cardinality.STREAM_STREAM, StatusMessage, StatusMessage)


async def _no_method(stream: Stream[Any, Any]) -> None:  # noqa: ARG001  # a method of grpclib
    raise GRPCError(Status.UNIMPLEMENTED, "there is no such method")


class _Accepting(ServerHandler):
    def accept(self, stream: HttpStream, headers: Fields, release_stream: Callable[[], None]) -> None:
        stream.headers = headers  # grpclib keeps them for answers alone
        if stream.id is not None:
            stream.buffer = Inbox(stream.connection, stream.id)  # type: ignore[assignment]  # as grpclib's buffer
        super().accept(stream, headers, release_stream)


class _Call:
    """What a method is told of its call, and what it says beside its answer."""

    def __init__(self, stream: Stream[Any, Any], limit: int | None) -> None:
        self.stream = stream
        self.headers: MetadataDict = MultiDict()
        self.trailers: MetadataDict = MultiDict()
        self._limit = limit
        self._begun = False
        at: Any = stream
        fields: dict[str, str] = dict(at._stream.headers or ())  # noqa: SLF001  # grpclib gives metadata alone
        self._encoding = fields.get("grpc-encoding", "identity")

    def check(self) -> None:
        """Refuse a call whose messages cannot be read."""
        if self._encoding not in {"identity", "gzip"}:
            message = f"messages are compressed by {self._encoding!r:.40}; gzip can be read"
            raise GRPCError(Status.UNIMPLEMENTED, message)

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
        if len(prefix) < PREFIX:
            raise GRPCError(Status.INTERNAL, "a message stops before its end")
        flag, length = parse_prefix(prefix)
        if flag > (self._encoding != "identity"):
            raise GRPCError(Status.INTERNAL, f"a message begins with the byte {flag}, which no header announces")
        if self._limit is not None and length > self._limit:
            raise GRPCError(Status.RESOURCE_EXHAUSTED, f"a message has {length} bytes, more than {self._limit}")
        content = await self._read(length)
        if len(content) < length:
            raise GRPCError(Status.INTERNAL, "a message stops before its end")
        if flag:
            content = await self._inflated(content)
        try:
            message: Message = decode(kind, content)
        except DecodeError as error:
            raise GRPCError(Status.INVALID_ARGUMENT, f"the request cannot be read: {error}") from error
        (message,) = await at._dispatch.recv_message(message)  # noqa: SLF001  # so listeners of grpclib hear of it
        return message

    async def _read(self, size: int) -> bytes:
        at: Any = self.stream
        content: bytes = await at._stream.recv_data(size)  # noqa: SLF001  # grpclib's own reading has no limit
        return content

    async def _inflated(self, content: bytes) -> bytes:
        try:
            return await inflated(content, self._limit)
        except TooLong:
            raise GRPCError(Status.RESOURCE_EXHAUSTED, f"a message has more than {self._limit} bytes") from None
        except ValueError:
            raise GRPCError(Status.INTERNAL, "a message is not gzip as it says") from None

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
    call.check()
    request: Any
    if rpc.stream in {"client", "both"}:
        request = _requests(rpc, call)
    else:
        request = await call.receive(rpc.request)
        if request is None:
            raise GRPCError(Status.UNIMPLEMENTED, "the client sent no message")
        if await call.receive(rpc.request) is not None:
            raise GRPCError(Status.UNIMPLEMENTED, "the client sent more than one message")
    if rpc.stream in {"server", "both"}:
        async with aclosing(method(request, call)) as answers:
            async for found in answers:
                await call.send(found)
    else:
        await call.send(await method(request, call))


async def _requests(rpc: Rpc[Any, Any], call: _Call) -> AsyncIterator[Any]:
    while (request := await call.receive(rpc.request)) is not None:
        yield request
