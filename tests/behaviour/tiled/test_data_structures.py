"""Structures are read typed, unknown members are ignored, and numbers that cannot be are refused."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from specbind.bindings._runtime import DecodeError
from specbind.tiled._libraries import MissingLibraryError, load
from specbind.tiled.structures import (
    ArrayStructure,
    AwkwardStructure,
    BuiltinDtype,
    BytesStructure,
    ContainerStructure,
    COOStructure,
    RaggedStructure,
    TableStructure,
    read_structure,
    structure_json,
)

F8 = {"endianness": "little", "kind": "f", "itemsize": 8, "dt_units": None}


def array(**changes: object) -> dict[str, object]:
    return {"data_type": F8, "chunks": [[2, 1], [4]], "shape": [3, 4], "dims": None, "resizable": False, **changes}


@pytest.mark.parametrize(
    "dtype",
    [
        *("?", "<i4", ">i2", "u1", "<f8", ">f4", "<c16", "S7", "<U5", "V3", "<M8[ns]", "<M8[25us]", "<m8[D]"),
        [("a", "<i4"), ("b", ">f8", (2, 3)), ("c", [("x", "S2"), ("t", "<M8[s]")])],
        {"names": ["a", "b"], "formats": ["u1", "<f8"], "offsets": [0, 8], "itemsize": 24},
        np.dtype([("a", "u1"), ("b", "<f8")], align=True),
    ],
)
def test_every_dtype_goes_there_and_back(dtype: object):
    wanted = np.dtype(dtype)
    structure = ArrayStructure.from_array(np.zeros(2, wanted))
    read = read_structure("array", structure_json(structure))
    assert isinstance(read, ArrayStructure)
    assert read == structure
    assert read.data_type.to_numpy_dtype() == wanted


@pytest.mark.parametrize("dtype", ["i2", "u8", "f4", "c16", "?", "M8[ns]", "m8[s]", "<U5", "S3", ">i4", ">M8[D]", "V7"])
def test_a_dtype_shows_itself_as_numpy_prints_it(dtype: str):
    wanted = np.dtype(dtype)
    shown = str(BuiltinDtype.from_numpy_dtype(wanted))
    assert np.dtype(shown) == wanted
    assert shown == str(wanted) or wanted.kind in "USV"


def test_a_dtype_that_numpy_does_not_have_is_an_error_when_it_is_used():
    structure = read_structure("array", array(data_type={**F8, "itemsize": 5}))
    assert isinstance(structure, ArrayStructure)
    with pytest.raises(DecodeError, match="<f5"):
        structure.data_type.to_numpy_dtype()


def test_objects_and_fields_over_each_other_have_no_description():
    with pytest.raises(ValueError, match="lies over"):
        ArrayStructure.from_array(
            np.zeros(1, {"names": ["a", "b"], "formats": ["<i4", "<i4"], "offsets": [0, 2], "itemsize": 8})
        )


def test_the_array_of_a_newer_server_is_read():
    structure = read_structure("array", array(dims=["x", "y"], future={"a": 1}))
    assert isinstance(structure, ArrayStructure)
    assert structure.shape == (3, 4)
    assert structure.chunks == ((2, 1), (4,))
    assert structure.dims == ("x", "y")
    assert structure.nbytes == 96


@pytest.mark.parametrize(
    "changes",
    [
        {"shape": [3, -4]},
        {"shape": [3, True]},
        {"shape": [3, 4.0]},
        {"shape": "34"},
        {"chunks": [[2, 1]]},
        {"chunks": [[2, 2], [4]]},
        {"chunks": [[4, -1], [4]]},
        {"chunks": [[3], ["4"]]},
        {"shape": [2**62, 4], "chunks": [[2**62], [4]]},
        {"shape": [2**64], "chunks": [[2**64]]},
        {"shape": [1] * 65, "chunks": [[1]] * 65},
        {"dims": ["x"]},
        {"dims": [1, 2]},
        {"data_type": None},
        {"data_type": {**F8, "kind": "q"}},
        {"data_type": {**F8, "endianness": "middle"}},
        {"data_type": {**F8, "itemsize": -8}},
        {"data_type": {**F8, "itemsize": 2**40}},
        {"data_type": {**F8, "kind": "M", "dt_units": "[ns]; import os"}},
        {"data_type": {**F8, "kind": "U", "itemsize": 3}},
        {"data_type": {"itemsize": 8, "fields": [{"name": "a", "dtype": {**F8, "itemsize": 9}, "shape": None}]}},
        {"data_type": {"itemsize": 16, "fields": [{"name": "a", "dtype": F8}, {"name": "a", "dtype": F8}]}},
        {"data_type": {"itemsize": 8, "fields": [{"name": "a", "dtype": F8, "shape": [2**31, 2**31]}]}},
        {"data_type": {"itemsize": 8, "fields": "abc"}},
    ],
)
def test_an_array_that_cannot_be_is_refused(changes: dict[str, object]):
    with pytest.raises(DecodeError) as caught:
        read_structure("array", array(**changes))
    assert caught.value.path


def test_types_in_types_have_a_limit():
    inner: dict[str, object] = F8
    for _ in range(40):
        inner = {"itemsize": 8, "fields": [{"name": "a", "dtype": inner, "shape": None}]}
    with pytest.raises(DecodeError, match="deep"):
        read_structure("array", array(data_type=inner))


def test_other_families():
    sparse = read_structure("sparse", {"layout": "COO", "shape": [4], "chunks": [[4]], "data_type": None})
    assert isinstance(sparse, COOStructure)
    assert sparse.data_type is None
    assert sparse.coord_data_type.to_numpy_dtype() == np.dtype("<u8")
    awkward = read_structure("awkward", {"length": 3, "form": {"class": "NumpyArray"}})
    assert awkward == AwkwardStructure(3, {"class": "NumpyArray"})
    ragged = read_structure(
        "ragged", {"data_type": F8, "shape": [4, None], "size": 9, "chunks": [[4], None], "dims": None}
    )
    assert isinstance(ragged, RaggedStructure)
    assert ragged.shape == (4, None)
    assert read_structure("container", {"contents": {"a": None}, "count": 1}) == ContainerStructure(1, {"a": None})
    assert read_structure("bytes", {}) == BytesStructure()


@pytest.mark.parametrize(
    ("family", "raw"),
    [
        ("sparse", {"layout": "CSR", "shape": [4], "chunks": [[4]]}),
        ("table", {"arrow_schema": "http://elsewhere/", "npartitions": 1, "columns": []}),
        ("table", {"arrow_schema": "data:application/vnd.apache.arrow.file;base64,", "npartitions": -1, "columns": []}),
        ("awkward", {"length": 3, "form": []}),
        ("container", {"contents": {"a": 3}}),
        ("hypercube", {}),
        ("array", []),
    ],
)
def test_other_families_that_cannot_be_are_refused(family: str, raw: object):
    with pytest.raises(DecodeError):
        read_structure(family, raw)


def test_a_table_tells_its_schema_with_the_index():
    frame = pd.DataFrame({"a": [1], "b": ["x"]}, index=pd.Index([5], name="when"))
    structure = TableStructure.from_schema(pa.Table.from_pandas(frame).schema, 3)
    read = read_structure("table", structure_json(structure))
    assert read == structure
    assert structure.columns == ("a", "b")
    assert structure.npartitions == 3
    assert structure.meta.index.name == "when"
    assert structure.arrow_schema_decoded.names == ["a", "b", "when"]


def test_a_schema_that_is_none_is_an_error_when_it_is_used():
    raw = {"arrow_schema": "data:application/vnd.apache.arrow.file;base64,AAAA", "npartitions": 1, "columns": ["a"]}
    structure = read_structure("table", raw)
    assert isinstance(structure, TableStructure)
    with pytest.raises(DecodeError, match="schema"):
        _ = structure.arrow_schema_decoded


def test_names_that_the_server_refuses_are_refused_before():
    with pytest.raises(ValueError, match="_hidden"):
        TableStructure.from_schema(pa.schema([("_hidden", pa.int8())]))


def test_numbers_and_tables_are_loaded_only_when_they_are_used():
    program = (
        "import sys, specbind.tiled.structures, specbind.tiled.queries\n"
        "import specbind.tiled._data.arrays, specbind.tiled._data.tables, specbind.tiled._data.lazy\n"
        "import specbind.tiled._data.nested, specbind.tiled._data.sparse, specbind.tiled._data.datasets\n"
        "heavy = {'numpy', 'pandas', 'pyarrow', 'dask', 'xarray', 'awkward', 'sparse'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_missing_library_is_named_with_the_extra(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "awkward", None)
    with pytest.raises(MissingLibraryError, match=r"specbind\[tiled\]") as caught:
        load("awkward")
    assert caught.value.name == "awkward"
