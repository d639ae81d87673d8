"""A connection to one server: bytes, JSON and MessagePack below `/api/v1`, tried again where that is safe."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import urlencode

import msgspec
from multidict import CIMultiDict

from specbind.bindings import tiled
from specbind.bindings._runtime import (
    DecodeError,
    Error,
    Limits,
    ProtocolError,
    Request,
    Response,
    Timeout,
    TruncatedError,
)
from specbind.bindings._runtime.errors import status_error
from specbind.bindings._runtime.http import origin
from specbind.bindings._runtime.msgpack import Msgpack
from specbind.bindings._runtime.payloads import Json
from specbind.bindings._runtime.replies import select_codec
from specbind.core import download_file
from specbind.core.loops import PerLoop
from specbind.tiled._json import json_text
from specbind.tiled.cache import CachedResponse
from specbind.tiled.history import observed

from ._bodies import body_of, read_body, read_into
from ._errors import translated
from ._retries import Retries, may_be_done

if TYPE_CHECKING:
    import ssl as ssl_module
    from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Sequence
    from pathlib import Path

    from specbind.bindings._runtime import Transport
    from specbind.core import Progress
    from specbind.tiled._wire import Filling
    from specbind.tiled.cache import Cache

    from ._session import Session

__all__ = ["MSGPACK", "Connection", "Settings"]

T = TypeVar("T")
_LOG = logging.getLogger("specbind.tiled")
MSGPACK = "application/x-msgpack"
_JSON = "application/json"
_CODECS = (Json(_JSON, lambda: Any), Msgpack(MSGPACK, lambda: Any))
_LARGEST_JSON = 256 * 1024 * 1024
_LARGEST_BODY = 4 * 1024 * 1024 * 1024


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How a server is reached; the words are those of `Context`."""

    headers: tuple[tuple[str, str], ...] = ()
    timeout: Timeout = Timeout(total=None, connect=5, read=30, pool=None)
    ssl: ssl_module.SSLContext | bool = True
    trust_env: bool = True
    connections: int = 16
    compress: bool = True
    raise_server_exceptions: bool = True
    retry_attempts: int | None = None
    retry_seconds: float | None = None


class Listener(Protocol):
    """What listens for changes."""

    async def end(self) -> None:
        """End it."""
        ...


