"""Datasets of xarray: a container whose arrays are variables and coordinates.

Small columns over the same dimension come together as one table, everything else as an array each.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from specbind.bindings._runtime import DecodeError, StatusError
from specbind.tiled._libraries import load
from specbind.tiled._wire import Patience
from specbind.tiled.structures import ArrayStructure, BuiltinDtype, Endianness, Kind

from .arrays import read_array
from .jobs import in_thread, said, side_by_side
from .tables import fetch_arrow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from specbind.tiled._libraries import Array
    from specbind.tiled._wire import Wire

__all__ = ["Variable", "chosen", "dataset_of", "read_dataset", "read_values", "read_wide", "wide_groups"]

_LOGGER = logging.getLogger("specbind.tiled")
_ROWS = 1_000_000
_BYTES = 64 * 1024 * 1024
_KINDS = frozenset(
    {
        Kind.boolean,
        Kind.integer,
        Kind.unsigned_integer,
        Kind.floating_point,
        Kind.datetime,
        Kind.timedelta,
        Kind.unicode,
    }
)
_UNITS = frozenset({None, "[s]", "[ms]", "[us]", "[ns]"})


@dataclass(frozen=True, slots=True)
class Variable:
    """One array of a dataset.

    Attributes:
        name: its key in the container.
        node: its path, quoted.
        structure: its structure.
        coordinate: a coordinate, else a data variable.
        attrs: its attributes.
    """

    name: str
    node: str
    structure: ArrayStructure
    coordinate: bool
    attrs: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def dims(self) -> tuple[str, ...]:
        """Names of its dimensions.

        Raises:
            ValueError: the array has no names of dimensions, and so is no variable.
        """
        if self.structure.dims is None and self.structure.shape:
            raise ValueError(f"{self.name!r} has no names of dimensions, which a variable of a dataset needs")
        return self.structure.dims or ()


def chosen(variables: Iterable[Variable], names: Sequence[str] | None) -> list[Variable]:
    """Those with one of the names; all for None.

    Raises:
        KeyError: there is none of a name.
    """
    found = list(variables)
    if names is None:
        return found
    wanted = {names} if isinstance(names, str) else set(names)
    for name in wanted - {variable.name for variable in found}:
        raise KeyError(name)
    return [variable for variable in found if variable.name in wanted]


def wide_groups(variables: Sequence[Variable]) -> list[list[Variable]]:
    """Those that come together as a table: columns over one dimension, of fewer than 1,000,000 rows.

    What a table would not give back as it is (complex numbers, bytes, records, big-endian numbers) stays out, and so
    does what is alone.
    """
    groups: dict[tuple[str, int], list[list[Variable]]] = {}
    for variable in variables:
        if not _narrow(variable.structure):
            continue
        (dim,), (rows,) = variable.dims, variable.structure.shape
        batches = groups.setdefault((dim, rows), [[]])
        if sum(one.structure.nbytes for one in batches[-1]) + variable.structure.nbytes > _BYTES:
            batches.append([])
        batches[-1].append(variable)
    return [batch for batches in groups.values() for batch in batches if len(batch) > 1]


def _narrow(structure: ArrayStructure) -> bool:
    kind = structure.data_type
    return (
        len(structure.shape) == 1
        and structure.dims is not None
        and 0 < structure.shape[0] < _ROWS
        and isinstance(kind, BuiltinDtype)
        and kind.kind in _KINDS
        and kind.endianness is not Endianness.big
        and kind.dt_units in _UNITS
        and not (kind.kind is Kind.floating_point and kind.itemsize not in {4, 8})
    )


async def read_dataset(
    wire: Wire,
    node: str,
    variables: Sequence[Variable],
    attrs: Mapping[str, Any],
    *,
    optimize_wide_table: bool = True,
) -> Any:  # noqa: ANN401 - xarray's types need xarray
    """Read variables as an `xarray.Dataset` in memory.

    Args:
        wire: the connection.
        node: path of the container, quoted.
        variables: what to read.
        attrs: attributes of the dataset.
        optimize_wide_table: read columns over one dimension together.

    Raises:
        ValueError: a variable has no names of dimensions.
        DecodeError: an answer is not what the structures say.
    """
    values = await read_values(wire, node, variables, optimize_wide_table=optimize_wide_table)
    return await asyncio.to_thread(dataset_of, variables, values, attrs)


async def read_values(
    wire: Wire, node: str, variables: Sequence[Variable], *, optimize_wide_table: bool = True
) -> dict[str, Array]:
    """Read variables as arrays, by name."""
    values: dict[str, Array] = {}
    patience = Patience(wire.patience)
    groups = wide_groups(variables) if optimize_wide_table else []
    together = {variable.name for group in groups for variable in group}

    async def one(variable: Variable) -> None:
        values[variable.name] = await read_array(wire, variable.node, variable.structure, patience=patience)

    async def many(group: Sequence[Variable]) -> None:
        found = await read_wide(wire, node, group, patience=patience)
        values.update(found)
        for variable in group:
            if variable.name not in found:
                await one(variable)

    rest = [variable for variable in variables if variable.name not in together]
    jobs = [*(partial(many, group) for group in groups), *(partial(one, variable) for variable in rest)]
    with said(lambda: f"{len(values)} of {len(variables)} variables had come; read the others by their names"):
        await side_by_side(jobs, min(wire.connections, max(1, len(jobs))))
    return values


async def read_wide(
    wire: Wire, node: str, group: Sequence[Variable], *, patience: Patience | None = None
) -> dict[str, Array]:
    """Read columns together. Those that the table does not give as they are due are left out."""
    names = [variable.name for variable in group]
    params = [("format", "application/vnd.apache.arrow.file")]
    try:
        table = await fetch_arrow(wire, f"container/full/{node}", params, "field", names, patience=patience)
    except (StatusError, DecodeError) as error:
        _LOGGER.info("columns of %s are read one by one, since the server gives no table: %s", node, error)
        return {}
    return await in_thread(table.nbytes, _columns, table, group)


def _columns(table: Any, group: Sequence[Variable]) -> dict[str, Array]:  # noqa: ANN401 - pyarrow has no types
    return {variable.name: found for variable in group if (found := _column(table, variable)) is not None}


def _column(table: Any, variable: Variable) -> Array | None:  # noqa: ANN401 - pyarrow has no types
    if variable.name not in table.column_names or table.num_rows != variable.structure.shape[0]:
        return None
    column, dtype = table.column(variable.name), variable.structure.data_type.to_numpy_dtype()
    if column.null_count and dtype.kind not in "fmM":
        return None
    arrow = load("pyarrow")
    text = dtype.kind == "U" and (arrow.types.is_string(column.type) or arrow.types.is_large_string(column.type))
    if not text and column.type != arrow.from_numpy_dtype(dtype):
        return None
    # a copy of its own: the table, with all the other columns, goes
    found: Array = load("numpy").array(column.to_numpy(), "U" if text else dtype)
    if found.dtype.itemsize > dtype.itemsize:  # texts that would be cut off
        return None
    return found.astype(dtype, copy=False)


def dataset_of(variables: Sequence[Variable], values: Mapping[str, Any], attrs: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Give the `xarray.Dataset` of arrays, numpy's or dask's."""
    xarray = load("xarray")
    data = {one.name: (one.dims, values[one.name], dict(one.attrs)) for one in variables if not one.coordinate}
    coords = {one.name: (one.dims, values[one.name], dict(one.attrs)) for one in variables if one.coordinate}
    return xarray.Dataset(data_vars=data, coords=coords, attrs=dict(attrs))
