"""OAuth 2 with a user who logs in: authorization code with PKCE (RFC 7636), or by another device (RFC 8628)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import inspect
import secrets
import time
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from .errors import DecodeError, RequestError, TokenError
from .oauth2 import OAuth2
from .oauth_token import Token, id_token_claims, post_form, read_object, secure_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .oauth2 import LoadToken, SaveToken
    from .oidc import ProviderMetadata

__all__ = ["AuthorizationCode", "AuthorizationRequest", "DeviceAuthorization", "DeviceCode"]

_SLOWER = 5.0
_SHORTEST_INTERVAL = 1.0
_LONGEST_INTERVAL = 60.0
_LONGEST_WAIT = 3600.0
_SKEW = 120.0  # seconds by which two clocks may differ


class AuthorizationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One login under way. Keep it, in the user's own session, until the browser comes back.

    Attributes:
        url: where to send the user's browser.
        state: what the browser must bring back.
        nonce: what the ID token must have in it, "" if none was asked for.
        verifier: the secret of PKCE.
        redirect_uri: where the browser comes back to.
        scope: the scopes that were asked for, separated by spaces.
    """

    url: str
    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    scope: str = ""

    def __repr__(self) -> str:
        return f"AuthorizationRequest(***, redirect_uri={self.redirect_uri!r})"


class AuthorizationCode(OAuth2):
    """A user logs in with a browser (RFC 6749, 4.1, with PKCE). The arguments are those of OAuth2.

    `request = credential.begin("https://app.example/back")`, send the browser to `request.url`, and when it comes back
    `credential.finish(url_it_came_to, request)`. The next call exchanges the code. With a kept token (`load`) no login
    is needed.
    """

    authorization_url: ClassVar[str] = ""
    """Where a user's browser is sent."""

    _login: tuple[str, AuthorizationRequest] | None = None

    def begin(
        self,
        redirect_uri: str,
        *,
        scopes: Sequence[str] | None = None,
        parameters: Mapping[str, str] | None = None,
        provider: ProviderMetadata | None = None,
    ) -> AuthorizationRequest:
        """Make the URL for the user's browser; nothing is sent.

        Args:
            redirect_uri: where the browser comes back to, as registered.
            scopes: scopes to ask for, in place of the constructor's.
            parameters: further parameters, as `prompt`.
            provider: what `discover` gave, where the spec names no authorization URL.

        Raises:
            RequestError: there is no authorization URL, or it is not https.
        """
        if provider is not None:
            self._metadata = provider
        base = self.authorization_url or (self._metadata.authorization_endpoint if self._metadata is not None else "")
        if not base:
            raise RequestError("there is no authorization_url; give `provider=await discover(...)`")
        secure_url(base, "authorization_url")
        verifier = secrets.token_urlsafe(64)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        scope = (self._scope if scopes is None else " ".join(scopes)) or (parameters or {}).get("scope", "")
        state, nonce = secrets.token_urlsafe(32), secrets.token_urlsafe(32) if "openid" in scope.split() else ""
        query = {
            **(parameters or {}),
            "response_type": "code",
            "client_id": self._identity.client_id,
            "redirect_uri": redirect_uri,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **({"scope": scope} if scope else {}),
            **({"nonce": nonce} if nonce else {}),
        }
        url = base + ("&" if "?" in base else "?") + urlencode(query)
        return AuthorizationRequest(
            url=url, state=state, nonce=nonce, verifier=verifier, redirect_uri=redirect_uri, scope=scope
        )

    def finish(self, callback: str, request: AuthorizationRequest) -> None:
        """Take what the browser brought back; the next call exchanges it for a token.

        Args:
            callback: the URL to which the browser came, or its query.
            request: what `begin` gave for this user.

        Raises:
            TokenError: the server says no, as `access_denied`.
            RequestError: the answer does not belong to `request`, or has no code.
        """
        found = parse_qs(urlsplit(callback).query if "?" in callback else callback, max_num_fields=100)
        state = found.get("state", [""])
        if len(state) != 1 or not hmac.compare_digest(state[0].encode(), request.state.encode()):
            raise RequestError("the login that came back is not the one that was begun: its state differs")
        if errors := found.get("error"):
            description = " ".join(found.get("error_description", [""])[0].split())[:300]
            said = f": {description}" if description else ""
            raise TokenError(f"the login was refused: {errors[0][:100]}{said}", error=errors[0][:100])
        issuer = found.get("iss")
        if issuer and self._metadata is not None and issuer != [self._metadata.issuer]:
            raise RequestError("the login came back from another issuer")
        codes = found.get("code", [])
        if len(codes) != 1 or not codes[0]:
            raise RequestError("the login that came back has no code")
        self._login = (codes[0], request)
        self._state = self._token = self._renew_at = self._failure = None

    def _can_begin(self) -> bool:
        return self._login is not None

    async def _begin(self) -> Token:
        if self._login is None:
            raise TokenError("a user has to log in: call `begin` and `finish`", error="login_required")
        code, request = self._login
        self._login = None  # a code is good for one question
        found = await self._grant(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": request.redirect_uri,
                "code_verifier": request.verifier,
                "client_id": self._identity.client_id,
            }
        )
        if found.id_token is not None and (request.nonce or "openid" in (found.scope or request.scope).split()):
            issuer = None if self._metadata is None else self._metadata.issuer
            _check(found.id_token, request.nonce, self._identity.client_id, issuer)
        return found


