"""Tables: written whole, by partition, or appended to."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from specbind.bindings._runtime import ConnectError, TransportError
from specbind.tiled._libraries import load
from specbind.tiled.structures import TableStructure

from .arrow_files import ARROW_FILE
from .jobs import side_by_side
from .writable import is_lazy

if TYPE_CHECKING:
    from specbind.tiled._wire import Wire

__all__ = ["append_partition", "arrow_of", "planned", "write_partition", "write_table"]

_WRITES = 3


def arrow_of(data: object) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Give the `pyarrow.Table` of a frame of pandas, a mapping of columns, a table or batch of Arrow.

    Raises:
        TypeError: it is none of them.
    """
    arrow = load("pyarrow")
    if isinstance(data, arrow.Table):
        return data
    if isinstance(data, arrow.RecordBatch):
        return arrow.Table.from_batches([data])
    if isinstance(data, Mapping):
        return arrow.table(dict(cast("Mapping[str, object]", data)))
    if type(data).__module__.partition(".")[0] == "pandas" and hasattr(data, "columns"):
        return arrow.Table.from_pandas(data)
    if hasattr(data, "__arrow_c_stream__"):
        with suppress(arrow.ArrowInvalid):  # a single column
            return arrow.table(data)
    raise TypeError(f"{type(data).__name__} is no table: give a frame of pandas or dask, columns, or a table of Arrow")


async def planned(data: object) -> tuple[TableStructure, object]:
    """Structure of a table that is to be made, and its Arrow table, or the lazy one of dask.

    A lazy one has as many partitions there as here.

    Raises:
        TypeError: it is no table.
        ValueError: Arrow has no form for it, or a column has a name that Tiled refuses.
    """
    if is_lazy(data):
        lazy = cast("Any", data)
        _check_columns(lazy._meta)  # noqa: SLF001 - dask's own name for the empty frame
        meta = await asyncio.to_thread(arrow_of, lazy._meta)  # noqa: SLF001 - as above
        _check_types(meta.schema)
        return TableStructure.from_schema(meta.schema, lazy.npartitions), lazy
    _check_columns(data)
    table = await asyncio.to_thread(arrow_of, data)
    _check_types(table.schema)
    return TableStructure.from_schema(table.schema), table


def _check_columns(data: object) -> None:
    """Names of columns are texts: Arrow would make texts of others, and a server could not find them.

    Raises:
        ValueError: a name is none, or stands there twice.
    """
    if type(data).__module__.partition(".")[0] == "pyarrow":
        return  # its columns are no names, and its schema is looked at
    anything: Any = data
    names = list[object](anything if isinstance(data, Mapping) else getattr(anything, "columns", ()))
    for name in names:
        if not isinstance(name, str):
            raise ValueError(  # noqa: TRY004 - as for all names that are refused
                f"column {name!r:.80}: a name is text; rename it, as frame.columns = frame.columns.map(str)"
            )
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"column {twice!r:.80} is there twice; Tiled needs a name for each")


def _check_types(schema: Any) -> None:  # noqa: ANN401 - pyarrow has no types
    """Find out what servers answer with a 500, as they make a frame of pandas of it.

    Raises:
        ValueError: a column holds maps.
    """
    is_map = load("pyarrow.types").is_map
    for field in schema:
        open_types = [field.type]
        while open_types:
            kind = open_types.pop()
            if is_map(kind):
                raise ValueError(
                    f"column {field.name!r:.80} holds maps, which Tiled cannot store; give lists of records"
                )
            open_types.extend(kind.field(number).type for number in range(kind.num_fields))


