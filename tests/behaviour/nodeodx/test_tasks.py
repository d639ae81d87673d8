"""Looking after tasks."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.behaviour.nodeodx.faulty import FaultyNode, Handler, answer, lose, refuse

from specbind.bindings.nodeodx.models import StatusCode
from specbind.nodeodx.aio import Node, Task
from specbind.nodeodx.exceptions import (
    GenericError,
    NodeConnectionError,
    NodeResponseError,
    NodeServerError,
    TaskFailedError,
)
from specbind.nodeodx.types import TaskInfo, TaskStatus

if TYPE_CHECKING:
    from aiohttp import web


@pytest.fixture
async def done(node: Node, images: list[str]) -> Task:
    task = await node.create_task(images)
    await task.wait_for_completion(interval=0.01)
    return task


# --- output and state


async def test_output_is_cut_like_a_python_list(done: Task) -> None:
    lines = await done.output()
    assert len(lines) > 3
    assert await done.output(-2) == lines[-2:]
    assert await done.output(len(lines) + 5) == []
    assert (await done.info(1)).output == lines[1:]
    assert (await done.info()).output == []


async def test_a_line_that_says_error_is_a_line(done: Task, emulator: FaultyNode) -> None:
    emulator.engine.jobs[done.uuid].output.append("error")
    assert (await done.output(-1)) == ["error"]


# --- waiting


async def test_states_are_told(node: Node, images: list[str]) -> None:
    task = await node.create_task(images)
    seen: list[TaskInfo] = []
    await task.wait_for_completion(seen.append, interval=0.001)
    assert seen[-1].status is TaskStatus.COMPLETED
    assert seen[-1].progress == 100


@pytest.mark.parametrize(
    "fault",
    [lose, answer(502), answer(504), answer(200, "<html>"), refuse('{"error": "connect ETIMEDOUT 10.0.0.1:3000"}')],
)
async def test_waiting_survives_outages(done: Task, emulator: FaultyNode, fault: object) -> None:
    emulator.tricks["/info"] = [fault] * 3  # type: ignore[list-item]
    await done.wait_for_completion(interval=0.01, max_retries=3, retry_timeout=0.001)


async def test_a_success_sets_the_count_of_failures_back(done: Task, emulator: FaultyNode) -> None:
    async def good(request: web.Request, handler: Handler) -> web.StreamResponse:
        emulator.engine.jobs[done.uuid].code = StatusCode.RUNNING
        response = await handler(request)
        emulator.engine.jobs[done.uuid].code = StatusCode.COMPLETED
        return response

    emulator.tricks["/info"] = [answer(502), answer(502), good, answer(502), answer(502)]
    await done.wait_for_completion(interval=0.001, max_retries=2, retry_timeout=0.001)
    assert emulator.tricks["/info"] == []


async def test_waiting_gives_up(done: Task, emulator: FaultyNode) -> None:
    emulator.requests.clear()
    emulator.tricks["/info"] = [answer(502)] * 9
    with pytest.raises(NodeServerError, match="502"):
        await done.wait_for_completion(max_retries=2, retry_timeout=0.001)
    assert emulator.count("/info") == 3


async def test_an_unknown_task_is_not_waited_for(node: Node, emulator: FaultyNode) -> None:
    with pytest.raises(NodeResponseError, match="nobody not found"):
        await node.get_task("nobody").wait_for_completion()
    assert emulator.count("/info") == 1


async def test_a_failed_task_says_why(node: Node, images: list[str]) -> None:
    Path(images[0]).write_bytes(b"")  # noqa: ASYNC240 - tiny
    task = await node.create_task(images)
    with pytest.raises(TaskFailedError, match="Cannot process dataset") as caught:
        await task.wait_for_completion(interval=0.01)
    assert caught.value.status is TaskStatus.FAILED
    assert caught.value.info is not None
    assert caught.value.info.uuid == task.uuid


async def test_a_canceled_task(done: Task) -> None:
    assert await done.cancel() is True
    with pytest.raises(TaskFailedError, match="canceled") as caught:
        await done.wait_for_completion()
    assert caught.value.status is TaskStatus.CANCELED


# --- commands


async def test_refusals_are_false(node: Node, done: Task, emulator: FaultyNode) -> None:
    ghost = node.get_task("nobody")
    assert [await ghost.cancel(), await ghost.remove(), await ghost.restart()] == [False, False, False]
    emulator.engine.jobs[done.uuid].code = StatusCode.RUNNING
    assert await done.restart() is False


async def test_a_restart_has_new_options(done: Task) -> None:
    assert await done.restart({"dtm": True}) is True
    await done.wait_for_completion(interval=0.01)
    assert (await done.info()).options == [{"name": "dtm", "value": True}]


async def test_bad_options_of_a_restart_are_raised(done: Task) -> None:
    with pytest.raises(NodeResponseError, match="feature-quality"):
        await done.restart({"feature-quality": "best"})


async def test_a_removed_task_is_gone(done: Task, emulator: FaultyNode) -> None:
    assert await done.remove() is True
    with pytest.raises(NodeResponseError, match="not found"):
        await done.info()
    assert emulator.engine.jobs == {}


async def test_a_wrong_token_is_raised_by_every_call(node: Node, done: Task, emulator: FaultyNode) -> None:
    emulator.token = "right"
    for call in (node.info(), node.options(), done.info(), done.output(), done.cancel(), done.remove(), done.restart()):
        with pytest.raises(NodeResponseError, match="token does not match"):
            await call
    node.token = "right"
    assert (await done.info()).uuid == done.uuid


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (answer(401), NodeResponseError),
        (answer(403, '{"error": "not yours"}', "application/json"), NodeResponseError),
        (answer(403, "<html>"), NodeResponseError),
        (answer(404, "<html>"), NodeServerError),
        (answer(500), NodeServerError),
        (answer(200, "<html>"), NodeServerError),
        (answer(200, "[1", "application/json"), NodeServerError),
        (answer(200, "[]", "application/json"), NodeServerError),
        (lose, NodeConnectionError),
    ],
)
async def test_every_odd_answer_has_its_error(
    done: Task, emulator: FaultyNode, fault: object, kind: type[GenericError]
) -> None:
    emulator.tricks["/info"] = [fault] * 3  # type: ignore[list-item]  # a lost connection may be tried again below
    with pytest.raises(kind) as caught:
        await done.info()
    assert type(caught.value) is kind
    assert caught.value.__cause__ is not None


async def test_nobody_listens() -> None:
    async with Node("127.0.0.1", 9, timeout=5) as node:
        with pytest.raises(NodeConnectionError):
            await node.info()


# --- downloads


async def test_an_archive_is_whole_and_named_after_its_task(done: Task, tmp_path: Path) -> None:
    seen: list[float] = []
    path = Path(await done.download_zip(tmp_path / "new" / "folder", seen.append))
    uuid, seconds, name = path.name.split("_", 2)
    assert (uuid, seconds.isdecimal(), name) == (done.uuid, True, "all.zip")
    assert zipfile.ZipFile(path).testzip() is None
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert seen[-1] == 100


async def test_assets_are_unpacked_and_the_archive_is_gone(done: Task, tmp_path: Path, images: list[str]) -> None:
    destination = tmp_path / "assets"
    assert await done.download_assets(str(destination)) == str(destination)
    for image in images:
        assert (destination / "images" / Path(image).name).read_bytes() == Path(image).read_bytes()  # noqa: ASYNC240 - tiny
    assert not list(destination.glob("*.zip"))


async def test_only_completed_tasks_are_downloaded(done: Task, emulator: FaultyNode, tmp_path: Path) -> None:
    emulator.engine.jobs[done.uuid].code = StatusCode.RUNNING
    with pytest.raises(NodeResponseError, match="RUNNING"):
        await done.download_zip(tmp_path / "never")
    assert not (tmp_path / "never").exists()


async def test_a_cut_archive_leaves_nothing(done: Task, emulator: FaultyNode, tmp_path: Path) -> None:
    archive = emulator.engine.jobs[done.uuid].archive
    archive.write_bytes(archive.read_bytes()[:-100])
    with pytest.raises(NodeServerError, match="zip"):
        await done.download_zip(tmp_path / "cut")
    assert list((tmp_path / "cut").iterdir()) == []


async def test_an_archive_that_is_not_ready(done: Task, emulator: FaultyNode, tmp_path: Path) -> None:
    emulator.engine.jobs[done.uuid].archive.unlink()
    with pytest.raises(NodeResponseError, match="Asset not ready"):
        await done.download_zip(tmp_path / "none")


async def test_an_archive_that_would_leave_the_folder_is_refused(
    done: Task, emulator: FaultyNode, tmp_path: Path
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("fine.txt", "fine")
        archive.writestr("../outside.txt", "outside")
    emulator.engine.jobs[done.uuid].archive.write_bytes(packed.getvalue())
    destination = tmp_path / "deep" / "assets"
    with pytest.raises(NodeServerError, match="outside"):
        await done.download_assets(destination)
    assert not (tmp_path / "deep" / "outside.txt").exists()
    assert not (destination / "fine.txt").exists()


async def test_an_identifier_from_the_node_is_never_a_path(
    node: Node, emulator: FaultyNode, images: list[str], tmp_path: Path
) -> None:
    done = await node.create_task(images)
    await done.wait_for_completion(interval=0.01)
    job = emulator.engine.jobs[done.uuid]
    emulator.engine.jobs[".."] = job
    evil = node.get_task("../../../evil")
    evil_job = emulator.engine.jobs["../../../evil"] = job
    assert evil_job.code == StatusCode.COMPLETED
    path = Path(await evil.download_zip(tmp_path / "a" / "b" / "c" / "d"))
    assert path.parent == tmp_path / "a" / "b" / "c" / "d"
