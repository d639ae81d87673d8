"""A server to talk to, and a project with images on it."""

from __future__ import annotations

import base64
import hashlib
import struct
from typing import TYPE_CHECKING, Any

import pytest

from specbind.emulators.supervisely import Supervisely, serve
from specbind.supervisely.aio import Api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from specbind.supervisely.types import ProjectInfo

TOKEN = "key"


class Emulated(Supervisely):
    """An emulated server with its address."""

    url = ""


class Waits(list[float]):
    """What stands in for the clock: the waits that were asked for."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
async def emulator() -> AsyncIterator[Emulated]:
    server = Emulated(token=TOKEN, ranges=True)
    async with serve(server) as url:
        server.url = url
        yield server


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
async def api(emulator: Emulated, waits: Waits) -> AsyncIterator[Api]:
    async with Api(emulator.url, TOKEN, retry_count=3, timeout=10, sleep=waits) as found:
        yield found


@pytest.fixture
def project(emulator: Emulated) -> ProjectInfo:
    return make_project(emulator)


def png(number: int) -> bytes:
    """Bytes that begin like an image of that width."""
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", number, 20) + bytes([number % 256]) * 50


def digest(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def make_project(
    server: Supervisely, name: str = "lemons", kind: str = "images", *, late_parent: bool = True
) -> ProjectInfo:
    """A project with two datasets, one in the other, images by hash and by address, figures, a mask and tags.

    With `late_parent` both lie in a third one whose id is higher than theirs.
    """
    world, content = server.world, server.content
    classes = [
        {"id": world.number(), "title": "lemon", "shape": "polygon", "color": "#00ff00", "geometry_config": {}},
        {"id": world.number(), "title": "kiwi", "shape": "alpha_mask", "color": "#ff0000", "geometry_config": {}},
    ]
    tags: list[dict[str, Any]] = [
        {"id": world.number(), "name": "ripe", "value_type": "none", "color": "#0000ff"},
        {"id": world.number(), "name": "grade", "value_type": "any_string", "color": "#00ffff"},
    ]
    made = world.add(
        "project",
        {
            "name": name,
            "type": kind,
            "description": "a test",
            "readme": "# fruit",
            "workspaceId": world.workspace_id,
            "teamId": world.team_id,
            "customData": {"owner": "me"},
            "settings": {"groupImages": True, "groupImagesByTagId": tags[1]["id"]},
            "version": None,
            "meta": {"classes": classes, "tags": tags},
        },
    )
    outer = content.add_dataset({"projectId": made["id"], "name": "outer", "customData": {"n": 1}})
    inner = world.get("dataset", content.add_dataset({"projectId": made["id"], "name": "inner"})["id"])
    inner["parentId"] = outer["id"]
    if late_parent:
        outer["parentId"] = content.add_dataset({"projectId": made["id"], "name": "late"})["id"]
    for place, dataset in enumerate((outer, inner)):
        images = [{"title": f"{place}_{n}.png", "hash": content.store(png(n)), "meta": {"n": n}} for n in range(3)]
        images.append({"title": f"{place}_linked.jpg", "link": f"http://127.0.0.1:1/{place}.jpg"})
        for number, image in enumerate(content.add_images({"datasetId": dataset["id"], "images": images})):
            points = {"points": {"exterior": [[0.5, 1.25], [10.5, 2.0], [3.0, number + 4.0]], "interior": []}}
            plain, mask = content.add_figures(
                {
                    "figures": [
                        {
                            "entityId": image["id"],
                            "classId": classes[0]["id"],
                            "geometryType": "polygon",
                            "geometry": points,
                        },
                        {"entityId": image["id"], "classId": classes[1]["id"], "geometryType": "alpha_mask"},
                    ]
                }
            )
            content.set_mask(mask["id"], {"bitmap": {"data": f"mask {number}", "origin": [1, 2]}})
            content.tag("image", image["id"], made["id"], {"tagId": tags[0]["id"], "value": None})
            content.tag("figure", plain["id"], made["id"], {"tagId": tags[1]["id"], "value": f"A{number}"})
            content.tag("figure", mask["id"], made["id"], {"tagId": tags[0]["id"], "value": None})
    return info_of(server, made["id"])


def info_of(server: Supervisely, project_id: int) -> ProjectInfo:
    """What a client is told of a project."""
    from specbind.supervisely.aio.project import ProjectApi  # noqa: PLC0415 - loads the client, which few tests need

    return ProjectApi._convert(ProjectApi.__new__(ProjectApi), server.world.get("project", project_id))


def outline(server: Supervisely, project_id: int) -> dict[str, Any]:
    """The content of a project by names, so that two projects can be compared."""
    world = server.world
    meta = world.get("project", project_id)["meta"]
    titles = {entry["id"]: entry["title"] for entry in meta["classes"]}
    names = {tag["id"]: tag["name"] for tag in meta["tags"]}
    datasets = {dataset["id"]: dataset for dataset in world.find("dataset", projectId=project_id)}

    def tags(entity: dict[str, Any]) -> list[tuple[str, object]]:
        return sorted((names[tag["tagId"]], tag["value"]) for tag in entity["tags"])

    def path(dataset: dict[str, Any]) -> str:
        parent = datasets.get(dataset["parentId"])
        return f"{path(parent)}/{dataset['name']}" if parent else dataset["name"]

    found: dict[str, Any] = {"classes": sorted(titles.values()), "tags": sorted(names.values())}
    for dataset in datasets.values():
        images: dict[str, Any] = {}
        for image in world.find("image", datasetId=dataset["id"]):
            figures = [
                (titles[figure["classId"]], figure["geometryType"], figure["geometry"], tags(figure))
                for figure in world.find("figure", entityId=image["id"])
            ]
            images[image["name"]] = (image["hash"], image["link"], image["meta"], tags(image), sorted(figures, key=str))
        found[path(dataset)] = images
    return found
