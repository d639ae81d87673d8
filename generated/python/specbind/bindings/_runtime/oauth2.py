"""OAuth 2 as credentials: a token is had on first use, renewed in time and once after a 401.

Tokens are asked for with the client's own transport, limits and timeouts, one question at a time however many calls
wait; the API's other credentials never go along. After a refusal the same answer is given for a while without asking
again, so that nothing storms an authorization server.
"""

from __future__ import annotations

import copy
import inspect
import time
from collections import deque
from contextvars import ContextVar
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from .credentials import AccessToken, Bearer
from .errors import Error, RequestError, TokenError
from .oauth_token import ClientIdentity, Token, ask_token, secure_url
from .oidc import ProviderMetadata, discover

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from .options import Send

    LoadToken: TypeAlias = Callable[[], Token | Awaitable[Token | None] | None]
    SaveToken: TypeAlias = Callable[[Token], object]

__all__ = ["ClientCredentials", "OAuth2", "Password", "RefreshToken", "Token"]

_USABLE = 30.0
_MOST_REFUSED = 5
_PER = 60.0
_PAUSE_REFUSED = 60.0
_LONGEST_PAUSE = 60.0
_PASSING = frozenset({"", "temporarily_unavailable", "server_error", "slow_down"})
_sender: ContextVar[Send | None] = ContextVar("specbind_sender", default=None)


class OAuth2(Bearer):
    """Base of credentials that ask an authorization server.

    Args:
        client_id: id of the application.
        client_secret: its secret, None for a public client.
        scopes: scopes to ask for; None leaves the choice to the server.
        post: send the secret in the form instead of by HTTP Basic.
        parameters: further fields of token requests, as `audience`.
        token_url: the token endpoint, in place of the spec's.
        load: gives a token that was kept, or None; may be async. Asked on first use and before each renewal, so that
            several processes can share a token.
        save: takes every new token; may be async.

    Raises:
        RequestError: at the first call: a URL is not https.
        TokenError: at a call: no token could be had.
    """

    token_url: ClassVar[str] = ""
    """The token endpoint."""
    refresh_url: ClassVar[str] = ""
    """The endpoint for refresh tokens, "" for the token endpoint."""
    discovery_url: ClassVar[str] = ""
    """The issuer's document, which is read for endpoints that are not given."""
    scopes: ClassVar[tuple[str, ...]] = ()
    """Scopes that the spec names."""

    def __init__(
        self,
        client_id: str,
        client_secret: str | None = None,
        *,
        scopes: Sequence[str] | None = None,
        post: bool = False,
        parameters: Mapping[str, str] | None = None,
        token_url: str | None = None,
        load: LoadToken | None = None,
        save: SaveToken | None = None,
    ) -> None:
        super().__init__(self._obtain)
        self._identity = ClientIdentity(client_id, client_secret, post=post)
        self._scope = " ".join(scopes or ())
        self._parameters = dict(parameters or {})
        self._token_url = self.token_url if token_url is None else token_url
        self._load = load
        self._save = save
        self._state: Token | None = None
        self._metadata: ProviderMetadata | None = None
        self._refused: deque[float] = deque(maxlen=_MOST_REFUSED)
        self._failure: Error | None = None
        self._failures = 0
        self._quiet_until = 0.0

    # what a client calls

    async def prepare(self, send: Send) -> None:
        """Get a token, or a new one shortly before the old one ends."""
        reset = _sender.set(send)
        try:
            await self.ready()
        finally:
            _sender.reset(reset)

    async def renew(self, stale: str, send: Send) -> None:
        """Get a new token in place of one that was answered with 401."""
        reset = _sender.set(send)
        try:
            await self.refresh(stale)
        finally:
            _sender.reset(reset)

    def _seconds_left(self) -> float | None:
        return None if self._state is None else self._state.seconds_left()

    async def refresh(self, stale: str) -> None:
        """Get a new token unless somebody did since `stale` was sent, at most five times a minute."""
        if self._token != stale:
            return
        if self._task is None or self._task.done():  # calls that join a question under way do not count
            now = time.monotonic()
            if len(self._refused) == _MOST_REFUSED and now - self._refused[0] < _PER:
                return  # a server that refuses every token does not get a stream of new ones
            self._refused.append(now)
        await super().refresh(stale)

    # getting a token

    async def _obtain(self) -> AccessToken:
        stored = await self._stored()
        if stored is not None and (self._state is None or stored.access_token != self._state.access_token):
            self._state = stored
            left = stored.seconds_left()
            if stored.access_token and (left is None or left > _USABLE):
                return AccessToken(stored.access_token, left)
        if self._failure is not None and time.monotonic() < self._quiet_until:
            raise copy.copy(self._failure)
        try:
            found = await self._asked(self._state)
        except Error as error:
            self._note(error)
            raise
        self._failure, self._failures = None, 0
        self._state = found
        if self._save is not None:
            kept = self._save(found)
            if inspect.isawaitable(kept):
                await kept
        return AccessToken(found.access_token, found.seconds_left())

    async def _stored(self) -> Token | None:
        if self._load is None:
            return None
        found = self._load()
        return await found if inspect.isawaitable(found) else found

    def _note(self, error: Error) -> None:
        """Remember a failure, and how long it stands for the next calls."""
        self._failures += 1
        pause = min(2.0 ** (self._failures - 1), _LONGEST_PAUSE)
        if isinstance(error, TokenError):
            if error.error not in _PASSING and error.status < 500:
                pause = _PAUSE_REFUSED
            if error.retry_after is not None:
                pause = max(pause, min(error.retry_after, 10 * _LONGEST_PAUSE))
        self._failure = copy.copy(error)
        self._quiet_until = time.monotonic() + pause

    async def _asked(self, before: Token | None) -> Token:
        if before is not None and before.refresh_token:
            form = {"grant_type": "refresh_token", "refresh_token": before.refresh_token, **self._parameters}
            try:
                return await ask_token(await self._refresh_endpoint(), form, self._identity, self._send, before)
            except TokenError as error:
                if error.error != "invalid_grant" or not self._can_begin():
                    raise
        return await self._begin()

    def _can_begin(self) -> bool:
        """Say whether a token can be had without a refresh token."""
        return True

    async def _begin(self) -> Token:
        """Ask for the first token."""
        raise NotImplementedError

    async def _grant(self, form: Mapping[str, str], *, scope: str = "") -> Token:
        """Ask the token endpoint with a grant of this kind."""
        whole = {**form, **({"scope": scope} if scope else {}), **self._parameters}
        return await ask_token(await self._token_endpoint(), whole, self._identity, self._send)

    @property
    def _send(self) -> Send:
        send = _sender.get()
        if send is None:
            raise RequestError(f"{type(self).__name__} gets its tokens within the calls of a client")
        return send

    async def _token_endpoint(self) -> str:
        return secure_url(self._token_url or (await self._provider()).token_endpoint, "token_url")

    async def _refresh_endpoint(self) -> str:
        return secure_url(self.refresh_url, "refresh_url") if self.refresh_url else await self._token_endpoint()

    async def _provider(self) -> ProviderMetadata:
        if self._metadata is None:
            if not self.discovery_url:
                raise RequestError(f"{type(self).__name__} needs a token_url")
            self._metadata = await discover(self.discovery_url, self._send)
        return self._metadata


