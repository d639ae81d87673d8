"""Data pipelines, and their runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.bindings.viam.viam.app.data.v1 import TabularDataSourceType
from specbind.bindings.viam.viam.app.datapipelines.v1 import (
    CreateDataPipelineRequest,
    DeleteDataPipelineRequest,
    DisableDataPipelineRequest,
    EnableDataPipelineRequest,
    GetDataPipelineRequest,
    ListDataPipelineRunsRequest,
    ListDataPipelinesRequest,
    RenameDataPipelineRequest,
)
from specbind.bindings.viam.viam.app.datapipelines.v1.services import (
    DATA_PIPELINES_SERVICE_CREATE_DATA_PIPELINE,
    DATA_PIPELINES_SERVICE_DELETE_DATA_PIPELINE,
    DATA_PIPELINES_SERVICE_DISABLE_DATA_PIPELINE,
    DATA_PIPELINES_SERVICE_ENABLE_DATA_PIPELINE,
    DATA_PIPELINES_SERVICE_GET_DATA_PIPELINE,
    DATA_PIPELINES_SERVICE_LIST_DATA_PIPELINE_RUNS,
    DATA_PIPELINES_SERVICE_LIST_DATA_PIPELINES,
    DATA_PIPELINES_SERVICE_RENAME_DATA_PIPELINE,
)
from specbind.core.arguments import whole
from specbind.viam._calls import Calls

from ._answers import present
from ._arguments import documents, enum
from .types import DataPipeline, DataPipelineRunsPage

if TYPE_CHECKING:
    from ._arguments import Query

__all__ = ["PipelineCalls"]


class PipelineCalls(Calls):
    """MQL queries that run by a schedule and keep what they give."""

    async def get_data_pipeline(self, id: str) -> DataPipeline:
        """Get a data pipeline. Rpc DataPipelinesService/GetDataPipeline.

        Raises:
            RpcError: the platform refused; RpcNotFoundError: there is none.
            BsonDecodeError: a stage of its query is no document.
        """
        answer = await self._ask(DATA_PIPELINES_SERVICE_GET_DATA_PIPELINE, GetDataPipelineRequest(id=id))
        message = present(DATA_PIPELINES_SERVICE_GET_DATA_PIPELINE, "data_pipeline", answer.data_pipeline)
        return DataPipeline.from_proto(message)

    async def list_data_pipelines(self, organization_id: str) -> list[DataPipeline]:
        """Get the data pipelines of an organization. Rpc DataPipelinesService/ListDataPipelines.

        Args:
            organization_id: UUID of the organization.

        Raises:
            RpcError: the platform refused.
            BsonDecodeError: a stage of a query is no document.
        """
        request = ListDataPipelinesRequest(organization_id=organization_id)
        answer = await self._ask(DATA_PIPELINES_SERVICE_LIST_DATA_PIPELINES, request)
        return [DataPipeline.from_proto(each) for each in answer.data_pipelines]

    async def create_data_pipeline(
        self,
        organization_id: str,
        name: str,
        mql_binary: Query,
        schedule: str,
        enable_backfill: bool,
        data_source_type: int = TabularDataSourceType.TABULAR_DATA_SOURCE_TYPE_STANDARD,
    ) -> str:
        """Make a data pipeline. Rpc DataPipelinesService/CreateDataPipeline.

        Args:
            organization_id: UUID of the organization.
            name: new in the organization.
            mql_binary: the stages of the query, each a document or its BSON.
            schedule: a cron expression in UTC, which also says how much time one run covers: `0 * * * *` runs each hour
                over the hour before.
            enable_backfill: whether it also runs for the time before it was made.
            data_source_type: a TabularDataSourceType: where the query looks.

        Returns:
            Its identifier.

        Raises:
            BsonEncodeError: a value of the query has no form in BSON.
            RpcError: the platform refused.
        """
        request = CreateDataPipelineRequest(
            organization_id=organization_id,
            name=name,
            mql_binary=documents("mql_binary", mql_binary),
            schedule=schedule,
            enable_backfill=enable_backfill,
            data_source_type=enum(TabularDataSourceType, "data_source_type", data_source_type),
        )
        return (await self._ask(DATA_PIPELINES_SERVICE_CREATE_DATA_PIPELINE, request)).id

    async def rename_data_pipeline(self, id: str, name: str) -> None:
        """Give a data pipeline another name. Rpc DataPipelinesService/RenameDataPipeline.

        Raises:
            ValueError: one of the arguments is empty.
            RpcError: the platform refused.
        """
        if not id or not name:
            raise ValueError("id and name are needed, and one of them is empty")
        await self._ask(DATA_PIPELINES_SERVICE_RENAME_DATA_PIPELINE, RenameDataPipelineRequest(id=id, name=name))

    async def delete_data_pipeline(self, id: str) -> None:
        """Delete a data pipeline with what it gave. Rpc DataPipelinesService/DeleteDataPipeline. Raises RpcError."""
        await self._ask(DATA_PIPELINES_SERVICE_DELETE_DATA_PIPELINE, DeleteDataPipelineRequest(id=id))

    async def enable_data_pipeline(self, id: str) -> None:
        """Let a data pipeline run again. Rpc DataPipelinesService/EnableDataPipeline. Raises RpcError."""
        await self._ask(DATA_PIPELINES_SERVICE_ENABLE_DATA_PIPELINE, EnableDataPipelineRequest(id=id))

    async def disable_data_pipeline(self, id: str) -> None:
        """Stop the runs of a data pipeline. Rpc DataPipelinesService/DisableDataPipeline. Raises RpcError."""
        await self._ask(DATA_PIPELINES_SERVICE_DISABLE_DATA_PIPELINE, DisableDataPipelineRequest(id=id))

    async def list_data_pipeline_runs(
        self, id: str, page_size: int = 10, *, page_token: str = ""
    ) -> DataPipelineRunsPage:
        """Get one page of the runs of a data pipeline, newest first. Rpc DataPipelinesService/ListDataPipelineRuns.

        Args:
            id: identifier of the pipeline.
            page_size: the most runs of a page, 0 for what the platform takes as usual.
            page_token: `next_page_token` of the page before, empty for the first.

        Returns:
            The page; `await page.next_page()` gives the next one, `async for run in page` all runs from here on.

        Raises:
            TypeError, ValueError: `page_size` is no whole number from 0 to 4,294,967,295.
            RpcError: the platform refused.
        """
        size = whole("page_size", page_size, least=0, most=2**32 - 1)
        request = ListDataPipelineRunsRequest(id=id, page_size=size, page_token=page_token)
        answer = await self._ask(DATA_PIPELINES_SERVICE_LIST_DATA_PIPELINE_RUNS, request)
        page = DataPipelineRunsPage.from_proto(answer, self, size)
        page.pipeline_id = page.pipeline_id or id
        return page
