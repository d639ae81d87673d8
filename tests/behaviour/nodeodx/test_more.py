"""What goes beyond the official client: task list, webhooks, calls by path, downloads to a place of one's choice."""

# ruff: noqa: ASYNC240 (small files of the tests)

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.behaviour.nodeodx.faulty import FaultyNode, answer, refuse

from specbind.core.archive import ArchiveLimits
from specbind.nodeodx.exceptions import GenericError, NodeResponseError, NodeServerError
from specbind.nodeodx.types import TaskStatus
from specbind.nodeodx.webhook import parse_report

if TYPE_CHECKING:
    from specbind.nodeodx.aio import Node, Task


@pytest.fixture
async def done(node: Node, images: list[str]) -> Task:
    task = await node.create_task(images)
    await task.wait_for_completion(interval=0.01)
    return task


async def test_tasks_are_listed(node: Node, done: Task) -> None:
    assert [task.uuid for task in await node.list_tasks()] == [done.uuid]
    assert (await (await node.list_tasks())[0].info()).status is TaskStatus.COMPLETED


async def test_a_whole_task_in_one_request(node: Node, emulator: FaultyNode, images: list[str]) -> None:
    seen: list[float] = []
    task = await node.create_task_fallback(images, {"dsm": True}, "one", seen.append)
    assert emulator.count("/task/new/init") == 0
    assert emulator.engine.jobs[task.uuid].settings.name == "one"
    assert seen[-1] == 100
    with pytest.raises(NodeResponseError, match="Not enough images"):
        await node.create_task_fallback([])


# --- calls by path


async def test_get_and_post_give_json_and_carry_the_token(node: Node, done: Task, emulator: FaultyNode) -> None:
    emulator.token = node.token = "secret"
    info = await node.get("/info")
    assert info["engine"] == "odx"
    assert await node.get(f"task/{done.uuid}/output", {"line": -1}) == (await done.output(-1))
    assert await node.post("/task/cancel", {"uuid": done.uuid}) == {"success": True}
    body = json.dumps({"uuid": done.uuid})
    assert await node.post("/task/remove", body, {"Content-Type": "application/json"}) == {"success": True}


async def test_get_gives_bytes_where_there_is_no_json(node: Node, done: Task) -> None:
    content = await node.get(f"/task/{done.uuid}/download/all.zip")
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (refuse('{"error": "no"}'), NodeResponseError),
        (answer(401), NodeResponseError),
        (answer(500), NodeServerError),
        (answer(200, "{", "application/json"), NodeServerError),
    ],
)
async def test_get_and_post_have_the_errors_of_the_other_calls(
    node: Node, emulator: FaultyNode, fault: object, kind: type[GenericError]
) -> None:
    emulator.tricks["/info"] = [fault, fault]  # type: ignore[list-item]
    for call in (node.get("/info"), node.post("/info")):
        with pytest.raises(kind) as caught:
            await call
        assert type(caught.value) is kind


# --- webhooks


def report(**change: object) -> bytes:
    told = {"uuid": "u", "dateCreated": 1_700_000_000_123, "processingTime": 5, "status": {"code": 40}}
    return json.dumps({**told, "options": [], "imagesCount": 1, "images": [{"filename": "a.jpg"}], **change}).encode()


def test_a_webhook_is_read() -> None:
    found = parse_report(report(status={"code": 30, "errorMessage": "Not enough memory"}))
    assert (found.uuid, found.status, found.last_error) == ("u", TaskStatus.FAILED, "Not enough memory")
    assert found.images == [{"filename": "a.jpg"}]
    assert parse_report(report(images=[])).images == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b"[" * 100_000, report(uuid=5), report(images=["a"])])
def test_what_is_no_report_is_refused(body: bytes) -> None:
    with pytest.raises(NodeServerError, match="report"):
        parse_report(body)


# --- downloads


async def test_an_archive_goes_where_one_wants(done: Task, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    target = tmp_path / "new" / "result.zip"
    assert await done.save_zip(target, progress=lambda *counts: seen.append(counts)) == target
    size = target.stat().st_size
    assert seen[-1] == (size, size)
    await done.save_zip(target)
    assert [path.name for path in target.parent.iterdir()] == ["result.zip"]


async def test_pieces_side_by_side_make_the_same_archive(node: Node, emulator: FaultyNode, tmp_path: Path) -> None:
    emulator.ranges = True
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(bytes(range(256)) * 4000)
    task = await node.create_task([photo])
    await task.wait_for_completion(interval=0.01)
    before = emulator.count("/download/")
    path = await task.save_zip(tmp_path / "all.zip", connections=4, piece=0.1)
    assert path.read_bytes() == emulator.engine.jobs[task.uuid].archive.read_bytes()
    assert emulator.count("/download/") - before >= 2


@pytest.mark.parametrize(
    "fault", ["wrong-range:download:*", "no-range:download:*", "changed:download", "slow:download:2M"]
)
async def test_ranges_that_go_wrong_end_with_the_right_archive(
    node: Node, emulator: FaultyNode, tmp_path: Path, fault: str
) -> None:
    emulator.ranges = True
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(bytes(range(256)) * 2000)
    task = await node.create_task([photo])
    await task.wait_for_completion(interval=0.01)
    emulator.faults.add(fault)
    path = await task.save_zip(tmp_path / "all.zip", connections=3, piece=0.1)
    assert path.read_bytes() == emulator.engine.jobs[task.uuid].archive.read_bytes()
    assert emulator.faults.played


async def test_an_archive_that_is_still_being_written_is_refused(
    done: Task, emulator: FaultyNode, tmp_path: Path
) -> None:
    emulator.faults.add("growing:download:0.7")
    with pytest.raises(NodeServerError, match="zip"):
        await done.save_zip(tmp_path / "all.zip")
    assert [path for path in tmp_path.iterdir() if path.suffix != ".jpg"] == []


async def test_a_failed_download_goes_on_under_another_name(node: Node, emulator: FaultyNode, tmp_path: Path) -> None:
    emulator.ranges = True
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(bytes(range(256)) * 4000)
    task = await node.create_task([photo])
    await task.wait_for_completion(interval=0.01)
    folder = tmp_path / "out"
    emulator.faults.add("truncate:download:0.6, 503:download:*")
    with pytest.raises(GenericError):
        await task.download_zip(folder, parallel_downloads=1)
    assert {path.suffix for path in folder.iterdir()} == {".part", ".json"}
    emulator.faults.clear()
    path = Path(await task.download_zip(folder, parallel_downloads=1))
    assert path.read_bytes() == emulator.engine.jobs[task.uuid].archive.read_bytes()
    assert list(folder.iterdir()) == [path]


async def test_assets_have_limits_of_ones_choice(done: Task, tmp_path: Path) -> None:
    for limits in (ArchiveLimits(files=2), ArchiveLimits(unpacked=100)):
        with pytest.raises(NodeServerError, match="limit"):
            await done.save_assets(tmp_path / "assets", limits=limits)
    seen: list[Path] = []
    files = await done.save_assets(tmp_path / "assets", on_file=seen.append)
    assert files == seen
    assert {path.name for path in files} >= {"odm_orthophoto.tif", "report.json"}
    assert not [path for path in (tmp_path / "assets").iterdir() if path.name.startswith(".")]
