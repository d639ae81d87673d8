"""Downloads over real sockets: cut, resumed, killed, and never wrong under their final name."""

from __future__ import annotations

import asyncio
import hashlib
import random
import subprocess
import sys

import pytest

from specbind.bindings._runtime import BaseClient, Request, TruncatedError
from specbind.core import Ranges, Retry, download_file

CONTENT = hashlib.shake_128(b"seed").digest(6_000_000)


def request(server):
    return Request("GET", f"{server.url}/all.zip", idempotent=True, stream=True)


async def test_the_file_arrives_over_one_connection(serve, tmp_path):
    server = await serve(CONTENT)
    async with BaseClient(server.url) as client:
        await download_file(client.send, request(server), tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert "Accept-Encoding: identity" in server.heads[0]


async def test_the_file_arrives_over_several_connections(serve, tmp_path):
    server = await serve(CONTENT)
    async with BaseClient(server.url) as client:
        ranges = Ranges(connections=4, piece=500_000)
        await download_file(client.send, request(server), tmp_path / "file", ranges=ranges)
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert len(server.heads) > 4


async def test_resets_at_any_place_are_survived(serve, tmp_path):
    draw = random.Random(1)  # noqa: S311 (not a secret)
    server = await serve(CONTENT, cut=lambda _: draw.choice([None, 0, 1, 70_000, 300_000, 499_999]))
    async with BaseClient(server.url, middleware=[Retry(sleep=lambda _: asyncio.sleep(0))]) as client:
        await download_file(
            client.send,
            request(server),
            tmp_path / "file",
            ranges=Ranges(connections=3, piece=500_000),
            backoff=lambda failures, _: 0.0 if failures < 50 else None,
        )
    assert (tmp_path / "file").read_bytes() == CONTENT


async def test_a_failed_run_leaves_what_the_next_one_needs(serve, tmp_path):
    server = await serve(CONTENT, cut=lambda number: 4_000_000 if number == 0 else None)
    async with BaseClient(server.url) as client:
        with pytest.raises(TruncatedError):
            await download_file(
                client.send,
                request(server),
                tmp_path / "file",
                resume=True,
                backoff=lambda *_: None,
            )
        assert not (tmp_path / "file").exists()
        await download_file(client.send, request(server), tmp_path / "file", resume=True)
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert server.sent < len(CONTENT) + 1_500_000


async def test_cancelling_frees_the_connections_at_once(serve, tmp_path):
    server = await serve(CONTENT, rate=100_000)
    async with BaseClient(server.url) as client:
        ranges = Ranges(connections=3, piece=500_000)
        task = asyncio.create_task(download_file(client.send, request(server), tmp_path / "file", ranges=ranges))
        while len(server.heads) < 3:  # noqa: ASYNC110 (the server has no event for it)
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 2)
        while server.open:  # noqa: ASYNC110 (the server has no event for it)
            await asyncio.sleep(0.01)
    assert list(tmp_path.iterdir()) == []


SCRIPT = """
import asyncio, sys
from specbind.bindings._runtime import BaseClient, Request
from specbind.core import Ranges, download_file, fetch

fetch._SAVE_SECONDS = 0.0  # as often as a long download would
fetch._LEAST_BLOCK = fetch._BLOCKS = 1 << 16

async def main(url, target):
    async with BaseClient(url) as client:
        print("go", flush=True)
        request = Request("GET", url + "/all.zip", idempotent=True)
        await download_file(client.send, request, target, resume=True, ranges=Ranges(connections=3, piece=200_000))

asyncio.run(main(*sys.argv[1:]))
"""


async def run_and_kill(server, target, after):
    """Start a download in a process of its own; kill it after some seconds, or let it end. Tells whether it ended."""
    command = [sys.executable, "-c", SCRIPT, server.url, str(target)]
    process = await asyncio.to_thread(subprocess.Popen, command, stdout=subprocess.PIPE)
    with process:
        assert await asyncio.to_thread(process.stdout.readline) == b"go\n"
        try:
            await asyncio.to_thread(process.wait, after)
        except subprocess.TimeoutExpired:
            process.kill()
    assert process.returncode in {0, -9}
    return process.returncode == 0


@pytest.mark.slow
async def test_a_download_that_is_killed_at_50_points_is_right_in_the_end(serve, tmp_path):
    draw = random.Random(2)  # noqa: S311 (not a secret)
    target = tmp_path / "all.zip"
    kills = whole = 0
    server = await serve(CONTENT, rate=3_000_000)
    while kills < 50:
        if await run_and_kill(server, target, draw.uniform(0.0, 0.4)):
            assert target.read_bytes() == CONTENT
            target.unlink()
            whole += 1
        else:
            kills += 1
            assert not target.exists() or target.read_bytes() == CONTENT
    assert await run_and_kill(server, target, 60)
    assert target.read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["all.zip"]
    assert server.sent < (whole + 1) * len(CONTENT) + 51 * 1_500_000
