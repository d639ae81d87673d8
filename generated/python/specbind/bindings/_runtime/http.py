"""Requests and answers, without any network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias
from urllib.parse import urlsplit

from multidict import CIMultiDict, MultiMapping

from .decompression import decompressor
from .errors import LimitError, RequestError
from .timeout import DEFAULT_TIMEOUT, Timeout

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from .bulk import Bulk

    QueryValue: TypeAlias = str | int | float | bool | Sequence[str | int | float | bool]

__all__ = [
    "Headers",
    "HeadersLike",
    "Mark",
    "QueryLike",
    "Request",
    "RequestBody",
    "Response",
    "Source",
    "origin",
]

Headers: TypeAlias = CIMultiDict[str]
"""Headers by name, without regard to case; a name may occur several times."""
HeadersLike: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]
"""What `extra_headers` and `headers` take."""
QueryLike: TypeAlias = "Mapping[str, QueryValue] | Iterable[tuple[str, QueryValue]]"
"""What `extra_query` takes; a sequence as value repeats the name."""


class Mark(NamedTuple):
    """Where a credential stands in a request: `location` is header, query or cookie. `secret` is its text."""

    location: str
    name: str
    secret: str


class RequestBody(Protocol):
    """A body that is sent piece by piece."""

    @property
    def length(self) -> int | None:
        """Length in bytes, None if unknown."""
        ...

    @property
    def repeatable(self) -> bool:
        """Whether `chunks` can be called again."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """Give the content."""
        ...


class Request:
    """A request, ready to be sent.

    Attributes:
        method: HTTP method in capitals.
        url: absolute URL, percent-encoded.
        headers: headers.
        body: bytes, a RequestBody, or None.
        operation_id: id of the operation, "" if made by hand.
        idempotent: whether sending it twice does what sending it once does.
        stream: whether the answer's body is handed over unread.
        timeout: time limits.
        deadline: when the total limit ends, on the event loop's clock; None without one.
        attempt: 1 for the first try; a middleware that tries again counts it up.
        retries: whether anything below may try again, a transport included; False where the sender does that itself, as
            a download.
        marks: the credentials in it, for redirects and redaction.
        security: the operation's alternatives of security schemes.
        guarded: it comes from a redirect of another host, so it may not go to a link-local address.
        same_origin: a redirect to another origin is refused, in place of being followed without credentials.
    """

    __slots__ = (
        "attempt",
        "body",
        "deadline",
        "guarded",
        "headers",
        "idempotent",
        "marks",
        "method",
        "operation_id",
        "retries",
        "same_origin",
        "security",
        "stream",
        "timeout",
        "url",
    )

    def __init__(
        self,
        method: str,
        url: str,
        headers: Headers | None = None,
        body: bytes | RequestBody | None = None,
        *,
        operation_id: str = "",
        idempotent: bool = False,
        stream: bool = False,
        timeout: Timeout = DEFAULT_TIMEOUT,
        security: tuple[tuple[str, ...], ...] = (),
    ) -> None:
        self.method = method
        self.url = url
        self.headers: Headers = CIMultiDict() if headers is None else headers
        self.body = body
        self.operation_id = operation_id
        self.idempotent = idempotent
        self.stream = stream
        self.timeout = timeout
        self.security = security
        self.deadline: float | None = None
        self.attempt = 1
        self.retries = True
        self.marks: tuple[Mark, ...] = ()
        self.guarded = False
        self.same_origin = False

    def copy(self) -> Request:
        """Give a request that can be changed without changing this one. The body is shared."""
        other = Request(
            self.method,
            self.url,
            self.headers.copy(),
            self.body,
            operation_id=self.operation_id,
            idempotent=self.idempotent,
            stream=self.stream,
            timeout=self.timeout,
            security=self.security,
        )
        other.deadline = self.deadline
        other.attempt = self.attempt
        other.retries = self.retries
        other.marks = self.marks
        other.guarded = self.guarded
        other.same_origin = self.same_origin
        return other

    @property
    def repeatable(self) -> bool:
        """Whether the body, if any, can be sent again."""
        return self.body is None or isinstance(self.body, bytes) or self.body.repeatable

    def secret_names(self) -> tuple[str, ...]:
        """Names of the query parameters that are credentials."""
        return tuple(mark.name for mark in self.marks if mark.location == "query")

    def secrets(self) -> tuple[str, ...]:
        """Texts that must not be shown."""
        return tuple(mark.secret for mark in self.marks)

    def __repr__(self) -> str:
        from .redaction import redact_url  # noqa: PLC0415 - for people who look at it, not for the call

        return f"<Request {self.method} {redact_url(self.url, self.secret_names())}>"


class Source(Protocol):
    """Where an answer's bytes come from: a transport's side of a Response."""

    async def read(self, limit: int) -> bytes:
        """Read everything; raises LimitError above `limit` bytes."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """Give the bytes as they come."""
        ...

    def close(self) -> None:
        """Let go of the connection. An unread rest is thrown away. May be called twice."""


class Response:
    """An answer. Its body comes as it is on the wire and is decompressed here.

    Attributes:
        status: HTTP status.
        headers: headers.
        content: the body, once it was read; b"" before.
        request: what was sent, set by the client.
        problem: why the body of an error answer could not be read, None if it could.
        owner: what must live as long as the body is read, as the client that closes its connections when it goes.
    """

    __slots__ = ("content", "headers", "owner", "problem", "request", "source", "status")

    def __init__(
        self, status: int, headers: MultiMapping[str], source: Source | None = None, content: bytes = b""
    ) -> None:
        self.status = status
        self.headers = headers
        self.source = source
        self.content = content
        self.request: Request | None = None
        self.problem: Exception | None = None
        self.owner: object = None

    async def read(self, limit: int) -> bytes:
        """Read the whole body, at most `limit` bytes after decompression; raises LimitError above."""
        source = self.source
        if source is None:
            return self.content
        encoding = self.headers.get("Content-Encoding")
        try:
            if encoding is None:
                self.content = await source.read(limit)
            else:
                pieces: list[bytes] = []
                size = 0
                async for piece in self.chunks():
                    size += len(piece)
                    if size > limit:
                        raise LimitError(f"the answer is larger than {limit} bytes after decompression", limit=limit)
                    pieces.append(piece)
                self.content = b"".join(pieces)
        finally:
            source.close()
        self.source = None
        return self.content

    async def chunks(self) -> AsyncIterator[bytes]:
        """Give the body piece by piece, decompressed."""
        source = self.source
        if source is None:
            if self.content:
                yield self.content
            return
        secrets = () if self.request is None else self.request.secrets()
        unpack = decompressor(self.headers.get("Content-Encoding", ""), self.status, secrets)
        if unpack is None:
            async for piece in source.chunks():
                yield piece
        else:
            async for piece in source.chunks():
                for part in unpack.feed(piece):
                    yield part
            unpack.finish()

    def bulk(self) -> Bulk | None:
        """Take over the connection of a large body that is not compressed, to read it into memory of one's own.

        None where the transport has no such way, or the body is small or of unknown length: read `chunks` then.
        """
        if self.headers.get("Content-Encoding", "identity") != "identity":
            return None
        take: Callable[[], Bulk | None] | None = getattr(self.source, "bulk", None)
        return None if take is None else take()

    def close(self) -> None:
        """Let go of the connection. May be called twice."""
        if self.source is not None:
            self.source.close()


def origin(url: str) -> tuple[str, str, int]:
    """Give scheme, host and port of a URL; raises RequestError where it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise RequestError(f"not a URL: {error}") from None
    scheme = parts.scheme.lower()
    return scheme, (parts.hostname or "").lower(), port or {"http": 80, "https": 443}.get(scheme, 0)
