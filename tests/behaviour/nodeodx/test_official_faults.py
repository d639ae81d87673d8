"""Each of the twelve faults of the official client, which must not come back."""

# ruff: noqa: ASYNC240 (small files of the tests)

from __future__ import annotations

import asyncio
import zipfile
from pathlib import Path

import pytest
from aiohttp import web
from tests.behaviour.nodeodx.faulty import FaultyNode, Handler, answer, refuse

from specbind.emulators.nodeodx import serve
from specbind.nodeodx.aio import Node, Task
from specbind.nodeodx.exceptions import GenericError, NodeConnectionError, NodeResponseError
from specbind.nodeodx.types import TaskInfo, TaskStatus


@pytest.fixture
async def done(node: Node, images: list[str]) -> Task:
    task = await node.create_task(images)
    await task.wait_for_completion(interval=0.01)
    return task


async def test_01_the_token_of_a_node_stays_with_it(emulator: FaultyNode) -> None:
    seen: list[str | None] = []

    async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
        seen.append(request.query.get("token"))
        return await handler(request)

    emulator.tricks["/info"] = [note] * 2
    first, second = Node.from_url(f"{emulator.url}/?token=secret"), Node.from_url(emulator.url)
    assert "secret" in first.url("/info")
    assert "token" not in second.url("/info")
    async with first, second:
        await first.info()
        await second.info()
    assert seen == ["secret", None]


async def test_02_no_retry_is_honoured(
    node: Node, emulator: FaultyNode, images: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    emulator.tricks["/upload/"] = [refuse('{"error": "Disk full", "noRetry": true}')] * 9
    with pytest.raises(NodeResponseError, match="Disk full") as caught:
        await node.create_task(images[:1], retry_timeout=5)
    assert caught.value.no_retry
    assert emulator.count("/upload/") == 1
    assert [record for record in caplog.records if "trying again" in record.getMessage()] == []


async def test_03_a_download_that_is_cut_is_a_connection_error_and_goes_on_or_leaves_nothing(
    done: Task, emulator: FaultyNode, tmp_path: Path
) -> None:
    emulator.faults.add("truncate:download:0.5:*")
    with pytest.raises(NodeConnectionError):
        await done.download_zip(tmp_path / "plain")
    assert list((tmp_path / "plain").iterdir()) == []  # no ranges: the half is of no use
    emulator.faults.clear()
    emulator.ranges = True
    emulator.faults.add("truncate:download:0.5:1")
    path = await done.download_zip(tmp_path / "ranges", parallel_downloads=1)
    assert zipfile.ZipFile(path).testzip() is None
    assert emulator.count("/download/") == 5  # three whole attempts, one half, and the rest of it


async def test_04_short_pieces_never_hang_and_end_with_an_error(
    done: Task, emulator: FaultyNode, tmp_path: Path
) -> None:
    emulator.ranges = True
    emulator.faults.add("truncate:download:0:*")
    async with asyncio.timeout(20):
        with pytest.raises(NodeConnectionError):
            await done.download_zip(tmp_path, parallel_downloads=3, parallel_chunks_size=0.001)
    assert list(tmp_path.glob("*.zip")) == []


async def test_05_progress_says_100_when_every_file_has_arrived(
    node: Node, emulator: FaultyNode, images: list[str]
) -> None:
    arrived = 0

    async def slowly(request: web.Request, handler: Handler) -> web.StreamResponse:
        nonlocal arrived
        response = await handler(request)
        await asyncio.sleep(0.05)
        arrived += 1
        return response

    emulator.tricks["/upload/"] = [slowly] * len(images)
    seen: list[tuple[float, int]] = []
    await node.create_task(images, progress_callback=lambda value: seen.append((value, arrived)))
    assert [count for value, count in seen if value >= 100] == [len(images)]


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://node.example:8443/", "https://node.example:8443"),
        ("http://node.example:443/", "http://node.example:443"),
        ("https://node.example/", "https://node.example"),
        ("http://[::1]:3000/", "http://[::1]:3000"),
        ("http://node.example/nodes/one/?token=abc", "http://node.example/nodes/one"),
        ("node.example:3000", "http://node.example:3000"),
    ],
)
def test_06_every_url_means_what_it_says(url: str, base: str) -> None:
    assert Node.from_url(url).url("/info").partition("?")[0] == f"{base}/info"


