"""A document without operations."""

from __future__ import annotations

import pytest
from tests.support.exchange import BASE_URL


async def test_a_client_without_methods_is_made_and_closed(sdk):
    async with sdk.Client(BASE_URL) as client:
        assert client.base_url == BASE_URL
    with sdk.SyncClient(BASE_URL):
        pass


def test_there_are_no_types_and_no_endpoints(sdk):
    assert sdk.models.__all__ == []
    assert sdk.Server.endpoints == ()


def test_without_a_server_a_base_url_is_needed(sdk):
    with pytest.raises(ValueError, match="base_url"):
        sdk.Client()
