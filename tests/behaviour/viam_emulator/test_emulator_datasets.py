"""Datasets, sequences, and exports of them."""

from __future__ import annotations

import asyncio
import io
import zipfile
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from msgspec import UNSET
from tests.behaviour.viam_emulator.platform import DAY, Platform, at, refusal

from specbind.bindings._runtime.proto.wellknown import FieldMask
from specbind.bindings.viam.viam.app.data.v1 import (
    AddBinaryDataToDatasetByIDsRequest,
    AddSequencesToDatasetRequest,
    CreateSequenceRequest,
    DeleteSequenceRequest,
    GetSequenceBinaryDataRequest,
    GetSequenceRequest,
    ListSequencesRequest,
    RemoveBinaryDataFromDatasetByIDsRequest,
    RemoveSequencesFromDatasetRequest,
    SequenceResourceFilter,
    SequencesByDatasetIDRequest,
    UpdateSequenceRequest,
)
from specbind.bindings.viam.viam.app.dataset.v1 import (
    CreateDatasetRequest,
    DatasetType,
    DeleteDatasetRequest,
    GetSequenceDatasetExportRequest,
    ListDatasetsByIDsRequest,
    ListDatasetsByOrganizationIDRequest,
    MergeDatasetsRequest,
    RenameDatasetRequest,
    SequenceDatasetExportStatus,
    StartSequenceDatasetExportRequest,
)
from specbind.emulators.viam import FLEET, ORGANIZATION_ID, PART_ID
from specbind.emulators.viam.fleet import OTHER_ORGANIZATION_ID

FILMS = DatasetType.DATASET_TYPE_SEQUENCE_DATA
CAM = SequenceResourceFilter(resource_name="cam", method_name="GetImages")


async def made(platform: Platform, name: str, organization: str = ORGANIZATION_ID, **more: Any) -> str:
    request = CreateDatasetRequest(name=name, organization_id=organization, **more)
    return (await platform.datasets.create_dataset(request)).id


async def names(platform: Platform, **request: Any) -> list[str]:
    asked = ListDatasetsByOrganizationIDRequest(organization_id=ORGANIZATION_ID, **request)
    return [dataset.name for dataset in (await platform.datasets.list_datasets_by_organization_id(asked)).datasets]


async def sequence(platform: Platform, **request: Any) -> str:
    stated: dict[str, Any] = {
        "part_id": PART_ID,
        "resources": [CAM],
        "start_time": at(DAY),
        "end_time": at(DAY + timedelta(minutes=2)),
    }
    return (await platform.data.create_sequence(CreateSequenceRequest(**stated | request))).id


async def test_names_of_datasets_are_single_in_their_organization(platform: Platform) -> None:
    one = await made(platform, "one")
    two = await made(platform, "two", type=FILMS)
    await made(platform, "one", OTHER_ORGANIZATION_ID)
    assert (await refusal(made(platform, "one")))[0] == "ALREADY_EXISTS"
    rename = platform.datasets.rename_dataset
    assert (await refusal(rename(RenameDatasetRequest(id=one, name="two"))))[0] == "ALREADY_EXISTS"
    await rename(RenameDatasetRequest(id=one, name="one"))
    await rename(RenameDatasetRequest(id=one, name="first"))
    assert await names(platform) == ["first", "two"]
    assert await names(platform, type=FILMS) == ["two"]
    answer = await platform.datasets.list_datasets_by_ids(ListDatasetsByIDsRequest(ids=[two, one]))
    assert [(found.id, found.time_created) for found in answer.datasets] == [(two, at(DAY)), (one, at(DAY))]


async def test_a_deleted_dataset_leaves_its_data(platform: Platform) -> None:
    dataset = await made(platform, "one")
    image = await platform.file(dataset_ids=[dataset])
    await platform.datasets.delete_dataset(DeleteDatasetRequest(id=dataset))
    assert (await platform.one(image)).metadata.dataset_ids == []  # type: ignore[union-attr]
    again = platform.datasets.delete_dataset(DeleteDatasetRequest(id=dataset))
    assert (await refusal(again))[0] == "NOT_FOUND"


