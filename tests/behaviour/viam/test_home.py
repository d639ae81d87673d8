"""Clients belong to one event loop of one process, and say so elsewhere instead of waiting for ever."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest
from grpclib.client import Channel
from tests.behaviour.viam.platform import KEY, KEY_ID, Platform

from specbind.bindings._runtime.errors import RequestError
from specbind.viam import DataClient, DialOptions, ViamClient, connect
from specbind.viam import sync as viam

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

_SECONDS = 20.0


def elsewhere(program: Callable[[], object]) -> list[object]:
    """Run a program in a thread, and give what it gave or raised; nothing when it did not end."""
    found: list[object] = []

    def run() -> None:
        try:
            found.append(program())
        except Exception as error:  # noqa: BLE001 - looked at by the test
            found.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(_SECONDS)
    return found


@pytest.fixture
async def where(platform: Platform) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": platform.port, "tls": False, "insecure": True}


async def _second_loop(make: Callable[[], Any]) -> object:
    def program() -> object:
        async def first() -> DataClient:
            found: DataClient = await make()
            return found

        with asyncio.Runner() as one, asyncio.Runner() as two:
            client = one.run(first())
            try:
                return two.run(asyncio.wait_for(client.tags_by_filter(), 5))
            finally:
                one.run(client.close())

    (found,) = await asyncio.to_thread(elsewhere, program)
    return found


async def test_a_second_event_loop_is_told_at_once(where: dict[str, Any]) -> None:
    found = await _second_loop(lambda: connect(KEY, KEY_ID, **where))
    assert isinstance(found, RequestError)
    assert "belongs to another event loop" in str(found)


async def test_a_channel_of_another_event_loop_is_told_too(platform: Platform) -> None:
    channels: list[Channel] = []

    async def make() -> DataClient:
        channels.append(Channel("127.0.0.1", platform.port))
        return DataClient(channels[0], {"authorization": "Bearer own"})

    found = await _second_loop(make)
    channels[0].close()
    assert isinstance(found, RequestError)


async def test_iteration_on_a_second_event_loop_is_told_too(where: dict[str, Any]) -> None:
    def program() -> object:
        with asyncio.Runner() as one, asyncio.Runner() as two:
            client = one.run(connect(KEY, KEY_ID, **where))

            async def all_of(rows: AsyncIterator[object]) -> list[object]:
                return [row async for row in rows]

            try:
                return two.run(asyncio.wait_for(all_of(client.tabular_data()), 5))
            finally:
                one.run(client.close())

    (found,) = await asyncio.to_thread(elsewhere, program)
    assert isinstance(found, RequestError)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
async def test_a_forked_child_is_told_at_once_and_leaves_the_connection_of_the_parent(where: dict[str, Any]) -> None:
    def program() -> tuple[str, list[str]]:
        with viam.connect(KEY, KEY_ID, **where) as client:
            reading, writing = os.pipe()
            child = os.fork()
            if not child:
                try:
                    found = elsewhere(client.tags_by_filter)
                    elsewhere(client.close)
                    os.write(writing, repr(found).encode())
                finally:
                    os._exit(0)
            os.close(writing)
            with os.fdopen(reading) as pipe:
                told = pipe.read()
            os.waitpid(child, 0)
            return told, client.tags_by_filter()

    told, tags = await asyncio.to_thread(program)
    assert "forked" in told
    assert "RequestError" in told
    assert tags == []


async def test_closing_elsewhere_is_harmless(where: dict[str, Any]) -> None:
    options = DialOptions.with_api_key(KEY, KEY_ID)
    options.insecure = True
    one = await ViamClient.create_from_dial_options(options, f"127.0.0.1:{where['port']}")
    two = await connect(KEY, KEY_ID, **where)
    await asyncio.to_thread(one.close)
    await asyncio.to_thread(lambda: asyncio.run(two.close()))
    await asyncio.sleep(0)
    for client in (one.data_client, two):
        with pytest.raises(RequestError, match="closed"):
            await client.tags_by_filter()
