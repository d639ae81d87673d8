"""The wire side of a server: the generated client, its life, and errors in the words of this package."""

from __future__ import annotations

import asyncio
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
from multidict import CIMultiDict

from specbind.bindings import supervisely
from specbind.bindings._runtime import (
    DecodeError,
    Error,
    LimitError,
    Request,
    RequestError,
    StatusError,
    Timeout,
    TransportError,
)
from specbind.bindings._runtime.errors import status_error
from specbind.core.errors import ArchiveError, DigestMismatchError, PageError, TransferError, TruncatedDownloadError
from specbind.core.loops import PerLoop
from specbind.core.retry import Retry, RetryPolicy
from specbind.supervisely.exceptions import (
    ApiAnswerError,
    ApiClosedError,
    ApiConnectionError,
    ApiStatusError,
    SuperviselyError,
)

from ._given import method_name

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from specbind.bindings._runtime import Response, Send
    from specbind.core.backoff import Backoff, Sleep

__all__ = ["Network", "Wire", "details_of", "server_url", "translated"]

_PATH = "/public/api/v3"
TOO_MANY = 429
_STATUSES = frozenset({408, 425, TOO_MANY, 499, 500, 502, 503, 504, 509, 598, 599})


def server_url(address: str) -> str:
    """The address of a server, with a scheme and without a slash at the end.

    Raises:
        ValueError: it is no address, or has a user, a query or a fragment.
    """
    text = address.strip().lstrip("/")
    text = text if "://" in text else f"{_scheme(text)}://{text}"
    try:
        parts = urlsplit(text)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits, parts = False, urlsplit("")
    if not fits or parts.username is not None or parts.query or parts.fragment or any(c.isspace() for c in text):
        message = "server_address is scheme, host and port, as in https://app.supervisely.com, without user and query"
        raise ValueError(message)
    return text.rstrip("/")


def _scheme(text: str) -> str:
    """https for a host without a scheme, so that no key travels in the open; http for this machine."""
    host = text.partition("/")[0]
    name = host.partition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]
    return "http" if name in ("localhost", "::1") or name.startswith("127.") else "https"


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """How requests travel."""

    attempts: int
    base: float
    timeout: float
    sleep: Sleep
    proxy: str | None = None
    trust_env: bool = False
    ssl: Any = True
    transport: Any = None

    @property
    def policy(self) -> RetryPolicy:
        """When a call that may be repeated is, and after how long."""
        return RetryPolicy(retries=max(0, self.attempts - 1), base=self.base, cap=60.0, statuses=_STATUSES)

    @property
    def backoff(self) -> Backoff:
        """The same for transfers."""
        return self.policy.backoff()


class _NotNow(RetryPolicy, frozen=True, kw_only=True):
    """Repeats what was answered with 429: the server says that it did not do it."""

    def retryable(self, error: Exception) -> bool:
        return isinstance(error, StatusError) and error.status == TOO_MANY


class _Throttled(Retry):
    """Makes also calls that may not be repeated again after a 429, as the server asks."""

    def __init__(self, network: Network) -> None:
        policy = network.policy
        wanted = _NotNow(retries=policy.retries, base=policy.base, cap=policy.cap, statuses=frozenset({TOO_MANY}))
        super().__init__(wanted, sleep=network.sleep)

    def _may_repeat(self, request: Request) -> bool:
        return request.repeatable and not request.idempotent


async def _at_home(request: Request, send: Send) -> Response:
    """Let only calls that give bytes be redirected to another origin, since storages are elsewhere."""
    request.same_origin = not request.stream
    return await send(request)


class _OnLoop:
    """What calls on one event loop share."""

    def __init__(self, client: supervisely.Client) -> None:
        self.client = client
        self.locks = weakref.WeakValueDictionary[str, asyncio.Lock]()

    async def close(self) -> None:
        await self.client.close()


