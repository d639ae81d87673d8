"""Versions of the projects of the emulated server."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from .world import refusal

if TYPE_CHECKING:
    from .world import World

__all__ = ["Versions"]


class Versions:
    """Reservations and commits.

    Args:
        world: where the entities are.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._tokens: dict[int, str] = {}

    def reserve(self, project_id: int) -> dict[str, Any]:
        """Begin a version, unless one is begun or nothing has changed."""
        project = self._world.get("project", project_id)
        known = self._world.find("version", projectId=project_id)
        if any(version["id"] in self._tokens for version in known):
            raise refusal(400, "Bad request", {"message": "Another version is already committing"})
        done = [version for version in known if version["status"] == "committed"]
        latest = max(done, key=lambda version: version["version"], default=None)
        if latest is not None and latest["projectUpdatedAt"] == project["updatedAt"]:
            about = {"id": latest["id"], "version": latest["version"]}
            raise refusal(400, "Bad request", {"useExistingVersion": True, "version": about})
        made = self._world.add(
            "version",
            {
                "projectId": project_id,
                "teamId": project["teamId"],
                "version": (latest["version"] if latest else 0) + 1,
                "status": "reserved",
                "teamFileId": None,
                "description": None,
                "name": None,
                "projectUpdatedAt": None,
                "previewProjectId": None,
            },
        )
        self._tokens[made["id"]] = secrets.token_hex(8)
        return {"id": made["id"], "commitToken": self._tokens[made["id"]]}

    def _check(self, number: int, token: str) -> None:
        if self._tokens.get(number) != token:
            raise refusal(400, "Bad request", {"message": f"version {number} is not reserved with this token"})

    def commit(self, asked: dict[str, Any]) -> None:
        """Finish a version."""
        self._check(asked["id"], asked["commitToken"])
        self._world.get("file", asked["teamFileId"])
        version = self._world.get("version", asked["id"])
        version.update(
            status="committed",
            teamFileId=asked["teamFileId"],
            projectUpdatedAt=asked["projectUpdatedAt"],
            name=asked.get("title"),
            description=asked.get("description"),
            previewProjectId=asked.get("previewProjectId"),
        )
        del self._tokens[asked["id"]]
        project = self._world.get("project", version["projectId"])
        project["version"] = {"id": version["id"], "version": version["version"]}

    def cancel(self, number: int, token: str) -> None:
        """Give a version up."""
        self._check(number, token)
        del self._tokens[number]
        self._world.remove("version", number)

    def update(self, asked: dict[str, Any]) -> None:
        """Change what is told of a version."""
        version = self._world.get("version", asked["id"])
        version.update({name: value for name, value in asked.items() if name != "id"})
        version["updatedAt"] = self._world.now()
