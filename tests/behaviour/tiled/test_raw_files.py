"""Files of a node as the server keeps them: none takes the place of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from tests.support.tiled_script import Tree, context_over, entry

from specbind.bindings._runtime import DecodeError, answer
from specbind.tiled import aio

if TYPE_CHECKING:
    import io
    from pathlib import Path


def asset(number: object, uri: object, **others: object) -> dict[str, Any]:
    return {"id": number, "data_uri": uri, "is_directory": False, **others}


async def node_of(*assets: dict[str, Any], manifest: tuple[str, ...] = ()) -> aio.BaseClient:
    tree = Tree(["a"])
    tree.special["GET metadata/a"] = lambda _: answer(200, {"data": entry("a", data_sources=[{"assets": [*assets]}])})
    tree.special["GET asset/manifest/a"] = lambda _: answer(200, {"manifest": list(manifest)})
    tree.special["GET asset/bytes/a"] = lambda request: answer(200, urlsplit(request.url).query.encode())
    root = await aio.from_context(context_over(tree, api_key="secret"))
    assert isinstance(root, aio.Container)
    return await root.lookup("a")


async def test_files_of_several_assets_have_a_folder_for_each(tmp_path: Path) -> None:
    node = await node_of(asset(1, "file://localhost/run1/img.tif"), asset(2, "file://localhost/run2/img.tif"))
    files = await node.raw_export(tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in files] == ["1/img.tif", "2/img.tif"]
    assert [path.read_text() for path in files] == ["id=1", "id=2"]


@pytest.mark.parametrize("names", [("A.txt", "a.txt"), ("ä.txt", "a\u0308.txt")])
async def test_names_that_are_one_to_some_file_systems_are_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    node = await node_of(asset(1, "file://localhost/run", is_directory=True), manifest=names)
    with pytest.raises(DecodeError, match=r"alike|not below"):
        await node.raw_export(tmp_path)
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240 - a folder of this test


async def test_files_go_into_a_mapping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    node = await node_of(asset(1, "file://localhost/run1/img.tif"))
    kept: dict[str, io.BytesIO] = {}
    assert await node.raw_export(kept) == ["img.tif"]
    assert kept["img.tif"].read() == b"id=1"
    assert not any(tmp_path.glob("*.tif"))  # noqa: ASYNC240 - a folder of this test


async def test_the_older_name_of_the_destination_is_taken_with_a_warning(tmp_path: Path) -> None:
    node = await node_of(asset(1, "file://localhost/run1/img.tif"))
    with pytest.warns(DeprecationWarning, match="destination"):
        assert await node.raw_export(destination_directory=tmp_path) == [tmp_path / "img.tif"]
    with pytest.raises(TypeError, match="one of them"):
        await node.raw_export(tmp_path, destination_directory=tmp_path)
    with pytest.raises(TypeError, match="destination is a path"):
        await node.raw_export(5)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "odd", [asset("x", "file:///a"), asset(1, 5), asset(1, "http://[::1"), {"data_uri": "file:///a"}]
)
async def test_assets_that_cannot_be_read_are_told(tmp_path: Path, odd: dict[str, Any]) -> None:
    node = await node_of(odd)
    with pytest.raises(DecodeError, match="files"):
        await node.raw_export(tmp_path)
