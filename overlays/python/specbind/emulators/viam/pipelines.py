"""Data pipelines: queries that run by a schedule, and what they gave."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from grpclib.exceptions import GRPCError
from msgspec import UNSET

from specbind.bindings._runtime.proto.wellknown import Timestamp
from specbind.bindings.viam.viam.app.data.v1 import TabularDataSourceType
from specbind.bindings.viam.viam.app.datapipelines.v1 import (
    CreateDataPipelineRequest,
    CreateDataPipelineResponse,
    DataPipeline,
    DataPipelineRun,
    DataPipelineRunStatus,
    DataPipelinesServiceServer,
    DeleteDataPipelineRequest,
    DeleteDataPipelineResponse,
    DisableDataPipelineRequest,
    DisableDataPipelineResponse,
    EnableDataPipelineRequest,
    EnableDataPipelineResponse,
    GetDataPipelineRequest,
    GetDataPipelineResponse,
    ListDataPipelineRunsRequest,
    ListDataPipelineRunsResponse,
    ListDataPipelinesRequest,
    ListDataPipelinesResponse,
    RenameDataPipelineRequest,
    RenameDataPipelineResponse,
)

from .filters import slice_of
from .mql import aggregate
from .queries import document_of, read_stages
from .refusals import conflict, invalid, wanted
from .schedule import Schedule
from .state import Pipeline

if TYPE_CHECKING:
    from datetime import datetime

    from specbind.bindings._runtime.grpc.rpc import ServerCall

    from .state import State

__all__ = ["Pipelines"]

_BACKFILLED = 12
_KEPT_RUNS = 1000
_SOURCES = (
    TabularDataSourceType.TABULAR_DATA_SOURCE_TYPE_STANDARD,
    TabularDataSourceType.TABULAR_DATA_SOURCE_TYPE_HOT_STORAGE,
)
_OPENING = 2


class Pipelines(DataPipelinesServiceServer):
    """The service of data pipelines.

    No clock ticks here: the runs that a schedule means are made up for when somebody asks.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    async def create_data_pipeline(
        self, request: CreateDataPipelineRequest, call: ServerCall
    ) -> CreateDataPipelineResponse:
        """Make a pipeline. A backfill runs it for the last twelve spans of its schedule."""
        organization = self._state.organization(request.organization_id)
        read_stages(request.mql_binary)
        schedule = Schedule(wanted("schedule", request.schedule))
        source = _SOURCES[0] if request.data_source_type in (UNSET, 0) else request.data_source_type
        if source not in _SOURCES:
            raise invalid("data_source_type is the standard or the hot one")
        now = self._state.clock()
        about = DataPipeline(
            id=self._state.new_id(),
            organization_id=organization,
            name=self._free_name(request.name, organization),
            mql_binary=list(request.mql_binary),
            schedule=request.schedule,
            enabled=True,
            created_on=Timestamp.from_datetime(now),
            updated_at=Timestamp.from_datetime(now),
            data_source_type=source,
        )
        pipeline = Pipeline(about, checked=now)
        self._state.pipelines[about.id] = pipeline
        if request.enable_backfill is True:
            moments = schedule.before(now, _BACKFILLED + 1)
            for begin, end in pairwise(moments):
                self._run(pipeline, begin, end, end)
        return CreateDataPipelineResponse(id=about.id)

    async def get_data_pipeline(self, request: GetDataPipelineRequest, call: ServerCall) -> GetDataPipelineResponse:
        """One pipeline."""
        return GetDataPipelineResponse(data_pipeline=self._state.pipeline(request.id).about)

    async def list_data_pipelines(
        self, request: ListDataPipelinesRequest, call: ServerCall
    ) -> ListDataPipelinesResponse:
        """The pipelines of an organization, in the order in which they were made."""
        organization = self._state.organization(request.organization_id)
        found = [pipeline.about for pipeline in self._state.pipelines.values()]
        return ListDataPipelinesResponse(
            data_pipelines=[each for each in found if each.organization_id == organization]
        )

    async def rename_data_pipeline(
        self, request: RenameDataPipelineRequest, call: ServerCall
    ) -> RenameDataPipelineResponse:
        """Give a pipeline another name."""
        about = self._state.pipeline(request.id).about
        about.name = self._free_name(request.name, about.organization_id, but=about.id)
        about.updated_at = self._state.timestamp()
        return RenameDataPipelineResponse()

    async def delete_data_pipeline(
        self, request: DeleteDataPipelineRequest, call: ServerCall
    ) -> DeleteDataPipelineResponse:
        """Delete a pipeline with what it gave."""
        del self._state.pipelines[self._state.pipeline(request.id).about.id]
        return DeleteDataPipelineResponse()

    async def enable_data_pipeline(
        self, request: EnableDataPipelineRequest, call: ServerCall
    ) -> EnableDataPipelineResponse:
        """Let a pipeline run from now on."""
        pipeline = self._state.pipeline(request.id)
        if not pipeline.about.enabled:
            pipeline.checked = self._state.clock()
        self._switch(pipeline, enabled=True)
        return EnableDataPipelineResponse()

    async def disable_data_pipeline(
        self, request: DisableDataPipelineRequest, call: ServerCall
    ) -> DisableDataPipelineResponse:
        """Stop the runs of a pipeline."""
        pipeline = self._state.pipeline(request.id)
        self._make_up(pipeline)
        self._switch(pipeline, enabled=False)
        return DisableDataPipelineResponse()

    async def list_data_pipeline_runs(
        self, request: ListDataPipelineRunsRequest, call: ServerCall
    ) -> ListDataPipelineRunsResponse:
        """One page of runs, the newest first."""
        pipeline = self._state.pipeline(request.id)
        self._make_up(pipeline)
        runs = pipeline.runs[::-1]
        page, following = slice_of(runs, request.page_token, request.page_size, self._state.page_size)
        return ListDataPipelineRunsResponse(pipeline_id=pipeline.about.id, runs=page, next_page_token=following)

    def _switch(self, pipeline: Pipeline, *, enabled: bool) -> None:
        pipeline.about.enabled = enabled
        pipeline.about.updated_at = self._state.timestamp()

    def _make_up(self, pipeline: Pipeline) -> None:
        """Run a pipeline for what its schedule meant since somebody asked last."""
        now = self._state.clock()
        if not pipeline.about.enabled:
            return
        schedule = Schedule(pipeline.about.schedule)
        for moment in schedule.between(pipeline.checked, now)[-_KEPT_RUNS:]:
            moments = schedule.before(moment, _OPENING)
            self._run(pipeline, moments[0], moment, moment)
        pipeline.checked = now

    def _run(self, pipeline: Pipeline, begin: datetime, end: datetime, at: datetime) -> None:
        """Send the rows of a span through the query, and keep what comes out."""
        source = pipeline.about.data_source_type
        run = DataPipelineRun(
            id=self._state.new_id(),
            start_time=Timestamp.from_datetime(at),
            end_time=Timestamp.from_datetime(at),
            data_start_time=Timestamp.from_datetime(begin),
            data_end_time=Timestamp.from_datetime(end),
            status=DataPipelineRunStatus.DATA_PIPELINE_RUN_STATUS_COMPLETED,
            data_source_type=_SOURCES[0] if source is UNSET else source,
        )
        rows = [
            document_of(row)
            for row in self._state.rows
            if row.capture.part.organization_id == pipeline.about.organization_id
            and begin <= row.received.to_datetime() < end
        ]
        try:
            pipeline.sink += aggregate(rows, read_stages(pipeline.about.mql_binary))
        except GRPCError as error:  # a value that does not fit its operator
            run.status = DataPipelineRunStatus.DATA_PIPELINE_RUN_STATUS_FAILED
            run.error_message = error.message or ""
        pipeline.runs.append(run)

    def _free_name(self, name: str, organization: str, *, but: str = "") -> str:
        wanted("name", name)
        for pipeline in self._state.pipelines.values():
            about = pipeline.about
            if about.organization_id == organization and about.name == name and about.id != but:
                raise conflict(f"a data pipeline with the name {name[:60]!r} is there already")
        return name
