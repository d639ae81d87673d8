"""The transport over aiohttp.

aiohttp's own redirects, cookies, decompression and environment reading are switched off: they would carry credentials
to other origins or grow without bound.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

from .aiohttp_connector import CALL, Call, Connector, fail, next_piece, refuse_forbidden
from .aiohttp_errors import cause_of, translated
from .aiohttp_lane import Lane, usable
from .errors import DeadlineError, Error, LimitError, RequestError
from .files import CHUNK
from .http import Request, RequestBody, Response
from .timeout import DEFAULT_LIMITS, DEFAULT_TIMEOUT, Limits, Timeout
from .watch import Watch

if TYPE_CHECKING:
    import ssl as ssl_module
    from collections.abc import AsyncIterator, Callable

    from aiohttp.abc import ResolveResult

__all__ = ["AiohttpTransport"]

_LARGEST_BYTES = 512 * 1024
_MOST_TIMEOUTS = 64
_NOT_ADDED = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class AiohttpTransport:
    """One aiohttp session, made on first use.

    Args:
        limits: numbers of connections and sizes of headers.
        proxy: URL of an HTTP proxy.
        trust_env: take proxies from the environment (HTTP_PROXY, HTTPS_PROXY, NO_PROXY). No netrc is read.
        ssl: a context, or False to accept every certificate.
    """

    def __init__(
        self,
        *,
        limits: Limits = DEFAULT_LIMITS,
        proxy: str | None = None,
        trust_env: bool = False,
        ssl: ssl_module.SSLContext | bool = True,
    ) -> None:
        self._limits = limits
        self._proxy = proxy
        self._environment = getproxies() if trust_env and proxy is None else {}
        self._ssl = ssl
        self._opened: tuple[aiohttp.ClientSession, Watch] | None = None
        self._lane: Lane | None = None
        self._closed = False
        self._tested = usable()
        self._timeouts: dict[tuple[float | None, ...], aiohttp.ClientTimeout] = {}

    def _open(self) -> tuple[aiohttp.ClientSession, Watch]:
        if self._closed:
            raise RequestError("the transport is closed")
        limits = self._limits
        watch = Watch(asyncio.get_running_loop())
        session = aiohttp.ClientSession(
            connector=(Connector if self._tested else aiohttp.TCPConnector)(
                limit=limits.connections,
                limit_per_host=limits.connections_per_host,
                ssl=self._ssl,
                resolver=aiohttp.ThreadedResolver() if self._tested else _Resolver(),
                use_dns_cache=self._tested,  # without it each call looks up on its own, and has its own limit
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            proxy=self._proxy,
            skip_auto_headers=_NOT_ADDED,
            timeout=self._timeout(DEFAULT_TIMEOUT),
            max_line_size=limits.max_line,
            max_field_size=limits.max_line,
            max_headers=limits.max_headers,
        )
        if self._proxy is None and not self._environment and self._tested:
            self._lane = Lane(session, limits, watch)
        self._opened = session, watch
        return self._opened

    def _timeout(self, timeout: Timeout) -> aiohttp.ClientTimeout:
        key = (timeout.connect, timeout.read, timeout.pool)
        found = self._timeouts.get(key)
        if found is None:
            both = None  # our own connector keeps these limits, and says which of them was reached
            if not self._tested and timeout.connect is not None and timeout.pool is not None:
                both = timeout.connect + timeout.pool
            found = aiohttp.ClientTimeout(
                total=None, connect=both, sock_connect=timeout.connect, sock_read=timeout.read
            )
            if len(self._timeouts) < _MOST_TIMEOUTS:
                self._timeouts[key] = found
        return found

    def _proxy_for(self, url: str) -> str | None:
        parts = urlsplit(url)
        proxy = self._environment.get(parts.scheme) or self._environment.get("all")
        if proxy is None or proxy_bypass(parts.hostname or ""):
            return None
        return proxy if "://" in proxy else f"http://{proxy}"

    async def send(self, request: Request) -> Response:
        """Send a request; raises TransportError and its kinds, never an error of aiohttp."""
        session, watch = self._opened or self._open()
        CALL.set(Call(request.timeout, guarded=request.guarded))
        lane = self._lane
        if lane is not None and lane.takes(request):
            try:
                return await lane.send(request, self._timeout(request.timeout))
            except Error:
                raise
            except (aiohttp.ClientError, OSError, ValueError, RuntimeError) as error:
                raise translated(error, request.timeout) from cause_of(error)
        body = request.body
        proxy = self._proxy_for(request.url) if self._environment else None
        if proxy is not None or self._proxy is not None:
            CALL.set(Call(request.timeout))  # the addresses are the proxy's
        try:
            if body is None or (type(body) is bytes and len(body) <= _LARGEST_BYTES):
                answer = await session.request(
                    request.method,
                    URL(request.url, encoded=True),
                    headers=request.headers,
                    data=body,
                    allow_redirects=False,
                    timeout=self._timeout(request.timeout),
                    proxy=proxy,
                    middlewares=_middlewares(request),
                )
            else:
                answer = await self._upload(session, request, body, proxy)
        except Error:
            raise
        except _LostError as lost:
            raise translated(lost.error, request.timeout) from cause_of(lost.error)
        except (aiohttp.ClientError, OSError, ValueError, RuntimeError) as error:
            raise translated(error, request.timeout) from cause_of(error)
        return Response(answer.status, answer.headers, _Answer(answer, request.timeout, watch))

    async def _upload(
        self, session: aiohttp.ClientSession, request: Request, body: bytes | RequestBody, proxy: str | None
    ) -> aiohttp.ClientResponse:
        headers = request.headers.copy()
        length = len(body) if isinstance(body, bytes) else body.length
        if length is not None:
            headers["Content-Length"] = str(length)
        async with asyncio.timeout(None) as scope:
            upload = _Upload(body, length, scope, request.timeout.read)
            try:
                return await session.request(
                    request.method,
                    URL(request.url, encoded=True),
                    headers=headers,
                    data=upload.pieces(),
                    allow_redirects=False,
                    timeout=self._timeout(request.timeout),
                    proxy=proxy,
                    middlewares=_middlewares(request),
                )
            except (aiohttp.ClientError, _LostError):
                if upload.problem is None:
                    raise
                if isinstance(upload.problem, Error):
                    raise upload.problem from None
                raise RequestError(f"the body could not be read: {upload.problem}") from upload.problem
            finally:
                upload.done = True

    async def close(self) -> None:
        """Close all connections. May be called twice."""
        self._closed = True
        opened, self._opened = self._opened, None
        self._lane = None
        if opened is not None:
            session, watch = opened
            watch.close()
            await session.close()


class _Upload:
    """Gives a body to aiohttp: counts it, notes what goes wrong in it, and stops a peer that takes nothing."""

    def __init__(
        self, body: bytes | RequestBody, length: int | None, scope: asyncio.Timeout, limit: float | None
    ) -> None:
        self._body = body
        self._length = length
        self._scope = scope
        self._limit = limit
        self.done = False
        self.problem: Exception | None = None

    async def pieces(self) -> AsyncIterator[bytes]:
        """Give the content."""
        sent = 0
        try:
            async for piece in _blocks(self._body) if isinstance(self._body, bytes) else self._body.chunks():
                sent += len(piece)
                if self._length is not None and sent > self._length:
                    break
                self._watch(self._limit)
                yield piece
                self._watch(None)
        except Exception as error:
            self.problem = error
            raise
        if self._length is not None and sent != self._length:
            more = "more than" if sent > self._length else f"{sent} of"
            self.problem = RequestError(f"the body gave {more} the {self._length} bytes that were announced")
            raise self.problem

    def _watch(self, limit: float | None) -> None:
        if not self.done and not self._scope.expired():
            self._scope.reschedule(None if limit is None else asyncio.get_running_loop().time() + limit)


async def _blocks(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), CHUNK):
        yield content[start : start + CHUNK]


class _Answer:
    """The body of an answer."""

    __slots__ = ("_answer", "_timeout", "_unmind", "_watch")

    def __init__(self, answer: aiohttp.ClientResponse, timeout: Timeout, watch: Watch) -> None:
        self._answer: aiohttp.ClientResponse | None = answer
        self._timeout = timeout
        self._watch = watch
        self._unmind = _minded(answer)

    async def read(self, limit: int) -> bytes:
        """Read everything; raises LimitError above `limit` bytes, and TransportError."""
        answer = self._answer
        if answer is None:
            return b""
        content = answer.content
        try:
            if content.is_eof():
                data = content.read_nowait()
                self._answer = None
            else:
                length = answer.headers.get("Content-Length")
                if length is not None and answer.method != "HEAD" and int(length) > limit:
                    raise LimitError(f"the answer has {length[:20]} bytes, {limit} are allowed", limit=limit)
                data = await self._read_all(content, limit)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise translated(error, self._timeout, in_body=True) from cause_of(error)
        if len(data) > limit:
            raise LimitError(f"the answer is larger than {limit} bytes", limit=limit)
        return data

    async def chunks(self) -> AsyncIterator[bytes]:
        """Give the bytes as they come; raises TransportError."""
        answer = self._answer
        if answer is None:
            return
        try:
            while piece := await self._next(answer.content):
                yield piece
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise translated(error, self._timeout, in_body=True) from cause_of(error)

    async def _read_all(self, content: aiohttp.StreamReader, limit: int) -> bytes:
        pieces: list[bytes] = []
        size = 0
        while piece := await self._next(content):
            size += len(piece)
            if size > limit:
                raise LimitError(f"the answer is larger than {limit} bytes", limit=limit)
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def _next(self, content: aiohttp.StreamReader) -> bytes:
        """Read on. aiohttp's own limit ends with the connection, and not always with an error."""
        limit = self._watch.start(self._timeout.read)
        try:
            return await next_piece(content)
        except asyncio.CancelledError:
            self.close()
            if limit.reached():
                raise DeadlineError(f"the server was silent for {self._timeout.read} s", limit="read") from None
            raise
        finally:
            self._watch.stop(limit)

    def close(self) -> None:
        """Close the connection unless the body was read to its end."""
        self._unmind()
        answer, self._answer = self._answer, None
        if answer is not None:
            answer.close()


