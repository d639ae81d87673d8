"""The wire side of a client: the generated client, its tokens, and answers in the words of this package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET

from specbind.bindings import vantiq
from specbind.bindings._runtime import DEFAULT_LIMITS, Error, RequestError, Response, Timeout
from specbind.bindings.vantiq.operations import auth as auth_operations
from specbind.bindings.vantiq.operations.content import DOWNLOAD_DOCUMENT
from specbind.core.retry import Retry, RetryPolicy
from specbind.vantiq.errors import VantiqException, errors_of
from specbind.vantiq.response import VantiqResponse

from ._paths import fault, slashes_kept
from ._streams import Streams

if TYPE_CHECKING:
    import ssl as ssl_module
    from collections.abc import Callable, Mapping, Sequence

    from specbind.bindings._runtime import Request, Send, StatusError, Transport
    from specbind.bindings._runtime.operation import Operation
    from specbind.bindings.vantiq import models
    from specbind.vantiq.errors import VantiqError

__all__ = ["Session", "failed"]

_COUNT = "X-Total-Count"
_RESERVED = frozenset({"authorization", "content-type", "content-length", "host", "transfer-encoding"})
_LIMITS = msgspec.structs.replace(DEFAULT_LIMITS, max_body=1 << 30)  # bytes of an answer that is held in memory
_NO_REDIRECTS = msgspec.structs.replace(_LIMITS, max_redirects=0)


class _SafeRetry:
    """Tries again what only reads; a change is never sent twice."""

    def __init__(self, retries: int) -> None:
        self._retry = Retry(RetryPolicy(retries=retries))

    async def __call__(self, request: Request, send: Send) -> Response:
        return await (self._retry(request, send) if request.method == "GET" else send(request))


class Session:
    """A server, and who is asking it.

    Args:
        server: URL of the server, without a slash at the end.
        timeout: seconds of silence that are borne.
        retries: how often a reading call is tried again.
        proxy: URL of an HTTP proxy.
        trust_env: take a proxy from the environment.
        ssl: certificates for https.
        transport: what sends the requests, in place of connections of its own.
    """

    def __init__(
        self,
        server: str,
        *,
        timeout: float,
        retries: int,
        proxy: str | None,
        trust_env: bool,
        ssl: ssl_module.SSLContext | bool,
        transport: Transport | None,
    ) -> None:
        self.server = server
        self.proxy = proxy
        self.trust_env = trust_env
        self.ssl = ssl
        self.token: str | None = None
        self.id_token: str | None = None
        self.username: str | None = None
        self.impersonates = False
        self.namespace: str | None = None
        self.streams = Streams()
        self._timeout = Timeout(total=None, connect=min(30.0, timeout), read=timeout, pool=timeout)
        self._retries = retries
        self._transport = transport
        self._root: vantiq.Client | None = None
        self._client: vantiq.Client | None = None
        self._writer: vantiq.Client | None = None

    @property
    def connected(self) -> bool:
        """Whether there is a client to ask with."""
        return self._root is not None

    def connect(self) -> None:
        """Make the client, unless there is one. Connections are made by the first call."""
        if self._root is None:
            self._root = vantiq.Client(
                self.server,
                timeout=self._timeout,
                middleware=[_SafeRetry(self._retries)] if self._retries else [],
                limits=_LIMITS,
                transport=self._transport,
                proxy=self.proxy,
                trust_env=self.trust_env,
                ssl=self.ssl,
            )
            self._client = self._root

    def use_token(self, token: str) -> None:
        """Ask with this token from now on. Raises VantiqException for what cannot be one."""
        if not isinstance(token, str) or not token.strip() or not token.isprintable() or not token.isascii():  # pyright: ignore[reportUnnecessaryIsInstance] - from callers
            raise fault("accesstoken.invalid", "An access token is a text that is not empty and fits a header.")
        self.connect()
        assert self._root is not None  # noqa: S101 - connect has made it
        self._client = self._root.with_options(auth=vantiq.Token(token))
        self._writer = self._client.with_options(limits=_NO_REDIRECTS)
        if token != self.token:  # perhaps of somebody else
            self.id_token = None
            if not self.impersonates:
                self.username = None
        self.token = token

    async def close(self) -> None:
        """Forget who was asking, and close the connections."""
        root, self._root, self._client, self._writer = self._root, None, None, None
        self.token = self.id_token = self.username = self.namespace = None
        self.impersonates = False
        await self.streams.close()
        if root is not None:
            await root.close()

    # --- tokens

    async def authenticate(self, username: str, password: str) -> None:
        """Get tokens for a user. Raises VantiqException."""
        self.connect()
        assert self._root is not None  # noqa: S101 - connect has made it
        try:
            client = self._root.with_options(auth=vantiq.Password(username, password))
        except (TypeError, ValueError) as error:
            raise failed("authenticate", error) from error
        await self._take_grant(client, "authenticate", auth_operations.LOG_IN, ())
        self.username = username

    async def refresh(self) -> None:
        """Get new tokens for the present one. Raises VantiqException."""
        if self.token is None or self._root is None:
            raise fault("refreshnotauthenticated", "Cannot refresh access token as this session is not authenticated.")
        username = self.username
        await self._take_grant(self._root, "refresh", auth_operations.REFRESH, (self.token,))
        self.username = username

    async def _take_grant(
        self, client: vantiq.Client, name: str, operation: Operation[models.Grant], arguments: Sequence[object]
    ) -> None:
        try:
            answer = await client.answer(operation, arguments)
        except Error as error:
            raise failed(name, error) from error
        if answer.status >= 300:
            raise VantiqException.of(errors_of(answer.status, _media(answer), answer.content)[0])
        try:
            grant = operation.parse(answer)
        except Error as error:
            raise failed(name, error) from error
        self.use_token(grant.access_token)
        self.id_token = grant.id_token or None

    # --- calls

    def bearer(self, name: str) -> vantiq.Client:
        """The client that asks with the token. Raises VantiqException where there is none."""
        if self.token is None or self._client is None:
            message = "A {0} request was made on a session that is not connected."
            raise fault("request.notauthenticated", message, name)
        return self._client

    def headers(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Headers of a call; what a caller adds cannot replace those that the call itself needs."""
        found = {name: text for name, text in (extra or {}).items() if name.lower() not in _RESERVED}
        if self.namespace is not None:
            found["X-Target-Namespace"] = self.namespace
        if self.impersonates and self.username is not None:
            found["X-Impersonate-User"] = self.username
        return found

    async def call(
        self,
        name: str,
        operation: Operation[Any],
        path: Sequence[str],
        *,
        query: Mapping[str, Any] | None = None,
        body: object = UNSET,
        media: str | None = None,
        extra_query: Mapping[str, str] | None = None,
        extra_headers: Mapping[str, str] | None = None,
        shape: Callable[[Request], None] | None = None,
    ) -> VantiqResponse:
        """Send an operation and give its answer, also one that says no. Raises VantiqException where there is none."""
        client = self.bearer(name)
        arguments: list[object] = list(path)
        arguments += [(query or {}).get(parameter.name, UNSET) for parameter in operation.query]
        arguments += [UNSET] * len(operation.headers)
        if operation.body is not None:
            arguments += [body, media or "application/json"]
        try:
            request = client.build(operation, arguments, self.headers(extra_headers), dict(extra_query or {}))
            request.url = slashes_kept(request.url, client.base_url)
            if shape is not None:
                shape(request)
            sender = client if request.method == "GET" or self._writer is None else self._writer
            answer = await sender.send(request)
        except (Error, OSError, TypeError, ValueError, RecursionError) as error:
            raise failed(name, error) from error
        try:
            return _told(answer)
        except (ValueError, RecursionError) as error:
            message = "Unexpected error during {0} operation: {1}"
            raise fault("operationerror", message, name, f"{type(error).__name__}: {error}") from error

    async def stream(self, path: str, url: str) -> VantiqResponse:
        """Send a GET whose answer is read by the caller. Raises VantiqException where there is none."""
        client = self.bearer("download")
        request = self.download_request(client, url)
        try:
            answer = await client.send(request)
            if not 200 <= answer.status < 300:
                content = answer.content or await answer.read(1 << 20)
                return _refused(answer, content)
        except (Error, OSError) as error:
            raise failed("download", error) from error
        found = VantiqResponse(successful=True, status_code=answer.status, content_type=_media(answer))
        found.body = self.streams.reader(answer, path)
        return found

    def download_request(self, client: vantiq.Client, url: str) -> Request:
        """The GET of some content."""
        request = client.build(DOWNLOAD_DOCUMENT, ("content", UNSET), self.headers())
        request.url, request.stream = url, True
        return request


