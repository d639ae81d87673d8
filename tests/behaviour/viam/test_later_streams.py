"""Rows that come one by one, pages of runs, deadlines; and that no rpc is left out."""

from __future__ import annotations

import itertools

from msgspec import UNSET
from tests.behaviour.viam import test_later_calls, test_later_more
from tests.behaviour.viam.later_messages import MORNING, RUN, T1
from tests.behaviour.viam.recording import platform

from specbind.bindings.viam.viam.app.data import v1 as data
from specbind.bindings.viam.viam.app.data.v1.services import DataServiceServer
from specbind.bindings.viam.viam.app.datapipelines import v1 as pipelines
from specbind.bindings.viam.viam.app.datapipelines.v1.services import DataPipelinesServiceServer
from specbind.bindings.viam.viam.app.dataset.v1.services import DatasetServiceServer
from specbind.viam._later import DataPipelineRunsPage, TabularDataPoint

EXPORTED = data.ExportTabularDataResponse(
    part_id="p",
    resource_name="temp",
    resource_subtype="rdk:component:sensor",
    method_name="Readings",
    time_captured=T1,
    tags=["t"],
    payload={"value": 1.5},
)
POINT = TabularDataPoint(
    "p", "temp", "rdk:component:sensor", "Readings", MORNING, "", "", "", "", "", {}, ["t"], {"value": 1.5}
)


async def test_export_gives_every_row() -> None:
    async with platform() as server:
        server.answers["ExportTabularData"] = [EXPORTED] * 3
        found = await server.client.export_tabular_data("p", "temp", "s", "Readings", MORNING, None, {"a": [1.0]})
        assert found == [POINT] * 3
        expected = data.ExportTabularDataRequest(
            part_id="p",
            resource_name="temp",
            resource_subtype="s",
            method_name="Readings",
            interval=data.CaptureInterval(start=T1),
            additional_parameters={"a": [1.0]},
        )
        assert server.asked == [("ExportTabularData", expected)]
        await server.client.export_tabular_data("p", "temp", resource_subtype="s", method_name="m")
        request = server.asked[1][1]
        assert isinstance(request, data.ExportTabularDataRequest)
        assert (request.interval, request.additional_parameters) == (data.CaptureInterval(), UNSET)


async def test_rows_come_one_by_one_and_the_call_ends_with_the_iterator() -> None:
    async with platform() as server:
        server.answers["ExportTabularData"] = itertools.repeat(EXPORTED)  # without end
        rows = server.client.export_tabular_data_rows("p", "temp", "s", "m")
        assert await anext(rows) == POINT
        assert await anext(rows) == POINT
        await rows.aclose()  # type: ignore[attr-defined]  # it is a generator
        assert server.streamed > 2


async def test_pages_of_runs() -> None:
    async with platform() as server:
        first = pipelines.ListDataPipelineRunsResponse(pipeline_id="p", runs=[RUN, RUN], next_page_token="t")
        last = pipelines.ListDataPipelineRunsResponse(pipeline_id="p", runs=[RUN])
        server.answers["ListDataPipelineRuns"] = [first, last]
        page = await server.client.list_data_pipeline_runs("p", 2)
        assert (len(page.runs), page.pipeline_id, page.page_size, page.next_page_token) == (2, "p", 2, "t")
        assert (page.runs[0].start_time, page.runs[0].end_time) == (MORNING, None)
        second = await page.next_page()
        assert isinstance(second, DataPipelineRunsPage)
        assert (len(second.runs), second.next_page_token) == (1, "")
        assert (await second.next_page()).runs == []
        assert server.asked == [
            ("ListDataPipelineRuns", pipelines.ListDataPipelineRunsRequest(id="p", page_size=2)),
            ("ListDataPipelineRuns", pipelines.ListDataPipelineRunsRequest(id="p", page_size=2, page_token="t")),
        ]


async def test_all_runs() -> None:
    async with platform() as server:
        pages = [pipelines.ListDataPipelineRunsResponse(runs=[RUN], next_page_token=token) for token in ("a", "b", "")]
        server.answers["ListDataPipelineRuns"] = pages
        assert [run.id async for run in await server.client.list_data_pipeline_runs("p")] == ["r"] * 3


async def test_timeouts_go_along() -> None:
    async with platform() as server:
        await server.client.list_sequences("o", timeout=30)
        assert server.timeout is not None
        assert 0 < server.timeout <= 30


OLDER = (
    "TabularDataByFilter BinaryDataByFilter BinaryDataByIDs DeleteTabularData DeleteBinaryDataByFilter "
    "DeleteBinaryDataByIDs AddTagsToBinaryDataByIDs AddTagsToBinaryDataByFilter RemoveTagsFromBinaryDataByIDs "
    "RemoveTagsFromBinaryDataByFilter TagsByFilter AddBoundingBoxToImageByID RemoveBoundingBoxFromImageByID "
    "BoundingBoxLabelsByFilter GetDatabaseConnection ConfigureDatabaseUser"
).split()


def test_no_rpc_is_left_out() -> None:
    tried = {case[0] for case in (*test_later_calls.CASES, *test_later_more.CASES)}
    tried |= {"ExportTabularData", "ListDataPipelineRuns"}
    services = (DataServiceServer, DatasetServiceServer, DataPipelinesServiceServer)
    rpcs = {rpc.path.rpartition("/")[2] for service in services for rpc, _ in service.__rpcs__}
    assert rpcs - tried == set(OLDER)
