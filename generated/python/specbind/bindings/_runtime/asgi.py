"""A transport that calls an ASGI application in the same process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, TypeAlias, cast
from urllib.parse import unquote, urlsplit

from multidict import CIMultiDict

from .errors import DeadlineError, LimitError, ProtocolError, TruncatedError
from .http import Response, origin

if TYPE_CHECKING:
    from .http import Request

__all__ = ["AsgiTransport"]

Message: TypeAlias = MutableMapping[str, object]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Application: TypeAlias = Callable[[Message, Receive, Callable[[Message], Awaitable[None]]], Awaitable[None]]

_WAITING = 16


class AsgiTransport:
    """Calls `application` for every request. No network, no lifespan events.

    Args:
        application: an ASGI 3 application.
        client: address that it sees.
    """

    def __init__(self, application: Application, *, client: tuple[str, int] = ("127.0.0.1", 0)) -> None:
        self._application = application
        self._client = client
        self._calls: set[_Call] = set()

    async def send(self, request: Request) -> Response:
        """Start the application and give its answer as soon as it has begun."""
        call = _Call(request, self._client)
        self._calls.add(call)
        task = asyncio.create_task(call.play(self._application))
        call.task = task
        task.add_done_callback(lambda _: self._calls.discard(call))
        try:
            return await call.started()
        except BaseException:
            call.close()
            raise

    async def close(self) -> None:
        """Cancel what still runs."""
        tasks = [call.task for call in self._calls if call.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Call:
    """One run of the application, and the body that it sends."""

    def __init__(self, request: Request, client: tuple[str, int]) -> None:
        self.task: asyncio.Task[None] | None = None
        self._request = request
        self._client = client
        self._head: asyncio.Future[tuple[int, CIMultiDict[str]]] = asyncio.get_running_loop().create_future()
        # bounded, so that an application cannot run ahead of its reader
        self._pieces: asyncio.Queue[bytes | Exception | None] = asyncio.Queue(_WAITING)
        self._body = _body(request)
        self._gone = asyncio.Event()
        self._sent_all = False
        self._asked = False

    async def started(self) -> Response:
        """Wait for the beginning of the answer."""
        try:
            async with asyncio.timeout(self._request.timeout.read):
                status, headers = await asyncio.shield(self._head)
        except TimeoutError:
            raise DeadlineError(
                f"the application was silent for {self._request.timeout.read} s", limit="read"
            ) from None
        return Response(status, headers, self)

    async def play(self, application: Application) -> None:
        """Run the application to its end."""
        try:
            await application(self._scope(), self._receive, self._send)
        except Exception as error:  # noqa: BLE001 - the application is somebody else's; it becomes a ProtocolError
            self._fail(ProtocolError(f"the application raised {type(error).__name__}: {error}"), error)
        else:
            if not self._sent_all:
                self._fail(TruncatedError("the application ended before its answer did"), None)
        finally:
            await self._body.aclose()

    def _fail(self, problem: Exception, cause: Exception | None) -> None:
        problem.__cause__ = cause
        if not self._head.done():
            self._head.set_exception(problem)
        elif self._gone.is_set() or self._sent_all:
            return
        else:
            while self._pieces.full():
                self._pieces.get_nowait()
            self._pieces.put_nowait(problem)

    def _scope(self) -> Message:
        parts = urlsplit(self._request.url)
        scheme, host, port = origin(self._request.url)
        headers = [(name.lower().encode("latin-1"), text.encode()) for name, text in self._request.headers.items()]
        if "Host" not in self._request.headers:
            headers.insert(0, (b"host", parts.netloc.encode()))
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": self._request.method,
            "scheme": scheme,
            "path": unquote(parts.path) or "/",
            "raw_path": (parts.path or "/").encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": headers,
            "client": self._client,
            "server": (host, port),
        }

    async def _receive(self) -> Message:
        try:
            return {"type": "http.request", "body": await anext(self._body), "more_body": True}
        except StopAsyncIteration:
            if not self._gone.is_set() and not self._asked:
                self._asked = True
                return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            pairs = cast("list[tuple[bytes, bytes]]", message.get("headers", []))
            headers = CIMultiDict((name.decode("latin-1"), text.decode("utf-8", "replace")) for name, text in pairs)
            if not self._head.done():
                self._head.set_result((cast("int", message["status"]), headers))
        elif message["type"] == "http.response.body":
            piece = cast("bytes", message.get("body", b""))
            if piece and not self._gone.is_set() and self._request.method != "HEAD":
                await self._pieces.put(piece)
            if not message.get("more_body", False):
                if not self._gone.is_set():
                    await self._pieces.put(None)
                self._sent_all = True  # not before: an answer that waits for its reader can still be left

    async def read(self, limit: int) -> bytes:
        """Read everything; raises LimitError above `limit` bytes."""
        pieces: list[bytes] = []
        size = 0
        async for piece in self.chunks():
            size += len(piece)
            if size > limit:
                raise LimitError(f"the answer is larger than {limit} bytes", limit=limit)
            pieces.append(piece)
        return b"".join(pieces)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Give the bytes as they come."""
        while True:
            try:
                async with asyncio.timeout(self._request.timeout.read):
                    piece = await self._pieces.get()
            except TimeoutError:
                raise DeadlineError(
                    f"the application was silent for {self._request.timeout.read} s", limit="read"
                ) from None
            if piece is None:
                return
            if isinstance(piece, Exception):
                raise piece
            yield piece

    def close(self) -> None:
        """Tell the application that nobody reads, and cancel it if it has not ended its answer."""
        self._gone.set()
        if self._head.done() and not self._head.cancelled():
            self._head.exception()
        if self.task is not None and not self._sent_all:
            self.task.cancel()


async def _body(request: Request) -> AsyncGenerator[bytes]:
    body = request.body
    if isinstance(body, bytes):
        if body:
            yield body
    elif body is not None:
        async for piece in body.chunks():
            yield piece
