"""Arguments that cannot be meant: an error names them, and nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from specbind import nodeodx
from specbind.core.archive import ArchiveLimits
from specbind.emulators.nodeodx import NodeOdx
from specbind.nodeodx import aio

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.behaviour.nodeodx.faulty import FaultyNode

NAN = float("nan")
WRONG = (TypeError, ValueError)


@pytest.mark.parametrize("package", [nodeodx, aio])
@pytest.mark.parametrize(
    ("given", "name", "kind"),
    [
        ({"host": None}, "host", TypeError),
        ({"host": 5}, "host", TypeError),
        ({"port": "abc"}, "port", TypeError),
        ({"port": None}, "port", TypeError),
        ({"port": 3000.5}, "port", TypeError),
        ({"port": 70000}, "port", ValueError),
        ({"port": "70000"}, "port", ValueError),
        ({"port": 0}, "port", ValueError),
        ({"port": -1}, "port", ValueError),
        ({"token": 5}, "token", TypeError),
        ({"timeout": -1}, "timeout", ValueError),
        ({"timeout": 0}, "timeout", ValueError),
        ({"timeout": NAN}, "timeout", ValueError),
        ({"timeout": "5"}, "timeout", TypeError),
        ({"timeout": None}, "timeout", TypeError),
        ({"scheme": "ftp"}, "scheme", ValueError),
        ({"scheme": 5}, "scheme", TypeError),
        ({"path": 5}, "path", TypeError),
    ],
)
def test_a_node(package: Any, given: dict[str, object], name: str, kind: type[Exception]) -> None:
    with pytest.raises(kind, match=name):
        package.Node(**{"host": "localhost", "port": 3000, **given})


@pytest.mark.parametrize("package", [nodeodx, aio])
@pytest.mark.parametrize("url", [None, 5, b"http://localhost"])
def test_a_url(package: Any, url: object) -> None:
    with pytest.raises(TypeError, match="url"):
        package.Node.from_url(url)


@pytest.mark.parametrize("package", [nodeodx, aio])
def test_what_programs_give_all_the_same(package: Any) -> None:
    assert package.Node("localhost", "3000").port == 3000  # from the environment
    assert package.Node("localhost", 3000, None).token == ""
    assert package.Node("localhost", 3000, path="odx").url("/info") == "http://localhost:3000/odx/info"


@pytest.mark.parametrize("uuid", [None, 5, ""])
def test_the_identifier_of_a_task(node: aio.Node, uuid: Any) -> None:
    with pytest.raises(WRONG, match="uuid"):
        node.get_task(uuid)


@pytest.mark.parametrize("way", ["create_task", "create_task_fallback"])
@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"files": None}, "files"),
        ({"files": 5}, "files"),
        ({"files": [None]}, "files"),
        ({"options": ["dsm"]}, "options"),
        ({"options": 5}, "options"),
        ({"options": {5: True}}, "options"),
        ({"options": {"dsm": object()}}, "options.*dsm"),
        ({"options": {"dsm": NAN}}, "options.*dsm"),
        ({"name": 5}, "name"),
        ({"progress_callback": 5}, "progress_callback"),
        ({"task_uuid": 5}, "task_uuid"),
    ],
)
async def test_a_new_task(
    node: aio.Node, emulator: FaultyNode, images: list[str], way: str, given: dict[str, object], name: str
) -> None:
    with pytest.raises(WRONG, match=name):
        await getattr(node, way)(**{"files": images, **given})
    assert emulator.requests == []


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"outputs": "abc"}, "outputs"),
        ({"outputs": 5}, "outputs"),
        ({"outputs": [5]}, "outputs"),
        ({"webhook": 5}, "webhook"),
        ({"parallel_uploads": "3"}, "parallel_uploads"),
        ({"parallel_uploads": 0}, "parallel_uploads"),
        ({"max_retries": "a"}, "max_retries"),
        ({"max_retries": -1}, "max_retries"),
        ({"retry_timeout": "a"}, "retry_timeout"),
        ({"retry_timeout": -1}, "retry_timeout"),
        ({"retry_timeout": NAN}, "retry_timeout"),
    ],
)
async def test_a_new_task_in_pieces(
    node: aio.Node, emulator: FaultyNode, images: list[str], given: dict[str, Any], name: str
) -> None:
    with pytest.raises(WRONG, match=name):
        await node.create_task(images, **given)
    assert emulator.requests == []


CHUNKS: list[object] = [0, -5, "a", NAN, None, float("inf"), True]


@pytest.mark.parametrize("way", ["download_zip", "download_assets"])
@pytest.mark.parametrize(
    ("given", "name"),
    [({"parallel_chunks_size": size}, "parallel_chunks_size") for size in CHUNKS]
    + [
        ({"parallel_downloads": "a"}, "parallel_downloads"),
        ({"parallel_downloads": 1.5}, "parallel_downloads"),
        ({"parallel_downloads": -1}, "parallel_downloads"),
        ({"progress_callback": 5}, "progress_callback"),
    ],
)
async def test_a_download(
    node: aio.Node, emulator: FaultyNode, tmp_path: Path, way: str, given: dict[str, object], name: str
) -> None:
    with pytest.raises(WRONG, match=name):
        await getattr(node.get_task("u"), way)(tmp_path, **given)
    assert emulator.requests == []


@pytest.mark.parametrize("way", ["save_zip", "save_assets"])
@pytest.mark.parametrize(
    ("given", "name"),
    [({"piece": size}, "piece") for size in CHUNKS]
    + [({"connections": "a"}, "connections"), ({"progress": 5}, "progress"), ({"limits": 5}, "limits")],
)
async def test_a_download_to_a_place(
    node: aio.Node, emulator: FaultyNode, tmp_path: Path, way: str, given: dict[str, object], name: str
) -> None:
    with pytest.raises(WRONG, match=name):
        await getattr(node.get_task("u"), way)(tmp_path / "new", **given)
    with pytest.raises(TypeError, match="on_file"):
        await node.get_task("u").save_assets(tmp_path, on_file=5)  # type: ignore[arg-type]  # what is tested
    assert emulator.requests == []


@pytest.mark.parametrize(
    ("given", "name", "kind"),
    [
        ({"interval": -1}, "interval", ValueError),
        ({"interval": NAN}, "interval", ValueError),
        ({"interval": "x"}, "interval", TypeError),
        ({"max_retries": "x"}, "max_retries", TypeError),
        ({"retry_timeout": -1}, "retry_timeout", ValueError),
        ({"status_callback": 5}, "status_callback", TypeError),
    ],
)
async def test_waiting(
    node: aio.Node, emulator: FaultyNode, given: dict[str, Any], name: str, kind: type[Exception]
) -> None:
    with pytest.raises(kind, match=name):
        await node.get_task("u").wait_for_completion(**given)
    assert emulator.requests == []


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda task: task.info("x"), "with_output"),
        (lambda task: task.output("x"), "line"),
        (lambda task: task.restart(["dsm"]), "options"),
    ],
)
async def test_looking_after_a_task(
    node: aio.Node, emulator: FaultyNode, call: Callable[[Any], Any], name: str
) -> None:
    with pytest.raises(TypeError, match=name):
        await call(node.get_task("u"))
    assert emulator.requests == []


@pytest.mark.parametrize(
    ("given", "name", "kind"),
    [
        ({"speed": 0}, "speed", ValueError),
        ({"speed": "x"}, "speed", TypeError),
        ({"speed": float("inf")}, "speed", ValueError),
        ({"max_images": -1}, "max_images", ValueError),
        ({"max_images": 0}, "max_images", ValueError),
        ({"max_images": "x"}, "max_images", TypeError),
        ({"parallel_tasks": 0}, "parallel_tasks", ValueError),
        ({"token": 5}, "token", TypeError),
        ({"version": 5}, "version", TypeError),
        ({"faults": 5}, "faults", TypeError),
        ({"webhook": 5}, "webhook", TypeError),
        ({"webhook": "nonsense"}, "webhook", ValueError),
        ({"webhook": "ftp://x"}, "webhook", ValueError),
        ({"webhook": "http://"}, "webhook", ValueError),
        ({"webhook": "http://h:x/"}, "webhook", ValueError),
    ],
)
def test_an_emulated_node(given: dict[str, Any], name: str, kind: type[Exception]) -> None:
    with pytest.raises(kind, match=name):
        NodeOdx(**given)


async def test_tiny_pieces_make_few_requests(node: aio.Node, emulator: FaultyNode, tmp_path: Path) -> None:
    emulator.ranges = True
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(bytes(range(256)) * 1000)
    task = await node.create_task([photo])
    await task.wait_for_completion(interval=0.01)
    before = emulator.count("/download/")
    await task.save_zip(tmp_path / "all.zip", piece=1e-9, limits=ArchiveLimits())
    archive = emulator.engine.jobs[task.uuid].archive
    assert (tmp_path / "all.zip").read_bytes() == archive.read_bytes()
    assert emulator.count("/download/") - before <= archive.stat().st_size // (1 << 14) + 2


async def test_waiting_without_an_interval_does_not_flood_the_node(
    node: aio.Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    paces: list[float] = []

    async def poll(*_: object, interval: float, **__: object) -> None:
        paces.append(interval)

    monkeypatch.setattr("specbind.nodeodx.aio.task.poll", poll)
    for interval in (0, 0.01, 0.1, 7):
        await node.get_task("u").wait_for_completion(interval=interval)
    assert paces == [0.05, 0.05, 0.1, 7]
