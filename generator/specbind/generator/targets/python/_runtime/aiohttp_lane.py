"""The short way through aiohttp, for requests without a streamed body and without a proxy.

It takes aiohttp's connections and its parser and leaves out `ClientSession.request`, which is a third of the cost of a
small call. What it uses of aiohttp has public names and no documentation, so it is taken only with the versions listed
here; with others every request goes the long way. There aiohttp decides one thing that is stricter here: only a request
that is declared idempotent is sent again where a kept connection turns out to be closed, and none whose sender counts
the tries itself.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from weakref import WeakSet

import aiohttp
from aiohttp.http import HttpProcessingError, RawResponseMessage
from yarl import URL

from .aiohttp_connector import fail, next_piece
from .aiohttp_errors import cause_of, translated
from .bulk import Bulk
from .errors import DeadlineError, Error, LimitError, ProtocolError, RequestError
from .http import Request, Response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp.connector import Connection

    from .timeout import Limits, Timeout
    from .watch import Watch

__all__ = ["Lane", "usable"]

_TESTED = {(3, 14)}
_LARGEST_BODY = 64 * 1024
_MOST_INTERIM = 20
_BUFFER = 64 * 1024
_BULK = 512 * 1024
_WITH_LENGTH = frozenset({"POST", "PUT", "PATCH"})
_MOST_ORIGINS = 64


def usable() -> bool:
    """Say whether the installed aiohttp is one of the tested versions."""
    major, minor = aiohttp.__version__.split(".")[:2]
    return major.isdecimal() and minor.isdecimal() and (int(major), int(minor)) in _TESTED


class _Origin:
    """What is the same for all requests to one scheme, host and port."""

    __slots__ = ("host", "key")

    def __init__(self, scheme: str, netloc: str, session: aiohttp.ClientSession) -> None:
        url = URL(f"{scheme}://{netloc}", encoded=True)
        bare = url.host_subcomponent or ""
        self.host = bare if url.is_default_port() else f"{bare}:{url.port}"
        self.key = aiohttp.ClientRequest("GET", url, loop=asyncio.get_running_loop(), session=session)


class Lane:
    """Sends small requests over a session's connector."""

    def __init__(self, session: aiohttp.ClientSession, limits: Limits, watch: Watch) -> None:
        self._session = session
        self._limits = limits
        self._watch = watch
        self._origins: dict[tuple[str, str], _Origin] = {}
        self._used: WeakSet[object] = WeakSet()  # the protocols of connections that had a request before

    def takes(self, request: Request) -> bool:
        """Say whether a request can go this way."""
        body = request.body
        return (
            (body is None or (isinstance(body, bytes) and len(body) <= _LARGEST_BODY))
            and request.url.isascii()
            and "Host" not in request.headers
            and "Transfer-Encoding" not in request.headers
        )

    async def send(self, request: Request, connecting: aiohttp.ClientTimeout) -> Response:
        """Send a request; raises TransportError and its kinds, and errors of aiohttp."""
        scheme, netloc, target = _split(request.url)
        origin = self._origins.get((scheme, netloc)) or self._origin(scheme, netloc)
        content = _written(request, target, origin.host)
        connection, reused = await self._connection(origin, connecting)
        try:
            return await self._attempt(request, connection, content)
        except aiohttp.ServerTimeoutError:
            raise
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
            # a kept connection that the server closed as we wrote (RFC 9112, 9.3.1); the body is bytes, if any
            if not (reused and request.idempotent and request.retries):
                raise
        connection, _ = await self._connection(origin, connecting)
        return await self._attempt(request, connection, content)

    def _origin(self, scheme: str, netloc: str) -> _Origin:
        if len(self._origins) >= _MOST_ORIGINS:
            self._origins.clear()
        origin = self._origins[scheme, netloc] = _Origin(scheme, netloc, self._session)
        return origin

    async def _connection(self, origin: _Origin, connecting: aiohttp.ClientTimeout) -> tuple[Connection, bool]:
        """Give a connection, and whether it had a request before."""
        connector = self._session.connector
        if connector is None:
            raise RequestError("the transport is closed")
        connection = await connector.connect(origin.key, [], connecting)
        protocol = connection.protocol
        reused = protocol in self._used
        if protocol is not None:
            self._used.add(protocol)
        return connection, reused

    async def _attempt(self, request: Request, connection: Connection, content: bytes) -> Response:
        limit = self._watch.start(request.timeout.read)
        try:
            message, payload = await self._exchange(connection, content, has_body=request.method != "HEAD")
        except asyncio.CancelledError:
            connection.close()
            if limit.reached():
                raise DeadlineError(f"the server was silent for {request.timeout.read} s", limit="read") from None
            raise
        except HttpProcessingError as error:
            connection.close()
            raise ProtocolError(f"the answer is not HTTP: {error.message[:300]}") from None
        except BaseException:
            connection.close()
            raise
        finally:
            self._watch.stop(limit)
        return Response(
            message.code, message.headers, _Body(connection, message, payload, request.timeout, self._watch)
        )

    async def _exchange(
        self, connection: Connection, content: bytes, *, has_body: bool
    ) -> tuple[RawResponseMessage, aiohttp.StreamReader]:
        protocol = connection.protocol
        if protocol is None or protocol.transport is None:
            raise aiohttp.ServerDisconnectedError
        limits = self._limits
        protocol.set_response_params(
            skip_payload=not has_body,
            read_until_eof=True,
            auto_decompress=False,
            read_bufsize=_BUFFER,
            max_line_size=limits.max_line,
            max_field_size=limits.max_line,
            max_headers=limits.max_headers,
        )
        protocol.transport.write(content)
        for _ in range(_MOST_INTERIM):
            message, payload = await protocol.read()
            if message.code >= 200 or message.code < 100:
                return message, payload
            if message.code == 101:
                raise ProtocolError("the server wants to change the protocol")
        raise ProtocolError(f"the server gave more than {_MOST_INTERIM} interim answers")


