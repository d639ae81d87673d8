"""What all parts of the data client share: the services, and the metadata of every call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.bindings._runtime.grpc.grpclib_transport import GrpclibTransport
from specbind.bindings.viam.viam.app.data.v1.services import DataServiceClient
from specbind.bindings.viam.viam.app.datapipelines.v1.services import DataPipelinesServiceClient
from specbind.bindings.viam.viam.app.dataset.v1.services import DatasetServiceClient
from specbind.bindings.viam.viam.app.datasync.v1.services import DataSyncServiceClient

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grpclib.client import Channel
    from specbind.bindings._runtime.grpc.rpc import GrpcTransport

__all__ = ["Calls"]


class Calls:
    """Base of the parts of `DataClient`, each of which holds the calls of one subject."""

    def __init__(self, channel: Channel | GrpcTransport, metadata: Mapping[str, str]) -> None:
        """Make the calls over a channel, which stays the caller's to close.

        Args:
            channel: of grpclib, as the official client takes it, or a transport.
            metadata: sent with every call; `authorization` among it where the transport does not log in itself.
        """
        transport = channel if hasattr(channel, "unary") else GrpclibTransport.over(channel, metadata=metadata)
        self._transport = transport
        self._metadata = dict(metadata)
        self._data = DataServiceClient(transport)
        self._sync = DataSyncServiceClient(transport)
        self._datasets = DatasetServiceClient(transport)
        self._pipelines = DataPipelinesServiceClient(transport)
