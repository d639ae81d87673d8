"""Tables: read by partition, a few at once, into a frame of pandas or a table of Arrow."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from specbind.bindings._runtime import DecodeError
from specbind.tiled._libraries import load
from specbind.tiled._wire import Filling, Patience

from .arrow_files import ARROW_FILE, arrow_table
from .frames import Frames, alone
from .jobs import in_thread, said, side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from specbind.core import Progress
    from specbind.tiled._wire import Wire
    from specbind.tiled.structures import TableStructure

__all__ = [
    "LONGEST_QUERY",
    "asked",
    "fetch_arrow",
    "read_arrow",
    "read_frame",
    "read_partition",
    "read_partition_frame",
]

LONGEST_QUERY = 2000
"""Characters of an address; with more, names go in the body of a POST."""
_ROOM = 32 * 1024 * 1024
"""Bytes of partitions that may be under way at once, beside the table; two are in any case."""
_FIRST = 3
"""Partitions under way before it is known how large they are."""


async def read_partition(
    wire: Wire,
    node: str,
    structure: TableStructure,
    partition: int,
    columns: Sequence[str] | None = None,
    *,
    patience: Patience | None = None,
) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Read one partition as a `pyarrow.Table`.

    Args:
        wire: the connection.
        node: path of the table, quoted.
        structure: its structure.
        partition: its number.
        columns: names of the columns; all by default.
        patience: how long it is tried while nothing comes; by default that of `wire`.

    Raises:
        IndexError: there is no such partition; nothing was sent.
        KeyError: there is no such column; nothing was sent.
        DecodeError: the answer is no such table.
    """
    return (await _partition(wire, node, structure, partition, columns, patience))[0]


async def _partition(
    wire: Wire,
    node: str,
    structure: TableStructure,
    partition: int,
    columns: Sequence[str] | None,
    patience: Patience | None = None,
) -> tuple[Any, bytes | memoryview]:
    """A partition, and the memory that it is in."""
    if not 0 <= partition < structure.npartitions:
        raise IndexError(f"partition {partition} lies outside of the table, which has {structure.npartitions}")
    names = asked(structure, columns)
    params = [("partition", str(partition))]
    table, body = await _fetch(wire, f"table/partition/{node}", params, "column", names, patience)
    missing = [name for name in names or () if name not in table.column_names]
    if missing:
        raise DecodeError(f"columns were asked for that the answer does not have: {missing[:5]}")
    return table, body


