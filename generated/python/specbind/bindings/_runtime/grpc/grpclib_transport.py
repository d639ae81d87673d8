"""Rpcs over grpclib. It sends and reads uncompressed messages; the size of a message is not bounded."""

from __future__ import annotations

import asyncio
import typing
from collections.abc import AsyncIterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from grpclib.client import Channel, Stream
from grpclib.config import Configuration
from grpclib.const import Cardinality, Status
from grpclib.exceptions import GRPCError, ProtocolError, StreamTerminatedError
from grpclib.metadata import Deadline
from multidict import MultiDict

from ..errors import ConnectError, Error, TransportError  # noqa: TID252  # the runtime is copied to many places
from ..errors import DecodeError as AnswerError  # noqa: TID252
from ..proto.errors import DecodeError  # noqa: TID252
from .grpclib_codec import DetailsCodec, MessageCodec
from .grpclib_errors import rpc_error

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, AsyncIterator
    from types import TracebackType
    from typing import Self

    from ..proto.message import Message  # noqa: TID252
    from ..proto.wellknown import Any  # noqa: TID252
    from .rpc import Metadata, Requests, Rpc

__all__ = ["GrpclibTransport"]

Q = TypeVar("Q", bound="Message")
A = TypeVar("A", bound="Message")
E = TypeVar("E", bound=Error)

_CARDINALITIES = {
    "none": Cardinality.UNARY_UNARY,
    "client": Cardinality.STREAM_UNARY,
    "server": Cardinality.UNARY_STREAM,
    "both": Cardinality.STREAM_STREAM,
}


