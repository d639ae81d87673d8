"""What can be put into a container, and taken out of it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from specbind.tiled._base import BaseClient
from specbind.tiled._wire import quote_path
from specbind.tiled.data_sources import DataSource

from ._creating import New, create
from ._taking_back import check_certain, taken_back

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from specbind.tiled._views import Spec
    from specbind.tiled.structures import Structure

__all__ = ["WritableContainer"]

_SQL_TABLE = "application/x-tiled-sql-table"
_SQL_RAGGED = "application/x-ragged+sql"


class WritableContainer(BaseClient):
    """The part of a container that makes nodes."""

    async def new(
        self,
        structure_family: str,
        data_sources: Sequence[DataSource | Mapping[str, Any]],
        *,
        key: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        specs: Iterable[Spec | str | Mapping[str, Any]] | None = None,
        access_tags: Iterable[str] | None = None,
    ) -> BaseClient:
        """Make a node to write into. Nothing is made twice: a lost answer is asked for.

        What is there then, and as it was asked for, is given. Where the key is not random, somebody else may have made
        it: methods that write data at once raise a ConflictError in that case, and write nothing.

        Args:
            structure_family: what it is to be.
            data_sources: its structure; those with assets register files that are there already.
            key: its key; None for a random one.
            metadata: its metadata.
            specs: specifications that it follows, as names or Specs.
            access_tags: who has access.

        Raises:
            ConflictError: the key is taken.
        """
        return await self._new(New(structure_family, data_sources, key, metadata, specs, access_tags))

    async def write_array(
        self,
        array: object,
        *,
        key: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        dims: Sequence[str] | None = None,
        specs: Iterable[Spec | str | Mapping[str, Any]] | None = None,
        access_tags: Iterable[str] | None = None,
    ) -> BaseClient:
        """Make an array and write it. The other arguments are those of `new`.

        Args:
            array: of numpy or dask, or anything like it; a lazy one is computed block by block. Its own chunks are
                kept where they have one length along each dimension, as servers keep no others; else all get the
                length of the longest. Without any, chunks of at most 100 MB are chosen.
            key: see `new`.
            metadata: see `new`.
            dims: names of the dimensions.
            specs: see `new`.
            access_tags: see `new`.

        Raises:
            ValueError: it holds Python objects.
        """
        from specbind.tiled._data import array_writes  # noqa: PLC0415 - numpy is loaded when an array is written

        structure, found = await array_writes.planned(array, dims)
        new = New("array", _source("array", structure), key, metadata, specs, access_tags)
        return await self._new(new, lambda path: array_writes.write_array(self._wire, path, structure, found))

    async def write_table(
        self,
        data: object,
        *,
        key: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        specs: Iterable[Spec | str | Mapping[str, Any]] | None = None,
        access_tags: Iterable[str] | None = None,
    ) -> BaseClient:
        """Make a table and write it. The other arguments are those of `new`.

        Args:
            data: a frame of pandas or dask, a mapping of columns, or a table of Arrow.
            key: see `new`.
            metadata: see `new`.
            specs: see `new`.
            access_tags: see `new`.

        Raises:
            TypeError: it is no table.
            ValueError: the name of a column begins with `_`.
        """
        from specbind.tiled._data import table_writes  # noqa: PLC0415 - pyarrow is loaded when a table is written

        structure, found = await table_writes.planned(data)
        new = New("table", _source("table", structure), key, metadata, specs, access_tags)
        return await self._new(new, lambda path: table_writes.write_table(self._wire, path, structure, found))

    async def write_dataframe(
        self,
        data: object,
        *,
        key: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        specs: Iterable[Spec | str | Mapping[str, Any]] | None = None,
        access_tags: Iterable[str] | None = None,
    ) -> BaseClient:
        """As `write_table`, which is the newer name."""
        warnings.warn("write_dataframe is now write_table", DeprecationWarning, stacklevel=2)
        return await self.write_table(data, key=key, metadata=metadata, specs=specs, access_tags=access_tags)

    async def create_appendable_table(
        self,
        schema: Any,  # noqa: ANN401 - pyarrow has no types
        npartitions: int = 1,
        *,
        key: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        specs: Iterable[Spec | str | Mapping[str, Any]] | None = None,
        access_tags: Iterable[str] | None = None,
        table_name: str | None = None,
    ) -> BaseClient:
        """Make an empty table that rows can be appended to. The other arguments are those of `new`.

        Args:
            schema: names and types of the columns, a `pyarrow.Schema`.
            npartitions: how many partitions it has, 1 or more.
            key: see `new`.
            metadata: see `new`.
            specs: see `new`.
            access_tags: see `new`.
            table_name: name of the SQL table; by default one that belongs to the schema.
        """
        from specbind.tiled.structures import TableStructure  # noqa: PLC0415 - pyarrow is loaded when a table is made

        structure = TableStructure.from_schema(schema, npartitions)
        parameters = {} if table_name is None else {"table_name": table_name}
        source = DataSource(structure_family="table", structure=structure, mimetype=_SQL_TABLE, parameters=parameters)
        return await self.new("table", [source], key=key, metadata=metadata, specs=specs, access_tags=access_tags)

    async def write_awkward(
        self,
        array: object,
        *,
        key: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        dims: Sequence[str] | None = None,
        specs: Iterable[Spec | str | Mapping[str, Any]] | None = None,
        access_tags: Iterable[str] | None = None,
    ) -> BaseClient:
        """Make an awkward array and write it. The other arguments are those of `new`.

        Args:
            array: of awkward, or anything that it takes.
            key: see `new`.
            metadata: see `new`.
            dims: has no meaning for awkward arrays; anything but None is an error.
            specs: see `new`.
            access_tags: see `new`.
        """
        from specbind.tiled._data import nested  # noqa: PLC0415 - awkward is loaded when such an array is written

        if dims is not None:
            raise ValueError("awkward arrays have no names of dimensions")
        structure, body = await nested.planned_awkward(array)
        new = New("awkward", _source("awkward", structure), key, metadata, specs, access_tags)
        return await self._new(new, lambda path: nested.put_awkward(self._wire, path, body))

    async def write_sparse(
        self,
        coords: Any,  # noqa: ANN401 - arrays of any library
        data: Any,  # noqa: ANN401 - as above
        shape: Sequence[int],
        *,
        key: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        dims: Sequence[str] | None = None,
        specs: Iterable[Spec | str | Mapping[str, Any]] | None = None,
        access_tags: Iterable[str] | None = None,
    ) -> BaseClient:
        """Make a sparse array of one block and write it. The other arguments are those of `new`.

        Args:
            coords: a row of coordinates for each dimension.
            data: the values at them.
            shape: elements along each dimension.
            key: see `new`.
            metadata: see `new`.
            dims: names of the dimensions.
            specs: see `new`.
            access_tags: see `new`.
        """
        from specbind.tiled._data import sparse  # noqa: PLC0415 - numpy is loaded when it is written

        structure, body = await sparse.planned(coords, data, shape, dims)
        new = New("sparse", _source("sparse", structure), key, metadata, specs, access_tags)
        return await self._new(new, lambda path: sparse.put_sparse(self._wire, path, body))

    async def write_ragged(
        self,
        array: object,
        *,
        key: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        dims: Sequence[str] | None = None,
        specs: Iterable[Spec | str | Mapping[str, Any]] | None = None,
        access_tags: Iterable[str] | None = None,
        max_partition_bytes: int | None = None,
        appendable: bool = True,
    ) -> BaseClient:
        """Make an array with rows of different lengths and write it. The other arguments are those of `new`.

        Args:
            array: lists in lists of numbers, or an `awkward.Array` of that kind.
            key: see `new`.
            metadata: see `new`.
            dims: names of the dimensions.
            specs: see `new`.
            access_tags: see `new`.
            max_partition_bytes: bytes of a block, 1 or more; None for 100 MB.
            appendable: servers keep ragged arrays only so that rows can be appended: anything but True is an error.

        Raises:
            ValueError: it is no array of numbers, a row is larger than a block, or `appendable` is not True.
        """
        from specbind.tiled._data import nested, ragged_writes  # noqa: PLC0415 - awkward is loaded when it is written

        if not appendable:
            raise ValueError("a ragged array is always one that rows can be appended to; leave out appendable")
        found = await ragged_writes.planned(array, dims, max_partition_bytes)

        async def write(path: str) -> None:
            if found.body is not None:
                await nested.put_ragged(self._wire, path, found.body)
            else:
                await ragged_writes.write_blocks(self._wire, path, found.structure, found.array)

        source = _source("ragged", found.structure, _SQL_RAGGED)
        return await self._new(New("ragged", source, key, metadata, specs, access_tags), write)

    async def _new(self, new: New, write: Callable[[str], Awaitable[None]] | None = None) -> BaseClient:
        """Make a node, and write into it; it is removed again when that fails."""
        async with taken_back(self._connection) as undo:
            created = await create(self._connection, self.path_parts, new, undo)
            made = self._make(created.item)
            if write is not None:
                check_certain(self._connection, created)
                await write(_path(made))
        return made

    def _make(self, entry: dict[str, Any]) -> BaseClient:
        raise NotImplementedError


def _path(node: BaseClient) -> str:
    return quote_path(node.path_parts)


def _source(family: str, structure: Structure, mimetype: str | None = None) -> list[DataSource]:
    return [DataSource(structure_family=family, structure=structure, mimetype=mimetype)]
