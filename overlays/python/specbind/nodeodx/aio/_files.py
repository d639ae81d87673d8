"""Files on their way: from the web to this machine before an upload, and archives from the node."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from specbind.bindings._runtime import LimitError, Request
from specbind.bindings.nodeodx.operations.tasks import DOWNLOAD_ASSET
from specbind.core import arguments
from specbind.core.archive import whole_zip
from specbind.core.download import declared, download_file
from specbind.core.filenames import safe_filename
from specbind.core.ranges import MIB, Ranges
from specbind.core.tasks import all_or_first, in_thread
from specbind.nodeodx.exceptions import NodeResponseError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from specbind.bindings import nodeodx
    from specbind.bindings._runtime import Timeout
    from specbind.core.archive import ArchiveLimits
    from specbind.core.progress import Progress

__all__ = ["MAX_REMOTE_FILE", "fetch_archive", "fetch_remote", "file_names", "is_remote", "ranges_of"]

MAX_REMOTE_FILE = 4 << 30
"""Bytes that a file from the web may have."""
_ASSET = "all.zip"
_LEAST_PIECE = MIB // 64


def file_names(files: Sequence[str | os.PathLike[str]]) -> tuple[str, ...]:
    """The paths and addresses that a caller gave.

    Raises:
        NodeResponseError: there are none.
        TypeError: it is one path, or something in it is none.
        ValueError: the name of a file is not UTF-8.
    """
    arguments.paths("files", files)
    names = tuple(_path(file) for file in files)
    if not names:
        raise NodeResponseError("Not enough images")
    for name in names:
        try:
            name.encode()
        except UnicodeEncodeError:
            message = f"the name of the file {os.fsencode(name)!r} is not UTF-8, and cannot be sent; rename the file"
            raise ValueError(message) from None
    return names


def _path(given: str | os.PathLike[str]) -> str:
    try:
        path: object = os.fspath(given)
    except TypeError:  # callers without types
        path = None
    if not isinstance(path, str):
        raise TypeError(f"files: a path is a str or a Path, not {given!r}")
    return path


def ranges_of(
    connections: int, piece: float, names: tuple[str, str] = ("parallel_downloads", "parallel_chunks_size")
) -> Ranges:
    """How an archive is spread over connections, with pieces of `piece` MiB but not less than 16 KiB.

    Args:
        connections: connections at most; 0 counts as 1.
        piece: size of a range, in MiB.
        names: what the caller calls these two.

    Raises:
        TypeError: one is no number.
        ValueError: one makes no sense.
    """
    most = arguments.whole(names[0], connections, least=0)
    size = arguments.number(names[1], piece, unit="MiB", positive=True)
    # without a strong validator the checksums of the archive itself tell whether the pieces belong together
    return Ranges(connections=max(1, most), piece=max(_LEAST_PIECE, int(size * MIB)), weak=True)


def is_remote(file: str) -> bool:
    """Whether an entry of `files` is an address."""
    return file[:6].lower().startswith("http:") or file[:6].lower() == "https:"


async def fetch_remote(
    client: nodeodx.Client, files: Sequence[str], scratch: Path, *, parallel: int, limits: Timeout
) -> list[Path]:
    """Download the entries that are addresses into `scratch`; gives a path for each entry, in the same order.

    Nothing of the node's (token, headers) is sent along.

    Raises:
        LimitError: a file is larger than `MAX_REMOTE_FILE`.
    """
    paths = [Path(file) for file in files]
    waiting = iter([(index, file) for index, file in enumerate(files) if is_remote(file)])
    stranger = client.with_options(auth=None, headers={})

    async def work() -> None:
        for index, url in waiting:
            folder = scratch / str(index)
            folder.mkdir()
            name = safe_filename(urlsplit(url).path.rpartition("/")[2], default="image")
            request = Request("GET", url, timeout=limits)
            paths[index] = await download_file(stranger.send, request, folder / name, progress=_not_too_large)

    await all_or_first([work() for _ in range(max(1, parallel))])
    return paths


def _not_too_large(done: int, total: int | None) -> None:
    """End a download that is larger than files may be, be it announced or not."""
    if max(done, total or 0) > MAX_REMOTE_FILE:
        raise LimitError(f"the file is larger than {MAX_REMOTE_FILE} bytes", limit=MAX_REMOTE_FILE)


async def fetch_archive(
    client: nodeodx.Client,
    uuid: str,
    target: Path,
    *,
    progress: Progress | None,
    ranges: Ranges,
    part_name: str,
    limits: ArchiveLimits | None = None,
) -> None:
    """Download the archive of a task. The folder is made when it is missing.

    A download that was broken off goes on in the next call with the same `part_name`,
    where the server serves ranges.
    """
    request = client.build(DOWNLOAD_ASSET, (uuid, _ASSET))
    await in_thread(os.makedirs, target.parent, exist_ok=True)
    await download_file(
        client.send,
        request,
        target,
        ranges=ranges,
        resume=part_name,
        check=functools.partial(whole_zip, limits=limits),
        accept=declared(DOWNLOAD_ASSET),
        progress=progress,
    )
