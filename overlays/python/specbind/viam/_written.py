"""Files that are there whole or not at all, and folders of binary data."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from specbind.core.filenames import safe_filename
from specbind.core.target import check_target

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from specbind.bindings.viam.viam.app.data.v1 import BinaryMetadata

__all__ = ["Folder", "file_name", "write_whole"]


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file beside its name, then give it the name. A plain file that is there is replaced, nothing else.

    Raises:
        OSError: it cannot be written.
    """
    check_target(path)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 (a descriptor)
            write(file)
        with contextlib.suppress(OSError):  # not every file system knows permissions
            mask = os.umask(0)
            os.umask(mask)
            part.chmod(0o666 & ~mask)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
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
        self._path = Path(path)
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
