"""The asynchronous client: from a Request to a whole answer."""

from __future__ import annotations

import asyncio
import inspect
import logging
from typing import TYPE_CHECKING, ClassVar, TypeVar

from msgspec import UNSET, UnsetType
from multidict import CIMultiDict

from .credentials import Credential, choose, warn_of_unmet
from .errors import DeadlineError, Error, RedirectError, RequestError
from .http import origin
from .options import (
    Middleware,
    Options,
    RequestHook,
    ResponseHook,
    Send,
    accept_of,
    base_url_of,
    changed,
    credentials_of,
    headers_of,
)
from .redaction import redact_url, visible_headers
from .redirects import REDIRECTS, redirected, without_credentials
from .timeout import DEFAULT_LIMITS, DEFAULT_TIMEOUT, Limits, Timeout, to_timeout
from .watch import Watch

if TYPE_CHECKING:
    import ssl as ssl_module
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

    from .http import Headers, HeadersLike, QueryLike, Request, Response
    from .operation import Operation
    from .servers import ServerUrl
    from .transport import Transport

__all__ = ["BaseClient"]

T = TypeVar("T")
_REDIRECT_BODY = 64 * 1024


class _Pool:
    """A transport, made on first use and shared by a client and what `with_options` gives."""

    __slots__ = ("closed", "loop", "options", "own", "transport", "watch")

    def __init__(self, options: Options, transport: Transport | None) -> None:
        self.options = options
        self.transport = transport
        self.own = transport is None
        self.loop: asyncio.AbstractEventLoop | None = None
        self.closed = False
        self.watch: Watch | None = None

    def enter(self) -> Transport:
        """Give the transport; raises RequestError for a closed client and for another event loop."""
        loop = asyncio.get_running_loop()
        transport = self.transport
        if loop is self.loop and transport is not None and not self.closed:
            return transport
        if self.closed:
            raise RequestError("the client is closed; make a new one")
        if self.loop is not None:
            raise RequestError(
                "the client was first used on another event loop and cannot change it; make one client per loop"
            )
        if transport is None:
            from .aiohttp_transport import AiohttpTransport  # noqa: PLC0415 - other transports need no aiohttp

            options = self.options
            transport = AiohttpTransport(
                limits=options.limits, proxy=options.proxy, trust_env=options.trust_env, ssl=options.ssl
            )
        self.transport = transport
        self.loop = loop
        return transport

    def watching(self) -> Watch:
        """Give the watch over time limits, on the running event loop."""
        if self.watch is None or self.loop is not asyncio.get_running_loop():
            self.enter()
            self.watch = Watch(asyncio.get_running_loop())
        return self.watch

    async def close(self) -> None:
        """Close the transport if it was made here."""
        self.closed = True
        if self.watch is not None:
            self.watch.close()
        if self.own and self.transport is not None:
            await self.transport.close()


