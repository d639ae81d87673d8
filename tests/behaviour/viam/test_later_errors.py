"""What the calls of later versions refuse, and where they do other than the official client."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from grpclib.const import Status
from grpclib.exceptions import GRPCError
from tests.behaviour.viam.recording import platform

from specbind.bindings._runtime.errors import DecodeError
from specbind.bindings._runtime.grpc.grpclib_errors import RpcBadRequestError, RpcNotFoundError
from specbind.bindings._runtime.proto.wellknown import Timestamp
from specbind.bindings.viam.viam.app.data import v1 as data
from specbind.bindings.viam.viam.app.datapipelines import v1 as pipelines
from specbind.core.errors import PageLoopError
from specbind.viam._later import DataPipelineRun, TabularDataPoint
from specbind.viam.bson import BsonDecodeError, BsonEncodeError, encode

NAIVE = datetime(2024, 3, 1, 6)  # noqa: DTZ001 - the case itself
WHEN = datetime(2024, 3, 1, 6, tzinfo=UTC)
LATE = Timestamp(seconds=10**14)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda c: c.tabular_data_by_mql("o"), TypeError, "needs query"),
        (lambda c: c.tabular_data_by_mql("o", [], mql_binary=[]), TypeError, "old name mql_binary, not both"),
        (lambda c: c.tabular_data_by_mql("o", {"$limit": 1}), TypeError, "query is a list"),
        (lambda c: c.tabular_data_by_mql("o", b"x"), TypeError, "query is a list"),
        (lambda c: c.tabular_data_by_mql("o", ["x"]), TypeError, r"query\[0\] is a document"),
        (lambda c: c.tabular_data_by_mql("o", [{"a": {"b": 2**64}}]), BsonEncodeError, r"a\.b: .*64 bits"),
        (lambda c: c.tabular_data_by_mql("o", [], tabular_data_source_type="hot"), TypeError, "TabularDataSourceType"),
        (lambda c: c.get_latest_tabular_data("p", "r", method_name="m"), TypeError, "needs resource_api"),
        (lambda c: c.get_latest_tabular_data("p", "r", "s"), TypeError, "needs method_name"),
        (lambda c: c.get_latest_tabular_data("p", "r", "s", "m", ["x"]), TypeError, "additional_params is a mapping"),
        (lambda c: c.export_tabular_data("p", "r", "s", "m", "yesterday"), TypeError, "start_time is a Timestamp"),
        (lambda c: c.merge_datasets("n", "o", "d1"), TypeError, "dataset_ids is a list"),
        (lambda c: c.list_dataset_by_ids([1]), TypeError, "has 1 in it"),
        (lambda c: c.create_dataset("n", "o", type=True), TypeError, "type is a DatasetType"),
        (lambda c: c.add_binary_data_to_dataset_by_ids("b", "d"), TypeError, "binary_ids is a list"),
        (lambda c: c.add_binary_data_to_dataset_by_ids([3], "d"), TypeError, "is a BinaryID, not 3"),
        (lambda c: c.add_binary_data_to_dataset_by_ids([], "d"), RpcBadRequestError, "binary_ids is empty"),
        (lambda c: c.remove_binary_data_from_dataset_by_ids([""], "d"), RpcBadRequestError, "empty text"),
        (lambda c: c.update_bounding_box(data.Filter(), "x", None, None, None, None, None), TypeError, "not a viam"),
        (lambda c: c.update_bounding_box("", "x", None, None, None, None, None), RpcBadRequestError, "empty text"),
        (
            lambda c: c.update_bounding_box("i", "x", None, 1.5, None, None, None),
            RpcBadRequestError,
            "outside of 0 to 1",
        ),
        (lambda c: c.update_bounding_box("i", "x", None, 0.5, None, 0.2, None), RpcBadRequestError, "beyond x_max"),
        (lambda c: c.list_dataset_by_ids(None), TypeError, "ids is a list"),
        (lambda c: c.rename_data_pipeline("", "n"), ValueError, "id and name are needed"),
        (lambda c: c.rename_data_pipeline("p", ""), ValueError, "id and name are needed"),
        (lambda c: c.list_data_pipeline_runs("p", -1), ValueError, "page_size"),
        (lambda c: c.list_saved_queries("o", 0), ValueError, "limit"),
        (lambda c: c.create_binary_data_signed_url("b", 1.5), TypeError, "expiration_minutes"),
        (lambda c: c.create_sequence("p", [], None, WHEN), TypeError, "needs start_time and end_time"),
        (lambda c: c.create_sequence("p", ["camera"], WHEN, WHEN), TypeError, r"resources\[0\] is a SequenceResourceF"),
        (lambda c: c.update_sequence("s"), ValueError, "nothing to change"),
    ],
)
async def test_wrong_arguments_send_nothing(call: Any, kind: type[Exception], message: str) -> None:
    async with platform() as server:
        with pytest.raises(kind, match=message):
            await call(server.client)
        assert server.asked == []


async def test_an_error_of_the_platform() -> None:
    async with platform() as server:
        server.answers["GetSequence"] = GRPCError(Status.NOT_FOUND, "no such sequence")
        with pytest.raises(RpcNotFoundError, match="no such sequence"):
            await server.client.get_sequence("s")
        with pytest.raises(GRPCError):
            await server.client.get_sequence("s")


async def test_a_result_that_is_no_document() -> None:
    async with platform() as server:
        broken = encode({"a": [{"b": "x"}]}).replace(b"x", b"\xff")
        server.answers["TabularDataBySQL"] = data.TabularDataBySQLResponse(raw_data=[encode({}), broken])
        with pytest.raises(
            BsonDecodeError, match=r"DataService/TabularDataBySQL: raw_data\[1\]: .*not UTF-8"
        ) as caught:
            await server.client.tabular_data_by_sql("o", "SELECT")
        assert caught.value.path == "raw_data[1].a[0].b"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: c.get_data_pipeline("p"), "no data_pipeline"),
        (lambda c: c.get_saved_query("p"), "no saved_query"),
        (lambda c: c.get_sequence("p"), "no sequence"),
        (lambda c: c.create_binary_data_signed_url("p"), "no expires_at"),
    ],
)
async def test_an_answer_without_its_content(call: Any, message: str) -> None:
    async with platform() as server:
        with pytest.raises(DecodeError, match=message):
            await call(server.client)


async def test_a_time_out_of_range() -> None:
    async with platform() as server:
        server.answers["GetLatestTabularData"] = data.GetLatestTabularDataResponse(
            time_captured=LATE, payload={"a": 1.0}
        )
        with pytest.raises(DecodeError, match="years 1 to 9999"):
            await server.client.get_latest_tabular_data("p", "r", "s", "m")


async def test_a_time_without_a_zone_is_utc() -> None:
    async with platform() as server:
        await server.client.update_sequence("s", start_time=NAIVE)
        await server.client.update_sequence("s", start_time=WHEN)
        assert server.asked[0] == server.asked[1]


async def test_pages_that_lead_in_a_circle() -> None:
    async with platform() as server:
        server.answers["ListDataPipelineRuns"] = pipelines.ListDataPipelineRunsResponse(next_page_token="t")
        with pytest.raises(PageLoopError):
            _ = [run async for run in await server.client.list_data_pipeline_runs("p")]
        assert len(server.asked) == 2


def test_a_run_that_is_not_done_has_no_end() -> None:
    assert DataPipelineRun.from_proto(pipelines.DataPipelineRun()).end_time is None


def test_the_old_name_of_the_resource_api_warns() -> None:
    point = TabularDataPoint.from_proto(data.ExportTabularDataResponse(resource_subtype="s"))
    with pytest.warns(DeprecationWarning, match="resource_api"):
        assert point.resource_subtype == "s"


class Foreign:
    """A message of another library."""

    def __init__(self, name: str, content: bytes) -> None:
        self.DESCRIPTOR = type("Descriptor", (), {"full_name": name})
        self.content = content

    def SerializeToString(self) -> bytes:  # noqa: N802 - the name that gRPC libraries call
        return self.content


async def test_messages_of_another_library() -> None:
    async with platform() as server:
        old = data.BinaryID(file_id="f")
        foreign = Foreign("viam.app.data.v1.BinaryID", old.SerializeToString())
        await server.client.add_binary_data_to_dataset_by_ids([foreign], "d")
        assert server.asked[0][1] == data.AddBinaryDataToDatasetByIDsRequest(binary_ids=[old], dataset_id="d")
        for wrong in (Foreign("viam.app.data.v1.Filter", b""), Foreign("viam.app.data.v1.BinaryID", b"\x0a")):
            with pytest.raises(TypeError, match=r"viam\.app\.data\.v1\.BinaryID"):
                await server.client.add_binary_data_to_dataset_by_ids([wrong], "d")
