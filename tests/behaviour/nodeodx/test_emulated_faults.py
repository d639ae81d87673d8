"""The emulated node misbehaves as it is told, and tells of tasks."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web

from specbind.emulators.nodeodx import Faults, NodeOdx, serve
from specbind.emulators.nodeodx.faults import CALLS, call_of
from specbind.nodeodx.aio import Node
from specbind.nodeodx.types import TaskReport, TaskStatus
from specbind.nodeodx.webhook import parse_report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def served() -> AsyncIterator[tuple[NodeOdx, str]]:
    node = NodeOdx(speed=500, ranges=True)
    async with serve(node) as url:
        yield node, url


@pytest.fixture
async def archive(served: tuple[NodeOdx, str], tmp_path: Path) -> str:
    """URL of a finished task's archive."""
    (tmp_path / "a.jpg").write_bytes(bytes(1000))
    async with Node.from_url(served[1]) as node:
        task = await node.create_task([tmp_path / "a.jpg"])
        await task.wait_for_completion(interval=0.01)
    return f"{served[1]}/task/{task.uuid}/download/all.zip"


@pytest.mark.parametrize(
    "text",
    [
        "drop",
        "drop:nothing",
        "fall:upload",
        "200:info",
        "truncate:download",
        "truncate:download:2",
        "truncate:info:0.5",
        "slow:download:fast",
        "slow:download:0",
        "drop:upload:x",
        "drop:upload:1:1",
        "drop:upload:-1",
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=text.partition(":")[0]):
        Faults(text)


def test_faults_are_played_in_order_and_used_up() -> None:
    faults = Faults("drop:upload:2, 503:any, lose:upload:*")
    found = [faults.take("upload"), faults.take("info"), faults.take("upload"), faults.take("upload")]
    assert [fault and fault.kind for fault in found] == ["drop", "503", "drop", "lose"]
    assert faults.take("info") is None
    assert faults.played == [("drop", "upload"), ("503", "info"), ("drop", "upload"), ("lose", "upload")]
    faults.clear()
    assert faults.take("upload") is None


def test_every_call_has_its_name() -> None:
    paths = {
        "info": ("GET", "/task/u/info"),
        "options": ("GET", "/options"),
        "list": ("GET", "/task/list"),
        "init": ("POST", "/task/new/init"),
        "upload": ("POST", "/task/new/upload/u"),
        "commit": ("POST", "/task/new/commit/u"),
        "new": ("POST", "/task/new"),
        "output": ("GET", "/task/u/output"),
        "download": ("GET", "/task/u/download/all.zip"),
        "cancel": ("POST", "/task/cancel"),
        "remove": ("POST", "/task/remove"),
        "restart": ("POST", "/task/restart"),
    }
    assert {name: call_of(*found) for name, found in paths.items()} == {name: name for name in CALLS}
    assert call_of("GET", "/info") == "info"


@pytest.mark.parametrize(
    ("fault", "status", "length", "whole"),
    [
        ("truncate:download:0.5", 200, "all", False),
        ("growing:download:0.5", 200, "half", True),
        ("503:download", 503, "", True),
        ("error:download", 200, "", True),
        ("drop:download:2", 0, "", False),
        ("lose:download:2", 0, "", False),
    ],
)
async def test_downloads_go_wrong(
    served: tuple[NodeOdx, str], archive: str, fault: str, status: int, length: str, whole: bool
) -> None:
    served[0].faults.add(fault)
    (job,) = served[0].engine.jobs.values()
    size = len(await asyncio.to_thread(job.archive.read_bytes))
    async with aiohttp.ClientSession() as session:
        try:
            async with session.get(archive) as response:
                assert response.status == status
                if length:
                    assert response.content_length == (size if length == "all" else size // 2)
                await response.read()
                assert whole
        except aiohttp.ClientError:
            assert not whole


async def test_a_slow_download_is_no_faster_than_asked(served: tuple[NodeOdx, str], archive: str) -> None:
    (job,) = served[0].engine.jobs.values()
    size = len(await asyncio.to_thread(job.archive.read_bytes))
    served[0].faults.add(f"slow:download:{size * 4}")
    start = time.monotonic()
    async with aiohttp.ClientSession() as session, session.get(archive) as response:
        assert len(await response.read()) == size
    assert time.monotonic() - start >= 0.15  # a quarter of a second; never less, however fast the machine is


@pytest.mark.parametrize(
    ("headers", "status", "content_range"),
    [
        ({}, 200, None),
        ({"Range": "bytes=0-9"}, 206, "bytes 0-9/{size}"),
        ({"Range": "bytes=-5"}, 206, "bytes {rest}-{last}/{size}"),
        ({"Range": "bytes=10-"}, 206, "bytes 10-{last}/{size}"),
        ({"Range": "bytes=9999999-"}, 416, "bytes */{size}"),
        ({"Range": "bytes=0-9", "If-Range": '"another"'}, 200, None),
        ({"Range": "lines=0-9"}, 200, None),
    ],
)
async def test_ranges_are_those_of_the_standard(
    served: tuple[NodeOdx, str], archive: str, headers: dict[str, str], status: int, content_range: str | None
) -> None:
    (job,) = served[0].engine.jobs.values()
    content = await asyncio.to_thread(job.archive.read_bytes)
    size = len(content)
    async with aiohttp.ClientSession() as session, session.get(archive, headers=headers) as response:
        body = await response.read()
        assert response.status == status
        assert response.headers["Accept-Ranges"] == "bytes"
        assert response.headers["ETag"].startswith('"')
        shown = content_range and content_range.format(size=size, rest=size - 5, last=size - 1)
        assert response.headers.get("Content-Range") == shown
    assert body in content


async def test_without_ranges_a_node_gives_everything_and_a_weak_etag(
    served: tuple[NodeOdx, str], archive: str
) -> None:
    served[0].ranges = False
    async with aiohttp.ClientSession() as session, session.get(archive, headers={"Range": "bytes=0-9"}) as response:
        assert response.status == 200
        assert "Accept-Ranges" not in response.headers
        assert response.headers["ETag"].startswith("W/")


async def test_the_webhook_of_the_node_is_told_of_every_task(tmp_path: Path) -> None:
    got: asyncio.Queue[TaskReport] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        await got.put(parse_report(await request.read()))
        return web.Response()

    application = web.Application()
    application.router.add_post("/hook", take)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    (tmp_path / "a.jpg").write_bytes(b"x")
    (tmp_path / "b.jpg").write_bytes(b"")
    try:
        async with serve(NodeOdx(speed=500, webhook=hook)) as url, Node.from_url(url) as node:
            async with asyncio.timeout(10):
                good = await node.create_task([tmp_path / "a.jpg"])
                first = await got.get()
                bad = await node.create_task([tmp_path / "b.jpg"], webhook=hook)
                second = [await got.get(), await got.get()]
    finally:
        await runner.cleanup()
    assert (first.uuid, first.status, first.images) == (good.uuid, TaskStatus.COMPLETED, [{"filename": "a.jpg"}])
    assert [(each.uuid, each.last_error) for each in second] == [(bad.uuid, "Cannot process dataset")] * 2


def test_the_program_refuses_faults_that_make_no_sense() -> None:
    command = [sys.executable, "-m", "specbind.emulators.nodeodx", "--port", "0", "--faults", "fall:upload"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2
    assert "no fault is called 'fall'" in ended.stderr
