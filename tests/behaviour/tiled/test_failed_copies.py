"""A copy that fails leaves no node with part of its data, and says what had been copied."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.support.tiled_catalog import Catalog, root_of
from tests.support.tiled_script import Tree, context_over, entry

from specbind.bindings._runtime import answer
from specbind.tiled import ClientError, ConflictError, aio

if TYPE_CHECKING:
    from specbind.bindings._runtime import Request, Response

STRUCTURE = {
    "data_type": {"endianness": "little", "kind": "i", "itemsize": 8, "dt_units": None},
    "chunks": [[2, 2]],
    "shape": [4],
    "dims": None,
    "resizable": False,
}
VALUES = np.arange(2, dtype="<i8").tobytes()


class Source(Tree):
    """A container `in` with arrays `a` and `b` of two blocks, and `b` beside it."""

    def node(self, path: str) -> dict[str, Any] | None:
        if path.endswith(("a", "b")):
            return {"data": entry(*path.split("/"), family="array", structure=STRUCTURE, data_sources=[{"id": 1}])}
        return {"data": entry(*path.split("/"))} if path else super().node(path)

    def page(self, *_: Any) -> dict[str, Any]:
        found = [self.node("in/a"), self.node("in/b")]
        data = [each["data"] for each in found if each is not None]
        return {"data": data, "links": {"self": "", "next": None}, "meta": {"count": 2}}

    def __call__(self, request: Request) -> Response | Exception:
        if "/array/block/" in request.url:
            return answer(200, VALUES, media="application/octet-stream")
        return super().__call__(request)


async def nodes() -> dict[str, Any]:
    root = await aio.from_context(context_over(Source([])))
    assert isinstance(root, aio.Container)
    return {"b": await root.lookup("b"), "in": await root.lookup("in")}


def refusing(tree: Catalog, path: str) -> None:
    def write(request: Request) -> Response:
        refused = request.url.partition("?")[0].endswith(path) and "block=1" in request.url
        return answer(400, {"detail": "no room"}) if refused else answer(200, None)

    tree.data = write


@pytest.mark.parametrize("on_conflict", ["error", "warn", "skip"])
async def test_a_node_that_came_in_part_is_taken_back_and_the_rest_is_told(on_conflict: Any):
    tree = Catalog()
    target = await root_of(tree)
    refusing(tree, "in/b")
    with pytest.raises(ClientError, match="no room") as caught:
        await aio.copy(await nodes(), target, on_conflict)
    assert sorted(tree.sources) == ["b", "in", "in/a"]
    (note,) = caught.value.__notes__
    assert "2 nodes had been copied: 'b', 'in/a'" in note
    assert "Not all that belongs there is in 'in'" in note


async def test_a_conflict_of_the_data_is_no_conflict_of_keys():
    tree = Catalog()
    target = await root_of(tree)
    tree.data = lambda _: answer(409, {"detail": "of the data"})
    with pytest.raises(ConflictError, match="of the data"):
        await aio.copy(await nodes(), target, "skip")
    assert tree.sources == {}


async def test_keys_that_are_taken_keep_what_they_have():
    tree = Catalog()
    target = await root_of(tree)
    await target.write_array(np.arange(3), key="b")
    tree.requests.clear()
    await aio.copy({"b": (await nodes())["b"]}, target, "skip")
    with pytest.warns(UserWarning, match="'b' is there already"):
        await aio.copy({"b": (await nodes())["b"]}, target, "warn")
    with pytest.raises(ConflictError) as caught:
        await aio.copy({"b": (await nodes())["b"]}, target)
    assert "0 nodes had been copied" in caught.value.__notes__[0]
    assert tree.calls == ["POST metadata/"] * 3


async def test_a_cancelled_copy_takes_back_what_was_under_way():
    tree = Catalog()
    target = await root_of(tree)
    begun = asyncio.Event()

    async def never() -> Response:
        begun.set()
        await asyncio.sleep(60)
        raise AssertionError

    tree.data = lambda _: never()
    call = asyncio.create_task(aio.copy(await nodes(), target))
    await begun.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert tree.sources == {}


async def test_a_family_that_cannot_be_copied_is_told_before_the_node_is_made():
    class Strange(Source):
        def node(self, path: str) -> dict[str, Any] | None:
            return {"data": entry(path, family="other", structure={})} if path == "z" else super().node(path)

    tree = Catalog()
    target = await root_of(tree)
    root = await aio.from_context(context_over(Strange([])))
    assert isinstance(root, aio.Container)
    with pytest.raises(TypeError, match="'z' is of the family 'other'"):
        await aio.copy({"z": await root.lookup("z")}, target)
    assert tree.calls == []
