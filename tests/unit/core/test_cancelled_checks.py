"""Cancelling during the last checks is prompt, and costs no byte that was downloaded."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import zipfile

import pytest
from tests.support.downloads import CONTENT, LONG, left

from specbind.core import Digest, DigestMismatchError, download_file, raise_if_cancelled, unzip, whole_zip
from specbind.core import archive as archive_module
from specbind.core import digest as digest_module
from specbind.core.digest import check_digests
from specbind.core.tasks import in_thread

BLOCKS = 200


class Gate:
    """Holds a thread at its first block until the call was cancelled, and counts the blocks after that."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.open = threading.Event()
        self.blocks = 0

    def block(self) -> None:
        self.blocks += 1
        self.reached.set()
        assert self.open.wait(10)

    async def cancel(self, task: asyncio.Task[object]) -> None:
        assert await asyncio.to_thread(self.reached.wait, 10)
        task.cancel()
        asyncio.get_running_loop().call_soon(asyncio.get_running_loop().call_soon, self.open.set)
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 10)


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def packed(tmp_path, monkeypatch):
    """An archive of many blocks."""
    monkeypatch.setattr(archive_module, "_BLOCK", 1000)
    path = tmp_path / "some.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", bytes(1000 * BLOCKS))
        archive.writestr("b", b"")
    return path


@pytest.fixture
def slow_zip(gate, monkeypatch):
    """Each block of an archive passes the gate."""
    read = zipfile.ZipExtFile.read

    def gated(self, n=-1):
        gate.block()
        return read(self, n)

    monkeypatch.setattr(zipfile.ZipExtFile, "read", gated)


class GatedHash:
    """A digest that passes the gate at each block."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def update(self, _block: bytes) -> None:
        self._gate.block()

    def digest(self) -> bytes:
        return bytes(32)


@pytest.fixture
def slow_digest(gate, monkeypatch):
    monkeypatch.setattr(digest_module, "_BLOCK", 1000)
    monkeypatch.setattr(digest_module, "_start", lambda _: GatedHash(gate))


@pytest.mark.usefixtures("slow_zip")
async def test_whole_zip_ends_at_the_next_block(packed, gate):
    await gate.cancel(asyncio.create_task(in_thread(whole_zip, packed)))
    assert gate.blocks <= 2


@pytest.mark.usefixtures("slow_zip")
async def test_unzip_ends_at_the_next_block_and_leaves_no_half_file(packed, gate, tmp_path):
    await gate.cancel(asyncio.create_task(in_thread(unzip, packed, tmp_path / "out")))
    assert gate.blocks <= 2
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.usefixtures("slow_digest")
async def test_digests_end_at_the_next_block(packed, gate):
    promised = [Digest("sha256", bytes(32))]
    await gate.cancel(asyncio.create_task(in_thread(check_digests, packed, promised)))
    assert gate.blocks <= 2


async def test_what_is_not_cancelled_goes_on(packed, tmp_path):
    await in_thread(whole_zip, packed)
    whole_zip(packed)  # nor does anything outside of such a thread
    assert len(await in_thread(unzip, packed, tmp_path / "out")) == 2
    raise_if_cancelled()


async def test_a_cancelled_check_costs_no_byte(serve, get, target, gate):
    def check(_path):
        while True:
            gate.block()
            raise_if_cancelled()

    server = serve(LONG)
    await gate.cancel(asyncio.create_task(download_file(server.send, get, target, resume=True, check=check)))
    assert gate.blocks <= 2
    assert not target.exists()
    assert len(left(target)) == 2
    server = serve(LONG)
    await download_file(server.send, get, target, resume=True)
    assert server.ranges == ["bytes=3000000-"]
    assert target.read_bytes() == LONG
    assert left(target) == []


@pytest.mark.usefixtures("slow_digest")
async def test_a_cancelled_digest_costs_no_byte(serve, get, target, gate):
    promised = [Digest("sha256", bytes(32))]
    task = download_file(serve(LONG).send, get, target, resume=True, digests=promised)
    await gate.cancel(asyncio.create_task(task))
    assert len(left(target)) == 2


async def test_a_cancelled_asynchronous_check_costs_no_byte(serve, get, target, gate):
    async def check(_path):
        gate.reached.set()
        await asyncio.sleep(60)

    await gate.cancel(asyncio.create_task(download_file(serve(LONG).send, get, target, resume=True, check=check)))
    assert len(left(target)) == 2


async def test_a_cancelled_download_that_cannot_go_on_leaves_nothing(serve, get, target, gate):
    def check(_path):
        gate.block()
        raise_if_cancelled()

    await gate.cancel(asyncio.create_task(download_file(serve(CONTENT).send, get, target, check=check)))
    assert left(target) == []


@pytest.mark.parametrize("asynchronous", [True, False])
async def test_bytes_that_a_check_refuses_are_not_kept(serve, get, target, asynchronous):
    async def refuse_later(_path):
        raise ValueError("no")

    def refuse(_path):
        raise ValueError("no")

    check = refuse_later if asynchronous else refuse
    with pytest.raises(ValueError, match="no"):
        await download_file(serve(LONG).send, get, target, resume=True, check=check)
    assert left(target) == []
    wrong = [Digest("sha256", hashlib.sha256(b"other").digest())]
    with pytest.raises(DigestMismatchError):
        await download_file(serve(LONG).send, get, target, resume=True, digests=wrong)
    assert left(target) == []
