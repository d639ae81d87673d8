"""Tags and operation ids that are called like something that our own classes do."""

from __future__ import annotations

import importlib

import pytest
from tests.support.exchange import BASE_URL, Reply, exchange, runtime_of


def members(package, module: str, name: str) -> set[str]:
    base = getattr(importlib.import_module(f"{runtime_of(package).__name__}.{module}"), name)
    return {member for member in dir(base) if not member.startswith("__")}


@pytest.mark.parametrize(("module", "name"), [("client", "BaseClient"), ("sync_client", "BaseSyncClient")])
def test_resources_never_hide_what_a_client_does(sdk, module, name):
    resources = {member for member in vars(sdk.Client) if not member.startswith("__")} - {"default_base_url"}
    assert resources & members(sdk, module, name) == set()


async def test_calls_work(sdk):
    client = sdk.Client(BASE_URL)
    resources = [member for member in vars(sdk.Client) if not member.startswith("__") and member != "default_base_url"]
    assert len(resources) == 5
    for resource in resources:
        (method,) = [name for name in vars(type(getattr(client, resource))) if not name.startswith(("_", "with_"))]

        def call(asked, resource=resource, method=method):
            return getattr(getattr(asked, resource), method)()

        assert len((await exchange(sdk, call, Reply(204))).sent) == 1


def test_operations_never_hide_what_a_server_does(sdk):
    assert {endpoint.name for endpoint in sdk.Server.endpoints} & members(sdk, "server", "BaseServer") == set()
