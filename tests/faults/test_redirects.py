"""Redirects (rows 17 to 20 of the fault plan)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.faults.conftest import OK, SECRETS, Api
from tests.support.raw_server import Connection, RawServer, response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


def leading(status: int, location: str | Callable[[RawServer], str]) -> Callable[[Connection], object]:
    """A script that sends everybody somewhere else, but for `/end`."""

    async def script(connection: Connection) -> None:
        while (found := await connection.request()) is not None:
            place = location if isinstance(location, str) else location(connection.server)
            end = found.target.startswith("/end")
            await connection.send(OK if end else response(status, b"", {"Location": place}))

    return script


@pytest.mark.parametrize(
    "location",
    [
        pytest.param("/thing", id="row 17: loop"),
        pytest.param(lambda server: f"/step/{len(server.requests)}", id="row 17: chain of 30"),
    ],
)
async def test_redirects_end_after_ten_and_name_their_hosts(api: Api, location: object) -> None:
    async with RawServer(leading(302, location)) as server, api.client(server) as client:
        with pytest.raises(api.runtime.RedirectError) as caught:
            await client.api.get_thing()
        assert len(server.requests) == 11
        assert all(host.startswith(server.url) for host in caught.value.hosts)
    assert len(caught.value.hosts) == 11
    assert api.slept == []
    assert not [secret for secret in SECRETS if secret in str(caught.value)]


async def test_nothing_secret_goes_to_another_port(api: Api) -> None:
    """Row 18."""
    async with RawServer(leading(302, "/never")) as other:
        async with RawServer(leading(302, f"{other.url}/end")) as server, api.client(server) as client:
            headers = {"Cookie": f"a={SECRETS[0]}", "X-Other-Token": SECRETS[1]}
            assert (await client.api.get_thing(extra_headers=headers)).name == "thing"
            assert any(SECRETS[0] in line for line in server.requests[0].lines)
        (found,) = other.requests
    assert not [line for line in found.lines for secret in SECRETS if secret in line]


async def test_nothing_secret_goes_to_another_host(api: Api) -> None:
    """Row 18: the port is the same, the name is not."""
    place = leading(302, lambda server: f"http://localhost:{server.port}/end")
    async with RawServer(place) as server, api.client(server) as client:
        headers = {"Cookie": f"a={SECRETS[0]}", "X-Other-Token": SECRETS[1]}
        assert (await client.api.get_thing(extra_headers=headers)).name == "thing"
        first, second = server.requests
    assert [found.headers["host"].partition(":")[0] for found in (first, second)] == ["127.0.0.1", "localhost"]
    assert not [line for line in second.lines for secret in SECRETS if secret in line]


async def test_https_never_becomes_http(api: Api) -> None:
    """Row 18: a downgrade, over a scripted transport."""
    transport = api.runtime.ScriptedTransport(
        lambda _: api.runtime.answer(302, b"", headers={"Location": "http://api.test/end"})
    )
    async with api.client("https://api.test", transport=transport) as client:
        with pytest.raises(api.runtime.RedirectError):
            await client.api.get_thing()
    assert len(transport.requests) == 1


@pytest.mark.parametrize("status", [pytest.param(status, id=f"row 19: {status}") for status in (307, 308)])
async def test_an_upload_is_sent_again_only_when_it_can_be_read_again(api: Api, status: int) -> None:
    async def once() -> AsyncIterator[bytes]:
        yield b"body"

    async with RawServer(leading(status, "/end")) as server, api.client(server) as client:
        assert (await client.api.put_thing(body=b"body")).name == "thing"
        assert [found.body for found in server.requests] == [b"body", b"body"]
        assert [found.method for found in server.requests] == ["PUT", "PUT"]
        server.requests.clear()
        with pytest.raises(api.runtime.RedirectError) as caught:
            await client.api.put_thing(body=once())
        assert len(server.requests) == 1
    api.told(caught.value, method="PUT")


@pytest.mark.parametrize(
    ("status", "method"),
    [pytest.param(status, "GET", id=f"row 20: {status}") for status in (301, 302, 303)]
    + [pytest.param(307, "POST", id="row 20: 307")],
)
async def test_the_method_after_a_redirected_post(api: Api, status: int, method: str) -> None:
    thing = api.package.models.Thing(name="thing")
    async with RawServer(leading(status, "/end")) as server, api.client(server) as client:
        await client.api.make_thing(body=thing)
        last = server.requests[-1]
    assert last.method == method
    assert last.body == (b"" if method == "GET" else b'{"name":"thing"}')
    assert ("content-type" in last.headers) is (method == "POST")
