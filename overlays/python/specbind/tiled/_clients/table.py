"""Clients of tables: frames of pandas, or lazy ones of dask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from specbind.tiled._base import BaseClient
from specbind.tiled._data import table_writes, tables
from specbind.tiled._data.export import export
from specbind.tiled._data.lazy import Source, dask_frame
from specbind.tiled._registry import client_for_path
from specbind.tiled.exceptions import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from specbind.core import Progress
    from specbind.tiled._data.export import Target
    from specbind.tiled.structures import TableStructure

__all__ = ["DaskDataFrameClient", "DataFrameClient", "TableNode"]


class TableNode(BaseClient):
    """What clients of tables have in common."""

    def structure(self) -> TableStructure:
        """Columns, types and partitions of the table.

        Raises:
            DecodeError: the server describes what is not known here.
        """
        return cast("TableStructure", super().structure())

    def __repr__(self) -> str:
        columns = self.structure().columns
        more = f", ... {len(columns)} columns" if len(columns) > 10 else ""
        name = type(self).__name__ if self._face is None else self._face.__name__
        return f"<{name} {{{', '.join(repr(column) for column in columns[:10])}{more}}}>"

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return list(self.structure().columns)

    @property
    def npartitions(self) -> int:
        """How many partitions."""
        return self.structure().npartitions

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __contains__(self, column: object) -> bool:
        return column in self.structure().columns

    def _ipython_key_completions_(self) -> list[str]:
        return self.columns

    async def lookup(self, column: str) -> BaseClient:
        """The client of a column, which is an array. One request.

        Raises:
            KeyError: there is no such column.
        """
        try:
            return await client_for_path(self._context, [*self.path_parts, column], self._structure_clients)
        except NotFoundError as error:
            raise KeyError(column) from error

    async def write(self, data: object) -> None:
        """Write the whole table; a lazy one of dask partition by partition.

        Args:
            data: a frame of pandas or dask, a mapping of columns, or a table of Arrow.

        Raises:
            TypeError: it is no table.
            ValueError: it has another number of partitions, or other columns; nothing was sent.
            ClientError: the server refuses that.
        """
        await table_writes.write_table(self._wire, self._path, self.structure(), data)

    async def write_partition(self, partition: int, data: object) -> None:
        """Write one partition.

        Args:
            partition: its number.
            data: a frame of pandas, a mapping of columns, or a table of Arrow.

        Raises:
            IndexError: there is no such partition; nothing was sent.
            TypeError: the data are no table.
            ValueError: their columns are not those of the table, in whatever order; nothing was sent.
            ClientError: the server refuses that.
        """
        number, rows = _in_order(partition, data)
        await table_writes.write_partition(self._wire, self._path, self.structure(), rows, number)

    async def append_partition(self, partition: int, data: object) -> None:
        """Append rows to a partition. Sent once, never again by itself: rows would be there twice.

        Args:
            partition: its number.
            data: a frame of pandas, a mapping of columns, or a table of Arrow.

        Raises:
            IndexError: there is no such partition; nothing was sent.
            TypeError: the data are no table.
            ValueError: their columns are not those of the table, in whatever order; nothing was sent.
            TransportError: no answer came; unless it is a ConnectError, the rows may have been appended.
            ClientError: the server refuses that; it can only be done to tables made by `create_appendable_table`.
        """
        number, rows = _in_order(partition, data)
        await table_writes.append_partition(self._wire, self._path, self.structure(), rows, number)

    async def export(
        self,
        filepath: Target,
        columns: Sequence[str] | None = None,
        *,
        format: str | None = None,
        progress_callback: Progress | None = None,
        resume: bool = False,
    ) -> None:
        """Download the table, or some columns, in some format.

        Args:
            filepath: a path, which gets its content when all has come, or an open binary file.
            columns: names of the columns; None for all.
            format: a media type, or the ending of a file name (`csv`); by default the ending of `filepath`.
            progress_callback: called with the bytes that came, and those of the whole.
            resume: keep the bytes of a failed download, and go on from them next time where the server can.
                Only for a path.

        Raises:
            KeyError: there is no such column; nothing was sent.
            ValueError: no format is given, and the path has no ending.
            NotAcceptableError: the server does not have that format; its text lists those that it has.
            OSError: the folder of the path is missing, a folder stands there, or it cannot be written.
        """
        params = [("column", column) for column in tables.asked(self.structure(), columns) or ()]
        route = f"table/full/{self._path}"
        await export(
            self._connection,
            route,
            filepath,
            format=format,
            params=params,
            progress=progress_callback,
            resume=resume,
        )

    async def copy_to(self, target: BaseClient) -> None:
        """Write everything into a table of the same structure, partition by partition."""
        structure, there = self.structure(), cast("TableNode", target)
        for number in range(structure.npartitions):
            part = await tables.read_partition(self._wire, self._path, structure, number)
            await there.write_partition(number, part)


class DataFrameClient(TableNode):
    """A table on a server, read into memory as a frame of pandas. `client["x"]` is the client of a column."""

    async def read(self, columns: Sequence[str] | None = None, *, progress_callback: Progress | None = None) -> Any:  # noqa: ANN401
        """Read the table, or some columns, as a `pandas.DataFrame`. One request for each partition, a few at once.

        Args:
            columns: names of the columns, in the order of the result; None for all.
            progress_callback: called with the partitions that came, and how many there are; may be asynchronous.

        Raises:
            KeyError: there is no such column; nothing was sent.
            DecodeError: the answer is no such table.
            TransportError: no whole answer came, however often it was tried.
        """
        return await tables.read_frame(self._wire, self._path, self.structure(), columns, progress=progress_callback)

    async def read_arrow(self, columns: Sequence[str] | None = None) -> Any:  # noqa: ANN401 - pyarrow has no types
        """Read the table, or some columns, as a `pyarrow.Table`, without pandas.

        Args:
            columns: names of the columns, in the order of the result; None for all.

        Raises:
            KeyError: there is no such column; nothing was sent.
            DecodeError: the answer is no such table.
        """
        return await tables.read_arrow(self._wire, self._path, self.structure(), columns)

    async def read_partition(self, partition: int, columns: Sequence[str] | None = None) -> Any:  # noqa: ANN401
        """Read one partition as a `pandas.DataFrame`.

        Args:
            partition: its number.
            columns: names of the columns, in the order of the result; None for all.

        Raises:
            IndexError: there is no such partition; nothing was sent.
            KeyError: there is no such column; nothing was sent.
            DecodeError: the answer is no such table.
        """
        return await tables.read_partition_frame(self._wire, self._path, self.structure(), partition, columns)

    async def compute(self) -> Any:  # noqa: ANN401 - pandas has no types
        """Read the table: what `compute` is for a lazy one."""
        return await self.read()


class DaskDataFrameClient(TableNode):
    """A table on a server, as a lazy frame of dask. What is read is read when that is computed, in any process."""

    def read(self, columns: Sequence[str] | None = None) -> Any:  # noqa: ANN401 - dask's frames have no types
        """Give a `dask.dataframe.DataFrame` of the table, or of some columns. Nothing is read yet.

        Args:
            columns: names of the columns, in the order of the result; None for all.

        Raises:
            KeyError: there is no such column.
        """
        return dask_frame(Source(self._wire), self._path, self.structure(), columns)

    def read_partition(self, partition: int, columns: Sequence[str] | None = None) -> Any:  # noqa: ANN401 - as read
        """Give a `dask.dataframe.DataFrame` of one partition. Nothing is read yet.

        Args:
            partition: its number.
            columns: names of the columns, in the order of the result; None for all.

        Raises:
            IndexError: there is no such partition.
            KeyError: there is no such column.
        """
        return dask_frame(Source(self._wire), self._path, self.structure(), columns, [partition])

    async def compute(self) -> Any:  # noqa: ANN401 - pandas has no types
        """Read the table into memory."""
        return await tables.read_frame(self._wire, self._path, self.structure())


def _in_order(partition: object, data: object) -> tuple[int, object]:
    """Number and rows; older programs give them the other way round."""
    if isinstance(data, int) and not isinstance(partition, int):
        return data, partition
    if not isinstance(partition, int):
        raise TypeError(f"a partition is a number, not {type(partition).__name__}")
    return partition, data
