"""Calls that upload."""

from __future__ import annotations

import logging
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from msgspec import UNSET, UnsetType

from specbind.bindings._runtime.grpc.grpclib_errors import RpcUnauthorizedError
from specbind.bindings.viam.viam.app.data.v1 import Annotations
from specbind.bindings.viam.viam.app.datasync.v1 import (
    DataCaptureUploadMetadata,
    DataCaptureUploadRequest,
    DataType,
    FileData,
    FileUploadRequest,
    SensorData,
    SensorMetadata,
    StreamingDataCaptureUploadRequest,
    UploadMetadata,
)
from specbind.bindings.viam.viam.app.datasync.v1.services import (
    DATA_SYNC_SERVICE_DATA_CAPTURE_UPLOAD,
    DATA_SYNC_SERVICE_FILE_UPLOAD,
    DATA_SYNC_SERVICE_STREAMING_DATA_CAPTURE_UPLOAD,
)
from specbind.core import arguments

from ._calls import Calls
from ._foreign import message_of
from ._messages import instant, packed, texts, times
from ._pieces import Pieces
from ._readings import fields_of

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence

    from specbind.bindings._runtime.grpc.rpc import Rpc
    from specbind.bindings._runtime.proto.message import Message
    from specbind.core.progress import Progress

    from ._foreign import SupportsSerialize
    from ._pieces import Content

__all__ = ["Uploads"]

Q = TypeVar("Q", bound="Message")
A = TypeVar("A", bound="Message")

_LOGGER = logging.getLogger(__name__)