async def write_table(wire: Wire, node: str, structure: TableStructure, data: object) -> None:
    """Write a whole table; a lazy one of dask partition by partition, a few at once.

    Raises:
        TypeError: it is no table.
        ValueError: it has another number of partitions, or other columns; nothing was sent.
    """
    if not is_lazy(data):
        if structure.npartitions != 1:
            raise ValueError(
                f"the table has {structure.npartitions} partitions; write each with write_partition, or a frame of dask"
            )
        await wire.put(f"table/full/{node}", body=await _file(structure, data), content_type=ARROW_FILE)
        return
    lazy = cast("Any", data)
    if lazy.npartitions != structure.npartitions:
        raise ValueError(f"the table has {structure.npartitions} partitions, the data {lazy.npartitions}")

    async def send(number: int) -> None:
        part = await asyncio.to_thread(lazy.get_partition(number).compute)
        await write_partition(wire, node, structure, part, number)

    jobs = (partial(send, number) for number in range(structure.npartitions))
    await side_by_side(jobs, min(_WRITES, wire.connections))


async def write_partition(wire: Wire, node: str, structure: TableStructure, data: object, partition: int) -> None:
    """Write one partition.

    Raises:
        IndexError: there is no such partition; nothing was sent.
        TypeError: it is no table.
        ValueError: it has other columns; nothing was sent.
    """
    _check(structure, partition)
    await wire.put(
        f"table/partition/{node}",
        params=[("partition", str(partition))],
        body=await _file(structure, data),
        content_type=ARROW_FILE,
    )


async def append_partition(wire: Wire, node: str, structure: TableStructure, data: object, partition: int = 0) -> None:
    """Append rows to a partition. Sent once, never again by itself: rows would be there twice.

    Raises:
        IndexError: there is no such partition; nothing was sent.
        TypeError: it is no table.
        ValueError: it has other columns; nothing was sent.
        TransportError: no answer came; unless it is a ConnectError, the rows may have been appended.
    """
    _check(structure, partition)
    try:
        await wire.patch(
            f"table/partition/{node}",
            params=[("partition", str(partition))],
            body=await _file(structure, data),
            content_type=ARROW_FILE,
        )
    except TransportError as error:
        if not isinstance(error, ConnectError):
            error.add_note("it is not known whether the rows were appended; look before you append them again")
        raise


def _check(structure: TableStructure, partition: int) -> None:
    if not 0 <= partition < structure.npartitions:
        raise IndexError(f"partition {partition} lies outside of the table, which has {structure.npartitions}")


async def _file(structure: TableStructure, data: object) -> memoryview:
    if is_lazy(data):
        data = await asyncio.to_thread(cast("Any", data).compute)
    return await asyncio.to_thread(_fitting_file, structure, data)


def _fitting_file(structure: TableStructure, data: object) -> memoryview:
    """Columns of the table, in its order: servers keep partitions as they come, and read them by their place.

    The index of a frame is no column, and may be there or not.
    """
    _check_columns(data)
    table = arrow_of(data)
    pandas: dict[str, list[object]] = table.schema.pandas_metadata or {}
    index = {name for name in pandas.get("index_columns", ()) if isinstance(name, str)}
    there = structure.arrow_schema_decoded.names
    missing = [name for name in structure.columns if name not in table.column_names]
    unknown = [name for name in table.column_names if name not in there and name not in index]
    if missing or unknown:
        said = [f"{', '.join(map(repr, missing))} are missing"] if missing else []
        said += [f"{', '.join(map(repr, unknown))} are not those of the table"] if unknown else []
        raise ValueError(f"columns {' and '.join(said)}, which has {', '.join(structure.columns)}"[:500])
    order = [*(name for name in there if name in table.column_names), *(each for each in index if each not in there)]
    return _packed(table if order == table.column_names else table.select(order))


def arrow_file(data: object) -> memoryview:
    """Give the Arrow file of a table. It is measured first, so that its memory need not grow and be moved."""
    return _packed(arrow_of(data))


def _packed(table: Any) -> memoryview:  # noqa: ANN401 - pyarrow has no types
    arrow = load("pyarrow")
    measured = arrow.MockOutputStream()
    _write(table, measured)
    buffer = arrow.allocate_buffer(measured.size())
    with arrow.FixedSizeBufferWriter(buffer) as sink:
        _write(table, sink)
    return memoryview(buffer).cast("B")


def _write(table: Any, sink: Any) -> None:  # noqa: ANN401 - pyarrow has no types
    with load("pyarrow.ipc").new_file(sink, table.schema) as writer:
        writer.write_table(table)
