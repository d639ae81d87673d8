"""The client."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from specbind.bindings._runtime import Error
from specbind.bindings.vantiq.operations import calls, resources
from specbind.core import arguments as given
from specbind.vantiq.log_settings import apply_log_settings
from specbind.vantiq.resources import VantiqResources
from specbind.vantiq.response import VantiqResponse

from ._caller import checked_json, refusal
from ._content import Contents
from ._listening import Listening
from ._paths import checked_id, fault
from ._records import Records
from ._session import Session, failed

if TYPE_CHECKING:
    import ssl as ssl_module
    from types import TracebackType
    from typing import Self

    from specbind.bindings._runtime import Transport

__all__ = ["Vantiq"]

_PUBLISHED = (VantiqResources.SERVICES, VantiqResources.SOURCES, VantiqResources.TOPICS)
_VERSION = "1"


class Vantiq(Records, Contents, Listening):
    """A client of a Vantiq server.

    Use it as `async with`, or call `close` at the end; a closed client can be connected again. Every call that has no
    answer raises VantiqException; an answer that says no is a VantiqResponse with `errors`.

    Args:
        server: URL of the server; it may have a path.
        api_version: version of the API, `1` by default.
        timeout: seconds to wait for each further piece of an answer; above 0.
        retries: how often a call that only reads is tried again.
        proxy: URL of an HTTP proxy.
        trust_env: take a proxy from the environment.
        ssl: certificates for https and wss; False checks nothing.
        heartbeat: seconds between pings of the websocket; above 0.
        reconnect: bring the websocket back after a loss, with all subscriptions.
        queue_size: frames that wait for a slow callback, for each subscription.
        transport: what sends requests, in place of connections of its own.

    Raises:
        TypeError: an argument is of another type.
        ValueError: `server` is no URL of http or https, or another argument is out of range.
    """

    def __init__(
        self,
        server: str,
        api_version: str | None = None,
        *,
        timeout: float = 300,
        retries: int = 2,
        proxy: str | None = None,
        trust_env: bool = True,
        ssl: ssl_module.SSLContext | bool = True,
        heartbeat: float = 20,
        reconnect: bool = True,
        queue_size: int = 1000,
        transport: Transport | None = None,
    ) -> None:
        self._server = _server(given.text("server", server))
        self._api_version = given.optional_text("api_version", api_version) or _VERSION
        if not self._api_version.replace(".", "").isalnum():
            raise ValueError(f"a version of the API is a number such as 1, not {self._api_version!r}")
        patience = given.number("timeout", timeout, unit="seconds", positive=True)
        self._session = Session(
            self._server,
            timeout=patience,
            retries=given.whole("retries", retries, least=0),
            proxy=proxy,
            trust_env=trust_env,
            ssl=ssl,
            transport=transport,
        )
        self._heartbeat = given.number("heartbeat", heartbeat, unit="seconds", positive=True)
        self._patience = min(30.0, patience)
        self._reconnect = reconnect
        self._queue_size = given.whole("queue_size", queue_size, least=1)
        self._subscriber = None
        self._starting = None
        self._on_close = None
        apply_log_settings(Path("logging.ini"))

    def __repr__(self) -> str:
        return f"Vantiq({self._server!r}, {self._api_version!r}), authenticated: {self.is_authenticated()}"

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # --- who asks whom

    async def connect(self) -> None:
        """Get ready to ask the server. Done by other calls where it was not; a second time does nothing."""
        self._session.connect()

    async def close(self) -> None:
        """End all subscriptions and downloads, forget the token and close the connections. May be called twice."""
        subscriber, self._subscriber = self._subscriber, None
        if subscriber is not None:
            await subscriber.close()
        await self._session.close()

    def get_server(self) -> str:
        """URL of the server, without a slash at the end."""
        return self._server

    def get_api_version(self) -> str:
        """Version of the API."""
        return self._api_version

    async def set_access_token(self, access_token: str) -> None:
        """Ask with this token from now on. Whether the server takes it, the next call shows.

        Raises:
            VantiqException: it cannot be a token.
        """
        try:
            self._session.use_token(access_token)
        except (Error, TypeError, ValueError) as error:
            raise failed("set_access_token", error) from error

    def get_access_token(self) -> str | None:
        """The token that is asked with, None without one."""
        return self._session.token

    def get_id_token(self) -> str | None:
        """The token that says who the user is, None without one."""
        return self._session.id_token

    def set_username(self, username: str) -> None:
        """Ask in the name of this user; the token must allow it."""
        self._session.username = username
        self._session.impersonates = username is not None  # pyright: ignore[reportUnnecessaryComparison] - from callers

    def get_username(self) -> str | None:
        """Name of the user, None where none was told."""
        return self._session.username

    def set_target_namespace(self, namespace: str | None) -> None:
        """Ask about this namespace from now on; None means that of the token."""
        self._session.namespace = namespace

    def get_target_namespace(self) -> str | None:
        """The namespace that is asked about, None for that of the token."""
        return self._session.namespace

    def is_authenticated(self) -> bool:
        """Whether there is a token."""
        return self._session.token is not None

    async def authenticate(self, username: str, password: str) -> None:
        """Get a token for a user, and ask with it from now on. The password is not kept.

        Raises:
            VantiqException: the server says no, or nothing.
        """
        await self._session.authenticate(username, password)

    async def refresh(self) -> None:
        """Get a new token for the present one.

        Raises:
            VantiqException: there is none, or the server says no, or nothing.
        """
        await self._session.refresh()

    # --- calls and messages

    async def query(self, source_id: str, query: dict[str, Any] | list[Any]) -> VantiqResponse:
        """Ask a source, in its own words. Errors as in `select`."""
        path = (self._api_version, checked_id("query", source_id))
        body = checked_json("query", {} if query is None else query)  # pyright: ignore[reportUnnecessaryComparison] - from callers
        return await self._session.call("query", calls.QUERY, path, body=body)

    async def execute(
        self, procedure_id: str, params: dict[str, Any] | None, headers: Mapping[str, str] | None = None
    ) -> VantiqResponse:
        """Run a procedure; the answer has what it returns. It is never sent twice. Errors as in `select`.

        Args:
            procedure_id: name of the procedure.
            params: its arguments by name; None means none.
            headers: further headers; those that the call needs stay as they are.
        """
        path = (self._api_version, checked_id("execute", procedure_id))
        body = checked_json("execute", {} if params is None else params)
        if headers is not None and not isinstance(headers, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] - from callers
            raise fault("argument.invalid", "{0} is a dict, not {1}.", "headers", type(headers).__name__)
        return await self._session.call("execute", calls.EXECUTE, path, body=body, extra_headers=headers)

    async def publish(self, resource: str, resource_id: str, msg: dict[str, Any]) -> VantiqResponse:
        """Send a message to a topic (`/some/topic`), a source, or an event of a service (`service/event`).

        Returns:
            The answer, or a failure of status 400 for another resource than TOPICS, SOURCES or SERVICES.

        Raises:
            VantiqException: as in `select`.
        """
        if resource not in _PUBLISHED:
            message = "The publish operation can be performed only on the following resources: {0}"
            return VantiqResponse.from_error(refusal("publish.invalidresource", message, list(_PUBLISHED)))
        body = {} if msg is None else msg  # pyright: ignore[reportUnnecessaryComparison] - from callers
        return await self._ask("publish", calls.PUBLISH, resource, resource_id, body=body)

    async def get_namespace_users(self, namespace: str) -> VantiqResponse:
        """Users that may enter a namespace: a list of `username` and `preferredUsername`. Errors as in `select`."""
        path = (self._api_version, checked_id("getNamespaceUsers", namespace))
        return await self._session.call("getNamespaceUsers", resources.GET_NAMESPACE_USERS, path)


def _server(server: str) -> str:
    try:
        parts = urlsplit(server)
        port_is_good = parts.port is None or parts.port > 0
    except ValueError as error:
        raise ValueError(f"{_shown(server)!r} is no URL: {_shown(str(error))}") from None
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname or not port_is_good:
        raise ValueError(f"a server is a URL such as https://dev.vantiq.com, not {_shown(server)!r}")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("the URL of a server has no user name, no query and no fragment; call authenticate for a user")
    return server.rstrip("/")


def _shown(server: str) -> str:
    """A server as an error tells it, without what stands in front of an @."""
    scheme, mark, rest = server.rpartition("://")
    return f"{scheme}{mark}...@{rest.rpartition('@')[2]}" if "@" in rest else server
