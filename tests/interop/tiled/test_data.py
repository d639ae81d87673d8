"""Data of every kind, written to and read from a real server."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import awkward as ak
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import xarray as xr
from tests.support.tiled_server import KEY

from specbind.tiled import ConflictError, NotAcceptableError, aio
from specbind.tiled.data_sources import DataSource
from specbind.tiled.structures import ArrayStructure, COOStructure

if TYPE_CHECKING:
    from pathlib import Path

NUMBERS = np.arange(60).reshape(3, 4, 5)
FRAME = pd.DataFrame({"a": [1, 2, 3, 4], "x": [0.5, 1.5, np.nan, 3.5], "s": ["p", "q", "r", None]})


@pytest.mark.parametrize(
    "array",
    [
        NUMBERS,
        NUMBERS.astype(">f4"),
        np.array(7.5),
        np.array(["ab", "cde"]),
        np.arange(5).astype("M8[ns]"),
        np.arange(4) * 1j,
        np.array([True, False]),
        np.zeros((0, 3)),
        np.array([(1, 2.5, b"a")], dtype=[("a", "<i4"), ("b", "<f8"), ("c", "S3")]),
    ],
)
async def test_an_array_comes_back_as_it_was(place: aio.Container, array: np.ndarray):
    made = await place.write_array(array, key="a", metadata={"n": 1})
    assert isinstance(made, aio.ArrayClient)
    again = await place.lookup("a")
    assert isinstance(again, aio.ArrayClient)
    for client in (made, again):
        found = await client.read()
        assert found.dtype == array.dtype
        np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize(
    "index", [np.s_[-1, ::-1], np.s_[::-1], np.s_[::2, ::-3, 1:], np.s_[1, 2, 3], np.s_[..., 2], np.s_[2:1]]
)
async def test_an_index_gives_what_numpy_gives(place: aio.Container, index: Any):
    made = await place.write_array(da.from_array(NUMBERS, chunks=(2, 4, 3)), key="a")
    assert isinstance(made, aio.ArrayClient)
    assert made.chunks == ((2, 1), (4,), (3, 2))
    np.testing.assert_array_equal(await made.read(index), NUMBERS[index])
    np.testing.assert_array_equal(await made[index], NUMBERS[index])


async def test_blocks(place: aio.Container):
    made = await place.write_array(da.from_array(NUMBERS, chunks=(2, 4, 3)), key="a", dims=["x", "y", "z"])
    assert isinstance(made, aio.ArrayClient)
    assert made.dims == ("x", "y", "z")
    np.testing.assert_array_equal(await made.read_block((1, 0, 1), np.s_[0, ::-1]), NUMBERS[2:, :, 3:][0, ::-1])
    await made.write_block(np.full((2, 4, 3), -1), (0, 0, 0))
    found = await made.read()
    assert (found[:2, :, :3] == -1).all()
    np.testing.assert_array_equal(found[2:], NUMBERS[2:])


async def test_an_array_grows(place: aio.Container):
    made = await place.write_array(NUMBERS, key="a")
    assert isinstance(made, aio.ArrayClient)
    await made.patch(NUMBERS[:1], (3, 0, 0), extend=True)
    assert made.shape == (4, 4, 5)
    np.testing.assert_array_equal(await made.read(), np.concatenate([NUMBERS, NUMBERS[:1]]))
    with pytest.raises(ConflictError):
        await made.patch(NUMBERS[:1], 9)


@pytest.mark.parametrize(
    "data", [FRAME, dd.from_pandas(FRAME, npartitions=2), {"a": [1, 2], "s": ["x", "y"]}], ids=type
)
async def test_a_table_comes_back_as_it_was(place: aio.Container, data: Any):
    made = await place.write_table(data, key="t")
    assert isinstance(made, aio.DataFrameClient)
    wanted = pd.DataFrame(data) if isinstance(data, dict) else FRAME
    pd.testing.assert_frame_equal(await made.read(), wanted, check_dtype=False)
    pd.testing.assert_frame_equal(await made.read(["s", "a"]), wanted[["s", "a"]], check_dtype=False)
    column = await made.lookup("a")
    assert isinstance(column, aio.ArrayClient)
    with pytest.raises(KeyError):
        await made.lookup("nope")


async def test_rows_are_appended_once(place: aio.Container):
    made = await place.create_appendable_table(pa.schema([("a", pa.int64())]), key="t")
    assert isinstance(made, aio.DataFrameClient)
    await made.append_partition(0, {"a": [1, 2]})
    await made.append_partition(0, {"a": [3]})
    assert (await made.read())["a"].tolist() == [1, 2, 3]


async def test_sparse_blocks_have_their_own_coordinates(place: aio.Container):
    structure = COOStructure((6, 8), ((3, 3), (8,)), data_type=ArrayStructure.from_array(np.zeros(1)).data_type)
    made = await place.new("sparse", [DataSource(structure_family="sparse", structure=structure)], key="s")
    assert isinstance(made, aio.SparseClient)
    await made.write_block([[0, 1], [1, 3]], [1.0, 2.0], (0, 0))
    await made.write_block([[2], [7]], [3.0], (1, 0))
    dense = np.zeros((6, 8))
    dense[[0, 1, 5], [1, 3, 7]] = [1, 2, 3]
    np.testing.assert_array_equal(await made.todense(), dense)
    np.testing.assert_array_equal((await made.read_block((1, 0))).todense(), dense[3:])
    np.testing.assert_array_equal((await made[::-1, 3:]).todense(), dense[::-1, 3:])
    assert await made[5, 7] == 3.0
    copied = await place.write_sparse([[1], [2]], [3.0], (4, 5), key="one")
    assert isinstance(copied, aio.SparseClient)
    assert (await copied.read()).todense()[1, 2] == 3.0


async def test_an_awkward_array_comes_back_as_it_was(place: aio.Container):
    array = ak.Array([{"a": [1, 2, 3], "b": {"c": 1.5}}, {"a": [], "b": {"c": 2.5}}])
    made = await place.write_awkward(array, key="w")
    assert isinstance(made, aio.AwkwardClient)
    assert (await made.read()).tolist() == array.tolist()
    assert (await made["b", "c"]).tolist() == [1.5, 2.5]


async def test_a_ragged_array_comes_back_as_it_was(place: aio.Container):
    made = await place.write_ragged([[1.0, 2.0], [], [3.0]], key="r")
    assert isinstance(made, aio.RaggedClient)
    assert made.shape == (3, None)
    assert (await made.read()).tolist() == [[1.0, 2.0], [], [3.0]]
    assert (await made[0, 1:]).tolist() == [2.0]


async def test_a_ragged_array_is_written_in_blocks_appended_to_copied_and_exported(
    place: aio.Container, tmp_path: Path
):
    rows = [[float(number)] * (number % 4) for number in range(40)]
    made = await place.write_ragged(rows, key="r", max_partition_bytes=200)
    assert isinstance(made, aio.RaggedClient)
    assert made.chunked
    assert (await made.read()).tolist() == rows
    with pytest.raises(ValueError, match="offset 40"):
        await made.patch([[1.0]], 0, extend=True)
    await made.patch([[7.0], []], 40, extend=True)
    assert made.shape == (42, None)
    again = await place.lookup("r")
    assert isinstance(again, aio.RaggedClient)
    assert again.structure() == made.structure()
    assert (await again.read()).tolist() == [*rows, [7.0], []]
    target = await place.create_container("target")
    await aio.copy({"r": again}, target)
    copied = await target.lookup("r")
    assert isinstance(copied, aio.RaggedClient)
    assert (await copied.read()).tolist() == [*rows, [7.0], []]
    assert copied.chunks == again.chunks
    await again.export(tmp_path / "r.json", slice=slice(1, 4))
    assert json.loads((tmp_path / "r.json").read_text()) == rows[1:4]


async def test_a_ragged_block_that_is_there_is_not_written_again(place: aio.Container):
    rows = [[1, 2], [3], [4, 5, 6], [7]]
    for key, most in (("one", None), ("blocks", 40)):
        made = await place.write_ragged(rows, key=key, max_partition_bytes=most)
        assert isinstance(made, aio.RaggedClient)
        assert made.chunks[0]
        with pytest.raises(ConflictError, match="patch"):
            await made.write([[0, 0], [0], [0, 0, 0], [0]])
        with pytest.raises(ConflictError, match="patch"):
            await made.write_block(rows[: made.chunks[0][0]], 0)
        assert (await made.read()).tolist() == rows
        source = DataSource(structure_family="ragged", structure=made.structure(), mimetype="application/x-ragged+sql")
        empty = await place.new("ragged", [source], key=f"empty-{key}")
        assert isinstance(empty, aio.RaggedClient)
        await empty.write(rows)
        assert (await empty.read()).tolist() == rows
    by_block = await place.new("ragged", [source], key="by-block")
    assert isinstance(by_block, aio.RaggedClient)
    for number in (2, 0, 1, 3):
        await by_block.write_block(rows[number : number + 1], number)
    assert (await by_block.read()).tolist() == rows


async def test_a_dataset_comes_back_as_it_was(place: aio.Container):
    dataset = xr.Dataset(
        {"t": ("time", np.linspace(0, 1, 5), {"unit": "K"}), "image": (("time", "x"), np.arange(15.0).reshape(5, 3))},
        coords={"time": np.arange(5)},
        attrs={"a": 1},
    )
    await aio.write_xarray_dataset(place, dataset, "ds")
    made = await place.lookup("ds")
    assert isinstance(made, aio.DatasetClient)
    xr.testing.assert_identical(await made.read(), dataset)
    assert set((await made.read(["image"])).variables) == {"image"}


async def test_exports(place: aio.Container, tmp_path: Path):
    made = await place.write_table(FRAME, key="t")
    assert isinstance(made, aio.DataFrameClient)
    told: list[tuple[int, int | None]] = []
    await made.export(tmp_path / "t.csv", ["a"], progress_callback=lambda done, total: told.append((done, total)))
    rows = csv.DictReader(io.StringIO((tmp_path / "t.csv").read_text()))
    assert [row["a"] for row in rows] == ["1", "2", "3", "4"]
    assert told[-1][0] == (tmp_path / "t.csv").stat().st_size
    array = await place.write_array(NUMBERS[0], key="a")
    assert isinstance(array, aio.ArrayClient)
    sink = io.BytesIO()
    await array.export(sink, format="text/csv", slice=np.s_[:2])
    assert sink.getvalue().decode().split() == ["0,1,2,3,4", "5,6,7,8,9"]
    with pytest.raises(NotAcceptableError, match="csv"):
        await array.export(tmp_path / "a.nope")
    assert not (tmp_path / "a.nope").exists()


async def test_everything_is_copied(place: aio.Container):
    source, target = await place.create_container("from"), await place.create_container("to")
    await source.write_array(da.from_array(NUMBERS, chunks=(2, 4, 3)), key="a")
    await source.write_table(dd.from_pandas(FRAME, npartitions=2), key="t")
    await source.write_awkward([[1], []], key="w")
    await source.write_sparse([[1], [2]], [3.0], (4, 5), key="s")
    await aio.copy(source, target)
    array, table = await target.lookup("a"), await target.lookup("t")
    assert isinstance(array, aio.ArrayClient)
    assert isinstance(table, aio.DataFrameClient)
    np.testing.assert_array_equal(await array.read(), NUMBERS)
    pd.testing.assert_frame_equal(await table.read(), FRAME, check_dtype=False)
    assert {key async for key in target} == {"a", "t", "w", "s"}
    nested = await target.lookup("w")
    assert isinstance(nested, aio.AwkwardClient)
    assert (await nested.read()).tolist() == [[1], []]


@pytest.mark.slow
async def test_two_worker_processes_read_an_array_and_a_table_each(place: aio.Container, catalog: str):
    await place.write_array(da.from_array(NUMBERS, chunks=(1, 2, 5)), key="a")
    await place.write_table(dd.from_pandas(FRAME, npartitions=2), key="t")
    uri = f"{catalog}/api/v1/metadata/{'/'.join(place.path_parts)}"
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.tiled_workers", uri, KEY, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        output, errors = await asyncio.wait_for(program.communicate(), 120)
    finally:
        if program.returncode is None:
            program.kill()
    assert (program.returncode, errors.decode()) == (0, "")
    found = json.loads(output)
    assert len(found["workers"]) == 2
    for text, read in found["workers"].items():
        process = int(text)
        assert process != found["own"]
        assert [read[name] for name in ("array", "part", "table")] == [NUMBERS.sum(), NUMBERS[1:].sum(), 10]
        assert {value for name, value in read.items() if "read in" in name} == {process}
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
