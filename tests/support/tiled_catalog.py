"""A Tiled server that takes nodes, for contexts without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from specbind.bindings._runtime import answer
from specbind.tiled import aio

from .tiled_script import Tree, context_over, entry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from specbind.bindings._runtime import Request, Response

__all__ = ["Catalog", "root_of"]


class Catalog(Tree):
    """A tree that takes nodes; what it does with data, deletions and lost answers is set by a test."""

    def __init__(self) -> None:
        super().__init__([])
        self.sources: dict[str, int] = {}
        self.bodies: dict[str, dict[str, Any]] = {}
        self.data: Callable[[Request], Response | Exception | Awaitable[Response]] = lambda _: answer(200, None)
        self.deletion: Callable[[], Response | Exception | Awaitable[Response]] = lambda: answer(200, None)
        self.creation: Callable[[], Response | Exception | Awaitable[Response] | None] = lambda: None

    @property
    def calls(self) -> list[str]:
        """Methods and paths of the requests."""
        return [f"{request.method} {urlsplit(request.url).path.removeprefix('/api/v1/')}" for request in self.requests]

    def __call__(self, request: Request) -> Any:
        """Answer."""
        path = urlsplit(request.url).path.removeprefix("/api/v1/")
        if request.method == "POST" and path.startswith("metadata/"):
            self.requests.append(request)
            assert isinstance(request.body, bytes)
            body = msgspec.json.decode(request.body)
            key = body["id"]
            name = "/".join(part for part in (path.removeprefix("metadata/"), key) if part)
            if name in self.sources:
                return answer(409, {"detail": "taken"})
            self.sources[name] = len(self.sources) + 1
            self.keys.append(key)
            self.bodies[name] = body
            lost = self.creation()
            return answer(200, {"id": key, "data_sources": self.data_sources(name)}) if lost is None else lost
        if request.method == "PUT":
            self.requests.append(request)
            return self.data(request)
        if request.method == "DELETE":
            self.requests.append(request)
            assert "recursive=false&external_only=false" in request.url
            found = self.deletion()
            self.sources.pop(path.removeprefix("metadata/"), None)
            return found
        return super().__call__(request)

    def node(self, path: str) -> dict[str, Any] | None:
        """A node by its path."""
        if path in self.sources:
            body = self.bodies.get(path, {})
            same = {name: body[name] for name in ("metadata", "specs") if name in body}
            if body.get("data_sources"):
                same["structure"] = body["data_sources"][0]["structure"]
            family = body.get("structure_family", "array")
            return {"data": entry(*path.split("/"), family=family, data_sources=self.data_sources(path), **same)}
        return super().node(path) if not path else None

    def data_sources(self, path: str) -> list[dict[str, Any]]:
        """As a server gives them: each has a number, and containers have none."""
        asked = self.bodies.get(path, {}).get("data_sources", [{}])
        return [{**source, "id": self.sources[path]} for source in asked]


async def root_of(tree: Catalog) -> aio.Container:
    """The root, without the requests that led to it."""
    found = await aio.from_context(context_over(tree, api_key="secret"))
    assert isinstance(found, aio.Container)
    tree.requests.clear()
    return found
