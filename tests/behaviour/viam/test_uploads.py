"""Uploads: pieces, progress, files that change, metadata."""

from __future__ import annotations

import asyncio
import io
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from grpclib.client import Channel
from grpclib.const import Status
from grpclib.exceptions import GRPCError

from specbind.bindings._runtime.grpc.grpclib_errors import RpcDeadlineError
from specbind.bindings._runtime.grpc.grpclib_transport import GrpclibTransport
from specbind.bindings._runtime.proto.wellknown import Any as AnyMessage
from specbind.bindings._runtime.proto.wellknown import Timestamp, Value
from specbind.core.errors import ChangedDuringTransferError
from specbind.viam import DataClient
from specbind.viam.proto.app.datasync import (
    DataCaptureUploadResponse,
    DataType,
    FileUploadResponse,
    StreamingDataCaptureUploadResponse,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.behaviour.viam.platform import Platform

KIB = 1024
PIECE = 64 * KIB
CONTENT = bytes(range(256)) * 600 + b"end"  # two pieces, and one that is shorter


def whole(requests: list[Any]) -> bytes:
    return b"".join(each.file_contents.data for each in requests[1:])


async def test_a_file_from_disk_goes_in_pieces_with_progress(
    platform: Platform, client: DataClient, tmp_path: Path
) -> None:
    platform.script["file_upload"] = FileUploadResponse(file_id="id")
    path = tmp_path / "one.tar.gz"
    path.write_bytes(CONTENT)
    told: list[tuple[int, int | None]] = []
    found = await client.file_upload_from_path(
        path, "part", "camera", tags=["t"], progress=lambda done, total: told.append((done, total))
    )
    assert found == "id"
    (requests,) = platform.requests("file_upload")
    metadata = requests[0].metadata
    assert (metadata.part_id, metadata.component_type, metadata.tags) == ("part", "camera", ["t"])
    assert (metadata.file_name, metadata.file_extension) == ("one.tar", ".gz")
    assert metadata.type is DataType.DATA_TYPE_FILE
    assert [len(each.file_contents.data) for each in requests[1:]] == [PIECE, PIECE, len(CONTENT) - 2 * PIECE]
    assert whole(requests) == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert told.count(told[-1]) == 1


async def test_a_file_without_bytes_is_one_empty_piece(platform: Platform, client: DataClient, tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()
    await client.file_upload_from_path(str(path), "part")
    await client.file_upload("part", b"")
    for requests in platform.requests("file_upload"):
        assert [each.file_contents.data for each in requests[1:]] == [b""]


async def test_a_file_that_is_not_there_is_found_out_before_anything_is_sent(
    platform: Platform, client: DataClient, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        await client.file_upload_from_path(tmp_path / "none", "part")
    with pytest.raises(IsADirectoryError):
        await client.file_upload_from_path(tmp_path, "part")
    assert platform.asked == []


@pytest.mark.parametrize("change", [b"longer" * 100_000, b"x", None])
async def test_a_file_that_changes_meanwhile_is_an_error(
    platform: Platform, client: DataClient, tmp_path: Path, change: bytes | None
) -> None:
    path = tmp_path / "file"
    path.write_bytes(CONTENT * 4)

    def touch(done: int, total: int | None) -> None:  # noqa: ARG001 - the protocol
        if change is None:
            path.write_bytes(b"y" * len(CONTENT) * 4)
        else:
            path.write_bytes(change)

    with pytest.raises(ChangedDuringTransferError):
        await client.file_upload_from_path(path, "part", progress=touch)
    assert platform.requests("file_upload") == []  # the stream was never ended


async def test_an_error_of_the_progress_is_raised_as_it_is(client: DataClient) -> None:
    def stop(*_: object) -> None:
        raise OSError("stop it")

    with pytest.raises(OSError, match="stop it"):
        await client.file_upload("part", CONTENT, progress=stop)


async def test_what_is_no_plain_file_is_refused_before_it_is_opened(
    platform: Platform, client: DataClient, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="no plain file"):
        await asyncio.wait_for(client.file_upload_from_path(tmp_path / "pipe", "part"), 5)
    assert platform.asked == []


@pytest.mark.parametrize("way", ["deadline", "cancel"])
async def test_a_read_that_blocks_holds_nobody_up(platform: Platform, way: str) -> None:
    reader, writer = os.pipe()
    channel = Channel("127.0.0.1", platform.port)
    transport = GrpclibTransport.over(channel, timeout=0.3 if way == "deadline" else None)
    try:
        with open(reader, "rb", buffering=0) as source:  # noqa: PTH123, ASYNC230 - a descriptor
            call = asyncio.create_task(DataClient(transport, {}).file_upload("part", source))
            if way == "cancel":
                await asyncio.sleep(0.1)
                call.cancel()
            done, _ = await asyncio.wait([call], timeout=5)
            os.close(writer)  # lets the read end
            with pytest.raises(RpcDeadlineError if way == "deadline" else asyncio.CancelledError):
                await call
            assert done
    finally:
        channel.close()


async def test_the_file_is_closed_when_an_upload_is_left(
    client: DataClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(CONTENT * 60)  # so that some of it comes before the end
    opened: list[Any] = []
    usual = Path.open

    def noted(self: Path, *args: Any, **kwargs: Any) -> Any:
        opened.append(usual(self, *args, **kwargs))
        return opened[-1]

    monkeypatch.setattr(Path, "open", noted)

    def stop(*_: object) -> None:
        raise OSError("stop it")

    with pytest.raises(OSError, match="stop it"):
        await client.file_upload_from_path(path, "part", progress=stop)
    async with asyncio.timeout(5):
        while not all(each.closed for each in opened):  # noqa: ASYNC110 - a thread closes it
            await asyncio.sleep(0.01)


async def pieces() -> AsyncIterator[bytes]:
    yield CONTENT[:10]
    yield CONTENT[10:]


@pytest.mark.parametrize("kind", ["bytes", "bytearray", "memoryview", "path", "file", "list", "pieces"])
async def test_what_can_be_streamed(platform: Platform, client: DataClient, tmp_path: Path, kind: str) -> None:
    platform.script["streaming_data_capture_upload"] = StreamingDataCaptureUploadResponse(binary_data_id="new id")
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    source: Any = {
        "bytes": CONTENT,
        "bytearray": bytearray(CONTENT),
        "memoryview": memoryview(CONTENT),
        "path": path,
        "file": io.BytesIO(CONTENT),
        "list": [CONTENT[:99], b"", CONTENT[99:]],
        "pieces": pieces(),
    }[kind]
    taken = datetime(2024, 1, 2, tzinfo=timezone(timedelta(hours=1)))
    found = await client.streaming_data_capture_upload(
        source, "part", "jpg", method_parameters={"a": 1}, data_request_times=(taken, taken.replace(tzinfo=None))
    )
    assert found == "new id"
    (requests,) = platform.requests("streaming_data_capture_upload")
    metadata = requests[0].metadata
    assert metadata.upload_metadata.file_extension == ".jpg"
    assert metadata.upload_metadata.type is DataType.DATA_TYPE_BINARY_SENSOR
    assert metadata.upload_metadata.method_parameters["a"].unpack_as(Value) == Value(number_value=1.0)
    assert metadata.sensor_metadata.time_requested == Timestamp.from_datetime(datetime(2024, 1, 1, 23, tzinfo=UTC))
    assert metadata.sensor_metadata.time_received == Timestamp.from_datetime(datetime(2024, 1, 2, tzinfo=UTC))
    assert b"".join(each.data for each in requests[1:]) == CONTENT
    assert max(len(each.data) for each in requests[1:]) <= PIECE


@pytest.mark.parametrize("source", ["a path as text", io.StringIO("text"), ["text"], 5, None])
async def test_what_cannot_be_streamed_is_told(client: DataClient, source: Any) -> None:
    with pytest.raises(TypeError, match="uploaded"):
        await client.streaming_data_capture_upload(source, "part", ".bin")


async def test_arguments_of_later_versions(platform: Platform, client: DataClient, tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"x")
    more: dict[str, Any] = {"dataset_ids": ["d"], "mime_type": "a/b"}
    await client.file_upload("p", b"x", **more)
    await client.file_upload_from_path(path, "p", file_name="own", **more)
    await client.streaming_data_capture_upload(b"x", "p", ".x", **more)
    await client.binary_data_capture_upload(b"x", "p", "t", "n", "m", ".x", **more)
    found = [requests[0].metadata for requests in platform.requests("file_upload")]
    assert found[1].file_name == "own"
    found.append(platform.requests("streaming_data_capture_upload")[0][0].metadata.upload_metadata)
    found.append(platform.requests("data_capture_upload")[0].metadata)
    assert [(each.dataset_ids, each.mime_type) for each in found] == [(["d"], "a/b")] * 4


async def test_without_an_extension_there_is_none(platform: Platform, client: DataClient) -> None:
    await client.streaming_data_capture_upload(b"x", "part", "")
    (requests,) = platform.requests("streaming_data_capture_upload")
    assert requests[0].metadata.upload_metadata.file_extension == ""


async def test_a_refusal_during_an_upload_is_the_servers_error(platform: Platform, client: DataClient) -> None:
    platform.script["file_upload"] = GRPCError(Status.NOT_FOUND, "no such part")
    with pytest.raises(GRPCError, match="no such part") as caught:
        await client.file_upload("part", b"x")
    assert caught.value.status is Status.NOT_FOUND


async def test_one_reading_in_one_message(platform: Platform, client: DataClient) -> None:
    platform.script["data_capture_upload"] = DataCaptureUploadResponse(file_id="f")
    given = AnyMessage(type_url="t/x", value=b"1")
    found = await client.binary_data_capture_upload(
        b"bytes", "part", "camera", "cam", "Get", "png", {"own": given, "none": None, "many": [1, {"a": "b"}]}, ["t"]
    )
    assert found == "f"
    (request,) = platform.requests("data_capture_upload")
    assert request.metadata.file_extension == ".png"
    assert request.metadata.method_parameters["own"] == given
    assert request.metadata.method_parameters["many"].unpack_as(Value).list_value == [1.0, {"a": "b"}]
    (sensor,) = request.sensor_contents
    assert sensor.binary == b"bytes"
    assert not sensor.metadata


async def test_rows_with_and_without_times(platform: Platform, client: DataClient) -> None:
    taken = datetime(2024, 1, 2, tzinfo=UTC)
    rows = [{"a": 1, "b": None}, {"a": [True, {"c": "d"}]}]
    await client.tabular_data_capture_upload(
        rows, "part", "sensor", "s", "Readings", data_request_times=[(taken, taken), None]
    )
    (request,) = platform.requests("data_capture_upload")
    assert request.metadata.type is DataType.DATA_TYPE_TABULAR_SENSOR
    assert [sensor.struct for sensor in request.sensor_contents] == rows
    assert [bool(sensor.metadata) for sensor in request.sensor_contents] == [True, False]
    with pytest.raises(ValueError, match="lengths must be equal"):
        await client.tabular_data_capture_upload(rows, "p", "s", "s", "R", data_request_times=[(taken, taken)])
