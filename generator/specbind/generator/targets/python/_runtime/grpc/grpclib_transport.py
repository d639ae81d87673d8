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

from ..proto.errors import DecodeError
from .attempts import Attempts
from .grpclib_codec import DetailsCodec, MessageCodec
from .grpclib_errors import RpcConnectError, RpcDecodeError, RpcError, RpcLostError, RpcProtocolError, rpc_error
from .options import CallOptions, Settings
from .retries import RpcThrottle

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, AsyncIterator
    from types import TracebackType
    from typing import Self, Unpack

    from ..proto.message import Message
    from ..proto.wellknown import Any
    from .rpc import Metadata, Requests, Rpc

__all__ = ["GrpclibTransport"]

Q = TypeVar("Q", bound="Message")
A = TypeVar("A", bound="Message")

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
        RpcConnectError: there is no connection. RpcLostError: it broke. RpcProtocolError: the answer is not gRPC.
        RpcDecodeError: an answer is no message of its type. RpcLimitError: a message is longer than allowed.
    """

    def __init__(
        self,
        host: str,
        port: int = 443,
        *,
        tls: bool | ssl.SSLContext = True,
        keepalive: float | None = None,
        **options: Unpack[CallOptions],
    ) -> None:
        """Make a transport; nothing is sent yet.

        Args:
            host: name or address of the server.
            port: 1 to 65535.
            tls: False for a connection in the clear, or an own context, which has to offer `h2`.
            keepalive: seconds after which the connection is tested while calls run, None for never. Many servers
                refuse less than 300.
            options: see CallOptions.
        """
        config = Configuration(_keepalive_time=keepalive)
        channel = Channel(
            host, port, ssl=tls or None, config=config, codec=MessageCodec(), status_details_codec=DetailsCodec()
        )
        self._begin(channel, options, owned=True)

    @classmethod
    def over(cls, channel: Channel, **options: Unpack[CallOptions]) -> Self:
        """Make a transport over a channel of somebody else, which stays theirs to close, as does its keepalive.

        Args:
            channel: of grpclib.
            options: see CallOptions.
        """
        transport = cls.__new__(cls)
        transport._begin(channel, options, owned=False)  # noqa: SLF001  # its own
        return transport

    def _begin(self, channel: Channel, options: CallOptions, *, owned: bool) -> None:
        self._channel = channel
        self._owned = owned
        self._settings = Settings(**options)
        retries = self._settings.retries
        self._throttle = None if retries is None else RpcThrottle(retries)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection, unless it is somebody else's; calls that run end with RpcLostError."""
        if self._owned:
            self._channel.close()

    def _attempts(self, rpc: Rpc[Q, A], metadata: Metadata | None, timeout: float | None) -> Attempts:
        return Attempts(rpc, self._settings, self._throttle, metadata, timeout)

    @asynccontextmanager
    async def _attempt(self, rpc: Rpc[Q, A], attempts: Attempts) -> AsyncGenerator[Stream[Q, A]]:
        """One attempt; what grpclib raises in it becomes one of our errors."""
        sent: typing.Any = await attempts.begin()
        deadline = attempts.deadline
        left = None if deadline is None else max(0.0, deadline - asyncio.get_running_loop().time())
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
            deadline=None if left is None else Deadline.from_timeout(left),
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
            raise RpcLostError(Status.UNAVAILABLE, f"the call was cut off: {error}", path=rpc.path) from error
        except DecodeError as error:
            message = f"the answer is no {rpc.response.__name__}: {error}"
            raise RpcDecodeError(Status.INTERNAL, message, path=rpc.path) from error
        except ProtocolError as error:
            message = f"the answer is not gRPC: {error}"
            raise RpcProtocolError(Status.INTERNAL, message, path=rpc.path) from error
        except OSError as error:
            raise RpcConnectError(Status.UNAVAILABLE, f"no connection: {error}", path=rpc.path) from error
        attempts.reply.headers = MultiDict(stream.initial_metadata or ())
        attempts.reply.trailers = MultiDict(stream.trailing_metadata or ())
        attempts.succeeded()

    async def unary(
        self,
        rpc: Rpc[Q, A],
        request: Q,
        *,
        metadata: Metadata | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # the deadline goes to the server
    ) -> A:
        """Send one message, get one."""
        attempts = self._attempts(rpc, metadata, timeout)
        while True:
            try:
                async with self._attempt(rpc, attempts) as stream:
                    await stream.send_message(request, end=True)
                    answer = await _only(stream)
                return answer
            except RpcError as error:
                await attempts.again(error)

    async def client_stream(
        self,
        rpc: Rpc[Q, A],
        requests: Requests[Q],
        *,
        metadata: Metadata | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # the deadline goes to the server
    ) -> A:
        """Send many messages, get one."""
        attempts = self._attempts(rpc, metadata, timeout)
        async with self._attempt(rpc, attempts) as stream:
            await stream.send_request()
            await _send_all(stream, requests)
            answer = await _only(stream)
        return answer

    async def server_stream(
        self,
        rpc: Rpc[Q, A],
        request: Q,
        *,
        metadata: Metadata | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # the deadline goes to the server
    ) -> AsyncIterator[A]:
        """Send one message, get many. The call begins with the first step; closing the iterator cancels it."""
        attempts = self._attempts(rpc, metadata, timeout)
        answered = False
        while True:
            try:
                async with self._attempt(rpc, attempts) as stream:
                    await stream.send_message(request, end=True)
                    async for answer in stream:
                        answered = True
                        yield answer
                return
            except RpcError as error:
                await attempts.again(error, repeatable=not answered)

    async def both_streams(
        self,
        rpc: Rpc[Q, A],
        requests: Requests[Q],
        *,
        metadata: Metadata | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # the deadline goes to the server
    ) -> AsyncIterator[A]:
        """Send many messages, get many, both at once. As `server_stream`."""
        attempts = self._attempts(rpc, metadata, timeout)
        async with self._attempt(rpc, attempts) as stream:
            await stream.send_request()
            sender = asyncio.create_task(_send_all(stream, requests))
            try:
                while (answer := await _next(stream, sender)) is not None:
                    yield answer
                await sender
            finally:
                sender.cancel()
                await asyncio.gather(sender, return_exceptions=True)


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
