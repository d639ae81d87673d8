"""The base URL."""

from __future__ import annotations

import pytest
from tests.support.exchange import Reply, exchange, runtime_of


async def test_the_first_server_with_its_defaults_is_the_base_url(sdk):
    assert (await exchange(sdk, lambda c: c.api.ping(), Reply(204))).request.url == "https://eu.api.test/v2/ping"


async def test_another_base_url(sdk):
    for base in ("http://localhost:8000/x", "http://localhost:8000/x/"):
        done = await exchange(sdk, lambda c: c.api.ping(), Reply(204), base_url=base)
        assert done.request.url == "http://localhost:8000/x/ping"


@pytest.mark.parametrize("url", ["ftp://x", "javascript:alert(1)", "/relative", "http://", "https://user:pass@x"])
def test_what_is_no_base_url_is_refused(sdk, url):
    with pytest.raises(runtime_of(sdk).RequestError):
        sdk.Client(url)
