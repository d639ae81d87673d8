"""The official client runs its versions against the emulated server, and the archives are interchangeable."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.behaviour.supervisely.conftest import TOKEN, Emulated, make_project, outline
from tests.support.witness import interop_python

from specbind.emulators.supervisely import serve
from specbind.supervisely.aio import Api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PROGRAM = Path(__file__).with_name("official.py")

pytestmark = pytest.mark.witness


@pytest.fixture
async def emulator() -> AsyncIterator[Emulated]:
    server = Emulated(token=TOKEN, ranges=True)
    async with serve(server) as url:
        server.url = url
        yield server


async def official(server: Emulated, *arguments: object) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        interop_python("supervisely"),
        str(PROGRAM),
        server.url,
        TOKEN,
        *map(str, arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, errors = await asyncio.wait_for(process.communicate(), 120)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, errors.decode()[-3000:]
    found: dict[str, Any] = json.loads(output.decode().rpartition("RESULT")[2])
    return found


async def test_the_official_client_makes_and_restores_versions_here(emulator: Emulated) -> None:
    project = make_project(emulator, late_parent=False)
    version_id = (await official(emulator, "create", project.id))["version"]
    version = emulator.world.get("version", version_id)
    assert version["status"] == "committed"
    preview = emulator.world.get("project", version["previewProjectId"])
    assert preview["settings"]["advancedSettings"] == {"isReadOnlyProject": True}
    assert outline(emulator, preview["id"]) == outline(emulator, project.id)
    made = await official(emulator, "restore", project.id, version_id)
    assert outline(emulator, made["project"]) == outline(emulator, project.id)
    emulator.world.touch(project.id)
    assert await official(emulator, "cancel", project.id) == {"reserved": True, "cancelled": True}


async def test_each_restores_what_the_other_made(emulator: Emulated, tmp_path: Path) -> None:
    project = make_project(emulator, late_parent=False)
    async with Api(emulator.url, TOKEN) as api:
        theirs = (await official(emulator, "create", project.id))["version"]
        made = await api.project.version.restore(project.id, theirs)
        assert made is not None
        assert outline(emulator, made.id) == outline(emulator, project.id)
        emulator.world.touch(project.id)
        ours = await api.project.version.create(project.id)
        restored = await official(emulator, "restore", project.id, ours)
        assert restored["name"] == "lemons, from ver. 2"
        assert outline(emulator, restored["project"]) == outline(emulator, project.id)
    read = [await official(emulator, "read", project.id, each, tmp_path / f"{each}.bin") for each in (theirs, ours)]
    assert len(read[0]["figures"]) == 16
    assert read[0] == read[1]


async def test_the_official_way_of_restoring_loses_what_ours_keeps(emulator: Emulated) -> None:
    """Parents with a higher id than their children, and classes that the server gives in another order."""
    emulator.reorder = True
    project = make_project(emulator)
    async with Api(emulator.url, TOKEN) as api:
        version_id = await api.project.version.create(project.id)
        made = await api.project.version.restore(project.id, version_id)
    assert made is not None
    assert outline(emulator, made.id) == outline(emulator, project.id)
    restored = await official(emulator, "restore", project.id, version_id)
    assert outline(emulator, restored["project"]) != outline(emulator, project.id)


async def test_lists_are_the_same(emulator: Emulated) -> None:
    project = make_project(emulator)
    async with Api(emulator.url, TOKEN) as api:
        versions = api.project.version
        version_id = await versions.create(project.id, "first")
        assert version_id is not None
        listed = await versions.get_list(project.id)
        ours = {
            "list": [list(version) for version in listed],
            "by number": list(await versions.get_info_by_number(project.id, 1) or ()),
            "id": version_id,
            "none": None,
            "json": versions.convert_info_to_json(listed[0]),
            "generator": [
                [list(version) for version in page]
                async for page in versions.get_list_all_pages_generator(
                    "projects.versions.list", {"projectId": project.id, "pagination_mode": "token"}
                )
            ],
            "all pages": 1,
            "map": await versions.get_map(project.id),
            "update": None,
            "renamed": "renamed",
        }
        assert [field for field in listed[0]._fields if field != "created_by"] == [
            field for field in (await official(emulator, "list", project.id))["fields"] if field != "created_by_id"
        ]
        emulator.world.get("version", version_id).update(name="first", updatedAt=listed[0].updated_at)
        theirs = await official(emulator, "list", project.id)
        assert {name: theirs[name] for name in ours} == ours