class Uploads(Calls):
    """Uploads of captured data and files. None is repeated by itself: nobody knows what the platform kept."""

    async def binary_data_capture_upload(
        self,
        binary_data: bytes,
        part_id: str,
        component_type: str,
        component_name: str,
        method_name: str,
        file_extension: str,
        method_parameters: Mapping[str, object] | None = None,
        tags: Iterable[str] | None = None,
        data_request_times: tuple[datetime | None, datetime | None] | None = None,
        *,
        dataset_ids: Iterable[str] | None = None,
        mime_type: str | None = None,
        annotations: Annotations | SupportsSerialize | None = None,
    ) -> str:
        """Upload one binary reading in one message; gives its identifier.

        Args:
            binary_data: the bytes. For many of them there is `streaming_data_capture_upload`.
            part_id: machine part that captured.
            component_type: type of the component.
            component_name: name of the component.
            method_name: method that captured.
            file_extension: extension, with or without its dot; the platform takes the media type from it.
            method_parameters: what the method was called with.
            tags: tags of the reading.
            data_request_times: when it was asked for, and when it was there; without a zone they are UTC.
            dataset_ids: datasets that it goes to.
            mime_type: media type; the platform takes it from the extension unless stated.
            annotations: bounding boxes and classifications of the image.

        Raises:
            RpcError: the platform refuses.
        """
        if not isinstance(binary_data, (bytes, bytearray, memoryview)):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"binary_data is bytes, not {type(binary_data).__name__}")
        about = _sensor("data_request_times", data_request_times, annotations)
        sensor = SensorData(metadata=about, binary=bytes(binary_data))
        metadata = _metadata(
            DataType.DATA_TYPE_BINARY_SENSOR, part_id, component_type, component_name, method_name,
            method_parameters, tags, file_extension=_dotted(file_extension), dataset_ids=dataset_ids,
            mime_type=mime_type,
        )  # fmt: skip
        return await self._capture(metadata, [sensor])

    async def tabular_data_capture_upload(
        self,
        tabular_data: Sequence[Mapping[str, object] | SupportsSerialize],
        part_id: str,
        component_type: str,
        component_name: str,
        method_name: str,
        method_parameters: Mapping[str, object] | None = None,
        tags: Iterable[str] | None = None,
        data_request_times: Sequence[tuple[datetime | None, datetime | None] | None] | None = None,
    ) -> str:
        """Upload rows of a sensor in one message; gives the identifier of the file that they become.

        Args:
            tabular_data: the rows, of values that JSON has, or messages google.protobuf.Struct of any library.
            part_id: machine part that captured.
            component_type: type of the component.
            component_name: name of the component.
            method_name: method that captured.
            method_parameters: what the method was called with.
            tags: tags of the rows.
            data_request_times: for each row when it was asked for, and when it was there; without a zone they are UTC.

        Raises:
            ValueError: there are not as many times as rows, or an integer in them would lose digits: the platform
                keeps numbers as doubles, so beyond 2**53 give a str, or a float to have it rounded.
            RpcError: the platform refuses.
        """
        if data_request_times and len(data_request_times) != len(tabular_data):
            raise ValueError("data_request_times and tabular_data lengths must be equal.")
        sensors: list[SensorData] = []
        for number, row in enumerate(tabular_data):
            fields = fields_of(f"tabular_data[{number}]", row)
            taken = data_request_times[number] if data_request_times else None
            stamped = _sensor(f"data_request_times[{number}]", taken)
            sensors.append(SensorData(metadata=stamped, struct=fields))
        metadata = _metadata(
            DataType.DATA_TYPE_TABULAR_SENSOR, part_id, component_type, component_name, method_name,
            method_parameters, tags,
        )  # fmt: skip
        return await self._capture(metadata, sensors)

    async def _capture(self, metadata: UploadMetadata, sensors: list[SensorData]) -> str:
        request = DataCaptureUploadRequest(metadata=metadata, sensor_contents=sensors)
        answer = await self._ask(DATA_SYNC_SERVICE_DATA_CAPTURE_UPLOAD, request)
        return answer.file_id or answer.binary_data_id

    async def streaming_data_capture_upload(  # noqa: PLR0913 - prescribed by the official client
        self,
        data: Content,
        part_id: str,
        file_ext: str,
        component_type: str | None = None,
        component_name: str | None = None,
        method_name: str | None = None,
        method_parameters: Mapping[str, object] | None = None,
        data_request_times: tuple[datetime | None, datetime | None] | None = None,
        tags: Iterable[str] | None = None,
        *,
        dataset_ids: Iterable[str] | None = None,
        mime_type: str | None = None,
        annotations: Annotations | SupportsSerialize | None = None,
        progress: Progress | None = None,
    ) -> str:
        """Upload one binary reading in pieces of 64 KiB; gives its identifier.

        Args:
            data: bytes, a Path, a file opened for bytes, or pieces of any length.
            part_id: machine part that captured.
            file_ext: extension, with or without its dot; the platform takes the media type from it.
            component_type: type of the component.
            component_name: name of the component.
            method_name: method that captured.
            method_parameters: what the method was called with.
            data_request_times: when it was asked for, and when it was there; without a zone they are UTC.
            tags: tags of the reading.
            dataset_ids: datasets that it goes to.
            mime_type: media type; the platform takes it from the extension unless stated.
            annotations: bounding boxes and classifications of the image.
            progress: told the bytes that were sent.

        Raises:
            OSError: the file cannot be read. ChangedDuringTransferError: it became another one meanwhile.
            RpcError: the platform refuses.
        """
        about = _sensor("data_request_times", data_request_times, annotations)
        metadata = DataCaptureUploadMetadata(
            upload_metadata=_metadata(
                DataType.DATA_TYPE_BINARY_SENSOR, part_id, component_type, component_name, method_name,
                method_parameters, tags, file_extension=_dotted(file_ext), dataset_ids=dataset_ids, mime_type=mime_type,
            ),
            sensor_metadata=SensorMetadata() if about is UNSET else about,
        )  # fmt: skip
        pieces = Pieces(data, arguments.callback("progress", progress))
        await pieces.open()

        async def requests() -> AsyncGenerator[StreamingDataCaptureUploadRequest, None]:
            yield StreamingDataCaptureUploadRequest(metadata=metadata)
            async with aclosing(aiter(pieces)) as parts:
                async for piece in parts:
                    yield StreamingDataCaptureUploadRequest(data=piece)

        answer = await self._sent(DATA_SYNC_SERVICE_STREAMING_DATA_CAPTURE_UPLOAD, pieces, requests)
        return answer.file_id or answer.binary_data_id

    async def file_upload(  # noqa: PLR0913 - prescribed by the official client
        self,
        part_id: str,
        data: Content,
        component_type: str | None = None,
        component_name: str | None = None,
        method_name: str | None = None,
        file_name: str | None = None,
        method_parameters: Mapping[str, object] | None = None,
        file_extension: str | None = None,
        tags: Iterable[str] | None = None,
        *,
        dataset_ids: Iterable[str] | None = None,
        mime_type: str | None = None,
        file_create_time: datetime | None = None,
        file_modify_time: datetime | None = None,
        progress: Progress | None = None,
    ) -> str:
        """Upload a file in pieces of 64 KiB; gives its identifier.

        Args:
            part_id: machine part that the file belongs to.
            data: bytes, a Path, a file opened for bytes, or pieces of any length.
            component_type: type of the component.
            component_name: name of the component.
            method_name: method that made it.
            file_name: name, empty unless stated.
            method_parameters: what the method was called with.
            file_extension: extension as it is to be stored, empty unless stated.
            tags: tags of the file.
            dataset_ids: datasets that it goes to.
            mime_type: media type; the platform takes it from the extension unless stated.
            file_create_time: when the file was made; without a zone it is UTC.
            file_modify_time: when it was changed last; as above.
            progress: told the bytes that were sent.

        Raises:
            OSError: the file cannot be read. ChangedDuringTransferError: it became another one meanwhile.
            RpcError: the platform refuses.
        """
        metadata = _metadata(
            DataType.DATA_TYPE_FILE, part_id, component_type, component_name, method_name, method_parameters, tags,
            file_name=file_name, file_extension=file_extension, dataset_ids=dataset_ids, mime_type=mime_type,
        )  # fmt: skip
        metadata.file_create_time = instant("file_create_time", file_create_time)
        metadata.file_modify_time = instant("file_modify_time", file_modify_time)
        pieces = Pieces(data, arguments.callback("progress", progress))
        await pieces.open()
        return await self._file(metadata, pieces)

    async def file_upload_from_path(  # noqa: PLR0913 - prescribed by the official client
        self,
        filepath: str | os.PathLike[str],
        part_id: str,
        component_type: str | None = None,
        component_name: str | None = None,
        method_name: str | None = None,
        method_parameters: Mapping[str, object] | None = None,
        tags: Iterable[str] | None = None,
        *,
        dataset_ids: Iterable[str] | None = None,
        mime_type: str | None = None,
        file_name: str | None = None,
        file_create_time: datetime | None = None,
        file_modify_time: datetime | None = None,
        progress: Progress | None = None,
    ) -> str:
        """Upload a file from disk in pieces of 64 KiB, under its own name and extension; gives its identifier.

        Args:
            filepath: the file.
            part_id: machine part that the file belongs to.
            component_type: type of the component.
            component_name: name of the component.
            method_name: method that made it.
            method_parameters: what the method was called with.
            tags: tags of the file.
            dataset_ids: datasets that it goes to.
            mime_type: media type; the platform takes it from the extension unless stated.
            file_name: name; that of the file without its extension unless stated.
            file_create_time: when the file was made; that of the file unless stated, where the system knows it.
            file_modify_time: when it was changed last; that of the file unless stated.
            progress: told the bytes that were sent.

        Raises:
            FileNotFoundError: there is no such file. OSError: it cannot be read.
            ChangedDuringTransferError: it became another one meanwhile.
            RpcError: the platform refuses.
        """
        path = Path(filepath)
        metadata = _metadata(
            DataType.DATA_TYPE_FILE, part_id, component_type, component_name, method_name, method_parameters, tags,
            file_name=path.stem if file_name is None else file_name, file_extension=path.suffix,
            dataset_ids=dataset_ids, mime_type=mime_type,
        )  # fmt: skip
        pieces = Pieces(path, arguments.callback("progress", progress))
        stat = await pieces.open()
        if stat is not None:
            file_create_time = file_create_time or _born(stat)
            file_modify_time = file_modify_time or datetime.fromtimestamp(stat.st_mtime, UTC)
        metadata.file_create_time = instant("file_create_time", file_create_time)
        metadata.file_modify_time = instant("file_modify_time", file_modify_time)
        return await self._file(metadata, pieces)

    async def _file(self, metadata: UploadMetadata, pieces: Pieces) -> str:
        async def requests() -> AsyncGenerator[FileUploadRequest, None]:
            yield FileUploadRequest(metadata=metadata)
            async with aclosing(aiter(pieces)) as parts:
                async for piece in parts:
                    yield FileUploadRequest(file_contents=FileData(data=piece))

        answer = await self._sent(DATA_SYNC_SERVICE_FILE_UPLOAD, pieces, requests)
        return answer.file_id or answer.binary_data_id

    async def _sent(self, rpc: Rpc[Q, A], pieces: Pieces, requests: Callable[[], AsyncGenerator[Q, None]]) -> A:
        """Send pieces; once more where the platform refuses the token and they can be had again."""
        credentials = None if self._site is None else self._site.credentials
        signed = None if credentials is None else await credentials.metadata()
        try:
            answer = await self._stream(rpc, requests())
        except RpcUnauthorizedError:
            if credentials is None or not pieces.rewind():
                raise
            await credentials.refresh(signed)
            answer = await self._stream(rpc, requests())
        try:
            await pieces.finish()
        except Exception:  # of the caller's progress; it is stored, and its identifier must not be lost
            _LOGGER.exception("progress failed when the upload was stored already")
        return answer

    async def _stream(self, rpc: Rpc[Q, A], requests: AsyncGenerator[Q, None]) -> A:
        async with aclosing(requests):  # files are closed before the call returns
            return await self._transport.client_stream(rpc, requests, metadata=self._metadata)