class ClientCredentials(OAuth2):
    """The application itself is the user (RFC 6749, 4.4). The arguments are those of OAuth2."""

    async def _begin(self) -> Token:
        return await self._grant({"grant_type": "client_credentials"}, scope=self._scope)


class Password(OAuth2):
    """A user's name and password are exchanged for a token (RFC 6749, 4.3).

    Args:
        username: name of the user.
        password: password of the user.
        client_id: id of the application, "" if the server wants none.
        client_secret: its secret, None for a public client.
        scopes: and the others: those of OAuth2.
    """

    def __init__(
        self,
        username: str,
        password: str,
        client_id: str = "",
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
        self._login = (username, password)

    async def _begin(self) -> Token:
        username, password = self._login
        form = {"grant_type": "password", "username": username, "password": password}
        return await self._grant(form, scope=self._scope)


class RefreshToken(OAuth2):
    """A refresh token that was had before (RFC 6749, 6).

    Args:
        refresh_token: the token; with `load`, the kept one goes first.
        client_id: id of the application, "" if the server wants none.
        client_secret: its secret, None for a public client.
        scopes: and the others: those of OAuth2.
    """

    def __init__(
        self,
        refresh_token: str,
        client_id: str = "",
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
        self._state = Token(access_token="", expires_at=0.0, refresh_token=refresh_token)

    def _can_begin(self) -> bool:
        return False

    async def _begin(self) -> Token:
        raise TokenError("the kept token has no refresh token; give a new one", error="login_required")
