"""Tokens of OAuth 2: asking an authorization server for one, and reading what it says (RFC 6749, RFC 6750)."""

from __future__ import annotations

import asyncio
import base64
import re
import time
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlencode, urlsplit

import msgspec
from multidict import CIMultiDict

from .errors import DeadlineError, DecodeError, RequestError, TokenError, retry_after
from .http import Mark, Request, Response
from .narrowing import is_object
from .redaction import redact_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .options import Send

__all__ = ["ClientIdentity", "Token", "ask_token", "post_form", "read_object", "secure_url"]

_PATIENCE = 60.0
_LARGEST_ANSWER = 256 * 1024
_LONGEST_TOKEN = 64 * 1024
_LONGEST_TEXT = 300
_LONGEST_LIFE = 10 * 365 * 86400.0
_CODE = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]{1,100}")  # RFC 6749, 5.2
_TOKEN = re.compile(r"[\x21-\x7e]+")
_SECRETS = ("client_secret", "password", "refresh_token", "code", "code_verifier", "device_code")


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """What an authorization server gave. It can be kept as JSON; it holds secrets.

    Attributes:
        access_token: the token that calls carry.
        expires_at: when it ends, in seconds of Unix time; None if the server does not say.
        refresh_token: what gives the next one, None if there is none.
        scope: the scopes granted, separated by spaces; "" where the server gave what was asked for.
        id_token: OpenID Connect's statement about the user as a signed text, which is not checked here; None if none.
    """

    access_token: str
    expires_at: float | None = None
    refresh_token: str | None = None
    scope: str = ""
    id_token: str | None = None

    def seconds_left(self) -> float | None:
        """Give the seconds until it ends, None if that is not known."""
        return None if self.expires_at is None else self.expires_at - time.time()

    def __repr__(self) -> str:
        return f"Token(***, expires_at={self.expires_at!r}, scope={self.scope!r})"


class ClientIdentity:
    """How an application shows a token endpoint who it is.

    Args:
        client_id: its id.
        client_secret: its secret, None for a public client.
        post: send the secret in the form instead of by HTTP Basic.
    """

    __slots__ = ("_post", "_secret", "client_id")

    def __init__(self, client_id: str, client_secret: str | None, *, post: bool) -> None:
        self.client_id = client_id
        self._secret = client_secret
        self._post = post

    def show(self, form: dict[str, str], headers: dict[str, str]) -> None:
        """Put the identity into a request."""
        if self._secret is None or self._post:
            if self.client_id:
                form["client_id"] = self.client_id
            if self._secret is not None:
                form["client_secret"] = self._secret
            return
        pair = f"{quote_plus(self.client_id)}:{quote_plus(self._secret)}"  # RFC 6749, 2.3.1
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()

    def secrets(self) -> tuple[str, ...]:
        """Give the texts that must not be shown."""
        return () if self._secret is None else (self._secret,)


