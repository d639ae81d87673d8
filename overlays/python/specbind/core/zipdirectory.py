"""The list of entries of a zip file, judged before `zipfile` takes it into memory.

`zipfile` reads the whole list at once and makes an object of each entry, so a list that is too long must be refused
by the records at the end of the file (APPNOTE 4.3.14 to 4.3.16). They are found as `zipfile` finds them; where its
versions would differ, the file is refused.
"""

from __future__ import annotations

import struct
from typing import IO, TYPE_CHECKING, NamedTuple
from zipfile import BadZipFile

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Directory", "count_entries", "find_directory"]

_END = struct.Struct("<4s4H2LH")
_END_MARK = b"PK\x05\x06"
_END64 = struct.Struct("<4sQ2H2L4Q")
_END64_MARK = b"PK\x06\x06"
_LOCATOR = struct.Struct("<4sLQL")
_LOCATOR_MARK = b"PK\x06\x07"
_ENTRY = struct.Struct("<4s24x3H12x")
_ENTRY_MARK = b"PK\x01\x02"
_MOST_COMMENT = 1 << 16


class Directory(NamedTuple):
    """Where the list of entries lies, and how many it says it has."""

    start: int
    size: int
    entries: int


def find_directory(path: Path) -> Directory:
    """Read the end records of a zip file.

    Raises:
        BadZipFile: there are none, or they do not fit the file.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        length = file.seek(0, 2)
        end = _find_end(file, length)
        *_, entries, size, _offset, _comment = _END.unpack(_read(file, end, _END.size))
        start = end
        locator = _read(file, end - _LOCATOR.size, _LOCATOR.size)
        if locator.startswith(_LOCATOR_MARK):
            start = end - _LOCATOR.size - _END64.size
            entries, size = _read_end64(file, start, locator)
    if size > start:
        message = f"the list of entries says that it has {size} bytes, but only {start} stand before its end"
        raise BadZipFile(message)
    return Directory(start - size, size, entries)


def count_entries(path: Path, directory: Directory, most: int) -> int:
    """Count the entries that are there, whatever the end records say; stops after `most`.

    Raises:
        BadZipFile: the list is damaged.
        OSError: the file cannot be read.
    """
    count, position, end = 0, directory.start, directory.start + directory.size
    with path.open("rb") as file:
        while position < end and count <= most:
            header = _read(file, position, _ENTRY.size)
            if len(header) < _ENTRY.size or not header.startswith(_ENTRY_MARK):
                message = f"the list of entries is damaged at byte {position}"
                raise BadZipFile(message)
            position += _ENTRY.size + sum(_ENTRY.unpack(header)[1:])
            count += 1
    return count


def _find_end(file: IO[bytes], length: int) -> int:
    """Position of the last end record; a comment may stand behind it."""
    last = _read(file, length - _END.size, _END.size)
    if last.startswith(_END_MARK) and last.endswith(b"\0\0"):
        return length - _END.size
    start = max(length - _MOST_COMMENT - _END.size, 0)
    tail = _read(file, start, length - start)
    found = tail.rfind(_END_MARK)
    if found < 0 or len(tail) - found < _END.size:
        raise BadZipFile("the record at its end is missing")
    return start + found


def _read_end64(file: IO[bytes], place: int, locator: bytes) -> tuple[int, int]:
    """Number and bytes of the entries of a large file, whose second record must stand right before its locator."""
    record = _read(file, place, _END64.size)
    _, _, named, _ = _LOCATOR.unpack(locator)
    elsewhere = named != place and _read(file, named, len(_END64_MARK)) == _END64_MARK
    if not record.startswith(_END64_MARK) or elsewhere:
        raise BadZipFile("the records at its end do not fit together")
    *_, entries, size, _offset = _END64.unpack(record)
    return entries, size


def _read(file: IO[bytes], start: int, size: int) -> bytes:
    """Give the bytes at a place, fewer or none where the file does not have them."""
    if start < 0 or start >= 1 << 63:
        return b""
    file.seek(start)
    return file.read(size)
