"""Members of a tar archive, one after the other, from a stream that nobody trusts.

The names are compared and never used as paths. Headers are parsed by `tarfile`; what it would read into memory as a
whole (long names, extended headers) is bounded here.
"""

from __future__ import annotations

import errno
import shutil
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol

from specbind.core.tasks import raise_if_cancelled
from specbind.supervisely.exceptions import SnapshotError

if TYPE_CHECKING:
    from .limits import SnapshotLimits

__all__ = ["Member", "Reader", "TarStream"]

_BLOCK = 512
_COPY = 1 << 20
_EXTENDED = 1 << 16
_REGULAR = (tarfile.REGTYPE, tarfile.AREGTYPE)
_PAX = (tarfile.XHDTYPE, tarfile.XGLTYPE)
_LONG = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)


class Reader(Protocol):
    """What bytes come from."""

    def read(self, size: int, /) -> bytes: ...  # noqa: D102 (described by the class)


class Member(NamedTuple):
    """An entry: its name without `./` in front, its bytes, and whether it is a file."""

    name: str
    size: int
    file: bool


class TarStream:
    """Reads the entries in their order.

    Args:
        source: the bytes of the archive.
        limits: bounds.
    """

    def __init__(self, source: Reader, limits: SnapshotLimits) -> None:
        self._source = source
        self._limits = limits
        self._left = 0
        self._padding = 0
        self._members = 0
        self._total = 0

    def next(self) -> Member | None:
        """The next entry; what was not read of the one before is passed over. None at the end.

        Raises:
            SnapshotError: it is no tar archive, ends too early, or passes a limit.
        """
        self._skip()
        size: int | None = None
        name: str | None = None
        while True:
            head = self._read(_BLOCK)
            if not head.strip(b"\0"):
                return None
            self._members += 1
            if self._members > 2 * self._limits.members:
                raise SnapshotError(f"the archive has more than {self._limits.members} entries (SnapshotLimits)")
            try:
                found = tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
            except tarfile.TarError as error:
                raise SnapshotError(f"the archive is damaged: {error}") from error
            if found.type in _PAX or found.type in _LONG:
                content = self._extended(found.size)
                if found.type == tarfile.XHDTYPE:
                    size, name = _pax(content)
                elif found.type == tarfile.GNUTYPE_LONGNAME:
                    name = content.rstrip(b"\0").decode("utf-8", "surrogateescape")
                continue
            return self._member(found, size, name)

    def _member(self, found: tarfile.TarInfo, size: int | None, name: str | None) -> Member:
        real = found.size if size is None else size
        file = found.type in _REGULAR
        self._total += max(0, real)
        if real < 0 or self._total > self._limits.snapshot:
            message = (
                f"the archive unpacks to {self._total} bytes; allowed are {self._limits.snapshot} (SnapshotLimits)"
            )
            raise SnapshotError(message)
        self._left = real if file else 0
        self._padding = -self._left % _BLOCK
        return Member((found.name if name is None else name).removeprefix("./"), self._left, file)

    def _extended(self, size: int) -> bytes:
        if not 0 <= size <= _EXTENDED:
            raise SnapshotError(f"the archive has an extended header of {size} bytes; allowed are {_EXTENDED}")
        content = self._read(size)
        self._read(-size % _BLOCK)
        return content

    def content(self, most: int) -> bytes:
        """The bytes of the entry. Raises SnapshotError for more than `most`."""
        if self._left > most:
            raise SnapshotError(
                f"a document of the snapshot has {self._left} bytes; allowed are {most} (SnapshotLimits)"
            )
        content, self._left = self._read(self._left), 0
        return content

    def finish(self) -> None:
        """Read to the end, so that the checksum there is compared.

        Raises:
            SnapshotError: more comes than is allowed.
        """
        self._skip()
        while block := self._source.read(_COPY):
            raise_if_cancelled()
            self._total += len(block)
            if self._total > self._limits.snapshot:
                raise SnapshotError(f"the archive goes on after {self._limits.snapshot} bytes (SnapshotLimits)")

    def copy(self, target: BinaryIO) -> None:
        """Write the bytes of the entry to a file.

        Raises:
            OSError: the disk has no place for them; nothing was written.
        """
        free = shutil.disk_usage(Path(target.name).absolute().parent).free
        if self._left > free:
            raise OSError(errno.ENOSPC, f"the snapshot needs {self._left} bytes, and the disk has {free}", target.name)
        while self._left:
            raise_if_cancelled()
            block = self._read(min(_COPY, self._left))
            self._left -= len(block)
            target.write(block)

    def _skip(self) -> None:
        self._left += self._padding
        self._padding = 0
        while self._left:
            raise_if_cancelled()
            self._left -= len(self._read(min(_COPY, self._left)))

    def _read(self, size: int) -> bytes:
        blocks: list[bytes] = []
        missing = size
        while missing:
            block = self._source.read(missing)
            if not block:
                break
            blocks.append(block)
            missing -= len(block)
        if missing:
            raise SnapshotError("the archive ends too early; download it again")
        return b"".join(blocks)


def _pax(content: bytes) -> tuple[int | None, str | None]:
    """Size and name that an extended header gives: records `LENGTH KEY=VALUE` with a line break."""
    size: int | None = None
    name: str | None = None
    while content:
        length, _, _ = content.partition(b" ")
        if not length.isdigit() or len(length) > 6 or not 5 <= int(length) <= len(content):
            break
        record = content[len(length) + 1 : int(length) - 1]
        content = content[int(length) :]
        key, _, value = record.partition(b"=")
        if key == b"size" and value.isdigit() and len(value) < 20:
            size = int(value)
        elif key == b"path":
            name = value.decode("utf-8", "surrogateescape")
    return size, name
