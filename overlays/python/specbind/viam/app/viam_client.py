"""A connection to the platform, under the name of the official one."""

from __future__ import annotations

import asyncio
import ssl
from copy import copy
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from specbind.bindings._runtime.grpc.grpclib_errors import RpcConnectError, RpcError, RpcLostError, RpcServerError
from specbind.bindings._runtime.grpc.retries import RpcRetries
from specbind.viam._home import Home
from specbind.viam._login import HOST, Connection, key_of_environment
from specbind.viam.app.data_client import LOGGER, DataClient
from specbind.viam.errors import InsecureConnectionError
from specbind.viam.rpc.dial import Credentials, DialOptions

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self, Unpack

    from specbind.viam._options import CallOptions

__all__ = ["ViamClient"]

_WAITS = RpcRetries(attempts=100)


class ViamClient:
    """A connection to the platform; `data_client` uses it. Close it, or use it in an `async with`.

    It is made by `create_from_dial_options` or `create_from_env_vars`.
    """

    _data_client: DataClient
    _connection: Connection
    _home: Home
    _closed: bool = False

    @classmethod
    async def create_from_dial_options(
        cls, dial_options: DialOptions, app_url: str | None = None, **options: Unpack[CallOptions]
    ) -> Self:
        """Connect and log in.

        Args:
            dial_options: who logs in, and how.
            app_url: name or URL of the platform, `app.viam.com` unless stated; its port is 443, with `insecure` 80,
                unless stated.
            options: `timeout`, `keepalive`, `retries`, `compression`, `max_receive_size`, `max_send_size` of the
                calls; see `specbind.viam.ConnectOptions`.

        Raises:
            ValueError: credentials or entity are missing, or the credentials are those of a machine.
            InsecureConnectionError: the platform speaks no TLS, and that was not allowed.
            RpcUnauthorizedError: the key is refused. RpcError: the platform cannot be reached.
        """
        if not isinstance(dial_options, DialOptions):  # pyright: ignore[reportUnnecessaryIsInstance] - no checker
            raise TypeError(f"dial_options is a DialOptions, not {type(dial_options).__name__}")
        if dial_options.credentials is None:
            raise ValueError("dial_options.credentials cannot be None.")
        if dial_options.credentials.type == "robot-secret":
            raise ValueError("dial_options.credentials.type cannot be 'robot-secret'")
        if dial_options.auth_entity is None:
            raise ValueError("dial_options.auth_entity cannot be None.")
        client = cls()
        client._connection = await _opened(dial_options, app_url or HOST, options)
        client._home = Home(asyncio.get_running_loop())
        client._data_client = DataClient._over(client._connection, owned=False)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        return client

    @classmethod
    async def create_from_env_vars(
        cls, dial_options: DialOptions | None = None, app_url: str | None = None, **options: Unpack[CallOptions]
    ) -> Self:
        """Connect with the key in VIAM_API_KEY and VIAM_API_KEY_ID.

        Args:
            dial_options: how to connect; what it says of credentials and entity does not count.
            app_url: as above.
            options: as above.

        Raises:
            ValueError: one of the variables is not set. Others as above.
        """
        key, identifier = key_of_environment()
        dialled = DialOptions() if dial_options is None else copy(dial_options)
        dialled.credentials = Credentials(type="api-key", payload=key)
        dialled.auth_entity = identifier
        return await cls.create_from_dial_options(dialled, app_url, **options)

    @property
    def data_client(self) -> DataClient:
        """The calls on captured data, over this connection."""
        return self._data_client

    def close(self) -> None:
        """Close the connection; a second time does nothing."""
        if self._closed:
            LOGGER.debug("ViamClient is already closed.")
            return
        self._closed = True
        self._home.end(self._connection.channel.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


async def _opened(dialled: DialOptions, url: str, options: CallOptions) -> Connection:
    """Connect as often as the options say; without TLS where the server has none and they allow that."""
    failures = 0
    while True:
        try:
            return await _logged_in(dialled, url, options, tls=not dialled.insecure)
        except (RpcConnectError, RpcLostError, RpcServerError) as error:
            if _speaks_no_tls(error):
                if not dialled.allow_insecure_with_creds_downgrade:
                    message = f"{url} speaks no TLS, and the credentials do not go in the clear unless that is allowed"
                    raise InsecureConnectionError(message) from error
                LOGGER.warning("%s speaks no TLS: the credentials go in the clear, as dial_options allow", url)
                return await _logged_in(dialled, url, options, tls=False)
            failures += 1
            if failures == dialled.initial_connection_attempts or not _may_pass(error):
                raise
        await asyncio.sleep(_WAITS.wait(min(failures, 64)) or 0)


def _may_pass(error: RpcError) -> bool:
    """Whether it may be otherwise in a second."""
    if isinstance(error.__cause__, ssl.SSLCertVerificationError):
        return False
    return isinstance(error, RpcConnectError | RpcLostError) or error.code == "UNAVAILABLE"


async def _logged_in(dialled: DialOptions, url: str, options: CallOptions, *, tls: bool) -> Connection:
    parts = urlsplit(url if "://" in url else f"//{url}")
    if not parts.hostname:
        raise ValueError(f"app_url is the name of the platform, as app.viam.com, not {url!r}")
    secret = dialled.credentials
    return await Connection.open(
        "" if secret is None else secret.payload,
        dialled.auth_entity or "",
        once=True,  # it is repeated here
        login_timeout=dialled.initial_connection_attempt_timeout,
        host=parts.hostname,
        port=parts.port or (80 if dialled.insecure else 443),
        tls=tls,
        insecure=not tls,
        **options,
    )


def _speaks_no_tls(error: BaseException) -> bool:
    cause = error.__cause__
    return isinstance(cause, ssl.SSLError) and cause.reason in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"}