def secure_url(url: str, what: str) -> str:
    """Check the URL of an authorization server: https, or http to this machine; raises RequestError."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise RequestError(f"the {what} is not a URL") from None
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        raise RequestError(f"the {what} must begin with https://, not {url[:100]!r}")
    if not host or "@" in parts.netloc or parts.fragment or not url.isascii() or re.search(r"[\x00-\x20\x7f\\]", url):
        raise RequestError(f"the {what} {url[:100]!r} must name a host, without user, fragment or spaces")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


async def post_form(url: str, form: Mapping[str, str], identity: ClientIdentity, send: Send) -> Response:
    """Send a form to an endpoint of an authorization server and give its answer, read."""
    fields = dict(form)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    identity.show(fields, headers)
    request = Request("POST", url, CIMultiDict(headers), urlencode(fields).encode(), operation_id="OAuth 2")
    secrets = [*identity.secrets(), *(fields[name] for name in _SECRETS if name in fields)]
    request.marks = tuple(Mark("body", "", secret) for secret in secrets)
    scope = asyncio.timeout(_PATIENCE)
    try:
        async with scope:
            return await send(request)
    except TimeoutError:
        if not scope.expired():
            raise
        raise DeadlineError(f"the authorization server gave no answer within {_PATIENCE:g} s").at(request) from None


async def ask_token(
    url: str, form: Mapping[str, str], identity: ClientIdentity, send: Send, before: Token | None = None
) -> Token:
    """Ask a token endpoint.

    Args:
        url: the endpoint.
        form: the grant.
        identity: who asks.
        send: sends the request.
        before: the token so far, whose refresh token stays if no new one comes.

    Raises:
        TokenError: it gives none.
        TransportError: no whole answer came.
    """
    response = await post_form(url, form, identity, send)
    members = read_object(response, "token endpoint")
    access = members.get("access_token")
    if not isinstance(access, str) or len(access) > _LONGEST_TOKEN or _TOKEN.fullmatch(access) is None:
        raise _problem(response, "the token endpoint gave no access_token that can be sent")
    kind = members.get("token_type")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise _problem(response, f"the token endpoint gave a token of the type {str(kind)[:50]!r}, not Bearer")
    life = _seconds(members.get("expires_in"))
    refresh = _text(members.get("refresh_token"), _LONGEST_TOKEN)
    return Token(
        access_token=access,
        expires_at=None if life is None else time.time() + life,
        refresh_token=refresh or (before.refresh_token if before is not None else None),
        scope=_text(members.get("scope"), _LONGEST_TOKEN),
        id_token=_text(members.get("id_token"), _LONGEST_TOKEN) or None,
    )


def read_object(response: Response, what: str) -> dict[str, Any]:
    """Read the JSON object that an endpoint of an authorization server answers; raises TokenError."""
    members: object = None
    if len(response.content) <= _LARGEST_ANSWER:
        try:
            members = msgspec.json.decode(response.content)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            members = None
    if response.status != 200:
        raise _refusal(response, members if is_object(members) else {}, what)
    if not is_object(members):
        raise _problem(response, f"the {what} did not answer with a JSON object")
    return members


def _refusal(response: Response, members: Mapping[str, object], what: str) -> TokenError:
    secrets = response.request.secrets() if response.request is not None else ()
    code = members.get("error")
    code = code if isinstance(code, str) and _CODE.fullmatch(code) else ""
    description = redact_text(_shown(members.get("error_description")), secrets)
    message = f"the {what} answered {response.status}"
    if 300 <= response.status <= 399:
        message += ", and its redirects are not followed"
    if code:
        message += f": {redact_text(code, secrets)}"
    if description:
        message += f" ({description})"
    uri = redact_text(_shown(members.get("error_uri")), secrets)
    return _problem(response, message, error=code, description=description, uri=uri)


def _problem(response: Response, message: str, *, error: str = "", description: str = "", uri: str = "") -> TokenError:
    problem = TokenError(
        message,
        error=error,
        description=description,
        uri=uri,
        status=response.status,
        retry_after=retry_after(response.headers),
    )
    return problem.at(response.request) if response.request is not None else problem


def _shown(value: object) -> str:
    text = " ".join(value[: 2 * _LONGEST_TEXT].split())[:_LONGEST_TEXT] if isinstance(value, str) else ""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def _text(value: object, longest: int) -> str:
    return value if isinstance(value, str) and len(value) <= longest else ""


def _seconds(value: object) -> float | None:
    """Read expires_in, which some servers send as text; None for nonsense."""
    try:
        found = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else None
    except (ValueError, OverflowError):
        return None
    return found if found is not None and 0 <= found <= _LONGEST_LIFE else None


def id_token_claims(id_token: str) -> dict[str, object]:
    """Read the claims of an ID token without checking its signature: it came from the token endpoint itself."""
    try:
        payload = id_token.split(".")[1]
        claims: object = msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError, RecursionError) as error:
        raise DecodeError(f"the ID token cannot be read: {type(error).__name__}") from None
    if not is_object(claims):
        raise DecodeError("the ID token has no claims")
    return claims
