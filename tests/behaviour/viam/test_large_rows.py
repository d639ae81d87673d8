"""Rows of which a whole page does not fit into a message."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from grpclib.client import Channel
from grpclib.const import Status
from grpclib.exceptions import GRPCError

from specbind.bindings._runtime.grpc.grpclib_errors import RpcLimitError, RpcRateLimitError
from specbind.bindings._runtime.grpc.grpclib_transport import GrpclibTransport
from specbind.bindings._runtime.grpc.status_messages import RetryInfo
from specbind.bindings._runtime.proto.wellknown import Duration
from specbind.viam import DataClient
from specbind.viam.proto.app.data import CaptureMetadata, TabularData, TabularDataByFilterResponse

if TYPE_CHECKING:
    from tests.behaviour.viam.platform import Platform


def rows(sizes: list[int], most: int | None = None) -> Any:
    """Pages of rows of so many bytes; one of more than `most` bytes is refused as servers do."""

    def answer(request: Any) -> TabularDataByFilterResponse:
        asked = request.data_request
        start = int(asked.last or 0)
        chosen = sizes[start : start + asked.limit]
        if most is not None and sum(chosen) > most:
            raise GRPCError(Status.RESOURCE_EXHAUSTED, f"message larger than max ({sum(chosen)} vs. {most})")
        return TabularDataByFilterResponse(
            data=[TabularData(data={"n": start + n, "text": "x" * size}) for n, size in enumerate(chosen)],
            metadata=[CaptureMetadata()],
            last=str(start + len(chosen)),
            count=len(sizes),
        )

    return answer


def asked(platform: Platform) -> list[tuple[str, int]]:
    return [(request.data_request.last, request.data_request.limit) for _, request in platform.asked]


async def test_a_page_that_is_too_large_is_asked_for_in_halves_from_the_same_place(
    platform: Platform, client: DataClient, caplog: pytest.LogCaptureFixture
) -> None:
    platform.script["tabular_data_by_filter"] = rows([10] * 100 + [100] * 60, most=3000)
    with caplog.at_level(logging.WARNING, "specbind.viam"):
        found = await client.tabular_data_by_filter()
    assert [row.data["n"] for row in found] == list(range(160))
    assert asked(platform) == [
        ("", 100),
        ("100", 100),
        ("100", 50),
        ("100", 25),
        ("125", 25),  # the size that worked is kept
        ("150", 25),
    ]
    said = [record.getMessage() for record in caplog.records if record.name == "specbind.viam"]
    assert len(said) == 2
    assert "TabularDataByFilter" in said[0]
    assert "50 rows" in said[0]
    assert "25 rows" in said[1]


async def test_answers_over_the_own_limit_count_too(platform: Platform) -> None:
    platform.script["tabular_data_by_filter"] = rows([1000] * 30)
    channel = Channel("127.0.0.1", platform.port)
    try:
        transport = GrpclibTransport.over(channel, max_receive_size=5000)
        found = [row.data["n"] async for row in DataClient(transport, {}).tabular_data()]
    finally:
        channel.close()
    assert found == list(range(30))
    assert asked(platform)[:6] == [("", 100), ("", 50), ("", 25), ("", 12), ("", 6), ("", 3)]


async def collect(client: DataClient, into: list[Any]) -> None:
    async for row in client.tabular_data():
        into += [row.data["n"]]


@pytest.mark.parametrize("own", [False, True])
async def test_a_row_that_is_too_large_by_itself_is_named(platform: Platform, own: bool) -> None:
    sizes = [10] * 7 + [9000] + [10] * 7
    platform.script["tabular_data_by_filter"] = rows(sizes, most=None if own else 5000)
    channel = Channel("127.0.0.1", platform.port)
    given: list[Any] = []
    try:
        client = DataClient(GrpclibTransport.over(channel, max_receive_size=5000), {})
        with pytest.raises(
            (RpcLimitError, RpcRateLimitError), match=r"row 8 of the listing, behind last='7'"
        ) as caught:
            await collect(client, given)
    finally:
        channel.close()
    assert given == list(range(7))
    assert isinstance(caught.value, RpcLimitError if own else RpcRateLimitError)
    assert caught.value.status is Status.RESOURCE_EXHAUSTED
    assert getattr(caught.value, "limit", None) == (5000 if own else None)
    assert len(asked(platform)) < 20


async def test_a_server_that_says_when_to_come_again_is_not_asked_for_less(
    platform: Platform, client: DataClient
) -> None:
    busy = GRPCError(Status.RESOURCE_EXHAUSTED, "come later", [RetryInfo(retry_delay=Duration(seconds=9))])
    platform.script["tabular_data_by_filter"] = busy
    with pytest.raises(RpcRateLimitError, match="come later"):
        await client.tabular_data_by_filter()
    assert asked(platform) == [("", 100)]


async def test_a_quota_is_no_matter_of_size(platform: Platform, client: DataClient) -> None:
    def answer(_request: Any) -> TabularDataByFilterResponse:
        raise GRPCError(Status.RESOURCE_EXHAUSTED, "quota exceeded for organization")

    platform.script["tabular_data_by_filter"] = answer
    with pytest.raises(RpcRateLimitError) as caught:
        await client.tabular_data_by_filter()
    assert caught.value.message == "quota exceeded for organization"
    assert len(platform.asked) == 1