def _check(id_token: str, nonce: str, client_id: str, issuer: str | None) -> None:
    """Check what an ID token says (OpenID Connect Core 1.0, 3.1.3.7), but for its signature."""
    claims = id_token_claims(id_token)
    audience, ends = claims.get("aud"), claims.get("exp")
    if nonce and claims.get("nonce") != nonce:
        raise DecodeError("the ID token belongs to another login: its nonce differs")
    if audience != client_id and not (isinstance(audience, list) and client_id in audience):
        raise DecodeError("the ID token is for another application")
    if claims.get("azp", client_id) != client_id:
        raise DecodeError("the ID token was given to another application")
    if issuer is not None and claims.get("iss") != issuer:
        raise DecodeError("the ID token is that of another issuer")
    if not isinstance(ends, int | float) or isinstance(ends, bool) or ends < time.time() - _SKEW:
        raise DecodeError("the ID token has ended, or does not say when it ends")


class DeviceAuthorization(msgspec.Struct, frozen=True, kw_only=True):
    """What a user of a device without a browser must be shown.

    Attributes:
        verification_uri: where to go, with any other device.
        user_code: what to type there.
        verification_uri_complete: the address with the code in it, "" if none.
        expires_in: seconds until the code ends.
    """

    verification_uri: str
    user_code: str
    verification_uri_complete: str = ""
    expires_in: float = 600.0


class _Device(msgspec.Struct, frozen=True):
    device_code: str
    interval: float = 5.0


class DeviceCode(OAuth2):
    """A user logs in with another device (RFC 8628).

    Args:
        client_id: id of the application.
        show: shows the user where to go and what to type; may be async. The call waits until the user has done so.
        client_secret: and the others: those of OAuth2.
    """

    device_authorization_url: ClassVar[str] = ""
    """Where a login begins."""

    def __init__(
        self,
        client_id: str,
        show: Callable[[DeviceAuthorization], object],
        client_secret: str | None = None,
        *,
        scopes: Sequence[str] | None = None,
        post: bool = False,
        parameters: Mapping[str, str] | None = None,
        token_url: str | None = None,
        load: LoadToken | None = None,
        save: SaveToken | None = None,
    ) -> None:
        super().__init__(
            client_id,
            client_secret,
            scopes=scopes,
            post=post,
            parameters=parameters,
            token_url=token_url,
            load=load,
            save=save,
        )
        self._show = show

    async def _begin(self) -> Token:
        url = self.device_authorization_url or (await self._provider()).device_authorization_endpoint
        secure_url(url, "device_authorization_url")
        form = {**({"scope": self._scope} if self._scope else {}), **self._parameters}
        response = await post_form(url, form, self._identity, self._send)
        members = read_object(response, "device authorization endpoint")
        try:
            shown = msgspec.convert(members, DeviceAuthorization, strict=False)
            device = msgspec.convert(members, _Device, strict=False)
        except msgspec.ValidationError as error:
            raise DecodeError(f"the device authorization does not fit: {str(error)[:300]}") from None
        result = self._show(shown)
        if inspect.isawaitable(result):
            await result
        return await self._polled(device, min(shown.expires_in, _LONGEST_WAIT))

    async def _polled(self, device: _Device, seconds: float) -> Token:
        ends = time.monotonic() + seconds
        interval = min(max(device.interval, _SHORTEST_INTERVAL), _LONGEST_INTERVAL)
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
            "device_code": device.device_code,
            "client_id": self._identity.client_id,
        }
        while time.monotonic() < ends:
            await asyncio.sleep(interval)
            try:
                return await self._grant(form)
            except TokenError as error:
                if error.error == "slow_down":
                    interval = min(interval + _SLOWER, _LONGEST_INTERVAL)
                elif error.error != "authorization_pending":
                    raise
        raise TokenError("the user did not log in in time", error="expired_token")
