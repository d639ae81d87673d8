"""A connection to a server, and who it is made by."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

import msgspec
from multidict import CIMultiDict

from specbind.bindings._runtime import Request, Timeout, TransportError
from specbind.core import arguments
from specbind.tiled._tokens import TokenFiles, TokenView, tokens_of
from specbind.tiled.exceptions import (
    AuthenticationError,
    CannotRefreshAuthentication,
    NotFoundError,
    UnauthorizedError,
)

from ._address import Address
from ._api_keys import api_key_request, key_text
from ._application import ApplicationTransport, api_key_of
from ._connection import Connection, Settings
from ._errors import told_as_foreign
from ._login import (
    ask_at_terminal,
    choose_provider,
    identity_providers,
    log_in,
    password_grant,
    provider_of,
    takes_passwords,
)
from ._options import certificates, header_pairs, time_limits
from ._session import Session
from .admin import Admin

if TYPE_CHECKING:
    import ssl as ssl_module
    from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
    from types import TracebackType
    from typing import Self

    from specbind.bindings.tiled.models import About
    from specbind.tiled._views import DictView
    from specbind.tiled.cache import Cache

    from ._login import Listed

__all__ = ["Context"]

_APPLICATION = "http://local-tiled-app/api/v1"


class Context:
    """A connection to a server, with a cache if there is one, and who its requests are from.

    Requests are from the owner of `api_key`, else of the key in the URI, else of `TILED_API_KEY`; else from a session
    that was kept on disk (`use_cached_tokens`) or that `authenticate` begins; else from nobody. None of these goes to
    another origin than that of the URI, and none is logged or shown.

    Args:
        uri: the site, its API (`/api/v1`), or a node; `?api_key=` may stand in it.
        headers: further headers of every request.
        api_key: an API key.
        cache: keeps answers on disk; None for no cache.
        timeout: seconds to connect, for each silence and to wait for a connection; a number, a Timeout, a mapping with
            `connect`, `read` and `pool`, or None for 5 s, 30 s and no limit.
        verify: False accepts every certificate; a path is that of a CA file or folder; or an SSLContext.
        app: an ASGI application in this process, in place of a server.
        raise_server_exceptions: raise what `app` raises, as it is.
        max_connections: requests under way at once, 1 or more.
        show_progress: kept for programs that give it; reads take a `progress` of their own.
        trust_env: take a proxy from the environment.

    Raises:
        ValueError: no such URI, keys both in it and beside it, or an argument that does not fit.
        TypeError: an argument is of another kind.
    """

    def __init__(
        self,
        uri: str,
        *,
        headers: Mapping[str, str] | None = None,
        api_key: str | None = None,
        cache: Cache | None = None,
        timeout: Timeout | Mapping[str, float | None] | float | None = None,
        verify: bool | str | os.PathLike[str] | ssl_module.SSLContext = True,
        app: object = None,
        raise_server_exceptions: bool = True,
        max_connections: int = 16,
        show_progress: bool | None = None,
        trust_env: bool = True,
    ) -> None:
        address = Address.parse(arguments.text("uri", str(uri)))
        if address.api_key is not None and api_key is not None:
            raise ValueError("there is an API key in the URI and another one beside it; give one")
        key = key_text(address.api_key, "the API key in the URI") or key_text(api_key)
        if key is None and app is None:
            key = key_text(os.environ.get("TILED_API_KEY", "").strip() or None, "TILED_API_KEY")
        address = msgspec.structs.replace(address, api_key=None)  # so that a key that is taken away is gone
        settings = Settings(
            headers=header_pairs(headers),
            timeout=time_limits(timeout),
            ssl=certificates(verify),
            trust_env=trust_env,
            connections=arguments.whole("max_connections", max_connections, least=1),
            compress=app is None and not address.local,
            raise_server_exceptions=raise_server_exceptions,
        )
        transport = None if app is None else ApplicationTransport(app)
        self._app = app
        self._stop: Callable[[], object] | None = None
        self._show_progress = show_progress
        self._about: About | None = None
        self._address = address
        self._settling: asyncio.Task[None] | None = None
        self._settled = app is not None or address.scheme == "https" or address.local
        self._connection = Connection(address.base_url, Session(address.api_uri, key), settings, transport)
        self._connection.cache = cache

    @classmethod
    async def from_any_uri(
        cls,
        uri: str,
        *,
        headers: Mapping[str, str] | None = None,
        api_key: str | None = None,
        cache: Cache | None = None,
        timeout: Timeout | Mapping[str, float | None] | float | None = None,  # noqa: ASYNC109 - of each silence
        verify: bool | str | os.PathLike[str] | ssl_module.SSLContext = True,
        app: object = None,
        max_connections: int = 16,
        show_progress: bool | None = None,
        trust_env: bool = True,
    ) -> tuple[Context, list[str]]:
        """The context of the server of a node, and the keys of the node. Arguments are those of `Context`.

        A server that is named by `http` and is not on this machine is asked first whether it would rather have `https`
        on the same host. That request has no credentials, no query and none of `headers` in it.
        """
        context = cls(
            uri,
            headers=headers,
            api_key=api_key,
            cache=cache,
            timeout=timeout,
            verify=verify,
            app=app,
            max_connections=max_connections,
            show_progress=show_progress,
            trust_env=trust_env,
        )
        await context.settle()
        return context, list(context._address.keys)

    @classmethod
    async def from_app(
        cls,
        app: object,
        *,
        cache: Cache | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: Timeout | Mapping[str, float | None] | float | None = None,  # noqa: ASYNC109 - of each silence
        api_key: str | None = None,
        raise_server_exceptions: bool = True,
        uri: str | None = None,
        max_connections: int = 16,
        show_progress: bool | None = None,
    ) -> Context:
        """A context for an ASGI application in this process; its startup runs now, its shutdown at `close`.

        Without `api_key`, that of a single-user application is taken out of it; `api_key=""` takes none.
        """
        key = api_key_of(app) if api_key is None else api_key or None
        context = cls(
            uri or _APPLICATION,
            headers=headers,
            api_key=key,
            cache=cache,
            timeout=timeout,
            app=app,
            raise_server_exceptions=raise_server_exceptions,
            max_connections=max_connections,
            show_progress=show_progress,
        )
        await context.about()
        return context

    def __repr__(self) -> str:
        who = "with an API key" if self.api_key else "logged in" if self.authenticated else "unauthenticated"
        return f"<{type(self).__name__} {self.api_uri!r} ({who})>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections, and stop the server of `simple`. A later call opens new ones."""
        try:
            await self._connection.close()
            if self._connection.transport is not None:
                await self._connection.transport.close()
        finally:
            if self._stop is not None:
                await asyncio.to_thread(self._stop)

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_stop": None, "_settling": None}  # a copy stops nothing

    # the server -------------------------------------------------------------------------------------------------------

    @property
    def api_uri(self) -> str:
        """Address of the API, with a slash at the end."""
        return self._connection.api_uri

    @property
    def base_url(self) -> str:
        """Address of the site, without a slash at the end."""
        return self._connection.base_url

    @property
    def app(self) -> object:
        """The application in this process, None for a server."""
        return self._app

    @property
    def max_connections(self) -> int:
        """Requests under way at once."""
        return self._connection.connections

    @property
    def cache(self) -> Cache | None:
        """Keeps answers on disk."""
        return self._connection.cache

    @cache.setter
    def cache(self, cache: Cache | None) -> None:
        self._connection.cache = cache

    @property
    def server_info(self) -> Coroutine[Any, Any, About]:
        """What the server says of itself: version, formats, queries, ways to log in. Asked for once."""
        return self.about()

    async def about(self) -> About:
        """What the server says of itself, asked for once."""
        if self._about is None:
            await self.settle()
            with told_as_foreign(self.api_uri):
                self._about = await self._connection.call(lambda client: client.server.about(), safe=True)
        return self._about

    async def settle(self) -> None:
        """Find out whether the server wants https, where that is not known yet."""
        if self._settled:
            return
        task, loop = self._settling, asyncio.get_running_loop()
        if task is None or task.done() or task.get_loop() is not loop:
            task = self._settling = loop.create_task(self._settle())
        await asyncio.shield(task)  # all who ask share one answer, and none of them ends it for the others

    async def _settle(self) -> None:
        request = Request("GET", self._address.api_uri, CIMultiDict({"Accept": "application/json"}), idempotent=True)
        try:
            response = await self._connection.send_plain(request)
        except TransportError:
            self._settled = True  # the first real call says what is wrong
            return
        secured = (
            self._address.secured_by(response.headers.get("Location", "")) if 300 <= response.status < 400 else None
        )
        if secured is not None and not self._settled:
            await self._move(secured)
        self._settled = True

    async def _move(self, address: Address) -> None:
        old = self._connection
        old.session.move(address.api_uri)
        self._connection = Connection(address.base_url, old.session, old.settings, old.transport)
        self._connection.cache = old.cache
        self._address = address
        await old.close()

    # who it is --------------------------------------------------------------------------------------------------------

    @property
    def api_key(self) -> str | None:
        """The API key. Setting one ends the use of tokens; None takes it away."""
        return self._connection.session.api_key

    @api_key.setter
    def api_key(self, api_key: str | None) -> None:
        self._connection.session.api_key = key_text(api_key)

    @property
    def tokens(self) -> DictView[str, str]:
        """The access and refresh tokens of the session. Its text does not show them."""
        return TokenView(self._connection.session.tokens)

    @property
    def authenticated(self) -> bool:
        """Whether requests have a key, a token or an Authorization of the caller's own in them."""
        session = self._connection.session
        own = any(name.lower() == "authorization" for name, _ in self._connection.settings.headers)
        return own or session.api_key is not None or "access_token" in session.tokens

    @property
    def admin(self) -> Admin:
        """What administrators do: users, services and their keys."""
        return Admin(self._connection)

    async def authenticate(
        self, *, remember_me: bool = True, ask: Callable[[str, bool], str | Awaitable[str]] | None = None
    ) -> None:
        """Log in, as the server wants it: by user name and password, or by a code that is entered in a browser.

        Args:
            remember_me: keep the tokens on disk, readable by their owner only, for later programs.
            ask: answers questions, by default at the terminal; given the text, and whether the answer is secret.

        Raises:
            PasswordRejected: the answers were not accepted.
            CannotPrompt: there is no terminal.
            AuthenticationError: there is no way to log in, or an API key is set.
        """
        asked = ask or ask_at_terminal
        provider = provider_of(await choose_provider(await self._providers(), asked), self._connection)
        tokens = await log_in(self._connection, provider, asked)
        self._configure(tokens, provider.own, remember_me=remember_me)

    async def login(
        self, *, remember_me: bool = True, ask: Callable[[str, bool], str | Awaitable[str]] | None = None
    ) -> None:
        """As `authenticate`."""
        await self.authenticate(remember_me=remember_me, ask=ask)

    async def password_grant(self, username: str, password: str, provider: str | None = None) -> dict[str, str]:
        """Tokens for a user name and a password, for `configure_auth`; nobody is asked anything.

        Args:
            username: the name.
            password: the password.
            provider: which provider, by name; by default the first that takes passwords.

        Raises:
            PasswordRejected: the server does not accept them.
            AuthenticationError: there is no such provider.
        """
        for found in await self._providers():
            if takes_passwords(found) and provider in (None, found.provider):
                return await password_grant(self._connection, provider_of(found, self._connection), username, password)
        raise AuthenticationError("the server has no provider of that name that takes passwords")

    def configure_auth(self, tokens: Mapping[str, str], remember_me: bool = True) -> None:
        """Use tokens that were had elsewhere.

        Args:
            tokens: with `access_token`, and `refresh_token` where there is one.
            remember_me: keep them on disk; False removes those that are there.

        Raises:
            AuthenticationError: an API key is set.
            ValueError: there is no access token.
        """
        self._configure(tokens_of(dict(tokens)), None, remember_me=remember_me)

    def _configure(self, tokens: dict[str, str], provider: tuple[str, str] | None, *, remember_me: bool) -> None:
        session = self._connection.session
        if session.api_key is not None:
            raise AuthenticationError("an API key is set; take it away (api_key = None) before you log in")
        files = TokenFiles(self.api_uri)
        if not remember_me:
            files.clear()
        session.use(tokens, files if remember_me else None, provider)

    async def use_cached_tokens(self) -> bool:
        """Use the tokens that were kept on disk. False where there are none, or their session has ended.

        Tokens of an identity provider are used only if the server still names that provider, and are shown to no other.

        Raises:
            HTTPStatusError: the server cannot say now whether they are good; they are kept.
            TransportError: the same.
        """
        await self.settle()
        session = self._connection.session
        if session.api_key is not None:
            return False
        files = TokenFiles(self.api_uri)
        tokens, provider = files.load()
        if "access_token" not in tokens and "refresh_token" not in tokens:
            return False
        if provider is not None and provider not in identity_providers(await self._providers()):
            return False
        session.use(tokens, files, provider, kept=True)
        try:
            if "access_token" not in tokens:
                await self._renew("")
            await self.whoami()
        except CannotRefreshAuthentication:
            return False
        except UnauthorizedError:  # an access token alone, which has ended
            session.forget(session.tokens.get("refresh_token", ""))
            return False
        return True

    async def _renew(self, stale: str) -> None:
        session = self._connection.session
        await self._connection.call(lambda client: session.renew(stale, client.send_plain), safe=True)

    async def force_auth_refresh(self) -> dict[str, str]:
        """Get new tokens now, and give them.

        Raises:
            RuntimeError: there is no session.
            CannotRefreshAuthentication: the session has ended.
            HTTPStatusError: the server cannot refresh now.
        """
        session = self._connection.session
        if not session.refreshable:
            raise RuntimeError("there is no session with tokens to refresh; call authenticate()")
        await self._renew(session.tokens.get("access_token", ""))
        return dict(session.tokens)

    async def logout(self) -> None:
        """End the session on the server, and forget its tokens. Does nothing where there is none."""
        session = self._connection.session
        refresh_token, provider = session.tokens.get("refresh_token"), session.identity_provider
        session.forget()
        if refresh_token is None or provider is not None:  # the server knows nothing of a provider's tokens
            return
        await self._connection.send_json("POST", "auth/session/revoke", {"refresh_token": refresh_token}, safe=True)

    async def whoami(self) -> dict[str, Any] | None:
        """Who the server takes the caller for; None on a server of one user, which may not even know the question."""
        try:
            return cast("dict[str, Any] | None", await self._connection.get_json("auth/whoami"))
        except NotFoundError:
            return None

    async def which_api_key(self) -> dict[str, Any]:
        """What the server knows of the API key in use.

        Raises:
            RuntimeError: no API key is in use.
        """
        if self.api_key is None:
            raise RuntimeError("no API key is in use")
        return cast("dict[str, Any]", await self._connection.get_json("auth/apikey"))

    async def create_api_key(
        self,
        scopes: Iterable[str] | None = None,
        expires_in: int | str | None = None,
        note: str | None = None,
        access_tags: Iterable[str] | None = None,
    ) -> dict[str, Any]:
        """Make an API key. Its text is the member `secret` of the answer, and is never told again.

        Args:
            scopes: what it may do; None for all that the caller may.
            expires_in: seconds, or a text as `3y`, `5d`, `1h 30m`; None for no end.
            note: for people.
            access_tags: limits it to entries with these tags.
        """
        body = api_key_request(scopes, expires_in, note, access_tags)
        return cast("dict[str, Any]", await self._connection.post_json("auth/apikey", body))

    async def revoke_api_key(self, first_eight: str) -> None:
        """Make an API key useless, by its first eight characters."""
        params = [("first_eight", first_eight[:8])]
        await self._connection.send_json("DELETE", "auth/apikey", params=params, safe=True)

    async def revoke_session(self, session_id: str) -> None:
        """End another session, by its id in `whoami`."""
        await self._connection.send_json("DELETE", f"auth/session/revoke/{quote(session_id, safe='')}", safe=True)

    async def _providers(self) -> list[Listed]:
        if self.api_key is not None:
            raise AuthenticationError("an API key is set; take it away (api_key = None) before you log in")
        found: list[Listed] = [*(await self.about()).authentication.providers]
        if not found:
            raise AuthenticationError("this server has no users to log in as; give an api_key")
        return found
