"""What all parts of the data client share: the services, and the metadata of every call."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from grpclib.client import Channel

from specbind.bindings._runtime.grpc.grpclib_transport import GrpclibTransport
from specbind.bindings.viam.viam.app.data.v1.services import DataServiceClient
from specbind.bindings.viam.viam.app.datapipelines.v1.services import DataPipelinesServiceClient
from specbind.bindings.viam.viam.app.dataset.v1.services import DatasetServiceClient
from specbind.bindings.viam.viam.app.datasync.v1.services import DataSyncServiceClient

from ._rpcs import READS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from specbind.bindings._runtime.grpc.rpc import GrpcTransport, Rpc
    from specbind.bindings._runtime.proto.message import Message

    from ._site import Site

__all__ = ["Calls"]

Q = TypeVar("Q", bound="Message")
A = TypeVar("A", bound="Message")


class Calls:
    """Base of the parts of `DataClient`, each of which holds the calls of one subject."""

    _site: Site | None = None

    def __init__(self, channel: Channel | GrpcTransport, metadata: Mapping[str, str]) -> None:
        """Make the calls over a channel, which stays the caller's to close.

        Args:
            channel: of grpclib, as the official client takes it, or a transport.
            metadata: sent with every call; `authorization` among it where the transport does not log in itself.
        """
        transport: GrpcTransport = (
            GrpclibTransport.over(channel, metadata=metadata, idempotent=READS)
            if isinstance(channel, Channel)
            else channel
        )
        self._transport = transport
        self._metadata = dict(metadata)
        self._data = DataServiceClient(transport)
        self._sync = DataSyncServiceClient(transport)
        self._datasets = DatasetServiceClient(transport)
        self._pipelines = DataPipelinesServiceClient(transport)

    async def _ask(self, rpc: Rpc[Q, A], request: Q) -> A:
        """Send one message, get one: without the warning that generated clients give for deprecated rpcs."""
        return await self._transport.unary(rpc, request, metadata=self._metadata)
