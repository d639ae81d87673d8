"""Answers that no server should give are told as such, with the place in them; what people look at never fails."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.support.tiled_script import Tree, context_over, entry

from specbind.bindings._runtime import DecodeError, answer
from specbind.tiled import aio
from specbind.tiled.aio import _bodies


def packed(value: object) -> Any:
    return answer(200, msgspec.msgpack.encode(value), media="application/x-msgpack")


async def root_over(item: dict[str, Any], page: object = None) -> aio.Container:
    tree = Tree([])
    tree.special["GET metadata/"] = lambda _: packed({"data": item})
    tree.special["GET search/"] = tree.special["GET search-deep/"] = lambda _: packed(page)
    root = await aio.from_context(context_over(tree, api_key="secret"))
    assert isinstance(root, aio.Container)
    return root


async def looked_at(node: aio.Container) -> None:
    assert "Container" in await node.describe()
    assert await node.describe_html()
    assert await node.key_completions() is not None


@pytest.mark.parametrize(
    ("member", "value", "place"),
    [
        ("specs", ["a"], "specs[0]"),
        ("specs", 5, "specs"),
        ("specs", [{"version": "1"}], "specs[0]"),
        ("metadata", 5, "metadata"),
        ("metadata", [1], "metadata"),
        ("access_tags", 5, "access_tags"),
        ("access_tags", [5], "access_tags[0]"),
        ("sorting", 5, "sorting"),
        ("sorting", [{"a": 1}], "sorting[0]"),
        ("structure_family", ["x"], "structure_family"),
        ("ancestors", "ab", "ancestors"),
        ("data_sources", [5], "data_sources[0]"),
    ],
)
async def test_a_member_of_another_kind_is_named(member: str, value: object, place: str):
    with pytest.raises(DecodeError) as caught:
        await root_over(entry(**{member: value}))
    assert caught.value.path == f"data.attributes.{place}"


@pytest.mark.parametrize(
    ("item", "place"),
    [
        ({"attributes": {}}, "data[0]"),
        ({"id": [1], "attributes": {}}, "data[0].id"),
        ({"id": "a", "attributes": {"ancestors": 5}}, "data[0].attributes.ancestors"),
        (5, "data[0]"),
    ],
)
async def test_an_entry_that_is_none_is_named(item: object, place: str):
    root = await root_over(entry(), {"data": [item], "meta": {"count": 1}, "links": {}})
    for ask in (root.keys().first, root.values().first, root.search_deep().values().first):
        with pytest.raises(DecodeError, match="search") as caught:
            await ask()
        assert caught.value.path == place
    await looked_at(root)


async def test_entries_without_attributes_have_a_key():
    root = await root_over(entry(), {"data": [{"id": "a", "attributes": None}], "meta": {"count": 1}, "links": {}})
    assert [key async for key in root] == ["a"]
    assert [key async for key in root.search_deep()] == [("a",)]
    with pytest.raises(DecodeError):
        await root.values().first()


async def test_a_link_that_cannot_be_read_is_told():
    page = {"data": [entry("a")], "meta": {"count": 1}, "links": {"next": "http://[::1"}}
    root = await root_over(entry(), page)
    with pytest.raises(DecodeError) as caught:
        [key async for key in root]
    assert caught.value.path == "links.next"


@pytest.mark.parametrize("content", [{"attributes": {}}, {"id": 5}, {"id": "a", "attributes": [1]}])
async def test_what_was_sent_along_is_checked_too(content: dict[str, Any]):
    root = await root_over(entry(structure={"contents": {"a": content}, "count": 1}))
    with pytest.raises(DecodeError):
        await root.lookup("a")
    with pytest.raises((DecodeError, KeyError)):
        await root.lookup("a/b")
    with pytest.raises(DecodeError):
        await root.values().first()
    await looked_at(root)


async def test_a_key_that_leaves_its_place_is_shown_all_the_same():
    await looked_at(await root_over(entry("..")))


async def test_a_manifest_that_is_none_is_told():
    tree = Tree(["a"])
    tree.special["GET asset/manifest/a"] = lambda _: answer(200, {"manifest": 5})
    root = await aio.from_context(context_over(tree, api_key="secret"))
    assert isinstance(root, aio.Container)
    node = await root.lookup("a")
    with pytest.raises(DecodeError, match="lists no files"):
        await node.asset_manifest([{"assets": [{"id": 1, "is_directory": True}]}])


async def test_memory_is_not_set_aside_where_that_takes_it_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_bodies, "_LAZY", False)
    taken: list[int] = []
    monkeypatch.setattr(_bodies, "_memory", lambda length: taken.append(length) or memoryview(bytearray(3)))
    tree = Tree([])
    tree.special["GET array/full/a"] = lambda _: answer(200, b"few", headers={"Content-Length": str(3 * 1024**3)})
    context = context_over(tree, api_key="secret")
    await context._connection.get_bytes("array/full/a", accept="*/*")
    assert not taken
