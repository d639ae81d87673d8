"""The wire side of a node: its address, the generated client, and errors in the words of this package."""

from __future__ import annotations

import re
from contextlib import contextmanager
from ipaddress import IPv6Address
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from specbind.bindings import nodeodx
from specbind.bindings._runtime import (
    ConnectError,
    DeadlineError,
    DecodeError,
    LimitError,
    RedirectError,
    RequestError,
    StatusError,
    Timeout,
    TransportError,
)
from specbind.bindings.nodeodx import models
from specbind.core.errors import (
    ArchiveError,
    DigestMismatchError,
    TransferError,
    TruncatedDownloadError,
    UnexpectedReplyError,
)
from specbind.core.loops import PerLoop
from specbind.nodeodx.exceptions import GenericError, NodeConnectionError, NodeResponseError, NodeServerError

if TYPE_CHECKING:
    import ssl as ssl_module
    from collections.abc import Generator, Mapping

    from specbind.bindings._runtime import Transport

    from .node import Node

__all__ = [
    "Address",
    "Connection",
    "client_of",
    "failure_of",
    "nothing_kept",
    "passes",
    "plain_host",
    "time_limits",
    "translated",
    "unanswered",
]

_NOT_IN_HOST = re.compile(r"[\s/?#@\\]")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Address(msgspec.Struct, frozen=True):
    """Where a node is, and the token that it wants."""

    scheme: str
    host: str
    port: int
    path: str = ""
    token: str = ""

    @classmethod
    def parse(cls, url: str) -> Address:
        """Read `scheme://host:port/path?token=value`. Raises ValueError when that is not what it is."""
        parts = urlsplit(url if "://" in url else f"http://{url}")
        scheme = parts.scheme.lower()
        if scheme not in _DEFAULT_PORTS:
            raise ValueError(f"a node's URL begins with http:// or https://, not with {parts.scheme}://")
        if not parts.hostname:
            raise ValueError("a node's URL needs a host, as in http://localhost:3000")
        if parts.username is not None:
            raise ValueError("a node takes a token (?token=...), not a user name and password in its URL")
        port = _DEFAULT_PORTS[scheme] if parts.port is None else parts.port
        token = parse_qs(parts.query).get("token", [""])[0]
        return cls(scheme, parts.hostname, port, parts.path.rstrip("/"), token)

    @property
    def base_url(self) -> str:
        """URL that paths are added to, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"

    def url(self, path: str, query: Mapping[str, object]) -> str:
        """URL of a path of the node, with the token."""
        members = {**query, "token": self.token} if self.token else dict(query)
        text = urlencode(members)
        return f"{self.base_url}/{path.removeprefix('/')}" + (f"?{text}" if text else "")


def plain_host(host: str) -> str:
    """A host without brackets. Raises ValueError for a URL, or a host with a port."""
    bare = host.removeprefix("[").removesuffix("]")
    if "://" in host or not bare or _NOT_IN_HOST.search(bare):
        raise ValueError("the host of a node is a name or an IP address; for a URL there is Node.from_url(url)")
    if ":" in bare:
        try:
            IPv6Address(bare)
        except ValueError:
            message = f"{bare!r} is no IPv6 address; give the port by itself, or a URL to Node.from_url(url)"
            raise ValueError(message) from None
    return bare


def time_limits(timeout: float) -> Timeout:
    """Limits of a call: `timeout` seconds to connect and for each silence, none in all."""
    return Timeout(total=None, connect=timeout, read=timeout)


class _Root:
    """The generated client on one event loop, and the last one that was made of it."""

    def __init__(self, root: nodeodx.Client) -> None:
        self._root = root
        self._client = root
        self._made_for: tuple[Address, float] | None = None

    def client(self, address: Address, timeout: float) -> nodeodx.Client:
        if self._made_for != (address, timeout):
            auth = nodeodx.Token(address.token) if address.token else None
            self._client = self._root.with_options(base_url=address.base_url, auth=auth, timeout=time_limits(timeout))
            self._made_for = address, timeout
        return self._client

    async def close(self) -> None:
        await self._root.close()


class Connection:
    """The generated client of a node, made at the first call and kept while loop, address and timeout stay the same.

    A connection that nobody closes is closed when it is collected, and at the end of the program behind a
    synchronous face.
    """

    def __init__(
        self, *, proxy: str | None, trust_env: bool, ssl: ssl_module.SSLContext | bool, transport: Transport | None
    ) -> None:
        self._proxy = proxy
        self._trust_env = trust_env
        self._ssl = ssl
        self._transport = transport
        self._roots = PerLoop[_Root]()

    def __getstate__(self) -> dict[str, object]:
        """A copy opens connections of its own."""
        return {**self.__dict__, "_roots": PerLoop[_Root]()}

    def client(self, address: Address, timeout: float) -> nodeodx.Client:
        """The client for an address; `timeout` bounds connecting and each silence, in seconds."""
        return self._roots.get(lambda: _Root(self._open(address))).client(address, timeout)

    def _open(self, address: Address) -> nodeodx.Client:
        return nodeodx.Client(
            address.base_url,
            transport=self._transport,
            proxy=self._proxy,
            trust_env=self._trust_env,
            ssl=self._ssl,
        )

    async def close(self) -> None:
        """Close the connections of the running event loop."""
        await self._roots.close()


def client_of(node: Node) -> nodeodx.Client:
    """The generated client of a node, for the tasks on it."""
    return node._client()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - within this package, not for callers


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
        raise _from_status(error) from error
    except (TruncatedDownloadError, TransportError) as error:
        kind = NodeServerError if isinstance(error, RedirectError) else NodeConnectionError
        raise _told(kind(str(error)), error) from error
    except (DecodeError, LimitError, ArchiveError, DigestMismatchError, UnexpectedReplyError) as error:
        raise _told(NodeServerError(str(error)), error) from error
    except TransferError as error:
        raise _told(GenericError(str(error)), error) from error


def _from_status(error: StatusError) -> GenericError:
    failure = failure_of(error)
    found: GenericError
    if error.status in (200, 403) and failure is not None:
        found = NodeResponseError(failure.error, no_retry=failure.no_retry is True)
    elif error.status == 401:
        found = NodeResponseError(f"Unauthorized. Is a token missing? {error}")
    elif error.status == 403:
        found = NodeResponseError(f"Forbidden: {error}")
    else:
        found = NodeServerError(str(error))
    return _told(found, error)


def _told(error: GenericError, cause: BaseException) -> GenericError:
    """Keep the notes, such as which file was being sent."""
    for note in getattr(cause, "__notes__", ()):
        error.add_note(note)
    return error


def failure_of(error: StatusError) -> models.Failure | None:
    """The node's own words in an answer that is an error, if there are any."""
    if isinstance(error.body, models.Failure):
        return error.body
    try:
        return msgspec.json.decode(error.content, type=models.Failure)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def nothing_kept(error: Exception) -> bool:
    """Whether it is certain that the node kept nothing of the request, so that sending it again cannot double it.

    That is so only when no connection was made. A status proves nothing: a node may store a file and fail
    afterwards, and a proxy may answer 500, 503 or 429 for a request that it has passed on.
    """
    if isinstance(error, DeadlineError):
        return error.limit in ("connect", "pool")
    return isinstance(error, ConnectError)


def passes(error: BaseException | None) -> bool:
    """Whether an error of the layers below may be gone at the next try."""
    if isinstance(error, StatusError):
        failure = failure_of(error)
        if error.status == 200 and failure is not None:
            # these two are the node's own; a proxy reports its troubles in the same form
            final = failure.error.startswith("Invalid authentication") or failure.error.endswith(" not found")
            return not final and failure.no_retry is not True
        return error.status in (408, 425, 429) or error.status >= 500
    if isinstance(error, RedirectError | RequestError):
        return False
    return isinstance(error, TransportError | DecodeError)


def unanswered(error: Exception) -> bool:
    """Whether a call may be repeated that a node refuses for good, as with options that do not fit."""
    return passes(error) and not (isinstance(error, StatusError) and error.status == 200)
