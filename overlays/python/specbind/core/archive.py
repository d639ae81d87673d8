"""Zip archives from a server: checked whole, then unpacked without ever leaving the folder."""

from __future__ import annotations

import contextlib
import shutil
import stat
import tempfile
import unicodedata
import zipfile
import zlib
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

import msgspec

from .errors import BrokenArchiveError, NotEnoughSpaceError, UnsafeArchiveError
from .filenames import is_device_name
from .tasks import raise_if_cancelled
from .zipdirectory import count_entries, find_directory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["ArchiveLimits", "unzip", "whole_zip"]

_BLOCK = 1 << 20
_MAX_PART_BYTES = 255
_MAX_DEPTH = 100
_ENCRYPTED = 0x1
# what zipfile raises for a damaged member: bad CRC, bad deflate stream, missing bytes, unknown method
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OverflowError)


class ArchiveLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much an archive may hold.

    The ratio counts the unpacked bytes against the size of the archive on disk, after an allowance of 64 MiB, so
    that small archives of blank images pass.
    """

    files: int = 100_000
    """Most entries, folders included, also those that only names tell of."""
    directory: int = 32 << 20
    """Most bytes of the list of entries, with their names (32 MiB)."""
    unpacked: int = 1 << 38
    """Most bytes unpacked (256 GiB)."""
    ratio: float = 200.0
    """Most unpacked bytes per packed byte."""
    allowance: int = 64 << 20
    """Unpacked bytes that are free of the ratio."""


def whole_zip(path: Path, *, limits: ArchiveLimits | None = None) -> None:
    """Check that `path` is a whole zip file: its folder, every entry and every CRC. Blocks, so run it in a thread.

    Raises:
        BrokenArchiveError: it is cut off, damaged, encrypted, not a zip, or packed by another method than deflate.
        UnsafeArchiveError: it passes a limit.
    """
    limits = limits or ArchiveLimits()
    with _opened(path, limits) as archive:
        _check_size(archive, path, limits)
        for entry in archive.infolist():
            for _ in _blocks(archive, entry, path):
                pass


def unzip(
    path: Path | str,
    folder: Path | str,
    *,
    limits: ArchiveLimits | None = None,
    on_file: Callable[[Path], object] | None = None,
) -> list[Path]:
    """Unpack a zip file into `folder`. Blocks, so run it in a thread.

    Before a byte is written the whole list of entries is judged: absolute names, `..`, drive letters, backslashes,
    links, devices, device names of Windows, names that are equal but for case or Unicode form, overlapping entries
    and passed limits are refused. Each file is written beside its place and renamed into it, so a present file is
    replaced by a whole one or stays. Permissions in the archive are ignored.

    Args:
        path: the archive.
        folder: made when absent.
        limits: caps on entries, their list, bytes and ratio.
        on_file: called with each finished file.

    Returns:
        The files, in the order of the archive.

    Raises:
        BrokenArchiveError: damaged, encrypted or not a zip. Files before the damage stay.
        UnsafeArchiveError: refused; nothing was written, unless a link, or something that is no plain file, stood in
            the folder already.
        NotEnoughSpaceError: the unpacked files would not fit; nothing was written.
    """
    path, folder = Path(path), Path(folder)
    limits = limits or ArchiveLimits()
    with _opened(path, limits) as archive:
        _check_size(archive, path, limits)
        places = _places(archive, path, limits)
        folder.mkdir(parents=True, exist_ok=True)
        _check_space(archive, folder)
        written: list[Path] = []
        for entry, parts in places:
            target = folder.joinpath(*parts)
            _make_folders(folder, parts if entry.is_dir() else parts[:-1], path)
            if entry.is_dir():
                continue
            _check_replaceable(target, path)
            _write(archive, entry, target, path)
            written.append(target)
            if on_file is not None:
                on_file(target)
    return written


def _opened(path: Path, limits: ArchiveLimits) -> zipfile.ZipFile:
    try:
        _check_directory(path, limits)
        archive = zipfile.ZipFile(path)
    except _DAMAGE as error:
        message = f"{path.name} is not a whole zip file: {error}"
        raise BrokenArchiveError(message) from error
    return archive


def _check_directory(path: Path, limits: ArchiveLimits) -> None:
    """Judge the list of entries before zipfile reads all of it."""
    directory = find_directory(path)
    if directory.size > limits.directory:
        message = (
            f"{path.name} has a list of entries of {directory.size} bytes, more than the limit of {limits.directory}"
        )
        raise UnsafeArchiveError(message)
    entries = directory.entries
    if entries <= limits.files:
        entries = count_entries(path, directory, limits.files)
    if entries > limits.files:
        message = f"{path.name} holds at least {entries} entries, more than the limit of {limits.files}"
        raise UnsafeArchiveError(message)


def _check_size(archive: zipfile.ZipFile, path: Path, limits: ArchiveLimits) -> None:
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    allowed = min(limits.unpacked, int(limits.allowance + limits.ratio * path.stat().st_size))
    if unpacked > allowed:
        message = f"{path.name} would unpack to {unpacked} bytes, more than the limit of {allowed}"
        raise UnsafeArchiveError(message)
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    for first, second in pairwise(ordered):
        if first.header_offset + first.compress_size > second.header_offset:
            message = f"{path.name}: entries {first.filename!r} and {second.filename!r} share bytes"
            raise UnsafeArchiveError(message)


def _check_space(archive: zipfile.ZipFile, folder: Path) -> None:
    needed = sum(entry.file_size for entry in archive.infolist())
    free = shutil.disk_usage(folder).free
    if needed > free:
        message = f"unpacking needs {needed} bytes, but {folder} has {free} free"
        raise NotEnoughSpaceError(message, needed=needed, free=free)


def _places(
    archive: zipfile.ZipFile, path: Path, limits: ArchiveLimits
) -> list[tuple[zipfile.ZipInfo, tuple[str, ...]]]:
    """Judge every name; give each entry with the parts of its path."""
    places: list[tuple[zipfile.ZipInfo, tuple[str, ...]]] = []
    kinds: dict[tuple[str, ...], str] = {}
    for entry in archive.infolist():
        reason = _refused(entry)
        if reason:
            message = f"{path.name}: entry {entry.orig_filename[:200]!r} {reason}"
            raise UnsafeArchiveError(message)
        parts = PurePosixPath(entry.filename).parts
        folded = tuple(_folded(part) for part in parts)
        kind = "folder" if entry.is_dir() else "file"
        if kinds.get(folded, "folder") == "file" or (kind == "file" and folded in kinds):
            message = f"{path.name}: entry {entry.filename[:200]!r} collides with another entry"
            raise UnsafeArchiveError(message)
        for depth in range(1, len(folded)):
            if kinds.setdefault(folded[:depth], "folder") == "file":
                message = f"{path.name}: entry {entry.filename[:200]!r} lies below another file"
                raise UnsafeArchiveError(message)
        kinds[folded] = kind
        if len(kinds) > limits.files:
            message = f"{path.name} would make more files and folders than the limit of {limits.files}"
            raise UnsafeArchiveError(message)
        places.append((entry, parts))
    return places


def _refused(entry: zipfile.ZipInfo) -> str:
    """Reason why an entry must not be unpacked, or nothing. Judged is the name as it stands in the archive."""
    name = entry.orig_filename
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        return "is a link or a device"
    if name.startswith("/") or "\\" in name or ":" in name:
        return "has an absolute name, a drive letter or a backslash"
    if any(unicodedata.category(c) in {"Cc", "Cs"} for c in name):
        return "has control characters in its name"
    parts = name.removesuffix("/").split("/")
    if any(part in {"", ".", ".."} for part in parts):
        return "has an empty part, '.' or '..' in its name"
    if len(parts) - 1 > _MAX_DEPTH:
        return f"lies more than {_MAX_DEPTH} folders deep"
    if any(part != part.rstrip(". ") or is_device_name(part) for part in parts):
        return "has a name that Windows takes for another file or a device"
    if any(len(part.encode()) > _MAX_PART_BYTES for part in parts):
        return f"has a part of more than {_MAX_PART_BYTES} bytes in its name"
    return ""


def _folded(part: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", part).casefold())


def _make_folders(folder: Path, parts: tuple[str, ...], path: Path) -> None:
    """Make the folders of an entry one by one; a link that stands there already would lead out."""
    for part in parts:
        folder /= part
        if folder.is_symlink():
            message = f"{path.name}: the folder {folder} is a link, and unpacking would follow it"
            raise UnsafeArchiveError(message)
        folder.mkdir(exist_ok=True)


def _check_replaceable(target: Path, path: Path) -> None:
    """Let a plain file be replaced, and a link (never followed); not a device, a pipe or a socket."""
    with contextlib.suppress(FileNotFoundError):
        kind = stat.S_IFMT(target.lstat().st_mode)
        if kind not in {stat.S_IFREG, stat.S_IFLNK, stat.S_IFDIR}:  # the system refuses a folder by itself
            message = f"{path.name}: {target} is no plain file, and is not replaced"
            raise UnsafeArchiveError(message)


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, path: Path) -> None:
    with _beside(target) as (file, temporary):
        for block in _blocks(archive, entry, path):
            file.write(block)
        file.close()
        temporary.replace(target)


class _beside:  # noqa: N801 (used as a function)
    """A new file in the folder of `target`, removed unless it was renamed."""

    def __init__(self, target: Path) -> None:
        self._target = target

    def __enter__(self) -> tuple[IO[bytes], Path]:
        # a folder of its own (0700) gives a free name, while the file keeps the user's usual permissions
        self._room = Path(tempfile.mkdtemp(prefix=".unzip-", dir=self._target.parent))
        self._file = (self._room / "file").open("xb")
        return self._file, self._room / "file"

    def __exit__(self, *_: object) -> None:
        self._file.close()
        shutil.rmtree(self._room)


def _blocks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> Iterator[bytes]:
    """Bytes of one entry. zipfile gives as many as the header says, and checks the CRC at the end."""
    if entry.flag_bits & _ENCRYPTED:
        message = f"{path.name}: entry {entry.filename[:200]!r} is encrypted"
        raise BrokenArchiveError(message)
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        message = (
            f"{path.name}: entry {entry.filename[:200]!r} is packed by method {entry.compress_type}, not by deflate"
        )
        raise BrokenArchiveError(message)
    raise_if_cancelled()
    try:
        with archive.open(entry) as file:
            while block := file.read(_BLOCK):
                yield block
                raise_if_cancelled()
    except _DAMAGE as error:
        message = f"{path.name}: entry {entry.filename[:200]!r} is damaged: {error}"
        raise BrokenArchiveError(message) from error
