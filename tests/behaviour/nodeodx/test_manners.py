"""What a user sees who makes a mistake, or whose node is away."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from specbind import nodeodx
from specbind.nodeodx.aio import Node
from specbind.nodeodx.exceptions import NodeConnectionError

if TYPE_CHECKING:
    from tests.behaviour.nodeodx.faulty import FaultyNode

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("host", ["http://localhost", "https://h/?token=s3cr3t", "h/path", "u:p@h", "a b", ""])
@pytest.mark.parametrize("kind", [Node, nodeodx.Node])
def test_a_url_is_no_host(kind: type[Node | nodeodx.Node], host: str) -> None:
    with pytest.raises(ValueError, match="from_url") as caught:
        kind(host, 3000)
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "[::1]", "fe80::1%eth0", "node_1.example"])
def test_a_host_is_a_host(host: str) -> None:
    assert Node(host, 3000).host == host.strip("[]")


def test_a_host_with_a_port_is_no_host() -> None:
    with pytest.raises(ValueError, match="port by itself"):
        Node("localhost:3000", 3000)


@pytest.mark.parametrize("files", ["a.jpg", Path("a.jpg"), b"a.jpg", [b"a.jpg"], [7]])
@pytest.mark.parametrize("way", ["create_task", "create_task_fallback"])
async def test_one_path_is_no_list(node: Node, emulator: FaultyNode, files: object, way: str) -> None:
    with pytest.raises(TypeError, match=r"[pP]ath"):
        await getattr(node, way)(files)
    assert emulator.requests == []


async def test_a_name_that_is_not_utf8_is_told_before_anything_is_sent(
    node: Node, emulator: FaultyNode, tmp_path: Path
) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jpg")
    Path(path).write_bytes(b"x")  # noqa: ASYNC240 - small
    with pytest.raises(ValueError, match=r"caf\\xe9\.jpg.*rename"):
        await node.create_task([path])
    assert emulator.requests == []


async def test_an_archive_may_go_where_the_name_is_not_utf8(
    node: Node, emulator: FaultyNode, images: list[str], tmp_path: Path
) -> None:
    task = await node.create_task(images)
    await task.wait_for_completion(interval=0.01)
    path = os.fsdecode(os.fsencode(tmp_path) + b"/r\xe9sultat.zip")
    await task.save_zip(path)
    assert emulator.engine.jobs[task.uuid].archive.read_bytes() == Path(path).read_bytes()  # noqa: ASYNC240 - small


async def test_a_node_that_is_away_is_told_of(caplog: pytest.LogCaptureFixture, images: list[str]) -> None:
    caplog.set_level(logging.WARNING, "specbind.nodeodx")
    async with Node("127.0.0.1", 9, timeout=5) as node:
        with pytest.raises(NodeConnectionError) as caught:
            await node.create_task(images, max_retries=3, retry_timeout=0.01)
    found = [record.getMessage() for record in caplog.records]
    assert [record.name for record in caplog.records] == ["specbind.nodeodx"] * 3
    assert all("127.0.0.1:9" in each for each in found)
    assert "trying again in 0.01 s (2 more after that, 0.06 s of waiting in all)" in found[0]
    assert "trying again in 0.03 s (for the last time)" in found[2]
    assert "attempt" not in str(caught.value)


async def test_an_outage_while_waiting_is_told_of(
    caplog: pytest.LogCaptureFixture, node: Node, emulator: FaultyNode, images: list[str]
) -> None:
    task = await node.create_task(images)
    emulator.faults.add("502:info")
    caplog.set_level(logging.WARNING, "specbind.nodeodx")
    await task.wait_for_completion(interval=0.01, retry_timeout=0.01)
    (record,) = caplog.records
    assert record.getMessage().startswith(f"waiting for task {task.uuid}: ")
    assert "502" in record.getMessage()


def test_the_example_finds_out_first_that_its_results_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    command = [sys.executable, str(ROOT / "examples" / "nodeodx_job.py"), "--emulate", "--out", str(tmp_path / "file")]
    program = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert program.returncode == 1
    assert program.stdout == ""
    assert "file" in program.stderr
    assert len(program.stderr.splitlines()) == 1


@pytest.mark.parametrize("host", ["", " "])
def test_the_emulator_wants_an_address(host: str) -> None:
    command = [sys.executable, "-m", "specbind.emulators.nodeodx", "--port", "0", "--host", host]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2
    assert "all of them" in ended.stderr


async def test_a_target_that_is_no_plain_file_is_refused_before_anything_is_sent(
    node: Node, emulator: FaultyNode, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_bytes(b"x")
    task = node.get_task("u")
    with pytest.raises(IsADirectoryError, match="path of a file in it"):
        await task.save_zip(tmp_path / "folder")
    with pytest.raises(FileExistsError, match="no plain file"):
        await task.save_zip(tmp_path / "pipe")
    for call in (task.save_assets, task.download_zip, task.download_assets):
        with pytest.raises(NotADirectoryError):
            await call(tmp_path / "file")
    assert emulator.requests == []
    assert stat.S_ISFIFO((tmp_path / "pipe").lstat().st_mode)
