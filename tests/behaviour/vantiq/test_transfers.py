"""Downloads to files: cut, killed, and never wrong under their name. Uploads as they go over the wire."""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.behaviour.core.conftest import FileServer
from tests.support.raw_server import Connection, RawServer, response

from specbind.core import Ranges
from specbind.vantiq import Vantiq, VantiqException, VantiqResources

if TYPE_CHECKING:
    from tests.behaviour.vantiq.watched import WatchedServer

CONTENT = hashlib.shake_128(b"vantiq").digest(6_000_000)
DOCUMENTS = VantiqResources.DOCUMENTS

PROGRAM = """
import os, signal, sys
from specbind.core import fetch
from specbind.vantiq.sync import Vantiq

fetch._SAVE_SECONDS = 0.0  # as often as a long download would

def progress(done, total):
    if done > 2_000_000:
        os.kill(os.getpid(), signal.SIGKILL)

url, target = sys.argv[1:]
with Vantiq(url) as client:
    client.set_access_token("t")
    client.download_to("/docs/large", target, progress=progress)
"""


async def listening(server: FileServer) -> asyncio.Server:
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    return listener


async def test_a_killed_download_goes_on_where_it_stopped(tmp_path: Path) -> None:
    server = FileServer(CONTENT, rate=20e6)
    async with await listening(server):
        command = [sys.executable, "-c", PROGRAM, server.url, str(tmp_path / "file")]
        killed = await asyncio.to_thread(subprocess.run, command, check=False, timeout=60)
        assert killed.returncode == -9
        assert not (tmp_path / "file").exists()
        server.rate, server.sent = 0, 0
        async with Vantiq(server.url) as client:
            await client.set_access_token("t")
            assert await client.download_to("/docs/large", tmp_path / "file") == tmp_path / "file"
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert server.sent < len(CONTENT) - 1_000_000
    assert await asyncio.to_thread(os.listdir, tmp_path) == ["file"]


async def test_a_connection_that_is_cut_asks_for_the_rest(tmp_path: Path) -> None:
    server = FileServer(CONTENT, cut=lambda number: 1_000_000 if number < 4 else None)
    told: list[int] = []
    async with await listening(server), Vantiq(server.url) as client:
        await client.set_access_token("t")
        await client.download_to("/docs/large", tmp_path / "file", progress=lambda done, _: told.append(done))
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert told[-1] == len(CONTENT)
    assert all("authorization: bearer t" in head.lower() for head in server.heads)


async def test_documents_of_the_emulator_come_in_pieces(client: Vantiq, server: WatchedServer, tmp_path: Path) -> None:
    await client.upload(DOCUMENTS, "application/x-own", "a/large", None, CONTENT)
    server.requests.clear()
    await client.download_to("/docs/a/large", tmp_path / "file", ranges=Ranges(connections=3, piece=500_000))
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert len(server.requests) > 2


async def test_a_download_that_is_refused_leaves_nothing(client: Vantiq, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("before")
    told = (await client.download("/docs/missing")).errors
    assert told is not None
    with pytest.raises(VantiqException) as caught:
        await client.download_to("/docs/missing", tmp_path / "file")
    assert (caught.value.code, caught.value.message, caught.value.params) == (
        told[0].code,
        told[0].message,
        told[0].params,
    )
    assert "404" in str(caught.value.__cause__)
    assert (tmp_path / "file").read_text() == "before"


async def test_a_file_is_uploaded_under_its_name_or_another(client: Vantiq, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(CONTENT)
    first = await client.upload(DOCUMENTS, "text/plain", str(tmp_path / "file"), "a/ä b.txt")
    assert first.body["name"] == "a/ä b.txt"
    assert first.body["contentSize"] == len(CONTENT)
    answer = await client.download(first.body["content"])
    assert await answer.body.read() == CONTENT
    assert answer.content_type == "text/plain"


@pytest.mark.parametrize("name", ['a"b', "a\\b", 'a\\"b', "percent%22", "semi;colon", "ü"])
async def test_a_document_keeps_its_name(client: Vantiq, server: WatchedServer, name: str) -> None:
    answer = await client.upload(DOCUMENTS, "text/plain", name, None, "text")
    assert answer.is_success
    assert answer.body["name"] == name
    assert server.requests[-1][1] == "/api/v1/resources/documents"
    assert (await client.count(DOCUMENTS)).count == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("line\r\nbreak: x", None, "x"),
        ("a\nb", None, "x"),
        ("a\0b", None, "x"),
        ("\ud800", None, "x"),
        (Path("x"), None, "x"),
        ("x", None, 5),
        ("x", None, [65, 66]),
        ("x", None, "\ud800"),
        ("x", 5, None),
    ],
)
async def test_names_and_contents_that_cannot_go_are_refused(
    client: Vantiq, server: WatchedServer, arguments: Any
) -> None:
    server.requests.clear()
    answer = await client.upload(DOCUMENTS, "text/plain", *arguments)
    assert (answer.status_code, bool(answer.errors)) == (400, True)
    assert server.requests == []


async def test_relative_paths_of_downloads_are_encoded(client: Vantiq) -> None:
    await client.upload(DOCUMENTS, "text/plain", "a#b", None, "text")
    assert await (await client.download("docs/a#b")).body.read() == b"text"
    for path in ("docs/../x", "../x", "docs/%2e%2E/x"):
        with pytest.raises(VantiqException, match=r"without \. and \.\."):
            await client.download(path)


async def test_an_upload_is_one_part_named_as_the_document(tmp_path: Path) -> None:
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(response(200, b"{}", {"Content-Type": "application/json"}))

    (tmp_path / "file").write_bytes(b"content")
    async with RawServer(script) as raw, Vantiq(raw.url) as client:
        await client.set_access_token("t")
        await client.upload(DOCUMENTS, "text/plain", str(tmp_path / "file"), "a/ä b.txt")
        (request,) = raw.requests
    boundary = request.headers["content-type"].partition("boundary=")[2]
    assert (
        request.body
        == (
            f'--{boundary}\r\nContent-Disposition: form-data; name="a/ä b.txt"; filename="a/ä b.txt"\r\n'
            f"Content-Type: text/plain\r\n\r\ncontent\r\n--{boundary}--\r\n"
        ).encode()
    )
