"""Queries over rows, stored queries, indexes, and the way to the database."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from msgspec import UNSET

from specbind.bindings.viam.viam.app.data.v1 import (
    ConfigureDatabaseUserRequest,
    ConfigureDatabaseUserResponse,
    CreateIndexRequest,
    CreateIndexResponse,
    CreateSavedQueryRequest,
    CreateSavedQueryResponse,
    DataServiceServer,
    DeleteIndexRequest,
    DeleteIndexResponse,
    DeleteSavedQueryRequest,
    DeleteSavedQueryResponse,
    GetDatabaseConnectionRequest,
    GetDatabaseConnectionResponse,
    GetSavedQueryRequest,
    GetSavedQueryResponse,
    Index,
    IndexableCollection,
    IndexCreator,
    ListIndexesRequest,
    ListIndexesResponse,
    ListSavedQueriesRequest,
    ListSavedQueriesResponse,
    Query,
    TabularDataByMQLRequest,
    TabularDataByMQLResponse,
    TabularDataBySQLRequest,
    TabularDataBySQLResponse,
    TabularDataSource,
    TabularDataSourceType,
    UpdateSavedQueryRequest,
    UpdateSavedQueryResponse,
)

from .documents import read, write
from .mql import aggregate
from .refusals import conflict, exhausted, invalid, unknown, wanted
from .sql import stages_of
from .tabular import plain_parameters

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from specbind.bindings._runtime.grpc.rpc import ServerCall

    from .documents import Document, Value
    from .records import Row
    from .state import State

__all__ = ["QueryCalls", "document_of", "read_stages"]

_MOST_STAGES = 100
_SINK = IndexableCollection.INDEXABLE_COLLECTION_PIPELINE_SINK
_COLLECTIONS = (IndexableCollection.INDEXABLE_COLLECTION_HOT_STORE, _SINK)


class QueryCalls(DataServiceServer):
    """What the data service does with queries, indexes and the database."""

    _state: State

    # --- queries

    async def tabular_data_by_sql(self, request: TabularDataBySQLRequest, call: ServerCall) -> TabularDataBySQLResponse:
        """Answer a query of the small part of SQL that is known here."""
        organization = self._state.organization(request.organization_id)
        stages = stages_of(wanted("sql_query", request.sql_query))
        return TabularDataBySQLResponse(raw_data=self._written(aggregate(self._readings(organization), stages)))

    async def tabular_data_by_mql(self, request: TabularDataByMQLRequest, call: ServerCall) -> TabularDataByMQLResponse:
        """Answer an aggregation of the small part of MQL that is known here."""
        organization = self._state.organization(request.organization_id)
        stages = read_stages(request.mql_binary)
        if request.query_prefix_name is not UNSET and request.query_prefix_name:
            stages = read_stages(self._saved(organization, request.query_prefix_name).mql_binary) + stages
        documents = self._documents(organization, request.data_source if request.data_source is not UNSET else None)
        return TabularDataByMQLResponse(raw_data=self._written(aggregate(documents, stages)))

    def _readings(self, organization: str) -> list[Document]:
        return [document_of(row) for row in self._state.rows if row.capture.part.organization_id == organization]

    def _documents(self, organization: str, source: TabularDataSource | None) -> list[Document]:
        if source is None or source.type is not TabularDataSourceType.TABULAR_DATA_SOURCE_TYPE_PIPELINE_SINK:
            return self._readings(organization)
        pipeline = self._state.pipeline("" if source.pipeline_id is UNSET else source.pipeline_id)
        if pipeline.about.organization_id != organization:
            raise unknown("data pipeline", pipeline.about.id)
        return pipeline.sink

    def _written(self, documents: Iterable[Document]) -> list[bytes]:
        found = [write(document) for document in documents]
        if (size := sum(map(len, found))) > self._state.max_message:
            raise exhausted(size, self._state.max_message)
        return found

    # --- stored queries

    async def create_saved_query(self, request: CreateSavedQueryRequest, call: ServerCall) -> CreateSavedQueryResponse:
        """Store a query."""
        organization = self._state.organization(request.organization_id)
        read_stages(request.mql_binary)
        now = self._state.timestamp()
        query = Query(
            id=self._state.new_id(),
            organization_id=organization,
            name=self._free_name(request.name, organization),
            mql_binary=list(request.mql_binary),
            created_on=now,
            updated_at=now,
        )
        self._state.queries[query.id] = query
        return CreateSavedQueryResponse(id=query.id)

    async def update_saved_query(self, request: UpdateSavedQueryRequest, call: ServerCall) -> UpdateSavedQueryResponse:
        """Give a stored query another name and other stages."""
        query = self._state.query(request.id)
        read_stages(request.mql_binary)
        query.name = self._free_name(request.name, query.organization_id, but=query.id)
        query.mql_binary = list(request.mql_binary)
        query.updated_at = self._state.timestamp()
        return UpdateSavedQueryResponse()

    async def get_saved_query(self, request: GetSavedQueryRequest, call: ServerCall) -> GetSavedQueryResponse:
        """One stored query."""
        return GetSavedQueryResponse(saved_query=self._state.query(request.id))

    async def delete_saved_query(self, request: DeleteSavedQueryRequest, call: ServerCall) -> DeleteSavedQueryResponse:
        """Delete a stored query."""
        del self._state.queries[self._state.query(request.id).id]
        return DeleteSavedQueryResponse()

    async def list_saved_queries(self, request: ListSavedQueriesRequest, call: ServerCall) -> ListSavedQueriesResponse:
        """The stored queries of an organization, in the order in which they were made."""
        organization = self._state.organization(request.organization_id)
        if request.limit < 0:
            raise invalid("limit is not negative")
        found = [query for query in self._state.queries.values() if query.organization_id == organization]
        return ListSavedQueriesResponse(queries=found[: request.limit or None])

    def _saved(self, organization: str, name: str) -> Query:
        for query in self._state.queries.values():
            if query.organization_id == organization and query.name == name:
                return query
        raise unknown("saved query", name)

    def _free_name(self, name: str, organization: str, *, but: str = "") -> str:
        wanted("name", name)
        for query in self._state.queries.values():
            if query.organization_id == organization and query.name == name and query.id != but:
                raise conflict(f"a saved query with the name {name[:60]!r} is there already")
        return name

    # --- indexes

    async def create_index(self, request: CreateIndexRequest, call: ServerCall) -> CreateIndexResponse:
        """Note an index; queries are no faster for it."""
        organization = self._collection(request)
        if not request.index_spec:
            raise invalid("index_spec is required")
        name = _index_name([read(document) for document in request.index_spec])
        if any(index.index_name == name for index in self._indexes(organization, request)):
            raise conflict(f"an index with the name {name[:60]!r} is there already")
        index = Index(
            collection_type=request.collection_type,
            pipeline_name=request.pipeline_name,
            index_name=name,
            index_spec=list(request.index_spec),
            created_by=IndexCreator.INDEX_CREATOR_CUSTOMER,
        )
        self._state.indexes.append((organization, index))
        return CreateIndexResponse()

    async def list_indexes(self, request: ListIndexesRequest, call: ServerCall) -> ListIndexesResponse:
        """The indexes of a collection."""
        return ListIndexesResponse(indexes=self._indexes(self._collection(request), request))

    async def delete_index(self, request: DeleteIndexRequest, call: ServerCall) -> DeleteIndexResponse:
        """Drop an index."""
        organization = self._collection(request)
        wanted("index_name", request.index_name)
        for index in self._indexes(organization, request):
            if index.index_name == request.index_name:
                self._state.indexes.remove((organization, index))
                return DeleteIndexResponse()
        raise unknown("index", request.index_name)

    def _collection(self, request: CreateIndexRequest | ListIndexesRequest | DeleteIndexRequest) -> str:
        """Check which collection is meant; gives its organization."""
        organization = self._state.organization(request.organization_id)
        if request.collection_type not in _COLLECTIONS:
            raise invalid("collection_type is required")
        if request.collection_type is _SINK:
            name = wanted("pipeline_name", "" if request.pipeline_name is UNSET else request.pipeline_name)
            pipelines = (pipeline.about for pipeline in self._state.pipelines.values())
            if not any(each.organization_id == organization and each.name == name for each in pipelines):
                raise unknown("data pipeline", name)
        return organization

    def _indexes(
        self, organization: str, request: CreateIndexRequest | ListIndexesRequest | DeleteIndexRequest
    ) -> list[Index]:
        pipeline = request.pipeline_name or UNSET
        return [
            index
            for owner, index in self._state.indexes
            if owner == organization
            and index.collection_type is request.collection_type
            and (request.collection_type is not _SINK or index.pipeline_name == pipeline)
        ]

    # --- the database

    async def configure_database_user(
        self, request: ConfigureDatabaseUserRequest, call: ServerCall
    ) -> ConfigureDatabaseUserResponse:
        """Make the database user; the password is checked and forgotten."""
        organization = self._state.organization(request.organization_id)
        password = wanted("password", request.password)
        if len(password) < 8 or not all(re.search(kind, password) for kind in ("[A-Z]", "[0-9]", "[^A-Za-z0-9]")):
            raise invalid(
                "password has at least 8 characters, among them an upper-case letter, a digit and a special character"
            )
        self._state.database_users.add(organization)
        return ConfigureDatabaseUserResponse()

    async def get_database_connection(
        self, request: GetDatabaseConnectionRequest, call: ServerCall
    ) -> GetDatabaseConnectionResponse:
        """Where the database would be; there is none behind the emulator."""
        organization = self._state.organization(request.organization_id)
        host = f"{organization}.data.invalid"
        return GetDatabaseConnectionResponse(
            hostname=host,
            mongodb_uri=f"mongodb://db-user-{organization}:PASSWORD@{host}/?ssl=true&authSource=admin",
            has_database_user=organization in self._state.database_users,
        )


def read_stages(stages: Sequence[bytes]) -> list[Document]:
    """The stages of an aggregation. Raises INVALID_ARGUMENT where there is none, or one is no document."""
    if not stages:
        raise invalid("mql_binary is required")
    if len(stages) > _MOST_STAGES:
        raise invalid(f"mql_binary has more than {_MOST_STAGES} stages")
    found = [read(stage) for stage in stages]
    aggregate([], found)  # what is not supported is told at once
    return found


def document_of(row: Row) -> Document:
    """A row as queries see it."""
    part, capture = row.capture.part, row.capture
    received = row.received.to_datetime()
    return {
        "organization_id": part.organization_id,
        "location_id": part.location_id,
        "robot_id": part.robot_id,
        "part_id": part.id,
        "component_type": capture.component_type,
        "component_name": capture.component_name,
        "method_name": capture.method,
        "capture_day": received.replace(hour=0, minute=0, second=0, microsecond=0),
        "time_requested": row.requested.to_datetime(),
        "time_received": received,
        "tags": cast("list[Value]", list(capture.tags)),
        "additional_parameters": cast("Document", plain_parameters(capture.parameters)),
        "data": cast("Document", row.data),
    }


def _index_name(documents: Sequence[Document]) -> str:
    """The name that the options state, or one of the keys and their directions."""
    first = documents[0]
    nested = first.get("keys", first.get("key"))
    keys = nested if isinstance(nested, dict) else first
    for document in (*documents[1:], first.get("options"), first if keys is nested else None):
        if isinstance(document, dict) and isinstance(name := document.get("name"), str) and name:
            return wanted("name", name)
    if not keys:
        raise invalid("index_spec names no keys")
    return wanted("name", "_".join(f"{key}_{value!s}" for key, value in keys.items()))
