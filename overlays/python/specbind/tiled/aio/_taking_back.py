"""A new node is taken back when what belongs into it could not be written: nobody has a client of it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from specbind.bindings._runtime import DecodeError, TransportError
from specbind.tiled._items import resource_in
from specbind.tiled._views import specs_json
from specbind.tiled._wire import quote_path
from specbind.tiled.exceptions import ConflictError, NotFoundError, ServerError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from ._connection import Connection

__all__ = ["Created", "Undo", "check_certain", "comparable", "looks", "taken_back"]

_SECONDS = 15.0
_CANCELLED_SECONDS = 4.0
"""How long a cancelled call may go on: the synchronous faces leave it 5 seconds."""
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Created:
    """A new node.

    Attributes:
        item: its resource.
        certain: whether it is certain that this call made it. Where the answer was lost and the caller gave the key,
            it may be that of somebody who made the same before, or at the same time.
        random: whether its key is random, so that no other node can have its place.
    """

    item: dict[str, Any]
    certain: bool = True
    random: bool = False


class Undo:
    """What a call has made, and until when it may be taken back: one time for all of it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._until: float | None = None
        self.nodes: list[Created] = []
        """The last one goes first."""

    def left(self, error: BaseException) -> float:
        """Seconds that are left: 15 from the first call on, or 4 when it was cancelled."""
        now = asyncio.get_running_loop().time()
        if self._until is None:
            self._until = now + (_CANCELLED_SECONDS if isinstance(error, asyncio.CancelledError) else _SECONDS)
        return max(0.0, self._until - now)

    async def run(self, error: BaseException) -> None:
        """Remove what this call made, or let the error say that it is there."""
        seconds, left = self.left(error), list(self.nodes)
        try:
            async with asyncio.timeout(seconds):
                while left and left[-1].certain:
                    await _remove(self._connection, left[-1])
                    left.pop()
        except asyncio.CancelledError as again:
            again.add_note(self._note(left, "the call was cancelled again"))
            raise
        except Exception as problem:  # noqa: BLE001 - whatever it is, the first error is the one to be told
            why = f"not within {seconds:.3g} seconds" if isinstance(problem, TimeoutError) else str(problem)
            error.add_note(self._note(left, why))
        else:
            if left:
                why = "the answer to its making was lost, and it may be somebody else's"
                error.add_note(self._note(left, why))

    def _note(self, left: list[Created], why: str) -> str:
        uris = ", ".join(_uri(self._connection, each) for each in left)
        return (
            f"left without its data, or without some of it: {uris}; it could not be removed ({why}). "
            "Remove it with delete(recursive=True, external_only=False) of its client"
        )


@asynccontextmanager
async def taken_back(connection: Connection) -> AsyncGenerator[Undo, None]:
    """Remove what the block made when it fails or is cancelled; the error of the block goes out.

    The block adds what it makes to `nodes`. Where it cannot be removed within 15 seconds, or 4 for a cancelled call, a
    note of the error names the nodes that are left.
    """
    undo = Undo(connection)
    try:
        yield undo
    except (Exception, asyncio.CancelledError) as error:
        if undo.nodes:
            await undo.run(error)
        raise


def check_certain(connection: Connection, created: Created) -> None:
    """Refuse to write into a node that may be somebody else's.

    Raises:
        ConflictError: the answer to its making was lost, and the caller gave the key.
    """
    if created.certain:
        return
    error = ConflictError(
        f"{_uri(connection, created)} is there after a lost answer, and as it was to be made; nothing was written",
        status=409,
    )
    error.add_note(
        "look whether it is yours: this call may have made it, and then it is empty, or somebody else before. Write "
        "into it with its client, or remove it and call again; a random key (key=None) has no such doubt"
    )
    raise error


def looks(item: Mapping[str, Any]) -> tuple[object, ...]:
    """What can be compared of any two nodes."""
    attributes = item["attributes"]
    return attributes.get("structure_family"), specs_json(attributes.get("specs")), attributes.get("metadata") or {}


def comparable(family: str, structure: object) -> object:
    """A structure as it can be compared: what stands for itself and what is left out are the same."""
    from specbind.tiled.structures import read_structure  # noqa: PLC0415 - loaded when a structure is looked at

    try:
        return read_structure(family, structure)
    except DecodeError:
        return structure


def _path(created: Created) -> str:
    return quote_path([*created.item["attributes"].get("ancestors", ()), created.item["id"]])


def _uri(connection: Connection, created: Created) -> str:
    return f"{connection.api_uri}metadata/{_path(created)}"


async def _remove(connection: Connection, created: Created) -> None:
    """Delete the node, unless another one has taken its place: that is looked for before each try.

    Raises:
        ConflictError: it cannot be told from another one, or is not any more as it was made.
    """
    path = _path(created)
    params = [("recursive", "false"), ("external_only", "false")]
    for left in range(_TRIES - 1, -1, -1):
        try:
            if not created.random and not _is_it(await _there(connection, path), created.item):
                return
            await connection.send_json("DELETE", f"metadata/{path}", params=params, safe=created.random)
        except NotFoundError:
            return
        except (TransportError, ServerError) as error:
            if left and not (isinstance(error, ServerError) and error.status == 500):
                continue
            # servers forget a table and then miss the files of partitions that were never written: 500, and it is gone
            try:
                await _there(connection, path)
            except NotFoundError:
                return
            raise
        else:
            return


def _is_it(there: dict[str, Any], made: dict[str, Any]) -> bool:
    """Whether a node is the one that was made. Two at a time never have the same numbers of data sources.

    Raises:
        ConflictError: it has the same number and looks otherwise: SQLite gives the number of what was deleted again.
    """
    own = _sources(made)
    if not own and made["attributes"].get("structure_family") != "container":
        raise ConflictError("the server gave its data no number, so it may be somebody else's", status=409)
    if _sources(there) != own:
        return False
    if looks(there) != looks(made) or _described(there) != _described(made):
        raise ConflictError("it is not as it was made, so it may be somebody else's", status=409)
    return True


def _described(item: dict[str, Any]) -> object:
    """Its structure, so that it can be compared. Those of containers change with what is in them."""
    family = str(item["attributes"].get("structure_family"))
    return None if family == "container" else comparable(family, item["attributes"].get("structure"))


async def _there(connection: Connection, path: str) -> dict[str, Any]:
    """The node that is there.

    Raises:
        NotFoundError: none is.
    """
    params = [("include_data_sources", "true")]
    return resource_in(await connection.get_json(f"metadata/{path}", params=params))


def _sources(item: dict[str, Any]) -> set[object]:
    """Numbers of its data sources, which no other node has at the same time."""
    sources = cast("list[dict[str, object]]", item["attributes"].get("data_sources") or ())
    return {source["id"] for source in sources if source.get("id") is not None}
