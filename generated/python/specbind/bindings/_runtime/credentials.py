"""Credentials, and which of them an operation gets."""

from __future__ import annotations

import asyncio
import base64
import inspect
import logging
import random
import time
from typing import TYPE_CHECKING, ClassVar, TypeAlias, cast
from urllib.parse import quote

import msgspec

from .errors import Error, RequestError
from .header_text import header_name, header_value
from .http import Mark
from .redaction import redact_text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from .http import Request
    from .options import Send

__all__ = ["AccessToken", "ApiKey", "Basic", "Bearer", "Credential", "choose", "unmet", "warn_of_unmet"]

_EARLY = 300.0
_JITTER = 60.0
_LONGEST_MESSAGE = 300
_AGAIN = 10.0
"""Seconds before a token that could not be renewed, and is still good, is tried again."""

_logger = logging.getLogger(__name__)


class AccessToken(msgspec.Struct, frozen=True):
    """A token that ends.

    Attributes:
        token: its text.
        expires_in: seconds from now, None if it is not known.
    """

    token: str
    expires_in: float | None = None

    def __repr__(self) -> str:
        return f"AccessToken(***, expires_in={self.expires_in!r})"


TokenSource: TypeAlias = "str | Callable[[], str | AccessToken | Awaitable[str | AccessToken]]"


class Credential:
    """Base of credentials. A subclass with `scheme = ""` applies to every operation."""

    scheme: ClassVar[str] = ""
    """Id of the security scheme; operations name it in `security`."""

    @property
    def refreshable(self) -> bool:
        """Whether a new one can be had after a 401."""
        return False

    async def ready(self) -> None:
        """Get what `sign` needs; called before it if the credential is refreshable."""

    async def refresh(self, stale: str) -> None:
        """Get a new one in place of `stale`."""

    async def prepare(self, send: Send) -> None:  # noqa: ARG002 - for those that ask an authorization server
        """Get what `sign` needs. `send` sends a request with the client's transport and without its credentials."""
        await self.ready()

    async def renew(self, stale: str, send: Send) -> None:  # noqa: ARG002 - as above
        """Get a new one in place of `stale`, with `send` as above."""
        await self.refresh(stale)

    def sign(self, request: Request) -> None:
        """Put the credential into a request and mark where it stands."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__} ***>"


class _Secret(Credential):
    """A credential of one text, fixed or from a callable."""

    def __init__(self, token: TokenSource) -> None:
        if not isinstance(token, str) and not callable(token):
            raise TypeError(f"{type(self).__name__} takes a text or a callable, not {type(token).__name__}")
        self._source = token
        self._token: str | None = token if isinstance(token, str) else None
        self._renew_at: float | None = None
        self._ends_at: float | None = None
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def refreshable(self) -> bool:
        """Whether the text comes from a callable."""
        return not isinstance(self._source, str)

    async def ready(self) -> None:
        """Get the first token, or a new one shortly before the old one ends, which is used on where that fails."""
        if self._token is None:
            await self._renew()
        elif self._due():
            try:
                await self._renew()
            except Error as error:
                left = self._seconds_left()
                if left is None or left <= 0:
                    raise
                self._keep(left, error)

    def _due(self) -> bool:
        left = self._seconds_left()
        return (self._renew_at is not None and time.monotonic() >= self._renew_at) or (left is not None and left <= 0)

    def _seconds_left(self) -> float | None:
        """Seconds until the token ends, None if it is not known."""
        return None if self._ends_at is None else self._ends_at - time.monotonic()

    def _keep(self, left: float, error: Error) -> None:
        """Use the token on, and ask for another one in a while; of all who asked now one says so."""
        now = time.monotonic()
        if self._renew_at is not None and self._renew_at <= now:
            self._renew_at = now + _AGAIN
            _logger.warning(
                "%r could not be renewed and is used for its last %.0f s: %s", self, left, redact_text(str(error))
            )

    async def refresh(self, stale: str) -> None:
        """Get a new token unless somebody did since `stale` was sent."""
        if self._token == stale:
            await self._renew()

    async def _renew(self) -> None:
        """Join the refresh under way on this event loop, or start one. A caller's cancellation does not end it."""
        loop = asyncio.get_running_loop()
        task = self._task
        if task is None or task.done() or self._loop is not loop:
            task = self._task = loop.create_task(self._fetch())
            task.add_done_callback(_seen)
            self._loop = loop
        await asyncio.shield(task)

    async def _fetch(self) -> None:
        source = cast("Callable[[], str | AccessToken | Awaitable[str | AccessToken]]", self._source)
        try:
            from .portal import call_plain  # noqa: PLC0415 - asynchronous clients start without a portal

            found = await call_plain(source)
            if inspect.isawaitable(found):
                found = await found
        except Error:
            raise
        except Exception as error:
            said = f"{type(error).__name__}: {error}"[:_LONGEST_MESSAGE]
            raise RequestError(f"no token could be had for {type(self).__name__}: {said}") from error
        if isinstance(found, str):
            self._token, self._renew_at, self._ends_at = found, None, None
            return
        self._token, self._renew_at, self._ends_at = found.token, None, None
        if found.expires_in is not None:
            spread = random.uniform(0, _JITTER)  # noqa: S311 - it spreads load and is no secret
            early = min(_EARLY + spread, found.expires_in / 2)
            self._ends_at = time.monotonic() + found.expires_in
            self._renew_at = self._ends_at - early

    def _text(self) -> str:
        if self._token is None:
            raise RequestError(f"{type(self).__name__} has no token yet")
        return self._token

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_task": None, "_loop": None}


