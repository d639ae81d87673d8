"""Arrays with rows of different lengths, written in blocks and appended to."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, cast

from specbind.bindings._runtime import ConnectError, TransportError
from specbind.tiled._libraries import load
from specbind.tiled.exceptions import ConflictError, ServerError
from specbind.tiled.structures import RaggedStructure, read_structure

from .nested import ZIP, put_ragged, ragged_file, ragged_structure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from specbind.tiled._wire import Wire

__all__ = [
    "BLOCK",
    "PlannedRagged",
    "append",
    "planned",
    "slice_text",
    "write_block",
    "write_blocks",
    "write_missing",
    "write_missing_block",
]

BLOCK = 100_000_000
"""Bytes that a block has at most, unless the caller says otherwise."""
_MISSING = 500  # what servers answer to a read of a block that was never written


class PlannedRagged:
    """An array that is to be written, and how it is cut."""

    def __init__(self, array: object, dims: Sequence[str] | None, most: int) -> None:
        packed = load("awkward").to_packed(load("awkward").Array(array))
        structure = ragged_structure(packed, dims)
        rows = tuple(_rows(packed, most))
        self.array = packed
        self.structure = replace(structure, chunks=(rows, *structure.chunks[1:]))
        # a body of one piece is encoded before the node is made
        self.body = ragged_file(packed) if len(rows) == 1 else None


async def planned(array: object, dims: Sequence[str] | None, most: int | None) -> PlannedRagged:
    """Cut an array into blocks of whole rows.

    Args:
        array: lists in lists of numbers, or an `awkward.Array`.
        dims: names of the dimensions.
        most: bytes of a block, 1 or more; None for 100 MB.

    Raises:
        ValueError: it is no array of numbers, the names do not fit, or a single row is larger than a block.
    """
    if most is not None and (isinstance(most, bool) or not isinstance(most, int) or most < 1):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without types
        raise ValueError(f"max_partition_bytes is a whole number of bytes from 1 on, not {most!r:.80}")
    return await asyncio.to_thread(PlannedRagged, array, dims, most or BLOCK)


async def write_blocks(wire: Wire, node: str, structure: RaggedStructure, array: Any) -> None:  # noqa: ANN401 - awkward's
    """Write an array block by block, one after the other: servers keep them in one table."""
    borders = list(accumulate(structure.chunks[0] or (), initial=0))
    for number, (begin, end) in enumerate(pairwise(borders)):
        await write_block(wire, node, structure, array[begin:end], (number,))


async def write_missing(wire: Wire, node: str, structure: RaggedStructure, array: object) -> None:
    """Write an array into a node of which no block is there yet.

    Raises:
        ConflictError: a block is there; nothing was written.
        ValueError: it has another number of rows, or another type; nothing was sent.
    """
    length, body = await asyncio.to_thread(_body, structure, array)
    if length != structure.shape[0]:
        raise ValueError(f"the data have {length} rows, and the array has {structure.shape[0]}")
    blocks = len(structure.chunks[0] or ())
    for number in range(blocks):
        await _check_missing(wire, node, structure, number)
    if blocks > 1:  # a server takes what comes as a whole for the first block
        await write_blocks(wire, node, structure, load("awkward").Array(array))
    else:
        await put_ragged(wire, node, body)


async def write_missing_block(
    wire: Wire, node: str, structure: RaggedStructure, array: object, block: Sequence[int]
) -> None:
    """Write one block that is not there yet.

    Raises:
        ConflictError: it is there; nothing was written.
        IndexError: there is no such block; nothing was sent.
        ValueError: it has another number of rows, or another type; nothing was sent.
    """
    body = await _block_body(structure, array, block)
    await _check_missing(wire, node, structure, block[0])
    await _put_block(wire, node, body, block)


async def _check_missing(wire: Wire, node: str, structure: RaggedStructure, number: int) -> None:
    """Ask for one row of a block: a server answers 200 to a block that is there, and drops it without a word."""
    lengths = structure.chunks[0] or ()
    begin = sum(lengths[:number])
    if not lengths[number]:
        return  # no row to lose
    try:
        await wire.get_bytes(f"ragged/full/{node}", params=[("slice", f"{begin}:{begin + 1}")], accept=ZIP)
    except ServerError as error:
        if error.status != _MISSING:
            raise
        return
    raise ConflictError(
        f"ragged/full/{node}: block {number} is there, and a server keeps each block of a ragged array once; "
        "nothing was written: delete the node and write it anew, or append rows with patch",
        status=409,
    )


async def write_block(
    wire: Wire, node: str, structure: RaggedStructure, array: object, block: Sequence[int], *, persist: bool = True
) -> None:
    """Write one block. A server takes each once, and drops it when it comes again: this is for new nodes.

    Raises:
        IndexError: there is no such block; nothing was sent.
        ValueError: it has another number of rows, or another type; nothing was sent.
    """
    await _put_block(wire, node, await _block_body(structure, array, block), block, persist=persist)


async def _block_body(structure: RaggedStructure, array: object, block: Sequence[int]) -> bytes:
    lengths = structure.chunks[0] or ()
    if not block or not 0 <= block[0] < len(lengths) or any(block[1:]):
        raise IndexError(f"block {tuple(block)} lies outside of the array, which has {len(lengths)}")
    length, body = await asyncio.to_thread(_body, structure, array)
    if length != lengths[block[0]]:
        raise ValueError(f"the data have {length} rows, and block {block[0]} has {lengths[block[0]]}")
    return body


async def _put_block(wire: Wire, node: str, body: bytes, block: Sequence[int], *, persist: bool = True) -> None:
    params = [("block", ",".join(str(number) for number in block)), *([] if persist else [("persist", "false")])]
    await wire.put(f"ragged/block/{node}", params=params, body=memoryview(body), content_type=ZIP)


async def append(
    wire: Wire, node: str, structure: RaggedStructure, array: object, offset: Sequence[int]
) -> RaggedStructure:
    """Append rows. Sent once, never again by itself.

    Returns:
        The structure that the array has then.

    Raises:
        ValueError: the offset is not the end, or the type is another one; nothing was sent.
        TransportError: no answer came; unless it is a ConnectError, the rows may have been appended.
    """
    if not offset or offset[0] != structure.shape[0] or any(offset[1:]):
        raise ValueError(f"rows go to the end of a ragged array, which is at offset {structure.shape[0]}")
    length, body = await asyncio.to_thread(_body, structure, array)
    params = [("shape", str(length)), ("offset", ",".join(str(number) for number in offset)), ("extend", "true")]
    try:
        answer = await wire.patch(f"ragged/full/{node}", params=params, body=memoryview(body), content_type=ZIP)
    except TransportError as error:
        if not isinstance(error, ConnectError):
            error.add_note("it is not known whether the rows were appended; look before you append them again")
        raise
    return cast("RaggedStructure", read_structure("ragged", answer))


def slice_text(index: object) -> str:
    """An index as servers read it, for instance `0:3,1`.

    Raises:
        TypeError: there is something else than integers, slices of integers and `...` in it.
    """
    items = cast("tuple[object, ...]", index) if isinstance(index, tuple) else (index,)
    return ",".join(_item_text(item) for item in items)


def _item_text(item: object) -> str:
    if item is ...:
        return "..."
    if isinstance(item, slice):
        parts = cast("slice[object, object, object]", item)
        begin, end, step = (_number_text(part) for part in (parts.start, parts.stop, parts.step))
        return f"{begin}:{end}:{step}" if step else f"{begin}:{end}"
    if item is None:
        raise TypeError("a ragged array is exported with integers, slices and '...', not with None")
    return _number_text(item)


def _number_text(part: object) -> str:
    if part is None:
        return ""
    if isinstance(part, bool) or not hasattr(part, "__index__"):
        raise TypeError(f"a ragged array is exported with integers, slices and '...', not with {part!r:.80}")
    return str(cast("Any", part).__index__())


def _body(structure: RaggedStructure, array: object) -> tuple[int, bytes]:
    found = load("awkward").to_packed(load("awkward").Array(array))
    given = ragged_structure(found, None)
    if given.data_type != structure.data_type and given.size:
        wanted, own = structure.data_type.to_numpy_dtype(), given.data_type.to_numpy_dtype()
        raise ValueError(f"the array holds {wanted}, the data {own}; convert them first with awkward.values_astype")
    return len(found), ragged_file(found)


def _rows(packed: Any, most: int) -> list[int]:  # noqa: ANN401 - awkward's
    """Rows of each block: halves of halves until they are small enough."""
    found: list[int] = []
    parts = [(0, len(packed))]
    to_packed = load("awkward").to_packed
    while parts:
        begin, end = parts.pop()
        if to_packed(packed[begin:end]).nbytes <= most:
            found.append(end - begin)
        elif end - begin == 1:
            raise ValueError(f"row {begin} alone is larger than max_partition_bytes={most}")
        else:
            middle = (begin + end) // 2
            parts += [(middle, end), (begin, middle)]
    return found
