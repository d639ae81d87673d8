"""A node that was closed says so; it does not open connections that nobody closes."""

from __future__ import annotations

import asyncio
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from specbind import nodeodx
from specbind.bindings._runtime import RequestError
from specbind.bindings.nodeodx import Client
from specbind.nodeodx.aio import Node

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.behaviour.nodeodx.faulty import FaultyNode

CALLS: list[Callable[[Any, list[str], Path], Any]] = [
    lambda node, _images, _path: node.info(),
    lambda node, _images, _path: node.options(),
    lambda node, _images, _path: node.list_tasks(),
    lambda node, _images, _path: node.get("/info"),
    lambda node, _images, _path: node.post("/info"),
    lambda node, images, _path: node.create_task(images),
    lambda node, images, _path: node.create_task_fallback(images),
    lambda node, _images, _path: node.get_task("u").info(),
    lambda node, _images, _path: node.get_task("u").cancel(),
    lambda node, _images, _path: node.get_task("u").wait_for_completion(retry_timeout=60),
    lambda node, _images, path: node.get_task("u").download_assets(path),
    lambda node, _images, path: node.get_task("u").save_zip(path / "all.zip"),
]


@pytest.mark.parametrize("call", CALLS)
async def test_a_closed_node_says_so(
    emulator: FaultyNode, images: list[str], tmp_path: Path, call: Callable[..., Any]
) -> None:
    async with Node.from_url(emulator.url) as node:
        await node.info()
    emulator.requests.clear()
    with pytest.raises(RequestError, match="the node is closed; make a new one"):
        await call(node, images, tmp_path)
    assert emulator.requests == []


@pytest.mark.parametrize("call", CALLS)
async def test_a_closed_synchronous_node_says_so(
    emulator: FaultyNode, images: list[str], tmp_path: Path, call: Callable[..., Any]
) -> None:
    node = nodeodx.Node.from_url(emulator.url)
    await asyncio.to_thread(node.info)
    await asyncio.to_thread(node.close)
    emulator.requests.clear()
    with pytest.raises(RequestError, match="the node is closed; make a new one"):
        await asyncio.to_thread(call, node, images, tmp_path)
    assert emulator.requests == []


async def test_a_node_that_was_never_used_is_closed_too() -> None:
    node = Node("127.0.0.1", 9)
    await node.close()
    with pytest.raises(RequestError, match="closed"):
        await node.info()


async def test_a_closed_node_cannot_be_entered_again_and_closes_twice() -> None:
    async with Node("127.0.0.1", 9) as node:
        pass
    with pytest.raises(RequestError, match="closed"):
        async with node:
            pytest.fail("this node is closed")
    await node.close()


async def test_a_copy_of_a_closed_node_is_closed() -> None:
    node = Node("127.0.0.1", 9)
    await node.close()
    with pytest.raises(RequestError, match="closed"):
        await pickle.loads(pickle.dumps(node)).info()  # noqa: S301 - our own bytes


async def test_the_words_are_those_of_the_generated_client() -> None:
    client, node = Client("http://127.0.0.1:9"), Node("127.0.0.1", 9)
    await client.close()
    await node.close()
    with pytest.raises(RequestError) as first:
        await client.server.info()
    with pytest.raises(RequestError) as second:
        await node.info()
    assert str(first.value).replace("client", "node").startswith(str(second.value))
