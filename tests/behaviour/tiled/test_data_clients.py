"""Clients of data: cheap to make and to show, and honest about what they cannot do."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from tests.support.tiled_nodes import MemoryWire, Nodes

from specbind.tiled import aio
from specbind.tiled.exceptions import BadRequestError
from specbind.tiled.structures import ArrayStructure, TableStructure, structure_json

NUMBERS = np.arange(60).reshape(3, 4, 5)
CHUNKS = ((2, 1), (4,), (5,))
FRAME = pd.DataFrame({"a": [1, 2], "s": ["x", "y"]})


def item(family: str, structure: Any) -> dict[str, Any]:
    attributes = {"ancestors": [], "structure_family": family, "structure": structure_json(structure), "metadata": {}}
    return {"id": "n", "attributes": attributes, "links": {}}


def context(wire: MemoryWire) -> Any:
    return SimpleNamespace(_connection=wire)


def array_client(kind: type[Any] = aio.ArrayClient, **structure: Any) -> tuple[Any, MemoryWire]:
    wire = MemoryWire(Nodes({"n": (NUMBERS, CHUNKS)}))
    return kind(context(wire), item=item("array", ArrayStructure.from_array(NUMBERS, chunks=CHUNKS, **structure))), wire


def table_client(kind: type[Any] = aio.DataFrameClient) -> tuple[Any, MemoryWire]:
    table = pa.Table.from_pandas(FRAME)
    wire = MemoryWire(Nodes(tables={"n": [table]}))
    return kind(context(wire), item=item("table", TableStructure.from_schema(table.schema))), wire


def test_a_client_shows_itself_without_a_request():
    array, wire = array_client(dims=["x", "y", "z"])
    assert repr(array) == ("<ArrayClient shape=(3, 4, 5) chunks=((2, 1), (4,), (5,)) dtype=int64 dims=('x', 'y', 'z')>")
    assert "3 x 4 x 5" in array._repr_html_()
    table, _ = table_client()
    assert repr(table) == "<DataFrameClient {'a', 's'}>"
    assert wire.nodes.calls == []


def test_a_hostile_name_is_no_markup():
    array, _ = array_client(dims=["<b>", "y", "z"])
    array.item["id"] = "<script>"
    assert "<script>" not in array._repr_html_()
    assert "<b>" not in array._repr_html_()


def test_many_chunks_are_shown_in_short():
    structure = ArrayStructure.from_array(np.zeros(1), shape=(1050,), chunks=((100,) * 10 + (50,),))
    client = aio.ArrayClient(context(MemoryWire(Nodes())), item=item("array", structure))
    assert "chunks=((10 x 100, 50),)" in repr(client)


async def test_what_numpy_users_expect():
    array, _ = array_client()
    assert (array.shape, array.ndim, array.size, array.nbytes, len(array)) == ((3, 4, 5), 3, 60, 480, 3)
    assert array.dtype == np.dtype("<i8")
    np.testing.assert_array_equal(await array[1, ::-1], NUMBERS[1, ::-1])
    np.testing.assert_array_equal(await array.read(), NUMBERS)
    scalar = ArrayStructure.from_array(np.array(1.0))
    with pytest.raises(TypeError, match="no length"):
        len(aio.ArrayClient(context(MemoryWire(Nodes())), item=item("array", scalar)))


def test_numpy_takes_a_client_for_an_array():
    array, _ = array_client()
    np.testing.assert_array_equal(np.asarray(array), NUMBERS)
    assert np.asarray(array, dtype="f4").dtype == np.dtype("f4")
    with pytest.raises(ValueError, match="copied"):
        np.asarray(array, copy=False)


def test_lazy_clients_read_nothing_before_it_is_computed():
    array, wire = array_client(aio.DaskArrayClient)
    lazy = array[1:, ::-1]
    assert lazy.shape == (2, 4, 5)
    assert array.read_block((1, 0, 0), np.s_[0]).shape == (4, 5)
    assert wire.nodes.calls == []
    table, wire = table_client(aio.DaskDataFrameClient)
    assert list(table.read(["s"]).columns) == ["s"]
    assert wire.nodes.calls == []


def test_a_lazy_block_is_that_block():
    array, _ = array_client(aio.DaskArrayClient)
    found = array.read_block((1, 0, 0), np.s_[0, ::-1]).compute(scheduler="synchronous")
    np.testing.assert_array_equal(found, NUMBERS[2:][0, ::-1])


async def test_columns_are_known_without_a_request():
    table, wire = table_client()
    assert list(table) == table.columns == ["a", "s"]
    assert "a" in table
    assert "b" not in table
    assert table._ipython_key_completions_() == ["a", "s"]
    with pytest.raises(KeyError):
        await table.read(["b"])
    assert wire.nodes.calls == []
    pd.testing.assert_frame_equal(await table.read(), FRAME)


async def test_the_older_order_of_arguments_of_a_partition_is_understood():
    table, wire = table_client()
    await table.write_partition(FRAME, 0)
    await table.write_partition(0, FRAME)
    assert wire.nodes.calls == ["PUT table/partition/n?partition=0"] * 2
    with pytest.raises(TypeError, match="number"):
        await table.write_partition("0", FRAME)


@pytest.mark.parametrize(
    ("given", "message"),
    [({"slice": np.s_[::-1]}, "forwards"), ({"link": "other"}, "full or block"), ({}, "which format")],
)
async def test_an_export_that_cannot_be_is_refused_before_anything_is_sent(given: dict[str, Any], message: str):
    array, wire = array_client()
    with pytest.raises(ValueError, match=message):
        await array.export("numbers", **given)
    assert wire.nodes.calls == []


async def test_a_patch_that_the_server_finds_wrong_is_a_value_error():
    class Refusing(MemoryWire):
        async def patch(self, path: str, *, params: Any = (), body: Any, content_type: str) -> object:
            del path, params, body, content_type
            raise BadRequestError("no", status=400, content=b'{"detail": "cannot be"}')

    structure = ArrayStructure.from_array(NUMBERS, chunks=CHUNKS)
    array = aio.ArrayClient(context(Refusing(Nodes())), item=item("array", structure))
    with pytest.raises(ValueError, match="cannot be"):
        await array.patch(NUMBERS[:1], 0)


def test_making_clients_loads_no_library_of_numbers():
    program = (
        "import sys\n"
        "from types import SimpleNamespace\n"
        "from specbind.tiled import aio\n"
        "f8 = {'endianness': 'little', 'kind': 'f', 'itemsize': 8}\n"
        "structure = {'data_type': f8, 'shape': [4], 'chunks': [[4]]}\n"
        "attributes = {'ancestors': [], 'structure_family': 'array', 'structure': structure}\n"
        "for kind in (aio.ArrayClient, aio.DaskArrayClient, aio.SparseClient):\n"
        "    repr(kind(SimpleNamespace(_connection=None), item={'id': 'n', 'attributes': attributes}))\n"
        "heavy = {'numpy', 'pandas', 'pyarrow', 'dask', 'xarray', 'awkward', 'sparse'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
