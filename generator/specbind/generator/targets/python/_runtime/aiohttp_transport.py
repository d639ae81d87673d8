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

from .aiohttp_connector import Connector
from .aiohttp_errors import cause_of, translated
from .aiohttp_lane import Lane, usable
from .errors import Error, LimitError, RequestError
from .files import CHUNK
from .http import Request, RequestBody, Response
from .timeout import DEFAULT_LIMITS, DEFAULT_TIMEOUT, Limits, Timeout
from .watch import Watch

if TYPE_CHECKING:
    import ssl as ssl_module
    from collections.abc import AsyncIterator

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
        self._session: aiohttp.ClientSession | None = None
        self._lane: Lane | None = None
        self._watch: Watch | None = None
        self._closed = False
        self._timeouts: dict[tuple[float | None, float | None], aiohttp.ClientTimeout] = {}

    def _open(self) -> aiohttp.ClientSession:
        if self._closed:
            raise RequestError("the transport is closed")
        limits = self._limits
        session = self._session = aiohttp.ClientSession(
            connector=Connector(
                limit=limits.connections,
                limit_per_host=limits.connections_per_host,
                ssl=self._ssl,
                resolver=_Resolver(),
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
        if self._proxy is None and not self._environment and usable():
            self._watch = Watch(asyncio.get_running_loop())
            self._lane = Lane(session, limits, self._watch)
        return session

    def _timeout(self, timeout: Timeout) -> aiohttp.ClientTimeout:
        key = (timeout.connect, timeout.read)
        found = self._timeouts.get(key)
        if found is None:
            found = aiohttp.ClientTimeout(total=None, sock_connect=timeout.connect, sock_read=timeout.read)
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
        session = self._session or self._open()
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
                )
            else:
                answer = await self._upload(session, request, body, proxy)
        except Error:
            raise
        except (aiohttp.ClientError, OSError, ValueError, RuntimeError) as error:
            raise translated(error, request.timeout) from cause_of(error)
        return Response(answer.status, answer.headers, _Answer(answer, request.timeout))

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
                )
            except aiohttp.ClientError:
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
        session, self._session = self._session, None
        self._lane = None
        if self._watch is not None:
            self._watch.close()
        if session is not None:
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

    __slots__ = ("_answer", "_timeout")

    def __init__(self, answer: aiohttp.ClientResponse, timeout: Timeout) -> None:
        self._answer: aiohttp.ClientResponse | None = answer
        self._timeout = timeout

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
                data = await _read_all(content, limit)
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
            while piece := await answer.content.readany():
                yield piece
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise translated(error, self._timeout, in_body=True) from cause_of(error)

    def close(self) -> None:
        """Close the connection unless the body was read to its end."""
        answer, self._answer = self._answer, None
        if answer is not None:
            answer.close()


async def _read_all(content: aiohttp.StreamReader, limit: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while piece := await content.readany():
        size += len(piece)
        if size > limit:
            raise LimitError(f"the answer is larger than {limit} bytes", limit=limit)
        pieces.append(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class _Resolver(aiohttp.ThreadedResolver):
    """Looks names up, and gives up in time: the system's own limits are many seconds."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        async with asyncio.timeout(DEFAULT_TIMEOUT.connect):
            return await super().resolve(host, port, family)
