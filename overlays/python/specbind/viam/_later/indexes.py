"""Indexes of collections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from specbind.bindings.viam.viam.app.data.v1 import (
    CreateIndexRequest,
    DeleteIndexRequest,
    IndexableCollection,
    ListIndexesRequest,
)
from specbind.bindings.viam.viam.app.data.v1.services import (
    DATA_SERVICE_CREATE_INDEX,
    DATA_SERVICE_DELETE_INDEX,
    DATA_SERVICE_LIST_INDEXES,
)
from specbind.viam._calls import Calls

from ._arguments import documents, enum, optional

if TYPE_CHECKING:
    from collections.abc import Sequence

    from specbind.bindings.viam.viam.app.data.v1 import Index
    from specbind.viam.bson import BsonDocument

__all__ = ["IndexCalls"]


class IndexCalls(Calls):
    """Indexes of an organization's own over its newest data, or over what a data pipeline gave."""

    async def create_index(
        self,
        organization_id: str,
        collection_type: int,
        index_spec: BsonDocument | Sequence[BsonDocument | bytes],
        pipeline_name: str | None = None,
    ) -> None:
        """Start to build an index. Rpc DataService/CreateIndex.

        Args:
            organization_id: UUID of the organization.
            collection_type: an IndexableCollection.
            index_spec: what is indexed, as `{"data.readings.t": 1}`; or a list of that and the options of MongoDB.
            pipeline_name: name of the data pipeline, where its results are the collection.

        Raises:
            BsonEncodeError: a value has no form in BSON.
            RpcError: the platform refused.
        """
        request = CreateIndexRequest(
            organization_id=organization_id,
            collection_type=enum(IndexableCollection, "collection_type", collection_type),
            index_spec=documents("index_spec", [index_spec] if isinstance(index_spec, Mapping) else index_spec),
            pipeline_name=optional(pipeline_name),
        )
        await self._ask(DATA_SERVICE_CREATE_INDEX, request)

    async def list_indexes(
        self, organization_id: str, collection_type: int, pipeline_name: str | None = None
    ) -> list[Index]:
        """Get the indexes of a collection. Rpc DataService/ListIndexes.

        Arguments and errors are those of `create_index`; `index_spec` of an index is BSON, which
        `specbind.viam.bson.decode` reads.
        """
        request = ListIndexesRequest(
            organization_id=organization_id,
            collection_type=enum(IndexableCollection, "collection_type", collection_type),
            pipeline_name=optional(pipeline_name),
        )
        return (await self._ask(DATA_SERVICE_LIST_INDEXES, request)).indexes

    async def delete_index(
        self, organization_id: str, collection_type: int, index_name: str, pipeline_name: str | None = None
    ) -> None:
        """Drop an index. Rpc DataService/DeleteIndex. Arguments and errors are those of `create_index`."""
        request = DeleteIndexRequest(
            organization_id=organization_id,
            collection_type=enum(IndexableCollection, "collection_type", collection_type),
            index_name=index_name,
            pipeline_name=optional(pipeline_name),
        )
        await self._ask(DATA_SERVICE_DELETE_INDEX, request)
