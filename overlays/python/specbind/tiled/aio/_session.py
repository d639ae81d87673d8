"""Who the requests are from: nobody, the owner of an API key, or a session with tokens."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlencode

import msgspec
from multidict import CIMultiDict

from specbind.bindings._runtime import Credential, Request
from specbind.bindings._runtime.header_text import header_value
from specbind.bindings._runtime.http import Mark
from specbind.tiled._tokens import TokenFiles, tokens_of
from specbind.tiled.exceptions import CannotRefreshAuthentication

if TYPE_CHECKING:
    from specbind.bindings._runtime import Response, Send

__all__ = ["Session"]

_REFRESH = "auth/session/refresh"
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
        self.api_key = api_key
        self.tokens: dict[str, str] = {}
        self.files: TokenFiles | None = None
        self.identity_provider: tuple[str, str] | None = None
        """Token endpoint and client id, where an identity provider itself refreshes."""
        self._refreshing: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def __getstate__(self) -> dict[str, object]:
        """Tokens stay out of pickles, which people keep in odd places; a copy reads the files again."""
        return {**self.__dict__, "tokens": {}, "_refreshing": None, "_loop": None}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        if self.files is not None:
            self.tokens = self.files.read()

    @property
    def refreshable(self) -> bool:
        """Whether a new access token can be had after a 401."""
        return self.api_key is None and "refresh_token" in self.tokens

    def sign(self, request: Request) -> None:
        """Set Authorization, if there is anything to say."""
        secret = self.api_key or self.tokens.get("access_token")
        if secret is None:
            return
        kind = "Apikey" if self.api_key else "Bearer"
        request.headers["Authorization"] = header_value("Authorization", f"{kind} {secret}")
        request.marks += (Mark("header", "Authorization", secret),)

    def use(self, tokens: dict[str, str], files: TokenFiles | None) -> None:
        """Sign with these tokens from now on, and keep them in `files`."""
        self.tokens, self.files = dict(tokens), files
        if files is not None:
            files.write(self.tokens)

    def forget(self) -> None:
        """Drop the tokens, in memory and in files."""
        self.tokens = {}
        if self.files is not None:
            self.files.clear()

    async def renew(self, stale: str, send: Send) -> None:
        """Get a new access token unless somebody did since `stale` was sent. All callers share one request.

        Raises:
            CannotRefreshAuthentication: the session has ended.
        """
        loop = asyncio.get_running_loop()
        task = self._refreshing
        if task is None or task.done() or self._loop is not loop:
            if self.tokens.get("access_token") not in (stale, None):
                return
            task = self._refreshing = loop.create_task(self._refresh(stale, send))
            task.add_done_callback(_seen)
            self._loop = loop
        await asyncio.shield(task)  # a caller that goes away does not lose the new token for the others

    async def _refresh(self, stale: str, send: Send) -> None:
        if self.files is not None:
            on_disk = self.files.read()  # another process may have been faster, and used up our refresh token
            if on_disk.get("access_token", stale) != stale:
                self.tokens = on_disk
                return
        refresh_token = self.tokens.get("refresh_token")
        if refresh_token is None:
            raise CannotRefreshAuthentication(_ENDED)
        response = await send(self._request(refresh_token))
        if response.status in (400, 401):
            self.forget()
            raise CannotRefreshAuthentication(_ENDED)
        tokens = _tokens_in(response)
        self.tokens = {"refresh_token": refresh_token, **tokens}
        if self.files is not None:
            self.files.write(self.tokens)

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


def _tokens_in(response: Response) -> dict[str, str]:
    if response.status >= 300:
        raise CannotRefreshAuthentication(f"the server answered {response.status} to a refresh; try again later")
    try:
        return tokens_of(msgspec.json.decode(response.content))
    except (msgspec.DecodeError, ValueError) as error:
        raise CannotRefreshAuthentication(f"the answer to a refresh has no tokens in it: {error}") from None


def _seen(task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        task.exception()
