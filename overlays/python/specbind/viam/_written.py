"""Files that are there whole or not at all, and folders of binary data."""

from __future__ import annotations

import errno
import io
from typing import TYPE_CHECKING

import msgspec

from specbind.core import arguments
from specbind.core.filenames import safe_filename
from specbind.core.partfile import PartFile
from specbind.core.target import check_target

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from _typeshed import ReadableBuffer

    from specbind.bindings.viam.viam.app.data.v1 import BinaryMetadata

__all__ = ["Folder", "Sink", "file_name", "write_whole"]


class Sink(io.RawIOBase):
    """What writes a part file as a stream.

    Attributes:
        size: bytes that were written.
    """

    def __init__(self, part: PartFile) -> None:
        super().__init__()
        self._part = part
        self.size = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.size

    def write(self, block: ReadableBuffer, /) -> int:
        found = memoryview(block).cast("B")
        self._part.write(self.size, [found])
        self.size += found.nbytes
        return found.nbytes


def write_whole(path: Path, write: Callable[[Sink], object]) -> None:
    """Write a file beside its name, then give it the name. A plain file that is there is replaced, nothing else.

    Raises:
        FileNotFoundError: its folder is not there. OSError: it cannot be written.
    """
    check_target(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "the folder of this file is not there; make it first", str(path))
    part = PartFile(path)
    try:
        sink = Sink(part)
        write(sink)
        part.publish(sink.size)
    except BaseException:
        part.give_up(keep=False)
        raise


def file_name(metadata: BinaryMetadata) -> str:
    """A harmless file name for binary data: its own, with its extension, or its identifier."""
    extension = metadata.file_ext
    if extension and not extension.startswith("."):
        extension = f".{extension}"
    default = safe_filename(metadata.binary_data_id or metadata.id, default="binary")
    stem = safe_filename(metadata.file_name, default=default)
    whole = stem if not extension or stem.lower().endswith(extension.lower()) else stem + extension
    return safe_filename(whole, default=default)


class Folder:
    """Where one call puts binary data: one file for each, and beside it what is known about it, as JSON.

    Two of the same name get numbers. The folder is made when the first one comes. Files of an earlier call are
    replaced.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = arguments.path("dest", path)
        self._taken: set[str] = set()

    def put(self, content: bytes | None, metadata: BinaryMetadata, facts: Mapping[str, object]) -> None:
        """Write one: its bytes unless they are None, and what is known about it.

        Raises:
            OSError: it cannot be written.
        """
        self._path.mkdir(parents=True, exist_ok=True)
        name = self._free(file_name(metadata))
        if content is not None:
            write_whole(self._path / name, lambda file: file.write(content))
        text = msgspec.json.format(msgspec.json.encode(facts), indent=2) + b"\n"
        write_whole(self._path / f"{name}.json", lambda file: file.write(text))

    def _free(self, name: str) -> str:
        stem, dot, extension = name.rpartition(".")
        if not stem:
            stem, dot, extension = name, "", ""
        found, number = name, 1
        while {found.casefold(), f"{found}.json".casefold()} & self._taken:
            number += 1
            found = f"{stem}_{number}{dot}{extension}"
        self._taken |= {found.casefold(), f"{found}.json".casefold()}
        return found
