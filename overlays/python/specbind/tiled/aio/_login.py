"""Ways to log in: user name and password, or a code for a browser."""

from __future__ import annotations

import asyncio
import getpass
import inspect
import sys
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import urlsplit

import msgspec
from multidict import CIMultiDict

from specbind.bindings._runtime import Request
from specbind.bindings._runtime.errors import status_error
from specbind.tiled._tokens import tokens_of
from specbind.tiled.exceptions import AuthenticationError, CannotPrompt, PasswordRejected

from ._errors import translated
from ._session import form_request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from specbind.bindings._runtime import Response

    from ._connection import Connection

    Ask = Callable[[str, bool], str | Awaitable[str]]

__all__ = ["Provider", "ask_at_terminal", "choose_provider", "log_in", "password_grant"]

_TRIES = 3
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_SLOWEST = 60.0


class Provider(msgspec.Struct, frozen=True):
    """A way to log in, as the server lists it. `endpoint` is below the API, or at an identity provider of its own."""

    name: str
    internal: bool
    endpoint: str
    token_endpoint: str | None = None
    client_id: str | None = None
    message: str | None = None


class _Listed(Protocol):
    """What the About document says of a provider."""

    provider: str
    mode: Any
    links: dict[str, str]
    confirmation_message: Any


def provider_of(listed: _Listed, connection: Connection) -> Provider:
    """Read what the About document says. Links to the server itself are taken to the address that the caller gave.

    Raises:
        AuthenticationError: a link leads to a place where no password and no code may go.
    """
    links = listed.links
    client_id = links.get("client_id")
    internal = str(listed.mode) in {"internal", "password"}
    message = listed.confirmation_message if isinstance(listed.confirmation_message, str) else None
    if client_id and not internal and links.get("token_endpoint"):
        own = [_trusted(links[name]) for name in ("auth_endpoint", "token_endpoint")]
        return Provider(listed.provider, internal, own[0], own[1], client_id, message)
    return Provider(listed.provider, internal, rebased(links.get("auth_endpoint", ""), connection), message=message)


def rebased(link: str, connection: Connection) -> str:
    """The same route of the API at the address that the caller gave: credentials go nowhere else."""
    _, found, route = urlsplit(link).path.partition("/api/v1/")
    if not found or ".." in route:
        raise AuthenticationError("the server names no route of its own for the login")
    return connection.api_uri + route


def _trusted(link: str) -> str:
    parts = urlsplit(link)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}):
        return link
    raise AuthenticationError("the identity provider of the server is not reached by https; no login is sent there")


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


async def choose_provider(providers: list[Provider], ask: Ask) -> Provider:
    """The only provider, or the one that the user picks by number."""
    if len(providers) == 1:
        return providers[0]
    listed = "\n".join(f"{number} - {provider.name}" for number, provider in enumerate(providers, 1))
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
    return tokens_of(_json(response))


async def _device(connection: Connection, provider: Provider, ask: Ask) -> dict[str, str]:
    if provider.client_id and provider.token_endpoint:
        scope = {"client_id": provider.client_id, "scope": "openid offline_access"}
        started = _object(await connection.send_plain(form_request(provider.endpoint, scope)))
        poll = provider.token_endpoint
        address = started.get("verification_uri_complete") or started.get("verification_uri")
    else:
        request = Request("POST", provider.endpoint, CIMultiDict({"Accept": "application/json"}), b"")
        started = _object(await connection.send_plain(request))
        poll = rebased(str(started.get("verification_uri", "")), connection)
        address = started.get("authorization_uri")
    text = f"Open {_printable(address)} in a browser and enter the code {_printable(started.get('user_code'))}.\n"
    await _answer(ask, f"{text}Press Enter when that is done: ")
    interval = min(_SLOWEST, max(0.1, float(started.get("interval") or 5)))
    deadline = asyncio.get_running_loop().time() + min(3600.0, float(started.get("expires_in") or 900))
    code = str(started.get("device_code", ""))
    while asyncio.get_running_loop().time() < deadline:
        found = await _poll(connection, provider, poll, code)
        if found is not None:
            return found
        await asyncio.sleep(interval)
    raise AuthenticationError("the code was not entered in time; log in again")


async def _poll(connection: Connection, provider: Provider, url: str, code: str) -> dict[str, str] | None:
    """Tokens, or None while the user has not entered the code."""
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
        if error in {"authorization_pending", "slow_down"}:
            return None
    return tokens_of(_json(response))


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
