"""A new node is taken back when what belongs into it could not be written: nobody has a client of it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from specbind.tiled._items import resource_in
from specbind.tiled._wire import quote_path
from specbind.tiled.exceptions import NotFoundError, ServerError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from ._connection import Connection

__all__ = ["CANCELLED_SECONDS", "Created", "take_back", "taken_back"]

_SECONDS = 15.0
CANCELLED_SECONDS = 4.0
"""How long a cancelled call may go on: the synchronous faces leave it 5 seconds."""


@dataclass(frozen=True, slots=True)
class Created:
    """A new node.

    Attributes:
        item: its resource.
        certain: whether it is certain that this call made it. Where the answer was lost and the caller gave the key,
            it may be that of somebody who made the same at the same time.
    """

    item: dict[str, Any]
    certain: bool = True


@asynccontextmanager
async def taken_back(connection: Connection, created: Created) -> AsyncGenerator[list[Created], None]:
    """Remove the node when the block fails or is cancelled; the error of the block goes out.

    Gives a list to which the block adds what it makes in the node: that goes first. Where it cannot be done within 15
    seconds, or 4 for a cancelled call, a note of the error names the nodes that are left.
    """
    nodes = [created]
    try:
        yield nodes
    except (Exception, asyncio.CancelledError) as error:
        await take_back(connection, nodes, error)
        raise


async def take_back(
    connection: Connection, nodes: Sequence[Created], error: BaseException, seconds: float | None = None
) -> None:
    """Remove nodes that this call made, the last one first, or let the error say that they are there."""
    if seconds is None:
        seconds = CANCELLED_SECONDS if isinstance(error, asyncio.CancelledError) else _SECONDS
    left = list(nodes)
    try:
        async with asyncio.timeout(seconds):
            while left and left[-1].certain:
                await _remove(connection, left[-1])
                left.pop()
    except asyncio.CancelledError as again:
        again.add_note(_note(connection, left, "the call was cancelled again"))
        raise
    except Exception as problem:  # noqa: BLE001 - whatever it is, the first error is the one to be told
        why = f"not within {seconds:g} seconds" if isinstance(problem, TimeoutError) else str(problem)
        error.add_note(_note(connection, left, why))
    else:
        if left:
            why = "the answer to its making was lost, and it may be somebody else's"
            error.add_note(_note(connection, left, why))


def _note(connection: Connection, left: Sequence[Created], why: str) -> str:
    uris = ", ".join(f"{connection.api_uri}metadata/{_path(each)}" for each in left)
    return (
        f"left without its data, or without some of it: {uris}; it could not be removed ({why}). "
        "Remove it with delete(recursive=True, external_only=False) of its client"
    )


def _path(created: Created) -> str:
    return quote_path([*created.item["attributes"].get("ancestors", ()), created.item["id"]])


async def _remove(connection: Connection, created: Created) -> None:
    """Delete the node, unless another one has taken its place."""
    path, own = _path(created), _sources(created.item)
    try:
        if own and await _there(connection, path) != own:
            return
        params = [("recursive", "false"), ("external_only", "false")]
        try:
            await connection.send_json("DELETE", f"metadata/{path}", params=params, safe=True)
        except ServerError:
            # servers forget a table and then miss the files of partitions that were never written: 500, and it is gone
            await _there(connection, path)
            raise
    except NotFoundError:
        return


async def _there(connection: Connection, path: str) -> set[object]:
    """Numbers of the data sources of the node that is there.

    Raises:
        NotFoundError: none is.
    """
    params = [("include_data_sources", "true")]
    return _sources(resource_in(await connection.get_json(f"metadata/{path}", params=params)))


def _sources(item: dict[str, Any]) -> set[object]:
    """Numbers of its data sources, which no other node has."""
    sources = cast("list[dict[str, object]]", item["attributes"].get("data_sources") or ())
    return {source["id"] for source in sources if source.get("id") is not None}
