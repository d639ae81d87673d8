"""New nodes, each made once."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any, cast

import msgspec

from specbind.bindings._runtime import StatusError, TransportError
from specbind.core import arguments
from specbind.tiled._items import resource_in
from specbind.tiled._json import json_text, plain_metadata
from specbind.tiled._views import checked_specs, specs_json
from specbind.tiled._wire import quote_path
from specbind.tiled.data_sources import data_source_json
from specbind.tiled.exceptions import NotFoundError

from ._errors import nothing_sent
from ._taking_back import CANCELLED_SECONDS, Created, take_back

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
) -> Created:
    """Make a node below `parent`. Everything is checked before anything is sent.

    When the answer is lost, the server is asked for the key before anything is sent again: what is there and is what
    was asked for, is the node. A cancelled call waits for the answer, 4 seconds at most, and takes the node back.
    Arguments and errors are those of `Container.new`.
    """
    name = str(uuid.uuid4()) if key is None else arguments.text("key", key)
    quote_path([*parent, name])
    body = {
        "id": name,
        "structure_family": str(getattr(structure_family, "value", structure_family)),
        "metadata": {} if metadata is None else plain_metadata(metadata),
        "specs": checked_specs(specs),
        "data_sources": [data_source_json(source) for source in data_sources],
        "access_tags": _checked_tags(access_tags),
    }
    json_text(body)  # what has no JSON form is told before anything is sent
    making = asyncio.create_task(_made(connection, parent, body, own=key is None))
    try:
        return await asyncio.shield(making)
    except asyncio.CancelledError as error:
        if making.cancelled():
            raise
        await _unmade(connection, making, [*parent, name], error, own=key is None)
        raise


async def _made(connection: Connection, parent: Sequence[str], body: dict[str, Any], *, own: bool) -> Created:
    """Make the node. `own` says that nobody else can have its key."""
    where = quote_path(parent)
    here = f"metadata/{quote_path([*parent, body['id']])}"
    route = "register" if any(source.get("assets") for source in body["data_sources"]) else "metadata"
    lost = False
    for left in range(_TRIES - 1, -1, -1):
        try:
            answer = await connection.post_json(f"{route}/{where}", body)
        except (TransportError, StatusError) as error:
            taken = lost and isinstance(error, StatusError) and error.status == 409
            if not taken and not _may_be_made(error):
                raise
            lost = True
            existing = await _existing(connection, here)
            if existing is None and left:
                continue
            if existing is None or not _same(existing, body):
                raise
            return Created(existing, certain=own)
        return Created(_resource(body, answer, parent))
    raise AssertionError("the loop returns or raises")


async def _unmade(
    connection: Connection, making: asyncio.Task[Created], path: list[str], error: BaseException, *, own: bool
) -> None:
    """Take the node of a cancelled call back, when it is known what became of it."""
    created = Created({"id": path[-1], "attributes": {"ancestors": path[:-1]}}, certain=own)
    try:
        await asyncio.wait([making], timeout=CANCELLED_SECONDS / 2)
    finally:
        ended = making.done()
        making.cancel()
    if not ended:
        await asyncio.wait([making])
    elif making.exception() is not None:
        return  # nothing was made, or nothing is known that a retry could tell
    else:
        created = making.result()
    await take_back(connection, [created], error, CANCELLED_SECONDS / 2)


def _checked_tags(tags: Iterable[str] | None) -> list[str] | None:
    """A list of tags.

    Raises:
        TypeError: it is none.
    """
    if tags is None:
        return None
    if isinstance(tags, str):
        raise TypeError(f"access_tags is a list; for one, write [{tags!r}]")
    found = list(tags)
    for tag in found:
        if not isinstance(tag, str):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without types
            raise TypeError(f"access_tags are texts, not {tag!r:.80}")
    return found


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
    return bool(
        attributes.get("structure_family") == body["structure_family"]
        and specs_json(attributes.get("specs")) == body["specs"]
        and msgspec.json.decode(json_text(attributes.get("metadata") or {})) == body["metadata"]
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
        "metadata": body["metadata"],
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