async def test_data_is_put_in_taken_out_and_merged(platform: Platform) -> None:
    one, two = await made(platform, "one"), await made(platform, "two")
    images = [await platform.file(bytes([number])) for number in range(3)]
    data = platform.data
    await data.add_binary_data_to_dataset_by_ids(
        AddBinaryDataToDatasetByIDsRequest(binary_data_ids=images[:2], dataset_id=one)
    )
    await data.add_binary_data_to_dataset_by_ids(
        AddBinaryDataToDatasetByIDsRequest(binary_data_ids=images[1:], dataset_id=two)
    )
    await data.remove_binary_data_from_dataset_by_ids(
        RemoveBinaryDataFromDatasetByIDsRequest(binary_data_ids=images[:1], dataset_id=one)
    )
    merge = MergeDatasetsRequest(dataset_ids=[one, two], name="both", organization_id=ORGANIZATION_ID)
    both = (await platform.datasets.merge_datasets(merge)).dataset_id
    found = [(await platform.one(image)).metadata.dataset_ids for image in images]  # type: ignore[union-attr]
    assert found == [[], [one, two, both], [two, both]]


async def test_kinds_and_organizations_of_datasets_are_not_mixed(platform: Platform) -> None:
    one, films = await made(platform, "one"), await made(platform, "films", type=FILMS)
    other = await made(platform, "other", OTHER_ORGANIZATION_ID)
    image = await platform.file()
    put = AddBinaryDataToDatasetByIDsRequest(binary_data_ids=[image], dataset_id=films)
    assert (await refusal(platform.data.add_binary_data_to_dataset_by_ids(put)))[0] == "INVALID_ARGUMENT"
    for ids in ([one, films], [one, other], []):
        merge = MergeDatasetsRequest(dataset_ids=ids, name="m", organization_id=ORGANIZATION_ID)
        assert (await refusal(platform.datasets.merge_datasets(merge)))[0] == "INVALID_ARGUMENT"
    for wrong in ({"name": ""}, {"name": "x" * 10_000}, {"name": "x", "type": DatasetType(7)}):
        assert (await refusal(made(platform, **wrong)))[0] == "INVALID_ARGUMENT"  # type: ignore[arg-type]
    assert await names(platform) == ["one", "films"]


async def test_a_sequence_has_the_data_of_its_resources_and_times(platform: Platform) -> None:
    cam = {"component_name": "cam", "method_name": "GetImages"}
    inside = [await platform.reading(moment=DAY + timedelta(minutes=place), **cam) for place in (2, 0)]
    await platform.reading(moment=DAY + timedelta(minutes=3), **cam)
    await platform.reading(component_name="cam", method_name="Other")
    await platform.reading(part_id=FLEET[1].id, **cam)
    one = await sequence(platform, sequence_tags=["a", "a"])
    found: list[str] = []
    token = ""
    for _ in range(2):
        request = GetSequenceBinaryDataRequest(sequence_id=one, page_size=1, page_token=token)
        page = await platform.data.get_sequence_binary_data(request)
        found += [each.metadata.binary_data_id for each in page.data if each.metadata is not UNSET]
        token = page.next_page_token
    assert (found, token) == (inside[::-1], "")


async def test_only_named_members_of_a_sequence_change(platform: Platform) -> None:
    one = await sequence(platform, sequence_tags=["a"])
    platform.clock.advance(minutes=1)
    update = UpdateSequenceRequest(
        id=one,
        sequence_tags=["b"],
        start_time=at(DAY + timedelta(hours=9)),
        field_mask=FieldMask(paths=["sequence_tags"]),
    )
    await platform.data.update_sequence(update)
    found = (await platform.data.get_sequence(GetSequenceRequest(id=one))).sequence
    assert found is not UNSET
    assert (found.sequence_tags, found.start_time, found.resources) == (["b"], at(DAY), [CAM])
    assert (found.created_at, found.updated_at) == (at(DAY), at(DAY + timedelta(minutes=1)))
    for paths in ([], ["part_id"], ["resources"], ["start_time"], ["end_time"]):
        update.field_mask = FieldMask(paths=paths)
        assert (await refusal(platform.data.update_sequence(update)))[0] == "INVALID_ARGUMENT", paths