class Wire:
    """The generated client of a server, made at the first call. One that nobody closes is closed when it is collected.

    Args:
        server: address of the server.
        token: key of the user, None for none.
        headers: further headers of every call.
        network: how requests travel.
    """

    def __init__(self, server: str, token: str | None, headers: Mapping[str, str], network: Network) -> None:
        self.server = server
        self.network = network
        self._token = token
        self._headers = dict(headers)
        self._loops = PerLoop[_OnLoop]()
        self._closed = False

    def lock(self, name: str) -> asyncio.Lock:
        """A lock that calls on the running event loop share, gone when nobody holds it."""
        return self._here().locks.setdefault(name, asyncio.Lock())

    def client(self) -> supervisely.Client:
        """The client on the running event loop. Raises ApiClosedError after `close`."""
        return self._here().client

    def _here(self) -> _OnLoop:
        if self._closed:
            raise ApiClosedError("the Api is closed; make a new one")
        return self._loops.get(lambda: _OnLoop(self._open()))

    def _open(self) -> supervisely.Client:
        network = self.network
        return supervisely.Client(
            self.server + _PATH,
            auth=supervisely.ApiKey(self._token) if self._token else None,
            headers=self._headers,
            timeout=Timeout(total=None, connect=network.timeout, read=network.timeout),
            middleware=[_at_home, Retry(network.policy, sleep=network.sleep), _Throttled(network)],
            transport=network.transport,
            proxy=network.proxy,
            trust_env=network.trust_env,
            ssl=network.ssl,
        )

    async def close(self) -> None:
        """Make no call any more, and close the connections of the running event loop; others go with this object."""
        self._closed = True
        await self._loops.close()

    async def post(self, method: str, body: object, *, idempotent: bool) -> tuple[int, Mapping[str, str], bytes]:
        """Call a method by its name with JSON; see `send`. Raises ValueError for what is no name."""
        method_name(method)
        return await self.send(method, "application/json", msgspec.json.encode(body), idempotent=idempotent)

    async def send(
        self, method: str, media: str, content: bytes, *, idempotent: bool = True
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Call a method by its name. Gives status, headers and bytes of the answer.

        Raises:
            StatusError: a status from 400 on.
            TransportError: no answer.
        """
        client = self.client()
        limits = Timeout(total=None, connect=self.network.timeout, read=self.network.timeout)
        address = f"{client.base_url}/{method}"
        request = Request("POST", address, None, content, idempotent=idempotent, timeout=limits, security=_KEY)
        request.headers["Content-Type"] = media
        response = await client.send(request)
        found = CIMultiDict(response.headers.items())
        if response.status >= 400:
            raise status_error(response.request or request, response.status, found, content=response.content)
        return response.status, response.headers, response.content


_KEY = (("apiKey",),)


@contextmanager
def translated() -> Generator[None, None, None]:
    """Raise errors of the layers below as those of this package, with the first as cause.

    Left as they are: RequestError, since the caller's argument is wrong and nothing was sent, and errors of this
    machine such as a full disk.
    """
    try:
        yield
    except RequestError:
        raise
    except StatusError as error:
        raise _told(_refused(error), error) from error
    except (TruncatedDownloadError, TransportError) as error:
        raise _told(ApiConnectionError(str(error)), error) from error
    except (DecodeError, LimitError, ArchiveError, DigestMismatchError, PageError, TransferError) as error:
        raise _told(ApiAnswerError(str(error)), error) from error
    except Error as error:
        raise _told(SuperviselyError(str(error)), error) from error


def _refused(error: StatusError) -> ApiStatusError:
    name, details = details_of(error)
    hint = " Is the token right?" if error.status in (401, 403) else ""
    return ApiStatusError(f"{error}{hint}", status=error.status, error=name, details=details)


def details_of(error: StatusError) -> tuple[str, object]:
    """What the server calls the error, and its particulars, if it says so in JSON."""
    try:
        found = msgspec.json.decode(error.content, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "", None
    name: object = found.get("error")
    return name if isinstance(name, str) else "", found.get("details")


def _told(error: SuperviselyError, cause: BaseException) -> SuperviselyError:
    """Keep the notes, such as which file was being sent."""
    for note in getattr(cause, "__notes__", ()):
        error.add_note(note)
    return error
