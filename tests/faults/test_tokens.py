"""Tokens that end (rows 45 to 47 of the fault plan)."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from tests.faults.conftest import OK, SECRETS, Api
from tests.support.raw_server import Connection, RawServer, response

if TYPE_CHECKING:
    from collections.abc import Callable

CONTENT = bytes(range(256)) * 8000
REFUSED = response(401, b"{}", {"X-Request-Id": "req-9"})


class Tokens:
    """Gives a new token each time it is asked; the first `stale` are not accepted by `guard`."""

    def __init__(self, stale: int = 1) -> None:
        self.asked = 0
        self.stale = stale

    async def __call__(self) -> str:
        self.asked += 1
        await asyncio.sleep(0.01)
        return f"{SECRETS[0]}-{self.asked}"

    def good(self, authorization: str) -> bool:
        return int(authorization.rpartition("-")[2]) > self.stale


def guarded(tokens: Tokens, give: Callable[[str, dict[str, str]], bytes]) -> Callable[[Connection], object]:
    async def script(connection: Connection) -> None:
        while (found := await connection.request()) is not None:
            good = tokens.good(found.headers["authorization"])
            await connection.send(give(found.target, found.headers) if good else REFUSED)

    return script


def credentials(api: Api, source: object) -> list[object]:
    kinds = api.credentials
    return [kinds["bearer"](source), kinds["key"](SECRETS[1]), kinds["query"](SECRETS[2])]


async def test_fifty_calls_share_one_refresh(api: Api) -> None:
    """Row 45."""
    tokens = Tokens()
    auth = credentials(api, tokens)
    async with RawServer(guarded(tokens, lambda *_: OK)) as server, api.client(server, auth=auth) as client:
        found = await asyncio.gather(*(client.api.get_thing() for _ in range(50)))
    assert [thing.name for thing in found] == ["thing"] * 50
    assert tokens.asked == 2


async def test_a_token_that_is_never_good_is_one_replay_and_an_error(api: Api) -> None:
    """Row 46."""
    tokens = Tokens(stale=99)
    auth = credentials(api, tokens)
    async with RawServer(guarded(tokens, lambda *_: OK)) as server, api.client(server, auth=auth) as client:
        with pytest.raises(api.runtime.UnauthorizedError) as caught:
            await client.api.get_thing()
        assert len(server.requests) == 2
    assert tokens.asked == 2
    assert caught.value.request_id == "req-9"
    api.told(caught.value)


@pytest.mark.parametrize(
    ("status", "times"), [pytest.param(400, 1, id="row 46: 400"), pytest.param(500, 3, id="row 46: 500")]
)
async def test_a_refresh_that_fails_is_the_error_of_all_calls_and_no_storm(api: Api, status: int, times: int) -> None:
    asked = 0

    async def source() -> str:
        nonlocal asked
        asked += 1
        if asked == 1:
            return f"{SECRETS[0]}-1"
        await asyncio.sleep(0.02)
        raise api.runtime.StatusError("the authorization server says no", status=status)

    auth = credentials(api, source)
    async with RawServer(guarded(Tokens(), lambda *_: OK)) as server, api.client(server, auth=auth) as client:
        found = await asyncio.gather(*(client.api.get_thing() for _ in range(20)), return_exceptions=True)
    assert all(isinstance(error, api.runtime.Error) for error in found)
    assert asked == 1 + times  # the first token, and one refresh for the twenty calls in each attempt
    assert not [secret for secret in SECRETS for error in found if secret in str(error)]


async def test_paging_goes_on_at_the_same_page(api: Api) -> None:
    """Row 47: the token ends before page three."""
    tokens = Tokens(stale=0)
    pages = 0

    def page(target: str, _headers: dict[str, str]) -> bytes:
        nonlocal pages
        pages += 1
        if pages == 2:
            tokens.stale = 1
        start = int(target.partition("after=")[2].partition("&")[0] or 0)
        body = {"items": [start, start + 1], **({"next": start + 2} if start < 8 else {})}
        return response(200, json.dumps(body).encode(), {"Content-Type": "application/json"})

    auth = credentials(api, tokens)
    async with RawServer(guarded(tokens, page)) as server, api.client(server, auth=auth) as client:

        async def fetch(after: int) -> object:
            return await client.api.get_page(after=after)

        def following(_after: int, found: object) -> int | None:
            after = found.next  # type: ignore[attr-defined]  # of the package made in this run
            return after if isinstance(after, int) else None

        listing = api.core.Pages(fetch, 0, items=lambda found: found.items, following=following)
        assert [item async for item in listing] == list(range(10))
    assert tokens.asked == 2


async def test_a_download_goes_on_at_the_same_byte(api: Api, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Row 47: the connection is lost in the middle, and the token has ended when the rest is asked for."""
    tokens = Tokens(stale=0)
    starts: list[int] = []

    async def script(connection: Connection) -> None:
        while (found := await connection.request()) is not None:
            if not tokens.good(found.headers["authorization"]):
                await connection.send(REFUSED)
                continue
            start = int(found.headers.get("range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
            starts.append(start)
            shown = {"ETag": '"one"', "Accept-Ranges": "bytes", "Content-Length": str(len(CONTENT) - start)}
            if start:
                shown["Content-Range"] = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
            whole = response(206 if start else 200, CONTENT[start:], shown)
            if not start:
                await connection.send(whole[: len(whole) // 2])
                tokens.stale = 1
                return
            await connection.send(whole)

    target = tmp_path_factory.mktemp("row 47") / "file"
    async with RawServer(script) as server, api.client(server, auth=credentials(api, tokens)) as client:
        request = client.build(api.operations.GET_FILE, ())
        await api.core.download_file(client.send, request, target, sleep=api.sleep)
    assert target.read_bytes() == CONTENT
    assert len(starts) == 2
    assert starts[1] > 0
    assert tokens.asked == 2
