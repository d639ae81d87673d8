"""Arrays: written whole, by block, or grown."""

from __future__ import annotations

import asyncio
from functools import partial
from itertools import accumulate, product
from typing import TYPE_CHECKING, Any, cast

from specbind.bindings._runtime import ConnectError, TransportError
from specbind.tiled._libraries import load
from specbind.tiled.structures import ArrayStructure, read_structure

from .arrays import OCTETS, block_shape, bytes_of
from .jobs import side_by_side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from specbind.tiled._libraries import Array
    from specbind.tiled._wire import Wire
    from specbind.tiled.structures import Chunks

__all__ = ["chunks_for", "patch_array", "plain_array", "write_array", "write_block"]

_CHUNK = 100_000_000
_WRITES = 4
"""Blocks under way at once: each may need a copy."""


def chunks_for(shape: Sequence[int], itemsize: int, most: int = _CHUNK) -> Chunks:
    """Chunks of at most `most` bytes, as runs of rows where possible. One element is never cut."""
    sides = list(shape)
    for axis in range(len(sides)):
        rest = max(1, itemsize)
        for side in sides[axis + 1 :]:
            rest *= max(1, side)
        sides[axis] = max(1, min(sides[axis], most // rest)) if sides[axis] else 0
        if sides[axis] > 1:
            break
    return tuple(_row(side, step) for side, step in zip(shape, sides, strict=True))


def _row(side: int, step: int) -> tuple[int, ...]:
    if not side:
        return (0,)
    full, rest = divmod(side, step)
    return (step,) * full + ((rest,) if rest else ())


def plain_array(array: object) -> Array:
    """Give numpy's array of something like one; gaps between fields are closed.

    Raises:
        ValueError: it holds Python objects.
    """
    numpy = load("numpy")
    found: Array = numpy.asarray(array)
    if found.dtype.hasobject:
        raise ValueError(
            "an array of Python objects has no form on the wire; convert it first, as array.astype('U') for texts"
        )
    if found.dtype.fields:
        packed = load("numpy.lib.recfunctions").repack_fields(found.dtype, recurse=True)
        if packed != found.dtype:
            return found.astype(packed)
    return found


async def write_array(wire: Wire, node: str, structure: ArrayStructure, array: object, *, persist: bool = True) -> None:
    """Write a whole array: in one request, or one for each block, a few at once.

    Args:
        wire: the connection.
        node: path of the array, quoted.
        structure: its structure.
        array: numpy's, dask's, or anything like it; a lazy one is computed block by block.
        persist: False only tells those who listen, and keeps nothing.

    Raises:
        ValueError: shape or type are others than those of the structure; nothing was sent.
    """
    _check_shape(tuple(getattr(array, "shape", ()) or load("numpy").shape(array)), structure.shape)
    if all(len(row) <= 1 for row in structure.chunks):
        await _put(wire, f"array/full/{node}", await _computed(array), structure, _kept(persist=persist))
        return
    starts = [[0, *accumulate(row)] for row in structure.chunks]
    lazy = array if hasattr(array, "dask") else plain_array(array)

    async def send(block: tuple[int, ...]) -> None:
        place = tuple(slice(ends[number], ends[number + 1]) for number, ends in zip(block, starts, strict=True))
        part = await _computed(cast("Any", lazy)[place])
        params = [("block", ",".join(str(number) for number in block)), *_kept(persist=persist)]
        await _put(wire, f"array/block/{node}", part, structure, params)

    blocks = product(*(range(len(row)) for row in structure.chunks))
    await side_by_side((partial(send, block) for block in blocks), min(_WRITES, wire.connections))


async def write_block(
    wire: Wire, node: str, structure: ArrayStructure, array: object, block: Sequence[int], *, persist: bool = True
) -> None:
    """Write one block.

    Raises:
        IndexError: there is no such block; nothing was sent.
        ValueError: shape or type are others than those of the block; nothing was sent.
    """
    shape = block_shape(structure.chunks, block)
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
        ValueError: the type is another one, or it does not fit and must not grow; nothing was sent.
        ConflictError: the server says that it does not fit.
    """
    found = await _computed(array)
    if len(offset) > len(structure.shape) or found.ndim > len(structure.shape):
        raise ValueError(f"the array has {len(structure.shape)} dimensions; offset or data have more")
    if any(number < 0 for number in offset):
        raise ValueError("an offset counts from the front")
    if extend and not persist:
        raise ValueError("what is not kept cannot grow: leave out extend, or persist=False")
    params = [("offset", _text(offset)), ("shape", _text(found.shape))]
    if extend:
        params.append(("extend", "true"))
    view = _view(found, structure)
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
    if hasattr(array, "dask"):
        return plain_array(await asyncio.to_thread(cast("Any", array).compute))
    return plain_array(array)


async def _put(
    wire: Wire, path: str, array: Array, structure: ArrayStructure, params: Sequence[tuple[str, str]]
) -> None:
    if array.size:
        await wire.put(path, params=params, body=_view(array, structure), content_type=OCTETS)


def _view(array: Array, structure: ArrayStructure) -> memoryview:
    """Bytes of an array as the structure has them; copied only where order or type differ."""
    numpy = load("numpy")
    dtype = structure.data_type.to_numpy_dtype()
    if array.dtype != dtype:
        if not numpy.can_cast(array.dtype, dtype, casting="safe"):
            raise ValueError(f"the array holds {dtype}, the data {array.dtype}; convert them first with astype")
        array = array.astype(dtype)
    return bytes_of(numpy.ascontiguousarray(array)).toreadonly()


def _check_shape(given: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    if tuple(given) != tuple(wanted):
        raise ValueError(f"the data have the shape {tuple(given)}, and {tuple(wanted)} is due")


def _kept(*, persist: bool) -> list[tuple[str, str]]:
    return [] if persist else [("persist", "false")]


def _text(numbers: Sequence[int]) -> str:
    return ",".join(str(int(number)) for number in numbers)
