"""Containers of a real server."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest
from tests.support.tiled_server import KEY

from specbind.tiled import (
    ASCENDING,
    DELETE_KEY,
    DESCENDING,
    BadRequestError,
    ConflictError,
    Container,
    FullText,
    Key,
    Like,
    NotFoundError,
    Regex,
    Spec,
    SpecsQuery,
    aio,
    from_uri,
)

pytestmark = pytest.mark.witness


async def filled(place: aio.Container, count: int) -> None:
    for number in range(count):
        await place.create_container(
            f"k{number:03}", metadata={"number": number, "color": "red" if number % 2 else "blue"}
        )


async def test_nodes_are_made_found_and_deleted(place: aio.Container) -> None:
    made = await place.create_container("a", metadata={"color": "red", "deep": {"n": 1}}, specs=["x", Spec("y", "2")])
    below = await made.create_container("b")
    assert below.path_parts == [*place.path_parts, "a", "b"]
    assert "//" not in below.uri.partition("://")[2]
    found = await place.lookup("a")
    assert dict(found.metadata) == {"color": "red", "deep": {"n": 1}}
    assert list(found.specs) == [Spec("x"), Spec("y", "2")]
    assert (await place.lookup("a/b")).path_parts == (await place.lookup(("a", "b"))).path_parts == below.path_parts
    assert await place.contains("a")
    assert not await place.contains("c")
    assert await place.get("c") is None
    with pytest.raises(KeyError):
        await place.lookup("c")
    with pytest.raises(ConflictError) as caught:
        await place.create_container("a")
    assert caught.value.response.status_code == 409
    assert "a" in caught.value.response.text
    with pytest.raises(ConflictError):
        await place.delete_contents("a")
    await place.delete_contents(["a"], recursive=True)
    assert await place.count() == 0


async def test_lengths_are_exact_whatever_was_read_before(place: aio.Container) -> None:
    await filled(place, 120)
    assert len([key async for key in place.keys().page_size(50)]) == 120
    assert await place.keys().first() == "k000"
    assert await place.count() == 120
    assert "120 entries" in await place.describe()


async def test_views_give_any_position_and_slice(place: aio.Container) -> None:
    await filled(place, 12)
    everything = [f"k{number:03}" for number in range(12)]
    keys = place.keys()
    for part in (
        slice(None, 301), slice(2, 5), slice(3, None), slice(-3, None), slice(None, None, -1), slice(-1, -4, -1),
        slice(2, -2), slice(None, None, 5), slice(8, 2, -2), slice(20, None), slice(5, 5), slice(None, -20),
    ):  # fmt: skip
        assert await keys.section(part) == everything[part], part
    assert [await keys.lookup(position) for position in (0, 11, -1, -12)] == ["k000", "k011", "k011", "k000"]
    for position in (12, -13):
        with pytest.raises(IndexError):
            await keys.lookup(position)
    assert await keys.head(2) == everything[:2]
    assert await keys.tail(2) == everything[-2:]
    assert [node.path_parts[-1] for node in await place.values().head(3)] == everything[:3]
    assert (await place.items().last())[0] == "k011"


async def test_searches_narrow_and_sorts_order(place: aio.Container) -> None:
    await filled(place, 6)
    red = place.search(Key("color") == "red")
    assert await red.keys().section(slice(None)) == ["k001", "k003", "k005"]
    assert await red.search(Key("number") > 1).keys().head() == ["k003", "k005"]
    assert await place.sort(("number", DESCENDING)).keys().head(2) == ["k005", "k004"]
    assert await place.sort(("color", ASCENDING), ("number", DESCENDING)).keys().first() == "k004"
    assert await place.sort(("number", DESCENDING)).keys().last() == "k000"
    assert (await red.lookup("k001")).metadata["number"] == 1
    with pytest.raises(KeyError):
        await red.lookup("k002")
    assert not await red.contains("k002")
    assert await place.search(Like("color", "bl%")).count() == 3
    assert await place.search(SpecsQuery(["none"])).count() == 0
    found = await place.distinct("color", counts=True, structure_families=True)
    assert {each["value"]: each["count"] for each in found["metadata"]["color"]} == {"red": 3, "blue": 3}
    assert found["structure_families"] == [{"value": "container", "count": 6}]
    with pytest.raises(BadRequestError) as caught:
        await place.search(Regex("color", "r.*")).count()
    assert caught.value.response.status == 400


async def test_a_deep_search_gives_paths(place: aio.Container) -> None:
    await (await place.create_container("a")).create_container("b", metadata={"mark": "here"})
    found = place.search_deep(Key("mark") == "here")
    assert [path async for path in found] == [("a", "b")]
    assert await found.count() == 1
    assert (await found.lookup(("a", "b"))).metadata["mark"] == "here"


async def test_a_deep_search_has_an_end(place: aio.Container) -> None:
    for key in "abcde":
        await place.create_container(key, metadata={"mark": "end"})
    found = place.search_deep(Key("mark") == "end")
    paths = [path async for path in found]
    values = found.values()
    assert len(paths) == 5
    assert tuple((await values.last()).path_parts[-1:]) == paths[-1]
    assert [tuple(node.path_parts[-1:]) for node in await values.tail(2)] == paths[-2:]
    assert [tuple(node.path_parts[-1:]) for node in await values.section(slice(None, None, -1))] == paths[::-1]


async def test_metadata_are_merged_replaced_patched_and_kept_as_revisions(place: aio.Container) -> None:
    node = await place.create_container(
        "a", metadata={"keep": 1, "deep": {"x": 1, "y": 2}, "list": [1, 2, 3]}, specs=["s"]
    )
    await node.update_metadata(
        {"deep": {"x": DELETE_KEY, "z": None}, "list": [1, 3], "a/b~c": 4}, specs=["s", Spec("t", "1")]
    )
    expected = {"keep": 1, "deep": {"y": 2, "z": None}, "list": [1, 3], "a/b~c": 4}
    assert dict(node.metadata) == dict((await place.lookup("a")).metadata) == expected
    assert list(node.specs) == [Spec("s"), Spec("t", "1")]
    await node.update_metadata(specs=[Spec("s", "2"), Spec("t", "1")])
    assert list((await place.lookup("a")).specs) == [Spec("s", "2"), Spec("t", "1")]
    await node.update_metadata(specs=[])
    assert list((await place.lookup("a")).specs) == []
    copied, specs, tags = node.metadata_copy()
    assert (copied, specs) == (expected, [])
    await node.update_metadata(copied, specs, tags)
    await node.replace_metadata({"new": True}, drop_revision=True)
    assert dict((await place.lookup("a")).metadata) == dict(node.metadata) == {"new": True}
    await node.patch_metadata({"more": 1}, content_type="application/merge-patch+json")
    assert dict(node.metadata) == {"new": True, "more": 1}
    revisions = node.metadata_revisions
    first = await revisions.lookup(0)
    assert first["attributes"]["metadata"]["keep"] == 1
    before = await revisions.count()
    await revisions.delete_revision(first["revision_number"])
    assert await revisions.count() == before - 1
    with pytest.raises(KeyError):
        await revisions.revision(first["revision_number"])


async def test_a_search_finds_words(place: aio.Container) -> None:
    await place.create_container("a", metadata={"text": "a needle in the hay"})
    await place.create_container("b", metadata={"text": "hay"})
    assert await place.search(FullText("needle")).keys().head() == ["a"]


async def test_trees_in_memory_are_read_in_both_directions(in_memory: str) -> None:
    async with aio.Context(in_memory, api_key=KEY) as context:
        root = await aio.from_context(context)
        assert isinstance(root, aio.Container)
        assert await root.keys().section(slice(None)) == [f"k{number:03}" for number in range(7)]
        assert await root.keys().tail(2) == ["k005", "k006"]
        assert await root.sort(("number", DESCENDING)).keys().head(2) == ["k006", "k005"]
        assert root.path_parts == []
        assert root.uri == f"{in_memory}/api/v1/metadata/"
        # such trees have no access tags
        node = await root.lookup("k000")
        assert node.metadata_copy()[2] is None
        with pytest.raises(AttributeError):
            _ = node.access_tags


def test_the_synchronous_side_is_a_mapping(catalog: str) -> None:
    root = from_uri(catalog, api_key=KEY)
    assert isinstance(root, Container)
    assert isinstance(root, Mapping)
    place = root.create_container("synchronous")
    try:
        for key in ("a", "b", "c"):
            place.create_container(key, metadata={"key": key})
        assert list(place) == list(place.keys()) == ["a", "b", "c"]
        assert len(place) == len(place.values()) == 3
        assert "a" in place
        assert "x" not in place
        assert place.get("x") is None
        assert place["b"].metadata["key"] == "b"
        assert place.keys()[:2] == ["a", "b"]
        assert place.keys()[-1] == "c"
        assert [key for key, node in place.items() if node.metadata["key"] > "a"] == ["b", "c"]
        assert place.values().last().metadata["key"] == "c"
        assert dict(place).keys() == {"a", "b", "c"}
        assert repr(place) == "<Container {'a', 'b', 'c'}>"
        assert place._ipython_key_completions_() == ["a", "b", "c"]
        assert "<code>a</code>" in place._repr_html_()
        with pytest.raises(KeyError):
            place["x"]
        with pytest.raises(TypeError):
            place[1]  # type: ignore[index]
    finally:
        place.delete(recursive=True, external_only=False)
        root.context.close()


async def test_a_missing_node_is_told_by_its_address(catalog: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        await aio.from_uri(f"{catalog}/api/v1/metadata/nothing/here", api_key=KEY)
    assert "nothing" in str(caught.value)
    assert KEY not in str(caught.value)


async def test_values_of_metadata_come_back_as_they_are_told(place: aio.Container) -> None:
    given = {
        "time": datetime(2020, 1, 2, tzinfo=UTC),
        "bytes": b"ab",
        "set": {"x"},
        "path": PurePosixPath("/a"),
        "n": 2**63,
    }
    made = await place.create_container("kept", metadata=given)
    told = dict(made.metadata)
    assert dict((await place.lookup("kept")).metadata) == told
    assert told["bytes"] == "data:application/octet-stream;base64,YWI="
    await made.update_metadata(given)
    await made.replace_metadata(given)
    assert dict((await made.refresh()).metadata) == told
