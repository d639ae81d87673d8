"""The archive of a version: `version.bin`, which is the snapshot, in a tar in one frame of Zstandard."""

from __future__ import annotations

import base64
import hashlib
import os
import tarfile
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from specbind.core.tasks import raise_if_cancelled
from specbind.supervisely.exceptions import SnapshotError

from .libraries import zstandard
from .limits import SnapshotLimits
from .tarstream import TarStream

if TYPE_CHECKING:
    from pathlib import Path

    from .tarstream import Reader

__all__ = ["Packed", "decompressed", "pack", "unpack"]

_NAME = "version.bin"
_COPY = 1 << 20
_LEVEL = 3


class Packed(NamedTuple):
    """An archive that was written."""

    size: int
    """Bytes."""
    hash: str
    """SHA-256 in base64, as the server has it."""


class _Hashing:
    """A file that is written once, from its front, and hashed on the way."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, block: bytes | memoryview) -> int:
        self._hash.update(block)
        self.size += len(block)
        return self._file.write(block)

    def flush(self) -> None:
        self._file.flush()

    @property
    def digest(self) -> str:
        return base64.b64encode(self._hash.digest()).decode()


def pack(snapshot: Path, archive: Path) -> Packed:
    """Write the archive of a snapshot. Memory does not grow with it.

    The frame says how much it unpacks to: the official client asks for that number.
    """
    size = snapshot.stat().st_size
    entry = tarfile.TarInfo(_NAME)
    entry.size = size
    head = entry.tobuf(tarfile.GNU_FORMAT)  # one block, also above 8 GiB
    used = len(head) + size + (-size % tarfile.BLOCKSIZE) + 2 * tarfile.BLOCKSIZE
    total = used + -used % tarfile.RECORDSIZE
    compressor = zstandard().ZstdCompressor(level=_LEVEL, write_content_size=True, write_checksum=True)
    with archive.open("wb") as file:
        out = _Hashing(file)
        with snapshot.open("rb") as source, compressor.stream_writer(out, size=total, closefd=False) as packed:
            packed.write(head)
            while block := source.read(_COPY):
                raise_if_cancelled()
                packed.write(block)
            packed.write(bytes(total - len(head) - size))
        file.flush()
        os.fsync(file.fileno())
    return Packed(out.size, out.digest)


def decompressed(file: BinaryIO, limits: SnapshotLimits) -> Reader:
    """The bytes that a file of Zstandard unpacks to."""
    decompressor = zstandard().ZstdDecompressor(max_window_size=limits.window)
    found: Reader = decompressor.stream_reader(file, read_across_frames=True, closefd=False)
    return found


def unpack(archive: Path, snapshot: Path, limits: SnapshotLimits | None = None) -> None:
    """Write the snapshot that an archive holds to `snapshot`. Memory does not grow with it.

    Raises:
        SnapshotError: it is no such archive, is damaged, or passes a limit.
    """
    bounds = limits or SnapshotLimits()
    try:
        with archive.open("rb") as file:
            tar = TarStream(decompressed(file, bounds), bounds.unpacked(archive.stat().st_size))
            while (member := tar.next()) is not None:
                if member.name == _NAME and member.file:
                    with snapshot.open("wb") as target:
                        tar.copy(target)
                    tar.finish()
                    return
    except zstandard().ZstdError as error:
        raise SnapshotError(f"the archive is damaged: {error}; download it again") from error
    raise SnapshotError(f"the archive has no {_NAME}: it is not the archive of a version")
