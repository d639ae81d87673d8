"""Uploads of every kind, and hostile ones."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import UNSET
from tests.behaviour.viam_emulator.platform import DAY, Platform, at, platform_of, refusal

from specbind.bindings._runtime.proto.wellknown import Any as AnyMessage
from specbind.bindings._runtime.proto.wellknown import StringValue, Timestamp
from specbind.bindings.viam.viam.app.data.v1 import (
    Annotations,
    BinaryMetadata,
    BoundingBox,
    TabularDataByFilterRequest,
)
from specbind.bindings.viam.viam.app.dataset.v1 import CreateDatasetRequest, DatasetType
from specbind.bindings.viam.viam.app.datasync.v1 import (
    DataCaptureUploadMetadata,
    DataCaptureUploadRequest,
    DataType,
    FileData,
    FileUploadRequest,
    MimeType,
    SensorData,
    SensorMetadata,
    StreamingDataCaptureUploadRequest,
    UploadMetadata,
)
from specbind.emulators.viam import API_KEY, API_KEY_ID, ORGANIZATION_ID, PART_ID
from specbind.viam import DataClient, connect

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore:TabularDataByFilter is deprecated")


async def described(platform: Platform, identifier: str) -> BinaryMetadata:
    metadata = (await platform.one(identifier)).metadata
    assert metadata is not UNSET
    return metadata


async def test_a_file_of_many_pieces_comes_back_whole(platform: Platform) -> None:
    pieces = [bytes([number]) * 40_000 for number in range(50)]

    async def requests() -> Any:
        yield FileUploadRequest(metadata=UploadMetadata(part_id=PART_ID, file_name="a.b", file_extension=".tar"))
        for piece in pieces:
            yield FileUploadRequest(file_contents=FileData(data=piece))

    answer = await platform.sync.file_upload(requests())
    found = await platform.one(answer.binary_data_id, with_bytes=True)
    assert found.binary == b"".join(pieces)
    metadata = await described(platform, answer.binary_data_id)
    assert (metadata.file_name, metadata.file_ext, metadata.file_size_bytes) == ("a.b", ".tar", 2_000_000)
    assert metadata.id == answer.file_id
    assert metadata.binary_data_id.endswith(f"/{answer.file_id}")


async def test_a_streamed_reading_keeps_its_times_and_labels(platform: Platform) -> None:
    box = BoundingBox(label="cat", x_max_normalized=1.0, y_max_normalized=1.0)
    sensor = SensorMetadata(time_requested=at(DAY), annotations=Annotations(bboxes=[box]))
    upload = UploadMetadata(part_id=PART_ID, component_name="cam", file_extension=".jpeg", tags=["a", "a", ""])
    requests = [
        StreamingDataCaptureUploadRequest(
            metadata=DataCaptureUploadMetadata(upload_metadata=upload, sensor_metadata=sensor)
        ),
        StreamingDataCaptureUploadRequest(data=b"12"),
        StreamingDataCaptureUploadRequest(data=b"345"),
    ]
    answer = await platform.sync.streaming_data_capture_upload(requests)
    found = await platform.one(answer.binary_data_id, with_bytes=True)
    assert found.binary == b"12345"
    metadata = found.metadata
    assert metadata is not UNSET
    assert metadata.time_requested == metadata.time_received == at(DAY)
    assert metadata.capture_metadata is not UNSET
    assert (metadata.capture_metadata.mime_type, metadata.capture_metadata.tags) == ("image/jpeg", ["a"])
    assert metadata.annotations is not UNSET
    assert [each.label for each in metadata.annotations.bboxes] == ["cat"]
    assert metadata.annotations.bboxes[0].id


@pytest.mark.parametrize(
    ("metadata", "enum", "expected"),
    [
        ({"file_extension": ".PNG"}, 0, "image/png"),
        ({"file_extension": "pcd"}, 0, "pointcloud/pcd"),
        ({"file_extension": ".jpg", "mime_type": "image/webp"}, 0, "image/webp"),
        ({}, MimeType.MIME_TYPE_VIDEO_MP4, "video/mp4"),
        ({}, 0, "application/octet-stream"),
        ({"file_extension": ".nobody-knows"}, 0, "application/octet-stream"),
    ],
)
async def test_the_media_type_is_stated_or_follows_from_the_extension(
    platform: Platform, metadata: dict[str, str], enum: int, expected: str
) -> None:
    reading = SensorData(binary=b"x", metadata=SensorMetadata(mime_type=MimeType(enum)))
    request = DataCaptureUploadRequest(metadata=UploadMetadata(part_id=PART_ID, **metadata), sensor_contents=[reading])
    answer = await platform.sync.data_capture_upload(request)
    capture = (await described(platform, answer.binary_data_id)).capture_metadata
    assert capture is not UNSET
    assert capture.mime_type == expected


async def test_rows_keep_their_kinds(platform: Platform) -> None:
    row = {"n": 1.5, "t": True, "s": "ä", "l": [1.0, None, {"x": "y"}], "o": {"deep": {"er": 2.0}}, "none": None}
    parameters = {"p": AnyMessage.pack(StringValue(value="v")), "q": AnyMessage(type_url="x/of.Nobody", value=b"1")}
    await platform.rows(row, {}, method_parameters=parameters, tags=["t"])
    page = await platform.data.tabular_data_by_filter(TabularDataByFilterRequest())
    assert [each.data for each in page.data] == [row, {}]
    assert [each.time_received for each in page.data] == [at(DAY), at(DAY + timedelta(seconds=1))]
    (metadata,) = page.metadata
    assert metadata.method_parameters == parameters
    assert metadata.tags == ["t"]


HOSTILE_NAMES = [
    "../../../etc/passwd",
    "/etc/passwd",
    "C:\\Windows\\x",
    "a\0b",
    "nul",
    "..",
    "\u202egpj.exe",
    "🦊" * 1000,
]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
async def test_a_name_is_never_a_path(platform: Platform, name: str) -> None:
    identifier = await platform.file(b"x", file_name=name, file_extension=".txt")
    assert (await described(platform, identifier)).file_name == name
    assert [path.name for path in platform.viam.state.folder.rglob("*")] == ["1.bin"]


@pytest.mark.parametrize(
    ("metadata", "status"),
    [
        ({"part_id": ""}, "INVALID_ARGUMENT"),
        ({"part_id": "part"}, "INVALID_ARGUMENT"),
        ({"part_id": "../" * 1000}, "INVALID_ARGUMENT"),
        ({"part_id": "6f1c9a52-0d1e-4b7a-9c55-3f2f6f6f0aff"}, "NOT_FOUND"),
        ({"file_name": "x" * 100_000}, "INVALID_ARGUMENT"),
        ({"component_name": "x" * 100_000}, "INVALID_ARGUMENT"),
        ({"tags": ["x" * 100_000]}, "INVALID_ARGUMENT"),
        ({"dataset_ids": ["nothing"]}, "NOT_FOUND"),
    ],
    ids=["no part", "no UUID", "a path", "unknown part", "long name", "long component", "long tag", "no dataset"],
)
async def test_metadata_that_cannot_be_meant_leaves_nothing(
    platform: Platform, metadata: dict[str, Any], status: str
) -> None:
    assert (await refusal(platform.file(**metadata)))[0] == status
    assert (await refusal(platform.reading(**metadata)))[0] == status
    assert platform.viam.state.binaries == {}
    assert list(platform.viam.state.folder.iterdir()) == []


META = FileUploadRequest(metadata=UploadMetadata(part_id=PART_ID))


@pytest.mark.parametrize(
    "requests",
    [[], [FileUploadRequest(file_contents=FileData(data=b"x"))], [META, META], [META, FileUploadRequest()]],
    ids=["nothing", "no metadata", "metadata twice", "an empty message"],
)
async def test_a_stream_of_another_form_is_refused(platform: Platform, requests: list[FileUploadRequest]) -> None:
    assert (await refusal(platform.sync.file_upload(requests)))[0] == "INVALID_ARGUMENT"
    assert list(platform.viam.state.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "contents"),
    [
        (DataType.DATA_TYPE_TABULAR_SENSOR, []),
        (DataType.DATA_TYPE_TABULAR_SENSOR, [SensorData(binary=b"x")]),
        (DataType.DATA_TYPE_BINARY_SENSOR, [SensorData(struct={"a": 1})]),
        (DataType.DATA_TYPE_UNSPECIFIED, [SensorData(struct={"a": 1}), SensorData(binary=b"x")]),
        (DataType.DATA_TYPE_BINARY_SENSOR, [SensorData(binary=b"x"), SensorData(binary=b"y")]),
        (
            DataType.DATA_TYPE_TABULAR_SENSOR,
            [SensorData(struct={}, metadata=SensorMetadata(time_received=Timestamp(seconds=1 << 50)))],
        ),
    ],
    ids=["none", "bytes as rows", "rows as bytes", "mixed", "two", "no time"],
)
async def test_readings_of_another_form_are_refused(
    platform: Platform, kind: DataType, contents: list[SensorData]
) -> None:
    request = DataCaptureUploadRequest(metadata=UploadMetadata(part_id=PART_ID, type=kind), sensor_contents=contents)
    assert (await refusal(platform.sync.data_capture_upload(request)))[0] == "INVALID_ARGUMENT"
    assert platform.viam.state.rows == []
    assert list(platform.viam.state.folder.iterdir()) == []


async def test_a_deep_struct_is_told_and_the_next_call_works(platform: Platform) -> None:
    row = b"\x0a\x01x\x12"  # one member named x, whose value is nested too deeply to be read
    value = b"\x11" + bytes(8)
    for _ in range(3000):
        value = b"\x32" + _sized(b"\x0a" + _sized(value))
    struct = b"\x0a" + _sized(row + _sized(value))
    raw = b"\x0a" + _sized(b"\x0a" + _sized(PART_ID.encode())) + b"\x12" + _sized(b"\x12" + _sized(struct))

    class Raw(DataCaptureUploadRequest):
        def SerializeToString(self) -> bytes:  # noqa: N802 - the name that gRPC libraries call
            return raw

    status, message = await refusal(platform.sync.data_capture_upload(Raw()))
    assert status == "INVALID_ARGUMENT"
    assert "cannot be read" in message
    await platform.rows({"x": 1.0})


def _sized(content: bytes) -> bytes:
    size, prefix = len(content), bytearray()
    while size > 127:
        prefix.append(size & 127 | 128)
        size >>= 7
    return bytes([*prefix, size]) + content


async def test_messages_are_bounded() -> None:
    async with platform_of(max_message=1000) as platform:
        for call in (platform.file(b"x" * 1001), platform.reading(b"x" * 1001), platform.rows({"a": "x" * 1001})):
            status, message = await refusal(call)
            assert (status, message.partition("(")[0]) == ("RESOURCE_EXHAUSTED", "message larger than max ")
        assert list(platform.viam.state.folder.iterdir()) == []
        assert (await refusal(platform.file(b"x" * 200_000)))[0] == "RESOURCE_EXHAUSTED"
        await platform.file(b"x" * 1000)


async def test_a_file_may_come_in_one_message(platform: Platform) -> None:
    identifier = await platform.file(b"x" * (9 << 20))
    assert (await described(platform, identifier)).file_size_bytes == 9 << 20


async def test_an_upload_joins_datasets_of_binary_data_only(platform: Platform) -> None:
    made = [
        (await platform.datasets.create_dataset(
            CreateDatasetRequest(name=name, organization_id=ORGANIZATION_ID, type=DatasetType(kind))
        )).id
        for kind, name in enumerate(("pictures", "films"))
    ]  # fmt: skip
    identifier = await platform.file(dataset_ids=made[:1])
    assert (await described(platform, identifier)).dataset_ids == made[:1]
    assert (await refusal(platform.file(dataset_ids=made)))[0] == "INVALID_ARGUMENT"


async def test_labels_outside_of_the_image_are_refused(platform: Platform) -> None:
    annotations = Annotations(bboxes=[BoundingBox(label="x", x_max_normalized=2.0, y_max_normalized=1.0)])
    reading = SensorData(binary=b"x", metadata=SensorMetadata(annotations=annotations))
    request = DataCaptureUploadRequest(metadata=UploadMetadata(part_id=PART_ID), sensor_contents=[reading])
    assert (await refusal(platform.sync.data_capture_upload(request)))[0] == "INVALID_ARGUMENT"
    assert list(platform.viam.state.folder.iterdir()) == []


async def client_of(platform: Platform) -> DataClient:
    address = platform.address
    return await connect(API_KEY, API_KEY_ID, host=address.host, port=address.port, tls=False, insecure=True)


async def test_a_file_from_disk_has_its_own_times(platform: Platform, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    async with await client_of(platform) as client:
        one = await client.file_upload_from_path(path, PART_ID)
        other = await client.file_upload_from_path(path, PART_ID, file_modify_time=DAY)
        made = await client.file_upload(PART_ID, b"x", file_create_time=DAY)
        page = await client.binary_data_by_filter_page(include_binary_data=False)
        found = {each.metadata.binary_data_id: each.metadata for each in page[0] if each.metadata}
        assert page.total_size_bytes == 3
        received = [each.time_received for each in found.values() if each.time_received]
        assert [each.to_datetime() for each in received] == [datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC), DAY, DAY]
        assert len({one, other, made}) == 3


async def test_annotations_come_with_a_reading(platform: Platform) -> None:
    marks = Annotations(bboxes=[BoundingBox(label="cat", x_max_normalized=0.5, y_max_normalized=0.5)])
    async with await client_of(platform) as client:
        await client.binary_data_capture_upload(b"x", PART_ID, "camera", "c", "Get", "png", annotations=marks)
        await client.streaming_data_capture_upload(b"x", PART_ID, "png", annotations=marks)
        for found in await client.binary_data_by_filter():
            assert found.metadata.annotations
            assert [box.label for box in found.metadata.annotations.bboxes] == ["cat"]


async def test_all_of_a_database_connection(platform: Platform) -> None:
    async with await client_of(platform) as client:
        found = await client.get_database_connection_details(ORGANIZATION_ID)
        assert found.hostname == await client.get_database_connection(ORGANIZATION_ID)
        assert found.mongodb_uri
        assert not found.has_database_user
        await client.configure_database_user(ORGANIZATION_ID, "secret-Password-1")
        assert (await client.get_database_connection_details(ORGANIZATION_ID)).has_database_user


async def test_deleting_by_a_filter_can_take_what_is_internal(platform: Platform) -> None:
    async with await client_of(platform) as client:
        await client.file_upload(PART_ID, b"x")
        assert await client.delete_binary_data_by_filter(None, include_internal_data=True) == 1
