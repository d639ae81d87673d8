"""What the calls give where the official client has classes of its own. Times are in UTC, without a zone."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from msgspec import UNSET

from specbind.bindings.viam.viam.app.data.v1 import TabularDataSourceType
from specbind.core.errors import PageLoopError
from specbind.viam._messages import moment

from ._answers import documents_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime
    from typing import Self

    from specbind.bindings._runtime.proto.message import JsonValue
    from specbind.bindings.viam.viam.app.data.v1 import ExportTabularDataResponse, Query
    from specbind.bindings.viam.viam.app.datapipelines.v1 import DataPipeline as DataPipelineMessage
    from specbind.bindings.viam.viam.app.datapipelines.v1 import DataPipelineRun as DataPipelineRunMessage
    from specbind.bindings.viam.viam.app.datapipelines.v1 import DataPipelineRunStatus, ListDataPipelineRunsResponse
    from specbind.viam.bson import BsonValue

__all__ = ["DataPipeline", "DataPipelineRun", "DataPipelineRunsPage", "SavedQuery", "TabularDataPoint"]


@dataclass
class TabularDataPoint:
    """One row with what is known about it.

    Attributes:
        part_id: identifier of the machine part.
        resource_name: name of the resource.
        resource_api: as `rdk:component:sensor`.
        method_name: method that captured.
        time_captured: when; None if the platform does not say.
        organization_id: identifier of the organization.
        location_id: identifier of the location.
        robot_name: name of the machine.
        robot_id: identifier of the machine.
        part_name: name of the machine part.
        method_parameters: what the method was called with.
        tags: tags.
        payload: the row; numbers are `float`, null is None.
    """

    part_id: str
    resource_name: str
    resource_api: str
    method_name: str
    time_captured: datetime | None
    organization_id: str
    location_id: str
    robot_name: str
    robot_id: str
    part_name: str
    method_parameters: Mapping[str, JsonValue]
    tags: list[str]
    payload: Mapping[str, JsonValue]

    @classmethod
    def from_proto(cls, row: ExportTabularDataResponse) -> Self:
        """Make it of the message. Raises DecodeError for a time out of range."""
        return cls(
            part_id=row.part_id,
            resource_name=row.resource_name,
            resource_api=row.resource_subtype,
            method_name=row.method_name,
            time_captured=moment(row.time_captured),
            organization_id=row.organization_id,
            location_id=row.location_id,
            robot_name=row.robot_name,
            robot_id=row.robot_id,
            part_name=row.part_name,
            method_parameters={} if row.method_parameters is UNSET else row.method_parameters,
            tags=row.tags,
            payload={} if row.payload is UNSET else row.payload,
        )

    @property
    def resource_subtype(self) -> str:
        """The old name of `resource_api`."""
        warnings.warn("resource_subtype has become resource_api", DeprecationWarning, stacklevel=2)
        return self.resource_api


@dataclass
class DataPipeline:
    """An MQL query that runs by a schedule.

    Attributes:
        id: identifier.
        organization_id: identifier of the organization.
        name: name, new in the organization.
        mql_binary: the stages of the query.
        schedule: a cron expression in UTC.
        created_on: when it was made; None if the platform does not say.
        updated_at: when it was changed last, as above.
        enabled: whether it runs.
        data_source_type: where the query looks.
    """

    id: str
    organization_id: str
    name: str
    mql_binary: list[dict[str, BsonValue]]
    schedule: str
    created_on: datetime | None
    updated_at: datetime | None
    enabled: bool
    data_source_type: TabularDataSourceType

    @classmethod
    def from_proto(cls, data_pipeline: DataPipelineMessage) -> Self:
        """Make it of the message. Raises BsonDecodeError if a stage is no document."""
        source = data_pipeline.data_source_type
        return cls(
            id=data_pipeline.id,
            organization_id=data_pipeline.organization_id,
            name=data_pipeline.name,
            mql_binary=documents_of("mql_binary", data_pipeline.mql_binary),
            schedule=data_pipeline.schedule,
            created_on=moment(data_pipeline.created_on),
            updated_at=moment(data_pipeline.updated_at),
            enabled=data_pipeline.enabled,
            data_source_type=TabularDataSourceType(0) if source is UNSET else source,
        )


@dataclass
class DataPipelineRun:
    """One run of a data pipeline.

    Attributes:
        id: identifier.
        status: how far it is.
        start_time: when it began, None if it has not.
        end_time: when it was done, None if it is not.
        data_start_time: begin of the data that it looks at, None if the platform does not say.
        data_end_time: end of that data, as above.
        error_message: what went wrong, empty if nothing did.
        data_source_type: where the query looked.
    """

    id: str
    status: DataPipelineRunStatus
    start_time: datetime | None
    end_time: datetime | None
    data_start_time: datetime | None
    data_end_time: datetime | None
    error_message: str
    data_source_type: TabularDataSourceType

    @classmethod
    def from_proto(cls, data_pipeline_run: DataPipelineRunMessage) -> Self:
        """Make it of the message. Raises DecodeError for a time out of range."""
        return cls(
            id=data_pipeline_run.id,
            status=data_pipeline_run.status,
            start_time=moment(data_pipeline_run.start_time),
            end_time=moment(data_pipeline_run.end_time),
            data_start_time=moment(data_pipeline_run.data_start_time),
            data_end_time=moment(data_pipeline_run.data_end_time),
            error_message=data_pipeline_run.error_message,
            data_source_type=data_pipeline_run.data_source_type,
        )


class ListsRuns(Protocol):
    """The client, as a page needs it."""

    async def list_data_pipeline_runs(
        self, id: str, page_size: int = 10, *, page_token: str = ""
    ) -> DataPipelineRunsPage:
        """Give one page."""
        ...


@dataclass
class DataPipelineRunsPage:
    """One page of the runs of a data pipeline. `async for` gives these runs and those of all later pages.

    Attributes:
        pipeline_id: identifier of the pipeline.
        page_size: the most runs of a page.
        runs: the runs.
        next_page_token: where the next page begins, empty on the last one.
    """

    _client: ListsRuns
    pipeline_id: str
    page_size: int
    runs: list[DataPipelineRun]
    next_page_token: str

    @classmethod
    def from_proto(
        cls, data_pipeline_runs_page: ListDataPipelineRunsResponse, client: ListsRuns, page_size: int
    ) -> Self:
        """Make it of the message. Raises DecodeError for a time out of range."""
        return cls(
            client,
            data_pipeline_runs_page.pipeline_id,
            page_size,
            [DataPipelineRun.from_proto(run) for run in data_pipeline_runs_page.runs],
            data_pipeline_runs_page.next_page_token,
        )

    async def next_page(self) -> DataPipelineRunsPage:
        """Get the next page; behind the last one there are only empty pages, and nothing is asked for.

        Raises:
            Those of `list_data_pipeline_runs`.
        """
        if not self.next_page_token:
            return type(self)(self._client, self.pipeline_id, self.page_size, [], "")
        return await self._client.list_data_pipeline_runs(
            self.pipeline_id, self.page_size, page_token=self.next_page_token
        )

    async def __aiter__(self) -> AsyncIterator[DataPipelineRun]:
        """The runs of this page and of all later ones.

        Raises:
            PageLoopError: the platform gives a page a second time.
        """
        page, seen = self, {""}
        while True:
            for run in page.runs:
                yield run
            if not page.next_page_token:
                return
            if page.next_page_token in seen:
                raise PageLoopError("the platform names a page of runs that was read before")
            seen.add(page.next_page_token)
            page = await page.next_page()


@dataclass
class SavedQuery:
    """An MQL query that is kept under a name.

    Attributes:
        id: identifier.
        organization_id: identifier of the organization.
        name: name.
        mql_binary: the stages of the query.
        created_on: when it was made; None if the platform does not say.
        updated_at: when it was changed last, as above.
    """

    id: str
    organization_id: str
    name: str
    mql_binary: list[dict[str, BsonValue]]
    created_on: datetime | None
    updated_at: datetime | None

    @classmethod
    def from_proto(cls, query: Query) -> Self:
        """Make it of the message. Raises BsonDecodeError if a stage is no document."""
        return cls(
            id=query.id,
            organization_id=query.organization_id,
            name=query.name,
            mql_binary=documents_of("mql_binary", query.mql_binary),
            created_on=moment(query.created_on),
            updated_at=moment(query.updated_at),
        )