def _seen(task: asyncio.Task[None]) -> None:
    """Look at the result, so that a refresh whose callers all went away leaves no warning."""
    if not task.cancelled():
        task.exception()


class ApiKey(_Secret):
    """A key in a header, the query or a cookie.

    Args:
        token: the key, or a (possibly async) callable that gives it or an AccessToken.
    """

    wire: ClassVar[str] = ""
    """Name of the header, parameter or cookie."""
    location: ClassVar[str] = "header"
    """header, query or cookie."""

    def sign(self, request: Request) -> None:
        """Put the key where it belongs."""
        key = self._text()
        if self.location == "query":
            sign = "&" if "?" in request.url else "?"
            request.url += f"{sign}{quote(self.wire, safe='')}={quote(key, safe='')}"
        elif self.location == "cookie":
            pair = f"{quote(self.wire, safe='')}={quote(key, safe='')}"
            others = request.headers.get("Cookie")
            request.headers["Cookie"] = f"{others}; {pair}" if others else pair
        else:
            request.headers[header_name(self.wire)] = header_value(self.wire, key)
        request.marks += (Mark(self.location, self.wire, key),)


class Bearer(_Secret):
    """A bearer token.

    Args:
        token: the token, or a (possibly async) callable that gives it or an AccessToken. A callable is asked again
            shortly before the token ends and once after a 401; calls at the same time share one question.
    """

    def sign(self, request: Request) -> None:
        """Set Authorization."""
        token = self._text()
        request.headers["Authorization"] = header_value("Authorization", f"Bearer {token}")
        request.marks += (Mark("header", "Authorization", token),)


class Basic(Credential):
    """User name and password."""

    def __init__(self, username: str, password: str) -> None:
        if ":" in username:
            raise ValueError("a user name must not have a colon in it")
        self._password = password
        self._header = "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()

    def sign(self, request: Request) -> None:
        """Set Authorization."""
        request.headers["Authorization"] = self._header
        request.marks += (
            Mark("header", "Authorization", self._header[6:]),
            Mark("header", "Authorization", self._password),
        )


def choose(credentials: Sequence[Credential], security: tuple[tuple[str, ...], ...]) -> tuple[Credential, ...]:
    """Give the credentials for an operation: the first alternative that they satisfy, and those without a scheme.

    Where no alternative is satisfied none is sent, and the server decides: see `unmet`.
    """
    by_scheme = {credential.scheme: credential for credential in credentials if credential.scheme}
    always = tuple(credential for credential in credentials if not credential.scheme)
    for alternative in security:
        if alternative and all(scheme in by_scheme for scheme in alternative):
            return (*always, *(by_scheme[scheme] for scheme in alternative))
    return always


def unmet(request: Request) -> str:
    """Say what credentials a request asks for that was sent without one of the client's; "" where it asks for none.

    A header `Authorization` or `Cookie` that the caller has set counts as one. A key in another header or in the query
    is not seen: what a request asks for has names only.
    """
    security = request.security
    if not security or () in security or request.marks:
        return ""
    if "Authorization" in request.headers or "Cookie" in request.headers:
        return ""
    return " or ".join(" with ".join(alternative) for alternative in security)[:_LONGEST_MESSAGE]


def warn_of_unmet(logger: logging.Logger, request: Request) -> None:
    """Log a warning where the client has credentials, and none that the request asks for."""
    if asked := unmet(request):
        text = "%s asks for %s, and no credential of this client is that; it is sent without one of them"
        logger.warning(text, request.operation_id or "a call", asked)
