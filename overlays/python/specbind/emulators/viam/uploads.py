"""Uploads: rows, binary readings and files."""

from __future__ import annotations

import mimetypes
from asyncio import to_thread
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import UNSET
from msgspec.structs import replace

from specbind.bindings._runtime.proto.message import encode
from specbind.bindings._runtime.proto.wellknown import Struct
from specbind.bindings.viam.viam.app.dataset.v1 import DatasetType
from specbind.bindings.viam.viam.app.datasync.v1 import (
    DataCaptureUploadRequest,
    DataCaptureUploadResponse,
    DataSyncServiceServer,
    DataType,
    FileUploadRequest,
    FileUploadResponse,
    MimeType,
    SensorData,
    SensorMetadata,
    StreamingDataCaptureUploadRequest,
    StreamingDataCaptureUploadResponse,
    UploadMetadata,
)

from .labels import checked_box
from .records import Binary, Capture, Row, checked_time
from .refusals import bounded, exhausted, invalid

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from pathlib import Path

    from msgspec import UnsetType

    from specbind.bindings._runtime.grpc.rpc import ServerCall
    from specbind.bindings._runtime.proto.wellknown import Timestamp
    from specbind.bindings.viam.viam.app.data.v1 import BoundingBox

    from .state import State

__all__ = ["Uploads", "mime_type_of"]

# what the platform knows beyond the table of the machine, which differs from system to system
_MIME_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".pcd": "pointcloud/pcd",
    ".mp4": "video/mp4",
    ".txt": "text/plain",
    ".json": "application/json",
    ".csv": "text/csv",
}
_ENUM = {
    MimeType.MIME_TYPE_IMAGE_JPEG: "image/jpeg",
    MimeType.MIME_TYPE_IMAGE_PNG: "image/png",
    MimeType.MIME_TYPE_APPLICATION_PCD: "pointcloud/pcd",
    MimeType.MIME_TYPE_VIDEO_MP4: "video/mp4",
}


@dataclass
class _Contents:
    """Bytes that lie in a file, not part of the data yet."""

    path: Path
    size: int


