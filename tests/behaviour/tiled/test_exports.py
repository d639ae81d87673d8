"""Exports: whole files or none, streams with progress, and what is refused before anything is sent."""

from __future__ import annotations

import io
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.raw_server import Connection, RawServer, response

from specbind.core.errors import NotEnoughSpaceError
from specbind.tiled import aio
from specbind.tiled._data.export import export
from specbind.tiled.exceptions import ClientError, NotAcceptableError, TransportError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

BODY = bytes(range(256)) * 4000
TAGGED = {"Content-Type": "text/csv", "ETag": '"one"', "Accept-Ranges": "bytes"}


def there(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir()]


class Exporting:
    """Gives pieces, and notes whether it was asked."""

    def __init__(self, *pieces: bytes, error: Exception | None = None) -> None:
        self.pieces = pieces
        self.error = error
        self.asked: list[Any] = []

    async def stream(self, path: str, *, params: Any = (), accept: str = "*/*") -> AsyncGenerator[bytes, None]:
        del accept
        self.asked.append((path, list(params)))
        for piece in self.pieces:
            yield piece
        if self.error is not None:
            raise self.error

    async def save(
        self, path: str, target: Path, *, params: Any = (), progress: Any = None, resume: bool = False
    ) -> Path:
        del progress, resume
        self.asked.append((path, list(params)))
        if self.error is not None:
            raise self.error
        return target


@pytest.mark.parametrize(("format", "asked"), [("csv", "csv"), (".csv", "csv"), ("text/csv", "text/csv")])
async def test_a_stream_gets_all_bytes_and_its_progress(format: str, asked: str):
    wire, sink, told = Exporting(b"ab", b"", b"cde"), io.BytesIO(), list[tuple[int, int | None]]()
    await export(wire, "array/full/a", sink, format=format, progress=lambda done, total: told.append((done, total)))
    assert sink.getvalue() == b"abcde"
    assert wire.asked == [("array/full/a", [("format", asked)])]
    assert told[0] == (2, None)
    assert told[-1] == (5, 5)
    assert told.count((5, 5)) == 1


async def test_a_file_that_takes_a_part_at_a_time_gets_all():
    class Slow(io.RawIOBase):
        got = b""

        def write(self, given: Any, /) -> int:
            self.got += bytes(given[:2])
            return min(2, len(given))

    sink: Any = Slow()
    await export(Exporting(b"abcde", b"fg"), "p", sink, format="csv")
    assert sink.got == b"abcdefg"


@pytest.mark.parametrize("count", [0, None])
async def test_a_file_that_takes_nothing_is_an_error(count: int | None):
    class Full(io.RawIOBase):
        def write(self, _given: Any, /) -> Any:
            return count

    sink: Any = Full()
    with pytest.raises(BlockingIOError):
        await export(Exporting(b"abcde"), "p", sink, format="csv")


async def test_a_stream_that_ends_early_says_how_much_was_written():
    wire = Exporting(b"ab", error=TransportError("lost"))
    with pytest.raises(TransportError) as caught:
        await export(wire, "p", io.BytesIO(), format="csv")
    assert caught.value.__notes__[0].startswith("2 bytes")


@pytest.mark.parametrize(
    ("target", "given", "error", "message"),
    [
        (io.BytesIO(), {"resume": True, "format": "csv"}, ValueError, "path"),
        (io.StringIO(), {"format": "csv"}, TypeError, "'wb'"),
        (3, {"format": "csv"}, TypeError, "'wb'"),
        (io.BytesIO(), {}, ValueError, "which format"),
        ("missing/a.csv", {}, FileNotFoundError, "folder"),
        ("there.csv", {}, IsADirectoryError, "folder"),
    ],
)
async def test_what_cannot_be_is_refused_before_anything_is_sent(
    target: Any, given: dict[str, Any], error: type[Exception], message: str, tmp_path: Path
):
    (tmp_path / "there.csv").mkdir()
    wire = Exporting(b"ab")
    with pytest.raises(error, match=message):
        await export(wire, "p", tmp_path / target if isinstance(target, str) else target, **given)
    assert wire.asked == []


async def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path):
    target = tmp_path / "a.csv"
    target.write_bytes(b"before")
    answers = 0

    async def script(raw: Connection) -> None:
        nonlocal answers
        while (asked := await raw.request()) is not None:
            answers += 1
            if answers == 1:
                await raw.send(response(500, b"{}", {"Content-Type": "application/json"}))
            else:
                assert "format=csv" in asked.target
                await raw.send(response(200, BODY, TAGGED))

    async with RawServer(script) as server, aio.Context(server.url, api_key="secret") as context:
        with pytest.raises(Exception, match="500"):
            await export(context._connection, "array/full/a", target)
        assert target.read_bytes() == b"before"
        await export(context._connection, "array/full/a", target)
    assert target.read_bytes() == BODY
    assert there(tmp_path) == ["a.csv"]


async def test_bytes_of_a_broken_export_are_kept_named_and_gone_on_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TILED_RETRY_ATTEMPTS", "1")
    target, ranges = tmp_path / "a.csv", list[str | None]()

    async def script(raw: Connection) -> None:
        while (asked := await raw.request()) is not None:
            ranges.append(asked.headers.get("range"))
            if len(ranges) == 1:
                whole = response(200, BODY, TAGGED)
                await raw.send(whole[: len(whole) // 2])
                return
            start = int((ranges[-1] or "bytes=0-").removeprefix("bytes=").split("-")[0])
            span = {"Content-Range": f"bytes {start}-{len(BODY) - 1}/{len(BODY)}"}
            await raw.send(response(206, BODY[start:], {**TAGGED, **span}))

    async with RawServer(script) as server, aio.Context(server.url, api_key="secret") as context:
        with pytest.raises(TransportError) as caught:
            await export(context._connection, "array/full/a", target, resume=True)
        assert not target.exists()
        (part,) = (one for one in there(tmp_path) if one.endswith(".part"))
        assert str(tmp_path / part) in "".join(caught.value.__notes__)
        await export(context._connection, "array/full/a", target, resume=True)
    assert target.read_bytes() == BODY
    assert ranges[1] is not None
    assert not ranges[1].startswith("bytes=0-")


async def test_a_full_disk_is_told_by_the_name_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    real = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda _: real._replace(free=10))

    async def script(raw: Connection) -> None:
        await raw.request()
        await raw.send(response(200, BODY, TAGGED))

    async with RawServer(script) as server, aio.Context(server.url, api_key="secret") as context:
        with pytest.raises(NotEnoughSpaceError, match=r"a\.csv needs"):
            await export(context._connection, "array/full/a", tmp_path / "a.csv")
    assert there(tmp_path) == []


@pytest.mark.parametrize("stream", [True, False])
async def test_a_format_that_the_server_does_not_have_is_a_value_error_with_those_that_it_has(
    stream: bool, tmp_path: Path
):
    detail = json.dumps({"detail": "Supported formats are text/csv, csv"}).encode()

    async def script(raw: Connection) -> None:
        await raw.request()
        await raw.send(response(406, detail, {"Content-Type": "application/json"}))

    async with RawServer(script) as server, aio.Context(server.url, api_key="secret") as context:
        target = io.BytesIO() if stream else tmp_path / "a.nope"
        with pytest.raises(ValueError, match="Supported formats are text/csv, csv") as caught:
            await export(context._connection, "array/full/a", target, format="nope")
    assert isinstance(caught.value, NotAcceptableError)
    assert isinstance(caught.value, ClientError)
    assert there(tmp_path) == []
