"""Queries that the platform keeps under a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.bindings.viam.viam.app.data.v1 import (
    CreateSavedQueryRequest,
    DeleteSavedQueryRequest,
    GetSavedQueryRequest,
    ListSavedQueriesRequest,
    UpdateSavedQueryRequest,
)
from specbind.bindings.viam.viam.app.data.v1.services import (
    DATA_SERVICE_CREATE_SAVED_QUERY,
    DATA_SERVICE_DELETE_SAVED_QUERY,
    DATA_SERVICE_GET_SAVED_QUERY,
    DATA_SERVICE_LIST_SAVED_QUERIES,
    DATA_SERVICE_UPDATE_SAVED_QUERY,
)
from specbind.core.arguments import whole
from specbind.viam._calls import Calls

from ._answers import present
from ._arguments import documents
from .types import SavedQuery

if TYPE_CHECKING:
    from ._arguments import Query

__all__ = ["SavedQueryCalls"]


class SavedQueryCalls(Calls):
    """Saved queries; the official client has no calls for them."""

    async def create_saved_query(self, organization_id: str, name: str, mql_binary: Query) -> str:
        """Keep a query. Rpc DataService/CreateSavedQuery.

        Args:
            organization_id: UUID of the organization.
            name: new in the organization.
            mql_binary: the stages, each a document or its BSON.

        Returns:
            Its identifier.

        Raises:
            BsonEncodeError: a value of the query has no form in BSON.
            RpcError: the platform refused.
        """
        stages = documents("mql_binary", mql_binary)
        request = CreateSavedQueryRequest(organization_id=organization_id, name=name, mql_binary=stages)
        return (await self._ask(DATA_SERVICE_CREATE_SAVED_QUERY, request)).id

    async def update_saved_query(self, id: str, name: str, mql_binary: Query) -> None:
        """Change name and stages of a saved query. Rpc DataService/UpdateSavedQuery.

        Both are replaced. Errors are those of `create_saved_query`.
        """
        request = UpdateSavedQueryRequest(id=id, name=name, mql_binary=documents("mql_binary", mql_binary))
        await self._ask(DATA_SERVICE_UPDATE_SAVED_QUERY, request)

    async def get_saved_query(self, id: str) -> SavedQuery:
        """Get a saved query. Rpc DataService/GetSavedQuery.

        Raises:
            RpcError: the platform refused; RpcNotFoundError: there is none.
            BsonDecodeError: a stage is no document.
        """
        answer = await self._ask(DATA_SERVICE_GET_SAVED_QUERY, GetSavedQueryRequest(id=id))
        return SavedQuery.from_proto(present(DATA_SERVICE_GET_SAVED_QUERY, "saved_query", answer.saved_query))

    async def delete_saved_query(self, id: str) -> None:
        """Delete a saved query. Rpc DataService/DeleteSavedQuery. Raises RpcError."""
        await self._ask(DATA_SERVICE_DELETE_SAVED_QUERY, DeleteSavedQueryRequest(id=id))

    async def list_saved_queries(self, organization_id: str, limit: int | None = None) -> list[SavedQuery]:
        """Get the saved queries of an organization. Rpc DataService/ListSavedQueries.

        Args:
            organization_id: UUID of the organization.
            limit: the most queries, None for what the platform takes as usual.

        Raises:
            TypeError, ValueError: `limit` is no whole number from 1 on.
            RpcError: the platform refused.
            BsonDecodeError: a stage is no document.
        """
        most = 0 if limit is None else whole("limit", limit, least=1, most=2**63 - 1)
        request = ListSavedQueriesRequest(organization_id=organization_id, limit=most)
        answer = await self._ask(DATA_SERVICE_LIST_SAVED_QUERIES, request)
        return [SavedQuery.from_proto(query) for query in answer.queries]
