"""Binary data by identifiers, its tags and boxes, its addresses, and its end."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from msgspec import UNSET
from tests.behaviour.viam_emulator.platform import DAY, Platform, at, platform_of, refusal

from specbind.bindings.viam.viam.app.data.v1 import (
    AddBoundingBoxToImageByIDRequest,
    AddTagsToBinaryDataByFilterRequest,
    AddTagsToBinaryDataByIDsRequest,
    BinaryDataByFilterRequest,
    BinaryDataByIDsRequest,
    BinaryID,
    BoundingBoxLabelsByFilterRequest,
    CreateBinaryDataSignedURLRequest,
    DeleteBinaryDataByFilterRequest,
    DeleteBinaryDataByIDsRequest,
    Filter,
    RemoveBoundingBoxFromImageByIDRequest,
    RemoveTagsFromBinaryDataByFilterRequest,
    RemoveTagsFromBinaryDataByIDsRequest,
    TagsByFilterRequest,
    UpdateBoundingBoxRequest,
)
from specbind.emulators.viam import API_KEY, API_KEY_ID

pytestmark = pytest.mark.filterwarnings("ignore:.* is deprecated:DeprecationWarning")

BOX = {"x_min_normalized": 0.1, "y_min_normalized": 0.2, "x_max_normalized": 0.3, "y_max_normalized": 0.4}


async def tags(platform: Platform, **filter_: Any) -> list[str]:
    return (await platform.data.tags_by_filter(TagsByFilterRequest(filter=Filter(**filter_)))).tags


def old(identifier: str) -> BinaryID:
    organization, location, file_id = identifier.split("/")
    return BinaryID(file_id=file_id, organization_id=organization, location_id=location)


async def test_both_forms_of_identifiers_name_the_same(platform: Platform) -> None:
    first, second = await platform.file(b"1"), await platform.file(b"2")
    request = BinaryDataByIDsRequest(binary_data_ids=[second, second], binary_ids=[old(first)], include_binary=True)
    answer = await platform.data.binary_data_by_ids(request)
    assert [found.binary for found in answer.data] == [b"2", b"1"]
    assert answer.count == 2


@pytest.mark.parametrize(
    ("identifiers", "status"),
    [([], "INVALID_ARGUMENT"), ([""], "INVALID_ARGUMENT"), (["x"], "NOT_FOUND"), (["x" * 10_000], "INVALID_ARGUMENT")],
)
async def test_identifiers_are_checked_by_every_call(platform: Platform, identifiers: list[str], status: str) -> None:
    data = platform.data
    calls = [
        data.binary_data_by_ids(BinaryDataByIDsRequest(binary_data_ids=identifiers)),
        data.delete_binary_data_by_ids(DeleteBinaryDataByIDsRequest(binary_data_ids=identifiers)),
        data.add_tags_to_binary_data_by_ids(AddTagsToBinaryDataByIDsRequest(binary_data_ids=identifiers, tags=["a"])),
        data.remove_tags_from_binary_data_by_ids(
            RemoveTagsFromBinaryDataByIDsRequest(binary_data_ids=identifiers, tags=["a"])
        ),
    ]
    assert [(await refusal(call))[0] for call in calls] == [status] * 4


async def test_bytes_beyond_the_largest_message_are_refused_but_their_address_stays() -> None:
    async with platform_of(max_message=1000) as platform:
        for _ in range(2):
            await platform.file(b"x" * 600)
        call = platform.data.binary_data_by_filter(BinaryDataByFilterRequest(include_binary=True))
        assert await refusal(call) == ("RESOURCE_EXHAUSTED", "message larger than max (1200 vs. 1000)")
        answer = await platform.data.binary_data_by_filter(BinaryDataByFilterRequest())
        assert len({found.metadata.uri for found in answer.data if found.metadata is not UNSET}) == 2


async def test_tags_are_added_once_and_removals_count_the_data(platform: Platform) -> None:
    first, second = await platform.file(tags=["a"]), await platform.file(file_extension=".txt")
    await platform.rows({"n": 1}, tags=["row"])
    data = platform.data
    await data.add_tags_to_binary_data_by_ids(
        AddTagsToBinaryDataByIDsRequest(binary_data_ids=[first, second], tags=["a", "b"])
    )
    text = Filter(mime_type=["text/plain"])
    await data.add_tags_to_binary_data_by_filter(AddTagsToBinaryDataByFilterRequest(filter=text, tags=["t"]))
    assert await tags(platform) == ["a", "b", "row", "t"]
    assert await tags(platform, mime_type=["text/plain"]) == ["a", "b", "t"]
    removed = await data.remove_tags_from_binary_data_by_ids(
        RemoveTagsFromBinaryDataByIDsRequest(binary_ids=[old(first), old(second)], tags=["t", "x"])
    )
    assert removed.deleted_count == 1
    again = RemoveTagsFromBinaryDataByFilterRequest(filter=Filter(), tags=["a", "b"])
    assert (await data.remove_tags_from_binary_data_by_filter(again)).deleted_count == 2
    assert (await data.remove_tags_from_binary_data_by_filter(again)).deleted_count == 0
    assert await tags(platform) == ["row"]
    for wrong in ([], [""], ["x" * 10_000]):
        call = data.add_tags_to_binary_data_by_ids(AddTagsToBinaryDataByIDsRequest(binary_data_ids=[first], tags=wrong))
        assert (await refusal(call))[0] == "INVALID_ARGUMENT"


async def test_a_box_is_added_changed_and_removed(platform: Platform) -> None:
    image = await platform.file()
    data = platform.data
    add = AddBoundingBoxToImageByIDRequest(binary_id=old(image), label="cat", confidence=0.5, **BOX)
    box = (await data.add_bounding_box_to_image_by_id(add)).bbox_id
    await data.update_bounding_box(UpdateBoundingBoxRequest(binary_data_id=image, bbox_id=box, x_max_normalized=1.0))
    (found,) = (await platform.one(image)).metadata.annotations.bboxes  # type: ignore[union-attr]
    assert (found.id, found.label, found.confidence) == (box, "cat", 0.5)
    assert (found.x_min_normalized, found.x_max_normalized) == (0.1, 1.0)
    labels = await data.bounding_box_labels_by_filter(BoundingBoxLabelsByFilterRequest())
    assert labels.labels == ["cat"]
    remove = RemoveBoundingBoxFromImageByIDRequest(binary_data_id=image, bbox_id=box)
    await data.remove_bounding_box_from_image_by_id(remove)
    assert (await refusal(data.remove_bounding_box_from_image_by_id(remove)))[0] == "NOT_FOUND"
    assert (await data.bounding_box_labels_by_filter(BoundingBoxLabelsByFilterRequest())).labels == []


@pytest.mark.parametrize(
    "change",
    [
        {"x_max_normalized": 1.1},
        {"y_min_normalized": -0.1},
        {"x_min_normalized": 0.5},
        {"y_max_normalized": 0.2},
        {"y_max_normalized": float("nan")},
        {"x_max_normalized": float("inf")},
        {"confidence": 1.5},
        {"label": "x" * 10_000},
    ],
)
async def test_a_box_lies_in_its_image(platform: Platform, change: dict[str, Any]) -> None:
    image = await platform.file()
    good = AddBoundingBoxToImageByIDRequest(binary_data_id=image, label="cat", **BOX)
    box = (await platform.data.add_bounding_box_to_image_by_id(good)).bbox_id
    bad = AddBoundingBoxToImageByIDRequest(**{"binary_data_id": image, "label": "cat"} | BOX | change)
    assert (await refusal(platform.data.add_bounding_box_to_image_by_id(bad)))[0] == "INVALID_ARGUMENT"
    update = UpdateBoundingBoxRequest(binary_data_id=image, bbox_id=box, **change)
    assert (await refusal(platform.data.update_bounding_box(update)))[0] == "INVALID_ARGUMENT"
    (kept,) = platform.viam.state.binaries[image].boxes
    assert (kept.label, kept.x_max_normalized) == ("cat", 0.3)


async def test_deleted_data_is_gone_with_its_bytes(platform: Platform) -> None:
    one, two, three = [await platform.file(file_extension=kind) for kind in (".txt", ".jpg", ".png")]
    data = platform.data
    mixed = DeleteBinaryDataByIDsRequest(binary_data_ids=[one, "unknown"])
    assert (await refusal(data.delete_binary_data_by_ids(mixed)))[0] == "NOT_FOUND"
    assert len(platform.viam.state.binaries) == 3
    answer = await data.delete_binary_data_by_ids(DeleteBinaryDataByIDsRequest(binary_data_ids=[one]))
    assert answer.deleted_count == 1
    picture = DeleteBinaryDataByFilterRequest(filter=Filter(mime_type=["image/jpeg"]))
    assert (await data.delete_binary_data_by_filter(picture)).deleted_count == 1
    assert list(platform.viam.state.binaries) == [three]
    assert (await data.delete_binary_data_by_filter(DeleteBinaryDataByFilterRequest())).deleted_count == 1
    assert list(platform.viam.state.folder.iterdir()) == []
    assert (await refusal(platform.one(two)))[0] == "NOT_FOUND"


# --- addresses


async def get(url: str, headers: dict[str, str] | None = None) -> tuple[int, bytes, Any]:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status, await response.read(), response.headers


async def test_the_address_of_data_wants_the_token_or_the_key(platform: Platform) -> None:
    image = await platform.file(b"0123456789", file_name="../a/ü", file_extension=".jpg")
    uri = (await platform.one(image)).metadata.uri  # type: ignore[union-attr]
    token = platform.metadata["authorization"]
    status, content, headers = await get(uri, {"Authorization": token})
    assert (status, content, headers["Content-Type"]) == (200, b"0123456789", "image/jpeg")
    assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''%C3%BC.jpg"
    assert (await get(uri, {"key_id": API_KEY_ID, "key": API_KEY}))[:2] == (200, b"0123456789")
    assert [
        (await get(uri, each))[0] for each in ({}, {"Authorization": "Bearer x"}, {"key_id": "x", "key": API_KEY})
    ] == [
        401,
        401,
        401,
    ]
    assert (await get(f"{uri}x", {"Authorization": token}))[0] == 404
    assert (await get(f"{platform.address.files_url}/data/../../etc/passwd", {"Authorization": token}))[0] == 404


@pytest.mark.parametrize(
    ("asked", "status", "content", "range_"),
    [
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=1-2,4-5", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
    ],
)
async def test_ranges(platform: Platform, asked: str, status: int, content: bytes, range_: str | None) -> None:
    image = await platform.file(b"0123456789")
    uri = (await platform.one(image)).metadata.uri  # type: ignore[union-attr]
    found = await get(uri, platform.metadata | {"Range": asked})
    assert (found[0], found[1], found[2].get("Content-Range")) == (status, content, range_)
    changed = await get(uri, platform.metadata | {"Range": asked, "If-Range": '"other"'})
    assert changed[:2] == (200, b"0123456789")


async def test_a_signed_address_is_good_for_its_minutes(platform: Platform) -> None:
    image = await platform.file(b"secret")
    request = CreateBinaryDataSignedURLRequest(binary_data_id=image, expiration_minutes=1)
    answer = await platform.data.create_binary_data_signed_url(request)
    assert answer.expires_at == at(DAY + timedelta(minutes=1))
    assert (await get(answer.signed_url))[:2] == (200, b"secret")
    other = await platform.file(b"other")
    for wrong in (
        answer.signed_url[:-1],
        answer.signed_url.replace("expires=1", "expires=2"),
        answer.signed_url.replace(image, other),
        answer.signed_url.replace("expires=", "expires=x"),
    ):
        assert (await get(wrong))[0] == 403
    platform.clock.advance(minutes=1)
    assert (await get(answer.signed_url))[0] == 403
    usual = await platform.data.create_binary_data_signed_url(CreateBinaryDataSignedURLRequest(binary_data_id=image))
    assert usual.expires_at == at(DAY + timedelta(minutes=16))


@pytest.mark.parametrize("minutes", [0, 10_081, 2**32 - 1])
async def test_an_address_for_no_time_or_for_ever_is_refused(platform: Platform, minutes: int) -> None:
    request = CreateBinaryDataSignedURLRequest(binary_data_id=await platform.file(), expiration_minutes=minutes)
    assert (await refusal(platform.data.create_binary_data_signed_url(request)))[0] == "INVALID_ARGUMENT"


def test_the_claims_of_a_token_are_those_of_a_json_web_token() -> None:
    from specbind.emulators.viam.auth import Keys  # noqa: PLC0415 - for this test only

    token = Keys("id", "key", 60, lambda: DAY).token()
    claims = base64.urlsafe_b64decode(token.split(".")[1] + "==").decode()
    seconds = int(DAY.timestamp())
    assert claims == f'{{"sub":"id","aud":"app.viam.com","iat":{seconds},"exp":{seconds + 60}}}'
