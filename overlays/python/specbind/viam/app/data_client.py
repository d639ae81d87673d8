"""The client of captured data, under the module name of the official one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from specbind.viam import _results as results
from specbind.viam._boxes import BoundingBoxes
from specbind.viam._database import Database
from specbind.viam._filter_call import MakesFilters
from specbind.viam._folders import Folders
from specbind.viam._later import LaterCalls
from specbind.viam._login import Connection, key_of_environment
from specbind.viam._tabular import Tabular
from specbind.viam._tags import Tags
from specbind.viam._uploads import Uploads

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self, TypeAlias, Unpack

    from grpclib.client import Channel

    from specbind.bindings._runtime.grpc.rpc import GrpcTransport
    from specbind.viam._options import ConnectOptions

__all__ = ["LOGGER", "DataClient"]

LOGGER = logging.getLogger(__name__)


class DataClient(Tabular, Folders, Tags, BoundingBoxes, Uploads, Database, LaterCalls, MakesFilters):
    """Uploads captured data, and finds it again.

        async with await DataClient.from_api_key(api_key, api_key_id) as client:
            async for row in client.tabular_data(F.component_name == "sensor-1"):
                ...

    Made by `from_api_key` or `from_env_vars` it has a connection of its own: close it, or use it in a `with` statement.
    A channel that it is given stays the caller's.
    """

    TabularData: TypeAlias = results.TabularData
    """A row, as the calls give it."""
    BinaryData: TypeAlias = results.BinaryData
    """Binary data, as the calls give it."""

    _own: Channel | None = None

    def __init__(self, channel: Channel | GrpcTransport, metadata: Mapping[str, str]) -> None:
        """Make a client over a channel.

        Args:
            channel: of grpclib, as the official client takes it, or a transport.
            metadata: sent with every call: `{"authorization": "Bearer ..."}`.
        """
        super().__init__(channel, metadata)

    @classmethod
    def _over(cls, connection: Connection, *, owned: bool) -> Self:
        """Make a client of a connection that is logged in; an owned one ends with the client."""
        client = cls(connection.transport, {})
        client._site = connection.site
        client._own = connection.channel if owned else None
        client._home.belongs_here()
        return client

    @classmethod
    async def from_api_key(
        cls,
        api_key: str,
        api_key_id: str,
        **options: Unpack[ConnectOptions],
    ) -> Self:
        """Connect and log in. The token is renewed before it ends, and when the platform refuses it.

        Args:
            api_key: the key.
            api_key_id: its identifier.
            options: `host`, `port`, `tls`, `insecure`, `timeout`, `keepalive`, `retries`, `compression`,
                `max_receive_size`, `max_send_size`; see `specbind.viam.ConnectOptions`.

        Raises:
            ValueError: an argument makes no sense, or the key would go in the clear.
            RpcUnauthorizedError: the key is refused. RpcError: the platform cannot be reached.
        """
        return cls._over(await Connection.open(api_key, api_key_id, **options), owned=True)

    @classmethod
    async def from_env_vars(cls, **options: Unpack[ConnectOptions]) -> Self:
        """Connect with the key in VIAM_API_KEY and VIAM_API_KEY_ID. Options and errors as of `from_api_key`.

        Raises:
            ValueError: one of the variables is not set.
        """
        return await cls.from_api_key(*key_of_environment(), **options)

    async def close(self) -> None:
        """Close the connection if the client has its own; calls that run end with an error."""
        if self._own is not None:
            self._home.end(self._own.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()