async def test_07_a_console_line_may_be_exactly_error(done: Task, emulator: FaultyNode) -> None:
    emulator.engine.jobs[done.uuid].output[0] = "error"
    assert (await done.output())[0] == "error"


@pytest.mark.parametrize("change", [{"name": None}, {"status": {"code": 77}}])
async def test_08_answers_with_less_or_more_are_read(
    done: Task, emulator: FaultyNode, change: dict[str, object]
) -> None:
    async def changed(_request: web.Request, _handler: Handler) -> web.StreamResponse:
        told = {"uuid": done.uuid, "name": "n", "dateCreated": 0, "processingTime": 0, "status": {"code": 40}}
        whole = {**told, "options": [], "imagesCount": 1, "progress": 1, "more": [1], **change}
        return web.json_response({name: value for name, value in whole.items() if value is not None})

    emulator.tricks["/info"] = [changed]
    info = await done.info()
    assert (info.name, info.status.value) == (("", 40) if "name" in change else ("n", 77))


async def test_08_an_option_may_have_more_members(node: Node, emulator: FaultyNode) -> None:
    option = {"name": "dsm", "type": "bool", "value": "false", "domain": "bool", "help": "", "more": 1}
    emulator.tricks["/options"] = [lambda _request, _handler: _json([option])]
    assert [found.name for found in await node.options()] == ["dsm"]


async def test_08_a_403_with_other_json_is_a_refusal(node: Node, emulator: FaultyNode) -> None:
    emulator.tricks["/options"] = [answer(403, '{"message": "no"}', "application/json")]
    with pytest.raises(NodeResponseError, match="403"):
        await node.options()


@pytest.mark.parametrize("version", ["2.2.4-rc1", "2.2"])
async def test_09_candidates_and_short_versions_are_not_old(
    node: Node, emulator: FaultyNode, images: list[str], version: str
) -> None:
    emulator.version = version
    await node.create_task(images[:1])
    assert emulator.count("/task/new/init") == 1
    assert await node.version_greater_or_equal_than("1.4.0")


async def test_10_waiting_survives_a_proxy_without_its_node(done: Task, emulator: FaultyNode) -> None:
    emulator.faults.add("502:info:2, error:info, drop:info, 503:info")
    await done.wait_for_completion(interval=0.01, retry_timeout=0.01)
    assert [kind for kind, _ in emulator.faults.played] == ["502", "502", "error", "drop", "503"]


async def test_11_refusals_are_false(node: Node) -> None:
    ghost = node.get_task("nobody")
    assert [await ghost.cancel(), await ghost.remove(), await ghost.restart()] == [False, False, False]


async def test_12_unpacking_never_writes_through_links_or_half(
    done: Task, emulator: FaultyNode, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "images").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(GenericError, match="link"):
        await done.download_assets(tmp_path / "assets")
    assert list((tmp_path / "elsewhere").iterdir()) == []
    packed = emulator.engine.jobs[done.uuid].archive
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("/absolute.txt", "x")
    with pytest.raises(GenericError, match="absolute"):
        await done.download_assets(tmp_path / "other")


async def test_the_faults_are_those_of_a_whole_job(images: list[str], tmp_path: Path) -> None:
    """Everything at once: a job over a bad line ends with the right result."""
    bad = FaultyNode(
        ranges=True,
        faults="lose:upload, 503:upload, drop:init, late-502:commit, 502:info:2, truncate:download:0.3",
    )
    async with serve(bad) as url, Node.from_url(url) as node:
        task = await node.create_task(images, retry_timeout=0.01)
        await task.wait_for_completion(interval=0.01, retry_timeout=0.01)
        await task.download_assets(tmp_path / "assets")
        info: TaskInfo = await task.info()
        assert info.status is TaskStatus.COMPLETED
        assert info.images_count == len(images)
        for image in map(Path, images):
            assert (tmp_path / "assets" / "images" / image.name).read_bytes() == image.read_bytes()


async def _json(value: object) -> web.StreamResponse:
    return web.json_response(value)