class BaseClient:
    """Base of generated asynchronous clients.

    Use it as `async with`, or call `close` at the end. It belongs to the event loop on which it is first used.

    Args:
        base_url: where the API is; by default the spec's first server.
        auth: one or several credentials; each operation gets those that its security asks for.
        timeout: limits of time; a number is the total in seconds, and silence is allowed for as long. Default: no
            total, 5 s to connect, 60 s of silence.
        headers: headers of every request.
        accept: media type that is asked for first by operations that declare it among others for their answers; by
            default the order of the spec.
        middleware: wrappers of every call, the outermost first.
        limits: limits of size.
        transport: what sends requests; by default aiohttp. It is not closed by the client.
        proxy: URL of an HTTP proxy.
        trust_env: read proxies from the environment.
        ssl: a context, or False to accept every certificate.
        on_request: sees every attempt, before credentials are put in.
        on_response: sees every answer.

    Raises:
        RequestError: `base_url` is missing or not a URL.
    """

    default_base_url: ClassVar[str] = ""
    servers: ClassVar[tuple[ServerUrl, ...]] = ()
    """The servers of the spec; their `url` makes a `base_url`."""

    def __init__(  # noqa: PLR0913 - options of a client, given by name
        self,
        base_url: str | None = None,
        *,
        auth: Credential | Sequence[Credential] | None = None,
        timeout: Timeout | float | None = DEFAULT_TIMEOUT,
        headers: HeadersLike | None = None,
        accept: str = "",
        middleware: Sequence[Middleware] = (),
        limits: Limits = DEFAULT_LIMITS,
        transport: Transport | None = None,
        proxy: str | None = None,
        trust_env: bool = False,
        ssl: ssl_module.SSLContext | bool = True,
        on_request: RequestHook | None = None,
        on_response: ResponseHook | None = None,
    ) -> None:
        options = Options(
            base_url=base_url_of(base_url, self.default_base_url),
            own_servers=base_url is None,
            package=package_of(type(self)),
            auth=credentials_of(auth),
            timeout=to_timeout(timeout),
            headers=headers_of(headers),
            accept=accept_of(accept),
            middleware=tuple(middleware),
            limits=limits,
            on_request=on_request,
            on_response=on_response,
            proxy=proxy,
            trust_env=trust_env,
            ssl=ssl,
        )
        self._start(options, _Pool(options, transport), owner=True)

    def _start(self, options: Options, pool: _Pool, *, owner: bool) -> None:
        self._options = options
        self._pool = pool
        self._owner = owner
        self._logger = logging.getLogger(options.package or __name__)
        self._prepared: dict[int, tuple[Operation[object], str, Headers]] = {}
        self._chosen: dict[tuple[tuple[str, ...], ...], tuple[Credential, ...]] = {}
        self._origins = {origin(options.base_url)}
        self._home = options.base_url + "/"
        self._chain: Send = self._exchange
        for middleware in reversed(options.middleware):
            self._chain = _bind(middleware, self._chain)

    @classmethod
    def made_of(cls, options: Options, transport: Transport | None = None) -> Self:
        """Make a client from options."""
        client = cls.__new__(cls)
        client._start(options, _Pool(options, transport), owner=True)  # noqa: SLF001 - its own class
        return client

    @property
    def base_url(self) -> str:
        """Where requests go, without a slash at the end."""
        return self._options.base_url

    def with_options(
        self,
        *,
        base_url: str | UnsetType = UNSET,
        auth: Credential | Sequence[Credential] | UnsetType | None = UNSET,
        timeout: Timeout | float | UnsetType | None = UNSET,
        headers: HeadersLike | UnsetType | None = UNSET,
        accept: str | UnsetType = UNSET,
        middleware: Sequence[Middleware] | UnsetType = UNSET,
        limits: Limits | UnsetType = UNSET,
        on_request: RequestHook | UnsetType | None = UNSET,
        on_response: ResponseHook | UnsetType | None = UNSET,
    ) -> Self:
        """Give a client that differs in what is given and shares the connections; closing it leaves them open."""
        options = changed(
            self._options, base_url, auth, timeout, headers, accept, middleware, limits, on_request, on_response
        )
        client = type(self).__new__(type(self))
        client._start(options, self._pool, owner=False)  # noqa: SLF001 - its own class
        if options.base_url == self._options.base_url and options.own_servers == self._options.own_servers:
            client._origins = self._origins  # noqa: SLF001 - what one builds, the other may send
        return client

    def build(
        self,
        operation: Operation[T],
        arguments: Sequence[object],
        extra_headers: HeadersLike | None = None,
        extra_query: QueryLike | None = None,
    ) -> Request:
        """Make an operation's request, with this client's base URL, headers and timeout; raises RequestError."""
        prepared = self._prepared.get(id(operation))
        _, base_url, headers = self._prepare(operation) if prepared is None else prepared
        request = operation.build(base_url, arguments, extra_headers, extra_query, headers=headers)
        request.timeout = self._options.timeout
        return request

    def _prepare(self, operation: Operation[T]) -> tuple[Operation[T], str, Headers]:
        options = self._options
        headers: Headers = CIMultiDict(operation.fixed_headers)
        if options.accept:
            from .accept import preferring  # noqa: PLC0415 - few clients prefer anything

            headers["Accept"] = preferring(options.accept, headers["Accept"])
        headers["User-Agent"] = f"{options.package} (specbind; python)".lstrip()
        for name in options.headers:
            headers.popall(name, None)
        headers.extend(options.headers)
        prepared = operation, self._address(operation), headers
        self._prepared[id(operation)] = prepared  # type: ignore[assignment]  # kept alive, so that its id stays its own
        return prepared

    def _address(self, operation: Operation[T]) -> str:
        """Give the base URL of an operation; its own server counts among the client's, unless it gives up TLS."""
        home = self._options.base_url
        if not operation.servers or not self._options.own_servers:
            return home
        own = base_url_of(operation.servers[0].url(home), "")
        if own.startswith("https:") or not home.startswith("https:"):
            self._origins.add(origin(own))
        return own

    async def answer(
        self,
        operation: Operation[T],
        arguments: Sequence[object],
        extra_headers: HeadersLike | None = None,
        extra_query: QueryLike | None = None,
        timeout: Timeout | float | UnsetType | None = UNSET,  # noqa: ASYNC109 - part of every method's signature
    ) -> Response:
        """Send an operation and give its answer, its body read unless it is handed over as a stream."""
        request = self.build(operation, arguments, extra_headers, extra_query)
        if timeout is not UNSET:
            request.timeout = to_timeout(timeout, self._options.timeout)
        return await self._within_deadline(request, operation)

    async def call(
        self,
        operation: Operation[T],
        arguments: Sequence[object],
        extra_headers: HeadersLike | None = None,
        extra_query: QueryLike | None = None,
        timeout: Timeout | float | UnsetType | None = UNSET,  # noqa: ASYNC109 - part of every method's signature
    ) -> T:
        """Send an operation and give what it returns."""
        return operation.parse(await self.answer(operation, arguments, extra_headers, extra_query, timeout))

    async def send(self, request: Request) -> Response:
        """Send a request made by hand or by an operation's `build`: middleware, credentials, redirects, deadline.

        The body is read unless `request.stream` is set; then the caller closes the response.
        """
        return await self._within_deadline(request, None)

    async def _within_deadline(self, request: Request, operation: Operation[T] | None) -> Response:
        total = request.timeout.total
        if total is None:
            return await self._whole(request, operation)
        watch = self._pool.watching()
        limit = watch.start(total)
        request.deadline = limit.when
        try:
            return await self._whole(request, operation)
        except asyncio.CancelledError:
            if limit.reached():
                raise DeadlineError(f"no whole answer within {total:g} s in total", limit="total").at(request) from None
            raise
        finally:
            watch.stop(limit)

    async def _whole(self, request: Request, operation: Operation[T] | None) -> Response:
        response = await self._chain(request)
        if request.stream and operation is not None and not operation.is_stream(response):
            try:
                await response.read(self._options.limits.max_body)
            except Error as error:
                error.at(response.request or request)
                raise
        return response

    async def _exchange(self, request: Request) -> Response:
        """Send one attempt: credentials, redirects, one replay after a 401."""
        transport = self._pool.enter()
        options = self._options
        if options.on_request is not None:
            await _hook(options.on_request(request))
        credentials = self._credentials(request) if options.auth else ()
        signed = await self._sign(request, credentials) if credentials else request
        try:
            response = await transport.send(signed)
            if response.status in REDIRECTS:
                response, signed = await self._follow(transport, response, signed)
            if response.status == 401 and signed.marks:
                response, signed = await self._again(transport, response, signed, credentials)
            try:
                await self._receive(response, signed)
            except BaseException:
                response.close()
                raise
        except Error as error:
            error.at(signed)
            raise
        return response

    async def _receive(self, response: Response, request: Request) -> None:
        """Read an answer that is no stream, and show it to the log and the hook."""
        response.request = request
        options = self._options
        if response.status >= 400:
            await _read_error(response, options.limits.max_body)
        elif not request.stream:
            await response.read(options.limits.max_body)
        if self._logger.isEnabledFor(logging.DEBUG):
            self._log(request, response)
        if options.on_response is not None:
            await _hook(options.on_response(response))

    async def send_plain(self, request: Request) -> Response:
        """Send a request as it is, by this client's transport and limits, and give its answer, read.

        No credentials, no middleware, no hooks; redirects are not followed and no status is raised.
        """
        request.timeout = self._options.timeout
        request.headers.setdefault("User-Agent", f"{self._options.package} (specbind; python)".lstrip())
        try:
            response = await self._pool.enter().send(request)
            response.request = request
            await response.read(self._options.limits.max_body)
        except Error as error:
            error.at(request)
            raise
        if self._logger.isEnabledFor(logging.DEBUG):
            self._log(request, response)
        return response

    async def _sign(self, request: Request, credentials: tuple[Credential, ...]) -> Request:
        signed = request.copy()
        for credential in credentials:
            if credential.refreshable:
                await credential.prepare(self.send_plain)
            credential.sign(signed)
        return signed

    def _credentials(self, request: Request) -> tuple[Credential, ...]:
        """Give the credentials of a request: none for one that goes to no origin of the client."""
        if not request.url.startswith(self._home) and origin(request.url) not in self._origins:
            return ()
        credentials = self._chosen.get(request.security)
        if credentials is None:
            credentials = self._chosen[request.security] = choose(self._options.auth, request.security)
            if not credentials:
                warn_of_unmet(self._logger, request)
        return credentials

    async def _follow(self, transport: Transport, response: Response, request: Request) -> tuple[Response, Request]:
        hosts = [redact_url(request.url, request.secret_names()).split("?")[0]]
        for _ in range(self._options.limits.max_redirects):
            await _drain(response)
            request = redirected(request, response.status, response.headers.get("Location"), hosts=tuple(hosts))
            hosts.append(redact_url(request.url, request.secret_names()).split("?")[0])
            try:
                response = await transport.send(request)
            except RedirectError as error:  # judged by the addresses of the host
                error.hosts = tuple(hosts)
                raise
            except RequestError as error:
                if request.body is not None:
                    raise
                raise RedirectError(f"it cannot be followed: {error.message}", hosts=tuple(hosts)) from None
            if response.status not in REDIRECTS:
                return response, request
        response.close()
        raise RedirectError(
            f"more than {self._options.limits.max_redirects} redirects: {' > '.join(hosts)}", hosts=tuple(hosts)
        ).at(request)

    async def _again(
        self,
        transport: Transport,
        response: Response,
        signed: Request,
        credentials: tuple[Credential, ...],
    ) -> tuple[Response, Request]:
        """Replay what was answered 401 once with a new token, if one can be had and the body can be sent again."""
        renewable = [credential for credential in credentials if credential.refreshable]
        if not renewable or not signed.repeatable:
            return response, signed
        await _drain(response)
        for credential in renewable:
            for mark in signed.marks:
                await credential.renew(mark.secret, self.send_plain)
        signed = await self._sign(without_credentials(signed), credentials)
        response = await transport.send(signed)
        if response.status in REDIRECTS:
            return await self._follow(transport, response, signed)
        return response, signed

    def _log(self, request: Request, response: Response) -> None:
        self._logger.debug(
            "%s %s (%s, attempt %d): %d %s",
            request.method,
            redact_url(request.url, request.secret_names()),
            request.operation_id,
            request.attempt,
            response.status,
            visible_headers(response.headers),
        )

    async def close(self) -> None:
        """Close the connections. May be called twice. Does nothing on what `with_options` gave."""
        if self._owner:
            await self._pool.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __reduce__(self) -> tuple[object, ...]:
        transport = None if self._pool.own else self._pool.transport
        return _made_of, (type(self), self._options, transport)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.base_url}>"


def package_of(kind: type) -> str:
    """Give the name under which a client logs and introduces itself: its package's, `specbind.<api>` for our own."""
    return kind.__module__.rpartition(".")[0].replace("specbind.bindings.", "specbind.", 1)


def _made_of(cls: type[BaseClient], options: Options, transport: Transport | None) -> BaseClient:
    return cls.made_of(options, transport)


def _bind(middleware: Middleware, send: Send) -> Send:
    async def step(request: Request) -> Response:
        return await middleware(request, send)

    return step


async def _hook(result: object) -> None:
    if inspect.isawaitable(result):
        await result


async def _read_error(response: Response, limit: int) -> None:
    """Read the body of an error answer; the status is worth more than a body that is cut off or too large."""
    try:
        await response.read(limit)
    except Error as error:
        response.problem = error


async def _drain(response: Response) -> None:
    """Read a small body that nobody wants, so that the connection can be used again; else close it."""
    try:
        await response.read(_REDIRECT_BODY)
    except Error:
        response.close()