@pytest.mark.parametrize(
    "request_",
    [
        {"resources": []},
        {"start_time": UNSET},
        {"end_time": at(DAY)},
        {"part_id": "x"},
        {"resources": [SequenceResourceFilter()]},
    ],
    ids=["no resources", "no begin", "no time between", "no part", "no names"],
)
async def test_a_sequence_that_cannot_be_meant_is_refused(platform: Platform, request_: dict[str, Any]) -> None:
    assert (await refusal(sequence(platform, **request_)))[0] == "INVALID_ARGUMENT"
    assert platform.viam.state.sequences == {}


async def test_sequences_of_a_dataset_and_of_an_organization(platform: Platform) -> None:
    films = await made(platform, "films", type=FILMS)
    one, two = await sequence(platform), await sequence(platform)
    await sequence(platform, part_id=FLEET[2].id)
    data = platform.data
    await data.add_sequences_to_dataset(AddSequencesToDatasetRequest(dataset_id=films, sequence_ids=[one, two]))
    page = await data.sequences_by_dataset_id(SequencesByDatasetIDRequest(dataset_id=films, page_size=1))
    assert ([found.id for found in page.sequences], page.count, page.next_page_token) == ([one], 2, "1")
    count = await data.sequences_by_dataset_id(SequencesByDatasetIDRequest(dataset_id=films, count_only=True))
    assert (count.sequences, count.count) == ([], 2)
    await data.remove_sequences_from_dataset(RemoveSequencesFromDatasetRequest(dataset_id=films, sequence_ids=[one]))
    page = await data.sequences_by_dataset_id(SequencesByDatasetIDRequest(dataset_id=films))
    assert [found.id for found in page.sequences] == [two]
    listed = await data.list_sequences(ListSequencesRequest(organization_id=ORGANIZATION_ID))
    assert [found.id for found in listed.sequences] == [one, two]
    await data.delete_sequence(DeleteSequenceRequest(id=one))
    assert (await refusal(data.get_sequence(GetSequenceRequest(id=one))))[0] == "NOT_FOUND"
    wrong = SequencesByDatasetIDRequest(dataset_id=films, page_token="../1")
    assert (await refusal(data.sequences_by_dataset_id(wrong)))[0] == "INVALID_ARGUMENT"


async def test_an_export_is_a_zip_with_the_data(platform: Platform) -> None:
    films = await made(platform, "films", type=FILMS)
    cam = {"component_name": "cam", "method_name": "GetImages"}
    image = await platform.reading(b"pixels", file_extension="./../x", **cam)
    one = await sequence(platform)
    await platform.data.add_sequences_to_dataset(AddSequencesToDatasetRequest(dataset_id=films, sequence_ids=[one]))
    start = StartSequenceDatasetExportRequest(dataset_id=films)
    job = (await platform.datasets.start_sequence_dataset_export(start)).job_id
    running = SequenceDatasetExportStatus.SEQUENCE_DATASET_EXPORT_STATUS_RUNNING
    async with asyncio.timeout(20):
        while True:
            found = await platform.datasets.get_sequence_dataset_export(GetSequenceDatasetExportRequest(job_id=job))
            if found.status is not running:
                break
    assert (found.error_message, found.job_id, found.expires_at) == ("", job, at(DAY + timedelta(hours=1)))
    async with aiohttp.ClientSession() as session:
        async with session.get(found.download_url) as response:
            content = await response.read()
        async with session.get(found.download_url.partition("?")[0], headers=platform.metadata) as response:
            assert response.status == 403
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == [f"{one}/sequence.json", f"{one}/{image.rpartition('/')[2]}"]
        assert archive.read(archive.namelist()[1]) == b"pixels"


async def test_only_datasets_of_sequences_are_exported(platform: Platform) -> None:
    start = StartSequenceDatasetExportRequest(dataset_id=await made(platform, "pictures"))
    assert (await refusal(platform.datasets.start_sequence_dataset_export(start)))[0] == "INVALID_ARGUMENT"
    asked = GetSequenceDatasetExportRequest(job_id="unknown")
    assert (await refusal(platform.datasets.get_sequence_dataset_export(asked)))[0] == "NOT_FOUND"
