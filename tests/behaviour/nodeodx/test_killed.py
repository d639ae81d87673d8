"""A download of a task's archive in a process that is killed, again and again."""

from __future__ import annotations

import asyncio
import hashlib
import random
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.behaviour.nodeodx.faulty import FaultyNode

from specbind.emulators.nodeodx import serve
from specbind.nodeodx.aio import Node

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 50
PHOTO = hashlib.shake_128(b"photo").digest(6_000_000)

PROGRAM = """
import os, signal, sys, threading
from specbind.core import fetch
from specbind.nodeodx import Node

fetch._SAVE_SECONDS = 0.0  # as often as a long download would

url, uuid, folder, advance, pause = sys.argv[1:]
goal = None

def progress(percent):
    # killed after some percent more than an earlier run had, and some milliseconds
    global goal
    if goal is None:
        goal = percent + float(advance)
    elif percent >= goal:
        goal = float("inf")
        threading.Timer(float(pause), os.kill, (os.getpid(), signal.SIGKILL)).start()

with Node.from_url(url) as node:
    task = node.get_task(uuid)
    task.info()
    task.download_zip(folder, progress, 3, 0.5)
os._exit(0)  # a kill that is still to come has missed
"""


async def run(url: str, uuid: str, folder: Path, advance: float, pause: float) -> bool:
    """Download in a process that kills itself some percent and seconds later; True when it was done before."""
    command = [sys.executable, "-c", PROGRAM, url, uuid, str(folder), str(advance), str(pause)]
    done = await asyncio.to_thread(subprocess.run, command, check=False, timeout=60)
    assert done.returncode in {0, -9}
    return done.returncode == 0


@pytest.mark.slow
async def test_an_archive_is_right_after_50_kills_and_never_wrong_under_its_name(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(PHOTO)
    folder = tmp_path / "out"
    folder.mkdir()
    draw = random.Random(3)  # noqa: S311 - not a secret
    kills = whole = 0
    node = FaultyNode(ranges=True, faults="slow:download:5M:*")
    async with serve(node) as url, Node.from_url(url) as own:
        task = await own.create_task([tmp_path / "photo.jpg"])
        await task.wait_for_completion(interval=0.01)
        expected = hashlib.sha256(node.engine.jobs[task.uuid].archive.read_bytes()).hexdigest()
        while kills < KILLS:
            ended = await run(url, task.uuid, folder, draw.uniform(0, 25), draw.uniform(0, 0.02))
            assert whole < KILLS
            whole += ended
            kills += not ended
            for path in folder.glob("*.zip"):  # at most one: it ended, or was killed after the rename
                assert hashlib.sha256(path.read_bytes()).hexdigest() == expected
                path.unlink()
        asked = node.count("/download/")
        assert await run(url, task.uuid, folder, 200, 0)
    (path,) = folder.iterdir()
    assert hashlib.sha256(path.read_bytes()).hexdigest() == expected
    assert whole >= 2  # the bytes of killed runs count: none could have ended alone in the time it had
    assert asked > KILLS
