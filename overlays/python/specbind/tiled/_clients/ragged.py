"""The client of ragged arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from specbind.tiled._base import BaseClient
from specbind.tiled._data import nested, ragged_writes
from specbind.tiled._data.export import export

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from specbind.core import Progress
    from specbind.tiled._data.export import Target
    from specbind.tiled._libraries import Dtype
    from specbind.tiled.structures import RaggedStructure

__all__ = ["RaggedClient"]


class RaggedClient(BaseClient):
    """An array with rows of different lengths on a server, read into memory as `awkward.Array`."""

    def structure(self) -> RaggedStructure:
        """Shape, type and chunks of the array.

        Raises:
            DecodeError: the server describes what is not known here.
        """
        return cast("RaggedStructure", super().structure())

    def __repr__(self) -> str:
        structure = self.structure()
        name = type(self).__name__ if self._face is None else self._face.__name__
        return f"<{name} shape={structure.shape} size={structure.size}>"

    @property
    def shape(self) -> tuple[int | None, ...]:
        """Elements along each dimension, None where rows differ."""
        return self.structure().shape

    @property
    def dims(self) -> tuple[str, ...] | None:
        """Names of the dimensions, None where they have none."""
        return self.structure().dims

    @property
    def ndim(self) -> int:
        """How many dimensions."""
        return len(self.structure().shape)

    @property
    def chunks(self) -> tuple[tuple[int, ...] | None, ...]:
        """For each dimension the lengths of its chunks, None where rows differ."""
        return self.structure().chunks

    @property
    def chunked(self) -> bool:
        """Whether there is more than one chunk."""
        return any(lengths is not None and len(lengths) > 1 for lengths in self.chunks)

    @property
    def size(self) -> int:
        """How many elements."""
        return self.structure().size

    @property
    def dtype(self) -> Dtype:
        """Type of an element."""
        return self.structure().data_type.to_numpy_dtype()

    async def read(self, slice: Any = None) -> Any:  # noqa: ANN401 - whatever awkward takes and gives
        """Read the array as `awkward.Array`, in one request; an index is taken of it here.

        Args:
            slice: whatever awkward takes; None for everything.

        Raises:
            DecodeError: the answer is no such array.
        """
        return await nested.read_ragged(self._wire, self._path, self.structure(), slice)

    def __getitem__(self, slice: Any) -> Coroutine[object, object, Any]:  # noqa: ANN401 - as read
        return self.read(slice)

    async def write(self, array: object, persist: bool = True) -> None:
        """Write the whole array, once: servers overwrite nothing in it. One small read goes ahead for each block.

        Args:
            array: lists in lists, or an `awkward.Array`, with as many rows as the array.
            persist: False only tells those who listen, and keeps nothing.

        Raises:
            ConflictError: some of it is there; nothing was written. Delete the node, or append rows with `patch`.
            ValueError: it has another number of rows, or another type; nothing was sent.
            ClientError: the server refuses that.
        """
        if persist:
            await ragged_writes.write_missing(self._wire, self._path, self.structure(), array)
        else:
            await nested.write_ragged(self._wire, self._path, array, persist=False)

    async def write_block(self, array: object, block: int | Sequence[int], persist: bool = True) -> None:
        """Write one block of an array that was made in blocks, once. One small read goes ahead.

        Args:
            array: lists in lists, or an `awkward.Array`, with as many rows as the block.
            block: its number, alone or the first of several.
            persist: False only tells those who listen, and keeps nothing.

        Raises:
            ConflictError: the block is there; nothing was written. Delete the node, or append rows with `patch`.
            IndexError: there is no such block; nothing was sent.
            ValueError: it has another number of rows, or another type; nothing was sent.
            ClientError: the server refuses that.
        """
        numbers = (block,) if isinstance(block, int) else tuple(block)
        wire, path, structure = self._wire, self._path, self.structure()
        if persist:
            await ragged_writes.write_missing_block(wire, path, structure, array, numbers)
        else:
            await ragged_writes.write_block(wire, path, structure, array, numbers, persist=False)

    async def patch(
        self, array: object, offset: int | Sequence[int], extend: bool = False, persist: bool = True
    ) -> None:
        """Append rows. Sent once, never again by itself.

        Args:
            array: lists in lists, or an `awkward.Array`.
            offset: the end of the array, `shape[0]`: servers change no rows that are there.
            extend: must be True.
            persist: must be True.

        Raises:
            ConflictError: others appended rows at the same time.
            ValueError: offset or type do not fit, or `extend` or `persist` is False; nothing was sent.
            TransportError: no answer came; it is not known whether the rows were appended.
        """
        if not extend or not persist:
            raise ValueError("servers only append to ragged arrays, and keep what they append: give extend=True")
        numbers = (offset,) if isinstance(offset, int) else tuple(offset)
        self._structure = await ragged_writes.append(self._wire, self._path, self.structure(), array, numbers)

    async def export(
        self,
        filepath: Target,
        *,
        slice: Any = None,  # noqa: ANN401 - integers, slices and `...`
        format: str | None = None,
        progress_callback: Progress | None = None,
        resume: bool = False,
    ) -> None:
        """Download the array in some format. Arguments and errors are those of `ArrayClient.export`.

        Args:
            filepath: see there.
            slice: integers, slices and `...`; None for everything. Servers refuse some that `read` takes.
            format: see there.
            progress_callback: see there.
            resume: see there.
        """
        route = f"ragged/full/{self._path}"
        await export(
            self._connection,
            route,
            filepath,
            format=format,
            params=[] if slice is None else [("slice", ragged_writes.slice_text(slice))],
            progress=progress_callback,
            resume=resume,
        )

    async def copy_to(self, target: BaseClient) -> None:
        """Write everything into an array of the same structure."""
        there = cast("RaggedClient", target)
        structure, found = self.structure(), await self.read()
        if self.chunked:
            await ragged_writes.write_blocks(there._wire, there._path, structure, found)  # noqa: SLF001 - of the same class
        else:
            await nested.write_ragged(there._wire, there._path, found)  # noqa: SLF001 - of the same class
