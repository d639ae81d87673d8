"""Creating tasks."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest
from aiohttp import web
from tests.behaviour.nodeodx.faulty import FaultyNode, answer, bad_gateway_after, lose, lose_reply, pass_on, refuse

from specbind.nodeodx.aio import Node
from specbind.nodeodx.aio import _files as files_module
from specbind.nodeodx.exceptions import GenericError, NodeConnectionError, NodeResponseError, NodeServerError

OWN = "6f1c9a52-0d1e-4b7a-9c55-3f2f6f6f0a01"


def stored(emulator: FaultyNode, uuid: str) -> dict[str, str]:
    """Digest of each file that the node has for a task."""
    folder = emulator.engine.jobs[uuid].folder / "images"
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def sent(images: list[str]) -> dict[str, str]:
    return {Path(image).name: hashlib.sha256(Path(image).read_bytes()).hexdigest() for image in images}


async def test_every_file_arrives_once_and_unchanged(node: Node, emulator: FaultyNode, images: list[str]) -> None:
    task = await node.create_task(images, {"dsm": True}, parallel_uploads=2)
    await task.wait_for_completion(interval=0.01)
    assert stored(emulator, task.uuid) == sent(images)
    assert (await task.info()).images_count == len(images)


async def test_progress_rises_to_100_and_may_be_asynchronous(node: Node, images: list[str]) -> None:
    seen: list[float] = []

    async def report(value: float) -> None:
        await asyncio.sleep(0)
        seen.append(value)

    await node.create_task(images, progress_callback=report)
    assert seen == sorted(seen)
    assert seen[-1] == 100
    assert seen.count(100) == 1


async def test_an_error_of_the_callback_ends_the_upload(node: Node, emulator: FaultyNode, images: list[str]) -> None:
    def report(_value: float) -> None:
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        await node.create_task(images, progress_callback=report)
    assert emulator.count("/commit/") == 0


async def test_settings_reach_the_node(node: Node, emulator: FaultyNode, images: list[str]) -> None:
    task = await node.create_task(
        images,
        {"orthophoto-resolution": 2},
        name="Grüße",
        skip_post_processing=True,
        webhook="http://127.0.0.1:9/",
        outputs=["odm_report"],
        task_uuid=OWN,
    )
    settings = emulator.engine.jobs[OWN].settings
    assert task.uuid == OWN
    assert (settings.name, settings.webhook, settings.outputs) == ("Grüße", "http://127.0.0.1:9/", ["odm_report"])
    assert [(option.name, option.value) for option in settings.options] == [("orthophoto-resolution", 2)]


async def test_an_old_node_gets_one_request_with_every_setting(
    node: Node, emulator: FaultyNode, images: list[str]
) -> None:
    emulator.version = "1.3.9"
    seen: list[float] = []
    task = await node.create_task(
        images,
        name="old",
        progress_callback=seen.append,
        skip_post_processing=True,
        outputs=["odm_report"],
        task_uuid=OWN,
    )
    await task.wait_for_completion(interval=0.01)
    assert emulator.count("/task/new/init") == 0
    assert stored(emulator, OWN).keys() == sent(images).keys()
    settings = emulator.engine.jobs[OWN].settings
    assert (settings.name, settings.outputs, settings.options) == ("old", ["odm_report"], [])
    assert seen[-1] == 100


@pytest.mark.parametrize("version", ["2.2.4-rc1", "2.2", "?", "nonsense"])
async def test_a_version_that_is_not_older_never_falls_back(
    node: Node, emulator: FaultyNode, images: list[str], version: str
) -> None:
    emulator.version = version
    await node.create_task(images)
    assert emulator.count("/task/new/init") == 1


async def test_no_files(node: Node) -> None:
    with pytest.raises(NodeResponseError, match="Not enough images"):
        await node.create_task([])


async def test_a_missing_file_is_found_before_anything_is_sent(
    node: Node, emulator: FaultyNode, images: list[str]
) -> None:
    with pytest.raises(FileNotFoundError):
        await node.create_task([*images, "not-there.jpg"])
    assert emulator.count("/task/new") == 0


async def test_bad_options_are_told(node: Node, images: list[str]) -> None:
    with pytest.raises(NodeResponseError, match="orthophoto-resolution"):
        await node.create_task(images, {"orthophoto-resolution": "much"})


@pytest.mark.parametrize("fault", [answer(500, "dropped"), answer(503), answer(429)])
async def test_a_refused_file_is_sent_again(node: Node, emulator: FaultyNode, images: list[str], fault: object) -> None:
    emulator.tricks["/upload/"] = [fault, fault]  # type: ignore[list-item]
    task = await node.create_task(images, retry_timeout=0.01)
    assert emulator.count("/init") == 1
    assert emulator.count("/upload/") == len(images) + 2
    await task.wait_for_completion(interval=0.01)
    assert stored(emulator, task.uuid) == sent(images)


@pytest.mark.parametrize("fault", [lose, lose_reply, bad_gateway_after, refuse('{"error": "ETIMEDOUT"}')])
async def test_a_file_whose_fate_is_unknown_is_never_doubled(
    node: Node, emulator: FaultyNode, images: list[str], fault: object
) -> None:
    emulator.tricks["/upload/"] = [fault, fault]  # type: ignore[list-item]
    seen: list[float] = []
    task = await node.create_task(images, progress_callback=seen.append, parallel_uploads=1, retry_timeout=0.01)
    await task.wait_for_completion(interval=0.01)
    assert stored(emulator, task.uuid) == sent(images)
    assert seen == sorted(seen)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_a_file_that_was_stored_before_the_node_failed_is_never_doubled(
    node: Node, emulator: FaultyNode, images: list[str], status: int
) -> None:
    emulator.faults.add(f"late-{status}:upload:2")
    task = await node.create_task(images, retry_timeout=0.01)
    assert (await task.info()).images_count == len(images)
    assert list(emulator.engine.jobs) == [task.uuid]
    await task.wait_for_completion(interval=0.01)
    assert stored(emulator, task.uuid) == sent(images)


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_the_same_where_the_number_proves_nothing(
    node: Node, emulator: FaultyNode, images: list[str], status: int
) -> None:
    emulator.faults.add(f"late-{status}:upload")
    task = await node.create_task(images, webhook="http://127.0.0.1:9/", retry_timeout=0.01)
    assert (emulator.count("/init"), emulator.count("/commit/"), emulator.count("/remove")) == (2, 1, 0)
    assert (await task.info()).images_count == len(images)
    await task.wait_for_completion(interval=0.01)
    assert stored(emulator, task.uuid) == sent(images)


async def test_a_file_that_never_arrived_is_sent_again_and_nothing_else(
    node: Node, emulator: FaultyNode, images: list[str]
) -> None:
    emulator.tricks["/upload/"] = [lose]
    task = await node.create_task(images, retry_timeout=0.01)
    assert (emulator.count("/init"), emulator.count("/upload/")) == (1, len(images) + 1)
    await task.wait_for_completion(interval=0.01)
    assert stored(emulator, task.uuid) == sent(images)


async def test_a_task_with_a_double_is_removed_and_sent_again_under_an_own_uuid(
    node: Node, emulator: FaultyNode, images: list[str]
) -> None:
    emulator.tricks["/upload/"] = [lose_reply]
    task = await node.create_task(images, task_uuid=OWN, retry_timeout=0.01)
    assert (emulator.count("/init"), emulator.count("/commit/"), emulator.count("/remove")) == (2, 2, 1)
    assert list(emulator.engine.jobs) == [OWN]
    await task.wait_for_completion(interval=0.01)
    assert stored(emulator, OWN) == sent(images)


async def test_doubles_in_every_upload_are_an_error_and_leave_no_task(
    node: Node, emulator: FaultyNode, images: list[str]
) -> None:
    emulator.tricks["/upload/"] = [lose_reply, *[pass_on] * len(images)] * 5
    with pytest.raises(GenericError, match="exactly 4 images"):
        await node.create_task(images, parallel_uploads=1, max_retries=1, retry_timeout=0.01)
    assert emulator.engine.jobs == {}


@pytest.mark.parametrize("more", [{"webhook": "http://127.0.0.1:9/"}, {}])
async def test_what_cannot_be_counted_is_sent_again_as_a_whole(
    node: Node, emulator: FaultyNode, images: list[str], tmp_path: Path, more: dict[str, str]
) -> None:
    if not more:
        (tmp_path / "gcp_list.txt").write_text("EPSG:4326\n")
        images.append(str(tmp_path / "gcp_list.txt"))
    emulator.tricks["/upload/"] = [lose_reply]
    task = await node.create_task(images, retry_timeout=0.01, **more)
    assert (emulator.count("/init"), emulator.count("/commit/"), emulator.count("/remove")) == (2, 1, 0)
    await task.wait_for_completion(interval=0.01)
    assert stored(emulator, task.uuid) == {name: digest for name, digest in sent(images).items() if "gcp" not in name}


async def test_what_cannot_be_counted_is_an_error_under_an_own_uuid(
    node: Node, emulator: FaultyNode, images: list[str]
) -> None:
    emulator.tricks["/upload/"] = [lose_reply]
    with pytest.raises(NodeConnectionError) as caught:
        await node.create_task(images, task_uuid=OWN, webhook="http://127.0.0.1:9/", retry_timeout=0.01)
    assert any("image_" in note for note in caught.value.__notes__)
    assert emulator.count("/commit/") == 0


async def test_retries_end(node: Node, emulator: FaultyNode, images: list[str]) -> None:
    emulator.tricks["/upload/"] = [answer(500)] * 50
    with pytest.raises(NodeServerError, match="500"):
        await node.create_task(images, parallel_uploads=1, max_retries=2, retry_timeout=0.01)
    assert emulator.count("/upload/") == 3


@pytest.mark.parametrize(
    "text", ['{"error": "no", "noRetry": true}', '{"error": "Invalid authentication token: token does not match."}']
)
async def test_a_final_refusal_is_not_tried_again(
    node: Node, emulator: FaultyNode, images: list[str], text: str
) -> None:
    emulator.tricks["/upload/"] = [refuse(text)] * 50
    with pytest.raises(NodeResponseError) as caught:
        await node.create_task(images, parallel_uploads=1)
    assert emulator.count("/upload/") == 1
    assert caught.value.no_retry is ("noRetry" in text)


@pytest.mark.parametrize("place", ["/init", "/commit/"])
@pytest.mark.parametrize("fault", [lose, lose_reply, bad_gateway_after])
async def test_a_lost_answer_of_init_or_commit(
    node: Node, emulator: FaultyNode, images: list[str], place: str, fault: object
) -> None:
    emulator.tricks[place] = [fault]  # type: ignore[list-item]
    task = await node.create_task(images, retry_timeout=0.01)
    await task.wait_for_completion(interval=0.01)
    assert list(emulator.engine.jobs) == [task.uuid]
    assert stored(emulator, task.uuid) == sent(images)


async def serve_files(application: web.Application) -> tuple[web.AppRunner, str]:
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


async def test_files_from_the_web(node: Node, emulator: FaultyNode, images: list[str]) -> None:
    asked: list[tuple[str, bool]] = []

    async def give(request: web.Request) -> web.Response:
        asked.append((request.path_qs, "Authorization" in request.headers))
        return web.Response(body=b"\xff\xd8web\xff\xd9")

    application = web.Application()
    application.router.add_get("/photos/{name}", give)
    runner, url = await serve_files(application)
    node.token = "secret"
    try:
        task = await node.create_task([images[0], f"{url}/photos/web.jpg?signature=abc"])
    finally:
        await runner.cleanup()
    await task.wait_for_completion(interval=0.01)
    assert sorted(stored(emulator, task.uuid)) == ["image_1.jpg", "web.jpg"]
    assert asked == [("/photos/web.jpg?signature=abc", False)]


async def test_files_from_the_web_have_a_limit(
    node: Node, emulator: FaultyNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def give(_request: web.Request) -> web.Response:
        return web.Response(body=bytes(100))

    application = web.Application()
    application.router.add_get("/large.jpg", give)
    runner, url = await serve_files(application)
    monkeypatch.setattr(files_module, "MAX_REMOTE_FILE", 99)
    try:
        with pytest.raises(GenericError, match="99"):
            await node.create_task([f"{url}/large.jpg"])
        with pytest.raises(GenericError, match="404"):
            await node.create_task([f"{url}/none.jpg"])
    finally:
        await runner.cleanup()
    assert emulator.count("/task/new") == 0
