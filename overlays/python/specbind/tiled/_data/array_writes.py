"""Arrays: written whole, by block, or grown."""

from __future__ import annotations

import asyncio
import math
from functools import partial
from itertools import accumulate, product
from typing import TYPE_CHECKING, Any, cast

from specbind.bindings._runtime import ConnectError, TransportError
from specbind.tiled._libraries import load
from specbind.tiled.structures import ArrayStructure, read_structure

from .arrays import OCTETS, block_shape, bytes_of
from .chunks import check_kept, chunks_for, is_regular, regular
from .conversions import converted
from .jobs import in_thread, side_by_side
from .writable import MASKED, check_writable, is_lazy, packed, plain_in_thread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from specbind.tiled._libraries import Array
    from specbind.tiled._wire import Wire

__all__ = ["patch_array", "planned", "write_array", "write_block"]

_WRITES = 2
_MEMORY = 64 * 1024 * 1024
"""Bytes of blocks under way at once; but always two blocks, so that one is made while the other one is sent."""


async def planned(array: object, dims: Sequence[str] | None = None) -> tuple[ArrayStructure, Array]:
    """Structure of an array that is to be made, and its values, or the lazy array.

    Chunks of a lazy array are kept where they have one length along each dimension. Servers keep no others: their
    blocks would overlap there, or have no place.

    Raises:
        ValueError: it cannot be written, the names of its dimensions do not fit, or dask does not know its shape.
    """
    if not is_lazy(array):
        found = await plain_in_thread(array)
        chunks = chunks_for(found.shape, found.dtype.itemsize)
        return ArrayStructure.from_array(found, chunks=chunks, dims=dims), found
    lazy = cast("Any", array)
    numpy = load("numpy")
    if isinstance(getattr(lazy, "_meta", None), numpy.ma.MaskedArray):
        raise ValueError(MASKED.format("array", "dask.array.ma.filled(array, 0)"))  # noqa: TRY004 - as in plain_array
    check_writable(lazy.dtype)
    if any(length != length for row in lazy.chunks for length in row):  # noqa: PLR0124 - NaN: not known yet
        raise ValueError("dask does not know the lengths of the array's chunks; call array.compute_chunk_sizes() first")
    sample = numpy.empty(0, packed(lazy.dtype))
    return ArrayStructure.from_array(sample, lazy.shape, regular(lazy.chunks), dims), lazy


async def write_array(wire: Wire, node: str, structure: ArrayStructure, array: object, *, persist: bool = True) -> None:
    """Write a whole array: in one request, or one for each block, a few at once.

    Blocks that share a chunk of the server go one after the other: of two at once, one would be lost.

    Args:
        wire: the connection.
        node: path of the array, quoted.
        structure: its structure.
        array: numpy's, dask's, or anything like it; a lazy one is computed block by block.
        persist: False only tells those who listen, and keeps nothing.

    Raises:
        ValueError: shape or type are others than those of the structure, or the server has no place for some of its
            blocks; nothing was sent.
    """
    check_kept(structure.chunks)
    given = cast("Array", array) if is_lazy(array) else await plain_in_thread(array)
    _check_shape(given.shape, structure.shape)
    if all(len(row) <= 1 for row in structure.chunks):
        await _put(wire, f"array/full/{node}", await _computed(given), structure, _kept(persist=persist))
        return
    starts = [[0, *accumulate(row)] for row in structure.chunks]

    async def send(block: tuple[int, ...]) -> None:
        place = tuple(slice(ends[number], ends[number + 1]) for number, ends in zip(block, starts, strict=True))
        part = await _computed(given[place])
        params = [("block", ",".join(str(number) for number in block)), *_kept(persist=persist)]
        await _put(wire, f"array/block/{node}", part, structure, params)

    blocks = product(*(range(len(row)) for row in structure.chunks))
    await side_by_side((partial(send, block) for block in blocks), _at_once(structure, wire.connections))


def _at_once(structure: ArrayStructure, connections: int) -> int:
    """How many blocks may be under way: each may be computed, or copied, and the server has it in memory too."""
    if not is_regular(structure.chunks):
        return 1
    largest = structure.data_type.itemsize * math.prod(max(row, default=0) for row in structure.chunks)
    return min(connections, max(_WRITES, _MEMORY // max(1, largest)))


async def write_block(
    wire: Wire, node: str, structure: ArrayStructure, array: object, block: Sequence[int], *, persist: bool = True
) -> None:
    """Write one block.

    Raises:
        IndexError: there is no such block; nothing was sent.
        ValueError: shape or type are others than those of the block, or the server has no place for it; nothing was
            sent.
    """
    shape = block_shape(structure.chunks, block)
    check_kept(structure.chunks)
    found = await _computed(array)
    _check_shape(found.shape, shape)
    params = [("block", ",".join(str(number) for number in block)), *_kept(persist=persist)]
    await _put(wire, f"array/block/{node}", found, structure, params)


async def patch_array(
    wire: Wire,
    node: str,
    structure: ArrayStructure,
    array: object,
    offset: Sequence[int],
    *,
    extend: bool = False,
    persist: bool = True,
) -> ArrayStructure:
    """Write into an array at a place, and let it grow where that is asked for. Sent once, never again by itself.

    Returns:
        The structure that the array has then.

    Raises:
        ValueError: type or dimensions are others, or the offset is none; nothing was sent.
        ConflictError: the server says that it does not fit.
    """
    found = await _computed(array)
    if len(offset) > len(structure.shape) or found.ndim != len(structure.shape):
        raise ValueError(
            f"the array has {len(structure.shape)} dimensions, the data {found.ndim} and the offset {len(offset)}; "
            "give the data as many, as data[None]"
        )
    if any(number < 0 for number in offset):
        raise ValueError("an offset counts from the front")
    if extend and not persist:
        raise ValueError("what is not kept cannot grow: leave out extend, or persist=False")
    params = [("offset", _text(offset)), ("shape", _text(found.shape))]
    if extend:
        params.append(("extend", "true"))
    view = await in_thread(found.nbytes, _view, found, structure)
    try:
        answer = await wire.patch(
            f"array/full/{node}", params=[*params, *_kept(persist=persist)], body=view, content_type=OCTETS
        )
    except TransportError as error:
        if not isinstance(error, ConnectError):
            error.add_note(
                "it is not known whether the data were written; the same call with this offset may be repeated"
            )
        raise
    return cast("ArrayStructure", read_structure("array", answer))


async def _computed(array: object) -> Array:
    """Values of a lazy array, computed in a thread."""
    if is_lazy(array):
        array = await asyncio.to_thread(cast("Any", array).compute)
    return await plain_in_thread(array)


async def _put(
    wire: Wire, path: str, array: Array, structure: ArrayStructure, params: Sequence[tuple[str, str]]
) -> None:
    if array.size:
        view = await in_thread(array.nbytes, _view, array, structure)
        await wire.put(path, params=params, body=view, content_type=OCTETS)


def _view(array: Array, structure: ArrayStructure) -> memoryview:
    """Bytes of an array as the structure has them; copied only where order or type differ."""
    numpy = load("numpy")
    array = converted(array, structure.data_type.to_numpy_dtype())
    return bytes_of(numpy.ascontiguousarray(array)).toreadonly()


def _check_shape(given: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    if tuple(given) != tuple(wanted):
        raise ValueError(f"the data have the shape {tuple(given)}, and {tuple(wanted)} is due")


def _kept(*, persist: bool) -> list[tuple[str, str]]:
    return [] if persist else [("persist", "false")]


def _text(numbers: Sequence[int]) -> str:
    return ",".join(str(int(number)) for number in numbers)
