"""Datasets, images, figures and tags of the emulated server."""

from __future__ import annotations

import base64
import hashlib
import struct
from typing import TYPE_CHECKING, Any, cast

from .world import refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .world import World

__all__ = ["ALPHA", "Content", "kind_of"]

ALPHA = "alpha_mask"


def kind_of(content: bytes) -> tuple[str, int, int]:
    """Media type, width and height of an image, as far as its first bytes say."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return "image/png", width, height
    return "image/jpeg", 640, 480


class Content:
    """What lies in projects.

    Args:
        world: where the entities are.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._kinds: dict[str, tuple[str, int, int, int]] = {}

    def store(self, content: bytes) -> str:
        """Keep the bytes of an image; gives their hash. Only what is told of them is kept."""
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        self._kinds[digest] = (*kind_of(content), len(content))
        self._world.stored.add(digest)
        return digest

    def add_dataset(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Make a dataset."""
        project = self._world.get("project", asked["projectId"])
        parent = asked.get("parentId")
        if parent is not None:
            self._world.get("dataset", parent)
        if self._world.find("dataset", projectId=project["id"], parentId=parent, name=asked["name"]):
            raise refusal(400, "Bad request", {"message": "a dataset of this name is there already"})
        self._world.touch(project["id"])
        return self._world.add(
            "dataset",
            {
                "name": asked["name"],
                "description": asked.get("description") or "",
                "projectId": project["id"],
                "parentId": parent,
                "customData": asked.get("customData") or {},
                "imagesCount": 0,
                "teamId": project["teamId"],
                "workspaceId": project["workspaceId"],
            },
        )

    def add_images(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        """Add images; all or none."""
        dataset = self._world.get("dataset", asked["datasetId"])
        names = [entry.get("title") or entry.get("name") or "" for entry in asked["images"]]
        taken = {image["name"] for image in self._world.find("image", datasetId=dataset["id"])}
        if taken.intersection(names) or len(set(names)) != len(names):
            raise refusal(400, "Bad request", [{"type": "NONUNIQUE", "message": "a name is there already"}])
        for entry in asked["images"]:
            if not entry.get("link") and entry.get("hash") not in self._world.stored:
                raise refusal(400, "Bad request", {"message": f"nothing is stored for the hash {entry.get('hash')}"})
        added = [self._add_image(dataset, name, entry) for name, entry in zip(names, asked["images"], strict=True)]
        dataset["imagesCount"] += len(added)
        self._world.touch(dataset["projectId"])
        return added

    def _add_image(self, dataset: dict[str, Any], name: str, entry: dict[str, Any]) -> dict[str, Any]:
        mime, width, height, size = self._kinds.get(entry.get("hash") or "", ("image/jpeg", 640, 480, 1000))
        return self._world.add(
            "image",
            {
                "name": name,
                "hash": entry.get("hash"),
                "link": entry.get("link"),
                "mime": mime,
                "ext": mime.rpartition("/")[2],
                "size": str(size),  # as some servers have it
                "width": width,
                "height": height,
                "labelsCount": 0,
                "datasetId": dataset["id"],
                "projectId": dataset["projectId"],
                "meta": entry.get("meta") or {},
                "tags": [],
                "parentId": entry.get("parentId"),
            },
        )

    def add_figures(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        """Add figures."""
        added: list[dict[str, Any]] = []
        for entry in asked["figures"]:
            image = self._world.get("image", entry["entityId"])
            meta = self._world.get("project", image["projectId"])["meta"]
            if not any(each["id"] == entry["classId"] for each in meta["classes"]):
                raise refusal(400, "Bad request", {"message": f"the project has no class {entry['classId']}"})
            figure: dict[str, Any] = {
                "entityId": image["id"],
                "imageId": image["id"],
                "classId": entry["classId"],
                "projectId": image["projectId"],
                "datasetId": image["datasetId"],
                "geometryType": entry["geometryType"],
                "geometry": entry.get("geometry"),
                "geometryMeta": {},
                "meta": entry.get("meta") or {},
                "tags": [],
                "area": None,
                "priority": entry.get("priority"),
                "customData": entry.get("customData"),
            }
            added.append(self._world.add("figure", figure))
            image["labelsCount"] += 1
            self._world.touch(image["projectId"])
        return added

    def figures(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        """Figures of a dataset as lists have them: without masks, and with whole numbers if wanted."""
        found: list[dict[str, Any]] = []
        conditions: list[dict[str, Any]] = asked.get("filter") or []
        wanted: frozenset[int] | None = next(
            (frozenset(each["value"]) for each in conditions if each["operator"] == "in"), None
        )
        for figure in self._world.find("figure", datasetId=asked["datasetId"]):
            if wanted is not None and figure["entityId"] not in wanted:
                continue
            shown = dict(figure)
            if figure["geometryType"] == ALPHA:
                shown["geometry"] = None
            elif asked.get("integerCoords", True):
                shown["geometry"] = _whole(figure["geometry"])
            shown["tags"] = [{name: tag.get(name) for name in ("id", "tagId", "value")} for tag in figure["tags"]]
            found.append(shown)
        return found

    def set_mask(self, number: int, geometry: object) -> None:
        """Set the geometry of an alpha mask."""
        self._world.get("figure", number)["geometry"] = geometry

    def tag(self, kind: str, owner: int, project_id: int, entry: dict[str, Any]) -> dict[str, Any]:
        """Put a tag on an image or a figure."""
        project = self._world.get("project", project_id)
        name = next((tag["name"] for tag in project["meta"]["tags"] if tag["id"] == entry["tagId"]), None)
        if name is None:
            raise refusal(400, "Bad request", {"message": f"the project has no tag {entry['tagId']}"})
        entity = self._world.get(kind, owner)
        repeated = any(tag["tagId"] == entry["tagId"] for tag in entity["tags"])
        settings: dict[str, Any] = project.get("settings") or {}
        if repeated and not settings.get("allowDuplicateTags"):
            raise refusal(400, "Bad request", {"message": "the tag is there already"})
        time = self._world.now()
        tag = {
            "id": self._world.number(),
            "tagId": entry["tagId"],
            "name": name,
            "value": entry.get("value"),
            "labelerLogin": "user",
            "createdAt": time,
            "updatedAt": time,
        }
        entity["tags"].append(tag)
        self._world.touch(project_id)
        return tag


def _whole(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, float):
        return round(value)
    if isinstance(value, list):
        return [_whole(item) for item in cast("Sequence[Any]", value)]
    if isinstance(value, dict):
        return {name: _whole(item) for name, item in cast("Mapping[str, Any]", value).items()}
    return value
