"""Rows and times as programs of the official client hold them: as messages of google.protobuf."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf import struct_pb2, timestamp_pb2

from specbind.bindings._runtime.proto.wellknown import Any as AnyMessage
from specbind.bindings._runtime.proto.wellknown import ListValue, Struct, Timestamp, Value
from specbind.viam import DataClient, create_filter, utils
from specbind.viam.proto.app.data import BinaryData, BinaryDataByFilterResponse, BinaryMetadata, Filter
from specbind.viam.sync import DataClient as BlockingClient

if TYPE_CHECKING:
    from tests.behaviour.viam.platform import Platform

ROW: dict[str, Any] = {"a": 1.5, "b": [True, None, {"c": "d"}], "e": {}}


def google_struct(value: dict[str, Any]) -> struct_pb2.Struct:
    found = struct_pb2.Struct()
    found.update(value)
    return found


def google_list(values: list[Any]) -> struct_pb2.ListValue:
    found = struct_pb2.ListValue()
    found.extend(values)
    return found


@pytest.mark.parametrize(
    "row",
    [
        google_struct(ROW),
        Struct(fields=ROW),
        {**ROW, "b": google_list(ROW["b"])},
        {**ROW, "b": ListValue(values=ROW["b"])},
        {**ROW, "b": [True, None, google_struct({"c": "d"})]},
        {**ROW, "e": Struct()},
    ],
    ids=["google", "ours", "google list inside", "our list inside", "google struct in a list", "our struct inside"],
)
async def test_rows_may_be_structs(platform: Platform, client: DataClient, row: Any) -> None:
    await client.tabular_data_capture_upload([row, {"n": 1}], "p", "c", "n", "m")
    (request,) = platform.requests("data_capture_upload")
    assert [sensor.struct for sensor in request.sensor_contents] == [ROW, {"n": 1}]


@pytest.mark.parametrize("given", [struct_pb2.Value(number_value=3), Value(number_value=3.0)])
async def test_values_inside_rows_are_opened(platform: Platform, client: DataClient, given: Any) -> None:
    row = {"a": given, "b": [type(given)(bool_value=False), type(given)(null_value=0)]}
    await client.tabular_data_capture_upload([row], "p", "c", "n", "m")
    (request,) = platform.requests("data_capture_upload")
    assert [sensor.struct for sensor in request.sensor_contents] == [{"a": 3, "b": [False, None]}]


async def test_rows_without_end_are_refused_by_their_name(platform: Platform, client: DataClient) -> None:
    circle: dict[str, Any] = {}
    circle["a"] = [circle]
    deep: dict[str, Any] = {}
    for _ in range(3000):
        deep = {"a": deep}
    for row in (circle, deep):
        with pytest.raises(ValueError, match=r"tabular_data\[1\] is nested deeper than 100 levels"):
            await client.tabular_data_capture_upload([{"n": 1}, row], "p", "c", "n", "m")
    with pytest.raises(ValueError, match=r"tabular_data\[0\]\.a .*holds nothing"):
        await client.tabular_data_capture_upload([{"a": struct_pb2.Value()}], "p", "c", "n", "m")
    assert platform.asked == []


def test_what_google_refuses_as_a_time_is_refused_alike() -> None:
    given: list[tuple[str, Any]] = [
        ("FromSeconds", 10**13),
        ("FromSeconds", 1.5),
        ("FromMilliseconds", 1.5),
        ("FromMicroseconds", -(10**18)),
        ("FromNanoseconds", 10**21),
        ("FromJsonString", "bad"),
    ]
    for method, value in given:
        for kind in (timestamp_pb2.Timestamp, Timestamp):
            with pytest.raises(TypeError if isinstance(value, float) else ValueError):
                getattr(kind(), method)(value)


@pytest.mark.parametrize("row", [struct_pb2.ListValue(), timestamp_pb2.Timestamp(), ListValue(), [1], "text"])
async def test_other_messages_are_no_rows(platform: Platform, client: DataClient, row: Any) -> None:
    with pytest.raises(TypeError, match=r"tabular_data\[0\]"):
        await client.tabular_data_capture_upload([row], "p", "c", "n", "m")
    assert platform.asked == []


async def test_times_in_results_have_the_methods_of_protobuf(platform: Platform, client: DataClient) -> None:
    taken = Timestamp(seconds=1_700_000_000, nanos=123_456_789)
    platform.script["binary_data_by_filter"] = BinaryDataByFilterResponse(
        data=[BinaryData(metadata=BinaryMetadata(time_requested=taken))]
    )
    (found,) = await client.binary_data_by_filter(include_file_data=False)
    assert found.metadata.time_requested
    assert found.metadata.time_requested.ToDatetime() == datetime(2023, 11, 14, 22, 13, 20, 123456)  # noqa: DTZ001


def test_the_content_of_an_any_is_found_by_its_name() -> None:
    packed = AnyMessage.pack(Filter(component_name="x"))
    assert packed.unpack() == Filter(component_name="x")
    assert AnyMessage.pack(Timestamp(seconds=1)).unpack() == Timestamp(seconds=1)
    with pytest.raises(LookupError, match=r"viam\.Nothing"):
        AnyMessage(type_url="type.googleapis.com/viam.Nothing").unpack()


def test_a_filter_is_made_in_one_place() -> None:
    assert DataClient.create_filter is utils.create_filter is create_filter
    given: Any = {"component_name": "x", "tags": ["t"], "dataset_id": "d"}
    assert BlockingClient.create_filter(**given) == create_filter(**given)


ZONE = timezone(timedelta(hours=5))
MOMENTS = [(0, 0), (1_700_000_000, 123_456_789), (-1, 999_999_999), (-62_135_596_800, 0), (253_402_300_799, 1)]


@pytest.mark.parametrize(("seconds", "nanos"), MOMENTS)
def test_methods_of_times_give_what_those_of_google_give(seconds: int, nanos: int) -> None:
    ours, theirs = Timestamp(seconds=seconds, nanos=nanos), timestamp_pb2.Timestamp(seconds=seconds, nanos=nanos)
    for name in ("ToSeconds", "ToMilliseconds", "ToMicroseconds", "ToNanoseconds", "ToJsonString", "ToDatetime"):
        assert getattr(ours, name)() == getattr(theirs, name)()
    if abs(seconds) < 10**10:  # in other zones these lie outside of the years 1 to 9999
        assert ours.ToDatetime(tzinfo=ZONE) == theirs.ToDatetime(tzinfo=ZONE)
        assert ours.ToDatetime(ZONE).utcoffset() == timedelta(hours=5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FromDatetime", datetime(2024, 2, 29, 1, 2, 3, 4)),  # noqa: DTZ001 - UTC
        ("FromDatetime", datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("FromDatetime", datetime(2024, 2, 29, 1, 2, 3, 4, tzinfo=ZONE)),
        ("FromSeconds", -5),
        ("FromMilliseconds", -5),
        ("FromMicroseconds", 1_700_000_000_123_456),
        ("FromNanoseconds", -1),
        ("FromJsonString", "2024-02-29T01:02:03.5+05:00"),
    ],
)
def test_times_become_what_those_of_google_become(name: str, value: Any) -> None:
    ours, theirs = Timestamp(seconds=1, nanos=1), timestamp_pb2.Timestamp(seconds=1, nanos=1)
    assert getattr(ours, name)(value) is getattr(theirs, name)(value) is None
    assert (ours.seconds, ours.nanos) == (theirs.seconds, theirs.nanos)


def test_a_time_becomes_now() -> None:
    found = Timestamp()
    before = datetime.now(UTC)
    found.GetCurrentTime()
    assert before <= found.to_datetime() <= datetime.now(UTC)
