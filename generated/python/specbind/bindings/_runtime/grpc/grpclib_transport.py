"""Rpcs over grpclib's connections: messages, compression, limits, deadlines, retries and errors are of this package."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from grpclib.config import Configuration
from grpclib.const import Status

from .attempts import Attempts
from .grpclib_call import Call
from .grpclib_channel import OwnChannel
from .grpclib_codec import DetailsCodec, MessageCodec
from .grpclib_errors import RpcError, RpcLostError, rpc_error
from .options import CallOptions, Settings
from .retries import RpcThrottle
from .secrets import hidden_in_logs

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable
    from types import TracebackType
    from typing import Self, Unpack

    from grpclib.client import Channel

    from ..proto.message import Message
    from .rpc import Metadata, Requests, Rpc

__all__ = ["GrpclibTransport"]

Q = TypeVar("Q", bound="Message")
A = TypeVar("A", bound="Message")

_LONGEST_SILENCE = 20.0
"""Seconds in which a server has to answer to a ping."""

_PATIENCE = 0.1
"""Seconds in which the source of messages may end with its call."""

_LEFT: set[asyncio.Task[None]] = set()
"""Sources that did not; the event loop itself would not keep them."""


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
            keepalive: seconds between pings while calls run; a server that does not answer to one in as many seconds
                (20 at most) is given up. None for never. Many servers refuse pings more often than every 300 seconds.
            options: see CallOptions.
        """
        config = Configuration()
        if keepalive is not None:
            config = Configuration(
                _keepalive_time=keepalive,
                _keepalive_timeout=min(keepalive, _LONGEST_SILENCE),
                _http2_max_pings_without_data=0,  # a stream without messages is no dead one
                _http2_min_sent_ping_interval_without_data=keepalive / 2,
            )

        def make() -> Channel:
            codec, details = MessageCodec(), DetailsCodec()
            return OwnChannel(host, port, ssl=tls or None, config=config, codec=codec, status_details_codec=details)

        self._make: Callable[[], Channel] = make  # a channel belongs to an event loop, so the first call makes it
        self._begin(None, options)

    @classmethod
    def over(cls, channel: Channel, **options: Unpack[CallOptions]) -> Self:
        """Make a transport over a channel of somebody else, which stays theirs to close, as does its keepalive.

        Args:
            channel: of grpclib.
            options: see CallOptions.
        """
        transport = cls.__new__(cls)
        transport._begin(channel, options)  # noqa: SLF001  # its own
        return transport

    def _begin(self, channel: Channel | None, options: CallOptions) -> None:
        hidden_in_logs()
        self._channel = channel
        self._owned = channel is None
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
        if self._owned and self._channel is not None:
            self._channel.close()

    def _attempts(self, rpc: Rpc[Q, A], metadata: Metadata | None, timeout: float | None) -> Attempts:
        return Attempts(rpc, self._settings, self._throttle, metadata, timeout)

    @asynccontextmanager
    async def _attempt(
        self, rpc: Rpc[Q, A], attempts: Attempts, request: Q | None = None
    ) -> AsyncGenerator[Call[Q, A]]:
        """One attempt, open; it is cancelled if it is left before its end."""
        metadata = await attempts.begin()
        if self._channel is None:
            self._channel = self._make()
        call = Call(self._channel, rpc, self._settings, attempts.reply, deadline=attempts.deadline)
        try:
            await call.open(metadata, request, signed=attempts.signed)
            yield call
        finally:
            call.close()
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
                async with self._attempt(rpc, attempts, request) as call:
                    return await call.only()
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
        """Send many messages, get one. A list or tuple of messages can be sent again, an iterator cannot."""
        attempts = self._attempts(rpc, metadata, timeout)
        sent = False
        while True:
            try:
                async with self._attempt(rpc, attempts) as call:
                    sent = True
                    async with _sending(call, requests):
                        return await call.only()
            except RpcError as error:
                await attempts.again(error, repeatable=not sent or isinstance(requests, Sequence))

    def server_stream(
        self, rpc: Rpc[Q, A], request: Q, *, metadata: Metadata | None = None, timeout: float | None = None
    ) -> AsyncIterator[A]:
        """Send one message, get many. The call begins with the first step; closing the iterator cancels it."""
        return self._split(rpc, request, self._attempts(rpc, metadata, timeout))

    def both_streams(
        self, rpc: Rpc[Q, A], requests: Requests[Q], *, metadata: Metadata | None = None, timeout: float | None = None
    ) -> AsyncIterator[A]:
        """Send many messages, get many, both at once. As `server_stream`."""
        return self._chat(rpc, requests, self._attempts(rpc, metadata, timeout))

    async def _split(self, rpc: Rpc[Q, A], request: Q, attempts: Attempts) -> AsyncGenerator[A]:
        answered = False
        while True:
            try:
                async with self._attempt(rpc, attempts, request) as call:
                    while (answer := await call.receive()) is not None:
                        answered = True
                        yield answer
            except RpcError as error:
                await attempts.again(error, repeatable=not answered)
            else:
                return

    async def _chat(self, rpc: Rpc[Q, A], requests: Requests[Q], attempts: Attempts) -> AsyncGenerator[A]:
        sent = answered = False
        while True:
            try:
                async with self._attempt(rpc, attempts) as call:
                    sent = True
                    async with _sending(call, requests):
                        while (answer := await call.receive()) is not None:
                            answered = True
                            yield answer
            except RpcError as error:
                repeatable = not answered and (not sent or isinstance(requests, Sequence))
                await attempts.again(error, repeatable=repeatable)
            else:
                return


@asynccontextmanager
async def _sending(call: Call[Q, A], requests: Requests[Q]) -> AsyncGenerator[None]:
    """Send messages beside what is done inside. What fails in making them is raised where answers are awaited.

    Where their source does not end soon after the call, as one that waits for a thread, it is left to end by itself.
    """
    task = asyncio.create_task(_send_all(call, requests))
    try:
        yield
    finally:
        call.over = True
        task.cancel()
        _LEFT.add(task)
        task.add_done_callback(_ended)
        await asyncio.wait([task], timeout=_PATIENCE)


def _ended(task: asyncio.Task[None]) -> None:
    """Tell what failed in the source of messages when its call was over, and nobody was left to raise it to."""
    _LEFT.discard(task)
    error = None if task.cancelled() else task.exception()
    if error is not None:
        message = "the source of the messages of an rpc failed when its call was over"
        task.get_loop().call_exception_handler({"message": message, "exception": error, "task": task})


async def _send_all(call: Call[Q, A], requests: Requests[Q]) -> None:
    try:
        await _send_each(call, requests)
    except RpcLostError:
        pass  # what became of the call is read, not sent
    except asyncio.CancelledError:
        call.fail(rpc_error(Status.CANCELLED, "the messages to send were cancelled"))
        raise
    except Exception as error:
        if call.over and not isinstance(error, RpcError):
            raise
        call.fail(error)  # it is raised to whoever waits for an answer
    finally:
        if isinstance(requests, AsyncGenerator):
            await requests.aclose()


async def _send_each(call: Call[Q, A], requests: Requests[Q]) -> None:
    if isinstance(requests, Sequence) and requests:
        for request in requests[:-1]:
            await call.send(request)
        await call.send(requests[-1], end=True)
        return
    if isinstance(requests, AsyncIterable):
        async for request in requests:
            await call.send(request)
    else:
        for request in requests:
            await call.send(request)
    await call.end()
