"""Listings: few requests, exact lengths, no trust in links."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.support.tiled_script import HOME, Tree, context_over, entry
from tests.support.witness import ROOT

from specbind.bindings._runtime import DecodeError, answer
from specbind.core.errors import PageLoopError
from specbind.tiled import Key, UnknownStructureFamily, aio

if TYPE_CHECKING:
    from pathlib import Path


async def root_of(tree: Tree) -> aio.Container:
    found = await aio.from_context(context_over(tree, api_key="secret"))
    assert isinstance(found, aio.Container)
    tree.requests.clear()
    return found


def queries(tree: Tree) -> list[dict[str, list[str]]]:
    return [parse_qs(urlsplit(request.url).query, keep_blank_values=True) for request in tree.requests]


async def test_ten_thousand_keys_come_in_at_most_35_requests():
    tree = Tree([f"k{number:05}" for number in range(10_000)])
    root = await root_of(tree)
    assert len([key async for key in root]) == 10_000
    assert len(tree.requests) <= 35
    assert all(query["fields"] == [""] for query in queries(tree))


async def test_no_page_is_larger_than_the_server_allows():
    tree = Tree([f"k{number:04}" for number in range(700)])
    root = await root_of(tree)
    assert len(await root.keys().section(slice(None, 301))) == 301
    assert len(await root.keys().head(650)) == 650
    assert len(await root.values().section(slice(-301, None))) == 301
    assert max(int(query["page[limit]"][0]) for query in queries(tree)) == 300
    with pytest.raises(ValueError, match="300"):
        root.keys().page_size(301)


async def test_a_small_slice_asks_for_no_more_than_it_gives():
    tree = Tree([f"k{number:04}" for number in range(700)])
    root = await root_of(tree)
    assert await root.keys().lookup(-1) == "k0699"
    assert await root.keys().section(slice(10, 13)) == ["k0010", "k0011", "k0012"]
    assert [query["page[limit]"] for query in queries(tree)] == [["1"], ["3"]]


async def test_the_count_of_a_page_is_never_taken_for_the_length():
    tree = Tree([f"k{number:04}" for number in range(5000)])
    root = await root_of(tree)
    assert await root.keys().first() == "k0000"
    assert await root.count() == 5000


async def test_repr_asks_for_ten_keys_in_at_most_two_requests():
    tree = Tree(["a", "b"])
    root = await root_of(tree)
    assert await root.describe() == "<Container {'a', 'b'}>"
    assert len(tree.requests) == 1
    tree.keys = [f"k{number:04}" for number in range(5000)]
    assert (await root.describe()).endswith("'k0009', ...} 5000 entries>")
    assert len(tree.requests) == 3
    assert queries(tree)[1]["page[limit]"] == ["10"]
    assert "with an API key" in repr(root.context)
    assert len(tree.requests) == 3


async def test_completion_is_one_request_and_never_an_error():
    tree = Tree([f"k{number:04}" for number in range(500)])
    root = await root_of(tree)
    assert len(await root.key_completions()) == 300
    assert len(tree.requests) == 1
    tree.special["GET search/"] = lambda _: answer(500, {"detail": "Internal server error"})
    assert await root.key_completions() == []
    assert await root.describe() == "<Container ''>"


async def test_links_lead_nowhere_but_to_the_server_of_the_caller():
    tree = Tree([f"k{number:04}" for number in range(700)])
    tree.foreign_links = True
    root = await root_of(tree)
    assert len([key async for key in root]) == 700
    assert {urlsplit(request.url).netloc for request in tree.requests} == {urlsplit(HOME).netloc}


async def test_pages_in_a_circle_are_an_error():
    tree = Tree(["a"])
    root = await root_of(tree)
    link = f"{HOME}/api/v1/search/?page[cursor]=1"
    page = {"data": [entry("a")], "links": {"next": link}, "meta": {"count": 9}}
    tree.special["GET search/"] = lambda _: answer(200, page)
    with pytest.raises(PageLoopError):
        [key async for key in root]


@pytest.mark.parametrize(
    "page",
    [
        [],
        {"data": None, "links": {}, "meta": {}},
        {"data": [1], "links": {}, "meta": {"count": 1}},
        {"data": [], "links": {"next": "http://x/"}, "meta": {"count": 1}},
    ],
)
async def test_a_page_of_another_form_is_an_error(page: Any):
    tree = Tree(["a"])
    root = await root_of(tree)
    tree.special["GET search/"] = lambda _: answer(200, page)
    with pytest.raises(DecodeError):
        [key async for key in root]


async def test_what_the_server_sent_along_is_not_asked_for_again():
    tree = Tree([])
    context = context_over(tree, api_key="secret")
    inner = {"b": entry("a", "b", metadata={"x": 1})}
    contents = {"a": entry("a", structure={"contents": inner, "count": 1}), "c": entry("c")}
    root = aio.Container(context, item=entry(structure={"contents": contents, "count": 2}))
    assert [key async for key in root] == ["a", "c"]
    assert await root.count() == 2
    assert (await root.lookup("a/b")).metadata["x"] == 1
    assert await root.keys().section(slice(None, None, -1)) == ["c", "a"]
    assert await root.contains("a/b")
    assert not tree.requests
    await root.search(Key("x") == 1).count()
    assert len(tree.requests) == 1


async def test_keys_are_quoted_and_cannot_leave_their_container():
    tree = Tree(["a b?c#d%"])
    root = await root_of(tree)
    assert (await root.lookup("a b?c#d%")).path_parts == ["a b?c#d%"]
    assert tree.requests[0].url == f"{HOME}/api/v1/metadata/a%20b%3Fc%23d%25"
    for key in ("..", "a/../../b", "."):
        with pytest.raises(KeyError):
            await root.lookup(key)
    with pytest.raises(TypeError):
        await root.lookup(1)  # type: ignore[arg-type]
    assert len(tree.requests) == 1


async def test_a_broken_link_is_a_missing_key():
    tree = Tree(["a"])
    root = await root_of(tree)
    tree.special["GET metadata/a"] = lambda _: answer(410, {"detail": "Broken link"})
    with pytest.raises(KeyError, match="Broken link") as caught:
        await root.lookup("a")
    assert caught.value.args == ("a",)
    assert not await root.contains("a")


async def test_a_node_of_no_family_is_told():
    with pytest.raises(UnknownStructureFamily):
        await aio.from_context(context_over(lambda _: answer(200, {"data": entry("a", family="")}), api_key="k"))


async def test_values_of_a_view_import_no_library_of_numbers():
    program = """
