"""The synchronous client: the asynchronous one behind a portal."""

from __future__ import annotations

import os
import threading
import weakref
from typing import TYPE_CHECKING, ClassVar, TypeVar

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from .client import BaseClient, package_of
from .errors import RequestError
from .options import (
    Middleware,
    Options,
    RequestHook,
    ResponseHook,
    accept_of,
    base_url_of,
    changed,
    credentials_of,
    headers_of,
)
from .portal import Portal, get_portal
from .timeout import DEFAULT_LIMITS, DEFAULT_TIMEOUT, Limits, Timeout, to_timeout

if TYPE_CHECKING:
    import ssl as ssl_module
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

    from .credentials import Credential
    from .http import HeadersLike, QueryLike, Request, Response
    from .operation import Operation
    from .servers import ServerUrl
    from .transport import Transport

__all__ = ["BaseSyncClient"]

T = TypeVar("T")


class BaseSyncClient:
    """Base of generated synchronous clients; the arguments are those of BaseClient.

    Use it as `with`, or call `close` at the end. Threads may share it. It goes on working in a forked child.
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
        self._start(options, transport, None)

    def _start(self, options: Options, transport: Transport | None, parent: BaseSyncClient | None) -> None:
        self._options = options
        self._transport = transport
        self._parent = parent
        self._portal: Portal | None = None
        self._client: BaseClient | None = None
        self._closed = False
        self._finalizer: weakref.finalize[[Portal, BaseClient], BaseSyncClient] | None = None
        self._lock = threading.Lock()

    @classmethod
    def made_of(cls, options: Options, transport: Transport | None = None) -> Self:
        """Make a client from options."""
        client = cls.__new__(cls)
        client._start(options, transport, None)  # noqa: SLF001 - its own class
        return client

    def enter(self) -> tuple[Portal, BaseClient]:
        """Give the portal and the asynchronous client that serve this one now; made anew after a fork.

        Raises:
            RequestError: the client is closed.
        """
        if self._closed:
            raise RequestError("the client is closed; make a new one")
        portal = get_portal()
        client = self._client
        if client is not None and portal is self._portal:
            return portal, client
        with self._lock:
            if self._client is None or portal is not self._portal:
                if self._parent is None:
                    client = BaseClient.made_of(_behind(portal, self._options), self._transport)
                    portal.register(client, client.close)
                    if self._finalizer is not None:
                        self._finalizer.detach()
                    self._finalizer = weakref.finalize(self, _abandoned, portal, client)
                    self._finalizer.atexit = False  # the portal closes it then
                else:
                    options = _behind(portal, self._options)
                    client = self._parent.enter()[1].with_options(
                        base_url=UNSET if options.own_servers else options.base_url,
                        auth=options.auth,
                        timeout=options.timeout,
                        headers=options.headers,
                        accept=options.accept,
                        middleware=options.middleware,
                        limits=options.limits,
                        on_request=options.on_request,
                        on_response=options.on_response,
                    )
                if self._client is not None:
                    _left_behind.append(self._client)
                self._client, self._portal = client, portal
            return portal, self._client

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
        client = type(self).__new__(type(self))
        options = changed(
            self._options, base_url, auth, timeout, headers, accept, middleware, limits, on_request, on_response
        )
        client._start(options, self._transport, self)  # noqa: SLF001 - its own class
        return client

    def build(
        self,
        operation: Operation[T],
        arguments: Sequence[object],
        extra_headers: HeadersLike | None = None,
        extra_query: QueryLike | None = None,
    ) -> Request:
        """Make an operation's request, with this client's base URL, headers and timeout; raises RequestError."""
        return self.enter()[1].build(operation, arguments, extra_headers, extra_query)

    def answer(
        self,
        operation: Operation[T],
        arguments: Sequence[object],
        extra_headers: HeadersLike | None = None,
        extra_query: QueryLike | None = None,
        timeout: Timeout | float | UnsetType | None = UNSET,
    ) -> Response:
        """Send an operation and give its answer, its body read unless it is handed over as a stream."""
        portal, client = self.enter()
        response = portal.run(client.answer(operation, arguments, extra_headers, extra_query, timeout))
        response.owner = self
        return response

    def call(
        self,
        operation: Operation[T],
        arguments: Sequence[object],
        extra_headers: HeadersLike | None = None,
        extra_query: QueryLike | None = None,
        timeout: Timeout | float | UnsetType | None = UNSET,
    ) -> T:
        """Send an operation and give what it returns."""
        portal, client = self.enter()
        return portal.run(client.call(operation, arguments, extra_headers, extra_query, timeout))

    def send(self, request: Request) -> Response:
        """Send a request made by hand or by an operation's `build`."""
        portal, client = self.enter()
        response = portal.run(client.send(request))
        response.owner = self
        return response

    def close(self) -> None:
        """Close the connections. May be called twice. Does nothing on what `with_options` gave."""
        if self._parent is not None:
            return
        with self._lock:
            if self._closed:
                return
            self._closed = True
            portal, client = self._portal, self._client
        if portal is None or client is None or portal.closed:
            return  # nothing was opened, or the end of the process closed it
        if self._finalizer is not None:
            self._finalizer.detach()
        if portal.pid != os.getpid():
            _left_behind.append(client)
            return
        portal.run(client.close())
        portal.unregister(client)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __reduce__(self) -> tuple[object, ...]:
        return _made_of, (type(self), self._options, self._transport)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.base_url}>"


# clients of a parent process: closing them in the child could speak on the parent's connections
_left_behind: list[BaseClient] = []


def _behind(portal: Portal, options: Options) -> Options:
    """Give the options for the portal's event loop: plain hooks run in the caller's thread, where they may block."""
    return replace(
        options,
        on_request=portal.plain_callback(options.on_request),
        on_response=portal.plain_callback(options.on_response),
    )


def _abandoned(portal: Portal, client: BaseClient) -> None:
    """Close the connections of a client that went away without `close`."""
    if not portal.start(client.close) and portal.pid != os.getpid():
        _left_behind.append(client)


def _made_of(cls: type[BaseSyncClient], options: Options, transport: Transport | None) -> BaseSyncClient:
    return cls.made_of(options, transport)
