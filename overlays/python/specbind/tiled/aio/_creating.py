"""New nodes, each made once."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from specbind.bindings._runtime import StatusError, TransportError
from specbind.core import arguments
from specbind.tiled._items import resource_in
from specbind.tiled._json import json_text, plain_metadata
from specbind.tiled._views import checked_specs
from specbind.tiled._wire import quote_path
from specbind.tiled.data_sources import data_source_json
from specbind.tiled.exceptions import NotFoundError

from ._errors import nothing_sent
from ._taking_back import Created, comparable, looks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from specbind.tiled._views import Spec
    from specbind.tiled.data_sources import DataSource

    from ._connection import Connection
    from ._taking_back import Undo

__all__ = ["New", "create"]

_TRIES = 3


class New(NamedTuple):
    """What a node is to be. Members are the arguments of `Container.new`."""

    family: str
    sources: Sequence[DataSource | Mapping[str, Any]] = ()
    key: str | None = None
    metadata: Mapping[str, Any] | None = None
    specs: Iterable[Spec | str | Mapping[str, Any]] | None = None
    access_tags: Iterable[str] | None = None


async def create(connection: Connection, parent: Sequence[str], new: New, undo: Undo) -> Created:
    """Make a node below `parent`. Everything is checked before anything is sent.

    When the answer is lost, the server is asked for the key before anything is sent again: what is there and is what
    was asked for, is the node. What is made stands in `undo` then, if it is certain that this call made it. A cancelled
    call waits for the answer first, at most half of the time that `undo` has.
    Errors are those of `Container.new`.
    """
    name = str(uuid.uuid4()) if new.key is None else arguments.text("key", new.key)
    quote_path([*parent, name])
    body = {
        "id": name,
        "structure_family": str(getattr(new.family, "value", new.family)),
        "metadata": {} if new.metadata is None else plain_metadata(new.metadata),
        "specs": checked_specs(new.specs),
        "data_sources": [data_source_json(source) for source in new.sources],
        "access_tags": _checked_tags(new.access_tags),
    }
    json_text(body)  # what has no JSON form is told before anything is sent
    own = new.key is None
    making = asyncio.create_task(_made(connection, parent, body, own=own))
    try:
        created = await asyncio.shield(making)
    except asyncio.CancelledError as error:
        if not making.cancelled():
            unknown = Created({"id": name, "attributes": {"ancestors": [*parent]}}, certain=own, random=own)
            await _awaited(making, unknown, undo, error)
        raise
    if created.certain:
        undo.nodes.append(created)
    return created


async def _awaited(making: asyncio.Task[Created], unknown: Created, undo: Undo, error: BaseException) -> None:
    """Let a cancelled call know what became of its node."""
    try:
        await asyncio.wait([making], timeout=undo.left(error) / 2)
    finally:
        if not making.done():
            making.cancel()
            undo.nodes.append(unknown)
        elif making.exception() is None:  # otherwise nothing was made, or nothing is known that a retry could tell
            undo.nodes.append(making.result())
    if making.cancelling():
        await asyncio.wait([making])


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
            return Created(existing, certain=own, random=own)
        return Created(_resource(body, answer, parent), random=own)
    raise AssertionError("the loop returns or raises")


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
        return resource_in(await connection.get_json(here, params=[("include_data_sources", "true")]))
    except NotFoundError:
        return None


def _same(existing: dict[str, Any], body: dict[str, Any]) -> bool:
    """Whether a node is what was asked for."""
    there = cast("list[dict[str, Any]]", existing["attributes"].get("data_sources") or [])
    return (
        looks(existing) == (body["structure_family"], body["specs"], body["metadata"])
        and len(there) == len(body["data_sources"])
        and all(_same_source(*pair) for pair in zip(there, body["data_sources"], strict=True))
    )


def _same_source(there: dict[str, Any], asked: dict[str, Any]) -> bool:
    """Whether a data source is the one that was asked for; what was left open is the server's choice."""
    parameters, wanted = (cast("dict[str, object]", each.get("parameters") or {}) for each in (there, asked))
    uris, own = (
        [asset.get("data_uri") for asset in cast("list[dict[str, object]]", each.get("assets") or [])]
        for each in (there, asked)
    )
    return (
        asked.get("mimetype") in (None, there.get("mimetype"))
        and all(parameters.get(name) == value for name, value in wanted.items())
        and (not own or own == uris)
        and _structure(there) == _structure(asked)
    )


def _structure(source: dict[str, Any]) -> object:
    return comparable(str(source.get("structure_family")), source.get("structure"))


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
