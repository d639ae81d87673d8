"""Queries, datasets and pipelines of later versions: the request of each call, and its result."""

from __future__ import annotations

import pytest
from tests.behaviour.viam.later_messages import (
    DATASET,
    EVENING,
    EXPORT,
    MORNING,
    OLD,
    PIPELINE,
    ROW,
    SINK,
    STAGE,
    STAGES,
    STANDARD,
    T1,
    T2,
    Case,
    check,
)

from specbind.bindings.viam.viam.app.data import v1 as data
from specbind.bindings.viam.viam.app.datapipelines import v1 as pipelines
from specbind.bindings.viam.viam.app.dataset import v1 as datasets
from specbind.viam._later import DataPipeline
from specbind.viam.bson import encode

CASES: list[Case] = [
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
        None,  # as the official client
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
]


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
async def test_request_and_result(case: Case) -> None:
    await check(*case)
