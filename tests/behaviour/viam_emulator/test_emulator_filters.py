"""Filters by every field, orders and pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from tests.behaviour.viam_emulator.platform import DAY, Platform, at, platform_of, refusal

from specbind.bindings.viam.viam.app.data.v1 import (
    AddBinaryDataToDatasetByIDsRequest,
    AddBoundingBoxToImageByIDRequest,
    BinaryDataByFilterRequest,
    CaptureInterval,
    DataRequest,
    Filter,
    Order,
    TabularDataByFilterRequest,
    TagsFilter,
    TagsFilterType,
)
from specbind.bindings.viam.viam.app.dataset.v1 import CreateDatasetRequest
from specbind.emulators.viam import FLEET, ORGANIZATION_ID
from specbind.emulators.viam.fleet import OTHER_ORGANIZATION_ID

pytestmark = pytest.mark.filterwarnings("ignore:TabularDataByFilter is deprecated")

ANY, TAGGED, UNTAGGED = (
    TagsFilterType.TAGS_FILTER_TYPE_MATCH_BY_OR,
    TagsFilterType.TAGS_FILTER_TYPE_TAGGED,
    TagsFilterType.TAGS_FILTER_TYPE_UNTAGGED,
)
MINUTE = timedelta(minutes=1)

# field or fields of a filter -> which of the three pictures pass
FILTERS: list[tuple[dict[str, Any], str]] = [
    ({}, "abc"),
    ({"component_name": "cam"}, "ab"),
    ({"component_name": "ca"}, ""),
    ({"component_type": "camera"}, "ab"),
    ({"component_type": "rdk:component:camera"}, "ab"),
    ({"component_type": "rdk:component:lidar"}, "c"),
    ({"method": "Point"}, "c"),
    ({"robot_name": "rover"}, "a"),
    ({"robot_id": FLEET[1].robot_id}, "b"),
    ({"part_name": "buoy-main"}, "c"),
    ({"part_id": FLEET[0].id}, "a"),
    ({"location_ids": [FLEET[0].location_id, FLEET[2].location_id]}, "ac"),
    ({"organization_ids": [ORGANIZATION_ID]}, "ab"),
    ({"organization_ids": [OTHER_ORGANIZATION_ID, "x"]}, "c"),
    ({"mime_type": ["image/jpeg"]}, "a"),
    ({"mime_type": ["image/jpeg", "pointcloud/pcd"]}, "ac"),
    ({"interval": CaptureInterval(start=at(DAY + MINUTE))}, "bc"),
    ({"interval": CaptureInterval(end=at(DAY + MINUTE))}, "ab"),
    ({"interval": CaptureInterval(start=at(DAY + MINUTE), end=at(DAY + MINUTE))}, "b"),
    ({"interval": CaptureInterval()}, "abc"),
    ({"tags_filter": TagsFilter(tags=["dusk"])}, "a"),
    ({"tags_filter": TagsFilter(type=ANY, tags=["dusk", "fog"])}, "ab"),
    ({"tags_filter": TagsFilter()}, "abc"),
    ({"tags_filter": TagsFilter(type=TAGGED)}, "ab"),
    ({"tags_filter": TagsFilter(type=UNTAGGED)}, "c"),
    ({"bbox_labels": ["cat", "dog"]}, "b"),
    ({"bbox_labels": ["dog"]}, ""),
    ({"dataset_id": "+"}, "c"),  # the one that is made below
    ({"dataset_id": "unknown"}, ""),
    ({"component_name": "cam", "mime_type": ["image/png"]}, "b"),
    ({"component_name": "cam", "mime_type": ["pointcloud/pcd"]}, ""),
]


async def three_pictures(platform: Platform) -> str:
    """Upload them; gives the dataset that the last one is in."""
    cam = {"component_name": "cam", "component_type": "camera", "method_name": "GetImages"}
    lidar = {"component_name": "beam", "component_type": "rdk:component:lidar", "method_name": "Point"}
    await platform.reading(b"a", DAY, part_id=FLEET[0].id, file_extension=".jpg", tags=["dusk", "red"], **cam)
    second = await platform.reading(b"b", DAY + MINUTE, part_id=FLEET[1].id, file_extension=".png", tags=["fog"], **cam)
    third = await platform.reading(b"c", DAY + 2 * MINUTE, part_id=FLEET[2].id, file_extension="pcd", **lidar)
    box = AddBoundingBoxToImageByIDRequest(
        binary_data_id=second, label="cat", x_max_normalized=1.0, y_max_normalized=0.5
    )
    await platform.data.add_bounding_box_to_image_by_id(box)
    dataset = await platform.datasets.create_dataset(CreateDatasetRequest(name="d", organization_id=ORGANIZATION_ID))
    await platform.data.add_binary_data_to_dataset_by_ids(
        AddBinaryDataToDatasetByIDsRequest(binary_data_ids=[third], dataset_id=dataset.id)
    )
    return dataset.id


async def pictures(platform: Platform, **request: Any) -> str:
    asked = BinaryDataByFilterRequest(data_request=DataRequest(**request), include_binary=True)
    answer = await platform.data.binary_data_by_filter(asked)
    assert answer.count == len(answer.data)
    assert answer.total_size_bytes == len(answer.data)
    return b"".join(found.binary for found in answer.data).decode()


async def test_every_field_filters(platform: Platform) -> None:
    dataset = await three_pictures(platform)
    found = [
        (
            wanted,
            await pictures(
                platform, filter=Filter(**wanted | ({"dataset_id": dataset} if "+" in wanted.values() else {}))
            ),
        )
        for wanted, _ in FILTERS
    ]
    assert found == FILTERS
    assert {name for wanted, _ in FILTERS for name in wanted} == set(Filter.__struct_fields__) - {"_unknown_fields"}


async def test_rows_have_no_boxes_and_are_in_no_dataset(platform: Platform) -> None:
    await platform.rows({"n": 1})
    for wanted in (Filter(bbox_labels=["x"]), Filter(dataset_id="x")):
        request = TabularDataByFilterRequest(data_request=DataRequest(filter=wanted))
        assert (await platform.data.tabular_data_by_filter(request)).count == 0


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Order.ORDER_UNSPECIFIED, "abc"),
        (Order.ORDER_ASCENDING, "abc"),
        (Order.ORDER_DESCENDING, "cba"),
    ],
)
async def test_pages_follow_each_other_in_every_order(platform: Platform, order: Order, expected: str) -> None:
    await three_pictures(platform)
    last, seen = "", ""
    for _ in range(4):
        request = DataRequest(limit=1, last=last, sort_order=order)
        answer = await platform.data.binary_data_by_filter(
            BinaryDataByFilterRequest(data_request=request, include_binary=True)
        )
        assert answer.count == 3
        seen += b"".join(found.binary for found in answer.data).decode()
        last = answer.last
    assert (seen, last) == (expected, "")


async def test_a_page_goes_on_where_its_last_record_was_deleted(platform: Platform) -> None:
    await three_pictures(platform)
    first = await platform.data.binary_data_by_filter(BinaryDataByFilterRequest(data_request=DataRequest(limit=1)))
    del platform.viam.state.binaries[first.data[0].metadata.binary_data_id]  # type: ignore[union-attr]
    assert await pictures_after(platform, first.last) == "bc"


async def pictures_after(platform: Platform, last: str) -> str:
    asked = BinaryDataByFilterRequest(data_request=DataRequest(last=last), include_binary=True)
    answer = await platform.data.binary_data_by_filter(asked)
    return b"".join(found.binary for found in answer.data).decode()


async def test_without_a_limit_a_page_has_the_size_that_was_chosen() -> None:
    async with platform_of(page_size=2) as platform:
        await three_pictures(platform)
        answer = await platform.data.binary_data_by_filter(BinaryDataByFilterRequest())
        assert (len(answer.data), answer.count) == (2, 3)
        assert all(found.binary == b"" for found in answer.data)


async def test_only_a_count_gives_no_data(platform: Platform) -> None:
    await three_pictures(platform)
    answer = await platform.data.binary_data_by_filter(BinaryDataByFilterRequest(count_only=True))
    assert (answer.data, answer.count, answer.total_size_bytes, answer.last) == ([], 3, 3, "")


async def test_what_the_platform_captured_about_itself_is_hidden(platform: Platform) -> None:
    await platform.reading(component_type="rdk-internal:slam")
    hidden = await platform.data.binary_data_by_filter(BinaryDataByFilterRequest())
    shown = await platform.data.binary_data_by_filter(BinaryDataByFilterRequest(include_internal_data=True))
    assert (hidden.count, shown.count) == (0, 1)


@pytest.mark.parametrize(
    "request_",
    [
        DataRequest(last="nowhere"),
        DataRequest(last="-" * 5000),
        DataRequest(sort_order=Order(9)),
        DataRequest(filter=Filter(tags_filter=TagsFilter(type=TagsFilterType(9)))),
        DataRequest(filter=Filter(interval=CaptureInterval(start=at(DAY), end=at(DAY - MINUTE)))),
        DataRequest(filter=Filter(interval=CaptureInterval(start=msgspec.structs.replace(at(DAY), seconds=1 << 60)))),
    ],
    ids=["no place", "endless", "order", "tags", "backwards", "no time"],
)
async def test_a_request_that_cannot_be_meant_is_refused(platform: Platform, request_: DataRequest) -> None:
    call = platform.data.binary_data_by_filter(BinaryDataByFilterRequest(data_request=request_))
    assert (await refusal(call))[0] == "INVALID_ARGUMENT"
