"""Binary data: how much of it, folders, identifiers, what is too large."""

from __future__ import annotations

import json
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest
from grpclib.const import Status
from grpclib.exceptions import GRPCError
from tests.behaviour.viam.platform import listed

from specbind.bindings._runtime.grpc.grpclib_errors import RpcBadRequestError, RpcRateLimitError
from specbind.core.errors import PageLoopError
from specbind.viam.proto.app.data import (
    Annotations,
    BinaryData,
    BinaryDataByFilterResponse,
    BinaryDataByIDsResponse,
    BinaryID,
    BinaryMetadata,
    BoundingBox,
    CaptureMetadata,
    DeleteBinaryDataByFilterResponse,
    DeleteBinaryDataByIDsResponse,
    Filter,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.behaviour.viam.platform import Platform

    from specbind.viam import DataClient


def pages(total: int) -> Any:
    def answer(request: Any) -> BinaryDataByFilterResponse:
        asked = request.data_request
        start = int(asked.last or 0)
        found = [
            BinaryData(
                binary=b"%d" % n if request.include_binary else b"", metadata=BinaryMetadata(binary_data_id=str(n))
            )
            for n in range(start, min(start + asked.limit, total))
        ]
        return BinaryDataByFilterResponse(data=found, last=str(start + len(found)), count=total)

    return answer


@pytest.mark.parametrize(
    ("arguments", "expected", "limits"),
    [
        ({}, 10, [1] * 10),
        ({"num_files": 3}, 3, [1] * 3),
        ({"num_files": 0}, 250, [1] * 250),
        ({"include_file_data": False}, 100, [100]),
        ({"include_file_data": False, "num_files": 130}, 130, [100, 30]),
        ({"include_file_data": False, "num_files": 0}, 250, [100] * 3),
        ({"include_file_data": False, "num_files": 900}, 250, [100] * 3),
    ],
)
async def test_as_many_come_as_were_asked_for(
    platform: Platform, client: DataClient, arguments: dict[str, Any], expected: int, limits: list[int]
) -> None:
    platform.script["binary_data_by_filter"] = pages(250)
    found = await client.binary_data_by_filter(Filter(component_name="c"), **arguments)
    assert [each.metadata.binary_data_id for each in found] == [str(n) for n in range(expected)]
    included = arguments.get("include_file_data", True)
    assert [each.data for each in found] == [b"%d" % n if included else b"" for n in range(expected)]
    assert [request.data_request.limit for _, request in platform.asked] == limits


async def test_one_page_as_later_versions_give_it(platform: Platform, client: DataClient, tmp_path: Path) -> None:
    platform.script["binary_data_by_filter"] = pages(250)
    found, count, last = await client.binary_data_by_filter_page(limit=2, last="5", dest=tmp_path)
    assert ([each.binary for each in found], count, last) == ([b"5", b"6"], 250, "7")
    assert listed(tmp_path) == ["5", "5.json", "6", "6.json"]
    found, _, _ = await client.binary_data_by_filter_page(include_binary_data=False, count_only=True)
    request = platform.requests("binary_data_by_filter")[-1]
    assert (request.include_binary, request.count_only, request.data_request.limit) == (False, True, 0)


async def test_a_negative_number_is_refused_before_anything_is_sent(platform: Platform, client: DataClient) -> None:
    with pytest.raises(ValueError, match="num_files"):
        await client.binary_data_by_filter(num_files=-1)
    assert platform.asked == []


async def test_all_of_it_in_a_circle_is_an_error(platform: Platform, client: DataClient) -> None:
    page = BinaryDataByFilterResponse(data=[BinaryData()], last="same", count=9)
    platform.script["binary_data_by_filter"] = lambda _: page
    with pytest.raises(PageLoopError):
        await client.binary_data_by_filter(num_files=0)


async def test_iteration_asks_for_the_next_one_when_it_is_wanted(platform: Platform, client: DataClient) -> None:
    platform.script["binary_data_by_filter"] = pages(250)
    async with aclosing(client.binary_data()) as found:
        async for each in found:
            if each.data == b"2":
                break
    assert len(platform.asked) == 3


async def test_a_folder_gets_a_file_for_each_and_what_is_known(
    platform: Platform, client: DataClient, tmp_path: Path
) -> None:
    capture = CaptureMetadata(component_name="cam", tags=["t"])
    boxes = Annotations(bboxes=[BoundingBox(id="b", label="l", x_max_normalized=0.5)])
    found = [
        BinaryMetadata(file_name="../../etc/a", file_ext=".jpg", capture_metadata=capture, annotations=boxes),
        BinaryMetadata(file_name="A", file_ext="jpg", file_size_bytes=3),
        BinaryMetadata(file_name="b.png", file_ext=".png"),
        BinaryMetadata(binary_data_id="org/loc/the-id"),
        BinaryMetadata(file_name="a.jpg", file_ext=".json"),
    ]
    contents = [b"0", b"1", b"2", b"3", b"4"]
    platform.script["binary_data_by_ids"] = BinaryDataByIDsResponse(
        data=[BinaryData(binary=content, metadata=each) for content, each in zip(contents, found, strict=True)]
    )
    folder = tmp_path / "new" / "folder"
    await client.binary_data_by_ids(["x"], str(folder))
    names = ["a.jpg", "A_2.jpg", "b.png", "the-id", "a.jpg_2.json"]
    assert {each.name for each in folder.iterdir()} == {*names, *(f"{name}.json" for name in names)}
    assert [(folder / name).read_bytes() for name in names] == contents
    known = json.loads((folder / "a.jpg.json").read_text())
    assert known["capture_metadata"]["component_name"] == "cam"
    assert known["annotations"]["bboxes"][0]["label"] == "l"
    assert json.loads((folder / "A_2.jpg.json").read_text())["file_size_bytes"] == 3


async def test_a_folder_without_bytes_gets_what_is_known(
    platform: Platform, client: DataClient, tmp_path: Path
) -> None:
    platform.script["binary_data_by_filter"] = pages(1)
    await client.binary_data_by_filter(dest=tmp_path, include_file_data=False)
    assert listed(tmp_path) == ["0.json"]


async def test_identifiers_of_both_kinds(platform: Platform, client: DataClient) -> None:
    platform.script["delete_binary_data_by_ids"] = DeleteBinaryDataByIDsResponse(deleted_count=2)
    old = BinaryID(file_id="f", organization_id="o", location_id="l")
    assert await client.delete_binary_data_by_ids([old, "new"]) == 2
    (request,) = platform.requests("delete_binary_data_by_ids")
    assert (request.binary_ids, request.binary_data_ids) == ([old], ["new"])


async def test_by_identifiers_without_bytes(platform: Platform, client: DataClient, tmp_path: Path) -> None:
    platform.script["binary_data_by_ids"] = BinaryDataByIDsResponse(data=[BinaryData(metadata=BinaryMetadata(id="i"))])
    await client.binary_data_by_ids(["x"], tmp_path, include_binary_data=False)
    assert not platform.requests("binary_data_by_ids")[0].include_binary
    assert listed(tmp_path) == ["i.json"]


@pytest.mark.parametrize("given", ["one", BinaryID(file_id="one"), 5, [5], [Filter()]])
async def test_what_is_no_list_of_identifiers_is_refused(client: DataClient, given: Any) -> None:
    with pytest.raises(TypeError, match="binary_ids"):
        await client.binary_data_by_ids(given)


@pytest.mark.parametrize("given", [[], [""]])
async def test_no_identifiers_are_an_error_before_anything_is_sent(
    platform: Platform, client: DataClient, given: list[str]
) -> None:
    for call in (client.binary_data_by_ids, client.delete_binary_data_by_ids):
        with pytest.raises(GRPCError) as caught:
            await call(given)
        assert isinstance(caught.value, RpcBadRequestError)
        assert caught.value.status is Status.INVALID_ARGUMENT
    assert platform.asked == []


@pytest.mark.parametrize("filter", [None, Filter()])
async def test_deleting_by_filter(platform: Platform, client: DataClient, filter: Filter | None) -> None:
    platform.script["delete_binary_data_by_filter"] = DeleteBinaryDataByFilterResponse(deleted_count=4)
    assert await client.delete_binary_data_by_filter(filter) == 4
    (request,) = platform.requests("delete_binary_data_by_filter")
    assert request.filter == Filter()


async def test_what_is_too_large_and_has_no_address_is_the_error(platform: Platform, client: DataClient) -> None:
    def answer(request: Any) -> BinaryDataByFilterResponse:
        if request.include_binary:
            raise GRPCError(Status.RESOURCE_EXHAUSTED, "larger than max")
        return BinaryDataByFilterResponse(data=[BinaryData(metadata=BinaryMetadata(binary_data_id="i"))])

    platform.script["binary_data_by_filter"] = answer
    with pytest.raises(RpcRateLimitError, match="larger than max"):
        await client.binary_data_by_filter()
