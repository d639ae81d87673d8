"""What a client was made with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias, cast
from urllib.parse import urlsplit

from msgspec import UNSET, Struct, UnsetType, field
from msgspec.structs import replace
from multidict import CIMultiDict

from .credentials import Credential
from .errors import RequestError
from .header_text import header_name, header_value
from .http import Headers, HeadersLike, Request, Response
from .timeout import DEFAULT_TIMEOUT, Limits, Timeout, to_timeout

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence

__all__ = [
    "Middleware",
    "Options",
    "RequestHook",
    "ResponseHook",
    "Send",
    "accept_of",
    "base_url_of",
    "changed",
    "credentials_of",
    "headers_of",
]

Send: TypeAlias = Callable[[Request], Awaitable[Response]]
"""The rest of the chain."""
Middleware: TypeAlias = Callable[[Request, Send], Awaitable[Response]]
"""Wraps every call: it may change the request, call `send` once, several times or never, and change the answer."""
RequestHook: TypeAlias = Callable[[Request], object]
"""Sees every attempt before its credentials are put in. May be async."""
ResponseHook: TypeAlias = Callable[[Response], object]
"""Sees every answer, its body unread if it is a stream. May be async."""


class Options(Struct, frozen=True, eq=False):
    """The constructor's arguments, checked."""

    base_url: str
    own_servers: bool = False
    """Whether operations with servers of their own go there: nobody gave a base URL."""
    package: str = ""
    auth: tuple[Credential, ...] = ()
    timeout: Timeout = DEFAULT_TIMEOUT
    headers: Headers = field(default_factory=CIMultiDict[str])
    accept: str = ""
    middleware: tuple[Middleware, ...] = ()
    limits: Limits = field(default_factory=Limits)
    on_request: RequestHook | None = None
    on_response: ResponseHook | None = None
    proxy: str | None = None
    trust_env: bool = False
    ssl: ssl.SSLContext | bool = True


def base_url_of(given: str | None, default: str) -> str:
    """Check a base URL; raises RequestError for one that cannot be one."""
    url = (default if given is None else given).strip()
    if not url:
        raise RequestError("base_url must be given: the spec names no server")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise RequestError(f"base_url is not a URL: {error}") from None
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname:
        raise RequestError(f"base_url must begin with http:// or https:// and name a host, not {url[:100]!r}")
    if "@" in parts.netloc:
        raise RequestError("base_url must not have a user name or password in it; give them as auth=")
    if parts.query or parts.fragment:
        raise RequestError("base_url must not have a query or fragment")
    if not url.isascii() or any(char in url for char in " \t\r\n\\"):
        from yarl import URL  # noqa: PLC0415 - only for the rare URL that needs encoding

        url = str(URL(url))
    return parts.scheme.lower() + url[len(parts.scheme) :].rstrip("/")


def _no_credential(given: object) -> TypeError:
    kind = type(given).__name__
    return TypeError(f"auth takes credentials of this package, as ApiKey, Bearer or Basic, not {kind}")


def credentials_of(auth: Credential | Sequence[Credential] | None) -> tuple[Credential, ...]:
    """Read `auth`; raises TypeError for what is no credential, a text among it."""
    if auth is None:
        return ()
    if isinstance(auth, Credential):
        return (auth,)
    try:
        found = tuple(auth)
    except TypeError:
        raise _no_credential(auth) from None
    for item in cast("tuple[object, ...]", found):  # callers without a type checker give anything
        if not isinstance(item, Credential):
            raise _no_credential(item)
    return found


def accept_of(media: str) -> str:
    """Read and check `accept`, a media type without parameters; raises RequestError."""
    kind, slash, subtype = media.partition("/")
    if media and not (slash and kind and subtype and not set(media) & set(" ,;*\t\r\n")):
        raise RequestError(f"accept is one media type, as application/x-msgpack, not {media[:100]!r}")
    return media


def headers_of(headers: HeadersLike | None) -> Headers:
    """Read and check `headers`."""
    checked: Headers = CIMultiDict(headers or {})
    for name, text in checked.items():
        header_name(name)
        header_value(name, text)
    return checked


def changed(
    options: Options,
    base_url: str | UnsetType,
    auth: Credential | Sequence[Credential] | UnsetType | None,
    timeout: Timeout | float | UnsetType | None,
    headers: HeadersLike | UnsetType | None,
    accept: str | UnsetType,
    middleware: Sequence[Middleware] | UnsetType,
    limits: Limits | UnsetType,
    on_request: RequestHook | UnsetType | None,
    on_response: ResponseHook | UnsetType | None,
) -> Options:
    """Give options that differ in what is not UNSET."""
    return replace(
        options,
        base_url=options.base_url if base_url is UNSET else base_url_of(base_url, ""),
        own_servers=options.own_servers and base_url is UNSET,
        auth=options.auth if auth is UNSET else credentials_of(auth),
        timeout=options.timeout if timeout is UNSET else to_timeout(timeout, options.timeout),
        headers=options.headers if headers is UNSET else headers_of(headers),
        accept=options.accept if accept is UNSET else accept_of(accept),
        middleware=options.middleware if middleware is UNSET else tuple(middleware),
        limits=options.limits if limits is UNSET else limits,
        on_request=options.on_request if on_request is UNSET else on_request,
        on_response=options.on_response if on_response is UNSET else on_response,
    )
