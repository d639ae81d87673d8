"""Queries of tabular data."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, cast, overload

from msgspec import UNSET

from specbind.bindings.viam.viam.app.data.v1 import (
    CaptureInterval,
    ExportTabularDataRequest,
    GetLatestTabularDataRequest,
    TabularDataByMQLRequest,
    TabularDataBySQLRequest,
    TabularDataSource,
    TabularDataSourceType,
)
from specbind.bindings.viam.viam.app.data.v1.services import (
    DATA_SERVICE_EXPORT_TABULAR_DATA,
    DATA_SERVICE_GET_LATEST_TABULAR_DATA,
    DATA_SERVICE_TABULAR_DATA_BY_MQL,
    DATA_SERVICE_TABULAR_DATA_BY_SQL,
)
from specbind.viam._calls import Calls
from specbind.viam._messages import instant, moment

from ._answers import documents_of
from ._arguments import documents, enum, only, optional, parameters
from .types import TabularDataPoint

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping
    from datetime import datetime

    from specbind.bindings._runtime.proto.message import JsonValue
    from specbind.bindings.viam.viam.app.data.v1 import ExportTabularDataResponse
    from specbind.viam.bson import BsonValue

    from ._arguments import Query

__all__ = ["QueryCalls"]


class QueryCalls(Calls):
    """Tabular data by SQL, by MQL, and as it was captured."""

    async def tabular_data_by_sql(self, organization_id: str, sql_query: str) -> list[dict[str, BsonValue]]:
        """Query the tabular data of an organization with SQL. Rpc DataService/TabularDataBySQL.

        Args:
            organization_id: UUID of the organization.
            sql_query: the query, in MongoDB's dialect of SQL.

        Returns:
            The results; times are in UTC, without a zone.

        Raises:
            RpcError: the platform refused.
            BsonDecodeError: a result is no BSON document.
        """
        request = TabularDataBySQLRequest(organization_id=organization_id, sql_query=sql_query)
        answer = await self._ask(DATA_SERVICE_TABULAR_DATA_BY_SQL, request)
        return documents_of("raw_data", answer.raw_data, DATA_SERVICE_TABULAR_DATA_BY_SQL)

    @overload
    async def tabular_data_by_mql(
        self,
        organization_id: str,
        query: Query,
        use_recent_data: bool | None = None,
        tabular_data_source_type: int = ...,
        pipeline_id: str | None = None,
        query_prefix_name: str | None = None,
    ) -> list[dict[str, BsonValue]]: ...

    @overload
    async def tabular_data_by_mql(
        self,
        organization_id: str,
        *,
        use_recent_data: bool | None = None,
        tabular_data_source_type: int = ...,
        pipeline_id: str | None = None,
        query_prefix_name: str | None = None,
        mql_binary: Query,
    ) -> list[dict[str, BsonValue]]: ...

    async def tabular_data_by_mql(
        self,
        organization_id: str,
        query: Query | None = None,
        use_recent_data: bool | None = None,
        tabular_data_source_type: int = TabularDataSourceType.TABULAR_DATA_SOURCE_TYPE_STANDARD,
        pipeline_id: str | None = None,
        query_prefix_name: str | None = None,
        *,
        mql_binary: Query | None = None,
    ) -> list[dict[str, BsonValue]]:
        """Query the tabular data of an organization with an aggregation of MongoDB. Rpc DataService/TabularDataByMQL.

        Args:
            organization_id: UUID of the organization.
            query: the stages, each a document or its BSON; at least one.
            use_recent_data: the old way to ask for the newest data only; it goes before `tabular_data_source_type`.
            tabular_data_source_type: a TabularDataSourceType: where to look.
            pipeline_id: identifier of the data pipeline whose results are asked for; needed for, and only for,
                TABULAR_DATA_SOURCE_TYPE_PIPELINE_SINK.
            query_prefix_name: name of a saved query that runs before this one.
            mql_binary: the old name of `query`.

        Returns:
            The results; times are in UTC, without a zone.

        Raises:
            TypeError: there is no query, or something in it is no document.
            BsonEncodeError: a value of the query has no form in BSON.
            RpcError: the platform refused.
            BsonDecodeError: a result is no BSON document.
        """
        stages = documents("query", only("tabular_data_by_mql", "query", query, "mql_binary", mql_binary))
        hot = TabularDataSourceType.TABULAR_DATA_SOURCE_TYPE_HOT_STORAGE
        source = enum(TabularDataSourceType, "tabular_data_source_type", tabular_data_source_type)
        request = TabularDataByMQLRequest(
            organization_id=organization_id,
            mql_binary=stages,
            data_source=TabularDataSource(type=hot if use_recent_data else source, pipeline_id=optional(pipeline_id)),
            query_prefix_name=optional(query_prefix_name),
        )
        answer = await self._ask(DATA_SERVICE_TABULAR_DATA_BY_MQL, request)
        return documents_of("raw_data", answer.raw_data, DATA_SERVICE_TABULAR_DATA_BY_MQL)

    @overload
    async def get_latest_tabular_data(
        self,
        part_id: str,
        resource_name: str,
        resource_api: str,
        method_name: str,
        additional_params: Mapping[str, JsonValue] | None = None,
    ) -> tuple[datetime | None, datetime | None, dict[str, JsonValue]] | None: ...

    @overload
    async def get_latest_tabular_data(
        self,
        part_id: str,
        resource_name: str,
        *,
        method_name: str,
        additional_params: Mapping[str, JsonValue] | None = None,
        resource_subtype: str,
    ) -> tuple[datetime | None, datetime | None, dict[str, JsonValue]] | None: ...

    async def get_latest_tabular_data(
        self,
        part_id: str,
        resource_name: str,
        resource_api: str | None = None,
        method_name: str | None = None,
        additional_params: Mapping[str, JsonValue] | None = None,
        *,
        resource_subtype: str | None = None,
    ) -> tuple[datetime | None, datetime | None, dict[str, JsonValue]] | None:
        """Get the newest row of one method of a resource. Rpc DataService/GetLatestTabularData.

        Args:
            part_id: identifier of the machine part.
            resource_name: name of the resource.
            resource_api: as `rdk:component:sensor`.
            method_name: method that captured, as `Readings`.
            additional_params: what the method was called with, where that tells rows apart.
            resource_subtype: the old name of `resource_api`.

        Returns:
            When it was captured, when it was uploaded (both in UTC, None if the platform does not say), and the row.
            None if there is no row of the last year, or if it is empty.

        Raises:
            TypeError: an argument is missing or of another type.
            RpcError: the platform refused.
            DecodeError: a time is not in the years 1 to 9999.
        """
        call = "get_latest_tabular_data"
        request = GetLatestTabularDataRequest(
            part_id=part_id,
            resource_name=resource_name,
            resource_subtype=only(call, "resource_api", resource_api, "resource_subtype", resource_subtype),
            method_name=only(call, "method_name", method_name, "method_name", None),
            additional_parameters=parameters("additional_params", additional_params),
        )
        answer = await self._ask(DATA_SERVICE_GET_LATEST_TABULAR_DATA, request)
        if answer.payload is UNSET or not answer.payload:  # as the official client
            return None
        rpc = DATA_SERVICE_GET_LATEST_TABULAR_DATA
        return moment(answer.time_captured, rpc), moment(answer.time_synced, rpc), answer.payload

    @overload
    async def export_tabular_data(
        self,
        part_id: str,
        resource_name: str,
        resource_api: str,
        method_name: str,
        start_time: datetime | None = None,
        end_time: datetime | None = None,
        additional_params: Mapping[str, JsonValue] | None = None,
    ) -> list[TabularDataPoint]: ...

    @overload
    async def export_tabular_data(
        self,
        part_id: str,
        resource_name: str,
        *,
        method_name: str,
        start_time: datetime | None = None,
        end_time: datetime | None = None,
        additional_params: Mapping[str, JsonValue] | None = None,
        resource_subtype: str,
    ) -> list[TabularDataPoint]: ...

    async def export_tabular_data(
        self,
        part_id: str,
        resource_name: str,
        resource_api: str | None = None,
        method_name: str | None = None,
        start_time: datetime | None = None,
        end_time: datetime | None = None,
        additional_params: Mapping[str, JsonValue] | None = None,
        *,
        resource_subtype: str | None = None,
    ) -> list[TabularDataPoint]:
        """Get every row that one method of a resource captured in an interval. Rpc DataService/ExportTabularData.

        All of them are held in memory; `export_tabular_data_rows` gives one after the other.

        Args:
            part_id: identifier of the machine part.
            resource_name: name of the resource.
            resource_api: as `rdk:component:sensor`.
            method_name: method that captured, as `Readings`.
            start_time: begin, None for the first row; without a zone it is UTC.
            end_time: end, None for the last row; as above.
            additional_params: what the method was called with, where that tells rows apart.
            resource_subtype: the old name of `resource_api`.

        Raises:
            TypeError: an argument is missing or of another type.
            RpcError: the platform refused.
            DecodeError: a time is not in the years 1 to 9999.
        """
        call = "export_tabular_data"
        rows = self.export_tabular_data_rows(
            part_id,
            resource_name,
            only(call, "resource_api", resource_api, "resource_subtype", resource_subtype),
            only(call, "method_name", method_name, "method_name", None),
            start_time,
            end_time,
            additional_params,
        )
        return [row async for row in rows]

    async def export_tabular_data_rows(
        self,
        part_id: str,
        resource_name: str,
        resource_api: str,
        method_name: str,
        start_time: datetime | None = None,
        end_time: datetime | None = None,
        additional_params: Mapping[str, JsonValue] | None = None,
    ) -> AsyncIterator[TabularDataPoint]:
        """As `export_tabular_data`, one row after the other as they come, in constant memory.

        Closing the iterator ends the call.
        """
        request = ExportTabularDataRequest(
            part_id=part_id,
            resource_name=resource_name,
            resource_subtype=resource_api,
            method_name=method_name,
            interval=CaptureInterval(start=instant("start_time", start_time), end=instant("end_time", end_time)),
            additional_parameters=parameters("additional_params", additional_params),
        )
        rows = self._transport.server_stream(DATA_SERVICE_EXPORT_TABULAR_DATA, request, metadata=self._metadata)
        async with aclosing(cast("AsyncGenerator[ExportTabularDataResponse]", rows)) as found:
            async for row in found:
                yield TabularDataPoint.from_proto(row)