import sys
from specbind.tiled import aio
from tests.support.tiled_script import context_over, entry
items = [entry("a", family="array"), entry("t", family="table"), entry("x", specs=[{"name": "xarray_dataset"}])]
root = aio.Container(context_over(lambda _: None), item=entry())
made = [root._make(item) for item in items]
assert type(made[0]).__name__ == "ArrayClient", made
found = {"numpy", "pandas", "pyarrow", "dask", "xarray", "awkward", "sparse"} & set(sys.modules)
assert not found, found
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, cwd=ROOT)
    assert await process.wait() == 0


def escaping(manifest: list[str]) -> Tree:
    """A node whose files the server lists."""
    asset = {"id": 7, "data_uri": "file://localhost/srv/data/a", "is_directory": True, "parameter": None}
    node = entry("a", data_sources=[{"assets": [asset]}])
    tree = Tree(["a"])
    tree.special["GET metadata/a"] = lambda _: answer(200, {"data": node})
    tree.special["GET asset/manifest/a"] = lambda _: answer(200, {"manifest": manifest})
    tree.special["GET asset/bytes/a"] = lambda request: answer(200, urlsplit(request.url).query.encode())
    return tree


async def test_files_of_a_folder_are_asked_for_below_it(tmp_path: Path):
    root = await root_of(escaping(["/srv/data/a/.zarray", "/srv/data/a/c/0/1", "b.txt"]))
    files = await (await root.lookup("a")).raw_export(tmp_path)
    assert [str(path.relative_to(tmp_path)) for path in files] == ["a/.zarray", "a/c/0/1", "a/b.txt"]
    assert files[1].read_text() == "id=7&relative_path=c%2F0%2F1"


@pytest.mark.parametrize("name", ["/etc/passwd", "../x", "/srv/data/a/../../x", "a\\..\\x", "c/..", "", "CON"])
async def test_files_outside_of_their_folder_are_refused(tmp_path: Path, name: str):
    root = await root_of(escaping([name]))
    with pytest.raises(DecodeError, match="not below"):
        await (await root.lookup("a")).raw_export(tmp_path)
    assert not any(path.is_file() for path in tmp_path.iterdir())  # noqa: ASYNC240 - a folder of this test
