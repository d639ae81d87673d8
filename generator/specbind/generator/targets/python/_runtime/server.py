"""Servers of an API on aiohttp.web: one typed method per operation."""

from __future__ import annotations

import asyncio
import base64
import binascii
import inspect
import logging
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, cast
from urllib.parse import quote, unquote

from aiohttp import web
from multidict import CIMultiDict

from .accept import accepted, quality
from .credentials import ApiKey, Basic, Bearer, Credential
from .errors import RequestError
from .event_stream import Events
from .files import File
from .fitting import fits
from .parameters import Path, QueryString
from .parsing import (
    BadValueError,
    parse_cookie,
    parse_header,
    parse_path,
    parse_query,
    parse_query_string,
    split_query,
)
from .payloads import Binary, Codec, is_msgpack, json_encoder
from .routing import Router
from .uploads import BadBodyError, read_body

if TYPE_CHECKING:
    import ssl as ssl_module

    from .operation import Operation, Reply

__all__ = ["BadRequest", "BaseServer", "Content", "Endpoint", "Rejection", "serve"]

Content: TypeAlias = bytes | os.PathLike[str] | File | AsyncIterable[bytes]
"""What a method gives for raw bytes. Paths and files are sent without loading them; paths answer range requests."""

_logger = logging.getLogger(__name__)
_MEMORY = 16 * 1024 * 1024
_UPLOAD = 16 * 1024 * 1024 * 1024


class Rejection(Exception):  # noqa: N818 - a method raises it to answer, it is no fault
    """An answer that says no.

    Args:
        status: HTTP status.
        body: JSON value or model, text, bytes, or None.
        headers: further headers.
    """

    def __init__(self, status: int, body: object = None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status}")
        self.status = status
        self.body = body
        self.headers: Mapping[str, str] = headers or {}


