"""Clients of arrays: values in memory, or lazy ones of dask."""

from __future__ import annotations

import html
import math
from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar, cast

from specbind.bindings._runtime import get_portal
from specbind.tiled._base import BaseClient
from specbind.tiled._data import array_writes, arrays
from specbind.tiled._data.export import export
from specbind.tiled._data.lazy import Source, dask_array
from specbind.tiled._data.pieces import Sizes
from specbind.tiled._data.selection import select
from specbind.tiled.exceptions import BadRequestError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from specbind.core import Progress
    from specbind.tiled._data.export import Target
    from specbind.tiled._data.selection import Index
    from specbind.tiled._libraries import Array, Dtype
    from specbind.tiled.structures import ArrayStructure, Chunks

__all__ = ["ArrayClient", "ArrayNode", "DaskArrayClient", "also_limited_by", "export_params"]


_SYNCHRONOUS: list[type] = []


def also_limited_by(face: type) -> None:
    """Let `RESPONSE_BYTESIZE_LIMIT` of the synchronous class count, which programs set."""
    _SYNCHRONOUS.append(face)


class ArrayNode(BaseClient):
    """What clients of arrays have in common."""

    def structure(self) -> ArrayStructure:
        """Shape, type and chunks of the array.

        Raises:
            DecodeError: the server describes what is not known here.
        """
        return cast("ArrayStructure", super().structure())

    def __repr__(self) -> str:
        structure = self.structure()
        dims = "" if structure.dims is None else f" dims={structure.dims}"
        name = type(self).__name__ if self._face is None else self._face.__name__
        return f"<{name} shape={structure.shape} chunks={_short(structure.chunks)} dtype={self._dtype_text()}{dims}>"

    def _repr_html_(self) -> str:
        structure = self.structure()
        rows = {
            "Shape": " x ".join(str(side) for side in structure.shape) or "a single element",
            "Chunks": _short(structure.chunks),
            "Type": self._dtype_text(),
            "Size": f"{structure.nbytes:,} bytes",
        }
        if structure.dims is not None:
            rows["Dimensions"] = ", ".join(structure.dims)
        cells = "".join(f"<tr><th>{name}</th><td>{html.escape(text)}</td></tr>" for name, text in rows.items())
        return f"<div><strong>{html.escape('/'.join(self.path_parts))}</strong><table>{cells}</table></div>"

    def _dtype_text(self) -> str:
        kind = self.structure().data_type
        fields = getattr(kind, "fields", None)
        return str(kind) if fields is None else f"{len(fields)} fields"

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
    def dtype(self) -> Dtype:
        """Type of an element."""
        return self.structure().data_type.to_numpy_dtype()

    @property
    def ndim(self) -> int:
        """How many dimensions."""
        return len(self.structure().shape)

    @property
    def size(self) -> int:
        """How many elements."""
        return math.prod(self.structure().shape)

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self.structure().nbytes

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("an array without dimensions has no length")
        return self.shape[0]

    async def write(self, array: object, persist: bool = True) -> None:
        """Write the whole array, a large one block by block, a few at once where they share no chunk of the server.

        Args:
            array: numpy's, dask's or anything like it, of the same shape and a type that fits.
            persist: False only tells those who listen, and keeps nothing.

        Raises:
            ValueError: shape or type do not fit, or the server has no place for some blocks, as it keeps chunks of the
                length of the first; nothing was sent.
            ClientError: the server refuses that.
        """
        await array_writes.write_array(self._wire, self._path, self.structure(), array, persist=persist)

    async def write_block(self, array: object, block: Sequence[int], slice: Index = ..., persist: bool = True) -> None:
        """Write one block.

        Args:
            array: its values.
            block: the number of the block along each dimension.
            slice: the whole block, `...` or None: servers know no part of a block here, see `patch`.
            persist: False only tells those who listen, and keeps nothing.

        Raises:
            IndexError: there is no such block; nothing was sent.
            ValueError: shape or type do not fit, or a part of a block was asked for; nothing was sent.
            ClientError: the server refuses that.
        """
        if isinstance(slice, bool):
            raise TypeError(f"slice is the third argument; write persist={slice}")
        if slice is not None and slice is not ...:
            raise ValueError("servers write whole blocks only; for a part of one, use patch(array, offset)")
        await array_writes.write_block(self._wire, self._path, self.structure(), array, block, persist=persist)

    async def patch(
        self, array: object, offset: int | Sequence[int], extend: bool = False, persist: bool = True
    ) -> None:
        """Write into the array at a place, and let it grow where that is asked for. Sent once, never again by itself.

        Args:
            array: the values, with as many dimensions.
            offset: where they go, counted from the front; a number is that of the first dimension, and those that are
                not given are 0.
            extend: let the array grow as far as is needed.
            persist: False only tells those who listen, and keeps nothing.

        Raises:
            ConflictError: it does not fit, and must not grow.
            ValueError: type, dimensions or offset do not fit, or the server says that they do not.
            TransportError: no answer came; it is not known whether the values were written.
        """
        place = (offset,) if isinstance(offset, int) else tuple(offset)
        try:
            found = await array_writes.patch_array(
                self._wire, self._path, self.structure(), array, place, extend=extend, persist=persist
            )
        except BadRequestError as error:
            raise ValueError(error.response.detail) from error
        self._structure = found

    async def export(
        self,
        filepath: Target,
        *,
        format: str | None = None,
        slice: Index = None,
        link: str | None = None,
        template_vars: dict[str, Any] | None = None,
        progress_callback: Progress | None = None,
        resume: bool = False,
    ) -> None:
        """Download the array, or some of it, in some format.

        Args:
            filepath: a path, which gets its content when all has come, or an open binary file.
            format: a media type, or the ending of a file name (`tiff`); by default the ending of `filepath`.
            slice: integers and slices, forwards.
            link: `block` exports one block, which `template_vars` names as `{"block": (0, 1)}`.
            template_vars: see `link`.
            progress_callback: called with the bytes that came, and those of the whole.
            resume: keep the bytes of a failed download, and go on from them next time where the server can.
                Only for a path.

        Raises:
            ValueError: no format is given, and the path has no ending; or the slice goes backwards.
            NotAcceptableError: the server does not have that format; its text lists those that it has.
            OSError: the folder of the path is missing, a folder stands there, or it cannot be written.
        """
        structure = self.structure()
        shape, params = structure.shape, list[tuple[str, str]]()
        if link == "block":
            block = tuple((template_vars or {}).get("block", ()))
            shape = arrays.block_shape(structure.chunks, block)
            params = [("block", ",".join(str(number) for number in block))]
        elif link not in (None, "full"):
            raise ValueError(f"link is full or block, not {link!r:.40}")
        route = f"array/{link or 'full'}/{self._path}"
        params += export_params(slice, shape)
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
        """Write everything into an array of the same shape and type, block by block of that one."""
        structure, there = self.structure(), cast("ArrayNode", target)
        chunks = there.structure().chunks
        for block in product(*(range(len(row)) for row in chunks)):
            if chunks == structure.chunks:
                values = await arrays.read_block(self._wire, self._path, structure, block)
            else:
                place = arrays.within_block(select(None, arrays.block_shape(chunks, block)), chunks, block)
                values = await arrays.read_array(self._wire, self._path, structure, place)
            if values.size:
                await there.write_block(values, block)


