"""Downloads over a transport that fills memory of the download."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.core.conftest import FakeServer

from specbind.bindings._runtime.errors import TruncatedError
from specbind.bindings._runtime.http import Request, Response
from specbind.core import Ranges, download_file

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = bytes(range(256)) * 1000


class Filling:
    """The body of an answer, given into the caller's memory, so many bytes at a time."""

    def __init__(self, source: object) -> None:
        self._pieces = source.chunks()  # type: ignore[attr-defined]  # a FakeSource

    async def fill(self, view: memoryview) -> int:
        piece = await anext(self._pieces, b"")
        view[: len(piece)] = piece
        return len(piece)


class FillingResponse(Response):
    """An answer whose connection can be taken over."""

    def bulk(self) -> Filling:
        return Filling(self.source)


def send_of(server: FakeServer):
    async def send(request: Request) -> Response:
        found = await server.send(request)
        return FillingResponse(found.status, found.headers, found.source)

    return send


@pytest.mark.parametrize("connections", [1, 3])
async def test_the_bytes_arrive_over_as_many_connections_as_asked(tmp_path: Path, connections: int) -> None:
    server = FakeServer(CONTENT)
    seen: list[tuple[int, int | None]] = []
    ranges = Ranges(connections=connections, piece=50_000)
    request = Request("GET", "http://a.test/file", idempotent=True)
    await download_file(
        send_of(server), request, tmp_path / "f", ranges=ranges, progress=lambda *counts: seen.append(counts)
    )
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert len(server.requests) >= connections
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert all(source.closed for source in server.sources)


async def test_a_connection_that_is_lost_goes_on_where_it_stopped(tmp_path: Path) -> None:
    server = FakeServer(CONTENT, cuts=[100_000, 20_000, None])
    request = Request("GET", "http://a.test/file", idempotent=True)
    await download_file(send_of(server), request, tmp_path / "f", backoff=lambda *_: 0.0)
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=100000-255999", "bytes=120000-255999"]


async def test_what_came_before_a_final_loss_is_kept(tmp_path: Path) -> None:
    server = FakeServer(CONTENT, cuts=[100_000, None])
    request = Request("GET", "http://a.test/file", idempotent=True)
    with pytest.raises(TruncatedError):
        await download_file(send_of(server), request, tmp_path / "f", resume=True, backoff=lambda *_: None)
    await download_file(send_of(server), request, tmp_path / "f", resume=True)
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=100000-"]
