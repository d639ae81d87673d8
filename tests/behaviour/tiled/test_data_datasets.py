"""Datasets: small columns over one dimension come together, and nothing else does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import xarray as xr
from tests.support.tiled_nodes import ARROW, MemoryWire, Nodes, arrow_file

from specbind.bindings._runtime import ServerError
from specbind.tiled._data.datasets import Variable, chosen, read_dataset, wide_groups
from specbind.tiled.structures import ArrayStructure

DATASET = xr.Dataset(
    {
        "t": ("time", np.linspace(0, 1, 20), {"unit": "K"}),
        "p": ("time", np.arange(20, dtype="i4")),
        "s": ("time", np.array([f"n{i}" for i in range(20)])),
        "z": ("time", np.arange(20) * 1j),
        "when": ("time", np.arange(20).astype("M8[s]")),
        "image": (("time", "x", "y"), np.arange(400.0).reshape(20, 4, 5)),
        "other": ("x", np.arange(4)),
        "single": ((), np.array(3.0)),
    },
    coords={"time": np.arange(20) * 2},
    attrs={"a": 1},
)
TABLE = ["t", "p", "s", "when", "time"]


def variables() -> list[Variable]:
    found = []
    for name, array in DATASET.variables.items():
        structure = ArrayStructure.from_array(array.values, dims=[str(dim) for dim in array.dims])
        found.append(Variable(str(name), f"ds/{name}", structure, name in DATASET.coords, array.attrs))
    return found


class DatasetWire(MemoryWire):
    """Gives arrays, and columns as a table."""

    fails = False
    rows = 20
    other = False

    async def get_bytes(
        self, path: str, *, params: Any = (), accept: str, into: Any = None, filling: Any = None
    ) -> tuple[Any, str]:
        del filling
        if not path.startswith("container/full/"):
            return await super().get_bytes(path, params=params, accept=accept, into=into)
        names = [value for name, value in params if name == "field"]
        self.nodes.calls.append(f"table {names}")
        if self.fails:
            raise ServerError("internal server error", status=500)
        frame = DATASET[names].to_dataframe().head(self.rows)
        if self.other:
            frame = frame.astype({"p": "float64"}) * 1e12 if "p" in names and frame.dtypes["p"].kind == "f" else frame
            frame = frame.assign(s="longer", p=1e12, t="text")
        return arrow_file(pa.Table.from_pandas(frame)), ARROW


def wire() -> DatasetWire:
    arrays = {f"ds/{name}": np.asarray(array.values) for name, array in DATASET.variables.items()}
    return DatasetWire(Nodes({name: (array, tuple((side,) for side in array.shape)) for name, array in arrays.items()}))


async def test_a_dataset_is_the_one_that_was_written():
    there = wire()
    found = await read_dataset(there, "ds", variables(), DATASET.attrs)
    xr.testing.assert_identical(found, DATASET)
    assert {str(name): var.dtype for name, var in found.variables.items()} == {
        str(name): var.dtype for name, var in DATASET.variables.items()
    }
    assert [call for call in there.nodes.calls if call.startswith("table")] == [f"table {TABLE}"]
    assert len(there.nodes.calls) == 5


async def test_without_the_table_each_variable_is_a_request():
    there = wire()
    found = await read_dataset(there, "ds", variables(), DATASET.attrs, optimize_wide_table=False)
    xr.testing.assert_identical(found, DATASET)
    assert len(there.nodes.calls) == 9


@pytest.mark.parametrize("how", ["fails", "short"])
async def test_where_the_server_gives_no_such_table_the_arrays_are_read(how: str):
    there = wire()
    there.fails = how == "fails"
    there.rows = 7 if how == "short" else 20
    found = await read_dataset(there, "ds", variables(), DATASET.attrs)
    xr.testing.assert_identical(found, DATASET)


async def test_columns_of_another_type_are_not_cast():
    there = wire()
    there.other = True
    found = await read_dataset(there, "ds", variables(), DATASET.attrs)
    xr.testing.assert_identical(found, DATASET)


def test_what_comes_together():
    assert [[one.name for one in group] for group in wide_groups(variables())] == [TABLE]
    few = [one for one in variables() if one.name in {"t", "other", "image"}]
    assert wide_groups(few) == []


def test_long_columns_do_not_come_together():
    long = ArrayStructure.from_array(np.zeros(1), shape=(1_000_000,), dims=["time"])
    assert wide_groups([Variable("a", "a", long, coordinate=False), Variable("b", "b", long, coordinate=False)]) == []


def test_a_name_that_is_not_there_is_a_key_error():
    assert [one.name for one in chosen(variables(), ["p", "t"])] == ["t", "p"]
    with pytest.raises(KeyError, match="nope"):
        chosen(variables(), ["nope"])


async def test_a_variable_needs_names_of_dimensions():
    bare = Variable("t", "ds/t", ArrayStructure.from_array(np.zeros(20)), coordinate=False)
    with pytest.raises(ValueError, match="names of dimensions"):
        await read_dataset(wire(), "ds", [bare], {})
