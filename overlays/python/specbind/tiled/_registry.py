"""Which class is made for which node."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from ._base import BaseClient
from ._items import checked_item, resource_in
from ._wire import quote_path
from .exceptions import UnknownStructureFamily

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .aio._connection import Connection
    from .aio.context import Context

__all__ = ["StructureClients", "check_structure_clients", "client_for_item", "client_for_path"]

StructureClients: TypeAlias = "Literal['numpy', 'dask'] | Mapping[str, Callable[..., Any]]"
"""`numpy` for values in memory, `dask` for lazy ones, or a class for each family or spec; others are as for `numpy`."""

_CONTAINER = "specbind.tiled.aio.container:Container"
_CLIENTS = "specbind.tiled._clients."
_NUMPY = {
    "container": _CONTAINER,
    "array": _CLIENTS + "array:ArrayClient",
    "table": _CLIENTS + "table:DataFrameClient",
    "sparse": _CLIENTS + "sparse:SparseClient",
    "awkward": _CLIENTS + "awkward:AwkwardClient",
    "ragged": _CLIENTS + "ragged:RaggedClient",
    "xarray_dataset": _CLIENTS + "xarray:DatasetClient",
}
_DASK = _NUMPY | {
    "array": _CLIENTS + "array:DaskArrayClient",
    "table": _CLIENTS + "table:DaskDataFrameClient",
    "xarray_dataset": _CLIENTS + "xarray:DaskDatasetClient",
}
_KNOWN: dict[object, dict[str, str]] = {"numpy": _NUMPY, "dask": _DASK}


def client_for_item(
    context: Context,
    structure_clients: StructureClients,
    item: Mapping[str, Any],
    *,
    include_data_sources: bool = False,
) -> BaseClient:
    """The client for a resource: that of its first spec which has one, else that of its family.

    Raises:
        UnknownStructureFamily: there is none.
        DecodeError: it is no resource.
    """
    attributes = cast("dict[str, Any]", checked_item(dict(item))["attributes"])
    names = [str(spec.get("name")) for spec in attributes.get("specs") or ()]
    family = str(attributes.get("structure_family") or "")
    for name in (*names, family):
        found = _class(structure_clients, name)
        if found is not None:
            return _made(found, context, item, structure_clients, include_data_sources=include_data_sources)
    if family:
        return BaseClient(
            context,
            item=dict(item),
            structure_clients=structure_clients,
            include_data_sources=include_data_sources,
        )
    raise UnknownStructureFamily("the server does not say of which structure family this node is")


def connection_of(context: Context) -> Connection:
    """What sends the requests of a context, for the other modules of this package."""
    return context._connection  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - not for callers


async def client_for_path(
    context: Context,
    path: Sequence[str],
    structure_clients: StructureClients,
    *,
    include_data_sources: bool = False,
) -> BaseClient:
    """The client for the node at a path. Raises NotFoundError where there is none."""
    params = [("include_data_sources", "true")] if include_data_sources else []
    answer = await connection_of(context).get_json(f"metadata/{quote_path(path)}", params=params)
    return client_for_item(context, structure_clients, resource_in(answer), include_data_sources=include_data_sources)


def check_structure_clients(structure_clients: object) -> None:
    """Raise TypeError or ValueError for what cannot say which classes are made."""
    if isinstance(structure_clients, str):
        if structure_clients not in _KNOWN:
            raise ValueError(f"structure_clients is 'numpy', 'dask' or a mapping, not {structure_clients!r:.80}")
    elif not isinstance(structure_clients, Mapping):
        raise TypeError(f"structure_clients is 'numpy', 'dask' or a mapping, not {structure_clients!r:.80}")


def _class(structure_clients: StructureClients, name: str) -> Callable[..., Any] | None:
    known = _KNOWN.get(structure_clients) if isinstance(structure_clients, str) else None
    if known is None:
        if isinstance(structure_clients, str):
            raise ValueError(f"structure_clients is 'numpy', 'dask' or a mapping, not {structure_clients!r}")
        own = structure_clients.get(name)
        if own is not None:
            return own
        known = _NUMPY
    place = known.get(name)
    return None if place is None else _loaded(place)


def _loaded(place: str) -> Callable[..., Any] | None:
    module, _, name = place.partition(":")
    return cast("Callable[..., Any]", getattr(importlib.import_module(module), name))


def _made(
    kind: Callable[..., Any],
    context: Context,
    item: Mapping[str, Any],
    structure_clients: StructureClients,
    *,
    include_data_sources: bool,
) -> BaseClient:
    """An instance; for a synchronous class, the asynchronous object that it stands for."""
    face: type[object] | None = None
    if isinstance(kind, type) and not issubclass(cast("type[object]", kind), BaseClient):
        face = cast("type[object]", kind)
    behind: Callable[..., Any] = kind if face is None else getattr(face, "_kind", kind)
    found: object = behind(
        context,
        item=dict(item),
        structure_clients=structure_clients,
        include_data_sources=include_data_sources,
    )
    if not isinstance(found, BaseClient):
        raise TypeError(f"{kind!r:.100} in structure_clients makes no client")
    found._face = face  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - set where it is made
    return found