class Connection:
    """What reads and writes need of a server. See `specbind.tiled._wire.Wire`.

    Args:
        base_url: the site, without a slash at the end.
        session: who the requests are from.
        settings: how the server is reached.
        transport: what sends the requests, in place of connections of its own.
    """

    def __init__(self, base_url: str, session: Session, settings: Settings, transport: Transport | None = None) -> None:
        self.base_url = base_url
        self.api_uri = f"{base_url}/api/v1/"
        self.session = session
        self.settings = settings
        self.connections = settings.connections
        self.cache: Cache | None = None
        self.transport = transport
        self._warned: Cache | None = None
        self._start()

    def _start(self) -> None:
        self._retries = Retries(self.settings.retry_attempts, self.settings.retry_seconds)
        self._clients = PerLoop[tiled.Client]()
        self._where = origin(self.base_url)
        self.listeners: set[Listener] = set()

    def __getstate__(self) -> dict[str, object]:
        if self.transport is not None:
            raise TypeError("a client of an application in this process cannot be pickled")
        return {**self.__dict__, "_clients": None, "_retries": None, "listeners": None}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._start()

    def _open(self) -> tiled.Client:
        settings = self.settings
        return tiled.Client(
            self.base_url,
            auth=self.session,
            timeout=settings.timeout,
            headers=settings.headers,
            middleware=(observed,),
            limits=Limits(max_body=_LARGEST_JSON, connections=settings.connections),
            transport=self.transport,
            trust_env=settings.trust_env,
            ssl=settings.ssl,
        )

    async def close(self) -> None:
        """End what listens for changes, and close the connections. The next call opens new ones."""
        await asyncio.gather(*(listener.end() for listener in self.listeners))
        await self._clients.close()

    @property
    def patience(self) -> float:
        """Seconds that a read may go on trying, whatever it is cut into."""
        return self._retries.seconds

    # what a Wire has --------------------------------------------------------------------------------------------------

    async def get_bytes(
        self,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        accept: str,
        into: memoryview | None = None,
        filling: Filling | None = None,
    ) -> tuple[bytes | memoryview, str]:
        """Give body and content type. `into`: a buffer of the exact size, which is filled and given back.

        With a `filling` that keeps a part, an answer that broke off after some bytes is not asked for again here.

        Raises:
            HTTPStatusError: the server says no.
            TransportError: no whole answer came, however often it was tried.
            DecodeError: the body is not as long as `into`.
        """
        request = self._request("GET", path, params, accept=accept, idempotent=True)
        if into is None and self.cache is not None:
            return await self._cached(request, lambda response: read_body(response, _LARGEST_BODY, filling), filling)
        request.stream = True

        async def read(response: Response) -> bytes | memoryview:
            if into is None:
                return await read_body(response, _LARGEST_BODY, filling)
            return await read_into(response, into, filling)

        return await self._exchange(request, read, safe=True, filling=filling)

    async def post_bytes(
        self,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        json: object = None,
        accept: str,
        filling: Filling | None = None,
    ) -> tuple[bytes | memoryview, str]:
        """Send JSON that asks for something; give body and content type. As `get_bytes`, it changes nothing."""
        request = self._request("POST", path, params, accept=accept, idempotent=True)
        request.body = json_text(json)
        request.headers["Content-Type"] = _JSON
        request.stream = True

        async def read(response: Response) -> bytes | memoryview:
            return await read_body(response, _LARGEST_BODY, filling)

        return await self._exchange(request, read, safe=True, filling=filling)

    async def put(
        self,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        body: bytes | memoryview | AsyncIterable[bytes],
        content_type: str,
    ) -> object:
        """Send bytes that take the place of others; give the JSON of the answer."""
        return await self._send_bytes("PUT", path, params, body, content_type, safe=True)

    async def patch(
        self,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        body: bytes | memoryview | AsyncIterable[bytes],
        content_type: str,
    ) -> object:
        """Send bytes that are added, never twice; give the JSON of the answer."""
        return await self._send_bytes("PATCH", path, params, body, content_type, safe=False)

    async def get_json(self, path: str, *, params: Sequence[tuple[str, str]] = (), packed: bool = True) -> object:
        """Give the JSON of the answer, which comes as MessagePack unless `packed` is False."""
        request = self._request("GET", path, params, accept=MSGPACK if packed else _JSON, idempotent=True)
        if self.cache is not None:
            body, kind = await self._cached(request, lambda response: response.read(_LARGEST_JSON))
            return decoded(bytes(body), request, kind)
        answer, kind = await self._exchange(request, _content, safe=True)
        return decoded(answer, request, kind)

    async def post_json(self, path: str, body: object, *, params: Sequence[tuple[str, str]] = ()) -> object:
        """Send JSON; give the JSON of the answer. Sent once only, unless the server saw nothing of it."""
        return await self.send_json("POST", path, body, params=params)

    # beyond it --------------------------------------------------------------------------------------------------------

    async def send_json(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        params: Sequence[tuple[str, str]] = (),
        safe: bool = False,
    ) -> object:
        """Send JSON with any method; give the JSON of the answer, None where there is none.

        `safe` says that sending it twice does what sending it once does. A DELETE whose answer was lost, and that is
        answered 404 then, has been done.
        """
        request = self._request(method, path, params, accept=MSGPACK, idempotent=safe)
        if body is not None:
            request.body = json_text(body)
            request.headers["Content-Type"] = _JSON
        answer, kind = await self._exchange(request, _content, safe=safe, gone_is_done=method == "DELETE")
        return decoded(answer, request, kind)

    async def stream(
        self, path: str, *, params: Sequence[tuple[str, str]] = (), accept: str = "*/*"
    ) -> AsyncGenerator[bytes, None]:
        """Give the body of an answer piece by piece. Not tried again once it has begun."""
        request = self._request("GET", path, params, accept=accept, idempotent=True)
        request.stream = True
        with translated():
            response = await self._retries.run(lambda _: self._checked(request), self._where, safe=True)
            try:
                async for piece in response.chunks():
                    yield piece
            finally:
                response.close()

    async def save(
        self,
        path: str,
        target: Path,
        *,
        params: Sequence[tuple[str, str]] = (),
        progress: Progress | None = None,
        resume: bool = False,
    ) -> Path:
        """Put the body of an answer in a file, which stands there whole or not at all.

        Arguments and errors are those of `specbind.core.download_file`.
        """
        request = self._request("GET", path, params, accept="*/*", idempotent=True)
        with translated():
            return await download_file(
                self._send, request, target, resume=resume, progress=progress, backoff=self._retries.backoff
            )

    async def _send(self, request: Request) -> Response:
        return await self._clients.get(self._open).send(request)

    async def call(self, call: Callable[[tiled.Client], Awaitable[T]], *, safe: bool) -> T:
        """Make a call of the generated client, with the retries and errors of this connection."""

        async def attempt(_failures: int) -> T:
            return await call(self._clients.get(self._open))

        with translated():
            return await self._retries.run(attempt, self._where, safe=safe)

    async def send_plain(self, request: Request) -> Response:
        """Send a request without credentials and headers of the caller; redirects are not followed."""

        async def attempt(_failures: int) -> Response:
            return await self._clients.get(self._open).send_plain(request.copy())

        with translated():
            return await self._retries.run(attempt, origin(request.url), safe=request.idempotent)

    # parts ------------------------------------------------------------------------------------------------------------

    def _request(
        self, method: str, path: str, params: Sequence[tuple[str, str]], *, accept: str, idempotent: bool
    ) -> Request:
        query = urlencode(params)
        url = f"{self.api_uri}{path}" + (f"?{query}" if query else "")
        headers: CIMultiDict[str] = CIMultiDict({"User-Agent": "specbind.tiled (specbind; python)", "Accept": accept})
        own = CIMultiDict(self.settings.headers)
        for name in own:
            headers.popall(name, None)
        headers.extend(own)
        if self.settings.compress and accept == MSGPACK:
            headers["Accept-Encoding"] = "gzip"
        request = Request(method, url, headers, idempotent=idempotent, timeout=self.settings.timeout)
        request.retries = False  # this connection does that itself
        return request

    async def _send_bytes(
        self,
        method: str,
        path: str,
        params: Sequence[tuple[str, str]],
        body: bytes | memoryview | AsyncIterable[bytes],
        content_type: str,
        *,
        safe: bool,
    ) -> object:
        request = self._request(method, path, params, accept=_JSON, idempotent=safe)
        request.body = body_of(body)
        request.headers["Content-Type"] = content_type
        answer, kind = await self._exchange(request, _content, safe=safe and request.repeatable)
        return decoded(answer, request, kind)

    async def _exchange(
        self,
        request: Request,
        read: Callable[[Response], Awaitable[T]],
        *,
        safe: bool,
        gone_is_done: bool = False,
        filling: Filling | None = None,
    ) -> tuple[T, str]:
        """Send, read and, where that is safe, send again."""

        perhaps_done = False

        async def attempt(_failures: int) -> tuple[T, str]:
            nonlocal perhaps_done
            if filling is not None:
                filling.came = 0
            try:
                response = await self._checked(request, done=(404,) if gone_is_done and perhaps_done else ())
            except Error as error:
                perhaps_done = perhaps_done or may_be_done(error)
                raise
            try:
                found = await read(response)
            except (TruncatedError, DecodeError) as error:
                raise error.at(request) from error.__cause__
            finally:
                response.close()
            return found, response.headers.get("Content-Type", "")

        with translated():
            try:
                return await self._retries.run(attempt, self._where, safe=safe, filling=filling)
            except ProtocolError as error:
                if self.transport is not None and self.settings.raise_server_exceptions and error.__cause__:
                    raise error.__cause__ from None  # the application in this process raised it
                raise

    async def _checked(self, request: Request, done: tuple[int, ...] = ()) -> Response:
        """An answer that is no error; its body is not read where the request says so."""
        response = await self._clients.get(self._open).send(request.copy())
        if response.status >= 400 and response.status not in done:
            headers = CIMultiDict(response.headers.items())
            sent = response.request or request
            content = response.content
            for secret in sent.secrets():  # a server may say what it was sent
                content = content.replace(secret.encode(), b"***")
            raise status_error(sent, response.status, headers, content=content)
        if response.status in done:
            response.content = b""
        return response

    async def _cached(
        self,
        request: Request,
        read: Callable[[Response], Awaitable[bytes | memoryview]],
        filling: Filling | None = None,
    ) -> tuple[bytes | memoryview, str]:
        """An answer from the cache if the server says that it is still the same, or else from the server."""
        cache = self.cache
        assert cache is not None  # noqa: S101 - for checkers; both callers ask before
        asked = request
        kept: CachedResponse | None = None
        usable = True
        try:
            kept = await asyncio.to_thread(cache.get, request)
        except (sqlite3.Error, OSError) as error:
            usable = False
            self._warn_of(cache, error)
        if kept is not None and kept.headers.get("etag"):
            asked = request.copy()
            asked.headers["If-None-Match"] = kept.headers["etag"]

        async def whole(response: Response) -> tuple[Response, bytes | memoryview]:
            return response, await read(response)

        asked.stream = True
        (response, body), kind = await self._exchange(asked, whole, safe=True, filling=filling)
        if response.status == 304 and kept is not None:
            return kept.content, kept.headers.get("content-type", "")
        etag = response.headers.get("ETag")
        wanted = response.status == 200 and "no-store" not in response.headers.get("Cache-Control", "")
        if etag and wanted and usable and len(body) <= cache.max_item_size:
            found = CachedResponse(200, {"etag": etag, "content-type": kind}, bytes(body))
            try:
                await asyncio.to_thread(cache.set, request, found)
            except (sqlite3.Error, OSError) as error:
                self._warn_of(cache, error)
        return body, kind

    def _warn_of(self, cache: Cache, error: Exception) -> None:
        if self._warned is not cache:
            self._warned = cache
            _LOG.warning("the cache %s cannot be used, and answers come from the server: %s", cache.filepath, error)


async def _content(response: Response) -> bytes:
    return response.content


def decoded(content: bytes, request: Request, content_type: str) -> object:
    """The value of a body in MessagePack or, whatever else it is called, JSON; None for an empty one.

    Raises:
        DecodeError: it is neither.
    """
    codec = select_codec(_CODECS, content_type) or _CODECS[0]
    try:
        return codec.decode(content, content_type) if content else None
    except DecodeError as error:
        raise error.at(request) from None


_LOG.addHandler(logging.NullHandler())
