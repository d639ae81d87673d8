"""A platform that is scripted, and a client of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from grpclib.client import Channel
from tests.behaviour.viam.platform import KEY, KEY_ID, Platform

from specbind.viam import DataClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    found = Platform()
    async with found.serving():
        yield found


@pytest.fixture
async def client(platform: Platform) -> AsyncIterator[DataClient]:
    """As programs of the official client make it: over a channel of their own."""
    channel = Channel("127.0.0.1", platform.port)
    yield DataClient(channel, {"authorization": "Bearer own"})
    channel.close()


@pytest.fixture
async def logged_in(platform: Platform) -> AsyncIterator[DataClient]:
    async with await DataClient.from_api_key(
        KEY, KEY_ID, host="127.0.0.1", port=platform.port, tls=False, insecure=True
    ) as found:
        yield found
