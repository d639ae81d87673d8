"""Nodes from one server to another."""

from __future__ import annotations

import asyncio
import warnings
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, cast

from specbind.tiled._data.chunks import regular
from specbind.tiled.data_sources import DataSource
from specbind.tiled.exceptions import ConflictError

from ._creating import New, create
from ._taking_back import check_certain, taken_back
from .container import Container

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from specbind.tiled._base import BaseClient
    from specbind.tiled.structures import ArrayStructure

__all__ = ["copy"]

_NAMED = 10

OnConflict: TypeAlias = Literal["error", "warn", "skip"]


class _Copied(Protocol):
    """A client that can give all that it has to another one."""

    async def copy_to(self, target: BaseClient) -> None: ...


async def copy(
    source: BaseClient | Mapping[str, BaseClient],
    dest: Container,
    on_conflict: OnConflict = "error",
) -> None:
    """Copy all that is in a container into another one, also of another server. Metadata and specs go along.

    Data that lie in files which the server does not manage are registered again, not copied. When it fails or is
    cancelled, a node whose data had come in part is removed again; what had been copied stays, and a note of the error
    says what that is, and how to go on.

    Args:
        source: a container, or nodes by name.
        dest: where they go.
        on_conflict: what is done with a key that is taken: an error, a warning, or nothing. What is there stays.

    Raises:
        ConflictError: a key is taken, and `on_conflict` is `error`.
        TypeError: there is a node of a family that cannot be copied, or it is neither from nor into a container.
        ValueError: another `on_conflict`.
    """
    if not isinstance(source, Container | Mapping):
        raise TypeError(f"copy takes a Container, or nodes by name as {{'name': node}}, not {source!r:.80}")
    if not isinstance(dest, Container):  # pyright: ignore[reportUnnecessaryIsInstance] - callers may be untyped
        raise TypeError(f"copy goes into a Container, not into {dest!r:.80}")
    if on_conflict not in ("error", "warn", "skip"):
        raise ValueError(f"on_conflict is error, warn or skip, not {on_conflict!r:.80}")
    copying = _Copying(on_conflict)
    try:
        await copying.contents(source, dest, "")
    except (Exception, asyncio.CancelledError) as error:
        error.add_note(copying.note())
        raise


async def _items(source: Container | Mapping[str, BaseClient]) -> AsyncIterator[tuple[str, BaseClient]]:
    if isinstance(source, Container):
        async for pair in source.items():
            yield pair
    else:
        for pair in source.items():
            yield pair


class _Copying:
    """One copy of a container, and what it has done."""

    def __init__(self, on_conflict: OnConflict) -> None:
        self._on_conflict = on_conflict
        self._last: deque[str] = deque(maxlen=_NAMED)
        self._whole = 0
        self._open: list[str] = []

    def note(self) -> str:
        """What had been copied when it ended early."""
        last = ", ".join(repr(path) for path in self._last)
        shown = f": {last}" if self._whole <= _NAMED else f", the last of them {last}"
        said = f"{self._whole} nodes had been copied{shown if self._whole else ''}; they stay"
        if not self._open:
            return said
        parts = ", ".join(repr(path) for path in self._open)
        return (
            f"{said}. Not all that belongs there is in {parts}: copy that container into the new one with "
            "on_conflict='skip' to go on"
        )

    async def contents(self, source: Container | Mapping[str, BaseClient], dest: Container, above: str) -> None:
        """Copy all that is in a container, one after the other."""
        async for key, node in _items(source):
            path = f"{above}{key}"
            if await self._node(key, node, dest, path):
                self._whole += 1
                self._last.append(path)

    async def _node(self, key: str, node: BaseClient, dest: Container, path: str) -> bool:
        """Copy one. Gives False where the key is taken and that is no error."""
        found = await node.include_data_sources()
        sources = found.data_sources() or []
        external = [each for each in sources if each.get("management") == "external" and each.get("assets")]
        family = node.structure_family
        if not (external or isinstance(node, Container) or hasattr(node, "copy_to")):
            raise TypeError(f"{path!r} is of the family {family!r}, which cannot be copied")
        new: list[DataSource | dict[str, Any]] = []
        if external:
            new = [_registered(each) for each in external]
        elif family != "container":
            new = [_described(node, sources)]
        metadata, specs, _tags = node.metadata_copy()
        connection = dest._connection  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - of this package
        async with taken_back(connection) as undo:
            try:
                created = await create(connection, dest.path_parts, New(family, new, key, metadata, specs), undo)
            except ConflictError:
                if self._on_conflict == "error":
                    raise
                if self._on_conflict == "warn":
                    warnings.warn(f"{path!r} is there already and was not copied", stacklevel=2)
                return False
            made = dest._make(created.item)  # pyright: ignore[reportPrivateUsage] - as above
            if not (external or isinstance(node, Container)):
                check_certain(connection, created)
                await cast("_Copied", node).copy_to(made)
        if isinstance(node, Container) and isinstance(made, Container) and not external:
            self._open.append(path)
            await self.contents(node, made, f"{path}/")
            self._open.pop()
        return True


def _described(node: BaseClient, sources: Sequence[Mapping[str, Any]]) -> DataSource:
    """A data source for the same data on another server, which keeps them its own way; ragged arrays have one way."""
    structure = node.structure()
    if node.structure_family == "array":
        found = cast("ArrayStructure", structure)
        structure = replace(found, chunks=regular(found.chunks))
    mimetype = next((each.get("mimetype") for each in sources), None) if node.structure_family == "ragged" else None
    return DataSource(structure_family=node.structure_family, structure=structure, mimetype=mimetype)


def _registered(source: dict[str, Any]) -> dict[str, Any]:
    """A data source as another server takes it: the ids are the first one's own."""
    assets = [{name: value for name, value in asset.items() if name != "id"} for asset in source["assets"]]
    return {**{name: value for name, value in source.items() if name != "id"}, "assets": assets}
