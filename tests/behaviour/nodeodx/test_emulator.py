"""The emulated node answers raw requests as a real one does."""

from __future__ import annotations

import asyncio
import json
import os
import re
import tempfile
import threading
import time
import zipfile
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

from specbind.emulators.nodeodx import NodeOdx, engine, serve
from specbind.nodeodx.aio import Node
from specbind.nodeodx.types import TaskStatus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.behaviour.nodeodx.faulty import FaultyNode

OWN = "6f1c9a52-0d1e-4b7a-9c55-3f2f6f6f0a01"
NIL = "00000000-0000-0000-0000-000000000000"
NOT_FOUND = {"error": "Invalid uuid (not found)"}


class Raw:
    """Requests by hand."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self.session = session

    async def get(self, path: str) -> Any:
        async with self.session.get(self.url + path) as response:
            assert response.status == 200
            assert response.headers["Content-Type"] == "application/json; charset=utf-8"
            return await response.json()

    async def post(self, path: str, data: Any = None, **more: Any) -> Any:
        async with self.session.post(self.url + path, data=data, **more) as response:
            assert response.status == 200
            return await response.json()

    async def init(self, set_uuid: str = "", **fields: str) -> Any:
        form = aiohttp.FormData(default_to_multipart=True)
        for name, value in (fields or {"name": ""}).items():
            form.add_field(name, value)
        return await self.post("/task/new/init", form, headers={"set-uuid": set_uuid} if set_uuid else {})

    async def upload(self, uuid: str, *names: str, field: str = "images") -> Any:
        return await self.post(f"/task/new/upload/{uuid}", files(*names, field=field))

    async def task(self, **fields: str) -> str:
        """A committed task with one image."""
        uuid: str = (await self.init(**fields))["uuid"]
        await self.upload(uuid, "a.jpg")
        assert await self.post(f"/task/new/commit/{uuid}") == {"uuid": uuid}
        return uuid

    async def state(self, uuid: str, *codes: int) -> Any:
        """State of a task once it has one of these codes."""
        for _ in range(2000):
            info = await self.get(f"/task/{uuid}/info")
            if info["status"]["code"] in codes:
                return info
            await asyncio.sleep(0.005)
        raise AssertionError(f"still {info['status']}")


def files(*names: str, field: str = "images") -> aiohttp.FormData:
    form = aiohttp.FormData(default_to_multipart=True, quote_fields=False)
    for name in names:
        form.add_field(field, b"\xff\xd8\xff\xd9", filename=name, content_type="image/jpeg")
    return form


@pytest.fixture
async def raw(emulator: FaultyNode) -> AsyncIterator[Raw]:
    async with aiohttp.ClientSession() as session:
        yield Raw(emulator.url, session)


async def test_unknown_routes_are_html(raw: Raw) -> None:
    for path in ("/nothing", f"/task/{OWN}/download"):
        async with raw.session.get(raw.url + path) as response:
            assert response.status == 404
            assert response.content_type == "text/html"


async def test_info_has_the_documented_members(raw: Raw) -> None:
    info = await raw.get("/info")
    expected = (
        "version taskQueueCount totalMemory availableMemory cpuCores maxImages maxParallelTasks engineVersion engine"
    )
    assert sorted(info) == sorted(expected.split())


async def test_options_have_every_kind(raw: Raw) -> None:
    options = await raw.get("/options")
    assert {option["type"] for option in options} == {"int", "float", "string", "bool", "enum"}
    assert all(isinstance(option["value"], str) for option in options)
    assert all(isinstance(option["domain"], list) is (option["type"] == "enum") for option in options)


async def test_token(emulator: FaultyNode, raw: Raw) -> None:
    emulator.token = "right"
    wrong = {"error": "Invalid authentication token: token does not match."}
    assert await raw.get("/info") == wrong
    assert await raw.get("/info?token=wrong") == wrong
    assert await raw.post("/task/cancel", {"uuid": OWN, "token": "right"}) == wrong
    assert "version" in await raw.get("/info?token=right")
    assert sorted(await raw.get("/auth/info")) == ["loginUrl", "message", "registerUrl"]
    assert await raw.post("/auth/login", {"username": "a", "password": "b"}) == {"error": "Not available"}


@pytest.mark.parametrize("uuid", ["nonsense", NIL, OWN.replace("-", "")])
async def test_set_uuid_must_be_one(raw: Raw, uuid: str) -> None:
    assert await raw.init(uuid) == {"error": f"Invalid set-uuid: {uuid}"}


async def test_set_uuid_of_a_living_task_is_refused(raw: Raw) -> None:
    assert await raw.init(OWN) == {"uuid": OWN}
    await raw.upload(OWN, "a.jpg")
    assert await raw.init(OWN, name="new") == {"uuid": OWN}
    await raw.post(f"/task/new/commit/{OWN}")
    info = await raw.state(OWN, 40)
    assert (info["name"], info["imagesCount"]) == ("new", 1)
    assert await raw.init(OWN) == {"error": f"Invalid set-uuid: {OWN}"}


async def test_names(raw: Raw) -> None:
    empty = await raw.state(await raw.task(name=""), 40)
    assert re.fullmatch(r"Task of \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", empty["name"])
    assert "name" not in await raw.state(await raw.task(dateCreated="1600000000123"), 40)


async def test_creation_time_is_kept(raw: Raw) -> None:
    assert (await raw.state(await raw.task(dateCreated="1600000000123"), 40))["dateCreated"] == 1600000000123


async def test_uploads(raw: Raw) -> None:
    uuid = (await raw.init())["uuid"]
    assert await raw.upload("nobody", "a.jpg") == NOT_FOUND
    assert await raw.post(f"/task/new/upload/{uuid}", files()) == {"error": "Need at least 1 file.", "noRetry": True}
    assert await raw.upload(uuid, "a.jpg", field="pictures") == {"error": "Unexpected field"}
    assert await raw.upload(uuid, "a.jpg", "b.jpg") == {"success": True}
    assert await raw.upload(uuid, "a.jpg", "a.jpg") == {"success": True}
    assert await raw.get("/task/list") == []
    assert await raw.get(f"/task/{uuid}/info") == {"error": f"{uuid} not found"}
    assert await raw.post(f"/task/new/commit/{uuid}") == {"uuid": uuid}
    assert await raw.post(f"/task/new/commit/{uuid}") == NOT_FOUND
    assert await raw.get("/task/list") == [{"uuid": uuid}]
    assert (await raw.state(uuid, 40))["imagesCount"] == 4


async def test_a_file_name_is_never_a_path(raw: Raw, emulator: FaultyNode) -> None:
    uuid = (await raw.init())["uuid"]
    await raw.upload(uuid, "../../../evil.jpg", "/etc/passwd", "..")
    await raw.post(f"/task/new/commit/{uuid}")
    await raw.state(uuid, 40)
    names = {path.name for path in (emulator.engine.jobs[uuid].folder / "images").iterdir()}
    assert names == {"evil.jpg", "passwd", "image"}


async def test_commit_without_files(raw: Raw) -> None:
    uuid = (await raw.init())["uuid"]
    assert await raw.post(f"/task/new/commit/{uuid}") == {"error": "Need at least 1 file."}
    assert await raw.post(f"/task/new/commit/{uuid}") == NOT_FOUND


async def test_init_refuses_files_and_reads_multipart_only(raw: Raw) -> None:
    assert await raw.post("/task/new/init", files("a.jpg")) == {"error": "Unexpected field"}
    uuid = (await raw.post("/task/new/init", {"name": "dropped"}))["uuid"]
    await raw.upload(uuid, "a.jpg")
    await raw.post(f"/task/new/commit/{uuid}")
    assert "name" not in await raw.state(uuid, 40)


async def test_one_request(raw: Raw) -> None:
    form = files("a.jpg", "b.jpg")
    form.add_field("name", "one")
    uuid = (await raw.post("/task/new", form, headers={"set-uuid": OWN}))["uuid"]
    assert uuid == OWN
    assert (await raw.state(uuid, 40))["imagesCount"] == 2
    empty = {"error": "Need at least 1 file or a zip file url."}
    assert await raw.post("/task/new", files()) == empty


async def test_max_images_shows_late_in_the_chunked_flow(raw: Raw, emulator: FaultyNode) -> None:
    emulator.engine.max_images = 1
    text = "2 images uploaded, but this node can only process up to 1."
    assert await raw.post("/task/new", files("a.jpg", "b.jpg")) == {"error": text}
    uuid = (await raw.init())["uuid"]
    await raw.upload(uuid, "a.jpg", "b.jpg")
    assert await raw.post(f"/task/new/commit/{uuid}") == {"uuid": uuid}
    assert (await raw.state(uuid, 30))["status"] == {"code": 30, "errorMessage": text}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("dsm", True, True),
        ("dsm", "1", True),
        ("dsm", "false", False),
        ("min-num-features", "12", 12),
        ("orthophoto-resolution", "2.5", 2.5),
        ("mesh-octree-depth", 14, 14),
        ("feature-quality", "low", "low"),
        ("boundary", '{"type": "Polygon"}', '{"type": "Polygon"}'),
    ],
)
async def test_good_options(raw: Raw, name: str, value: object, expected: object) -> None:
    uuid = await raw.task(
        options=json.dumps([{"name": name, "value": value}, {"name": "x", "value": 1}]), skipPostProcessing="true"
    )
    assert (await raw.state(uuid, 40))["options"] == [{"name": name, "value": expected}]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dsm", "True"),
        ("dsm", 1),
        ("min-num-features", "many"),
        ("min-num-features", True),
        ("orthophoto-resolution", 0),
        ("mesh-octree-depth", 15),
        ("resize-images", 101),
        ("feature-quality", "best"),
        ("boundary", "{"),
        ("primary-band", 3),
    ],
)
async def test_bad_options(raw: Raw, name: str, value: object) -> None:
    answer = await raw.init(options=json.dumps([{"name": name, "value": value}]))
    assert [problem["name"] for problem in json.loads(answer["error"])] == [name]


async def test_post_processing_adds_options(raw: Raw) -> None:
    info = await raw.state(await raw.task(options="{}", skipPostProcessing="yes"), 40)
    assert info["options"] == [{"name": name, "value": True} for name in ("pc-ept", "cog", "gltf")]
    assert "error" in await raw.init(options="[")


async def test_commands(raw: Raw) -> None:
    uuid = await raw.task()
    await raw.state(uuid, 40)
    for command in ("cancel", "remove", "restart"):
        assert await raw.post(f"/task/{command}", {}) == {"error": "uuid param missing."}
        assert await raw.post(f"/task/{command}", {"uuid": "x"}) == {"success": False, "error": "x not found"}
    assert await raw.post("/task/restart", json={"uuid": uuid}) == {"success": True}
    await raw.state(uuid, 40)
    assert await raw.post("/task/cancel", json={"uuid": uuid}) == {"success": True}
    assert await raw.post("/task/cancel", {"uuid": uuid}) == {"success": True}
    assert (await raw.get(f"/task/{uuid}/info"))["status"] == {"code": 50}
    assert "error" in await raw.post("/task/restart", {"uuid": uuid, "options": '[{"name": "dsm", "value": "?"}]'})
    assert await raw.post("/task/remove", {"uuid": uuid}) == {"success": True}
    assert await raw.get("/task/list") == []


async def test_a_running_task_cannot_be_restarted_but_canceled(emulator: FaultyNode, raw: Raw) -> None:
    emulator.engine.duration = 1e6
    running, queued = await raw.task(), await raw.task()
    await raw.state(running, 20)
    await raw.state(queued, 10)
    assert await raw.post("/task/restart", {"uuid": running}) == {"success": False, "error": "Task cannot be restarted"}
    assert (await raw.get("/info"))["taskQueueCount"] == 2
    await raw.post("/task/cancel", {"uuid": running})
    await raw.state(queued, 20)


async def test_download(raw: Raw) -> None:
    uuid = await raw.task()
    await raw.state(uuid, 40)
    assert await raw.get(f"/task/{uuid}/download/other.zip") == {"error": "Invalid asset"}
    assert await raw.get("/task/x/download/all.zip") == {"error": "x not found"}
    async with raw.session.get(f"{raw.url}/task/{uuid}/download/all.zip", headers={"Range": "bytes=0-9"}) as response:
        content = await response.read()
        assert response.status == 200
        assert response.headers["Content-Type"] == "application/zip"
        assert response.headers["Content-Disposition"] == "attachment; filename=all.zip"
        assert response.headers["Content-Length"] == str(len(content))
        assert "Accept-Ranges" not in response.headers
        assert content[:2] == b"PK"


async def test_an_archive_can_be_seen_before_it_is_whole(emulator: FaultyNode, raw: Raw) -> None:
    uuid = await raw.task()
    whole = await _size(raw, uuid)
    await raw.post("/task/restart", {"uuid": uuid})
    emulator.engine.jobs[uuid].archive.unlink()
    sizes: set[int] = set()
    while (await raw.get(f"/task/{uuid}/info"))["status"]["code"] != 40:
        async with raw.session.get(f"{raw.url}/task/{uuid}/download/all.zip") as response:
            if response.content_type == "application/zip":
                sizes.add(len(await response.read()))
    assert sizes
    assert min(sizes) < whole


async def _size(raw: Raw, uuid: str) -> int:
    await raw.state(uuid, 40)
    async with raw.session.get(f"{raw.url}/task/{uuid}/download/all.zip") as response:
        return len(await response.read())


async def test_nothing_is_left_of_a_node_that_is_closed_at_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sort = engine._sort
    begun, ended = threading.Event(), threading.Event()

    def slow(uploaded: Path, folder: Path) -> int:
        begun.set()
        time.sleep(0.3)
        try:
            return sort(uploaded, folder)
        finally:
            ended.set()

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(engine, "_sort", slow)
    async with serve(NodeOdx()) as url, aiohttp.ClientSession() as session:
        await Raw(url, session).task()
        assert await asyncio.to_thread(begun.wait, 5)
    assert await asyncio.to_thread(ended.wait, 5)
    assert await asyncio.to_thread(os.listdir, tmp_path) == []


async def test_webhook_is_repeated_until_somebody_takes_it() -> None:
    got: list[Any] = []

    async def take(request: web.Request) -> web.Response:
        got.append(await request.json())
        return web.Response(status=200 if len(got) == 3 else 500)

    application = web.Application()
    application.router.add_post("/hook", take)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        async with serve(NodeOdx(speed=1000)) as url, aiohttp.ClientSession() as session:
            raw = Raw(url, session)
            uuid = await raw.task(webhook=hook)
            for _ in range(1000):
                if len(got) == 3:
                    break
                await asyncio.sleep(0.01)
    finally:
        await runner.cleanup()
    assert [(each["uuid"], each["status"]["code"], each["images"]) for each in got] == [
        (uuid, 40, [{"filename": "a.jpg"}])
    ] * 3


@pytest.mark.parametrize("good", [True, False])
async def test_a_seed_is_unpacked_and_is_no_image(tmp_path: Path, good: bool) -> None:
    seed = tmp_path / "seed.zip"
    with zipfile.ZipFile(seed, "w") as packed:
        packed.writestr("opensfm/reconstruction.json" if good else "../outside.json", "[]")
    (tmp_path / "a.jpg").write_bytes(b"x")
    node = NodeOdx(speed=500)
    async with serve(node) as url, Node.from_url(url) as own:
        task = await own.create_task([seed, tmp_path / "a.jpg"])
        async with asyncio.timeout(10):
            while (info := await task.info()).status not in (TaskStatus.COMPLETED, TaskStatus.FAILED):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert info.status is (TaskStatus.COMPLETED if good else TaskStatus.FAILED)
        folder = node.engine.jobs[task.uuid].folder
        assert (folder / "opensfm" / "reconstruction.json").exists() is good
        assert "a.jpg" in [path.name for path in (folder / "images").iterdir()]
