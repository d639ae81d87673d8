"""Binary data: pages, by identifiers, addresses of the bytes, and deletions."""

from __future__ import annotations

from asyncio import to_thread
from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import UNSET

from specbind.bindings._runtime.proto.wellknown import Timestamp
from specbind.bindings.viam.viam.app.data.v1 import (
    Annotations,
    BinaryData,
    BinaryDataByFilterRequest,
    BinaryDataByFilterResponse,
    BinaryDataByIDsRequest,
    BinaryDataByIDsResponse,
    BinaryMetadata,
    CreateBinaryDataSignedURLRequest,
    CreateBinaryDataSignedURLResponse,
    DataServiceServer,
    DeleteBinaryDataByFilterRequest,
    DeleteBinaryDataByFilterResponse,
    DeleteBinaryDataByIDsRequest,
    DeleteBinaryDataByIDsResponse,
)

from .filters import by_filter, select
from .refusals import exhausted, invalid, unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from specbind.bindings._runtime.grpc.rpc import ServerCall

    from .files import Files
    from .records import Binary
    from .state import State

__all__ = ["BinaryCalls", "answered", "described"]

_MINUTES = 15
_MOST_MINUTES = 7 * 24 * 60


class BinaryCalls(DataServiceServer):
    """What the data service does with binary data as a whole."""

    _state: State
    _files: Files

    async def binary_data_by_filter(
        self, request: BinaryDataByFilterRequest, call: ServerCall
    ) -> BinaryDataByFilterResponse:
        """One page."""
        page = select(
            self._state.binaries.values(),
            request.data_request,
            self._state.page_size,
            internal=request.include_internal_data,
            count_only=request.count_only,
            counted=self._state.count,
        )
        data = await answered(self._state, page.found, with_bytes=request.include_binary)
        return BinaryDataByFilterResponse(data=data, count=page.count, last=page.last, total_size_bytes=page.size)

    async def binary_data_by_ids(self, request: BinaryDataByIDsRequest, call: ServerCall) -> BinaryDataByIDsResponse:
        """Binary data in the order of its identifiers."""
        found = self._state.named_binaries(request.binary_data_ids, request.binary_ids)
        data = await answered(self._state, found, with_bytes=request.include_binary)
        return BinaryDataByIDsResponse(data=data, count=len(data))

    async def delete_binary_data_by_filter(
        self, request: DeleteBinaryDataByFilterRequest, call: ServerCall
    ) -> DeleteBinaryDataByFilterResponse:
        """Delete all that passes; an empty filter means everything."""
        passes = by_filter(request.filter, internal=request.include_internal_data)
        doomed = [binary for binary in self._state.binaries.values() if passes(binary)]
        return DeleteBinaryDataByFilterResponse(deleted_count=self._state.delete_binaries(doomed))

    async def delete_binary_data_by_ids(
        self, request: DeleteBinaryDataByIDsRequest, call: ServerCall
    ) -> DeleteBinaryDataByIDsResponse:
        """Delete; nothing is deleted where one of the identifiers is not known."""
        doomed = self._state.named_binaries(request.binary_data_ids, request.binary_ids)
        return DeleteBinaryDataByIDsResponse(deleted_count=self._state.delete_binaries(doomed))

    async def create_binary_data_signed_url(
        self, request: CreateBinaryDataSignedURLRequest, call: ServerCall
    ) -> CreateBinaryDataSignedURLResponse:
        """An address that needs no token, good for 15 minutes unless stated, at most for seven days."""
        binary = self._state.binary(request.binary_data_id)
        minutes = _MINUTES if request.expiration_minutes is UNSET else request.expiration_minutes
        if not 0 < minutes <= _MOST_MINUTES:
            raise invalid(f"expiration_minutes is from 1 to {_MOST_MINUTES}")
        ends = (self._state.clock() + timedelta(minutes=minutes)).replace(microsecond=0)
        return CreateBinaryDataSignedURLResponse(
            signed_url=self._files.signed_url(f"/data/{binary.id}", ends), expires_at=Timestamp.from_datetime(ends)
        )


def described(state: State, binary: Binary) -> BinaryMetadata:
    """What is answered about binary data."""
    return BinaryMetadata(
        id=binary.file_id,
        capture_metadata=binary.capture.message(),
        time_requested=binary.requested,
        time_received=binary.received,
        file_name=binary.file_name,
        file_ext=binary.file_ext,
        uri=f"{state.base_url}/data/{binary.id}",
        annotations=Annotations(bboxes=list(binary.boxes), classifications=list(binary.classifications)),
        dataset_ids=list(binary.dataset_ids),
        binary_data_id=binary.id,
        file_size_bytes=binary.size,
    )


async def answered(state: State, binaries: Sequence[Binary], *, with_bytes: bool) -> list[BinaryData]:
    """Messages of binary data. Raises RESOURCE_EXHAUSTED where their bytes do not fit into one message."""
    size = sum(binary.size for binary in binaries) if with_bytes else 0
    if size > state.max_message:
        raise exhausted(size, state.max_message)
    found: list[BinaryData] = []
    for binary in binaries:
        metadata = described(state, binary)
        try:
            contents = await to_thread(binary.path.read_bytes) if with_bytes else b""
        except FileNotFoundError:  # deleted in the meantime
            raise unknown("binary data", binary.id) from None
        found.append(BinaryData(binary=contents, metadata=metadata))
    return found
