"""Copies between containers, exports, a server in one's own process, and what both clients read."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.tiled_server import KEY
from tests.support.witness import ROOT, interop_python

from specbind.tiled import Cache, ConflictError, NotAcceptableError, aio

if TYPE_CHECKING:
    from typing import Any

pytestmark = pytest.mark.witness
APPLICATION = Path(__file__).with_name("application.py")


async def test_containers_are_copied_with_all_that_is_in_them(place: aio.Container) -> None:
    source = await place.create_container("source", metadata={"top": 1})
    inner = await source.create_container("inner", metadata={"x": 1}, specs=["s"])
    await inner.create_container("leaf")
    target = await place.create_container("target")
    await aio.copy(source, target)
    found = await target.lookup("inner")
    assert found.metadata["x"] == 1
    assert [spec.name for spec in found.specs] == ["s"]
    assert await target.contains("inner/leaf")
    with pytest.raises(ConflictError):
        await aio.copy(source, target)
    await aio.copy(source, target, on_conflict="skip")
    with pytest.warns(UserWarning, match="inner"):
        await aio.copy({"inner": inner}, target, on_conflict="warn")


async def test_arrays_and_tables_are_written_read_and_copied(place: aio.Container) -> None:
    numpy = pytest.importorskip("numpy")
    values = numpy.arange(12.0).reshape(3, 4)
    written = await place.write_array(values, key="a", metadata={"unit": "mm"}, dims=["y", "x"])
    assert isinstance(written, aio.ArrayClient)
    again = await place.lookup("a")
    assert isinstance(again, aio.ArrayClient)
    assert again.dims == ("y", "x")
    assert (await again.read() == values).all()
    table = await place.write_table({"n": [1, 2, 3], "t": ["a", "b", "c"]}, key="t")
    assert isinstance(table, aio.DataFrameClient)
    assert list((await table.read())["n"]) == [1, 2, 3]
    target = await place.create_container("target")
    ragged = await place.write_ragged([[1.0], [], [2.0, 3.0]], key="r")
    await aio.copy({"a": again, "t": table, "r": ragged}, target)
    assert (await target.lookup("r")).structure() == ragged.structure()
    copied = await target.lookup("a")
    assert isinstance(copied, aio.ArrayClient)
    assert (await copied.read() == values).all()


async def test_a_container_is_exported(place: aio.Container, tmp_path: Path) -> None:
    await place.create_container("a", metadata={"x": 1})
    await place.export(tmp_path / "all.json")
    assert "contents" in json.loads((tmp_path / "all.json").read_text())
    with pytest.raises(NotAcceptableError, match="json"):
        await place.export(tmp_path / "all.nothing")
    assert not list(tmp_path.glob("*all.nothing*"))  # noqa: ASYNC240 - a folder of this test
    with pytest.raises(KeyError, match="nix"):
        await place.export(tmp_path / "some.json", ["a", "nix"])
    await place.export(tmp_path / "some.json", ["a"])


async def test_the_files_of_an_array_come_with_their_folder(place: aio.Container, tmp_path: Path) -> None:
    numpy = pytest.importorskip("numpy")
    node = await place.write_array(numpy.arange(1000), key="a")
    files = await node.raw_export(tmp_path / "files")
    assert "zarr.json" in {path.name for path in files}
    assert len(files) >= 2
    assert all(path.stat().st_size for path in files)
    with pytest.raises(ValueError, match="no files"):
        await place.raw_export(tmp_path)


async def test_what_did_not_change_comes_from_the_cache(catalog: str, tmp_path: Path) -> None:
    with Cache(tmp_path / "c.db") as cache:
        for _ in range(2):
            root = await aio.from_uri(catalog, api_key=KEY, cache=cache)
            await root.context.close()
        assert cache.count() >= 1


async def test_clients_go_through_pickle(place: aio.Container) -> None:
    again = pickle.loads(pickle.dumps(place))  # noqa: S301 - its own
    await again.create_container("a")
    assert await place.contains("a")
    await again.context.close()


async def test_profiles_lead_to_a_server(catalog: str, tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "lab.yml").write_text(f"lab: {{uri: '{catalog}', api_key: '{KEY}'}}")
    root = await aio.from_profile("lab")
    assert root.path_parts == []
    await root.context.close()


async def test_a_server_runs_in_the_process_of_its_client() -> None:
    """In the environment of the server, where its application can be imported."""
    roots = os.pathsep.join(str(ROOT / name) for name in ("generated/python", "overlays/python"))
    process = await asyncio.create_subprocess_exec(
        interop_python("tiled"),
        APPLICATION,
        env={**os.environ, "PYTHONPATH": roots},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, errors.decode()[-3000:]
    found: dict[str, Any] = json.loads(output.decode().splitlines()[-1])
    assert found == {"keys": ["a", "b"], "authenticated": True, "synchronous": ["a", "b"]}
