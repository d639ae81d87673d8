"""Contents of documents, on the disk."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from specbind.bindings._runtime import File

from .answers import refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["Documents"]


class Documents:
    """Contents by namespace and name."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="vantiq-emulator-", ignore_cleanup_errors=True)
        self._numbers = itertools.count(1)
        self._held: dict[tuple[str, str], tuple[Path, str]] = {}

    async def keep(self, namespace: str, name: str, media: str, pieces: AsyncIterator[bytes]) -> dict[str, object]:
        """Store content under a name, and give the members that it adds to its instance."""
        path = Path(self._folder.name) / str(next(self._numbers))
        size = 0
        with path.open("wb") as file:
            async for piece in pieces:
                file.write(piece)
                size += len(piece)
        old = self._held.pop((namespace, name), None)
        if old is not None:
            old[0].unlink(missing_ok=True)
        self._held[namespace, name] = path, media
        return {"name": name, "fileType": media, "contentSize": size, "content": f"/docs/{quote(name, safe='/')}"}

    def give(self, namespace: str, name: str) -> File:
        """Content by the name. A missing one is refused with 404."""
        found = self._held.get((namespace, name))
        if found is None:
            raise refusal(404, "io.vantiq.document.not.found", "The document {0} does not exist.", name)
        return File(found[0], filename=None, content_type=found[1])

    def forget(self, namespace: str, name: str) -> None:
        """Delete content."""
        found = self._held.pop((namespace, name), None)
        if found is not None:
            found[0].unlink(missing_ok=True)

    def close(self) -> None:
        """Delete all."""
        self._folder.cleanup()