class ArrayClient(ArrayNode):
    """An array on a server, read into memory as numpy's. `client[1:3, ::2]` reads that part only."""

    RESPONSE_BYTESIZE_LIMIT: ClassVar[int | None] = None
    """Bytes that one answer has at most, 1 or more (one element always); set on the class. None: 100 MiB, as a rule."""

    def _sizes(self) -> Sizes:
        """How large answers should be, as the class says, or the synchronous one.

        Raises:
            ValueError: that is no number of bytes.
        """
        classes = (type(self), *_SYNCHRONOUS, *([self._face] if self._face is not None else []))
        limits = [limit for cls in classes if (limit := getattr(cls, "RESPONSE_BYTESIZE_LIMIT", None)) is not None]
        for limit in limits:
            if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
                raise ValueError(f"RESPONSE_BYTESIZE_LIMIT is a whole number of bytes from 1 on, not {limit!r:.80}")
        own = Sizes()
        if not limits:
            return own
        least = max(min(limits), self.dtype.itemsize)
        return Sizes(min(own.rows, least), min(own.other, least), min(own.most, least))

    async def read(
        self,
        slice: Index = None,
        *,
        progress_callback: Progress | None = None,
    ) -> Array:
        """Read the array, or some of it.

        The result is made once, and answers are received in it. A large read is several requests, a few at once.

        Args:
            slice: integers, slices and `...`, one for each dimension; None for everything.
            progress_callback: called with the bytes that came, and those of the whole; may be asynchronous.

        Raises:
            IndexError: the index does not fit, or is of a kind that the server does not know; nothing was sent.
            DecodeError: the answer is no such array.
            TransportError: no whole answer came, however often it was tried.
        """
        return await arrays.read_array(
            self._wire, self._path, self.structure(), slice, sizes=self._sizes(), progress=progress_callback
        )

    async def read_block(self, block: Sequence[int], slice: Index = None) -> Array:
        """Read one block, or some of it.

        Args:
            block: the number of the block along each dimension.
            slice: integers, slices and `...`, counted from the front of the block.

        Raises:
            IndexError: there is no such block, or the index does not fit; nothing was sent.
            DecodeError: the answer is no such array.
        """
        return await arrays.read_block(self._wire, self._path, self.structure(), block, slice, sizes=self._sizes())

    async def compute(self) -> Array:
        """Read the array: what `compute` is for a lazy one."""
        return await self.read()

    def __getitem__(self, slice: Index) -> Coroutine[object, object, Array]:
        return self.read(slice)

    def __array__(self, dtype: Dtype | None = None, copy: bool | None = None) -> Array:
        if copy is False:
            raise ValueError("an array on a server is always copied")
        found = get_portal().run(self.read())
        return found if dtype is None else found.astype(dtype, copy=False)


