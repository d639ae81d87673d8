"""The map of versions when it is broken, hostile, missing or behind the server."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from specbind.bindings._runtime import File
from specbind.supervisely import SnapshotError, VersionMapError

from .conftest import make_project, outline

if TYPE_CHECKING:
    from pathlib import Path

    from specbind.supervisely import ProjectInfo
    from specbind.supervisely.aio import Api

    from .conftest import Emulated


async def store(emulator: Emulated, project: ProjectInfo, content: bytes) -> None:
    path = f"/system/versions/{project.id}/versions.json"
    await emulator.storage.put(emulator.world.team_id, path, File(content))


BROKEN = [b"{", b"[]", b'"text"', b"\xff\xfe", b"[" * 5000, b'{"format": NaN}']


@pytest.mark.parametrize("content", BROKEN)
async def test_a_broken_map_is_told_before_anything_is_reserved(
    api: Api, emulator: Emulated, project: ProjectInfo, content: bytes
) -> None:
    await store(emulator, project, content)
    with pytest.raises(VersionMapError, match="repair_map"):
        await api.project.version.create(project.id)
    assert "projects.versions.reserve" not in emulator.calls


async def test_a_broken_map_is_made_anew_from_what_the_server_knows(
    api: Api, emulator: Emulated, project: ProjectInfo
) -> None:
    first = await api.project.version.create(project.id)
    before = await api.project.version.get_map(project.id)
    await store(emulator, project, b"{")
    made = await api.project.version.repair_map(project.id)
    assert made["latest"] == first
    assert made[str(first)]["path"] == before[str(first)]["path"]
    assert await api.project.version.get_map(project.id) == made
    restored = await api.project.version.restore(project.id, version_num=1)
    assert restored is not None
    assert outline(emulator, restored.id) == outline(emulator, project.id)


async def test_a_repaired_map_leaves_out_what_is_gone_and_keeps_what_is_told_of_the_rest(
    api: Api, emulator: Emulated, project: ProjectInfo, caplog: pytest.LogCaptureFixture
) -> None:
    first = await api.project.version.create(project.id)
    emulator.world.touch(project.id)
    second = await api.project.version.create(project.id, enable_preview=True)
    before = await api.project.version.get_map(project.id)
    await api.file.remove(emulator.world.team_id, before[str(first)]["path"])
    made = await api.project.version.repair_map(project.id)
    assert str(first) not in made
    assert made[str(second)] == {**before[str(second)], "previous": None}
    assert f"version {first} " in caplog.text


async def test_maps_of_other_types_can_be_repaired_and_stored(api: Api, emulator: Emulated) -> None:
    project = make_project(emulator, "video", "videos")
    await store(emulator, project, b'{"1": {"path": "x"}, "format": "v2.0.0"}')
    assert await api.project.version.repair_map(project.id) == {"format": "v2.0.0"}
    await api.project.version.set_map(project.id)


async def test_a_map_leads_to_no_archive_of_another_project(api: Api, emulator: Emulated, project: ProjectInfo) -> None:
    version_id = await api.project.version.create(project.id)
    await store(emulator, project, b'{"%d": {"path": "/system/versions/%d/a"}}' % (version_id or 0, project.id + 1))
    with pytest.raises(VersionMapError):
        await api.project.version.restore(project.id, version_id)


async def test_files_beside_a_snapshot_that_is_downloaded_stay(
    api: Api, emulator: Emulated, project: ProjectInfo, tmp_path: Path
) -> None:
    version_id = await api.project.version.create(project.id)
    mine = [tmp_path / "v.tar.zst", tmp_path / "v.new"]
    for each in mine:
        each.write_bytes(b"mine")
    await api.project.version.download_snapshot(project.id, version_id or 0, str(tmp_path / "v"))
    assert [each.read_bytes() for each in mine] == [b"mine", b"mine"]
    path = (await api.project.version.get_map(project.id))[str(version_id)]["path"]
    await emulator.storage.put(emulator.world.team_id, path, File(b"no archive"))
    with pytest.raises(SnapshotError):
        await api.project.version.download_snapshot(project.id, version_id or 0, str(tmp_path / "w"))
    assert sorted(await asyncio.to_thread(os.listdir, tmp_path)) == ["v", "v.new", "v.tar.zst"]


async def test_a_version_that_the_map_lacks_is_found_by_the_server(
    api: Api, emulator: Emulated, project: ProjectInfo
) -> None:
    version_id = await api.project.version.create(project.id)
    assert version_id is not None
    await store(emulator, project, b"{}")
    for chosen in ({"version_id": version_id}, {"version_num": 1}):
        restored = await api.project.version.restore(project.id, **chosen)  # type: ignore[arg-type]
        assert restored is not None


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "/system/versions/../../secret", "x", 5, "/system/versions/" + "a" * 2000]
)
async def test_a_map_that_leads_elsewhere_is_not_followed(
    api: Api, emulator: Emulated, project: ProjectInfo, path: object
) -> None:
    entry = {"path": path, "number": 1, "updated_at": "", "previous": None}
    await store(emulator, project, msgspec.json.encode({"format": "v2.1.0", "latest": 5, "5": entry}))
    with pytest.raises(VersionMapError, match="repair_map"):
        await api.project.version.restore(project.id, version_id=5)
    assert emulator.calls.count("file-storage.download") == 1  # the map itself


@pytest.mark.parametrize("entry", [None, 5, [], {"number": "1"}, {"number": None, "path": None}, {}])
async def test_entries_that_make_no_sense_are_passed_over(
    api: Api, emulator: Emulated, project: ProjectInfo, entry: object
) -> None:
    await store(emulator, project, msgspec.json.encode({"5": entry, "latest": "x", "²": {}, "-1": {}}))
    with pytest.raises(ValueError, match="no version"):
        await api.project.version.restore(project.id, version_num=1)
    assert await api.project.version.create(project.id)


async def test_a_version_whose_making_was_broken_off_leaves_the_map(
    api: Api, emulator: Emulated, project: ProjectInfo
) -> None:
    first = await api.project.version.create(project.id)
    found = await api.project.version.get_map(project.id)
    dangling = {**found, "999": {"path": "/system/versions/x.tar.zst", "number": 2, "previous": first}, "latest": 999}
    await store(emulator, project, msgspec.json.encode(dangling))
    emulator.world.touch(project.id)
    second = await api.project.version.create(project.id)
    found = await api.project.version.get_map(project.id)
    assert "999" not in found
    assert found[str(second)]["previous"] == first
    assert found[str(second)]["number"] == 2


async def test_members_that_others_put_into_the_map_stay(api: Api, emulator: Emulated, project: ProjectInfo) -> None:
    await store(emulator, project, b'{"format": "v1.0.0", "note": "of somebody"}')
    await api.project.version.create(project.id)
    found = await api.project.version.get_map(project.id)
    assert (found["note"], found["format"]) == ("of somebody", "v1.0.0")


async def test_changes_of_the_map_are_stored(api: Api, project: ProjectInfo) -> None:
    versions = api.project.version
    await versions.create(project.id)
    shown: dict[str, Any] = versions.versions or {}
    shown["note"] = "mine"
    await versions.set_map(project.id)
    assert (await versions.get_map(project.id))["note"] == "mine"
    fresh = type(versions)(api)
    with pytest.raises(ValueError, match="initialize"):
        await fresh.set_map(project.id, initialize=False)


async def test_looking_writes_nothing(api: Api, emulator: Emulated, project: ProjectInfo) -> None:
    await api.project.version.initialize(project.id)
    assert await api.project.version.get_map(project.id) == {}
    assert not {"file-storage.upload", "file-storage.bulk.upload"}.intersection(emulator.calls)
