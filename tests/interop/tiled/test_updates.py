"""Changes as the server tells them."""

from __future__ import annotations

import asyncio

import pytest
from tests.support.tiled_server import PASSWORD, USER

from specbind.tiled import AuthenticationError, Context, LimitError, aio, from_context

pytestmark = pytest.mark.witness


async def logged_in(url: str) -> aio.Context:
    context = aio.Context(url)
    context.configure_auth(await context.password_grant(USER, PASSWORD), remember_me=False)
    return context


async def test_children_are_told_as_they_are_made(with_users: str) -> None:
    async with await logged_in(with_users) as context:
        root = await aio.from_context(context)
        assert isinstance(root, aio.Container)
        node = await root.create_container("listened")
        stream = node.subscribe(start=0)

        async def heard() -> tuple[str, str | None]:
            update = await asyncio.wait_for(anext(stream), 20)
            return update.kind, update.key

        child = await node.create_container("a")
        assert await heard() == ("container-child-created", "a")
        await child.update_metadata({"x": 1})
        assert await heard() == ("container-child-metadata-updated", "a")
        await node.create_container("b")
        assert await heard() == ("container-child-created", "b")
        await node.close_stream()
        with pytest.raises(StopAsyncIteration):
            await heard()
        assert not [key for key in (await context.whoami() or {})["api_keys"] if key["note"] == "to listen"]


async def test_data_are_told_with_their_values(with_users: str) -> None:
    numpy = pytest.importorskip("numpy")
    async with await logged_in(with_users) as context:
        root = await aio.from_context(context)
        assert isinstance(root, aio.Container)
        written = await root.write_array(numpy.zeros(3), key="array")
        assert isinstance(written, aio.ArrayClient)
        await written.write(numpy.arange(3.0))
        stream = written.subscribe(start=0)
        values = [(await anext(stream)).data() for _ in range(2)]
        assert [list(each) for each in values] == [[0, 0, 0], [0, 1, 2]]
        await stream.aclose()
        with pytest.raises(LimitError):
            await anext(written.subscribe(start=0, max_size=10))


async def test_who_may_not_listen_is_told(with_users: str) -> None:
    async with aio.Context(with_users, api_key="00" * 32) as context:
        node = aio.BaseClient(context, item={"id": "listened", "attributes": {"ancestors": []}})
        with pytest.raises(AuthenticationError):
            await anext(node.subscribe())


def test_the_synchronous_side_iterates(with_users: str) -> None:
    with Context(with_users) as context:
        context.configure_auth(context.password_grant(USER, PASSWORD), remember_me=False)
        root = from_context(context)
        node = root.create_container("heard")  # type: ignore[attr-defined]
        node.create_container("a")
        updates = node.subscribe(start=0)
        assert next(updates).key == "a"
        updates.close()
