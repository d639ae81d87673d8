"""The client of sparse arrays."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, cast

from specbind.bindings._runtime import get_portal
from specbind.tiled._base import BaseClient
from specbind.tiled._data import sparse
from specbind.tiled._data.export import export

from .array import export_params

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from specbind.core import Progress
    from specbind.tiled._data.export import Target
    from specbind.tiled._data.selection import Index
    from specbind.tiled._libraries import Array, Dtype
    from specbind.tiled.structures import Chunks, COOStructure

__all__ = ["SparseClient"]


class SparseClient(BaseClient):
    """A sparse array on a server, read into memory as `sparse.COO`. `client[1:3]` reads that part only."""

    def structure(self) -> COOStructure:
        """Shape, type and chunks of the array.

        Raises:
            DecodeError: the server describes what is not known here.
        """
        return cast("COOStructure", super().structure())

    def __repr__(self) -> str:
        structure = self.structure()
        dims = "" if structure.dims is None else f" dims={structure.dims}"
        name = type(self).__name__ if self._face is None else self._face.__name__
        return f"<{name} shape={structure.shape} chunks={structure.chunks}{dims}>"

    @property
    def shape(self) -> tuple[int, ...]:
        """Elements along each dimension."""
        return self.structure().shape

    @property
    def dims(self) -> tuple[str, ...] | None:
        """Names of the dimensions, None where they have none."""
        return self.structure().dims

    @property
    def chunks(self) -> Chunks:
        """For each dimension the lengths of its chunks."""
        return self.structure().chunks

    @property
    def ndim(self) -> int:
        """How many dimensions."""
        return len(self.structure().shape)

    async def read(self, slice: Index = None) -> Any:  # noqa: ANN401 - the official name; sparse has no types
        """Read the array, or some of it, as `sparse.COO`; a single element is a scalar.

        Args:
            slice: integers, slices and `...`, one for each dimension; None for everything.

        Raises:
            IndexError: the index does not fit; nothing was sent.
            DecodeError: the answer is no such array.
        """
        return await sparse.read_sparse(self._wire, self._path, self.structure(), slice)

    async def read_block(self, block: Sequence[int], slice: Index = None) -> Any:  # noqa: ANN401 - as read
        """Read one block, or some of it. Shape and coordinates are those of the block, not of the array.

        Args:
            block: the number of the block along each dimension.
            slice: integers, slices and `...`, counted from the front of the block.

        Raises:
            IndexError: there is no such block, or the index does not fit; nothing was sent.
            DecodeError: the answer is no such array.
        """
        return await sparse.read_sparse_block(self._wire, self._path, self.structure(), block, slice)

    def __getitem__(self, slice: Index) -> Coroutine[object, object, Any]:
        return self.read(slice)

    async def todense(self) -> Array:
        """Read the array into one of numpy with all its zeros. May be large."""
        return cast("Array", (await self.read()).todense())

    def __array__(self, dtype: Dtype | None = None, copy: bool | None = None) -> Array:
        if copy is False:
            raise ValueError("an array on a server is always copied")
        found = get_portal().run(self.todense())
        return found if dtype is None else found.astype(dtype, copy=False)

    async def write(self, coords: object, data: object) -> None:
        """Write the whole array, which has one block.

        Args:
            coords: a row of coordinates for each dimension.
            data: the values at them.

        Raises:
            ValueError: they do not fit, or the array has several blocks; nothing was sent.
            ClientError: the server refuses that.
        """
        await sparse.write_sparse(self._wire, self._path, self.structure(), coords, data)

    async def write_block(self, coords: object, data: object, block: Sequence[int]) -> None:
        """Write one block.

        Args:
            coords: a row of coordinates for each dimension, counted from the front of the block.
            data: the values at them.
            block: the number of the block along each dimension.

        Raises:
            IndexError: there is no such block; nothing was sent.
            ValueError: coordinates and values do not fit; nothing was sent.
            ClientError: the server refuses that.
        """
        await sparse.write_sparse_block(self._wire, self._path, self.structure(), coords, data, block)

    async def export(
        self,
        filepath: Target,
        *,
        format: str | None = None,
        slice: Index = None,
        progress_callback: Progress | None = None,
        resume: bool = False,
    ) -> None:
        """Download the array, or some of it, in some format. Arguments and errors are those of `ArrayClient.export`.

        Args:
            filepath: see there.
            format: see there.
            slice: see there.
            progress_callback: see there.
            resume: see there.
        """
        params = export_params(slice, self.shape)
        route = f"array/full/{self._path}"
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
        """Write everything into an array of the same structure, block by block."""
        structure, there = self.structure(), cast("SparseClient", target)
        for block in product(*(range(len(row)) for row in structure.chunks)):
            found = await self.read_block(block)
            await there.write_block(found.coords, found.data, block)
