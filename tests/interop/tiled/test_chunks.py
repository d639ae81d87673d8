"""Arrays come back as they were, however they were cut."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import dask.array as da
import numpy as np
import pytest

from specbind.tiled import aio
from specbind.tiled.data_sources import DataSource
from specbind.tiled.structures import ArrayStructure

if TYPE_CHECKING:
    from specbind.tiled.structures import Chunks

pytestmark = pytest.mark.witness

CUTS: list[Chunks] = [
    ((5, 4, 4),),
    ((3, 5, 5, 5),),
    ((2, 4), (3, 3)),
    ((0, 5, 3),),
    ((5, 0, 3),),
    ((5, 2, 2, 2, 2, 2, 2),),
]


def some_cuts(count: int) -> list[Chunks]:
    chance = random.Random(20)  # noqa: S311 - the same cuts each time
    return [
        tuple(
            tuple(chance.randint(chance.random() < 0.9, 6) for _ in range(chance.randint(1, 4)))
            for _ in range(chance.randint(1, 3))
        )
        for _ in range(count)
    ]


def values_of(chunks: Chunks) -> np.ndarray:
    shape = tuple(sum(row) for row in chunks)
    return np.arange(1, np.prod(shape, dtype=int) + 1).reshape(shape)


async def read(node: object) -> np.ndarray:
    assert isinstance(node, aio.ArrayClient)
    return await node.read()


@pytest.mark.parametrize("chunks", [*CUTS, *some_cuts(10)], ids=str)
async def test_lazy_arrays_of_any_chunks_come_back(place: aio.Container, chunks: Chunks):
    values = values_of(chunks)
    made = await place.write_array(da.from_array(values, chunks=chunks), key="a")
    assert (await read(made)).tolist() == values.tolist()
    assert (await read(await place.lookup("a"))).tolist() == values.tolist()


async def test_uneven_blocks_of_an_array_that_is_there_are_all_kept(place: aio.Container):
    values = np.arange(1, 34)
    structure = ArrayStructure.from_array(values, chunks=((9, 3, 3, 3, 3, 3, 3, 3, 3),))
    made = await place.new("array", [DataSource(structure_family="array", structure=structure)], key="a")
    assert isinstance(made, aio.ArrayClient)
    await made.write(values)
    assert (await made.read()).tolist() == values.tolist()
    target = await place.create_container("target")
    await aio.copy({"a": made}, target)
    copied = await target.lookup("a")
    assert isinstance(copied, aio.ArrayClient)
    assert copied.chunks == ((9, 9, 9, 6),)
    assert (await copied.read()).tolist() == values.tolist()
