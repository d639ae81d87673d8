"""New nodes, each made once."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, cast

import msgspec

from specbind.bindings._runtime import StatusError, TransportError
from specbind.core import arguments
from specbind.tiled._base import resource_in
from specbind.tiled._json import json_text
from specbind.tiled._views import specs_json
from specbind.tiled._wire import quote_path
from specbind.tiled.data_sources import data_source_json
from specbind.tiled.exceptions import NotFoundError

from ._errors import nothing_sent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from specbind.tiled._views import Spec
    from specbind.tiled.data_sources import DataSource

    from ._connection import Connection

__all__ = ["create"]

_TRIES = 3


async def create(
    connection: Connection,
    parent: Sequence[str],
    structure_family: str,
    data_sources: Sequence[DataSource | Mapping[str, Any]],
    *,
    key: str | None,
    metadata: Mapping[str, Any] | None,
    specs: Iterable[Spec | str | Mapping[str, Any]] | None,
    access_tags: Iterable[str] | None,
) -> dict[str, Any]:
    """Make a node below `parent` and give its resource.

    When the answer is lost, the server is asked for the key before anything is sent again: what is there and is what
    was asked for, is the node. Arguments and errors are those of `Container.new`.
    """
    name = str(uuid.uuid4()) if key is None else arguments.text("key", key)
    where = quote_path(parent)
    here = f"metadata/{quote_path([*parent, name])}"
    sources = [data_source_json(source) for source in data_sources]
    tags = None if access_tags is None else list(access_tags)
    body = {
        "id": name,
        "structure_family": str(getattr(structure_family, "value", structure_family)),
        "metadata": dict(metadata or {}),
        "specs": specs_json(specs),
        "data_sources": sources,
        "access_tags": tags,
    }
    route = "register" if any(source.get("assets") for source in sources) else "metadata"
    for left in range(_TRIES - 1, -1, -1):
        try:
            answer = await connection.post_json(f"{route}/{where}", body)
        except (TransportError, StatusError) as error:
            if not _may_be_made(error):
                raise
            existing = await _existing(connection, here)
            if existing is None and left:
                continue
            if existing is None or not _same(existing, body):
                raise
            return existing
        return _resource(body, answer, parent)
    raise AssertionError("the loop returns or raises")


def _may_be_made(error: Exception) -> bool:
    """Whether the node may be there although an error came: no answer, or that of a proxy."""
    if isinstance(error, StatusError):
        return error.status in (502, 503, 504)
    return not nothing_sent(error)


async def _existing(connection: Connection, here: str) -> dict[str, Any] | None:
    try:
        return resource_in(await connection.get_json(here))
    except NotFoundError:
        return None


def _same(existing: dict[str, Any], body: dict[str, Any]) -> bool:
    attributes = existing["attributes"]
    plain = msgspec.json.decode(json_text(body["metadata"]))
    return bool(
        attributes.get("structure_family") == body["structure_family"]
        and specs_json(attributes.get("specs")) == body["specs"]
        and msgspec.json.decode(json_text(attributes.get("metadata") or {})) == plain
    )


def _resource(body: dict[str, Any], answer: object, parent: Sequence[str]) -> dict[str, Any]:
    """The resource of the new node: what was sent, and what the server changed in it."""
    said = cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}
    sources = body["data_sources"]
    structure = sources[0].get("structure") if sources else {"contents": None, "count": None}
    attributes: dict[str, Any] = {
        "ancestors": list(parent),
        "structure_family": body["structure_family"],
        "structure": structure if body["structure_family"] != "container" else {"contents": None, "count": None},
        "specs": body["specs"],
        "metadata": msgspec.json.decode(json_text(body["metadata"])),
        "access_tags": body["access_tags"],
        "data_sources": None,
    }
    for name in ("metadata", "structure", "data_sources", "access_tags"):
        if said.get(name) is not None:
            attributes[name] = said[name]
    return {
        "id": str(said.get("id", body["id"])),
        "attributes": attributes,
        "links": said.get("links") or {},
        "meta": None,
    }
