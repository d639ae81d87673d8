"""Ways to log in: user name and password, or a code for a browser."""

from __future__ import annotations

import asyncio
import getpass
import inspect
import math
import re
import sys
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import unquote, urlsplit

import msgspec
from multidict import CIMultiDict

from specbind.bindings._runtime import Request
from specbind.bindings._runtime.errors import status_error
from specbind.tiled._tokens import tokens_of
from specbind.tiled.exceptions import AuthenticationError, CannotPrompt, PasswordRejected

from ._errors import translated
from ._session import form_request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from specbind.bindings._runtime import Response

    from ._connection import Connection

    Ask = Callable[[str, bool], str | Awaitable[str]]

__all__ = [
    "Listed",
    "Provider",
    "ask_at_terminal",
    "choose_provider",
    "identity_providers",
    "log_in",
    "password_grant",
    "provider_of",
    "takes_passwords",
]

_TRIES = 3
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_FASTEST, _SLOWEST, _SLOWER, _LONGEST = 0.1, 60.0, 5.0, 3600.0
_PENDING, _SLOW = "authorization_pending", "slow_down"
_ROUTE = re.compile(r"auth/provider(/(?!\.\.?/)[^/\\%?#\x00-\x1f\x7f]+){2,}/")


class Provider(msgspec.Struct, frozen=True):
    """A way to log in, as the server lists it. `endpoint` is below the API, or at an identity provider of its own."""

    name: str
    internal: bool
    endpoint: str
    token_endpoint: str | None = None
    client_id: str | None = None
    message: str | None = None

    @property
    def own(self) -> tuple[str, str] | None:
        """Token endpoint and client id of an identity provider that itself gives and renews tokens."""
        return (self.token_endpoint, self.client_id) if self.token_endpoint and self.client_id else None


class _Started(msgspec.Struct):
    """Begin of a login by a code."""

    device_code: str
    user_code: str = ""
    verification_uri: str = ""
    verification_uri_complete: str | None = None
    authorization_uri: str | None = None
    interval: float | None = None
    expires_in: float | None = None


class Listed(Protocol):
    """What the About document says of a provider."""

    provider: str
    mode: Any
    links: dict[str, str]
    confirmation_message: Any


def provider_of(listed: Listed, connection: Connection) -> Provider:
    """Read what the About document says. Links to the server itself are taken to the address that the caller gave.

    Raises:
        AuthenticationError: a link leads to a place where no password and no code may go.
    """
    links = listed.links
    internal = takes_passwords(listed)
    message = listed.confirmation_message if isinstance(listed.confirmation_message, str) else None
    own = _endpoint(listed)
    if own is not None:
        token_endpoint, client_id = _trusted(own[0]), own[1]
        return Provider(
            listed.provider, internal, _trusted(links.get("auth_endpoint", "")), token_endpoint, client_id, message
        )
    return Provider(listed.provider, internal, rebased(links.get("auth_endpoint", ""), connection), message=message)


def takes_passwords(listed: Listed) -> bool:
    """Whether a provider is asked by user name and password."""
    return str(listed.mode) in {"internal", "password"}


def identity_providers(providers: Iterable[Listed]) -> set[tuple[str, str]]:
    """Token endpoints and client ids of the identity providers that the server names."""
    found: set[tuple[str, str]] = set()
    for listed in providers:
        own = _endpoint(listed)
        if own is not None and _is_trusted(own[0]):
            found.add(own)
    return found


def _endpoint(listed: Listed) -> tuple[str, str] | None:
    endpoint, client_id = listed.links.get("token_endpoint"), listed.links.get("client_id")
    return (endpoint, client_id) if endpoint and client_id and not takes_passwords(listed) else None


def rebased(link: str, connection: Connection) -> str:
    """The same route of the API at the address that the caller gave: credentials go nowhere else."""
    try:
        _, found, route = urlsplit(link).path.partition("/api/v1/")
    except ValueError:
        found = route = ""
    if not found or not _ROUTE.fullmatch(unquote(route).removesuffix("/") + "/"):
        raise AuthenticationError("the server names no route of its own for the login")
    return connection.api_uri + route


def _trusted(link: str) -> str:
    if _is_trusted(link):
        return link
    raise AuthenticationError("the identity provider of the server is not reached by https; no login is sent there")


def _is_trusted(link: str) -> bool:
    try:
        parts = urlsplit(link)
        host = parts.hostname
    except ValueError:
        return False
    local = parts.scheme == "http" and host in {"127.0.0.1", "localhost", "::1"}
    return bool(host) and (local or parts.scheme == "https")


async def ask_at_terminal(text: str, secret: bool) -> str:
    """Ask the user of the terminal. Raises CannotPrompt where there is none."""
    if not sys.stdin or not sys.stdin.isatty():
        raise CannotPrompt(
            f"the server wants a login ({text.strip(' :')}), and there is no terminal to ask at; give an API key, "
            "or pass the answers by `ask=`"
        )
    if secret:
        return await asyncio.to_thread(getpass.getpass, text)
    return await asyncio.to_thread(input, text)


async def _answer(ask: Ask, text: str, *, secret: bool = False) -> str:
    found = ask(text, secret)
    return await found if inspect.isawaitable(found) else found


