"""Filters that read like Python become the message of the platform, or an error."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from specbind.bindings._runtime.proto.wellknown import Timestamp
from specbind.bindings.viam.viam.app.data.v1 import BinaryID, CaptureInterval, Filter, TagsFilter, TagsFilterType
from specbind.viam.filters import F, as_filter

if TYPE_CHECKING:
    from specbind.viam.filters import Condition

START = datetime(2024, 3, 1, 12, tzinfo=UTC)
END = datetime(2024, 3, 2, 12, tzinfo=timezone(timedelta(hours=2)))


def test_every_field() -> None:
    condition = (
        (F.component_name == "camera-1")
        & (F.component_type == "camera")
        & (F.method == "ReadImage")
        & (F.robot_name == "r")
        & (F.robot_id == "rid")
        & (F.part_name == "p")
        & (F.part_id == "pid")
        & F.location_ids.any("l1", "l2", "l1")
        & (F.organization_ids == "o")
        & F.mime_type.any("image/png")
        & F.time.between(START, END)
        & F.tags.any("dusk", "fog")
        & F.bbox_labels.any("cat", "dog")
        & (F.dataset_id == "d")
    )
    assert condition.build() == Filter(
        component_name="camera-1",
        component_type="camera",
        method="ReadImage",
        robot_name="r",
        robot_id="rid",
        part_name="p",
        part_id="pid",
        location_ids=["l1", "l2"],
        organization_ids=["o"],
        mime_type=["image/png"],
        interval=CaptureInterval(start=Timestamp(seconds=1709294400), end=Timestamp(seconds=1709373600)),
        tags_filter=TagsFilter(type=TagsFilterType.TAGS_FILTER_TYPE_MATCH_BY_OR, tags=["dusk", "fog"]),
        bbox_labels=["cat", "dog"],
        dataset_id="d",
    )


def test_tagged_and_untagged() -> None:
    assert F.tags.tagged().build() == Filter(tags_filter=TagsFilter(type=TagsFilterType.TAGS_FILTER_TYPE_TAGGED))
    assert F.tags.untagged().build() == Filter(tags_filter=TagsFilter(type=TagsFilterType.TAGS_FILTER_TYPE_UNTAGGED))


def test_one_end_of_the_time() -> None:
    assert (F.time >= START).build() == Filter(interval=CaptureInterval(start=Timestamp.from_datetime(START)))
    assert (F.time <= START).build() == Filter(interval=CaptureInterval(end=Timestamp.from_datetime(START)))


def test_the_same_twice_is_once() -> None:
    assert ((F.robot_id == "a") & (F.robot_id == "a")).build() == Filter(robot_id="a")


@pytest.mark.parametrize(
    ("condition", "kind", "message"),
    [
        (((F.robot_id == "a") | (F.robot_id == "b")), TypeError, "no `|`"),
        ((~(F.robot_id == "a")), TypeError, "no `~`"),
        ((F.robot_id != "a"), TypeError, "not by !="),
        ((F.robot_id < "a"), TypeError, "not by <"),
        (F.robot_id.any("a", "b"), TypeError, "one text by =="),
        (F.robot_id.exists(), TypeError, "not by exists"),
        ((F.mime_type != "a"), TypeError, "not by !="),
        ((F.tags != "a"), TypeError, "not by !="),
        ((F.time == START), TypeError, "between"),
        ((F.time < START), TypeError, ">=, <="),
        ((F.robot_id == 3), TypeError, "with a str, not with 3"),
        ((F.time >= 3), TypeError, "with a datetime, not with 3"),
        (F.tags.any(["a", "b"]), TypeError, r"\.any\(\*values\)"),
        ((F.robot_id == ""), ValueError, "any at all"),
        (F.tags.any("a", ""), ValueError, "any at all"),
        (((F.robot_id == "a") & (F.robot_id == "b")), ValueError, "robot_id is asked for twice"),
        ((F.tags.any("a") & F.tags.any("b")), ValueError, "tags is asked for twice"),
        ((F.tags.tagged() & F.tags.untagged()), ValueError, "tags is asked for twice"),
        (((F.time >= START) & (F.time >= END)), ValueError, "time is asked for twice"),
        (F.time.between(END, START), ValueError, "ends before it"),
    ],
)
def test_what_the_platform_cannot_do(condition: Condition, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        condition.build()


def test_fields_are_fixed() -> None:
    with pytest.raises(AttributeError):
        F.robot = F.robot_id  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        F.robot_id = F.tags  # type: ignore[misc]


class Foreign:
    """A message of another library."""

    def __init__(self, name: str, content: bytes) -> None:
        self.DESCRIPTOR = type("Descriptor", (), {"full_name": name})
        self.content = content

    def SerializeToString(self) -> bytes:  # noqa: N802 - the name that gRPC libraries call
        return self.content


def test_what_is_taken_as_a_filter() -> None:
    message = Filter(robot_id="a")
    assert as_filter(None) == Filter()
    assert as_filter(message) is message
    assert as_filter(F.robot_id == "a") == message
    assert as_filter(Foreign("viam.app.data.v1.Filter", message.SerializeToString())) == message


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("robot_id", "not 'robot_id'"),
        ({"robot_id": "a"}, "not {'robot_id': 'a'}"),
        (F.robot_id, "not Field"),
        (BinaryID(file_id="a"), "not a viam.app.data.v1.BinaryID"),
        (Foreign("viam.app.data.v1.BinaryID", b""), "not a viam.app.data.v1.BinaryID"),
        (Foreign("viam.app.data.v1.Filter", b"\x0a"), "no viam.app.data.v1.Filter"),
    ],
)
def test_what_is_no_filter(given: object, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        as_filter(given)  # type: ignore[arg-type]


def test_a_time_without_a_zone_counts_as_utc() -> None:
    assert (F.time >= START.replace(tzinfo=None)).build() == (F.time >= START).build()
