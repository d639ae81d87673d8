"""Who the requests are from: nobody, the owner of an API key, or a session with tokens."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlencode

import msgspec
from multidict import CIMultiDict

from specbind.bindings._runtime import Credential, DecodeError, Request
from specbind.bindings._runtime.errors import status_error
from specbind.bindings._runtime.header_text import header_value
from specbind.bindings._runtime.http import Mark
from specbind.tiled._tokens import Kept, TokenFiles, tokens_of
from specbind.tiled.exceptions import CannotRefreshAuthentication

if TYPE_CHECKING:
    from specbind.bindings._runtime import Response, Send

__all__ = ["Session"]

_REFRESH = "auth/session/refresh"
_REPLACED = "the session was ended or replaced while its access token was renewed; call again"
_ENDED = "the session has ended or was revoked; call authenticate() to log in again"


class Session(Credential):
    """The credential of all requests of a context.

    Args:
        api_uri: address of the API, with a slash at the end.
        api_key: an API key; it and tokens exclude each other.
    """

    scheme: ClassVar[str] = ""

    def __init__(self, api_uri: str, api_key: str | None = None) -> None:
        self.api_uri = api_uri
        self._api_key = api_key
        self.tokens: dict[str, str] = {}
        self.files: TokenFiles | None = None
        self.identity_provider: tuple[str, str] | None = None
        """Token endpoint and client id of the identity provider that gave the tokens; None for the server itself."""
        self._generation = 0  # of logins: a refresh that began in an earlier one has no say any more
        self._refreshing: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def __getstate__(self) -> dict[str, object]:
        """Tokens stay out of pickles, which people keep in odd places; a copy reads the files again."""
        return {**self.__dict__, "tokens": {}, "_refreshing": None, "_loop": None}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        if self.files is not None:
            self._adopt(self.files.load())

    @property
    def api_key(self) -> str | None:
        """The API key. A new one, or None, ends the use of tokens in memory; files stay as they are."""
        return self._api_key

    @api_key.setter
    def api_key(self, api_key: str | None) -> None:
        self._begin_anew()
        self._api_key = api_key
        if api_key is not None:
            self.tokens, self.files, self.identity_provider = {}, None, None

    @property
    def refreshable(self) -> bool:
        """Whether a new access token can be had after a 401."""
        return self._api_key is None and "refresh_token" in self.tokens

    def sign(self, request: Request) -> None:
        """Set Authorization, if there is anything to say."""
        secret = self.api_key or self.tokens.get("access_token")
        if secret is None:
            return
        kind = "Apikey" if self.api_key else "Bearer"
        request.headers["Authorization"] = header_value("Authorization", f"{kind} {secret}")
        request.marks += (Mark("header", "Authorization", secret),)

    def use(
        self,
        tokens: dict[str, str],
        files: TokenFiles | None,
        provider: tuple[str, str] | None = None,
        *,
        kept: bool = False,
    ) -> None:
        """Sign with these tokens from now on, and keep them in `files`; `kept` says that they are there already.

        `provider` is the one that gave them: only that one ever gets the refresh token.
        """
        self._begin_anew()
        self.tokens, self.files, self.identity_provider = dict(tokens), files, provider
        if files is not None and not kept:
            files.write(self.tokens, provider)

    def forget(self, only: str | None = None) -> None:
        """Drop the tokens, in memory and in files; with `only`, files with another refresh token stay."""
        self._begin_anew()
        self.tokens, self.identity_provider = {}, None
        if self.files is not None:
            self.files.clear(only)

    def move(self, api_uri: str) -> None:
        """Be the session of the same server at another address; the files move, too."""
        self.api_uri = api_uri
        if self.files is not None:
            old, self.files = self.files, TokenFiles(api_uri)
            self.files.write(self.tokens, self.identity_provider)
            old.clear(self.tokens.get("refresh_token"))

    def _begin_anew(self) -> None:
        self._generation += 1
        task, self._refreshing = self._refreshing, None
        if task is not None and not task.done():
            with contextlib.suppress(RuntimeError):  # its event loop was closed
                task.get_loop().call_soon_threadsafe(task.cancel)

    def _adopt(self, kept: Kept) -> bool:
        """Take over tokens of another process, unless they are of an identity provider that nobody checked here."""
        if kept.provider not in (None, self.identity_provider):
            return False
        self.tokens, self.identity_provider = kept
        return True

    async def renew(self, stale: str, send: Send) -> None:
        """Get a new access token unless somebody did since `stale` was sent. All callers share one request.

        Raises:
            CannotRefreshAuthentication: the session has ended.
            StatusError: the server cannot refresh now.
        """
        loop = asyncio.get_running_loop()
        task = self._refreshing
        if task is None or task.done() or self._loop is not loop:
            if self.tokens.get("access_token") not in (stale, None):
                return
            task = self._refreshing = loop.create_task(self._refresh(stale, send))
            task.add_done_callback(_seen)
            self._loop = loop
        try:
            await asyncio.shield(task)  # a caller that goes away does not lose the new token for the others
        except asyncio.CancelledError:
            caller = asyncio.current_task()
            if not task.cancelled() or (caller is not None and caller.cancelling()):
                raise
            raise CannotRefreshAuthentication(_REPLACED) from None

    async def _refresh(self, stale: str, send: Send) -> None:
        generation, files = self._generation, self.files
        if self._take_over(stale):  # another process may have been faster, and used up our refresh token
            return
        refresh_token = self.tokens.get("refresh_token")
        if refresh_token is None:
            raise CannotRefreshAuthentication(_ENDED)
        request = self._request(refresh_token)
        response = await send(request)
        if generation != self._generation:
            raise CannotRefreshAuthentication(_REPLACED)
        if response.status in (400, 401):
            if self._take_over(stale):  # it was faster while we asked
                return
            self.tokens, self.identity_provider = {}, None
            if files is not None:
                files.clear(refresh_token)
            raise CannotRefreshAuthentication(_ENDED)
        self.tokens = {"refresh_token": refresh_token, **_tokens_in(response, request)}
        if files is not None:
            files.write(self.tokens, self.identity_provider)

    def _take_over(self, stale: str) -> bool:
        kept = None if self.files is None else self.files.load()
        return kept is not None and kept.tokens.get("access_token", stale) != stale and self._adopt(kept)

    def _request(self, refresh_token: str) -> Request:
        headers: CIMultiDict[str] = CIMultiDict({"Accept": "application/json"})
        if self.identity_provider is None:
            headers["Content-Type"] = "application/json"
            body = msgspec.json.encode({"refresh_token": refresh_token})
            request = Request("POST", self.api_uri + _REFRESH, headers, body)
        else:
            request = self._request_of_provider(refresh_token, *self.identity_provider)
        request.marks = (Mark("body", "refresh_token", refresh_token),)  # never shown in errors
        return request

    @staticmethod
    def _request_of_provider(refresh_token: str, endpoint: str, client_id: str) -> Request:
        form = {"client_id": client_id, "grant_type": "refresh_token", "refresh_token": refresh_token}
        return form_request(endpoint, form)


def form_request(url: str, form: dict[str, str]) -> Request:
    """A POST of a form."""

    headers: CIMultiDict[str] = CIMultiDict(
        {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    )
    return Request("POST", url, headers, urlencode(form).encode())


def _tokens_in(response: Response, request: Request) -> dict[str, str]:
    if response.status >= 300:
        content = response.content
        for secret in request.secrets():  # a server may say what it was sent
            content = content.replace(secret.encode(), b"***")
        raise status_error(request, response.status, CIMultiDict(response.headers.items()), content=content)
    try:
        return tokens_of(msgspec.json.decode(response.content))
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise DecodeError(f"the answer to a refresh has no tokens in it: {error}").at(request) from None


def _seen(task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        task.exception()