async def choose_provider(providers: list[Listed], ask: Ask) -> Listed:
    """The only provider, or the one that the user picks by number."""
    if len(providers) == 1:
        return providers[0]
    listed = "\n".join(f"{number} - {_printable(each.provider)}" for number, each in enumerate(providers, 1))
    for _ in range(_TRIES):
        text = (await _answer(ask, f"Authentication providers:\n{listed}\nChoose one (number): ")).strip()
        if text.isdecimal() and 1 <= int(text) <= len(providers):
            return providers[int(text) - 1]
    raise PasswordRejected("no authentication provider was chosen")


async def log_in(connection: Connection, provider: Provider, ask: Ask) -> dict[str, str]:
    """Tokens for a provider, from what the user answers."""
    if not provider.internal:
        return await _device(connection, provider, ask)
    username = (await _answer(ask, "Username: ")).strip()
    for _ in range(_TRIES if username else 0):
        password = await _answer(ask, "Password: ", secret=True)
        if not password:
            break
        try:
            return await password_grant(connection, provider, username, password)
        except PasswordRejected:
            continue
    raise PasswordRejected("no user name and password were given that the server accepts")


async def password_grant(connection: Connection, provider: Provider, username: str, password: str) -> dict[str, str]:
    """Tokens for a user name and a password.

    Raises:
        PasswordRejected: the server does not accept them.
    """
    form = {"grant_type": "password", "username": username, "password": password}
    response = await connection.send_plain(form_request(provider.endpoint, form))
    if response.status == 401:
        raise PasswordRejected("the server does not accept this user name and password")
    return _tokens(response)


async def _device(connection: Connection, provider: Provider, ask: Ask) -> dict[str, str]:
    if provider.client_id and provider.token_endpoint:
        scope = {"client_id": provider.client_id, "scope": "openid offline_access"}
        started = _started(await connection.send_plain(form_request(provider.endpoint, scope)))
        poll = provider.token_endpoint
        address: str | None = started.verification_uri_complete or started.verification_uri
    else:
        request = Request("POST", provider.endpoint, CIMultiDict({"Accept": "application/json"}), b"")
        started = _started(await connection.send_plain(request))
        poll = rebased(started.verification_uri, connection)
        address = started.authorization_uri
    text = f"Open {_printable(address)} in a browser and enter the code {_printable(started.user_code)}.\n"
    await _answer(ask, f"{text}Press Enter when that is done: ")
    interval = min(_SLOWEST, max(_FASTEST, started.interval or 5))
    loop = asyncio.get_running_loop()
    deadline = loop.time() + min(_LONGEST, started.expires_in or 900)
    while loop.time() < deadline:
        found = await _poll(connection, provider, poll, started.device_code)
        if not isinstance(found, str):
            return found
        if found == _SLOW:  # for all polls to come (RFC 8628, section 3.5)
            interval = min(_SLOWEST, interval + _SLOWER)
        await asyncio.sleep(interval)
    raise AuthenticationError("the code was not entered in time; log in again")


def _started(response: Response) -> _Started:
    try:
        found = msgspec.convert(_json(response), _Started, strict=False)
    except msgspec.ValidationError as error:
        raise AuthenticationError(f"the server does not begin a login by a code as it should: {error}") from None
    if not all(math.isfinite(seconds or 0) for seconds in (found.interval, found.expires_in)):
        raise AuthenticationError("the server does not begin a login by a code as it should: a time without end")
    return found


async def _poll(connection: Connection, provider: Provider, url: str, code: str) -> dict[str, str] | str:
    """Tokens, or why there are none yet."""
    if provider.client_id:
        form = {"client_id": provider.client_id, "grant_type": _DEVICE_GRANT, "device_code": code}
        request = form_request(url, form)
    else:
        headers = CIMultiDict({"Accept": "application/json", "Content-Type": "application/json"})
        request = Request("POST", url, headers, msgspec.json.encode({"device_code": code, "grant_type": _DEVICE_GRANT}))
    response = await connection.send_plain(request)
    if response.status == 400:
        members = _object(response, bad=True)
        detail = members.get("detail")
        error = cast("dict[str, Any]", detail).get("error") if isinstance(detail, dict) else members.get("error")
        if isinstance(error, str) and error in {_PENDING, _SLOW}:
            return error
    return _tokens(response)


def _tokens(response: Response) -> dict[str, str]:
    try:
        return tokens_of(_json(response))
    except ValueError as error:
        raise AuthenticationError(f"the answer to the login has no tokens in it: {error}") from None


def _json(response: Response, *, bad: bool = False) -> Any:  # noqa: ANN401 - any JSON
    if response.status >= 300 and not bad:
        request = response.request or Request("POST", "")
        with translated():
            headers = CIMultiDict(response.headers.items())
            raise status_error(request, response.status, headers, content=response.content)
    try:
        return msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise AuthenticationError(f"the answer to the login cannot be read: {error}") from error


def _object(response: Response, *, bad: bool = False) -> dict[str, Any]:
    found = _json(response, bad=bad)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _printable(text: object) -> str:
    """Text of a server for a terminal: nothing in it steers the terminal."""
    return "".join(char if char.isprintable() else "\ufffd" for char in str(text)[:500])
