"""Files of a task that the node fetches itself, as one zip archive; the emulator does so from this machine only."""

from __future__ import annotations

import ipaddress
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp

from specbind.core.archive import ArchiveLimits, unzip
from specbind.core.errors import ArchiveError
from specbind.core.tasks import in_thread

from .uploads import free_name

if TYPE_CHECKING:
    from typing import BinaryIO

__all__ = ["MAX_ARCHIVE", "ZipUrlError", "fetch_zip"]

MAX_ARCHIVE = 1 << 30
"""Bytes that an archive may have."""
_LIMITS = ArchiveLimits(files=10_000, unpacked=4 << 30)
_BLOCK = 1 << 18
_SECONDS = 60


class ZipUrlError(Exception):
    """The archive cannot be had."""


async def fetch_zip(url: str, folder: Path) -> None:
    """Fetch an archive and put its files into a folder, without folders of their own.

    Args:
        url: address of the archive, on this machine; redirects are not followed.
        folder: where the files of the task are.

    Raises:
        ZipUrlError: the address is of another machine, no archive is there, or it is larger than `MAX_ARCHIVE`.
    """
    if not _on_this_machine(url):
        raise ZipUrlError("the emulator fetches from 127.0.0.1, ::1 and localhost only")
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        packed, unpacked = Path(scratch, "zip"), Path(scratch, "files")
        with await in_thread(packed.open, "wb") as file:
            await _fetch(url, file)
        try:
            paths = await in_thread(unzip, packed, unpacked, limits=_LIMITS)
            await in_thread(_move, paths, folder)
        except (ArchiveError, OSError) as error:
            raise ZipUrlError(str(error)) from error


async def _fetch(url: str, file: BinaryIO) -> None:
    size = 0
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(url, allow_redirects=False) as response,
        ):
            if response.status != 200:
                raise ZipUrlError(f"the answer is {response.status}")
            async for block in response.content.iter_chunked(_BLOCK):
                size += len(block)
                if size > MAX_ARCHIVE:
                    raise ZipUrlError(f"the archive is larger than {MAX_ARCHIVE} bytes")
                await in_thread(file.write, block)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise ZipUrlError(str(error) or type(error).__name__) from error


def _on_this_machine(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        return parts.scheme == "http" and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False


def _move(paths: list[Path], folder: Path) -> None:
    for path in paths:
        path.replace(free_name(folder, path.name))