def failed(name: str, error: Exception) -> VantiqException:
    """The error of a call that has no answer."""
    if isinstance(error, VantiqException):
        return error
    code = "argument.invalid" if isinstance(error, RequestError | TypeError | ValueError) else "operationerror"
    return fault(code, "Unexpected error during {0} operation: {1}", name, f"{type(error).__name__}: {error}")


def refused_by(error: StatusError) -> list[VantiqError]:
    """What the server said with a status; none where it said nothing."""
    media = error.headers.get("Content-Type", "application/octet-stream").partition(";")[0].strip().lower()
    return errors_of(error.status, media, error.content) if error.content else []


def _told(answer: Response) -> VantiqResponse:
    """An answer that was read, in the words of the official client."""
    if not 200 <= answer.status < 300:
        return _refused(answer, answer.content)
    media = _media(answer)
    found = VantiqResponse(successful=True, status_code=answer.status, content_type=media)
    found.count = _count(answer)
    if media == "application/json":
        found.body = msgspec.json.decode(answer.content) if answer.content.strip() else None
    elif media.startswith("text/"):
        found.body = answer.content.decode(_charset(answer), "replace")
    else:
        found.body = answer.content
    return found


def _refused(answer: Response, content: bytes) -> VantiqResponse:
    found = VantiqResponse(successful=False, status_code=answer.status, content_type=_media(answer))
    found.errors = errors_of(answer.status, _media(answer), content)
    return found


def _media(answer: Response) -> str:
    media = answer.headers.get("Content-Type", "application/octet-stream")
    return media.partition(";")[0].strip().lower()


def _charset(answer: Response) -> str:
    _, mark, rest = answer.headers.get("Content-Type", "").lower().partition("charset=")
    charset = rest.partition(";")[0].strip(" \"'") if mark else "utf-8"
    try:
        b"".decode(charset)
    except LookupError:
        return "utf-8"
    return charset


def _count(answer: Response) -> int | None:
    text = answer.headers.get(_COUNT)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise ValueError(f"{_COUNT} is a number, not {text[:40]!r}")
    return int(text)
