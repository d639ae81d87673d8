"""The blocking client."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest
from tests.behaviour.vantiq.watched import until

from specbind.vantiq import Vantiq as AsyncVantiq
from specbind.vantiq import VantiqException, VantiqResources, async_from_sync, execute_procedure, sort, where
from specbind.vantiq.sync import Vantiq

if TYPE_CHECKING:
    from pathlib import Path

    from tests.behaviour.vantiq.watched import WatchedServer

TOPICS = VantiqResources.TOPICS


def job(url: str, folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with Vantiq(url) as client:
        with pytest.raises(VantiqException):
            client.select("T")
        client.authenticate("admin", "secret")
        client.insert(VantiqResources.TYPES, {"name": "T", "naturalKey": ["id"]})
        for number in range(5):
            client.insert("T", {"id": str(number), "n": number})
        found["count"] = client.count("T", where.n > 1).count
        found["records"] = [row["n"] for row in client.records("T", None, where.n > 1, sort("n"), page_size=2)]
        client.upload(VantiqResources.DOCUMENTS, "text/plain", "doc", None, "content" * 1000)
        body = client.download("/docs/doc").body
        found["first"] = body.read(7)
        found["rest"] = sum(map(len, body))
        found["end"] = body.read()
        found["file"] = client.download_to("/docs/doc", folder / "doc").stat().st_size

        events: list[Any] = []
        done = threading.Event()

        def callback(kind: str, frame: dict[str, Any]) -> None:
            events.append((kind, threading.current_thread() is threading.main_thread()))
            if kind == "connect":
                client.publish(TOPICS, "/t", {"v": 1})  # a call from within a callback
            else:
                events.append(frame["body"]["value"])
                done.set()

        closed = threading.Event()
        client.register_subscriber_on_close(closed.set)
        client.start_subscriber_transport()
        client.subscribe(TOPICS, "/t", None, callback)
        assert done.wait(10)
        found["events"] = events
        with pytest.raises(VantiqException, match="is a function"):
            client.subscribe(TOPICS, "/x", None, None)  # type: ignore[arg-type]
    found["closed"] = closed.wait(10)
    return found


async def test_a_whole_job_without_await(server: WatchedServer, tmp_path: Path) -> None:
    found = await asyncio.to_thread(job, server.url, tmp_path)
    assert found == {
        "count": 3,
        "records": [2, 3, 4],
        "first": b"content",
        "rest": 6993,
        "end": b"",
        "file": 7000,
        "events": [("connect", False), ("message", False), {"v": 1}],
        "closed": True,
    }


async def test_messages_can_be_iterated(server: WatchedServer) -> None:
    def read() -> list[Any]:
        with Vantiq(server.url) as client:
            client.authenticate("admin", "secret")
            for body in client.messages(TOPICS, "/t"):
                return [body["value"]]
        return []

    reading = asyncio.ensure_future(asyncio.to_thread(read))
    async with AsyncVantiq(server.url) as client:
        await client.authenticate("admin", "secret")
        while not reading.done():
            await client.publish(TOPICS, "/t", 7)  # type: ignore[arg-type]
            await asyncio.sleep(0.02)
    assert await reading == [7]


async def test_procedures_of_both_manners(server: WatchedServer) -> None:
    async def run(name: str) -> Any:
        client = AsyncVantiq(server.url)
        await client.authenticate("admin", "secret")
        answer = await execute_procedure(client, name, {"message": "so {0}"})
        assert not client.is_authenticated()
        return answer.body

    assert await run("echo") == {"message": "so {0}"}
    with pytest.raises(VantiqException, match=r"Execution of procedure fail failed: The procedure failed: so \{0\}"):
        await run("fail")
    assert async_from_sync(asyncio.sleep)(0, "slept") == "slept"  # this loop stands still meanwhile
    assert await asyncio.to_thread(async_from_sync(asyncio.sleep), 0, "slept") == "slept"


async def test_callbacks_that_hang_leave_threads_for_everybody_else(server: WatchedServer, tmp_path: Path) -> None:
    many = min(32, (os.cpu_count() or 1) + 4) + 1  # more than the pool of an event loop has
    (tmp_path / "file").write_bytes(b"content")
    gate, hanging, answered = threading.Event(), threading.Semaphore(0), threading.Semaphore(0)

    def hang(*_: object) -> None:
        hanging.release()
        gate.wait(60)

    def work() -> None:
        with Vantiq(server.url) as client, Vantiq(server.url) as other:
            client.authenticate("admin", "secret")
            other.authenticate("admin", "secret")

            def ask(*_: object) -> None:
                answered.release()
                assert client.upload(VantiqResources.DOCUMENTS, "text/plain", str(tmp_path / "file"), "x").is_success
                answered.release()

            try:
                for number in range(many):
                    client.subscribe(TOPICS, f"/hangs/{number}", None, hang)
                assert all(hanging.acquire(timeout=10) for _ in range(many))
                assert other.upload(VantiqResources.DOCUMENTS, "text/plain", str(tmp_path / "file"), "y").is_success
                for number in range(5):
                    other.subscribe(TOPICS, f"/asks/{number}", None, ask)
                assert all(answered.acquire(timeout=10) for _ in range(10))
            finally:
                gate.set()

    working = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        await asyncio.wait_for(asyncio.shield(working), 20)
    finally:
        gate.set()
    await working


async def test_the_thread_of_a_callback_ends_with_its_subscription(server: WatchedServer) -> None:
    called = threading.Event()

    def threads() -> list[threading.Thread]:
        return [each for each in threading.enumerate() if each.name == "vantiq-callback"]

    before = threads()

    def work() -> None:
        with Vantiq(server.url) as client:
            client.authenticate("admin", "secret")
            client.subscribe(TOPICS, "/t", None, lambda *_: called.set())
            assert called.wait(10)
            assert len(set(threads()) - set(before)) == 1

    await asyncio.to_thread(work)
    gc.collect()
    await until(lambda: not set(threads()) - set(before))


async def test_a_callback_that_gives_a_coroutine_is_refused(server: WatchedServer) -> None:
    async def callback(*_: object) -> None:
        pass

    def work() -> None:
        with Vantiq(server.url) as client:
            client.authenticate("admin", "secret")
            with pytest.raises(VantiqException, match="plain function"):
                client.subscribe(TOPICS, "/t", None, callback)
            with pytest.raises(VantiqException, match="plain function"):
                client.register_subscriber_on_close(callback)

    await asyncio.to_thread(work)
