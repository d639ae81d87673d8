"""A transport that plays a script: for tests, also those of users."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, TypeAlias

import msgspec
from multidict import CIMultiDict

from .errors import LimitError, RequestError, TransportError
from .hooks import encode_hook
from .http import Request, Response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence

__all__ = ["BytesSource", "Recorded", "ScriptedTransport", "answer"]

Answer: TypeAlias = Response | Exception
Script: TypeAlias = "Sequence[tuple[str, Answer]] | Callable[[Request], Answer | Awaitable[Answer]]"


class BytesSource:
    """Content from memory, in pieces."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = list(pieces)
        self.closed = False

    async def read(self, limit: int) -> bytes:
        """Read everything; raises LimitError above `limit` bytes."""
        content = b"".join(self._pieces)
        if len(content) > limit:
            raise LimitError(f"the answer is larger than {limit} bytes", limit=limit)
        return content

    async def chunks(self) -> AsyncIterator[bytes]:
        """Give the pieces."""
        for piece in self._pieces:
            yield piece

    def close(self) -> None:
        """Note that it was let go of."""
        self.closed = True


class Recorded(msgspec.Struct):
    """A request as it was sent, its body read."""

    method: str
    url: str
    headers: dict[str, str]
    content: bytes
    request: Request


def answer(
    status: int = 200,
    content: bytes | str | object = b"",
    *,
    media: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Make an answer. Bytes go as they are, anything else as JSON; `media` is its Content-Type."""
    if isinstance(content, bytes):
        body, kind = content, media
    else:
        body, kind = msgspec.json.encode(content, enc_hook=encode_hook), media or "application/json"
    found: CIMultiDict[str] = CIMultiDict(headers or {})
    if kind:
        found.setdefault("Content-Type", kind)
    return Response(status, found, BytesSource([body]))


class ScriptedTransport:
    """Gives prepared answers and keeps what was sent.

    Args:
        script: pairs of an expectation and an answer, played in order; or a function from Request to answer. An
            expectation is `"GET /path?query"`: method and target with the base URL's path. An exception is raised.

    Attributes:
        requests: what was sent, in order.
    """

    def __init__(self, script: Script) -> None:
        self._function = script if callable(script) else None
        self._steps = [] if callable(script) else list(script)
        self.requests: list[Recorded] = []
        self.closed = False

    async def send(self, request: Request) -> Response:
        """Record the request and play the next answer; raises TransportError where the script does not fit."""
        content = request.body
        if content is not None and not isinstance(content, bytes):
            content = b"".join([piece async for piece in content.chunks()])
        self.requests.append(
            Recorded(request.method, request.url, dict(request.headers.items()), content or b"", request)
        )
        if self._function is not None:
            found = self._function(request)
            if inspect.isawaitable(found):
                found = await found
        else:
            found = self._next(request)
        if isinstance(found, Exception):
            raise found
        return found

    def _next(self, request: Request) -> Answer:
        target = request.url.split("://", 1)[-1]
        said = f"{request.method} /{target.partition('/')[2]}"
        if not self._steps:
            raise TransportError(f"the script has no answer left for {request.method} {target.partition('?')[0]}")
        expected, found = self._steps.pop(0)
        if expected not in {said, request.method}:
            raise RequestError(f"the script expects {expected!r}, and {said!r} was sent")
        return found

    async def close(self) -> None:
        """Note that the client closed it."""
        self.closed = True