class GrpclibTransport:
    """A connection to one server, opened by the first call, over which any number of calls run at once.

    Raises of every call:
        RpcError: the server answered with a status that is not OK; RpcDeadlineError: not within `timeout`.
        ConnectError: there is no connection. TransportError: the connection broke.
        DecodeError: an answer is no message of its type.
    """

    def __init__(
        self,
        host: str,
        port: int = 443,
        *,
        tls: bool | ssl.SSLContext = True,
        metadata: Metadata | None = None,
        timeout: float | None = None,
        keepalive: float | None = None,
    ) -> None:
        """Make a transport; nothing is sent yet.

        Args:
            host: name or address of the server.
            port: 1 to 65535.
            tls: False for a connection in the clear, or an own context, which has to offer `h2`.
            metadata: sent with every call; that of a call comes before it.
            timeout: deadline in seconds of calls that state none, None for no deadline.
            keepalive: seconds of silence after which the connection is tested, None for never.
        """
        config = Configuration(_keepalive_time=keepalive)
        self._channel = Channel(
            host, port, ssl=tls or None, config=config, codec=MessageCodec(), status_details_codec=DetailsCodec()
        )
        self._metadata = dict(metadata or {})
        self._timeout = timeout

    @classmethod
    def over(cls, channel: Channel, *, metadata: Metadata | None = None, timeout: float | None = None) -> Self:
        """Make a transport over a channel of somebody else, which stays theirs to close. Arguments as above."""
        transport = cls.__new__(cls)
        transport._channel = channel  # noqa: SLF001  # its own
        transport._metadata = dict(metadata or {})  # noqa: SLF001  # its own
        transport._timeout = timeout  # noqa: SLF001  # its own
        return transport

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; calls that run end with TransportError."""
        self._channel.close()

    @asynccontextmanager
    async def _call(
        self,
        rpc: Rpc[Q, A],
        metadata: Metadata | None,
        timeout: float | None,  # noqa: ASYNC109  # sent to the server
    ) -> AsyncGenerator[Stream[Q, A]]:
        """One call; what grpclib raises in it becomes one of our errors."""
        seconds = self._timeout if timeout is None else timeout
        sent: typing.Any = MultiDict({**self._metadata, **(metadata or {})})
        stream: Stream[Q, A] = Stream(
            self._channel,
            rpc.path,
            sent,
            _CARDINALITIES[rpc.stream],
            rpc.request,
            rpc.response,
            codec=MessageCodec(),  # not the channel's: that may be another library's
            status_details_codec=DetailsCodec(),
            dispatch=self._channel.__dispatch__,
            deadline=None if seconds is None else Deadline.from_timeout(seconds),
        )
        try:
            async with stream:
                yield stream
        except GRPCError as error:
            details: tuple[Any, ...] = error.details or ()  # of our own codec
            trailers = stream.trailing_metadata
            texts = {} if trailers is None else {name: str(value) for name, value in trailers.items()}
            raise rpc_error(error.status, error.message, details, path=rpc.path, trailers=texts) from None
        except TimeoutError:
            raise rpc_error(Status.DEADLINE_EXCEEDED, "the deadline is over", path=rpc.path) from None
        except StreamTerminatedError as error:
            raise _at(TransportError(f"the call was cut off: {error}"), rpc) from error
        except DecodeError as error:
            raise _at(AnswerError(f"the answer is no {rpc.response.__name__}: {error}"), rpc) from error
        except ProtocolError as error:
            raise _at(TransportError(f"the answer is not gRPC: {error}"), rpc) from error
        except OSError as error:
            raise _at(ConnectError(f"no connection: {error}"), rpc) from error

    async def unary(
        self,
        rpc: Rpc[Q, A],
        request: Q,
        *,
        metadata: Metadata | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # the deadline goes to the server
    ) -> A:
        """Send one message, get one."""
        async with self._call(rpc, metadata, timeout) as stream:
            await stream.send_message(request, end=True)
            return await _only(stream)

    async def client_stream(
        self,
        rpc: Rpc[Q, A],
        requests: Requests[Q],
        *,
        metadata: Metadata | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # the deadline goes to the server
    ) -> A:
        """Send many messages, get one."""
        async with self._call(rpc, metadata, timeout) as stream:
            await stream.send_request()
            await _send_all(stream, requests)
            return await _only(stream)

    async def server_stream(
        self,
        rpc: Rpc[Q, A],
        request: Q,
        *,
        metadata: Metadata | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # the deadline goes to the server
    ) -> AsyncIterator[A]:
        """Send one message, get many. The call begins with the first step; closing the iterator cancels it."""
        async with self._call(rpc, metadata, timeout) as stream:
            await stream.send_message(request, end=True)
            async for answer in stream:
                yield answer

    async def both_streams(
        self,
        rpc: Rpc[Q, A],
        requests: Requests[Q],
        *,
        metadata: Metadata | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # the deadline goes to the server
    ) -> AsyncIterator[A]:
        """Send many messages, get many, both at once. As `server_stream`."""
        async with self._call(rpc, metadata, timeout) as stream:
            await stream.send_request()
            sender = asyncio.create_task(_send_all(stream, requests))
            try:
                while (answer := await _next(stream, sender)) is not None:
                    yield answer
                await sender
            finally:
                sender.cancel()
                await asyncio.gather(sender, return_exceptions=True)


def _at(error: E, rpc: Rpc[Q, A]) -> E:
    error.operation = rpc.path
    return error


async def _send_all(stream: Stream[Q, A], requests: Requests[Q]) -> None:
    if isinstance(requests, AsyncIterable):
        async for request in requests:
            await stream.send_message(request)
    else:
        for request in requests:
            await stream.send_message(request)
    await stream.end()


async def _only(stream: Stream[Q, A]) -> A:
    """The one answer of a call. Raises GRPCError where there is none, or more than one."""
    answer = await stream.recv_message()
    if answer is None:
        await stream.recv_trailing_metadata()
        raise GRPCError(Status.UNIMPLEMENTED, "the server sent no message")
    if await stream.recv_message() is not None:
        raise GRPCError(Status.UNIMPLEMENTED, "the server sent more than one message")
    return answer


async def _next(stream: Stream[Q, A], sender: asyncio.Task[None]) -> A | None:
    """The next answer; a failure of what is sent comes first."""
    if sender.done():
        if not sender.cancelled() and sender.exception() is not None:
            await sender
        return await stream.recv_message()
    receiving = asyncio.ensure_future(stream.recv_message())
    try:
        while not receiving.done():
            waiting = {receiving} if sender.done() else {receiving, sender}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if sender.done() and not sender.cancelled() and sender.exception() is not None and not receiving.done():
                await sender
        return receiving.result()
    finally:
        if not receiving.done():
            receiving.cancel()
            await asyncio.gather(receiving, return_exceptions=True)
