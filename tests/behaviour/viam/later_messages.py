"""Messages that the tests of the later calls share."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, TypeAlias

from tests.behaviour.viam.recording import platform

from specbind.bindings._runtime.proto.message import Message
from specbind.bindings._runtime.proto.wellknown import Timestamp
from specbind.bindings.viam.viam.app.data import v1 as data
from specbind.bindings.viam.viam.app.datapipelines import v1 as pipelines
from specbind.bindings.viam.viam.app.dataset import v1 as datasets
from specbind.viam._later import LaterCalls
from specbind.viam.bson import encode

Call: TypeAlias = Callable[[LaterCalls], Coroutine[Any, Any, object]]

MORNING = datetime(2024, 3, 1, 6)  # noqa: DTZ001 - results have no zone, and count as UTC where they are sent
EVENING = datetime(2024, 3, 1, 18, 0, 0, 500000)  # noqa: DTZ001
T1, T2 = Timestamp(seconds=1709272800), Timestamp(seconds=1709316000, nanos=500_000_000)
STAGE: dict[str, Any] = {"$match": {"time_received": {"$gte": MORNING}, "n": 3}}
STAGES = [encode(STAGE), encode({"$limit": 1})]
ROW = {"_id": "x", "time": MORNING, "value": [1, 2.5, None]}
STANDARD = data.TabularDataSourceType.TABULAR_DATA_SOURCE_TYPE_STANDARD
SINK = data.TabularDataSourceType.TABULAR_DATA_SOURCE_TYPE_PIPELINE_SINK
HOT = data.IndexableCollection.INDEXABLE_COLLECTION_HOT_STORE
RESOURCE = data.SequenceResourceFilter(resource_name="camera-1", method_name="ReadImage")
SEQUENCE = data.Sequence(id="s", sequence_tags=["t"], start_time=T1, end_time=T2, resources=[RESOURCE], part_id="p")
INDEX = data.Index(collection_type=HOT, index_name="t_1", index_spec=[encode({"t": 1})])
DATASET = datasets.Dataset(id="d", name="fog", organization_id="o", time_created=T1)
EXPORT = datasets.GetSequenceDatasetExportResponse(job_id="j", download_url="https://example.org/x", expires_at=T1)
PIPELINE = pipelines.DataPipeline(
    id="p", organization_id="o", name="hourly", mql_binary=STAGES, schedule="0 * * * *", enabled=True, created_on=T1
)
RUN = pipelines.DataPipelineRun(id="r", start_time=T1, data_start_time=T1, data_end_time=T2)
BINARY = data.BinaryData(binary=b"png", metadata=data.BinaryMetadata(binary_data_id="b"))
SAVED = data.Query(id="q", organization_id="o", name="newest", mql_binary=STAGES, created_on=T1, updated_at=T2)
OLD = data.BinaryID(file_id="f", organization_id="o", location_id="l")

BOX = ("b", "x", "cat", 0.1, 0.2, 0.3, 0.4)
BOX_REQUEST: dict[str, Any] = {
    "bbox_id": "x",
    "label": "cat",
    "x_min_normalized": 0.1,
    "y_min_normalized": 0.2,
    "x_max_normalized": 0.3,
    "y_max_normalized": 0.4,
}
Case: TypeAlias = tuple[str, Call, Message, Message, object]
"""Name of the rpc, the call, the request, the answer, the result."""


async def check(rpc: str, call: Call, request: Message, answer: Message, result: object) -> None:
    """Make a call, and compare what was sent and what came back."""
    async with platform() as server:
        server.answers[rpc] = answer
        assert await call(server.client) == result
        assert server.asked == [(rpc, request)]
        assert server.asked[0][1].SerializeToString() == request.SerializeToString()
        assert server.metadata["authorization"] == "Bearer abc"
        assert server.timeout is None