async def read_arrow(wire: Wire, node: str, structure: TableStructure, columns: Sequence[str] | None = None) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Read a table as a `pyarrow.Table`, one chunk for each partition, without a copy of what was received."""
    tables: list[Any] = [None] * structure.npartitions
    patience = Patience(wire.patience)

    async def fetch(number: int) -> None:
        tables[number] = await read_partition(wire, node, structure, number, columns, patience=patience)

    jobs = (partial(fetch, number) for number in range(structure.npartitions))
    with said(lambda: _came(sum(table is not None for table in tables), structure.npartitions)):
        await side_by_side(jobs, min(wire.connections, structure.npartitions))
    size = sum(table.nbytes for table in tables)
    concatenate: Any = load("pyarrow").concat_tables
    return await in_thread(size, partial(concatenate, promote_options="permissive"), tables)


async def read_partition_frame(
    wire: Wire, node: str, structure: TableStructure, partition: int, columns: Sequence[str] | None = None
) -> Any:  # noqa: ANN401 - pandas has no types
    """Read one partition as a `pandas.DataFrame`. Errors are those of `read_partition`."""
    table, body = await _partition(wire, node, structure, partition, columns)
    return await in_thread(len(body), alone, table, body)


async def read_frame(
    wire: Wire,
    node: str,
    structure: TableStructure,
    columns: Sequence[str] | None = None,
    *,
    progress: Progress | None = None,
) -> Any:  # noqa: ANN401 - pandas has no types
    """Read a table as a `pandas.DataFrame` with the index that it was written with.

    Needs the size of the table and of a few partitions. A partition that breaks off is asked for again, and those that
    came stay; all tries have one deadline.

    Args:
        wire: the connection.
        node: path of the table, quoted.
        structure: its structure.
        columns: names of the columns, in the order of the result; all by default.
        progress: told partitions, not bytes.

    Raises:
        KeyError: there is no such column; nothing was sent.
        DecodeError: the answer is no such table.
    """
    asked(structure, columns)  # before anything is sent
    if not structure.npartitions:
        meta = structure.meta
        return meta if columns is None else meta[asked(structure, columns)]
    if structure.npartitions == 1:
        return await _read_only(wire, node, structure, columns, progress)
    frames = Frames(structure.npartitions)
    turn = asyncio.Condition()
    largest = max(1, _ROOM // _FIRST)
    done = 0
    patience = Patience(wire.patience)

    async def fetch(number: int) -> None:
        nonlocal largest, done
        async with turn:
            await turn.wait_for(lambda: number < frames.next + max(2, _ROOM // largest))
        table = await read_partition(wire, node, structure, number, columns, patience=patience)
        largest = max(1, table.nbytes, largest if done else 0)
        await in_thread(table.nbytes, frames.take, number, table)
        del table
        done += 1
        async with turn:
            turn.notify_all()
        await _tell(progress, done, structure.npartitions)

    jobs = (partial(fetch, number) for number in range(structure.npartitions))
    with said(lambda: _came(done, structure.npartitions)):
        await side_by_side(jobs, min(wire.connections, structure.npartitions))
    return await in_thread(frames.nbytes, frames.joined)


async def _read_only(
    wire: Wire, node: str, structure: TableStructure, columns: Sequence[str] | None, progress: Progress | None
) -> Any:  # noqa: ANN401 - pandas has no types
    """Read a table of one partition: its frame lies in the memory of the answer."""
    with said(lambda: "the table is one partition; read fewer columns at once"):
        frame = await read_partition_frame(wire, node, structure, 0, columns)
    await _tell(progress, 1, 1)
    return frame


async def _tell(progress: Progress | None, done: int, count: int) -> None:
    if progress is not None:
        told = progress(done, count)
        if hasattr(told, "__await__"):
            await cast("asyncio.Future[object]", told)


def _came(done: int, count: int) -> str:
    return f"{done} of {count} partitions had come; read the others one by one with read_partition"


async def fetch_arrow(
    wire: Wire,
    path: str,
    params: Sequence[tuple[str, str]],
    name: str,
    values: Sequence[str] | None,
    *,
    patience: Patience | None = None,
) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Read a table from any route; many values of the parameter `name` go in the body of a POST."""
    return (await _fetch(wire, path, params, name, values, patience))[0]


async def _fetch(
    wire: Wire,
    path: str,
    params: Sequence[tuple[str, str]],
    name: str,
    values: Sequence[str] | None,
    patience: Patience | None,
) -> tuple[Any, bytes | memoryview]:
    """A table, and the memory that it is in."""
    filling = Filling(patience or Patience(wire.patience), keeps=False)
    if values and _length(path, name, values) > LONGEST_QUERY:
        body, media_type = await wire.post_bytes(
            path, params=params, json=list(values), accept=ARROW_FILE, filling=filling
        )
    else:
        chosen = [*params, *((name, value) for value in values or ())]
        body, media_type = await wire.get_bytes(path, params=chosen, accept=ARROW_FILE, filling=filling)
    if patience is not None:
        patience.renew()
    return await in_thread(len(body), arrow_table, body, media_type), body


def asked(structure: TableStructure, columns: Sequence[str] | None) -> list[str] | None:
    """Columns that are asked for, None for all; one name may stand by itself.

    Raises:
        KeyError: there is no such column.
        ValueError: none is asked for, or one twice.
    """
    if columns is None:
        return None
    chosen = [columns] if isinstance(columns, str) else list(columns)
    known = set(structure.columns)
    for name in chosen:
        if name not in known:
            raise KeyError(name)
    if not chosen:
        raise ValueError("no column was asked for; leave `columns` out for all of them")
    if len(set(chosen)) != len(chosen):
        raise ValueError("a column was asked for more than once")
    return chosen


def _length(path: str, name: str, values: Iterable[str]) -> int:
    return len(path) + sum(len(name) + 2 + len(quote(value, safe="")) for value in values)
