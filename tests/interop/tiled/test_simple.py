"""A server of one's own, and files that it reads where they are."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from tests.support.witness import interop_python

from specbind.tiled import TransportError, aio, simple

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.witness


async def test_a_server_of_one_s_own_keeps_what_it_is_given_and_stops_with_its_client(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILED_RETRY_ATTEMPTS", "1")
    folder = tmp_path / "kept"
    async with await aio.simple(folder, python=interop_python("tiled")) as root:
        await root.create_container("a")
        assert [key async for key in root] == ["a"]
        address = root.context.base_url
        key = root.context.api_key
    assert key is not None
    assert capsys.readouterr().out == f"{address}\n"
    assert (folder / "catalog.db").exists()
    async with aio.Context(address, api_key=key) as gone:
        with pytest.raises(TransportError):
            await gone.about()
    async with await aio.simple(folder, quiet=True, python=interop_python("tiled")) as root:
        assert [key async for key in root] == ["a"]
    assert capsys.readouterr().out == ""


async def test_files_are_registered_where_they_are(tmp_path: Path) -> None:
    numpy = pytest.importorskip("numpy")
    from specbind.tiled.structures import ArrayStructure  # noqa: PLC0415 - it needs numpy

    values = numpy.arange(6.0)
    numpy.save(tmp_path / "values.npy", values)
    structure = ArrayStructure.from_array(values)
    async with await aio.simple(readable_storage=tmp_path, quiet=True, python=interop_python("tiled")) as root:
        node = await root.register(tmp_path / "values.npy", key="n", structure=structure, metadata={"by": "hand"})
        assert isinstance(node, aio.ArrayClient)
        assert list(await node.read()) == list(values)
        assert node.metadata["by"] == "hand"
        with pytest.raises(ValueError, match="structure"):
            await root.register(tmp_path / "values.npy")


def test_the_synchronous_side_stops_its_server() -> None:
    with simple(quiet=True, python=interop_python("tiled")) as root:
        assert list(root) == []
        stop = root._async.context._stop
        assert stop.alive
    assert not stop.alive


async def test_a_python_without_a_server_is_named() -> None:
    with pytest.raises(RuntimeError, match=r"install 'tiled\[server\]'"):
        await aio.simple(python=sys.executable)
    with pytest.raises(RuntimeError, match="cannot be run"):
        await aio.simple(python="no-such-python")