def _minded(answer: aiohttp.ClientResponse) -> Callable[[], None]:
    """End the body of an answer when its connection ends; aiohttp lets it wait for more where the rest is not HTTP.

    Gives what is to be called when nobody waits for the body any more.
    """
    content, connection = answer.content, answer.connection
    protocol = None if connection is None else connection.protocol
    if protocol is None or content.is_eof():
        return _nothing
    closed = protocol.closed
    if closed is None:
        fail(content, protocol.exception())
        return _nothing

    def ended(_closed: asyncio.Future[None]) -> None:
        fail(content, protocol.exception())

    def forget() -> None:
        closed.remove_done_callback(ended)

    closed.remove_done_callback(_seen)  # once for a connection, however many answers it gives
    closed.add_done_callback(_seen)
    closed.add_done_callback(ended)
    content.on_eof(forget)  # the connection serves others then
    return forget


def _seen(closed: asyncio.Future[None]) -> None:
    """Keep asyncio from reporting an error that nobody asks for."""
    if not closed.cancelled():
        closed.exception()


def _nothing() -> None:
    """Nothing is to be forgotten."""


class _LostError(Exception):
    """Carries an error past aiohttp, which would send the request again."""

    def __init__(self, error: aiohttp.ClientError) -> None:
        super().__init__()
        self.error = error


async def _once(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    try:
        return await send(request)
    except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError):
        raise  # nothing was sent
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _LostError(error) from None


def _middlewares(request: Request) -> tuple[aiohttp.ClientMiddlewareType, ...] | None:
    """Give what keeps aiohttp from sending a request twice that may be sent once; it goes by the method alone."""
    return None if request.idempotent and request.retries else (_once,)


class _Resolver(aiohttp.ThreadedResolver):
    """Looks names up within the limits of the call, for versions of aiohttp with which our connector is not taken."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        call = CALL.get()
        try:
            async with asyncio.timeout(call.timeout.connect):
                found = await super().resolve(host, port, family)
        except TimeoutError:
            raise DeadlineError(
                f"the name {host} was not found in time, {call.timeout.connect} s", limit="connect"
            ) from None
        if call.guarded:
            refuse_forbidden(host, [address["host"] for address in found])
        return found
