"""A version from its making to the project that is restored from it."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING

import pytest

from specbind.supervisely import Api as BlockingApi
from specbind.supervisely import ProjectInfo, VersionInfo
from specbind.supervisely.snapshot import unpack

from .conftest import TOKEN, make_project, outline

if TYPE_CHECKING:
    from pathlib import Path

    from specbind.supervisely.aio import Api

    from .conftest import Emulated


async def test_a_restored_project_is_what_the_version_was_made_of(
    api: Api, emulator: Emulated, project: ProjectInfo
) -> None:
    before = outline(emulator, project.id)
    version_id = await api.project.version.create(project.id, "first", "as it was")
    assert version_id is not None
    emulator.world.find("image", projectId=project.id)[0]["meta"] = {"changed": True}
    made = await api.project.version.restore(project.id, version_id)
    assert made is not None
    assert made.name == "lemons, from ver. 1"
    assert made.description == (
        f"Restored from version 1. Source project ID: {project.id}, version ID: {version_id}\n\na test"
    )
    assert outline(emulator, made.id) == before
    found = emulator.world.get("project", made.id)
    assert found["customData"] == {"owner": "me", "restored_from": {"project_id": project.id, "version_num": 1}}
    tags = {tag["name"]: tag["id"] for tag in found["meta"]["tags"]}
    assert found["settings"] == {"groupImages": True, "groupImagesByTagId": tags["grade"]}
    assert found["readme"] == "# fruit"


async def test_versions_are_listed_and_found_by_id_and_number(api: Api, project: ProjectInfo) -> None:
    versions = api.project.version
    first = await versions.create(project, "first", "text")
    assert first is not None
    listed = await versions.get_list(project.id)
    assert [type(version) for version in listed] == [VersionInfo]
    assert (listed[0].id, listed[0].version, listed[0].name, listed[0].description) == (first, 1, "first", "text")
    assert listed[0].project_updated_at == project.updated_at
    assert await versions.get_info_by_id(project.id, first) == listed[0]
    assert await versions.get_info_by_number(project.id, 1) == listed[0]
    assert await versions.get_id_by_number(project.id, 1) == first
    assert await versions.get_id_by_number(project.id, 2) is None
    assert await versions.get_info_by_id(project.id, 10**6) is None


async def test_the_map_has_each_version_and_the_latest(api: Api, emulator: Emulated, project: ProjectInfo) -> None:
    versions = api.project.version
    first = await versions.create(project.id)
    emulator.world.touch(project.id)
    second = await versions.create(project.id)
    found = await versions.get_map(project.id)
    assert sorted(found) == sorted(["format", "latest", str(first), str(second)])
    assert found["latest"] == second
    assert found[str(second)]["previous"] == first
    assert found[str(first)]["previous"] is None
    assert [found[str(number)]["number"] for number in (first, second)] == [1, 2]
    assert found[str(first)]["path"].startswith(f"/system/versions/{project.id}/")
    assert found[str(first)]["format"] == found["format"] == "v2.1.0"
    assert versions.versions == found
    assert versions.versions_path == f"/system/versions/{project.id}/versions.json"
    assert versions.project_dir == f"/system/versions/{project.id}"


async def test_nothing_new_gives_the_version_that_the_server_names(
    api: Api, emulator: Emulated, project: ProjectInfo
) -> None:
    first = await api.project.version.create(project.id)
    emulator.storage.remove(emulator.world.team_id, f"/system/versions/{project.id}/versions.json")
    assert await api.project.version.create(project.id) == first
    assert await api.project.version.reserve(project.id) == (None, None)


async def test_the_snapshot_can_be_had_by_itself(api: Api, project: ProjectInfo, tmp_path: Path) -> None:
    version_id = await api.project.version.create(project.id)
    assert version_id is not None
    target = tmp_path / "deep" / "snapshot.tar"
    assert await api.project.version.download_snapshot(project.id, version_id, str(target)) == str(target)
    in_memory = await api.project.version.download_snapshot(project.id, version_id)
    assert isinstance(in_memory, io.BytesIO)
    assert in_memory.getvalue() == target.read_bytes()
    assert sorted(path.name for path in target.parent.iterdir()) == ["snapshot.tar"]
    with tarfile.open(target) as tar:
        names = sorted(name.removeprefix("./") for name in tar.getnames())
        manifest = json.loads(tar.extractfile("./manifest.json").read())  # type: ignore[union-attr]
    tables = ["alpha_geometries", "datasets", "figures", "images", "tags"]
    documents = ["manifest.json", "project_info.json", "project_meta.json"]
    assert names == sorted([*(f"{name}.parquet" for name in tables), *documents])
    assert manifest["schema_version"] == "v2.1.0"
    assert {table["name"]: table["row_count"] for table in manifest["tables"]} == {
        "datasets": 3, "images": 8, "figures": 16, "alpha_geometries": 8, "tags": 24,
    }  # fmt: skip


async def test_a_version_is_restored_by_number_elsewhere_under_another_name(
    api: Api, emulator: Emulated, project: ProjectInfo
) -> None:
    await api.project.version.create(project.id)
    other = await api.workspace.create(emulator.world.team_id, "other")
    made = await api.project.version.restore(
        project, version_num=1, workspace_id=other.id, project_name="mine", project_description="own words"
    )
    assert made is not None
    assert (made.workspace_id, made.name, made.description) == (other.id, "mine", "own words\n\na test")


async def test_a_snapshot_on_this_machine_is_restored(
    api: Api, emulator: Emulated, project: ProjectInfo, tmp_path: Path
) -> None:
    version_id = await api.project.version.create(project.id)
    assert version_id is not None
    target = tmp_path / "version.bin"
    await api.project.version.download_snapshot(project.id, version_id, str(target))
    emulator.calls.clear()
    made = await api.project.version.restore(project.id, version_id, local_binary_path=str(target))
    assert made is not None
    assert outline(emulator, made.id) == outline(emulator, project.id)
    assert emulator.calls.count("file-storage.download") == 1  # the map


async def test_a_preview_is_a_read_only_project_in_a_hidden_workspace(
    api: Api, emulator: Emulated, project: ProjectInfo
) -> None:
    version_id = await api.project.version.create(project.id, enable_preview=True)
    assert version_id is not None
    version = await api.project.version.get_info_by_id(project.id, version_id)
    assert version is not None
    assert version.preview_project_id is not None
    preview = await api.project.version.enable_preview(project.id, version_id)
    assert preview.id == version.preview_project_id
    assert outline(emulator, preview.id) == outline(emulator, project.id)
    workspace = emulator.world.get("workspace", preview.workspace_id or 0)
    assert workspace["hidden"] is True
    found = emulator.world.get("project", preview.id)
    assert found["settings"]["advancedSettings"] == {"isReadOnlyProject": True}
    assert found["customData"]["sly_version_preview"]["version_id"] == version_id
    assert (await api.project.version.get_map(project.id))[str(version_id)]["preview"] == preview.id


async def test_a_preview_that_somebody_removed_is_made_again(
    api: Api, emulator: Emulated, project: ProjectInfo
) -> None:
    version_id = await api.project.version.create(project.id, enable_preview=True)
    assert version_id is not None
    first = await api.project.version.ensure_preview(project.id, version_id)
    assert (await api.project.version.ensure_preview(project.id, version_id)).id == first.id
    emulator.world.remove("project", first.id)
    again = await api.project.version.ensure_preview(project.id, version_id)
    assert again.id != first.id
    version = await api.project.version.get_info_by_id(project.id, version_id)
    assert version is not None
    assert version.preview_project_id == again.id


async def test_name_and_description_of_a_version_can_be_changed(api: Api, project: ProjectInfo) -> None:
    version_id = await api.project.version.create(project.id)
    assert version_id is not None
    await api.project.version.update(version_id, "name", "text")
    found = await api.project.version.get_info_by_id(project.id, version_id)
    assert found is not None
    assert (found.name, found.description) == ("name", "text")
    with pytest.raises(ValueError, match="at least one"):
        await api.project.version.update(version_id)


async def test_progress_tells_the_bytes_of_the_archive(api: Api, emulator: Emulated, project: ProjectInfo) -> None:
    sent: list[tuple[int, int | None]] = []
    came: list[tuple[int, int | None]] = []
    await api.project.version.create(project.id, progress_callback=lambda done, total: sent.append((done, total)))
    path = (await api.project.version.get_map(project.id))[str(api.project.version.versions["latest"])]["path"]  # type: ignore[index]
    size = emulator.storage.named(emulator.world.team_id, path)["meta"]["size"]
    assert sent[-1] == (size, size)
    await api.project.version.restore(
        project.id, version_num=1, progress_callback=lambda done, total: came.append((done, total))
    )
    assert came[-1] == (size, size)


async def test_two_projects_at_a_time_do_not_mix(api: Api, emulator: Emulated) -> None:
    import asyncio  # noqa: PLC0415 - only here

    projects = [make_project(emulator, f"fruit {number}") for number in range(3)]
    made = await asyncio.gather(*(api.project.version.create(each.id) for each in projects))
    for project, version_id in zip(projects, made, strict=True):
        assert [version.id for version in await api.project.version.get_list(project.id)] == [version_id]
        assert (await api.project.version.get_map(project.id))["latest"] == version_id


async def test_the_archive_holds_the_snapshot_alone(
    api: Api, emulator: Emulated, project: ProjectInfo, tmp_path: Path
) -> None:
    await api.project.version.create(project.id)
    files = [file for file in emulator.world.find("file") if file["path"].endswith(".tar.zst")]
    assert len(files) == 1
    unpack(emulator.storage.content(files[0]["id"]), tmp_path / "version.bin")
    assert tarfile.is_tarfile(tmp_path / "version.bin")


async def test_the_blocking_side_does_the_same(emulator: Emulated, project: ProjectInfo) -> None:
    import asyncio  # noqa: PLC0415 - only here

    def run() -> tuple[int | None, ProjectInfo | None]:
        with BlockingApi(emulator.url, TOKEN) as api:
            version_id = api.project.version.create(project.id, "first")
            return version_id, api.project.version.restore(project.id, version_id)

    version_id, made = await asyncio.to_thread(run)
    assert version_id is not None
    assert made is not None
    assert outline(emulator, made.id) == outline(emulator, project.id)
