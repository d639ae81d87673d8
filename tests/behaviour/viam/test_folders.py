"""All binary data of a filter into a folder, also again after a loss."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from grpclib.const import Status
from grpclib.exceptions import GRPCError
from msgspec.structs import replace
from tests.behaviour.viam.platform import listed

from specbind.bindings._runtime.grpc.grpclib_errors import RpcForbiddenError
from specbind.viam import F
from specbind.viam.proto.app.data import (
    BinaryData,
    BinaryDataByFilterResponse,
    BinaryDataByIDsResponse,
    BinaryMetadata,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.behaviour.viam.platform import Platform

    from specbind.viam import DataClient


def stored(number: int, name: str = "name") -> BinaryMetadata:
    return BinaryMetadata(
        binary_data_id=f"id{number}", file_name=name, file_ext=".bin", file_size_bytes=len(content(f"id{number}"))
    )


def content(identifier: str) -> bytes:
    return f"bytes of {identifier}".encode()


class Store:
    """Answers queries with what it has; of each item it gives the bytes by its identifier."""

    def __init__(self, platform: Platform, *held: BinaryMetadata) -> None:
        self.held = list(held)
        self.refused = ""
        platform.script["binary_data_by_filter"] = self.page
        platform.script["binary_data_by_ids"] = self.bytes

    def page(self, request: Any) -> BinaryDataByFilterResponse:
        assert not request.include_binary
        start = int(request.data_request.last or 0)
        found = self.held[start : start + request.data_request.limit]
        return BinaryDataByFilterResponse(
            data=[BinaryData(metadata=each) for each in found], last=str(start + len(found)), count=len(self.held)
        )

    def bytes(self, request: Any) -> BinaryDataByIDsResponse:
        (identifier,) = request.binary_data_ids
        if identifier == self.refused:
            raise GRPCError(Status.PERMISSION_DENIED, "not now")
        return BinaryDataByIDsResponse(data=[BinaryData(binary=content(identifier))])


async def test_every_file_comes_under_its_name_with_what_is_known_of_it(
    platform: Platform, client: DataClient, tmp_path: Path
) -> None:
    Store(platform, *(stored(number) for number in range(130)))
    told: list[tuple[int, int | None]] = []
    folder = tmp_path / "new" / "folder"
    found = await client.download_by_filter(F.robot_id == "r", folder, progress=lambda *each: told.append(each))
    assert found == 130
    assert len(listed(folder)) == 260
    for path in folder.glob("*.bin"):
        facts = json.loads((folder / f"{path.name}.json").read_text())
        assert path.read_bytes() == content(facts["binary_data_id"])
    total = sum(len(content(f"id{number}")) for number in range(130))
    assert told[-1] == (total, total)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert {request.data_request.filter.robot_id for request in platform.requests("binary_data_by_filter")} == {"r"}


async def test_no_more_than_asked_for(platform: Platform, client: DataClient, tmp_path: Path) -> None:
    Store(platform, *(stored(number) for number in range(5)))
    assert await client.download_by_filter(None, tmp_path, num_files=3) == 3
    assert listed(tmp_path) == sorted(
        name + end for name in ("name.bin", "name_2.bin", "name_3.bin") for end in ("", ".json")
    )


async def test_a_second_time_only_what_is_missing_is_fetched(
    platform: Platform, client: DataClient, tmp_path: Path
) -> None:
    store = Store(platform, stored(1), stored(2), stored(3, "other"))
    store.refused = "id2"
    (tmp_path / "name.bin").write_bytes(b"somebody else's")
    with pytest.raises(RpcForbiddenError):
        await client.download_by_filter(None, tmp_path)
    assert listed(tmp_path) == ["name.bin", "name_2.bin", "name_2.bin.json"]
    store.refused = ""
    store.held.insert(0, stored(0))  # a new one before them takes no name that is in use
    platform.asked.clear()
    assert await client.download_by_filter(None, tmp_path) == 4
    assert [request.binary_data_ids for request in platform.requests("binary_data_by_ids")] == [
        ["id0"],
        ["id2"],
        ["id3"],
    ]
    assert (tmp_path / "name.bin").read_bytes() == b"somebody else's"
    assert (tmp_path / "name_2.bin").read_bytes() == content("id1")
    assert {(tmp_path / name).read_bytes() for name in listed(tmp_path) if name.endswith(".bin")} == {
        b"somebody else's",
        *(content(f"id{number}") for number in range(4)),
    }


@pytest.mark.parametrize("damage", ["gone", "short", "killed", "other"])
async def test_a_file_that_is_not_whole_any_more_is_fetched_again(
    platform: Platform, client: DataClient, tmp_path: Path, damage: str
) -> None:
    Store(platform, stored(1))
    await client.download_by_filter(None, tmp_path)
    path = tmp_path / "name.bin"
    if damage == "gone":
        path.unlink()
    elif damage == "short":
        path.write_bytes(b"b")
    elif damage == "killed":
        path.unlink()
        Store(platform, stored(0), stored(1))
    else:
        (tmp_path / "name.bin.json").write_text("[1]")
    assert await client.download_by_filter(None, tmp_path) == (2 if damage == "killed" else 1)
    name = "name_2.bin" if damage == "other" else "name.bin"
    assert (tmp_path / name).read_bytes() == content("id1")


async def test_data_without_an_identifier_or_an_address_is_an_error(
    platform: Platform, client: DataClient, tmp_path: Path
) -> None:
    Store(platform, replace(stored(1), binary_data_id=""))
    with pytest.raises(Exception, match="neither an address nor an identifier"):
        await client.download_by_filter(None, tmp_path)
    assert listed(tmp_path) == []


async def test_a_folder_that_cannot_be_one_is_told_before_anything_is_asked(
    platform: Platform, client: DataClient, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    for wrong, kind in ((tmp_path / "file", FileExistsError), ("", ValueError), (b"x", TypeError), (3, TypeError)):
        with pytest.raises(kind):
            await client.download_by_filter(None, wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="num_files"):
        await client.download_by_filter(None, tmp_path, num_files=-1)
    assert platform.asked == []
