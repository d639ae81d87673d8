"""Nodes from one server to another."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, cast

from specbind.tiled.data_sources import DataSource
from specbind.tiled.exceptions import ConflictError

from .container import Container

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from specbind.tiled._base import BaseClient

__all__ = ["copy"]

OnConflict: TypeAlias = Literal["error", "warn", "skip"]


class _Copied(Protocol):
    """A client that can give all that it has to another one."""

    async def copy_to(self, target: BaseClient) -> None: ...


async def copy(
    source: Container | Mapping[str, BaseClient],
    dest: Container,
    on_conflict: OnConflict = "error",
) -> None:
    """Copy all that is in a container into another one, also of another server. Metadata and specs go along.

    Data that lie in files which the server does not manage are registered again, not copied.

    Args:
        source: a container, or nodes by name.
        dest: where they go.
        on_conflict: what is done with a key that is taken: an error, a warning, or nothing. What is there stays.

    Raises:
        ConflictError: a key is taken, and `on_conflict` is `error`.
        TypeError: there is a node of a family that cannot be copied, or it is neither from nor into a container.
        ValueError: another `on_conflict`.
    """
    if not isinstance(source, Container | Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"copy takes a Container, or nodes by name as {{'name': node}}, not {source!r:.80}")
    if not isinstance(dest, Container):  # pyright: ignore[reportUnnecessaryIsInstance] - callers may be untyped
        raise TypeError(f"copy goes into a Container, not into {dest!r:.80}")
    if on_conflict not in ("error", "warn", "skip"):
        raise ValueError(f"on_conflict is error, warn or skip, not {on_conflict!r:.80}")
    async for key, node in _items(source):
        await _copy_one(key, node, dest, on_conflict)


async def _items(source: Container | Mapping[str, BaseClient]) -> AsyncIterator[tuple[str, BaseClient]]:
    if isinstance(source, Container):
        async for pair in source.items():
            yield pair
    else:
        for pair in source.items():
            yield pair


async def _copy_one(key: str, node: BaseClient, dest: Container, on_conflict: OnConflict) -> None:
    found = await node.include_data_sources()
    sources = found.data_sources() or []
    external = [each for each in sources if each.get("management") == "external" and each.get("assets")]
    family = node.structure_family
    metadata, specs, _tags = node.metadata_copy()
    new: list[DataSource | dict[str, Any]] = []
    if external:
        new = [_registered(each) for each in external]
    elif family != "container":
        new = [DataSource(structure_family=family, structure=node.structure())]
    try:
        made = await dest.new(family, new, key=key, metadata=metadata, specs=specs)
    except ConflictError:
        if on_conflict == "error":
            raise
        if on_conflict == "warn":
            warnings.warn(f"{key!r} is there already and was not copied", stacklevel=3)
        return
    if external:
        return
    if isinstance(node, Container) and isinstance(made, Container):
        await copy(node, made, on_conflict)
        return
    if not hasattr(node, "copy_to"):
        raise TypeError(f"{key!r} is of the family {family!r}, which cannot be copied")
    await cast("_Copied", node).copy_to(made)


def _registered(source: dict[str, Any]) -> dict[str, Any]:
    """A data source as another server takes it: the ids are the first one's own."""
    assets = [{name: value for name, value in asset.items() if name != "id"} for asset in source["assets"]]
    return {**{name: value for name, value in source.items() if name != "id"}, "assets": assets}
