"""What stands under the final name of a download and must not be lost."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest
from tests.support.downloads import CONTENT

from specbind.core.download import download_file

if TYPE_CHECKING:
    from pathlib import Path

posix = pytest.mark.skipif(sys.platform == "win32", reason="pipes and links of another kind")


def place(path: Path, kind: str) -> None:
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "link":
        path.with_name("real").write_bytes(b"old")
        path.symlink_to("real")
    elif kind == "link to a folder":
        path.symlink_to(path.parent)
    else:
        path.symlink_to("nowhere")


@posix
@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("folder", IsADirectoryError),
        ("pipe", FileExistsError),
        ("link", FileExistsError),
        ("link to a folder", FileExistsError),
        ("link to nothing", FileExistsError),
    ],
)
async def test_what_is_no_plain_file_is_kept_and_nothing_is_sent(serve, get, tmp_path, kind, error, resume):
    server = serve(CONTENT)
    target = tmp_path / "all.zip"
    place(target, kind)
    before = target.lstat()
    names = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(error, match=r"all\.zip"):
        await download_file(server.send, get, target, resume=resume)
    assert server.requests == []
    assert target.lstat() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == names


@posix
async def test_a_pipe_that_came_meanwhile_is_kept(serve, get, tmp_path):
    server = serve(CONTENT)
    target = tmp_path / "all.zip"
    with pytest.raises(FileExistsError):
        await download_file(server.send, get, target, check=lambda _: os.mkfifo(target))
    assert stat.S_ISFIFO(target.lstat().st_mode)


async def test_a_plain_file_is_replaced(serve, get, tmp_path):
    server = serve(CONTENT)
    target = tmp_path / "all.zip"
    target.write_bytes(b"old")
    await download_file(server.send, get, target)
    assert target.read_bytes() == CONTENT
