"""Uploads that are not committed yet."""

from __future__ import annotations

import asyncio
import itertools
import re
import shutil
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from specbind.core.filenames import safe_filename

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from specbind.bindings._runtime.files import File

    from .engine import Settings

__all__ = ["Upload", "Uploads", "free_name", "store"]

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-7][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass
class Upload:
    """A task that was begun: its settings and the folder with its files."""

    folder: Path
    settings: Settings


class Uploads:
    """All uploads, by the identifier of the task to be."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._uploads: dict[str, Upload] = {}
        self._numbers = itertools.count(1)

    def begin(self, settings: Settings, wanted: str | None, taken: Iterable[str]) -> str:
        """Begin an upload, or replace the settings of one. Raises ValueError for an identifier that cannot be had."""
        if wanted is not None and (_UUID.fullmatch(wanted) is None or wanted in taken):
            raise ValueError(wanted)
        identifier = wanted or str(uuid.uuid4())
        present = self._uploads.get(identifier)
        # a folder of its own for each upload: one of the same name may still be on its way to its task
        folder = present.folder if present else self._folder / str(next(self._numbers))
        folder.mkdir(parents=True, exist_ok=True)
        self._uploads[identifier] = Upload(folder, settings)
        return identifier

    def get(self, identifier: str) -> Upload | None:
        """The upload, None for an identifier that is not known."""
        return self._uploads.get(identifier)

    def take(self, identifier: str) -> Upload | None:
        """Take an upload out in order to commit it; the caller owns its folder then."""
        return self._uploads.pop(identifier, None)

    @staticmethod
    def drop(upload: Upload) -> None:
        """Delete the files of an upload."""
        shutil.rmtree(upload.folder, ignore_errors=True)


async def store(files: Iterable[File], folder: Path) -> None:
    """Move files into a folder; one whose name is there already gets `_` before its extension."""
    for file in files:
        target = free_name(folder, safe_filename(file.filename or "", default="image"))
        if file.path is not None:
            await asyncio.to_thread(shutil.move, file.path, target)
        else:
            await asyncio.to_thread(target.write_bytes, await file.read())


def free_name(folder: Path, name: str) -> Path:
    """An empty file under a name that was free, so that no other request takes it."""
    path = folder / ("_body.json" if name == "body.json" else name)
    while True:
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            path = path.with_name(f"{path.stem}_{path.suffix}")
        else:
            return path