class _Body:
    """The body of an answer; the connection goes back to the others when it was read to its end."""

    __slots__ = ("_connection", "_message", "_payload", "_taken", "_timeout", "_watch")

    def __init__(
        self,
        connection: Connection,
        message: RawResponseMessage,
        payload: aiohttp.StreamReader,
        timeout: Timeout,
        watch: Watch,
    ) -> None:
        self._connection: Connection | None = connection
        self._message = message
        self._payload = payload
        self._taken = False  # reading has begun
        self._timeout = timeout
        self._watch = watch

    async def read(self, limit: int) -> bytes:
        """Read everything; raises LimitError above `limit` bytes, and TransportError."""
        payload = self._payload
        if payload.is_eof() and payload.exception() is None:
            content = payload.read_nowait()
            self._release()
            if len(content) > limit:
                raise LimitError(f"the answer is larger than {limit} bytes", limit=limit)
            return content
        announced = self._message.headers.get("Content-Length", "")
        if announced.isdecimal() and int(announced) > limit:
            raise LimitError(f"the answer has {announced[:20]} bytes, {limit} are allowed", limit=limit)
        pieces: list[bytes] = []
        size = 0
        async for piece in self.chunks():
            size += len(piece)
            if size > limit:
                raise LimitError(f"the answer is larger than {limit} bytes", limit=limit)
            pieces.append(piece)
        return b"".join(pieces)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Give the bytes as they come; raises TransportError."""
        if self._taken:
            raise RequestError("this body was read before; call the operation again")
        self._taken = True
        while piece := await self._next():
            yield piece
        self._release()

    async def _next(self) -> bytes:
        limit = self._watch.start(self._timeout.read)
        try:
            return await next_piece(self._payload)
        except asyncio.CancelledError:
            self.close()
            if limit.reached():
                raise DeadlineError(f"the server was silent for {self._timeout.read} s", limit="read") from None
            raise
        except Error:
            self.close()
            raise
        except (aiohttp.ClientError, OSError, ValueError) as error:
            self.close()
            raise translated(error, self._timeout, in_body=True) from cause_of(error)
        finally:
            self._watch.stop(limit)

    def bulk(self) -> Bulk | None:
        """Take the connection over for a large body of known length; None where that is not possible or not worth it.

        To be called before anything else was read. Afterwards only `close` may be called.
        """
        connection, payload = self._connection, self._payload
        protocol = None if connection is None else connection.protocol
        transport = None if protocol is None else protocol.transport
        length = self._message.headers.get("Content-Length", "")
        if (
            protocol is None
            or not isinstance(transport, asyncio.Transport)
            or sys.platform == "win32"  # its event loop gives more than it was asked for
            or self._taken
            or payload.is_eof()  # an answer to HEAD has a length and no body
            or self._message.chunked
            or not length.isdecimal()
            or int(length) < _BULK
            or payload.total_bytes >= int(length)  # all of it is here
            or payload.exception() is not None
        ):
            return None
        self._taken = True
        head = bytearray()
        while piece := payload.read_nowait():  # reading lets the parser give more
            head += piece

        def restore() -> None:
            payload.feed_eof()
            protocol.set_response_params(read_bufsize=_BUFFER)  # a new parser: the old one waits for the body
            transport.set_protocol(protocol)
            transport.resume_reading()

        return Bulk(
            transport,
            protocol,
            bytes(head),
            int(length),
            read=self._timeout.read,
            watch=self._watch,
            restore=restore,
            release=self._release,
        )

    def _release(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.release()

    def close(self) -> None:
        """Close the connection unless the body was read to its end. Who reads it meanwhile gets an error."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
            fail(self._payload, None)


def _split(url: str) -> tuple[str, str, str]:
    """Give scheme, authority and request target."""
    scheme, _, rest = url.partition("://")
    end = len(rest)
    for mark in "/?#":
        found = rest.find(mark, 0, end)
        if found >= 0:
            end = found
    netloc = rest[:end]
    target = rest[end:].partition("#")[0]
    if scheme not in {"http", "https"} or not netloc or "@" in netloc:
        parts = urlsplit(url)  # for the error's sake
        raise RequestError(f"a request goes to http or https and names a host, not {parts.scheme[:20]!r}")
    return scheme, netloc, target if target.startswith("/") else f"/{target}"


def _written(request: Request, target: str, host: str) -> bytes:
    """Give the bytes of a request; raises RequestError where a part of it would end its line."""
    headers = request.headers
    body = request.body if isinstance(request.body, bytes) else b""
    lines = [f"{request.method} {target} HTTP/1.1\r\nHost: {host}\r\n"]
    lines += [f"{name}: {text}\r\n" for name, text in headers.items()]
    count = len(lines) + 1
    if (body or request.method in _WITH_LENGTH) and "Content-Length" not in headers:
        lines.append(f"Content-Length: {len(body)}\r\n")
        count += 1
    head = "".join(lines)
    if head.count("\n") != count or head.count("\r") != count or "\0" in head or " " in target:
        raise RequestError("the URL or a header has a line break, a space or NUL where none may be")
    return head.encode() + b"\r\n" + body
