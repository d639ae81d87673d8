"""Subscriptions: delivery, isolation, acknowledgements, ends."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import pytest
from tests.behaviour.vantiq.sockets import Box, Socket, scripted
from tests.behaviour.vantiq.watched import until

from specbind.vantiq import Vantiq, VantiqException, VantiqResources

if TYPE_CHECKING:
    from tests.behaviour.vantiq.watched import WatchedServer

TOPICS = VantiqResources.TOPICS


async def test_a_topic_without_a_slash_in_front_is_the_same_topic(client: Vantiq) -> None:
    box = Box()
    await client.subscribe(TOPICS, "a/b", None, box)
    await until(lambda: box.kinds == ["connect"])
    await client.publish(TOPICS, "/a/b", {"v": 1})
    await until(lambda: box.values == [{"v": 1}])


async def test_a_callback_that_fails_or_hangs_stops_no_other(client: Vantiq, caplog: pytest.LogCaptureFixture) -> None:
    good = Box()
    calls: list[str] = []

    async def bad(kind: str, _: dict[str, Any]) -> None:
        calls.append(kind)
        raise RuntimeError("mine")

    async def slow(*_: object) -> None:
        await asyncio.sleep(3600)

    await client.subscribe(TOPICS, "/bad", None, bad)
    await client.subscribe(TOPICS, "/slow", None, slow)
    await client.subscribe(TOPICS, "/good", None, good)
    await until(lambda: good.kinds == ["connect"])
    for topic in ("/bad", "/slow", "/good"):
        await client.publish(TOPICS, topic, {"v": 1})
    await until(lambda: good.values == [{"v": 1}] and calls == ["connect", "message"])
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == [
        "the callback of /topics/bad failed at a connect frame",
        "the callback of /topics/bad failed at a message frame",
    ]


async def test_frames_beyond_the_queue_are_counted_and_told(server: WatchedServer) -> None:
    box = Box()
    gate = asyncio.Event()

    async def slow(kind: str, frame: dict[str, Any]) -> None:
        await gate.wait()
        await box(kind, frame)

    async with Vantiq(server.url, queue_size=3) as client:
        await client.authenticate("admin", "secret")
        await client.subscribe(TOPICS, "/t", None, slow)
        after = Box()
        await client.subscribe(TOPICS, "/after", None, after)
        for number in range(10):
            await client.publish(TOPICS, "/t", {"v": number})
        await client.publish(TOPICS, "/after", {})
        await until(lambda: after.values)
        gate.set()
        await until(lambda: "error" in box.kinds)
        (error,) = [frame for kind, frame in box.frames if kind == "error"]
        assert error["body"][0]["code"] == "io.vantiq.python.subscriber.overflow"
        assert len(box.values) + error["body"][0]["params"][0] == 10


@pytest.mark.parametrize(
    ("request_id", "name", "message"),
    [
        ("", "s", {"sequenceId": 5, "partitionId": 7}),
        (None, "s", {"sequenceId": 5, "partitionId": 7}),
        ("r", "", {"sequenceId": 5, "partitionId": 7}),
        ("r", None, {"sequenceId": 5, "partitionId": 7}),
        ("r", "s", {"sequenceId": "5", "partitionId": 7}),
        ("r", "s", {"sequenceId": True, "partitionId": 7}),
        ("r", "s", {"sequenceId": 5, "partitionId": None}),
        ("r", "s", {"sequenceId": 5, "partitionId": float("nan")}),
    ],
)
async def test_an_acknowledgement_that_nobody_could_read_is_refused(request_id: Any, name: Any, message: Any) -> None:
    async with Vantiq("http://127.0.0.1:1") as client:
        with pytest.raises(VantiqException) as caught:
            await client.ack(request_id, name, message)
    assert caught.value.code == "io.vantiq.python.argument.invalid"


async def test_the_frames_are_those_of_the_protocol() -> None:
    frames: list[dict[str, Any]] = []
    box = Box()

    async def script(socket: Socket) -> None:
        frames.append(await socket.validate())
        frames.extend([await socket.receive() for _ in range(3)])
        await socket.until_closed()

    async def use(client: Vantiq) -> None:
        client.set_target_namespace("ns")
        await client.subscribe(VantiqResources.TYPES, "T", "INSERT", box, {"persistent": True, "own": [1]}, "other")
        await client.ack("r", "s", {"sequenceId": 5, "partitionId": 7, "value": 1})
        await client.unsubscribe(VantiqResources.TYPES, "T", "insert", "other")
        await until(lambda: len(frames) == 4)

    sockets = await scripted(script, use)
    assert "Authorization" not in sockets.heads[0]
    path, request_id = "/types/T/insert", "/types/T/insert@other"
    wish = {
        "op": "subscribe",
        "resourceName": "events",
        "resourceId": path,
        "parameters": {"persistent": True, "own": [1], "requestId": request_id},
        "targetNamespace": "other",
    }
    assert frames == [
        {"op": "validate", "resourceName": "system.credentials", "object": "token"},
        wish,
        {
            "op": "acknowledge",
            "resourceName": "events",
            "resourceId": "r",
            "parameters": {"requestId": "r", "subscriptionName": "s", "sequenceId": 5, "partitionId": 7},
            "targetNamespace": "ns",
        },
        {**wish, "op": "unsubscribe"},
    ]


async def test_a_subscription_that_was_refused_can_be_made_again(client: Vantiq, server: WatchedServer) -> None:
    first, second = Box(), Box()
    await client.subscribe(TOPICS, "/t", None, first, None, "nowhere")
    await until(lambda: first.kinds == ["error"])
    assert (await client.subscribe(TOPICS, "/t", None, second, None, "nowhere")).is_success
    await until(lambda: second.kinds == ["error"])
    server.hub.cut_all()
    third = Box()
    await client.subscribe(TOPICS, "/t", None, third)
    await until(lambda: "connect" in third.kinds)
    assert second.kinds == ["error"]  # what was refused is not asked for again


async def test_ends_are_told_once_also_by_a_callback_that_fails(
    client: Vantiq, caplog: pytest.LogCaptureFixture
) -> None:
    async def on_close() -> None:
        raise RuntimeError("mine")

    client.register_subscriber_on_close(on_close)
    await client.start_subscriber_transport()
    await client.close()
    await client.close()
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == [
        "the callback at the end of the subscriber failed"
    ]


async def test_closing_from_a_callback_ends_everything(client: Vantiq) -> None:
    done = asyncio.Event()

    async def callback(*_: object) -> None:
        await client.close()
        done.set()

    await client.subscribe(TOPICS, "/t", None, callback)
    await asyncio.wait_for(done.wait(), 10)
    assert not client.is_authenticated()


async def test_two_that_start_at_once_share_one_socket(client: Vantiq, server: WatchedServer) -> None:
    boxes = [Box() for _ in range(5)]
    await asyncio.gather(*(client.subscribe(TOPICS, f"/t{n}", None, box) for n, box in enumerate(boxes)))
    await until(lambda: all(box.kinds == ["connect"] for box in boxes))
    assert sum("wsock" in path for path in server.paths) == 1


async def test_messages_can_be_iterated(client: Vantiq, server: WatchedServer) -> None:
    found: list[Any] = []

    async def read() -> None:
        async for body in client.messages(TOPICS, "/t"):
            found.append(body)
            if len(found) == 3:
                break

    reader = asyncio.create_task(read())
    await until(lambda: server.hub._sockets)
    await until(lambda: any(socket.wishes for socket in server.hub._sockets))
    for number in range(3):
        await client.publish(TOPICS, "/t", {"v": number})
    await asyncio.wait_for(reader, 10)
    assert [body["value"]["v"] for body in found] == [0, 1, 2]


async def test_an_iteration_ends_with_the_client_and_fails_with_its_subscription(client: Vantiq) -> None:
    with pytest.raises(VantiqException, match="may not be entered"):
        async for _ in client.messages(TOPICS, "/t", target_namespace="nowhere"):
            pass
    reader = asyncio.create_task(anext(client.messages(TOPICS, "/t"), None))
    await until(lambda: client._subscriber and client._subscriber.has("/topics/t"))
    await client.close()
    assert await asyncio.wait_for(reader, 10) is None


@pytest.mark.parametrize(
    ("resource", "resource_id", "operation", "code"),
    [
        (VantiqResources.DOCUMENTS, "x", None, "invalidsubscribetype"),
        (TOPICS, "/t", "insert", "operationillegal"),
        (VantiqResources.TYPES, "T", None, "operationrequired"),
        (VantiqResources.TYPES, "T", "", "operationrequired"),
        (VantiqResources.SERVICES, "service", None, "resourceid.invalid"),
        (TOPICS, "", None, "resourceid.missing"),
    ],
)
async def test_what_cannot_be_subscribed_to_is_refused_before_a_socket_is_opened(
    client: Vantiq, server: WatchedServer, resource: str, resource_id: str, operation: str | None, code: str
) -> None:
    server.requests.clear()
    with pytest.raises(VantiqException) as caught:
        await client.subscribe(resource, resource_id, operation, Box())
    assert caught.value.code == f"io.vantiq.python.{code}"
    with pytest.raises(VantiqException, match="is a function"):
        await client.subscribe(TOPICS, "/t", None, "text")  # type: ignore[arg-type]
    assert server.requests == []


async def test_an_acknowledgement_needs_a_message_and_a_socket(client: Vantiq) -> None:
    for message, code in (({}, "ack.nopartitionid"), ({"partitionId": 1}, "ack.nosequenceid")):
        with pytest.raises(VantiqException) as caught:
            await client.ack("r", "s", message)
        assert caught.value.code == f"io.vantiq.python.{code}"
    with pytest.raises(VantiqException, match="No transport"):
        await client.ack("r", "s", {"partitionId": 1, "sequenceId": 1})


async def test_a_client_without_a_token_opens_no_socket(server: WatchedServer) -> None:
    async with Vantiq(server.url) as client:
        with pytest.raises(VantiqException, match="not authenticated"):
            await client.start_subscriber_transport()
    assert server.requests == []


async def test_what_was_iterated_is_acknowledged_and_the_rest_comes_again(
    client: Vantiq, server: WatchedServer
) -> None:
    found: list[int] = []

    async def read(params: dict[str, Any], most: int) -> None:
        async for body in client.messages(TOPICS, "/kept", params=params):
            found.append(body["value"])
            if len(found) == most:
                return

    reader = asyncio.create_task(read({"persistent": True}, 3))
    await until(server.hub.subscriptions)
    for number in range(5):
        await client.publish(TOPICS, "/kept", number)  # type: ignore[arg-type]
    await asyncio.wait_for(reader, 10)
    (kept,) = server.hub.subscriptions()
    assert (found, kept["waiting"]) == ([0, 1, 2], 3)  # the third was not dealt with to its end
    await asyncio.wait_for(read({"persistent": True, "subscriptionName": kept["name"]}, 6), 10)
    assert found == [0, 1, 2, 2, 3, 4]
