"""Subscriptions that are refused, overtaken, too slow or ended, and what callbacks are told of it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.behaviour.vantiq.sockets import Box, Socket, scripted
from tests.behaviour.vantiq.watched import until

from specbind.vantiq import Vantiq, VantiqException, VantiqResources
from specbind.vantiq.aio import _events

if TYPE_CHECKING:
    from tests.behaviour.vantiq.watched import WatchedServer

TOPICS = VantiqResources.TOPICS


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_events, "_FIRST_WAIT", 0.02)


def message(value: object) -> dict[str, Any]:
    return {"path": "/topics/t/publish", "value": value}


@pytest.mark.parametrize("params", [{"x": object()}, {"persistent": 5}, {"x": "\ud800"}, {"x": float("nan")}])
async def test_params_that_cannot_be_sent_leave_no_trace(
    client: Vantiq, server: WatchedServer, params: dict[Any, Any]
) -> None:
    good = Box()
    await client.subscribe(TOPICS, "/good", None, good)
    await until(lambda: good.kinds == ["connect"])
    with pytest.raises(VantiqException) as caught:
        await client.subscribe(TOPICS, "/t", None, Box(), params)
    assert caught.value.code == "io.vantiq.python.argument.invalid"
    box = Box()
    assert (await client.subscribe(TOPICS, "/t", None, box)).is_success
    server.hub.cut_all()
    await until(lambda: good.kinds == ["connect", "connect"] and "connect" in box.kinds)


async def test_params_that_are_changed_later_change_no_subscription(client: Vantiq, server: WatchedServer) -> None:
    box = Box()
    params: dict[str, Any] = {"own": []}
    await client.subscribe(TOPICS, "/t", None, box, params)
    await until(lambda: box.kinds == ["connect"])
    params["own"].append(object())
    server.hub.cut_all()
    await until(lambda: box.kinds == ["connect", "connect"])


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_a_server_that_is_busy_when_the_connection_comes_back_is_asked_again(status: int) -> None:
    box = Box()

    async def script(socket: Socket) -> None:
        if socket.number == 1:
            await socket.receive()
            await socket.send(status, None, [{"code": "busy", "message": "later"}])
            await socket.until_closed()
            return
        await socket.validate()
        await socket.receive()
        await socket.send(200, "/topics/t", {})
        if socket.number == 0:
            socket.cut()
        await socket.until_closed()

    async def use(client: Vantiq) -> None:
        await client.subscribe(TOPICS, "/t", None, box)
        await until(lambda: box.kinds == ["connect", "connect"])

    assert (await scripted(script, use)).number == 3


async def test_a_subscription_that_is_not_taken_up_at_once_is_asked_for_again() -> None:
    box = Box()

    async def script(socket: Socket) -> None:
        await socket.validate()
        await socket.receive()
        if socket.number == 0:
            await socket.send(200, "/topics/t", {})
            socket.cut()
            return
        for _ in range(2):
            await socket.send(503, "/topics/t", [{"code": "busy", "message": "later"}])
            await socket.receive()
        await socket.send(200, "/topics/t", {})
        await socket.send(100, "/topics/t", message(1))
        await socket.until_closed()

    async def use(client: Vantiq) -> None:
        await client.subscribe(TOPICS, "/t", None, box)
        await until(lambda: box.values == [1])

    await scripted(script, use)
    assert box.kinds == ["connect", "connect", "message"]


async def test_the_late_answer_to_an_unsubscribe_confirms_no_new_subscription() -> None:
    box = Box()

    async def script(socket: Socket) -> None:
        await socket.validate()
        await socket.receive()
        await socket.send(200, "/topics/t", {"name": "first"})
        await socket.receive()
        await asyncio.sleep(0.05)
        await socket.send(100, "/topics/t", message("old"))
        await socket.send(200, "/topics/t", {"op": "unsubscribe"})
        await socket.receive()
        await socket.send(200, "/topics/t", {"name": "second"})
        await socket.send(100, "/topics/t", message("new"))
        await socket.until_closed()

    async def use(client: Vantiq) -> None:
        first = Box()
        await client.subscribe(TOPICS, "/t", None, first)
        await until(lambda: first.kinds)
        await client.unsubscribe(TOPICS, "/t")
        await client.subscribe(TOPICS, "/t", None, box)
        await until(lambda: box.values)

    await scripted(script, use)
    assert box.kinds == ["connect", "message"]
    assert box.frames[0][1]["body"] == {"name": "second"}
    assert box.values == ["new"]


async def test_waits_grow_with_a_server_that_accepts_and_drops(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING", "Vantiq")
    monkeypatch.setattr(_events.random, "random", lambda: 1.0)

    async def script(socket: Socket) -> None:
        await socket.validate()
        socket.cut()

    async def use(client: Vantiq) -> None:
        await client.start_subscriber_transport()
        await until(lambda: len(caplog.records) >= 4)

    await scripted(script, use)
    waits = [record.args[1] for record in caplog.records if "lost its connection" in record.msg]  # type: ignore[index]
    assert waits[:4] == [0.02, 0.04, 0.08, 0.16]


@pytest.mark.parametrize("reconnect", [True, False])
async def test_callbacks_get_what_waits_and_then_the_reason(reconnect: bool) -> None:
    box, gate = Box(), asyncio.Event()
    closed = asyncio.Event()

    async def script(socket: Socket) -> None:
        if socket.number:
            await socket.receive()
            await socket.send(401, None, [{"code": "a.b", "message": "no"}])
            return
        await socket.validate()
        await socket.receive()
        await socket.send(200, "/topics/t", {})
        for number in range(20):
            await socket.send(100, "/topics/t", message(number))

    async def slow(kind: str, frame: dict[str, Any]) -> None:
        await gate.wait()
        await asyncio.sleep(0.001)
        await box(kind, frame)

    async def ended() -> None:
        closed.set()

    async def use(client: Vantiq) -> None:
        client.register_subscriber_on_close(ended)
        await client.subscribe(TOPICS, "/t", None, slow)
        await until(lambda: client._subscriber and client._subscriber.ended)
        gate.set()
        await asyncio.wait_for(closed.wait(), 10)

    await scripted(script, use, reconnect=reconnect, queue_size=21)
    assert box.values == list(range(20))
    assert box.kinds[-1] == "error"


@pytest.mark.parametrize("reconnect", [True, False])
async def test_an_iteration_that_loses_its_subscriber_fails_after_what_came(reconnect: bool) -> None:
    found: list[Any] = []

    async def script(socket: Socket) -> None:
        if socket.number:
            await socket.receive()
            await socket.send(401, None, [{"code": "a.b", "message": "no"}])
            return
        await socket.validate()
        await socket.receive()
        await socket.send(200, "/topics/t", {})
        for number in range(5):
            await socket.send(100, "/topics/t", message(number))

    async def use(client: Vantiq) -> None:
        async def read() -> None:
            async for body in client.messages(TOPICS, "/t"):
                found.append(body["value"])  # noqa: PERF401 - what came before the error counts

        with pytest.raises(VantiqException, match="lost" if not reconnect else "401"):
            await read()

    await scripted(script, use, reconnect=reconnect)
    assert found == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("moment", ["handshake", "subscribe"])
async def test_a_client_that_is_closed_while_it_connects_leaves_no_websocket(moment: str) -> None:
    opened, ended = asyncio.Event(), asyncio.Event()

    async def script(socket: Socket) -> None:
        opened.set()
        try:
            if moment == "subscribe":
                await socket.validate()
            await socket.until_closed()
        finally:
            ended.set()

    async def use(client: Vantiq) -> None:
        wish = asyncio.create_task(client.subscribe(TOPICS, "/t", None, Box()))
        await opened.wait()
        await client.close()
        if moment == "handshake":
            with pytest.raises(VantiqException, match="closed"):
                await wish
        else:
            await asyncio.gather(wish, return_exceptions=True)
        await asyncio.wait_for(ended.wait(), 5)
        assert client._subscriber is None

    await scripted(script, use)


async def test_reliable_messages_beyond_the_queue_come_when_there_is_room(server: WatchedServer) -> None:
    box, gate = Box(), asyncio.Event()

    async with Vantiq(server.url, queue_size=3) as client:
        await client.authenticate("admin", "secret")
        name = ""

        async def slow(kind: str, frame: dict[str, Any]) -> None:
            nonlocal name
            if kind == "connect":
                name = frame["body"]["name"]
            await gate.wait()
            await box(kind, frame)
            if kind == "message":
                await client.ack("/topics/t", name, frame["body"])

        await client.subscribe(TOPICS, "/t", None, slow, {"persistent": True})
        await until(lambda: name)
        for number in range(10):
            await client.publish(TOPICS, "/t", number)  # type: ignore[arg-type]
        await asyncio.sleep(0.05)
        gate.set()
        await until(lambda: len(box.values) >= 10)
        await until(lambda: not server.hub.subscriptions()[0]["waiting"])
        assert box.values == list(range(10))
        assert "error" not in box.kinds


async def test_an_iteration_of_reliable_messages_loses_none(server: WatchedServer) -> None:
    found: list[Any] = []
    async with Vantiq(server.url, queue_size=2) as client:
        await client.authenticate("admin", "secret")

        async def read() -> None:
            async for body in client.messages(TOPICS, "/t", params={"persistent": True}):
                found.append(body["value"])
                await asyncio.sleep(0.01)
                if len(found) == 9:
                    return

        reading = asyncio.create_task(read())
        await until(server.hub.subscriptions)
        for number in range(9):
            await client.publish(TOPICS, "/t", number)  # type: ignore[arg-type]
        await asyncio.wait_for(reading, 10)
    assert found == list(range(9))


async def test_messages_that_nobody_acknowledges_are_not_asked_for_for_ever(server: WatchedServer) -> None:
    box, gate = Box(), asyncio.Event()

    async def slow(kind: str, frame: dict[str, Any]) -> None:
        await gate.wait()
        await box(kind, frame)

    async with Vantiq(server.url, queue_size=3) as client:
        await client.authenticate("admin", "secret")
        await client.subscribe(TOPICS, "/t", None, slow, {"persistent": True})
        await until(lambda: client._subscriber and client._subscriber.name_of("/topics/t"))
        for number in range(10):
            await client.publish(TOPICS, "/t", number)  # type: ignore[arg-type]
        await asyncio.sleep(0.05)
        gate.set()
        await until(lambda: "error" in box.kinds)
        assert box.frames[-1][1]["body"][0]["code"] == "io.vantiq.python.subscriber.overflow"
        assert box.kinds.count("connect") == 2


async def test_frames_that_wait_are_bounded_by_their_size(client: Vantiq, monkeypatch: pytest.MonkeyPatch) -> None:
    from specbind.vantiq.aio import _subscription  # noqa: PLC0415 - its bound

    monkeypatch.setattr(_subscription, "_MOST_HELD", 10_000)
    box, gate, after = Box(), asyncio.Event(), Box()

    async def slow(kind: str, frame: dict[str, Any]) -> None:
        await gate.wait()
        await box(kind, frame)

    await client.subscribe(TOPICS, "/t", None, slow)
    await client.subscribe(TOPICS, "/after", None, after)
    for number in range(10):
        await client.publish(TOPICS, "/t", {"v": number, "text": "x" * 4000})
    await client.publish(TOPICS, "/after", {})
    await until(lambda: after.values)
    gate.set()
    await until(lambda: "error" in box.kinds)
    assert [value["v"] for value in box.values] == [0, 1]
    assert box.frames[-1][1]["body"][0]["params"] == [8]


@pytest.mark.parametrize("how", ["unsubscribe", "close", "close in a task"])
async def test_nothing_comes_after_an_end_within_a_callback(client: Vantiq, how: str) -> None:
    box, gate, done = Box(), asyncio.Event(), asyncio.Event()

    async def callback(kind: str, frame: dict[str, Any]) -> None:
        await box(kind, frame)
        if kind == "message":
            await gate.wait()
            if how == "unsubscribe":
                await client.unsubscribe(TOPICS, "/t")
            elif how == "close":
                await client.close()
            else:
                await asyncio.create_task(client.close())
            done.set()

    other = Box()
    await client.subscribe(TOPICS, "/t", None, callback)
    await client.subscribe(TOPICS, "/other", None, other)
    await until(lambda: other.kinds and box.kinds)
    for number in range(5):
        await client.publish(TOPICS, "/t", number)  # type: ignore[arg-type]
    await client.publish(TOPICS, "/other", 1)  # type: ignore[arg-type]
    await until(lambda: other.values)
    gate.set()
    await asyncio.wait_for(done.wait(), 5)
    await asyncio.sleep(0.05)
    assert box.values == [0]


async def test_a_callback_that_will_not_be_cancelled_does_not_hold_up_the_end(
    client: Vantiq, caplog: pytest.LogCaptureFixture
) -> None:
    begun, gate = asyncio.Event(), asyncio.Event()

    async def stubborn(*_: object) -> None:
        begun.set()
        while not gate.is_set():
            try:
                await gate.wait()
            except asyncio.CancelledError:
                continue

    await client.subscribe(TOPICS, "/t", None, stubborn)
    await begun.wait()
    try:
        await asyncio.wait_for(asyncio.shield(client.close()), 8)
    finally:
        gate.set()
    assert "does not end" in caplog.text
    await asyncio.sleep(0.01)


async def test_a_peer_that_says_nothing_any_more_does_not_hold_up_the_end() -> None:
    async def script(socket: Socket) -> None:
        await socket.validate()
        await asyncio.sleep(3600)

    async def use(client: Vantiq) -> None:
        await client.start_subscriber_transport()
        start = time.monotonic()
        await client.close()
        assert time.monotonic() - start < 5

    await scripted(script, use)
