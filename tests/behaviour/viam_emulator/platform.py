"""A platform with clients of its services, and short ways to fill it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from grpclib.const import Status

from specbind.bindings._runtime.grpc.grpclib_errors import RpcError
from specbind.bindings._runtime.grpc.grpclib_transport import GrpclibTransport
from specbind.bindings._runtime.proto.wellknown import Timestamp
from specbind.bindings.viam.proto.rpc.v1 import (
    AuthenticateRequest,
    AuthServiceClient,
    Credentials,
    ExternalAuthServiceClient,
)
from specbind.bindings.viam.viam.app.data.v1 import BinaryData, BinaryDataByIDsRequest, DataServiceClient
from specbind.bindings.viam.viam.app.datapipelines.v1 import DataPipelinesServiceClient
from specbind.bindings.viam.viam.app.dataset.v1 import DatasetServiceClient
from specbind.bindings.viam.viam.app.datasync.v1 import (
    DataCaptureUploadRequest,
    DataSyncServiceClient,
    FileData,
    FileUploadRequest,
    SensorData,
    SensorMetadata,
    UploadMetadata,
)
from specbind.emulators.viam import API_KEY, API_KEY_ID, PART_ID, Address, Viam, serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

__all__ = ["DAY", "Clock", "Platform", "at", "platform_of", "refusal"]

DAY = datetime(2026, 3, 4, 12, tzinfo=UTC)


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = DAY

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


class Platform:
    """An emulated platform, logged in to."""

    def __init__(self, viam: Viam, clock: Clock, address: Address) -> None:
        self.viam = viam
        self.clock = clock
        self.address = address
        self.open = GrpclibTransport(address.host, address.port, tls=False, timeout=20)
        self.auth = AuthServiceClient(self.open)
        self.metadata: dict[str, str] = {}

    async def log_in(self) -> str:
        credentials = Credentials(type="api-key", payload=API_KEY)
        answer = await self.auth.authenticate(AuthenticateRequest(entity=API_KEY_ID, credentials=credentials))
        self.metadata = {"authorization": f"Bearer {answer.access_token}"}
        self.transport = GrpclibTransport(
            self.address.host, self.address.port, tls=False, timeout=20, metadata=self.metadata
        )
        self.data = DataServiceClient(self.transport)
        self.sync = DataSyncServiceClient(self.transport)
        self.datasets = DatasetServiceClient(self.transport)
        self.pipelines = DataPipelinesServiceClient(self.transport)
        self.external = ExternalAuthServiceClient(self.transport)
        return answer.access_token

    def close(self) -> None:
        self.open.close()
        self.transport.close()

    async def file(self, data: bytes = b"content", **metadata: Any) -> str:
        """Upload a file; gives its identifier."""
        metadata.setdefault("part_id", PART_ID)
        requests = [
            FileUploadRequest(metadata=UploadMetadata(**metadata)),
            FileUploadRequest(file_contents=FileData(data=data)),
        ]
        return (await self.sync.file_upload(requests)).binary_data_id

    async def reading(self, data: bytes = b"content", moment: datetime = DAY, **metadata: Any) -> str:
        """Upload a binary reading; gives its identifier."""
        reading = SensorData(binary=data, metadata=SensorMetadata(time_requested=at(moment), time_received=at(moment)))
        metadata.setdefault("part_id", PART_ID)
        request = DataCaptureUploadRequest(metadata=UploadMetadata(**metadata), sensor_contents=[reading])
        return (await self.sync.data_capture_upload(request)).binary_data_id

    async def rows(self, *rows: dict[str, Any], moment: datetime = DAY, **metadata: Any) -> str:
        """Upload rows, one second apart; gives the identifier of the file."""
        stated = {"part_id": PART_ID, "component_type": "rdk:component:sensor", "component_name": "probe"} | metadata
        readings = [
            SensorData(struct=row, metadata=SensorMetadata(time_received=at(moment + timedelta(seconds=place))))
            for place, row in enumerate(rows)
        ]
        stated.setdefault("method_name", "Readings")
        request = DataCaptureUploadRequest(metadata=UploadMetadata(**stated), sensor_contents=readings)
        return (await self.sync.data_capture_upload(request)).file_id

    async def one(self, identifier: str, *, with_bytes: bool = False) -> BinaryData:
        """One piece of binary data."""
        request = BinaryDataByIDsRequest(binary_data_ids=[identifier], include_binary=with_bytes)
        (found,) = (await self.data.binary_data_by_ids(request)).data
        return found


def at(moment: datetime) -> Timestamp:
    return Timestamp.from_datetime(moment)


@asynccontextmanager
async def platform_of(**options: Any) -> AsyncIterator[Platform]:
    clock = Clock()
    viam = Viam(clock=clock, **options)
    async with serve(viam) as address:
        platform = Platform(viam, clock, address)
        await platform.log_in()
        try:
            yield platform
        finally:
            platform.close()


async def refusal(call: Awaitable[object]) -> tuple[str, str]:
    """The status and the message that a call ends with."""
    try:
        await call
    except RpcError as error:
        return error.status.name, error.message
    return Status.OK.name, ""