def _metadata(
    kind: DataType,
    part_id: str,
    component_type: str | None,
    component_name: str | None,
    method_name: str | None,
    method_parameters: Mapping[str, object] | None,
    tags: Iterable[str] | None,
    *,
    file_name: str | None = None,
    file_extension: str | None = None,
    dataset_ids: Iterable[str] | None = None,
    mime_type: str | None = None,
) -> UploadMetadata:
    return UploadMetadata(
        part_id=arguments.text("part_id", part_id),
        component_type=arguments.optional_text("component_type", component_type) or "",
        component_name=arguments.optional_text("component_name", component_name) or "",
        method_name=arguments.optional_text("method_name", method_name) or "",
        type=kind,
        file_name=arguments.optional_text("file_name", file_name) or "",
        file_extension=arguments.optional_text("file_extension", file_extension) or "",
        method_parameters=packed("method_parameters", method_parameters),
        tags=texts("tags", tags),
        dataset_ids=texts("dataset_ids", dataset_ids),
        mime_type=arguments.optional_text("mime_type", mime_type) or "",
    )


def _sensor(
    name: str, taken: tuple[datetime | None, datetime | None] | None, annotations: object = None
) -> SensorMetadata | UnsetType:
    """What is known about a reading; absent where nothing is."""
    if taken is None and annotations is None:
        return UNSET
    asked, there = times(name, taken)
    marks = UNSET if annotations is None else message_of(Annotations, "annotations", annotations)
    return SensorMetadata(time_requested=asked, time_received=there, annotations=marks)


def _born(stat: os.stat_result) -> datetime | None:
    """When a file was made, where the system knows."""
    seconds = getattr(stat, "st_birthtime", None)
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, float) else None


def _dotted(extension: str) -> str:
    return f".{extension}" if extension and not extension.startswith(".") else extension
