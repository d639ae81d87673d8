"""Data pipelines, their schedules and runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from grpclib.exceptions import GRPCError
from tests.behaviour.viam_emulator.platform import DAY, Platform, at, platform_of, refusal

from specbind.bindings.viam.viam.app.data.v1 import TabularDataByMQLRequest, TabularDataSource, TabularDataSourceType
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
from specbind.emulators.viam import ORGANIZATION_ID
from specbind.emulators.viam.documents import read, write
from specbind.emulators.viam.schedule import Schedule

SINK = TabularDataSourceType.TABULAR_DATA_SOURCE_TYPE_PIPELINE_SINK
COUNT = write({"$count": "rows"})


async def made(platform: Platform, **request: Any) -> str:
    stated = {"organization_id": ORGANIZATION_ID, "name": "hourly", "mql_binary": [COUNT], "schedule": "0 * * * *"}
    return (await platform.pipelines.create_data_pipeline(CreateDataPipelineRequest(**stated | request))).id


async def runs(platform: Platform, identifier: str, **request: Any) -> list[tuple[Any, Any]]:
    answer = await platform.pipelines.list_data_pipeline_runs(ListDataPipelineRunsRequest(id=identifier, **request))
    assert answer.pipeline_id == identifier
    return [(run.data_start_time, run.data_end_time) for run in answer.runs]


def hours(*spans: tuple[int, int]) -> list[tuple[Any, Any]]:
    return [(at(DAY + timedelta(hours=begin)), at(DAY + timedelta(hours=end))) for begin, end in spans]


async def sink(platform: Platform, identifier: str) -> list[Any]:
    request = TabularDataByMQLRequest(
        organization_id=ORGANIZATION_ID,
        mql_binary=[write({"$match": {}})],
        data_source=TabularDataSource(type=SINK, pipeline_id=identifier),
    )
    return [read(found) for found in (await platform.data.tabular_data_by_mql(request)).raw_data]


async def test_runs_follow_the_schedule_and_keep_what_they_give() -> None:
    async with platform_of(token_seconds=1e6) as platform:
        one = await made(platform)
        assert await runs(platform, one) == []
        await platform.rows({"n": 1}, {"n": 2}, moment=DAY + timedelta(minutes=10))
        platform.clock.advance(hours=2, minutes=5)
        assert await runs(platform, one) == hours((1, 2), (0, 1))
        assert await runs(platform, one) == hours((1, 2), (0, 1))
        assert await sink(platform, one) == [{"rows": 2}]


async def test_a_backfill_runs_for_the_last_spans(platform: Platform) -> None:
    await platform.rows({"n": 1}, moment=DAY - timedelta(minutes=90))
    one = await made(platform, enable_backfill=True)
    assert await runs(platform, one) == hours(*((-place - 1, -place) for place in range(12)))
    assert await runs(platform, one, page_size=2, page_token="10") == hours((-11, -10), (-12, -11))
    assert await sink(platform, one) == [{"rows": 1}]


async def test_a_disabled_pipeline_does_not_run() -> None:
    async with platform_of(token_seconds=1e6) as platform:
        one = await made(platform)
        platform.clock.advance(hours=1)
        await platform.pipelines.disable_data_pipeline(DisableDataPipelineRequest(id=one))
        platform.clock.advance(hours=5)
        assert await runs(platform, one) == hours((0, 1))
        await platform.pipelines.enable_data_pipeline(EnableDataPipelineRequest(id=one))
        platform.clock.advance(hours=1)
        assert await runs(platform, one) == hours((6, 7), (0, 1))


async def test_a_pipeline_is_renamed_listed_and_deleted(platform: Platform) -> None:
    one, two = await made(platform), await made(platform, name="other")
    calls = platform.pipelines
    assert (await refusal(made(platform)))[0] == "ALREADY_EXISTS"
    taken = RenameDataPipelineRequest(id=two, name="hourly")
    assert (await refusal(calls.rename_data_pipeline(taken)))[0] == "ALREADY_EXISTS"
    await calls.rename_data_pipeline(RenameDataPipelineRequest(id=one, name="first"))
    listed = await calls.list_data_pipelines(ListDataPipelinesRequest(organization_id=ORGANIZATION_ID))
    assert [found.name for found in listed.data_pipelines] == ["first", "other"]
    found = (await calls.get_data_pipeline(GetDataPipelineRequest(id=one))).data_pipeline
    assert found == listed.data_pipelines[0]
    await calls.delete_data_pipeline(DeleteDataPipelineRequest(id=one))
    assert (await refusal(calls.get_data_pipeline(GetDataPipelineRequest(id=one))))[0] == "NOT_FOUND"
    assert (await refusal(sink(platform, one)))[0] == "NOT_FOUND"


@pytest.mark.parametrize(
    "request_",
    [
        {"name": ""},
        {"mql_binary": []},
        {"mql_binary": [write({"$merge": "x"})]},
        {"schedule": ""},
        {"schedule": "hourly"},
        {"schedule": "60 * * * *"},
        {"schedule": "* * * * * *"},
        {"data_source_type": SINK},
        {"organization_id": "x"},
    ],
)
async def test_a_pipeline_that_cannot_be_meant_is_refused(platform: Platform, request_: dict[str, Any]) -> None:
    assert (await refusal(made(platform, **request_)))[0] == "INVALID_ARGUMENT"


MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "count", "first"),
    [
        ("* * * * *", 7 * 24 * 60, timedelta(minutes=1)),
        ("*/15 * * * *", 7 * 24 * 4, timedelta(minutes=15)),
        ("5,35 8-10 * * *", 7 * 6, timedelta(hours=8, minutes=5)),
        ("0 0 * * 1", 1, timedelta(days=7)),
        ("0 12 * * 7", 1, timedelta(days=6, hours=12)),
        ("0 12 * * 0,6", 2, timedelta(days=5, hours=12)),
        ("0 0 4 3 *", 1, timedelta(days=2)),
        ("0 0 4 * 5", 2, timedelta(days=2)),
        ("10/20 1 * * *", 7 * 3, timedelta(hours=1, minutes=10)),
    ],
)
def test_what_a_schedule_means_in_a_week(text: str, count: int, first: timedelta) -> None:
    found = Schedule(text).between(MONDAY, MONDAY + timedelta(days=7))
    assert (len(found), found[0] - MONDAY) == (count, first)


@pytest.mark.parametrize(
    "text", ["1-0 * * * *", "*/0 * * * *", "a * * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "-1 * * * *"]
)
def test_a_schedule_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(GRPCError, match="schedule"):
        Schedule(text)