class BadRequest(Exception):  # noqa: N818 - named for what it tells the `reject` hook
    """A request that does not fit its operation: `message` says why, `status` is 400, 413 or 415."""

    def __init__(self, message: str, operation: Operation[Any], status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.operation = operation
        self.status = status


class Endpoint:
    """A method of a server and its operation.

    Args:
        name: the method's name.
        operation: what it serves.
        keywords: the method's keyword names of the query, header and cookie parameters and the body, in this order.
            Path parameters are given by position.
    """

    __slots__ = ("keywords", "name", "operation")

    def __init__(self, name: str, operation: Operation[Any], keywords: tuple[str, ...] = ()) -> None:
        expected = len(operation.query) + len(operation.headers) + len(operation.cookies) + (operation.body is not None)
        if len(keywords) != expected:
            raise TypeError(f"{name}: {expected} keyword names are needed, {len(keywords)} were given")
        self.name = name
        self.operation = operation
        self.keywords = keywords


class BaseServer:
    """Base of generated servers. Subclass it, write the methods, and serve `application()`."""

    endpoints: ClassVar[tuple[Endpoint, ...]] = ()
    schemes: ClassVar[tuple[type[Credential], ...]] = ()
    """The API's credentials, read for `authenticate`."""
    base_path: ClassVar[str] = ""
    """Path of the API below the host, from the spec's first server."""
    largest_body: int = _MEMORY
    """Bytes of a body that is held in memory. Default 16 MiB."""
    largest_upload: int = _UPLOAD
    """Bytes of files and streams of one request. Default 16 GiB."""

    def application(self, *, base_path: str | None = None) -> web.Application:
        """Make the aiohttp application, below `base_path` or the spec's own path."""
        router = Router(self.routes(), self.base_path if base_path is None else base_path)

        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._answer(router, request)

        application = web.Application()
        application.router.add_route("*", "/{path:.*}", handle)
        return application

    def routes(self) -> list[Operation[Any]]:
        """Give the operations by whose methods and paths requests are found, in the order of `endpoints`."""
        return [endpoint.operation for endpoint in self.endpoints]

    # hooks

    async def authenticate(self, operation: Operation[Any], credentials: Mapping[str, str]) -> None:
        """Check the credentials of a request, by scheme id; raise Rejection to refuse. By default all are let in."""

    async def reject(self, problem: BadRequest) -> Rejection:
        """Give the answer to a request that does not fit: by default 400 with `{"error": ...}`."""
        return Rejection(problem.status, {"error": problem.message})

    async def fail(self, operation: Operation[Any], error: Exception) -> Rejection:  # noqa: ARG002 - for those who override
        """Give the answer where a method raised: by default 500 without details. The error is logged before."""
        return Rejection(500, {"error": "internal error"})

    async def miss(self, method: str, path: str, allowed: Sequence[str]) -> Rejection:  # noqa: ARG002 - as above
        """Give the answer where there is no operation: 404, or 405 where other methods are `allowed`."""
        if allowed:
            return Rejection(405, {"error": "method not allowed"}, {"Allow": ", ".join(allowed)})
        return Rejection(404, {"error": "not found"})

    def not_implemented(self, operation_id: str) -> Rejection:
        """Give the answer of a method that nobody wrote."""
        return Rejection(501, {"error": f"{operation_id} is not implemented"})

    # one request

    async def _answer(self, router: Router, request: web.Request) -> web.StreamResponse:
        raw_path, _, raw_query = request.raw_path.partition("?")
        found = router.find(request.method, raw_path)
        if isinstance(found, set):
            return _rejected(await self.miss(request.method, raw_path, sorted(found)), None)
        endpoint = self.endpoints[found.endpoint]
        operation = endpoint.operation
        folder = _Folder()
        try:
            await self.authenticate(operation, _credentials(self.schemes, request, raw_query))
            positional = _path(operation, found.texts)
            keywords = dict(zip(endpoint.keywords, _fields(operation, request, raw_query), strict=False))
            if operation.body is not None:
                keywords[endpoint.keywords[-1]] = await read_body(
                    operation.body, request, folder.path, most=self.largest_body, most_upload=self.largest_upload
                )
            method = cast("Callable[..., object]", getattr(self, endpoint.name))
            result = method(*positional, **keywords)
            if inspect.isawaitable(result):  # an asynchronous generator is none: its items are the answer
                result = await result
            return await _reply(operation, request, result)
        except Rejection as rejection:
            return _rejected(rejection, operation)
        except BadValueError as error:
            return _rejected(await self.reject(BadRequest(str(error), operation)), operation)
        except BadBodyError as error:
            return _rejected(await self.reject(BadRequest(str(error), operation, error.status)), operation)
        except web.HTTPException:
            raise
        except Exception as error:
            _logger.exception("%s failed", operation.id)
            return _rejected(await self.fail(operation, error), operation)
        finally:
            await folder.remove()


class _Folder:
    """A temporary folder for the files of one request, made when the first comes."""

    def __init__(self) -> None:
        self._path: FilePath | None = None

    def path(self) -> FilePath:
        """Give the folder."""
        if self._path is None:
            self._path = FilePath(tempfile.mkdtemp(prefix="specbind-"))
        return self._path

    async def remove(self) -> None:
        """Remove it with all that a method left in it."""
        if self._path is not None:
            await asyncio.to_thread(shutil.rmtree, self._path, ignore_errors=True)


def _path(operation: Operation[Any], texts: Sequence[str]) -> list[object]:
    parameters = [piece for piece in operation.path if isinstance(piece, Path)]
    found: dict[str, str] = {}
    for parameter, text in zip(parameters, texts, strict=True):
        if found.setdefault(parameter.name, text) != text:
            raise BadValueError(parameter, "it stands in the path more than once, with different values")
    by_name = {parameter.name: parameter for parameter in parameters}
    return [parse_path(by_name[name], text) for name, text in found.items()]


def _fields(operation: Operation[Any], request: web.Request, raw_query: str) -> list[object]:
    """Read query, headers and cookies, in the order of the argument tuple."""
    pairs = split_query(raw_query) if operation.query else []
    names = frozenset(parameter.name for parameter in operation.query)
    found = [
        parse_query_string(parameter, raw_query)
        if isinstance(parameter, QueryString)
        else parse_query(parameter, pairs, names)
        for parameter in operation.query
    ]
    for header in operation.headers:
        values = request.headers.getall(header.name, [])
        found.append(parse_header(header, ",".join(values) if values else None))
    if operation.cookies:
        jar = _cookies(request)
        found += [parse_cookie(cookie, jar) for cookie in operation.cookies]
    return found


def _cookies(request: web.Request) -> list[tuple[str, str]]:
    pairs = (pair.strip().partition("=") for pair in request.headers.get("Cookie", "").split(";"))
    return [(name, text) for name, _, text in pairs if name]


def _credentials(schemes: Sequence[type[Credential]], request: web.Request, raw_query: str) -> dict[str, str]:
    """Read the credentials that came, by scheme id: a key, a token, or `user:password`."""
    found: dict[str, str] = {}
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    for scheme in schemes:
        value: str | None = None
        if issubclass(scheme, ApiKey):
            if scheme.location == "query":
                value = next((unquote(text) for name, text in split_query(raw_query) if name == scheme.wire), None)
            elif scheme.location == "cookie":
                value = next((unquote(text) for name, text in _cookies(request) if unquote(name) == scheme.wire), None)
            else:
                value = request.headers.get(scheme.wire)
        elif issubclass(scheme, Bearer) and kind.lower() == "bearer":
            value = text.strip()
        elif issubclass(scheme, Basic) and kind.lower() == "basic":
            try:
                value = base64.b64decode(text.strip(), validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                value = None
        if value is not None:
            found[scheme.scheme] = value
    return found


async def _reply(operation: Operation[Any], request: web.Request, value: object) -> web.StreamResponse:
    """Write what a method returned.

    Of the declared answers that take it, those go first whose type it fits; among them what the client accepts most,
    then the order of the spec decides.
    """
    successes = [reply for reply in operation.replies if not reply.error]
    if value is None:
        return web.Response(status=next((_status(reply) for reply in successes if not reply.codecs), 204))
    choices = [(_status(reply), codec) for reply in successes for codec in reply.codecs if codec.accepts(value)]
    if not choices:
        raise RequestError(f"{operation.id} declares no answer for a {type(value).__name__}")
    if len(choices) > 1:
        ranges = accepted(request.headers.getall("Accept", []))
        fitting = [choice for choice in choices if fits(choice[1], value)] or choices
        choices = sorted(fitting, key=lambda choice: -quality(ranges, choice[1].media))
    status, codec = choices[0]
    if isinstance(codec, Binary):
        return await _content(cast("Content", value), codec, request, status)
    return await _encoded(codec, value, request, status)


def _status(reply: Reply) -> int:
    return int(reply.status) if reply.status.isdecimal() else 200


async def _encoded(codec: Codec, value: object, request: web.Request, status: int) -> web.StreamResponse:
    media, body = codec.encode(value)
    if isinstance(body, bytes):
        return web.Response(status=status, body=body, headers={"Content-Type": media})
    headers: CIMultiDict[str] = CIMultiDict({"Content-Type": media})
    if isinstance(codec, Events):
        headers["Cache-Control"] = "no-store"
    return await _streamed(body.chunks(), request, status, headers)


async def _content(value: Content, codec: Binary, request: web.Request, status: int) -> web.StreamResponse:
    headers: CIMultiDict[str] = CIMultiDict()
    headers["Content-Type"] = codec.media if "*" not in codec.media else "application/octet-stream"
    if isinstance(value, File):
        if value.content_type:
            headers["Content-Type"] = value.content_type
        if value.filename:
            headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(value.filename, safe='')}"
        if value.path is not None:
            return web.FileResponse(value.path, status=status, headers=headers)
        if value.size is not None:
            headers["Content-Length"] = str(value.size)
        return await _streamed(value.chunks(), request, status, headers)
    if isinstance(value, bytes):
        return web.Response(status=status, body=value, headers=headers)
    if isinstance(value, os.PathLike):
        return web.FileResponse(FilePath(value), status=status, headers=headers)
    return await _streamed(aiter(value), request, status, headers)


async def _streamed(
    pieces: AsyncIterator[bytes], request: web.Request, status: int, headers: CIMultiDict[str]
) -> web.StreamResponse:
    response = web.StreamResponse(status=status, headers=headers)
    await response.prepare(request)
    try:
        async for piece in pieces if request.method != "HEAD" else _nothing():
            try:
                await response.write(piece)
            except ConnectionError:
                return response  # the client went away; there is nobody to answer
        await response.write_eof()
    except Exception:
        # the status is sent: a client can be told by a cut connection only
        _logger.exception("%s %s failed after its answer had begun", request.method, request.path)
        if request.transport is not None:
            request.transport.abort()
    finally:
        close = getattr(pieces, "aclose", None)
        if close is not None:
            await close()
    return response


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""


def _rejected(rejection: Rejection, operation: Operation[Any] | None) -> web.Response:
    """Write a Rejection, in the media type that the operation declares for its status."""
    headers: CIMultiDict[str] = CIMultiDict(rejection.headers)
    body = rejection.body
    if body is None:
        return web.Response(status=rejection.status, headers=headers)
    if isinstance(body, bytes):
        headers.setdefault("Content-Type", "application/octet-stream")
        return web.Response(status=rejection.status, body=body, headers=headers)
    if isinstance(body, str):
        headers.setdefault("Content-Type", "text/plain; charset=utf-8")
        return web.Response(status=rejection.status, body=body.encode(), headers=headers)
    codec = None if operation is None else operation.error_codec(rejection.status)
    if codec is not None and is_msgpack(codec.media):
        media, content = codec.encode(body)
    else:
        media = codec.media if codec is not None and "*" not in codec.media else "application/json"
        content = json_encoder.encode(body)
    headers.setdefault("Content-Type", media)
    return web.Response(status=rejection.status, body=content, headers=headers)


@asynccontextmanager
async def serve(
    application: web.Application,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    ssl: ssl_module.SSLContext | None = None,
    grace: float = 1.0,
) -> AsyncGenerator[str, None]:
    """Serve an application as long as the block runs, and give its URL. Port 0 takes a free one.

    Args:
        application: what `BaseServer.application` gives.
        host: address to listen on.
        port: port to listen on.
        ssl: a server's TLS context.
        grace: seconds that running requests get at the end.
    """
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=grace)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, ssl_context=ssl)
        await site.start()
        bound = cast("tuple[str, int]", runner.addresses[0])
        shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
        yield f"{'https' if ssl else 'http'}://{shown}:{bound[1]}"
    finally:
        await runner.cleanup()
