"""What goes wrong in the official client, and does not here."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from specbind.bindings._runtime.server import serve as serve_application
from specbind.emulators.supervisely import serve
from specbind.supervisely import ApiConnectionError, ApiStatusError, VersionError
from specbind.supervisely.aio import Api

from .conftest import TOKEN, Emulated, Waits, info_of, make_project, outline

if TYPE_CHECKING:
    from pathlib import Path

    from specbind.supervisely import ProjectInfo


class Stranger:
    """A server elsewhere, and the requests that it got."""

    def __init__(self) -> None:
        self.seen: list[web.BaseRequest] = []

    def application(self, answer: dict[str, int] | None = None) -> web.Application:
        application = web.Application()

        async def handle(request: web.Request) -> web.Response:
            self.seen.append(request)
            return web.Response(status=(answer or {}).get(request.path, 200))

        application.router.add_route("*", "/{path:.*}", handle)
        return application


async def test_the_key_goes_to_no_other_origin_that_the_server_names() -> None:
    stranger = Stranger()
    async with serve_application(stranger.application()) as elsewhere:
        server = Emulated(token=TOKEN, storage=elsewhere)
        async with serve(server) as url, Api(url, TOKEN) as api:
            project = make_project(server)
            version_id = await api.project.version.create(project.id)
            assert version_id is not None
            about = (await api.file.list(server.world.team_id, "/", return_type="fileinfo"))[0]
            assert about.full_storage_url.startswith(elsewhere)
            assert await api.project.version.restore(project.id, version_id)
    assert stranger.seen == []


async def test_the_key_does_not_follow_a_redirect_to_another_origin(tmp_path: Path) -> None:
    stranger = Stranger()
    async with serve_application(stranger.application()) as elsewhere:
        application = web.Application()

        async def handle(request: web.Request) -> web.Response:
            if request.path.endswith("file-storage.list"):
                return web.json_response([{"id": 1, "path": "/a", "meta": {}}])
            return web.Response(status=302, headers={"Location": f"{elsewhere}/a"})

        application.router.add_route("*", "/{path:.*}", handle)
        async with serve_application(application) as url, Api(url, TOKEN, retry_count=1) as api:
            await api.file.download(1, "/a", tmp_path / "a")
    assert stranger.seen
    for request in stranger.seen:
        assert "x-api-key" not in request.headers
        assert TOKEN not in str(request.headers.values())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_call_is_not_redirected_to_another_origin(status: int, waits: Waits) -> None:
    stranger = Stranger()
    async with serve_application(stranger.application()) as elsewhere:
        application = web.Application()

        async def handle(_: web.Request) -> web.Response:
            return web.Response(status=status, headers={"Location": f"{elsewhere}/login"})

        application.router.add_route("*", "/{path:.*}", handle)
        async with serve_application(application) as url, Api(url, TOKEN, retry_count=3, sleep=waits) as api:
            for call in (api.project.get_info_by_id(1), api.post("projects.list", {}), api.file.list(1, "/")):
                with pytest.raises(ApiConnectionError) as told:
                    await call
                assert url in str(told.value)
                assert elsewhere in str(told.value)
                assert "address" in str(told.value)
    assert stranger.seen == []
    assert waits == []


async def test_temporary_files_are_gone_afterwards(
    api: Api, emulator: Emulated, project: ProjectInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    version_id = await api.project.version.create(project.id)
    await api.project.version.restore(project.id, version_id)
    emulator.world.touch(project.id)
    emulator.faults.add("500:projects.versions.commit:3, 400:figures.bulk.add")
    with pytest.raises(ApiStatusError):
        await api.project.version.create(project.id)
    with pytest.raises(ApiStatusError):
        await api.project.version.restore(project.id, version_id)
    assert list(scratch.iterdir()) == []


async def test_members_that_a_server_leaves_out_are_none(api: Api, emulator: Emulated, project: ProjectInfo) -> None:
    version_id = await api.project.version.create(project.id)
    for name in ("previewProjectId", "name", "createdBy"):
        del emulator.world.get("version", version_id or 0)[name]
    found = (await api.project.version.get_list(project.id))[0]
    assert (found.preview_project_id, found.name, found.created_by) == (None, None, None)


async def test_two_archives_never_have_one_name(api: Api, emulator: Emulated, project: ProjectInfo) -> None:
    for _ in range(3):
        await api.project.version.create(project.id)
        emulator.world.touch(project.id)
    paths = [file["path"] for file in emulator.world.find("file") if file["path"].endswith(".zst")]
    assert len(set(paths)) == 3


async def test_classes_and_tags_are_matched_by_name(api: Api, emulator: Emulated, project: ProjectInfo) -> None:
    emulator.reorder = True
    version_id = await api.project.version.create(project.id)
    made = await api.project.version.restore(project.id, version_id)
    assert made is not None
    assert outline(emulator, made.id) == outline(emulator, project.id)


async def test_tags_that_stand_twice_are_kept(
    api: Api, emulator: Emulated, project: ProjectInfo, caplog: pytest.LogCaptureFixture
) -> None:
    image = emulator.world.find("image", projectId=project.id)[0]
    image["tags"].append({**image["tags"][0], "id": 10**6})
    emulator.world.touch(project.id)
    version_id = await api.project.version.create(project.id)
    made = await api.project.version.restore(project.id, version_id)
    assert made is not None
    assert outline(emulator, made.id) == outline(emulator, project.id)
    assert emulator.world.get("project", made.id)["settings"]["allowDuplicateTags"] is True
    assert "stands 2 times" in caplog.text


async def test_what_is_told_of_a_figure_is_kept(api: Api, emulator: Emulated, project: ProjectInfo) -> None:
    figure = emulator.world.find("figure", projectId=project.id)[0]
    figure.update(priority=7, customData={"a": [1, None]}, meta={"m": 1})
    version_id = await api.project.version.create(project.id)
    made = await api.project.version.restore(project.id, version_id)
    assert made is not None
    found = [each for each in emulator.world.find("figure", projectId=made.id) if each["priority"]]
    assert [(each["priority"], each["customData"], each["meta"]) for each in found] == [(7, {"a": [1, None]}, {"m": 1})]


async def test_projects_of_nothing_have_versions_too(api: Api, emulator: Emulated) -> None:
    bare = await api.project.create(emulator.world.workspace_id, "bare")
    await api.dataset.create(bare.id, "empty")
    version_id = await api.project.version.create(bare.id)
    made = await api.project.version.restore(bare.id, version_id)
    assert made is not None
    assert outline(emulator, made.id) == {"classes": [], "tags": [], "empty": {}}


async def test_images_whose_bytes_are_gone_are_left_out_on_request(
    emulator: Emulated, caplog: pytest.LogCaptureFixture
) -> None:
    stranger = Stranger()
    async with (
        serve_application(stranger.application({"/gone.jpg": 404})) as elsewhere,
        Api(emulator.url, TOKEN) as api,
    ):
        project = make_project(emulator)
        images = emulator.world.find("image", projectId=project.id)
        linked = [image for image in images if image["link"]]
        linked[0]["link"], linked[1]["link"] = f"{elsewhere}/gone.jpg", f"{elsewhere}/there.jpg"
        version_id = await api.project.version.create(project.id)
        emulator.world.stored.remove(images[0]["hash"])  # that of two images
        with pytest.raises(ApiStatusError, match="nothing is stored"):
            await api.project.version.restore(project.id, version_id)
        with caplog.at_level(logging.WARNING):
            made = await api.project.version.restore(project.id, version_id, skip_missed_entities=True)
        assert made is not None
        assert len(emulator.world.find("image", projectId=made.id)) == 8 - 3
        assert "lacks 3 images" in caplog.text
    assert sorted(request.path for request in stranger.seen) == ["/gone.jpg", "/there.jpg"]
    assert all("x-api-key" not in request.headers for request in stranger.seen)


async def test_what_is_seen_between_whole_pixels_stays_there(
    api: Api, emulator: Emulated, project: ProjectInfo
) -> None:
    version_id = await api.project.version.create(project.id)
    made = await api.project.version.restore(project.id, version_id)
    assert made is not None
    points = [figure["geometry"] for figure in emulator.world.find("figure", projectId=made.id)]
    assert points[0]["points"]["exterior"][0] == [0.5, 1.25]


async def test_pages_of_images_and_batches_of_figures_lose_nothing(api: Api, emulator: Emulated) -> None:
    project = make_project(emulator)
    dataset = emulator.world.find("dataset", projectId=project.id)[0]
    names = [{"title": f"{number}.jpg", "link": f"http://x/{number}"} for number in range(1234)]
    added = emulator.content.add_images({"datasetId": dataset["id"], "images": names})
    class_id = emulator.world.get("project", project.id)["meta"]["classes"][0]["id"]
    emulator.content.add_figures(
        {
            "figures": [
                {"entityId": image["id"], "classId": class_id, "geometryType": "polygon", "geometry": {"n": number}}
                for number, image in enumerate(added)
                for _ in range(number % 3)
            ]
        }
    )
    version_id = await api.project.version.create(project.id)
    made = await api.project.version.restore(project.id, version_id)
    assert made is not None
    assert outline(emulator, made.id) == outline(emulator, project.id)


async def test_teams_that_pay_nothing_are_told_on_the_public_server(
    emulator: Emulated, caplog: pytest.LogCaptureFixture
) -> None:
    emulator.world.get("team", emulator.world.team_id)["usage"] = {"plan": "free"}
    project = make_project(emulator)
    async with Api("https://app.supervisely.com", TOKEN, api_server_address=emulator.url) as api:
        assert await api.project.version.create(project, raise_errors=False) is None
        assert "plan Free" in caplog.text
        with pytest.raises(VersionError, match="plan Free"):
            await api.project.version.create(project)
    assert "projects.versions.reserve" not in emulator.calls
    async with Api("http://notapp.supervisely.com.evil", TOKEN, api_server_address=emulator.url) as api:
        assert await api.project.version.create(project)


async def test_a_project_that_changed_meanwhile_can_have_another_version(
    api: Api, emulator: Emulated, project: ProjectInfo
) -> None:
    """The version bears the time that the project had when it was begun, so that a change after it counts."""
    stale = info_of(emulator, project.id)
    emulator.world.touch(project.id)
    first = await api.project.version.create(stale)
    second = await api.project.version.create(project.id)
    assert second != first


async def test_files_come_and_go(api: Api, emulator: Emulated, tmp_path: Path) -> None:
    team = emulator.world.team_id
    source = tmp_path / "a.json"
    source.write_text('{"a": 1}')
    sent: list[int] = []
    about = await api.file.upload(team, source, "/folder/a.json", sent.append)
    assert (about.path, about.sizeb, about.mime, about.name) == ("/folder/a.json", 8, "application/json", "a.json")
    assert sum(sent) == 8
    assert await api.file.get_json_file_content(team, "/folder/a.json") == {"a": 1}
    assert await api.file.exists(team, "/folder/a.json") is True
    assert await api.file.exists(team, "/folder/a.json", recursive=False) is True
    assert await api.file.exists(team, "/folder") is False
    assert await api.file.listdir(team, "/folder") == ["/folder/a.json"]
    assert await api.file.get_info_by_id(about.id or 0) == about
    came: list[int] = []
    await api.file.download(team, "/folder/a.json", tmp_path / "deep" / "b.json", progress_cb=came.append)
    assert (tmp_path / "deep" / "b.json").read_bytes() == source.read_bytes()
    assert sum(came) == 8
    await api.file.remove(team, "/folder/")
    assert await api.file.get_info_by_path(team, "/folder/a.json") is None
    with pytest.raises(FileNotFoundError):
        await api.file.get_json_file_content(team, "/folder/a.json")
    with pytest.raises(FileNotFoundError):
        await api.file.download(team, "/folder/a.json", tmp_path / "c")


async def test_names_that_are_taken_get_a_number(api: Api, emulator: Emulated) -> None:
    workspace = emulator.world.workspace_id
    names = [(await api.project.create(workspace, "p", change_name_if_conflict=True)).name for _ in range(3)]
    assert names == ["p", "p_001", "p_002"]
    with pytest.raises(ApiStatusError, match="there already"):
        await api.project.create(workspace, "p")


async def test_concurrent_calls_share_one_client(api: Api, emulator: Emulated, project: ProjectInfo) -> None:
    found: list[Any] = await asyncio.gather(*(api.project.get_info_by_id(project.id) for _ in range(20)))
    assert {each.id for each in found} == {project.id}
    assert await api.project.get_info_by_id(10**6) is None
    with pytest.raises(KeyError):
        await api.project.get_info_by_id(10**6, raise_error=True)
    with pytest.raises(ValueError, match="has the type 'images'"):
        await api.project.get_info_by_id(project.id, expected_type="videos")
    assert (await api.post("teams.info", {"id": emulator.world.team_id})).json()["name"] == "team"
