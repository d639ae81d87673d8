"""A Tiled server in a few lines, for contexts without a network: a function from requests to answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from specbind.bindings._runtime import ScriptedTransport, answer
from specbind.tiled import aio

if TYPE_CHECKING:
    from collections.abc import Callable

    from specbind.bindings._runtime import Request, Response

__all__ = ["HOME", "Tree", "context_over", "entry"]

HOME = "http://127.0.0.1:8000"
ABOUT = {
    "api_version": 0,
    "library_version": "0.2.20",
    "formats": {"container": ["application/json"], "array": ["text/csv"]},
    "aliases": {},
    "queries": [],
    "authentication": {"required": False, "providers": [], "links": None},
    "links": {"self": HOME},
    "meta": {},
}


def entry(*path: str, family: str = "container", **attributes: Any) -> dict[str, Any]:
    """A resource as the server gives it."""
    own = {
        "ancestors": list(path[:-1]),
        "structure_family": family,
        "structure": {"contents": None, "count": 0},
        "specs": [],
        "metadata": {},
        "access_tags": None,
        "sorting": [{"key": "", "direction": 1}],
        "data_sources": None,
    }
    return {
        "id": path[-1] if path else "",
        "attributes": own | attributes,
        "links": {"self": f"{HOME}/x"},
        "meta": None,
    }


class Tree:
    """Containers with keys; lists them in pages as a catalog does, whose count of a page goes no further than 101."""

    def __init__(self, keys: list[str]) -> None:
        self.keys = keys
        self.about = ABOUT
        self.requests: list[Request] = []
        self.special: dict[str, Callable[[Request], Response | Exception]] = {}
        self.foreign_links = False

    def __call__(self, request: Request) -> Response | Exception:
        """Answer."""
        self.requests.append(request)
        parts = urlsplit(request.url)
        route = unquote(parts.path).removeprefix("/api/v1/")
        special = self.special.get(f"{request.method} {route}")
        if special is not None:
            return special(request)
        if not route:
            return answer(200, self.about)
        found = re.fullmatch(r"(metadata|search)/(.*)", route)
        if request.method != "GET" or found is None:
            return answer(404, {"detail": "Not Found"})
        params = dict(parse_qsl(parts.query))
        value = self.node(found[2]) if found[1] == "metadata" else self.page(params, parse_qsl(parts.query))
        if value is None:
            return answer(404, {"detail": f"No such entry: {found[2]}"})
        packed = request.headers["Accept"] == "application/x-msgpack"
        content = msgspec.msgpack.encode(value) if packed else msgspec.json.encode(value)
        return answer(200, content, media="application/x-msgpack" if packed else "application/json")

    def node(self, path: str) -> dict[str, Any] | None:
        """A node by its path."""
        keys = [key for key in path.split("/") if key]
        return {"data": entry(*keys)} if not keys or keys[-1] in self.keys else None

    def page(self, params: dict[str, str], pairs: list[tuple[str, str]]) -> dict[str, Any]:
        """A page of keys."""
        keys = sorted(self.keys)
        if ("sort", "-") in pairs:
            keys = keys[::-1]
        if wanted := params.get("filter[lookup][condition][key]"):
            keys = [key for key in keys if key == wanted]
        if params.get("fields") == "count":
            return {"data": [], "links": {"next": None}, "meta": {"count": len(keys)}}
        limit = int(params.get("page[limit]", "100"))
        assert 1 <= limit <= 300, "the server refuses larger pages"
        start = int(params.get("page[offset]", params.get("page[cursor]", "0")))
        end = start + limit
        host = "http://evil.test" if self.foreign_links else HOME
        following = f"{host}/api/v1/search/?page[cursor]={end}&page[limit]={limit}" if end < len(keys) else None
        data = [entry(key) for key in keys[start:end]]
        return {"data": data, "links": {"self": "", "next": following}, "meta": {"count": min(len(keys), 101)}}


def context_over(script: Callable[[Request], Response | Exception], uri: str = HOME, **arguments: Any) -> aio.Context:
    """A context whose requests go to a function."""
    context = aio.Context(uri, **arguments)
    context._connection.transport = ScriptedTransport(script)
    return context
