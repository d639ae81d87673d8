"""What a search at any depth found, also from its end."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from tests.support.tiled_script import Tree, context_over, entry

from specbind.bindings._runtime import answer
from specbind.tiled import aio

if TYPE_CHECKING:
    from specbind.bindings._runtime import Request, Response


async def found_in(count: int) -> tuple[aio.DeepSearchResults, Tree]:
    """Results `n000`, `n001`, ... in the server's order, which knows no other."""
    tree = Tree([])

    def deep(request: Request) -> Response:
        query = {name: texts[0] for name, texts in parse_qs(urlsplit(request.url).query).items()}
        assert "sort" not in query, "the server refuses an order"
        if query.get("fields") == "count":
            page = {"data": [], "meta": {"count": count}, "links": {"next": None}}
            return answer(200, msgspec.msgpack.encode(page), media="application/x-msgpack")
        start = int(query.get("page[offset]", "0"))
        end = start + int(query["page[limit]"])
        following = f"http://x/?page[offset]={end}" if end < count else None
        data = [entry(f"n{number:03}") for number in range(start, min(end, count))]
        page = {"data": data, "meta": {"count": count}, "links": {"next": following}}
        return answer(200, msgspec.msgpack.encode(page), media="application/x-msgpack")

    tree.special["GET search-deep/"] = deep
    root = await aio.from_context(context_over(tree, api_key="secret"))
    assert isinstance(root, aio.Container)
    tree.requests.clear()
    return root.search_deep(), tree


def names(nodes: list[aio.BaseClient]) -> list[str]:
    return [node.path_parts[0] for node in nodes]


async def test_the_end_of_the_results_is_their_end():
    values = (await found_in(5))[0].values()
    assert names([await values.last(), await values.lookup(-1), await values.lookup(-5)]) == ["n004", "n004", "n000"]
    assert names(await values.tail(2)) == ["n003", "n004"]
    assert names(await values.tail(9)) == ["n000", "n001", "n002", "n003", "n004"]
    with pytest.raises(IndexError):
        await values.lookup(-6)


@pytest.mark.parametrize(
    "part",
    [
        slice(None, None, -1),
        slice(-2, None),
        slice(None, -2),
        slice(-1, -4, -2),
        slice(-4, -1),
        slice(3, 1, -1),
        slice(None, -9, -1),
    ],
)
async def test_slices_are_those_of_a_list(part: slice):
    values = (await found_in(5))[0].values()
    assert names(await values.section(part)) == [f"n{number:03}" for number in range(5)][part]


async def test_the_end_of_many_results_takes_no_more_than_it_gives():
    found, tree = await found_in(700)
    assert names(await found.values().tail(3)) == ["n697", "n698", "n699"]
    assert len(tree.requests) == 2
    assert parse_qs(urlsplit(tree.requests[1].url).query)["page[limit]"] == ["3"]


async def test_none_has_no_end():
    values = (await found_in(0))[0].values()
    assert await values.tail(3) == []
    with pytest.raises(IndexError):
        await values.last()