class Uploads(DataSyncServiceServer):
    """Takes what machines and people send."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def data_capture_upload(
        self, request: DataCaptureUploadRequest, call: ServerCall
    ) -> DataCaptureUploadResponse:
        """Take rows, or one binary reading."""
        metadata = UploadMetadata() if request.metadata is UNSET else request.metadata
        capture = self._capture(metadata)
        if not request.sensor_contents:
            raise invalid("sensor_contents is required")
        if all(reading.struct is not UNSET for reading in request.sensor_contents):
            return DataCaptureUploadResponse(file_id=self._add_rows(metadata, capture, request.sensor_contents))
        if len(request.sensor_contents) > 1:
            raise invalid("a binary reading comes alone, and not together with rows")
        (reading,) = request.sensor_contents
        if metadata.type is DataType.DATA_TYPE_TABULAR_SENSOR:
            raise invalid("metadata.type says tabular, but the reading is no struct")
        contents = b"" if reading.binary is UNSET else reading.binary
        self._check_size(len(contents))
        path = self._state.new_path()
        await to_thread(path.write_bytes, contents)
        binary = self._add_binary(metadata, capture, reading.metadata, _Contents(path, len(contents)))
        return DataCaptureUploadResponse(file_id=binary.file_id, binary_data_id=binary.id)

    async def file_upload(self, requests: AsyncIterator[FileUploadRequest], call: ServerCall) -> FileUploadResponse:
        """Take a file: metadata first, then its pieces."""
        first = await anext(requests, None)
        if first is None or first.metadata is UNSET:
            raise invalid("the first message has to bear the metadata")
        metadata = first.metadata
        capture = self._capture(metadata)

        async def pieces() -> AsyncGenerator[bytes]:
            async for request in requests:
                if request.file_contents is UNSET:
                    raise invalid("file_contents is wanted in every message but the first")
                yield request.file_contents.data

        binary = self._add_binary(metadata, capture, UNSET, await self._store(pieces()))
        return FileUploadResponse(file_id=binary.file_id, binary_data_id=binary.id)

    async def streaming_data_capture_upload(
        self, requests: AsyncIterator[StreamingDataCaptureUploadRequest], call: ServerCall
    ) -> StreamingDataCaptureUploadResponse:
        """Take a binary reading: metadata first, then its pieces."""
        first = await anext(requests, None)
        if first is None or first.metadata is UNSET or first.metadata.upload_metadata is UNSET:
            raise invalid("the first message has to bear the metadata")
        metadata = first.metadata.upload_metadata
        capture = self._capture(metadata)

        async def pieces() -> AsyncGenerator[bytes]:
            async for request in requests:
                if request.data is UNSET:
                    raise invalid("data is wanted in every message but the first")
                yield request.data

        contents = await self._store(pieces())
        binary = self._add_binary(metadata, capture, first.metadata.sensor_metadata, contents)
        return StreamingDataCaptureUploadResponse(file_id=binary.file_id, binary_data_id=binary.id)

    # --- parts of it

    def _capture(self, metadata: UploadMetadata) -> Capture:
        """Check what is known about an upload before any of its bytes is read."""
        part = self._state.part(metadata.part_id)
        for name in ("component_type", "component_name", "method_name", "file_name", "file_extension", "mime_type"):
            bounded(name, getattr(metadata, name))
        for identifier in metadata.dataset_ids:
            if self._state.dataset(identifier).type is not DatasetType.DATASET_TYPE_BINARY_DATA:
                raise invalid(f"the dataset {identifier} holds sequences")
        return Capture(
            part=part,
            component_type=metadata.component_type,
            component_name=metadata.component_name,
            method=metadata.method_name,
            parameters=dict(metadata.method_parameters),
            tags=list(dict.fromkeys(bounded("tags", tag) for tag in metadata.tags if tag)),
            mime_type=metadata.mime_type,
        )

    def _check_size(self, size: int) -> None:
        if size > self._state.max_message:
            raise exhausted(size, self._state.max_message)

    async def _store(self, pieces: AsyncGenerator[bytes]) -> _Contents:
        """Write pieces to a file, which is gone again if they end with an error."""
        contents = _Contents(self._state.new_path(), 0)
        try:
            with await to_thread(contents.path.open, "wb") as file:
                async for piece in pieces:
                    self._check_size(len(piece))
                    await to_thread(file.write, piece)
                    contents.size += len(piece)
        except BaseException:
            contents.path.unlink(missing_ok=True)
            raise
        return contents

    def _file_times(self, metadata: UploadMetadata) -> tuple[Timestamp, Timestamp, Timestamp]:
        """When a file was made, when it was changed last, and now."""
        now = self._state.timestamp()
        made = checked_time("file_create_time", metadata.file_create_time)
        changed = checked_time("file_modify_time", metadata.file_modify_time)
        return made or changed or now, changed or made or now, now

    def _times(self, metadata: SensorMetadata | UnsetType) -> tuple[Timestamp, Timestamp, Timestamp]:
        """When a reading was asked for, when it was there, and now."""
        now = self._state.timestamp()
        if metadata is UNSET:
            return now, now, now
        requested = checked_time("time_requested", metadata.time_requested)
        received = checked_time("time_received", metadata.time_received)
        return requested or received or now, received or requested or now, now

    def _add_rows(self, metadata: UploadMetadata, capture: Capture, readings: list[SensorData]) -> str:
        if metadata.type is DataType.DATA_TYPE_BINARY_SENSOR:
            raise invalid("metadata.type says binary, but the readings are structs")
        rows: list[Row] = []
        for reading in readings:
            data = {} if reading.struct is UNSET else reading.struct
            size = len(encode(Struct(fields=data)))
            self._check_size(size)
            requested, received, synced = self._times(reading.metadata)
            rows.append(Row(self._state.number(), capture, requested, received, synced, size, data))
        self._state.rows += rows
        return self._state.new_id()

    def _add_binary(
        self, metadata: UploadMetadata, capture: Capture, sensor: SensorMetadata | UnsetType, contents: _Contents
    ) -> Binary:
        try:
            name, extension = _name(metadata)
            requested, received, synced = self._file_times(metadata) if sensor is UNSET else self._times(sensor)
            stated = MimeType.MIME_TYPE_UNSPECIFIED if sensor is UNSET else sensor.mime_type
            capture.mime_type = capture.mime_type or _ENUM.get(stated, "") or mime_type_of(extension)
            binary = Binary(
                self._state.number(),
                capture,
                requested,
                received,
                synced,
                contents.size,
                self._state.new_id(),
                contents.path,
                name,
                extension,
                dataset_ids=list(dict.fromkeys(metadata.dataset_ids)),
            )
            if sensor is not UNSET and sensor.annotations is not UNSET:
                binary.boxes = [self._own(box) for box in sensor.annotations.bboxes]
                binary.classifications = list(sensor.annotations.classifications)
        except BaseException:
            contents.path.unlink(missing_ok=True)
            raise
        self._state.binaries[binary.id] = binary
        return binary

    def _own(self, box: BoundingBox) -> BoundingBox:
        return checked_box(replace(box, id=self._state.new_id()))


def _name(metadata: UploadMetadata) -> tuple[str, str]:
    """Name and extension of a file; one that is not stated is looked for in the name."""
    name, extension = metadata.file_name, metadata.file_extension
    if extension:
        return name, extension if extension.startswith(".") else f".{extension}"
    stem, dot, last = name.rpartition(".")
    if dot and stem and last.isalnum():
        return stem, f".{last}"
    return name, ""


def mime_type_of(extension: str) -> str:
    """The media type of an extension with its dot, `application/octet-stream` for one that is not known."""
    known = extension.lower()
    return _MIME_TYPES.get(known) or mimetypes.types_map.get(known) or "application/octet-stream"
