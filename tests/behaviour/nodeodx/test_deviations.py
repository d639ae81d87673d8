"""Differences from the official client that no other test shows; docs/nodeodx.md lists all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.raw_server import Connection, RawServer, response

from specbind.nodeodx.aio import Node
from specbind.nodeodx.exceptions import NodeConnectionError, NodeResponseError, NodeServerError

if TYPE_CHECKING:
    from tests.behaviour.nodeodx.faulty import FaultyNode

INFO = response(200, b'{"version": "2.2.4", "taskQueueCount": 0}', {"Content-Type": "application/json"})


async def test_a_task_without_files_asks_the_node_nothing(node: Node, emulator: FaultyNode) -> None:
    with pytest.raises(NodeResponseError, match="Not enough images"):
        await node.create_task([])
    assert emulator.requests == []


async def test_the_version_is_asked_for_again(node: Node, emulator: FaultyNode, images: list[str]) -> None:
    emulator.faults.add("502:info, drop:info")
    await node.create_task(images, retry_timeout=0.01)
    assert [kind for kind, _ in emulator.faults.played] == ["502", "drop"]


@pytest.mark.parametrize("trusted", [False, True])
async def test_a_proxy_of_the_environment_is_used_on_request_only(
    monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(INFO)

    async with RawServer(script) as proxy:
        for name in ("http_proxy", "HTTP_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        async with Node("node.invalid", 3000, trust_env=trusted) as node:
            if trusted:
                assert (await node.info()).version == "2.2.4"
            else:
                with pytest.raises(NodeConnectionError):
                    await node.info()
        assert len(proxy.requests) == trusted


async def test_a_redirect_is_followed_and_the_token_stays_with_the_node() -> None:
    async def give(connection: Connection) -> None:
        while await connection.request() is not None:
            await connection.send(INFO)

    async with RawServer(give) as other:

        async def lead(connection: Connection) -> None:
            while await connection.request() is not None:
                await connection.send(response(307, b"", {"Location": f"{other.url}/elsewhere"}))

        async with RawServer(lead) as first, Node.from_url(f"{first.url}/?token=s3cr3t") as node:
            assert (await node.info()).version == "2.2.4"
        assert "s3cr3t" in first.requests[0].target
        assert not [line for line in other.requests[0].lines if "s3cr3t" in line]


async def test_redirects_end() -> None:
    async def lead(connection: Connection) -> None:
        while await connection.request() is not None:
            await connection.send(response(307, b"", {"Location": "/again"}))

    async with RawServer(lead) as server, Node.from_url(server.url) as node:
        with pytest.raises(NodeServerError, match="redirect"):
            await node.info()
        assert len(server.requests) == 11
