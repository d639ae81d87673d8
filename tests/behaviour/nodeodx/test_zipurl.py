"""A task whose files the emulated node fetches."""

from __future__ import annotations

import io
import zipfile
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest
from tests.support.raw_server import Connection, RawServer, response

from specbind.emulators.nodeodx import zipurl

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.behaviour.nodeodx.faulty import FaultyNode

    from specbind.nodeodx.aio import Node


def packed(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, name)
    return file.getvalue()


@asynccontextmanager
async def giving(answer: bytes) -> AsyncGenerator[RawServer]:
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(answer)

    async with RawServer(script) as server:
        yield server


async def create(emulator: FaultyNode, url: str, *images: str) -> dict[str, str]:
    form = aiohttp.FormData(default_to_multipart=True)
    form.add_field("zipurl", url)
    for name in images:
        form.add_field("images", name.encode(), filename=name)
    async with aiohttp.ClientSession() as session, session.post(f"{emulator.url}/task/new", data=form) as found:
        assert found.status == 200
        told: dict[str, str] = await found.json()
        return told


async def test_the_files_are_those_of_the_archive_and_of_the_request(node: Node, emulator: FaultyNode) -> None:
    async with giving(response(200, packed("a.jpg", "deep/er/b.jpg"))) as server:
        uuid = (await create(emulator, f"{server.url}/all.zip", "a.jpg"))["uuid"]
    await node.get_task(uuid).wait_for_completion(interval=0.01)
    folder = emulator.engine.jobs[uuid].folder / "images"
    assert sorted(path.name for path in folder.iterdir()) == ["a.jpg", "a_.jpg", "b.jpg"]
    assert (folder / "b.jpg").read_text() == "deep/er/b.jpg"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (response(404), "404"),
        (response(302, b"", {"Location": "http://192.0.2.1/"}), "302"),
        (response(200, b"no zip"), ""),
        (response(200, packed("../evil.jpg")), "evil"),
        (response(200, packed("a.jpg"), {"Content-Length": "999999"}), ""),
        (response(200, bytes(3000)), "larger"),
    ],
)
async def test_what_cannot_be_had_makes_no_task(
    emulator: FaultyNode, answer: bytes, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipurl, "MAX_ARCHIVE", 2000)
    async with giving(answer) as server:
        told = await create(emulator, f"{server.url}/all.zip")
    assert told["error"].startswith("Cannot fetch zipurl: ")
    assert reason in told["error"]
    assert emulator.engine.jobs == {}


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1/a.zip",
        "http://node.example/a.zip",
        "file:///etc/passwd",
        "https://localhost/",
        "x",
        "http://[::",
    ],
)
async def test_only_this_machine_is_asked(emulator: FaultyNode, url: str) -> None:
    assert "only" in (await create(emulator, url))["error"]


async def test_an_archive_without_files_is_as_good_as_none(emulator: FaultyNode) -> None:
    async with giving(response(200, packed())) as server:
        told = await create(emulator, f"{server.url}/all.zip")
    assert told == {"error": "Need at least 1 file or a zip file url."}
