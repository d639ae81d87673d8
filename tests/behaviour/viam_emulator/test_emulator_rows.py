"""Rows: latest, export, deletions by age."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec import UNSET
from tests.behaviour.viam_emulator.platform import DAY, Platform, at, platform_of, refusal

from specbind.bindings._runtime.proto.wellknown import Any as AnyMessage
from specbind.bindings._runtime.proto.wellknown import StringValue
from specbind.bindings.viam.viam.app.data.v1 import (
    CaptureInterval,
    DataRequest,
    DeleteTabularDataRequest,
    DeleteTabularFilter,
    ExportTabularDataRequest,
    GetLatestTabularDataRequest,
    TabularDataByFilterRequest,
    TagsFilter,
)
from specbind.emulators.viam import API_KEY, API_KEY_ID, FLEET, ORGANIZATION_ID, PART_ID
from specbind.viam import DataClient

pytestmark = pytest.mark.filterwarnings("ignore:TabularDataByFilter is deprecated")

RESOURCE = {
    "part_id": PART_ID,
    "resource_name": "probe",
    "resource_subtype": "rdk:component:sensor",
    "method_name": "Readings",
}


async def exported(platform: Platform, **request: Any) -> list[Any]:
    stream = platform.data.export_tabular_data(ExportTabularDataRequest(**RESOURCE | request))
    return [row.payload["n"] async for row in stream if row.payload is not UNSET]


async def test_an_export_has_all_rows_of_a_resource_in_order(platform: Platform) -> None:
    await platform.rows({"n": 2}, {"n": 3}, moment=DAY + timedelta(minutes=1))
    await platform.rows({"n": 1})
    await platform.rows({"n": 9}, component_name="other")
    await platform.rows({"n": 9}, method_name="Other")
    await platform.rows({"n": 9}, part_id=FLEET[1].id)
    assert await exported(platform) == [1, 2, 3]
    assert await exported(platform, resource_subtype="sensor") == [1, 2, 3]
    late = CaptureInterval(start=at(DAY + timedelta(minutes=1)), end=at(DAY + timedelta(minutes=1)))
    assert await exported(platform, interval=late) == [2]


async def test_an_export_chooses_by_what_the_method_was_called_with(platform: Platform) -> None:
    for name in "ab":
        packed = AnyMessage.pack(StringValue(value=name))
        await platform.rows({"n": name}, method_parameters={"p": packed, "q": packed})
    assert await exported(platform, additional_parameters={"p": "b"}) == ["b"]
    assert await exported(platform, additional_parameters={"p": "c"}) == []
    stream = platform.data.export_tabular_data(ExportTabularDataRequest(**RESOURCE))
    first = await anext(stream)
    assert first.method_parameters == {"p": "a", "q": "a"}
    await stream.aclose()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"part_id": "x"}, "INVALID_ARGUMENT"),
        ({"part_id": PART_ID[:-1] + "f"}, "NOT_FOUND"),
        ({"resource_name": ""}, "INVALID_ARGUMENT"),
        ({"resource_subtype": ""}, "INVALID_ARGUMENT"),
        ({"method_name": ""}, "INVALID_ARGUMENT"),
    ],
)
async def test_a_resource_has_to_be_named(platform: Platform, request_: dict[str, str], status: str) -> None:
    assert (await refusal(exported(platform, **request_)))[0] == status
    latest = platform.data.get_latest_tabular_data(GetLatestTabularDataRequest(**RESOURCE | request_))
    assert (await refusal(latest))[0] == status


async def test_the_latest_row_is_the_newest_one_of_a_year(platform: Platform) -> None:
    request = GetLatestTabularDataRequest(**RESOURCE)
    assert (await platform.data.get_latest_tabular_data(request)).payload is UNSET
    await platform.rows({"n": 2}, moment=DAY + timedelta(hours=1))
    await platform.rows({"n": 1})
    answer = await platform.data.get_latest_tabular_data(request)
    assert answer.payload == {"n": 2}
    assert (answer.time_captured, answer.time_synced) == (at(DAY + timedelta(hours=1)), at(DAY))
    platform.clock.advance(days=366)
    platform.transport.close()
    await platform.log_in()
    assert (await platform.data.get_latest_tabular_data(request)).payload is UNSET


async def test_rows_of_one_upload_share_their_metadata(platform: Platform) -> None:
    await platform.rows({"n": 1}, {"n": 2})
    await platform.rows({"n": 3}, component_name="other")
    page = await platform.data.tabular_data_by_filter(TabularDataByFilterRequest())
    assert [row.metadata_index for row in page.data] == [0, 0, 1]
    assert [metadata.component_name for metadata in page.metadata] == ["probe", "other"]
    assert (page.count, page.total_size_bytes > 0) == (3, True)
    second = TabularDataByFilterRequest(data_request=DataRequest(limit=2, last=page.last))
    assert (await platform.data.tabular_data_by_filter(second)).data == []


async def test_a_page_that_is_too_large_is_refused() -> None:
    async with platform_of(max_message=1000) as platform:
        for _ in range(3):
            await platform.rows({"x": "y" * 400})
        call = platform.data.tabular_data_by_filter(TabularDataByFilterRequest())
        assert (await refusal(call))[0] == "RESOURCE_EXHAUSTED"
        smaller = TabularDataByFilterRequest(data_request=DataRequest(limit=2))
        assert len((await platform.data.tabular_data_by_filter(smaller)).data) == 2


@pytest.mark.parametrize(
    ("days", "kept"),
    [(0, []), (1, [0, 1]), (2, [0, 1, 2]), (3, [0, 1, 2, 3]), (150, [0, 1, 2, 3]), (2**32 - 1, [0, 1, 2, 3])],
)
async def test_rows_are_deleted_by_days_of_the_calendar(platform: Platform, days: int, kept: list[int]) -> None:
    for age in range(4):
        # an hour after midnight of the clock's day is still that day
        await platform.rows({"age": age}, moment=DAY - timedelta(days=age, hours=11))
    request = DeleteTabularDataRequest(organization_id=ORGANIZATION_ID, delete_older_than_days=days)
    assert (await platform.data.delete_tabular_data(request)).deleted_count == 4 - len(kept)
    assert [row.data["age"] for row in platform.viam.state.rows] == kept


async def test_a_filter_bounds_what_is_deleted(platform: Platform) -> None:
    await platform.rows({"n": 1}, tags=["a"])
    await platform.rows({"n": 2}, component_name="other")
    await platform.rows({"n": 3}, part_id=FLEET[1].id)
    await platform.rows({"n": 4}, part_id=FLEET[2].id)
    filters = [
        (DeleteTabularFilter(component_name="nobody"), 0),
        (DeleteTabularFilter(tags_filter=TagsFilter(tags=["a"])), 1),
        (DeleteTabularFilter(robot_id=FLEET[1].robot_id, location_ids=[FLEET[1].location_id], method="Readings"), 1),
        (DeleteTabularFilter(part_id=PART_ID, component_type="sensor", component_name="other"), 1),
    ]
    for wanted, count in filters:
        request = DeleteTabularDataRequest(organization_id=ORGANIZATION_ID, filter=wanted)
        assert (await platform.data.delete_tabular_data(request)).deleted_count == count
    everything = DeleteTabularDataRequest(organization_id=ORGANIZATION_ID)
    assert (await platform.data.delete_tabular_data(everything)).deleted_count == 0
    assert [row.data["n"] for row in platform.viam.state.rows] == [4]


@pytest.mark.parametrize(
    ("organization", "status"), [("", "INVALID_ARGUMENT"), ("x", "INVALID_ARGUMENT"), (PART_ID, "NOT_FOUND")]
)
async def test_an_organization_has_to_be_known(platform: Platform, organization: str, status: str) -> None:
    call = platform.data.delete_tabular_data(DeleteTabularDataRequest(organization_id=organization))
    assert (await refusal(call))[0] == status


@pytest.mark.parametrize("count", ["all", "page"])
async def test_every_row_comes_whatever_the_count_is_of(count: str) -> None:
    async with platform_of(count=count) as platform:
        for _ in range(3):
            await platform.rows(*({"n": n} for n in range(70)))
        page = await platform.data.tabular_data_by_filter(
            TabularDataByFilterRequest(data_request=DataRequest(limit=100))
        )
        assert page.count == {"all": 210, "page": 100}[count]
        address = platform.address
        async with await DataClient.from_api_key(
            API_KEY, API_KEY_ID, host=address.host, port=address.port, tls=False, insecure=True
        ) as client:
            assert len(await client.tabular_data_by_filter()) == 210
