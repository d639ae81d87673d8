"""The team files of the emulated server, on disk in a temporary folder."""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import posixpath
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specbind.core.tasks import in_thread

from .world import refusal

if TYPE_CHECKING:
    from specbind.bindings._runtime import File

    from .world import World

__all__ = ["Storage"]

_BLOCK = 1 << 20
_TYPES = {".zst": "application/zstd", ".json": "application/json"}


class Storage:
    """Files by team and path.

    Args:
        world: where their entities are.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._folder = tempfile.TemporaryDirectory(prefix="supervisely-emulator-", ignore_cleanup_errors=True)

    def close(self) -> None:
        """Delete all files."""
        self._folder.cleanup()

    def content(self, number: int) -> Path:
        """The bytes of a file."""
        return Path(self._folder.name) / str(number)

    async def put(self, team_id: int, path: str, file: File) -> dict[str, Any]:
        """Keep a file, in place of one that has this path."""
        self._world.get("team", team_id)
        if not path.startswith("/") or path.endswith("/") or ".." in path.split("/"):
            raise refusal(400, "Bad path", {"message": f"{path!r} is no path of a file"})
        for old in self._world.find("file", teamId=team_id, path=path):
            self._world.remove("file", old["id"])
            self.content(old["id"]).unlink(missing_ok=True)
        number = self._world.number()
        digest = hashlib.sha256()
        size = 0
        with self.content(number).open("wb") as target:
            async for block in file.chunks():
                digest.update(block)
                size += len(block)
                await in_thread(target.write, block)
        kind = _TYPES.get(posixpath.splitext(path)[1]) or mimetypes.guess_type(path)[0] or "application/octet-stream"
        return self._world.add(
            "file",
            {
                "id": number,
                "teamId": team_id,
                "userId": 1,
                "name": posixpath.basename(path),
                "hash": base64.b64encode(digest.digest()).decode(),
                "path": path,
                "storagePath": f"teams_storage/{team_id}/{number}",
                "meta": {"mime": kind, "ext": posixpath.splitext(path)[1].lstrip("."), "size": size},
                "isDir": False,
            },
        )

    def below(self, team_id: int, path: str, *, recursive: bool) -> list[dict[str, Any]]:
        """Files of a folder, or the one of this path."""
        folder = path.rstrip("/") + "/"
        return [
            entity
            for entity in self._world.find("file", teamId=team_id)
            if entity["path"] == path
            or (entity["path"].startswith(folder) and (recursive or "/" not in entity["path"][len(folder) :]))
        ]

    def named(self, team_id: int, path: str) -> dict[str, Any]:
        """The file of a path. Raises Rejection with 404 when there is none."""
        found = self._world.find("file", teamId=team_id, path=path)
        if not found:
            raise refusal(404, "File not found", {"message": f"there is no file {path}"})
        return found[0]

    def remove(self, team_id: int, path: str) -> None:
        """Delete a file, or a folder with all that it holds."""
        for entity in self.below(team_id, path, recursive=True):
            self._world.remove("file", entity["id"])
            self.content(entity["id"]).unlink(missing_ok=True)
