"""Tags, bounding boxes, the database, filters."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from grpclib.const import Status
from grpclib.exceptions import GRPCError

from specbind.bindings._runtime.proto.wellknown import Timestamp
from specbind.viam import F, create_filter
from specbind.viam.app.data_client import DataClient
from specbind.viam.proto.app.data import (
    AddBoundingBoxToImageByIDResponse,
    BinaryID,
    BoundingBoxLabelsByFilterResponse,
    Filter,
    GetDatabaseConnectionResponse,
    RemoveTagsFromBinaryDataByFilterResponse,
    RemoveTagsFromBinaryDataByIDsResponse,
    TagsByFilterResponse,
    TagsFilter,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.behaviour.viam.platform import Platform

OLD = BinaryID(file_id="f")


async def test_tags(platform: Platform, client: DataClient) -> None:
    platform.script["remove_tags_from_binary_data_by_ids"] = RemoveTagsFromBinaryDataByIDsResponse(deleted_count=2)
    platform.script["remove_tags_from_binary_data_by_filter"] = RemoveTagsFromBinaryDataByFilterResponse(
        deleted_count=3
    )
    platform.script["tags_by_filter"] = TagsByFilterResponse(tags=["a", "b"])
    await client.add_tags_to_binary_data_by_ids(["t"], [OLD, "new"])
    await client.add_tags_to_binary_data_by_filter(["t"], F.component_name == "c")
    assert await client.remove_tags_from_binary_data_by_ids(["t"], [OLD]) == 2
    assert await client.remove_tags_from_binary_data_by_filter(["t"]) == 3
    assert await client.tags_by_filter(Filter(robot_id="r")) == ["a", "b"]
    (added,) = platform.requests("add_tags_to_binary_data_by_ids")
    assert (added.tags, added.binary_ids, added.binary_data_ids) == (["t"], [OLD], ["new"])
    (by_filter,) = platform.requests("add_tags_to_binary_data_by_filter")
    assert by_filter.filter == Filter(component_name="c")


@pytest.mark.parametrize(("tags", "ids"), [([], [OLD]), (["t"], [])])
async def test_no_tags_and_no_identifiers_are_errors(
    platform: Platform, client: DataClient, tags: list[str], ids: list[BinaryID]
) -> None:
    for call in (client.add_tags_to_binary_data_by_ids, client.remove_tags_from_binary_data_by_ids):
        with pytest.raises(GRPCError) as caught:
            await call(tags, ids)
        assert caught.value.status is Status.INVALID_ARGUMENT
    if not tags:
        for by_filter in (client.add_tags_to_binary_data_by_filter, client.remove_tags_from_binary_data_by_filter):
            with pytest.raises(GRPCError, match="tags is empty"):
                await by_filter(tags)
    assert platform.asked == []


async def test_one_text_is_no_list_of_tags(client: DataClient) -> None:
    with pytest.raises(TypeError, match="tags"):
        await client.add_tags_to_binary_data_by_ids("tag", [OLD])


async def test_boxes(platform: Platform, client: DataClient) -> None:
    platform.script["add_bounding_box_to_image_by_id"] = AddBoundingBoxToImageByIDResponse(bbox_id="b")
    platform.script["bounding_box_labels_by_filter"] = BoundingBoxLabelsByFilterResponse(labels=["l"])
    assert await client.add_bounding_box_to_image_by_id(OLD, "l", 0, 0.25, 1, 0.5) == "b"
    await client.remove_bounding_box_from_image_by_id("b", "new")
    assert await client.bounding_box_labels_by_filter() == ["l"]
    (added,) = platform.requests("add_bounding_box_to_image_by_id")
    edges = (added.x_min_normalized, added.y_min_normalized, added.x_max_normalized, added.y_max_normalized)
    assert (added.binary_id, added.label, edges) == (OLD, "l", (0, 0.25, 1, 0.5))
    assert not added.confidence
    await client.add_bounding_box_to_image_by_id(OLD, "l", 0, 0, 1, 1, confidence_score=0.5)
    assert platform.requests("add_bounding_box_to_image_by_id")[1].confidence == 0.5
    (removed,) = platform.requests("remove_bounding_box_from_image_by_id")
    assert (removed.bbox_id, removed.binary_data_id) == ("b", "new")


@pytest.mark.parametrize(
    "edges", [(-0.1, 0, 1, 1), (0, 0, 1.1, 1), (0, float("nan"), 1, 1), (0.6, 0, 0.5, 1), (0, 0.6, 1, 0.5)]
)
async def test_boxes_outside_of_the_image_are_errors(
    platform: Platform, client: DataClient, edges: tuple[float, float, float, float]
) -> None:
    with pytest.raises(GRPCError, match="normalized") as caught:
        await client.add_bounding_box_to_image_by_id(OLD, "l", *edges)
    assert caught.value.status is Status.INVALID_ARGUMENT
    assert platform.asked == []


async def test_the_database(platform: Platform, client: DataClient) -> None:
    platform.script["get_database_connection"] = GetDatabaseConnectionResponse(hostname="host")
    assert await client.get_database_connection("org") == "host"
    await client.configure_database_user("org", "password")
    (request,) = platform.requests("configure_database_user")
    assert (request.organization_id, request.password) == ("org", "password")


class Foreign:
    """A message of another library, as its filters and identifiers."""

    def __init__(self, message: Any, name: str) -> None:
        self.DESCRIPTOR = type("Descriptor", (), {"full_name": name})
        self._message = message

    def SerializeToString(self, deterministic: bool | None = None) -> bytes:  # noqa: N802, ARG002 - Google's
        found: bytes = self._message.SerializeToString()
        return found


async def test_messages_of_other_libraries_are_taken(platform: Platform, client: DataClient) -> None:
    await client.tags_by_filter(Foreign(Filter(part_id="p"), "viam.app.data.v1.Filter"))
    await client.delete_binary_data_by_ids([Foreign(OLD, "viam.app.data.v1.BinaryID")])
    assert platform.requests("tags_by_filter")[0].filter == Filter(part_id="p")
    assert platform.requests("delete_binary_data_by_ids")[0].binary_ids == [OLD]
    with pytest.raises(TypeError, match="Filter"):
        await client.tags_by_filter(Foreign(OLD, "viam.app.data.v1.BinaryID"))
    with pytest.raises(TypeError, match="BinaryID"):
        await client.delete_binary_data_by_ids([Foreign(Filter(), "viam.app.data.v1.Filter")])


@pytest.fixture
def far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose clock is nine hours ahead of UTC."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("far_east")
@pytest.mark.parametrize("make", [create_filter, DataClient.create_filter])
def test_filters_as_the_official_client_makes_them(make: Any) -> None:
    start = datetime(2024, 1, 2)  # noqa: DTZ001 - that is UTC
    found = make("c", "t", "m", "rn", "r", "pn", "p", ["l"], ["o"], ["image/png"], start, None, ["a"], ["b"])
    assert found.interval.start == Timestamp.from_datetime(start.replace(tzinfo=UTC))
    assert not found.interval.end
    assert found.tags_filter == TagsFilter(tags=["a"])
    assert (found.component_name, found.component_type, found.method) == ("c", "t", "m")
    assert (found.robot_name, found.robot_id, found.part_name, found.part_id) == ("rn", "r", "pn", "p")
    assert (found.location_ids, found.organization_ids) == (["l"], ["o"])
    assert (found.mime_type, found.bbox_labels) == (["image/png"], ["b"])
    assert not make(tags=["a"]).interval
    with pytest.raises(TypeError, match="location_ids"):
        make(location_ids="l")
