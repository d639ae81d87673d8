"""Every call of later versions: the request that it sends, and the result that it gives."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from msgspec import UNSET
from tests.behaviour.viam.recording import platform

from specbind.bindings._runtime.proto.message import decode as decode_message
from specbind.bindings._runtime.proto.wellknown import FieldMask, Timestamp
from specbind.bindings.viam.viam.app.data import v1 as data
from specbind.bindings.viam.viam.app.datapipelines import v1 as pipelines
from specbind.bindings.viam.viam.app.dataset import v1 as datasets
from specbind.viam._later import DataPipeline, DataPipelineRunsPage, LaterCalls, SavedQuery, TabularDataPoint
from specbind.viam.bson import encode

if TYPE_CHECKING:
    from specbind.bindings._runtime.proto.message import Message

Call: TypeAlias = Callable[[LaterCalls], Coroutine[Any, Any, object]]

MORNING = datetime(2024, 3, 1, 6, tzinfo=UTC)
EVENING = datetime(2024, 3, 1, 18, 0, 0, 500000, tzinfo=UTC)
T1, T2 = Timestamp(seconds=1709272800), Timestamp(seconds=1709316000, nanos=500_000_000)
STAGE: dict[str, Any] = {"$match": {"time_received": {"$gte": MORNING}, "n": 3}}
STAGES = [encode(STAGE), encode({"$limit": 1})]
ROW = {"_id": "x", "time": MORNING, "value": [1, 2.5, None]}
STANDARD = data.TabularDataSourceType.TABULAR_DATA_SOURCE_TYPE_STANDARD
SINK = data.TabularDataSourceType.TABULAR_DATA_SOURCE_TYPE_PIPELINE_SINK
HOT = data.IndexableCollection.INDEXABLE_COLLECTION_HOT_STORE
RESOURCE = data.SequenceResourceFilter(resource_name="camera-1", method_name="ReadImage")
SEQUENCE = data.Sequence(id="s", sequence_tags=["t"], start_time=T1, end_time=T2, resources=[RESOURCE], part_id="p")
INDEX = data.Index(collection_type=HOT, index_name="t_1", index_spec=[encode({"t": 1})])
DATASET = datasets.Dataset(id="d", name="fog", organization_id="o", time_created=T1)
EXPORT = datasets.GetSequenceDatasetExportResponse(job_id="j", download_url="https://example.org/x", expires_at=T1)
PIPELINE = pipelines.DataPipeline(
    id="p", organization_id="o", name="hourly", mql_binary=STAGES, schedule="0 * * * *", enabled=True, created_on=T1
)
RUN = pipelines.DataPipelineRun(id="r", start_time=T1, data_start_time=T1, data_end_time=T2)
BINARY = data.BinaryData(binary=b"png", metadata=data.BinaryMetadata(binary_data_id="b"))
SAVED = data.Query(id="q", organization_id="o", name="newest", mql_binary=STAGES, created_on=T1, updated_at=T2)
OLD = data.BinaryID(file_id="f", organization_id="o", location_id="l")

BOX = ("b", "x", "cat", 0.1, 0.2, 0.3, 0.4)
BOX_REQUEST: dict[str, Any] = {
    "bbox_id": "x",
    "label": "cat",
    "x_min_normalized": 0.1,
    "y_min_normalized": 0.2,
    "x_max_normalized": 0.3,
    "y_max_normalized": 0.4,
}

# name of the rpc, the call, the request, the answer, the result
CASES: list[tuple[str, Call, Message, Message, object]] = [
    (
        "TabularDataBySQL",
        lambda c: c.tabular_data_by_sql("o", "SELECT 1"),
        data.TabularDataBySQLRequest(organization_id="o", sql_query="SELECT 1"),
        data.TabularDataBySQLResponse(raw_data=[encode(ROW), encode({})]),
        [ROW, {}],
    ),
    (
        "TabularDataByMQL",
        lambda c: c.tabular_data_by_mql("o", [STAGE, STAGES[1]]),
        data.TabularDataByMQLRequest(
            organization_id="o", mql_binary=STAGES, data_source=data.TabularDataSource(type=STANDARD)
        ),
        data.TabularDataByMQLResponse(raw_data=[encode(ROW)]),
        [ROW],
    ),
    (
        "TabularDataByMQL",
        lambda c: c.tabular_data_by_mql("o", mql_binary=[], tabular_data_source_type=3, pipeline_id="p"),
        data.TabularDataByMQLRequest(
            organization_id="o", data_source=data.TabularDataSource(type=SINK, pipeline_id="p")
        ),
        data.TabularDataByMQLResponse(),
        [],
    ),
    (
        "TabularDataByMQL",
        lambda c: c.tabular_data_by_mql("o", STAGES, use_recent_data=True, query_prefix_name="newest"),
        data.TabularDataByMQLRequest(
            organization_id="o",
            mql_binary=STAGES,
            data_source=data.TabularDataSource(type=data.TabularDataSourceType.TABULAR_DATA_SOURCE_TYPE_HOT_STORAGE),
            query_prefix_name="newest",
        ),
        data.TabularDataByMQLResponse(),
        [],
    ),
    (
        "GetLatestTabularData",
        lambda c: c.get_latest_tabular_data("p", "temp", "rdk:component:sensor", "Readings", {"unit": "C"}),
        data.GetLatestTabularDataRequest(
            part_id="p",
            resource_name="temp",
            resource_subtype="rdk:component:sensor",
            method_name="Readings",
            additional_parameters={"unit": "C"},
        ),
        data.GetLatestTabularDataResponse(time_captured=T1, time_synced=T2, payload={"t": 1.0, "gone": None}),
        (MORNING, EVENING, {"t": 1.0, "gone": None}),
    ),
    (
        "GetLatestTabularData",
        lambda c: c.get_latest_tabular_data("p", "temp", resource_subtype="s", method_name="m"),
        data.GetLatestTabularDataRequest(part_id="p", resource_name="temp", resource_subtype="s", method_name="m"),
        data.GetLatestTabularDataResponse(),
        None,
    ),
    (
        "GetLatestTabularData",
        lambda c: c.get_latest_tabular_data("p", "temp", "s", "m", {}),
        data.GetLatestTabularDataRequest(
            part_id="p", resource_name="temp", resource_subtype="s", method_name="m", additional_parameters={}
        ),
        data.GetLatestTabularDataResponse(payload={}),
        (None, None, {}),
    ),
    (
        "CreateDataset",
        lambda c: c.create_dataset("fog", "o"),
        datasets.CreateDatasetRequest(name="fog", organization_id="o"),
        datasets.CreateDatasetResponse(id="d"),
        "d",
    ),
    (
        "CreateDataset",
        lambda c: c.create_dataset("fog", "o", 1),
        datasets.CreateDatasetRequest(
            name="fog", organization_id="o", type=datasets.DatasetType.DATASET_TYPE_SEQUENCE_DATA
        ),
        datasets.CreateDatasetResponse(id="d"),
        "d",
    ),
    (
        "MergeDatasets",
        lambda c: c.merge_datasets("all", "o", ["d1", "d2"]),
        datasets.MergeDatasetsRequest(name="all", organization_id="o", dataset_ids=["d1", "d2"]),
        datasets.MergeDatasetsResponse(dataset_id="d3"),
        "d3",
    ),
    (
        "ListDatasetsByIDs",
        lambda c: c.list_dataset_by_ids(["d"]),
        datasets.ListDatasetsByIDsRequest(ids=["d"]),
        datasets.ListDatasetsByIDsResponse(datasets=[DATASET]),
        [DATASET],
    ),
    (
        "ListDatasetsByOrganizationID",
        lambda c: c.list_datasets_by_organization_id("o"),
        datasets.ListDatasetsByOrganizationIDRequest(organization_id="o"),
        datasets.ListDatasetsByOrganizationIDResponse(datasets=[DATASET]),
        [DATASET],
    ),
    (
        "ListDatasetsByOrganizationID",
        lambda c: c.list_datasets_by_organization_id("o", 0),
        datasets.ListDatasetsByOrganizationIDRequest(
            organization_id="o", type=datasets.DatasetType.DATASET_TYPE_BINARY_DATA
        ),
        datasets.ListDatasetsByOrganizationIDResponse(),
        [],
    ),
    (
        "RenameDataset",
        lambda c: c.rename_dataset("d", "mist"),
        datasets.RenameDatasetRequest(id="d", name="mist"),
        datasets.RenameDatasetResponse(),
        None,
    ),
    (
        "DeleteDataset",
        lambda c: c.delete_dataset("d"),
        datasets.DeleteDatasetRequest(id="d"),
        datasets.DeleteDatasetResponse(),
        None,
    ),
    (
        "StartSequenceDatasetExport",
        lambda c: c.start_sequence_dataset_export("d"),
        datasets.StartSequenceDatasetExportRequest(dataset_id="d"),
        datasets.StartSequenceDatasetExportResponse(job_id="j"),
        "j",
    ),
    (
        "GetSequenceDatasetExport",
        lambda c: c.get_sequence_dataset_export("j"),
        datasets.GetSequenceDatasetExportRequest(job_id="j"),
        EXPORT,
        EXPORT,
    ),
    (
        "AddBinaryDataToDatasetByIDs",
        lambda c: c.add_binary_data_to_dataset_by_ids(["b1", OLD, "b2"], "d"),
        data.AddBinaryDataToDatasetByIDsRequest(binary_ids=[OLD], binary_data_ids=["b1", "b2"], dataset_id="d"),
        data.AddBinaryDataToDatasetByIDsResponse(),
        None,
    ),
    (
        "RemoveBinaryDataFromDatasetByIDs",
        lambda c: c.remove_binary_data_from_dataset_by_ids(("b1",), "d"),
        data.RemoveBinaryDataFromDatasetByIDsRequest(binary_data_ids=["b1"], dataset_id="d"),
        data.RemoveBinaryDataFromDatasetByIDsResponse(),
        None,
    ),
    (
        "GetDataPipeline",
        lambda c: c.get_data_pipeline("p"),
        pipelines.GetDataPipelineRequest(id="p"),
        pipelines.GetDataPipelineResponse(data_pipeline=PIPELINE),
        DataPipeline(
            "p",
            "o",
            "hourly",
            [STAGE, {"$limit": 1}],
            "0 * * * *",
            MORNING,
            None,
            enabled=True,
            data_source_type=data.TabularDataSourceType(0),
        ),
    ),
    (
        "ListDataPipelines",
        lambda c: c.list_data_pipelines("o"),
        pipelines.ListDataPipelinesRequest(organization_id="o"),
        pipelines.ListDataPipelinesResponse(data_pipelines=[PIPELINE]),
        [DataPipeline.from_proto(PIPELINE)],
    ),
    (
        "CreateDataPipeline",
        lambda c: c.create_data_pipeline("o", "hourly", [STAGE, STAGES[1]], "0 * * * *", enable_backfill=False),
        pipelines.CreateDataPipelineRequest(
            organization_id="o",
            name="hourly",
            mql_binary=STAGES,
            schedule="0 * * * *",
            enable_backfill=False,
            data_source_type=STANDARD,
        ),
        pipelines.CreateDataPipelineResponse(id="p"),
        "p",
    ),
    (
        "RenameDataPipeline",
        lambda c: c.rename_data_pipeline("p", "daily"),
        pipelines.RenameDataPipelineRequest(id="p", name="daily"),
        pipelines.RenameDataPipelineResponse(),
        None,
    ),
    (
        "DeleteDataPipeline",
        lambda c: c.delete_data_pipeline("p"),
        pipelines.DeleteDataPipelineRequest(id="p"),
        pipelines.DeleteDataPipelineResponse(),
        None,
    ),
    (
        "EnableDataPipeline",
        lambda c: c.enable_data_pipeline("p"),
        pipelines.EnableDataPipelineRequest(id="p"),
        pipelines.EnableDataPipelineResponse(),
        None,
    ),
    (
        "DisableDataPipeline",
        lambda c: c.disable_data_pipeline("p"),
        pipelines.DisableDataPipelineRequest(id="p"),
        pipelines.DisableDataPipelineResponse(),
        None,
    ),
    (
        "CreateIndex",
        lambda c: c.create_index("o", HOT, {"t": 1}),
        data.CreateIndexRequest(organization_id="o", collection_type=HOT, index_spec=[encode({"t": 1})]),
        data.CreateIndexResponse(),
        None,
    ),
    (
        "CreateIndex",
        lambda c: c.create_index("o", 2, [{"t": 1}, {"unique": True}], "hourly"),
        data.CreateIndexRequest(
            organization_id="o",
            collection_type=data.IndexableCollection.INDEXABLE_COLLECTION_PIPELINE_SINK,
            index_spec=[encode({"t": 1}), encode({"unique": True})],
            pipeline_name="hourly",
        ),
        data.CreateIndexResponse(),
        None,
    ),
    (
        "ListIndexes",
        lambda c: c.list_indexes("o", HOT),
        data.ListIndexesRequest(organization_id="o", collection_type=HOT),
        data.ListIndexesResponse(indexes=[INDEX]),
        [INDEX],
    ),
    (
        "DeleteIndex",
        lambda c: c.delete_index("o", HOT, "t_1", "hourly"),
        data.DeleteIndexRequest(organization_id="o", collection_type=HOT, index_name="t_1", pipeline_name="hourly"),
        data.DeleteIndexResponse(),
        None,
    ),
    (
        "CreateSavedQuery",
        lambda c: c.create_saved_query("o", "newest", [STAGE, STAGES[1]]),
        data.CreateSavedQueryRequest(organization_id="o", name="newest", mql_binary=STAGES),
        data.CreateSavedQueryResponse(id="q"),
        "q",
    ),
    (
        "UpdateSavedQuery",
        lambda c: c.update_saved_query("q", "newest", STAGES),
        data.UpdateSavedQueryRequest(id="q", name="newest", mql_binary=STAGES),
        data.UpdateSavedQueryResponse(),
        None,
    ),
    (
        "GetSavedQuery",
        lambda c: c.get_saved_query("q"),
        data.GetSavedQueryRequest(id="q"),
        data.GetSavedQueryResponse(saved_query=SAVED),
        SavedQuery("q", "o", "newest", [STAGE, {"$limit": 1}], MORNING, EVENING),
    ),
    (
        "DeleteSavedQuery",
        lambda c: c.delete_saved_query("q"),
        data.DeleteSavedQueryRequest(id="q"),
        data.DeleteSavedQueryResponse(),
        None,
    ),
    (
        "ListSavedQueries",
        lambda c: c.list_saved_queries("o", 5),
        data.ListSavedQueriesRequest(organization_id="o", limit=5),
        data.ListSavedQueriesResponse(queries=[SAVED]),
        [SavedQuery.from_proto(SAVED)],
    ),
    (
        "UpdateBoundingBox",
        lambda c: c.update_bounding_box(*BOX, confidence_score=0.9),
        data.UpdateBoundingBoxRequest(binary_data_id="b", confidence=0.9, **BOX_REQUEST),
        data.UpdateBoundingBoxResponse(),
        None,
    ),
    (
        "UpdateBoundingBox",
        lambda c: c.update_bounding_box(OLD, "x", None, None, 0.0, None, None),
        data.UpdateBoundingBoxRequest(binary_id=OLD, bbox_id="x", y_min_normalized=0.0),
        data.UpdateBoundingBoxResponse(),
        None,
    ),
    (
        "CreateBinaryDataSignedURL",
        lambda c: c.create_binary_data_signed_url("b", 60),
        data.CreateBinaryDataSignedURLRequest(binary_data_id="b", expiration_minutes=60),
        data.CreateBinaryDataSignedURLResponse(signed_url="https://example.org/b", expires_at=T1),
        ("https://example.org/b", MORNING),
    ),
    (
        "AddSequencesToDataset",
        lambda c: c.add_sequences_to_dataset("d", ["s1", "s2"]),
        data.AddSequencesToDatasetRequest(dataset_id="d", sequence_ids=["s1", "s2"]),
        data.AddSequencesToDatasetResponse(),
        None,
    ),
    (
        "RemoveSequencesFromDataset",
        lambda c: c.remove_sequences_from_dataset("d", ["s1"]),
        data.RemoveSequencesFromDatasetRequest(dataset_id="d", sequence_ids=["s1"]),
        data.RemoveSequencesFromDatasetResponse(),
        None,
    ),
    (
        "SequencesByDatasetID",
        lambda c: c.sequences_by_dataset_id("d", "t", 5, count_only=True),
        data.SequencesByDatasetIDRequest(dataset_id="d", page_token="t", page_size=5, count_only=True),
        data.SequencesByDatasetIDResponse(sequences=[SEQUENCE], next_page_token="u", count=7),
        ([SEQUENCE], "u", 7),
    ),
    (
        "GetSequenceBinaryData",
        lambda c: c.get_sequence_binary_data("s", "t", 5),
        data.GetSequenceBinaryDataRequest(sequence_id="s", page_token="t", page_size=5),
        data.GetSequenceBinaryDataResponse(data=[BINARY], next_page_token="u"),
        ([BINARY], "u"),
    ),
    (
        "CreateSequence",
        lambda c: c.create_sequence("p", [RESOURCE], MORNING, EVENING, ["t"]),
        data.CreateSequenceRequest(part_id="p", resources=[RESOURCE], start_time=T1, end_time=T2, sequence_tags=["t"]),
        data.CreateSequenceResponse(id="s"),
        "s",
    ),
    (
        "GetSequence",
        lambda c: c.get_sequence("s"),
        data.GetSequenceRequest(id="s"),
        data.GetSequenceResponse(sequence=SEQUENCE),
        SEQUENCE,
    ),
    (
        "UpdateSequence",
        lambda c: c.update_sequence("s", [RESOURCE], ["t"], MORNING, EVENING),
        data.UpdateSequenceRequest(
            id="s",
            resources=[RESOURCE],
            sequence_tags=["t"],
            start_time=T1,
            end_time=T2,
            field_mask=FieldMask(paths=["resources", "sequence_tags", "start_time", "end_time"]),
        ),
        data.UpdateSequenceResponse(),
        None,
    ),
    (
        "UpdateSequence",
        lambda c: c.update_sequence("s", sequence_tags=[]),
        data.UpdateSequenceRequest(id="s", field_mask=FieldMask(paths=["sequence_tags"])),
        data.UpdateSequenceResponse(),
        None,
    ),
    (
        "DeleteSequence",
        lambda c: c.delete_sequence("s"),
        data.DeleteSequenceRequest(id="s"),
        data.DeleteSequenceResponse(),
        None,
    ),
    (
        "ListSequences",
        lambda c: c.list_sequences("o", "t", 5),
        data.ListSequencesRequest(organization_id="o", page_token="t", page_size=5),
        data.ListSequencesResponse(sequences=[SEQUENCE], next_page_token="u"),
        ([SEQUENCE], "u"),
    ),
]


@pytest.mark.parametrize(("rpc", "call", "request_sent", "answer", "result"), CASES, ids=[case[0] for case in CASES])
async def test_request_and_result(rpc: str, call: Call, request_sent: Message, answer: Message, result: object) -> None:
    async with platform() as server:
        server.answers[rpc] = answer
        assert await call(server.client) == result
        assert server.asked == [(rpc, request_sent)]
        assert server.asked[0][1].SerializeToString() == request_sent.SerializeToString()
        assert server.metadata["authorization"] == "Bearer abc"
        assert server.timeout is None


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


def test_the_cases_name_every_rpc_once_at_least() -> None:
    covered = {case[0] for case in CASES} | {"ExportTabularData", "ListDataPipelineRuns"}
    assert len(covered) == 41
    assert decode_message(data.Query, SAVED.SerializeToString()) == SAVED
