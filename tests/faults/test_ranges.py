"""Ranges that are not what was asked for (rows 51 to 54 of the fault plan). Never a wrong byte under the final name."""

# ruff: noqa: ASYNC240 (small files of the tests)

from __future__ import annotations

import hashlib
import importlib
from typing import TYPE_CHECKING

import pytest
from tests.support.raw_server import Connection, RawServer, response

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.conftest import Api

CONTENT = hashlib.shake_128(b"ranges").digest(3_000_000)
OTHER = hashlib.shake_128(b"another version").digest(3_000_000)
PIECE = 200_000
LARGE = 700_000  # a piece that is received into memory of the download, without chunks
Answer = tuple[int, bytes, dict[str, str]]


def right(start: int, end: int, content: bytes = CONTENT, etag: str = '"one"') -> Answer:
    """The right answer to a range."""
    shown = {"ETag": etag, "Content-Range": f"bytes {start}-{end - 1}/{len(content)}"}
    return 206, content[start:end], shown


def whole(content: bytes = CONTENT, etag: str = '"one"') -> Answer:
    """The whole file."""
    return 200, content, {"ETag": etag}


def server_of(bad: Callable[[int, int, int], Answer | None]) -> Callable[[Connection], object]:
    """A file server; `bad` is asked first, with the number of the range request, its start and its end."""
    count = 0

    async def script(connection: Connection) -> None:
        nonlocal count
        while (found := await connection.request()) is not None:
            wanted = found.headers.get("range")
            if wanted is None:
                status, content, shown = bad(0, 0, len(CONTENT)) or whole()
            else:
                count += 1
                first, _, last = wanted.removeprefix("bytes=").partition("-")
                start, end = int(first), int(last) + 1 if last else len(CONTENT)
                status, content, shown = bad(count, start, end) or right(start, end)
            await connection.send(response(status, content, {"Accept-Ranges": "bytes", **shown}))

    return script


async def fetched(api: Api, client: object, folder: Path, piece: int = PIECE) -> Path:
    request = client.build(api.operations.GET_FILE, ())  # type: ignore[attr-defined]  # of the package of this run
    ranges = api.core.Ranges(connections=3, piece=piece)
    send = client.send  # type: ignore[attr-defined]
    return await api.core.download_file(send, request, folder / "file", ranges=ranges, sleep=api.sleep)


def other_range(count: int, start: int, end: int) -> Answer | None:
    return right(start + 1, end + 1 if end < len(CONTENT) else end) if count == 1 else None


def other_total(count: int, start: int, end: int) -> Answer | None:
    status, content, shown = right(start, end)
    shown = {**shown, "Content-Range": shown["Content-Range"].replace(str(len(CONTENT)), "9999999")}
    return (status, content, shown) if count == 1 else None


def no_range(count: int, start: int, end: int) -> Answer | None:
    return (206, CONTENT[start:end], {"ETag": '"one"'}) if count == 1 else None


def byteranges(count: int, start: int, end: int) -> Answer | None:
    found = b"--x\r\nContent-Range: bytes 0-1/2\r\n\r\n" + CONTENT[start:end] + b"\r\n--x--"
    headers = {"ETag": '"one"', "Content-Type": "multipart/byteranges; boundary=x"}
    return (206, found, headers) if count == 1 else None


def ignored_if_range(count: int, start: int, end: int) -> Answer | None:
    return right(start, end, OTHER, '"two"') if count == 1 else None


def answers_200(count: int, _start: int, _end: int) -> Answer | None:
    return whole() if count == 1 else None


def longer(count: int, start: int, end: int) -> Answer | None:
    _, content, shown = right(start, end)
    return (206, content + b"more", shown) if count == 1 else None


WRONG = [
    pytest.param(other_range, id="row 51: other range"),
    pytest.param(other_total, id="row 51: other total"),
    pytest.param(no_range, id="row 51: no Content-Range"),
    pytest.param(byteranges, id="row 51: multipart"),
    pytest.param(ignored_if_range, id="row 52: other ETag, If-Range ignored"),
    pytest.param(answers_200, id="row 53: 200"),
    pytest.param(longer, id="row 54: longer than promised"),
]


@pytest.mark.parametrize("piece", [PIECE, LARGE])
@pytest.mark.parametrize("bad", WRONG)
async def test_a_wrong_range_starts_again_and_ends_right(
    api: Api, tmp_path: Path, bad: Callable[[int, int, int], Answer | None], piece: int
) -> None:
    async with RawServer(server_of(bad)) as server, api.client(server) as client:
        path = await fetched(api, client, tmp_path, piece)
    assert path.read_bytes() == CONTENT
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
    assert sum("range" not in found.headers for found in server.requests) == 2


@pytest.mark.parametrize("piece", [PIECE, LARGE])
async def test_a_version_that_changes_for_good_is_fetched_whole(api: Api, tmp_path: Path, piece: int) -> None:
    """Row 52: after the first range the server has another version, and honours If-Range."""
    changed = False

    def bad(count: int, _start: int, _end: int) -> Answer | None:
        nonlocal changed
        changed = changed or count == 1
        return whole(OTHER, '"two"') if changed else None

    async with RawServer(server_of(bad)) as server, api.client(server) as client:
        path = await fetched(api, client, tmp_path, piece)
    assert path.read_bytes() == OTHER


async def test_ranges_that_are_always_wrong_are_given_up_for_one_stream(api: Api, tmp_path: Path) -> None:
    """Row 51, for ever."""

    def bad(count: int, start: int, _end: int) -> Answer | None:
        return right(max(0, start - 7), start + 7) if count else None

    async with RawServer(server_of(bad)) as server, api.client(server) as client:
        path = await fetched(api, client, tmp_path)
    assert path.read_bytes() == CONTENT


def unsatisfied(count: int, _start: int, _end: int) -> Answer | None:
    return (416, b"", {"Content-Range": f"bytes */{len(CONTENT)}"}) if count else None


async def test_416_with_equal_total_is_done_when_nothing_is_missing(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 53: an earlier run ended between the last byte and the final name."""

    def ends(*_: object) -> None:
        raise api.runtime.TruncatedError("the end of the program")

    async with RawServer(server_of(unsatisfied)) as server, api.client(server) as client:
        request = client.build(api.operations.GET_FILE, ())
        with monkeypatch.context() as patch:
            patch.setattr(importlib.import_module(f"{api.core.__name__}.fetch").Fetch, "_check_whole", ends)
            with pytest.raises(api.runtime.TruncatedError):
                await api.core.download_file(client.send, request, tmp_path / "file", resume=True)
        await api.core.download_file(client.send, request, tmp_path / "file", resume=True)
        assert [("range" in found.headers) for found in server.requests] == [False, True]
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


async def test_416_while_bytes_are_missing_starts_again(api: Api, tmp_path: Path) -> None:
    """Row 53: the server denies what it offered."""
    async with RawServer(server_of(unsatisfied)) as server, api.client(server) as client:
        path = await fetched(api, client, tmp_path)
    assert path.read_bytes() == CONTENT


async def test_an_error_of_a_download_names_the_call(api: Api, tmp_path: Path) -> None:
    """Row 51: what is raised when nothing helps."""
    async with RawServer(server_of(lambda *_: (207, b"", {}))) as server, api.client(server) as client:
        with pytest.raises(api.core.UnexpectedReplyError) as caught:
            await fetched(api, client, tmp_path)
    api.told(caught.value, "/file")
    assert list(tmp_path.iterdir()) == []