class DaskArrayClient(ArrayNode):
    """An array on a server, as a lazy one of dask. What is read is read when that is computed, in any process."""

    def read(self, slice: Index = None) -> Any:  # noqa: ANN401 - the official name; dask has no types
        """Give a `dask.array.Array` of the array, or of some of it. Nothing is read yet.

        Args:
            slice: integers, slices and `...`, one for each dimension; None for everything.

        Raises:
            IndexError: the index does not fit, or is of a kind that the server does not know.
        """
        return dask_array(Source(self._wire), self._path, self.structure(), slice)

    def read_block(self, block: Sequence[int], slice: Index = None) -> Any:  # noqa: ANN401 - as read
        """Give a `dask.array.Array` of one block, or of some of it. Nothing is read yet.

        Args:
            block: the number of the block along each dimension.
            slice: integers, slices and `...`, counted from the front of the block.

        Raises:
            IndexError: there is no such block, or the index does not fit.
        """
        structure = self.structure()
        chosen = arrays.within_block(
            select(slice, arrays.block_shape(structure.chunks, block)), structure.chunks, block
        )
        return dask_array(Source(self._wire), self._path, structure, chosen)

    async def compute(self) -> Array:
        """Read the array into memory."""
        return await arrays.read_array(self._wire, self._path, self.structure())

    def __getitem__(self, slice: Index) -> Any:  # noqa: ANN401 - as read
        return self.read(slice)

    def __array__(self, dtype: Dtype | None = None, copy: bool | None = None) -> Array:
        if copy is False:
            raise ValueError("an array on a server is always copied")
        found = get_portal().run(self.compute())
        return found if dtype is None else found.astype(dtype, copy=False)


def export_params(index: Index, shape: tuple[int, ...]) -> list[tuple[str, str]]:
    """The slice of an export, as the server understands it; none for everything.

    Raises:
        IndexError: the index does not fit.
        ValueError: it goes backwards.
    """
    selection = select(index, shape)
    if selection.turns is not None:
        raise ValueError("an export goes forwards; leave out negative steps")
    return [] if selection.whole else [("slice", selection.text)]


def _short(chunks: Chunks) -> str:
    """Chunks in a line: many of one length are counted."""
    return f"({', '.join(_short_row(row) for row in chunks)}{',' if len(chunks) == 1 else ''})"


def _short_row(row: tuple[int, ...]) -> str:
    if len(row) > 3 and len(set(row[:-1])) == 1:
        rest = f", {row[-1]}" if row[-1] != row[0] else ""
        return f"({len(row) - bool(rest)} x {row[0]}{rest})"
    return str(row)
