"""The base URL."""

from __future__ import annotations

import pytest
from tests.support.exchange import Reply, exchange, runtime_of
from tests.support.packages import document, generated


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


async def test_an_operation_goes_to_its_own_server_with_the_credentials(sdk):
    done = await exchange(sdk, lambda c: c.api.upload(), Reply(204), auth=sdk.Key("secret"))
    assert done.request.url == "https://files.eu.api.test/files"
    assert done.request.headers["X-Key"] == "secret"


async def test_a_relative_server_of_an_operation_stands_on_the_base_url(sdk):
    done = await exchange(sdk, lambda c: c.api.purge(), Reply(204), auth=sdk.Key("secret"))
    assert done.request.url == "https://eu.api.test/admin/files"
    assert done.request.headers["X-Key"] == "secret"


async def test_no_credentials_go_to_a_server_that_gives_up_tls(sdk):
    done = await exchange(sdk, lambda c: c.api.replace(), Reply(204), auth=sdk.Key("secret"))
    assert done.request.url == "http://plain.test/files"
    assert "X-Key" not in done.request.headers


async def test_a_server_that_is_no_address_is_left_out(sdk):
    assert (await exchange(sdk, lambda c: c.api.watch(), Reply(204))).request.url == "https://eu.api.test/v2/files"


async def test_a_base_url_that_is_given_counts_for_every_operation(sdk):
    for call in (lambda c: c.api.upload(), lambda c: c.api.purge()):
        done = await exchange(sdk, call, Reply(204), base_url="http://localhost:8000")
        assert done.request.url == "http://localhost:8000/files"
    moved = await exchange(sdk, lambda c: c.with_options(base_url="http://localhost:1").api.upload(), Reply(204))
    assert moved.request.url == "http://localhost:1/files"
    kept = await exchange(sdk, lambda c: c.with_options(timeout=3).api.upload(), Reply(204))
    assert kept.request.url == "https://files.eu.api.test/files"


async def test_variables_of_a_server_are_filled_in(sdk):
    first, second = sdk.Client.servers
    for url, sent in (
        (first.url(region="us", version="3"), "https://us.api.test/v3/ping"),
        (first.url(), "https://eu.api.test/v2/ping"),
        (second.url(), "https://other.test/ping"),
    ):
        assert (await exchange(sdk, lambda c: c.api.ping(), Reply(204), base_url=url)).request.url == sent


@pytest.mark.parametrize("values", [{"region": "mars"}, {"version": "../x"}, {"version": "a?b"}, {"zone": "eu"}])
def test_a_value_that_is_not_allowed_is_refused(sdk, values):
    with pytest.raises(runtime_of(sdk).RequestError):
        sdk.Client.servers[0].url(**values)


@pytest.mark.parametrize("url", ["/v2", "wss://api.test"])
def test_a_server_that_is_no_base_url_must_be_replaced(tmp_path, capsys, url):
    paths = {"/ping": {"get": {"operationId": "ping", "responses": {"204": {"description": "Pong."}}}}}
    with generated(tmp_path, document(paths, servers=[{"url": url}]), "--without-core") as package:
        assert "SB411" in capsys.readouterr().err
        with pytest.raises(runtime_of(package).RequestError):
            package.Client()
