"""Websockets that are lost, refused, silent or encrypted."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from tests.behaviour.vantiq.sockets import SOCKET, Box, Socket, Sockets, scripted
from tests.behaviour.vantiq.watched import until

from specbind.bindings._runtime.server import serve as serve_application
from specbind.emulators.vantiq import VantiqServer
from specbind.vantiq import Vantiq, VantiqException, VantiqResources
from specbind.vantiq.aio import _events

if TYPE_CHECKING:
    from pathlib import Path

    from tests.behaviour.vantiq.watched import WatchedServer

TOPICS = VantiqResources.TOPICS


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_events, "_FIRST_WAIT", 0.02)


async def test_a_lost_connection_comes_back_with_all_subscriptions(client: Vantiq, server: WatchedServer) -> None:
    topic, pump = Box(), Box()
    await client.insert(VantiqResources.TYPES, {"name": "Pump"})
    task = await client.start_subscriber_transport()
    await client.subscribe(TOPICS, "/t", None, topic)
    await client.subscribe(VantiqResources.TYPES, "Pump", "insert", pump)
    await until(lambda: topic.kinds == pump.kinds == ["connect"])
    for round_ in range(1, 4):
        assert server.hub.cut_all() == 1
        await until(lambda: len(topic.kinds) == len(pump.kinds) == 2 * round_)  # noqa: B023
        await client.publish(TOPICS, "/t", {"v": round_})
        await client.insert("Pump", {"n": round_})
        await until(lambda: len(topic.kinds) == len(pump.kinds) == 2 * round_ + 1)  # noqa: B023
    assert topic.values == [{"v": 1}, {"v": 2}, {"v": 3}]
    assert [value["n"] for value in pump.values] == [1, 2, 3]
    assert task is not None
    assert not task.done()
    assert await client.start_subscriber_transport() is None


async def test_reliable_messages_that_came_while_nobody_listened_come_later(
    client: Vantiq, server: WatchedServer
) -> None:
    box = Box()
    await client.subscribe(TOPICS, "/kept", None, box, {"persistent": True})
    await until(lambda: box.kinds == ["connect"])
    name = box.frames[0][1]["body"]["name"]
    await client.publish(TOPICS, "/kept", {"v": 1})
    await until(lambda: box.values == [{"v": 1}])
    await client.ack("/topics/kept", name, box.frames[1][1]["body"])
    await until(lambda: server.hub.subscriptions()[0]["waiting"] == 0)
    server.hub.accepts = False
    server.hub.cut_all()
    await until(lambda: not client._subscriber or not client._subscriber.connected)
    await client.publish(TOPICS, "/kept", {"v": 2})
    server.hub.accepts = True
    await until(lambda: box.values == [{"v": 1}, {"v": 2}])
    assert box.frames[-2][0] == "connect"
    assert box.frames[-2][1]["body"]["name"] == name
    assert [each["waiting"] for each in server.hub.subscriptions()] == [1]


async def test_it_goes_on_trying_while_the_server_is_away() -> None:
    box = Box()

    async def script(socket: Socket) -> None:
        if 1 <= socket.number <= 3:
            socket.cut()
            return
        await socket.validate()
        await socket.receive()
        await socket.send(200, "/topics/t", {})
        if socket.number == 0:
            socket.cut()
            return
        await socket.send(100, "/topics/t", {"path": "/topics/t/publish", "value": 1})
        await socket.until_closed()

    async def use(client: Vantiq) -> None:
        await client.subscribe(TOPICS, "/t", None, box)
        await until(lambda: box.values == [1])

    assert (await scripted(script, use)).number == 5


async def test_a_token_that_is_refused_later_ends_it_and_tells_everybody() -> None:
    box, closed = Box(), []

    async def script(socket: Socket) -> None:
        if socket.number == 0:
            await socket.validate()
            await socket.receive()
            await socket.send(200, "/topics/t", {})
            socket.cut()
            return
        await socket.receive()
        await socket.send(401, None, [{"code": "a.b", "message": "no {0}", "params": ["x"]}])
        await socket.until_closed()

    async def on_close() -> None:
        closed.append(1)

    async def use(client: Vantiq) -> None:
        client.register_subscriber_on_close(on_close)
        task = await client.start_subscriber_transport()
        await client.subscribe(TOPICS, "/t", None, box)
        assert task is not None
        await asyncio.wait_for(task, 10)
        assert box.kinds == ["connect", "error"]
        assert closed == [1]

    await scripted(script, use)
    assert closed == [1]


async def test_without_reconnect_the_end_is_told_once_and_a_new_subscription_begins_anew() -> None:
    closed: list[int] = []
    box = Box()

    async def script(socket: Socket) -> None:
        await socket.validate()
        await socket.receive()
        await socket.send(200, "/topics/t", {})
        if socket.number == 0:
            socket.cut()
        else:
            await socket.until_closed()

    async def on_close() -> None:
        closed.append(1)

    async def use(client: Vantiq) -> None:
        client.register_subscriber_on_close(on_close)
        await client.subscribe(TOPICS, "/t", None, box)
        await until(lambda: closed)
        assert (await client.subscribe(TOPICS, "/t", None, box)).is_success
        await until(lambda: box.kinds == ["connect", "error", "connect"])

    await scripted(script, use, reconnect=False)
    assert closed == [1, 1]  # once for each transport


@pytest.mark.parametrize("manner", ["silent", "closes", "refuses", "nonsense"])
async def test_a_transport_that_cannot_be_opened_is_an_error_and_hangs_never(manner: str) -> None:
    async def script(socket: Socket) -> None:
        await socket.receive()
        if manner == "refuses":
            await socket.send(401, None, "no list")
        elif manner == "nonsense":
            await socket.response.send_str("[1")
            await socket.response.send_str('{"status": "x"}')
        elif manner == "closes":
            return
        await socket.until_closed()

    async def use(client: Vantiq) -> None:
        for _ in range(2):
            with pytest.raises(VantiqException) as caught:
                await client.subscribe(TOPICS, "/t", None, Box())
            expected = {"refuses": "connect.failed", "closes": "subtransport.failed"}.get(
                manner, "subtransport.exception"
            )
            assert caught.value.code == f"io.vantiq.python.{expected}"

    await scripted(script, use, timeout=0.3)


async def test_a_peer_that_is_dead_is_noticed() -> None:
    box = Box()

    async def script(socket: Socket) -> None:
        await socket.validate()
        await socket.receive()
        await socket.send(200, "/topics/t", {})
        if socket.number == 0:
            await asyncio.sleep(3600)  # reads nothing, so it answers no ping
        await socket.until_closed()

    async def use(client: Vantiq) -> None:
        await client.subscribe(TOPICS, "/t", None, box)
        await until(lambda: box.kinds == ["connect", "connect"])

    await scripted(script, use, heartbeat=0.1)


async def test_a_subscription_made_during_a_return_waits_for_the_yes_and_is_asked_for_once() -> None:
    frames: list[str] = []
    returning, resume = asyncio.Event(), asyncio.Event()

    async def script(socket: Socket) -> None:
        if socket.number == 0:
            await socket.validate()
            await socket.receive()
            socket.cut()
            return
        frames.append((await socket.receive())["op"])
        returning.set()
        await resume.wait()
        await socket.send(200)
        while True:
            frame = await socket.receive()
            frames.append(frame["resourceId"])
            await socket.send(200, frame["parameters"]["requestId"], {})

    async def use(client: Vantiq) -> None:
        await client.subscribe(TOPICS, "/a", None, Box())
        await asyncio.wait_for(returning.wait(), 10)
        late, last = Box(), Box()
        await client.subscribe(TOPICS, "/b", None, late)
        await client.unsubscribe(TOPICS, "/a")
        await asyncio.sleep(0.05)
        resume.set()
        await until(lambda: late.kinds)
        await client.subscribe(TOPICS, "/c", None, last)
        await until(lambda: last.kinds)
        assert late.kinds == ["connect"]

    await scripted(script, use)
    assert frames == ["validate", "/topics/b", "/topics/c"]


async def test_certificates_are_checked_for_the_websocket_too(certificate: tuple[Path, Path]) -> None:
    inward = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    inward.load_cert_chain(*certificate)
    trusting = ssl.create_default_context(cafile=certificate[0])
    async with serve_application(VantiqServer(token="t").application(), ssl=inward) as url:
        server = url.replace("127.0.0.1", "localhost")
        for checks in (trusting, False):
            box = Box()
            async with Vantiq(server, ssl=checks) as client:
                await client.set_access_token("t")
                await client.subscribe(TOPICS, "/t", None, box)
                await until(lambda: box.kinds == ["connect"])  # noqa: B023
                assert (await client.publish(TOPICS, "/t", {})).is_success
        async with Vantiq(server) as client:
            await client.set_access_token("t")
            with pytest.raises(VantiqException, match=r"(?i)certificate"):
                await client.subscribe(TOPICS, "/t", None, Box())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_of_the_websocket_is_not_followed(status: int) -> None:
    seen: list[object] = []

    async def other(socket: Socket) -> None:
        seen.append(await socket.validate())

    elsewhere = Sockets(other)
    async with elsewhere.serve() as target:

        async def redirect(_: web.Request) -> web.Response:
            return web.Response(status=status, headers={"Location": f"{target}{SOCKET}"})

        application = web.Application()
        application.router.add_get(SOCKET, redirect)
        async with serve_application(application) as url, Vantiq(url, timeout=5) as client:
            await client.set_access_token("token")
            with pytest.raises(VantiqException, match=f"redirect of the websocket \\({status}\\)"):
                await client.subscribe(TOPICS, "/t", None, Box())
    assert seen == []
    assert elsewhere.heads == []


async def test_a_password_of_a_netrc_file_does_not_go_with_the_handshake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1\nlogin somebody\npassword secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    box = Box()

    async def script(socket: Socket) -> None:
        await socket.validate()
        await socket.until_closed()

    async def use(client: Vantiq) -> None:
        await client.subscribe(TOPICS, "/t", None, box)

    (head,) = (await scripted(script, use)).heads
    assert "Authorization" not in head
