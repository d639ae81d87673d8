"""aiohttp's pool of connections, with limits of its own and a look at each kept connection before it is used again.

What is overridden here has private names in aiohttp: this is taken with tested versions only.
"""

from __future__ import annotations

import asyncio
import select
import ssl
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, cast

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import HttpProcessingError

from .addresses import is_forbidden
from .errors import DeadlineError, ProtocolError, RedirectError
from .timeout import DEFAULT_TIMEOUT, Timeout

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aiohttp import ClientRequest, ClientTimeout
    from aiohttp.abc import ResolveResult
    from aiohttp.client_reqrep import ConnectionKey
    from aiohttp.connector import Connection
    from aiohttp.http import RawResponseMessage
    from aiohttp.tracing import Trace

__all__ = ["CALL", "Call", "Connector", "fail", "next_piece", "refuse_forbidden"]

_FAILED = 500


class Call:
    """What the search for a connection has to know of the call that wants one.

    Attributes:
        timeout: its limits.
        guarded: it may go to no address that is forbidden to redirects.
        looking_up: the name that is being looked up, "" if none.
    """

    __slots__ = ("guarded", "looking_up", "timeout")

    def __init__(self, timeout: Timeout, *, guarded: bool = False) -> None:
        self.timeout = timeout
        self.guarded = guarded
        self.looking_up = ""


CALL: ContextVar[Call] = ContextVar("specbind_call", default=Call(DEFAULT_TIMEOUT))  # noqa: B039 - every call sets its own


class Connector(aiohttp.TCPConnector):
    """Throws a kept connection away on which anything came while nobody had asked.

    It would be read as the answer to the next request, be it the answer of somebody else, or it is the end of the
    connection. aiohttp itself looks only whether the connection is known to be closed.

    The limits are those of the call: `pool` for a free connection, `connect` for the name, the connection and TLS.
    """

    def __init__(self, **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]  # handed through
        self._factory = partial(_protocol, loop=asyncio.get_running_loop())

    async def _get(self, key: ConnectionKey, traces: list[Trace]) -> Connection | None:
        while (connection := await super()._get(key, traces)) is not None:
            protocol = connection.protocol
            if protocol is not None and not _has_news(protocol):
                if CALL.get().guarded:
                    _refuse_peer(connection)
                return connection
            connection.close()
        return None

    async def _wait_for_available_connection(self, key: ConnectionKey, traces: list[Trace]) -> None:
        limit = CALL.get().timeout.pool
        try:
            async with asyncio.timeout(limit):
                await super()._wait_for_available_connection(key, traces)
        except TimeoutError:
            raise DeadlineError(
                f"no connection became free within {limit} s: all that are allowed are in use; read streams to their "
                "end or close them, or raise `Limits.connections` or `connections_per_host`",
                limit="pool",
            ) from None

    async def _create_connection(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: ClientTimeout,  # noqa: ASYNC109 - aiohttp's signature
    ) -> ResponseHandler:
        call = CALL.get()
        limit = call.timeout.connect
        call.looking_up = ""
        try:
            async with asyncio.timeout(limit):
                return await super()._create_connection(req, traces, timeout)
        except TimeoutError:
            if call.looking_up:
                text = f"the name {call.looking_up} was not found in time, {limit} s"
            else:
                text = f"no connection within {limit} s"
            raise DeadlineError(text, limit="connect") from None

    async def _resolve_host(self, host: str, port: int, traces: Sequence[Trace] | None = None) -> list[ResolveResult]:
        call = CALL.get()
        call.looking_up = host
        found = await super()._resolve_host(host, port, traces)
        call.looking_up = ""
        if call.guarded:
            refuse_forbidden(host, [address["host"] for address in found])
        return found


class _Protocol(ResponseHandler):
    """Tells the reader of a body when the rest of it is not HTTP, and when the connection broke off.

    aiohttp's own waits for more in the one case, and in the other takes what came for a whole body, if the body has no
    length and ends with the connection.

    A server whose program failed closes the connection behind its answer, often without saying so: what is sent
    meanwhile would be lost, so a connection that gave a 500 is not used again.
    """

    def feed_data(self, data: tuple[RawResponseMessage, aiohttp.StreamReader], size: int = 0) -> None:
        if data[0].code == _FAILED:
            self.force_close()
        super().feed_data(data, size)

    def connection_lost(self, exc: BaseException | None) -> None:
        payload = self._payload
        if payload is not None and (exc is not None or _cut_below_tls(self.transport)):
            fail(payload, exc)
        super().connection_lost(exc)

    def set_exception(self, exc: BaseException, exc_cause: BaseException | None = None) -> None:
        payload = self._payload
        if exc_cause is None:
            super().set_exception(exc)
        else:
            super().set_exception(exc, exc_cause)
        if isinstance(exc, HttpProcessingError) and payload is not None:
            fail(payload, exc)


def _protocol(loop: asyncio.AbstractEventLoop) -> ResponseHandler:
    return _Protocol(loop)


def _cut_below_tls(transport: asyncio.BaseTransport | None) -> bool:
    """Say whether a TLS connection ended without the peer's closing alert (RFC 9112, 9.8)."""
    tls: object = None if transport is None else transport.get_extra_info("ssl_object")
    if not isinstance(tls, ssl.SSLObject):
        return False
    try:
        tls.read(1)
    except ssl.SSLZeroReturnError:
        return False
    except ssl.SSLError:
        return True
    return True


def fail(payload: aiohttp.StreamReader, problem: BaseException | None) -> None:
    """End a body that is not at its end."""
    if payload.is_eof() or payload.exception() is not None:
        return
    if isinstance(problem, HttpProcessingError):
        payload.set_exception(ProtocolError(f"the answer is not HTTP: {problem.message[:300]}"))
    else:
        payload.set_exception(aiohttp.ClientPayloadError("the connection was lost"))


async def next_piece(payload: aiohttp.StreamReader) -> bytes:
    """Give the next bytes of a body, b"" at its end. What came before an error is given before it is raised."""
    problem = payload.exception()
    if problem is None:
        return await payload.readany()
    payload.set_exception(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # its own first value
    try:
        piece = payload.read_nowait()
    finally:
        payload.set_exception(problem)
    if not piece:
        raise problem
    return piece


def refuse_forbidden(host: str, addresses: Iterable[str]) -> None:
    """Raise RedirectError where one of a host's addresses is forbidden to redirects."""
    for address in addresses:
        if is_forbidden(address):
            raise RedirectError(f"a redirect to {host} is not followed: it is at the link-local address {address}")


def _refuse_peer(connection: Connection) -> None:
    transport = connection.transport
    peer: object = None if transport is None else transport.get_extra_info("peername")
    if not isinstance(peer, tuple):
        return
    try:
        refuse_forbidden("this host", [str(cast("tuple[object, ...]", peer)[0])])
    except RedirectError:
        connection.release()
        raise


def _has_news(protocol: ResponseHandler) -> bool:
    """Say whether bytes or an end of the connection wait, read by the event loop or not yet."""
    if protocol.should_close or protocol.transport is None:
        return True
    sock = protocol.transport.get_extra_info("socket")
    return sock is not None and _readable(sock.fileno())


def _readable(descriptor: int) -> bool:
    if descriptor < 0:
        return True
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([descriptor], [], [], 0)[0])
