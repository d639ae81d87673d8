"""The official client against servers derived from the generated ones."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from grpclib.const import Status
from grpclib.exceptions import GRPCError
from tests.support.witness import interop_python

from specbind.bindings._runtime.grpc.grpclib_server import grpclib_server
from specbind.bindings._runtime.proto.wellknown import Timestamp
from specbind.bindings.viam.viam.app.data.v1 import CaptureMetadata as Metadata
from specbind.bindings.viam.viam.app.data.v1 import (
    DataServiceServer,
    DeleteTabularDataRequest,
    DeleteTabularDataResponse,
    ExportTabularDataRequest,
    ExportTabularDataResponse,
    TabularData,
    TabularDataByFilterRequest,
    TabularDataByFilterResponse,
    TagsByFilterRequest,
    TagsByFilterResponse,
)
from specbind.bindings.viam.viam.app.datasync.v1 import DataSyncServiceServer, FileUploadRequest, FileUploadResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.witness


class Data(DataServiceServer):
    """Answers with what it was asked."""

    async def tags_by_filter(self, request: TagsByFilterRequest, call: Any) -> TagsByFilterResponse:
        asked = request.filter
        assert asked
        assert asked.tags_filter
        return TagsByFilterResponse(
            tags=[asked.component_name, str(call.metadata["authorization"]), *asked.tags_filter.tags]
        )

    async def export_tabular_data(
        self,
        request: ExportTabularDataRequest,
        call: Any,  # noqa: ARG002
    ) -> AsyncIterator[ExportTabularDataResponse]:
        for number in range(3):
            yield ExportTabularDataResponse(
                part_id=request.part_id, payload={"n": number}, time_captured=Timestamp(seconds=number)
            )

    async def tabular_data_by_filter(
        self,
        request: TabularDataByFilterRequest,  # noqa: ARG002
        call: Any,  # noqa: ARG002
    ) -> TabularDataByFilterResponse:
        row = TabularData(data={"a": [1, True, "x"]}, metadata_index=0)
        return TabularDataByFilterResponse(data=[row], metadata=[Metadata(component_name="c")], count=7, last="next")

    async def delete_tabular_data(
        self,
        request: DeleteTabularDataRequest,
        call: Any,  # noqa: ARG002
    ) -> DeleteTabularDataResponse:
        raise GRPCError(Status.PERMISSION_DENIED, f"not of {request.organization_id}")


class Sync(DataSyncServiceServer):
    """Counts bytes."""

    async def file_upload(self, requests: AsyncIterator[FileUploadRequest], call: Any) -> FileUploadResponse:  # noqa: ARG002
        sizes = [len(request.file_contents.data) async for request in requests if request.file_contents]
        return FileUploadResponse(binary_data_id=f"{sum(sizes)} bytes")


async def test_every_kind_of_call() -> None:
    server = grpclib_server(Data(), Sync())
    await server.start("127.0.0.1", 0)
    try:
        port = server._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        script = Path(__file__).with_name("official_calls.py")
        process = await asyncio.create_subprocess_exec(
            interop_python("viam-sdk"), str(script), str(port), stdout=asyncio.subprocess.PIPE
        )
        output, _ = await asyncio.wait_for(process.communicate(), 60)
    finally:
        server.close()
        await server.wait_closed()
    assert json.loads(output) == {
        "unary": ["cam", "Bearer token", "dusk", "fog"],
        "server stream": [[{"n": float(number)}, f"1970-01-01T00:00:0{number}"] for number in range(3)],
        "page": [[{"a": [1.0, True, "x"]}], 7, "next"],
        "client stream": "100000 bytes",
        "failure": ["PERMISSION_DENIED", "not of organization"],
    }
