"""Clients of datasets: those of xarray in memory, or over lazy arrays of dask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from specbind.tiled._data import datasets
from specbind.tiled._data.lazy import Source, dask_dataset
from specbind.tiled._views import Spec
from specbind.tiled._wire import quote_path
from specbind.tiled.aio._creating import New, create
from specbind.tiled.aio._taking_back import check_certain, taken_back
from specbind.tiled.aio.container import Container
from specbind.tiled.data_sources import DataSource

from .array import ArrayNode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from specbind.tiled._base import BaseClient

__all__ = ["DaskDatasetClient", "DatasetClient", "DatasetNode", "write_xarray_dataset"]

_VARIABLE = "xarray_data_var"
_COORDINATE = "xarray_coord"


class DatasetNode(Container):
    """What clients of datasets have in common."""

    async def _variables(self, names: Sequence[str] | None) -> list[datasets.Variable]:
        """Variables and coordinates. Asked for only where the server did not send them along."""
        found = [_variable(key, node) async for key, node in self.items()]
        return datasets.chosen(found, names)

    @property
    def _attrs(self) -> dict[str, Any]:
        return dict(cast("Mapping[str, Any]", self.metadata.get("attrs") or {}))


class DatasetClient(DatasetNode):
    """A dataset on a server, read into memory as an `xarray.Dataset`."""

    async def read(self, variables: Sequence[str] | None = None, *, optimize_wide_table: bool = True) -> Any:  # noqa: ANN401 - xarray's types need xarray
        """Read the dataset, or some variables.

        Args:
            variables: names of variables and coordinates; None for all.
            optimize_wide_table: read columns over the same dimension together, as one table. Only those with fewer
                than 1,000,000 rows are.

        Raises:
            KeyError: there is no such variable.
            ValueError: a node in it is no variable.
            DecodeError: an answer is not what the structures say.
        """
        chosen = await self._variables(variables)
        return await datasets.read_dataset(
            self._wire, self._path, chosen, self._attrs, optimize_wide_table=optimize_wide_table
        )


class DaskDatasetClient(DatasetNode):
    """A dataset on a server, as an `xarray.Dataset` over lazy arrays of dask."""

    async def read(self, variables: Sequence[str] | None = None, *, optimize_wide_table: bool = True) -> Any:  # noqa: ANN401 - xarray's types need xarray
        """Give the dataset, or some variables. Values are read when they are computed; only indexes are read at once.

        Args:
            variables: names of variables and coordinates; None for all.
            optimize_wide_table: read columns over the same dimension together, as one table.

        Raises:
            KeyError: there is no such variable.
            ValueError: a node in it is no variable.
        """
        chosen = await self._variables(variables)
        indexes = [one for one in chosen if one.dims == (one.name,)]
        values = await datasets.read_values(self._wire, self._path, indexes, optimize_wide_table=optimize_wide_table)
        rest = [one for one in chosen if one.name not in values]
        groups = datasets.wide_groups(rest) if optimize_wide_table else []
        return dask_dataset(Source(self._wire), self._path, chosen, self._attrs, groups, values)


async def write_xarray_dataset(
    client_node: Container,
    dataset: Any,  # noqa: ANN401 - xarray's types need xarray
    key: str | None = None,
) -> BaseClient:
    """Write an `xarray.Dataset` as a container with an array for each variable and coordinate.

    Args:
        client_node: the container that it goes into.
        dataset: the dataset.
        key: its key; None for a random one.

    Returns:
        The client of the dataset.

    Raises:
        ConflictError: the key is taken, or may be somebody else's after a lost answer.
        ValueError: a variable cannot be written; see `Container.write_array`. Nothing was sent.
    """
    from specbind.tiled._data import array_writes  # noqa: PLC0415 - numpy is loaded when it is written

    for array in dataset.variables.values():
        await array_writes.planned(array.data, _dims(array))  # what can be known is told before anything is made
    connection = client_node.context._connection  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - of this package
    attrs = {"attrs": dict(dataset.attrs)}
    async with taken_back(connection) as undo:
        new = New("container", (), key, attrs, [Spec("xarray_dataset")])
        created = await create(connection, client_node.path_parts, new, undo)
        check_certain(connection, created)
        made = client_node._make(created.item)  # pyright: ignore[reportPrivateUsage] - as above
        for names, spec in ((dataset.data_vars, _VARIABLE), (dataset.coords, _COORDINATE)):
            for name in names:
                array = dataset[name]
                structure, values = await array_writes.planned(array.data, _dims(array))
                sources = [DataSource(structure_family="array", structure=structure)]
                new = New("array", sources, str(name), {"attrs": dict(array.attrs)}, [Spec(spec)])
                check_certain(connection, await create(connection, made.path_parts, new, undo))
                path = quote_path([*made.path_parts, str(name)])
                await array_writes.write_array(connection, path, structure, values)
    return made


def _dims(array: Any) -> list[str]:  # noqa: ANN401 - xarray's types need xarray
    return [str(dim) for dim in array.dims]


def _variable(key: str, node: BaseClient) -> datasets.Variable:
    names = {spec.name for spec in node.specs}
    if not names & {_VARIABLE, _COORDINATE} or not isinstance(node, ArrayNode):
        raise ValueError(f"{key!r} in the dataset is no variable: it needs the spec {_VARIABLE} or {_COORDINATE}")
    attrs = cast("Mapping[str, Any]", node.metadata.get("attrs") or {})
    return datasets.Variable(key, quote_path(node.path_parts), node.structure(), _COORDINATE in names, attrs)
