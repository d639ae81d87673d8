"""A server of websockets that does what a test says."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from specbind.bindings._runtime.server import serve
from specbind.vantiq import Vantiq

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

SOCKET = "/api/v1/wsock/websocket"


class Socket:
    """One websocket of a client."""

    def __init__(self, response: web.WebSocketResponse, request: web.Request, number: int) -> None:
        self.response = response
        self.request = request
        self.number = number

    async def receive(self) -> dict[str, Any]:
        """The next frame of the client."""
        message = await self.response.receive(timeout=10)
        if message.type is not WSMsgType.TEXT:
            raise ConnectionError
        found: dict[str, Any] = json.loads(message.data)
        return found

    async def send(self, status: int, request_id: str | None = None, body: object = None) -> None:
        """Send a frame."""
        headers = {} if request_id is None else {"X-Request-Id": request_id}
        await self.response.send_json({"status": status, "headers": headers, "body": body})

    async def validate(self) -> dict[str, Any]:
        """Take the first frame and say yes."""
        first = await self.receive()
        await self.send(200)
        return first

    def cut(self) -> None:
        """Reset the connection."""
        assert self.request.transport is not None
        self.request.transport.abort()

    async def until_closed(self) -> None:
        """Wait for the end."""
        async for _ in self.response:
            pass


class Sockets:
    """The server. `script` is run for each websocket, which has the number 0, 1 and so on."""

    def __init__(self, script: Callable[[Socket], Awaitable[None]]) -> None:
        self.script = script
        self.number = 0
        self.heads: list[dict[str, str]] = []
        self.failures: list[BaseException] = []

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.heads.append(dict(request.headers))
        response = web.WebSocketResponse(autoping=True)
        await response.prepare(request)
        socket = Socket(response, request, self.number)
        self.number += 1
        try:
            await self.script(socket)
        except (ConnectionError, asyncio.CancelledError):
            pass
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.failures.append(error)
        return response

    def serve(self) -> AbstractAsyncContextManager[str]:
        """Serve as long as the block runs; gives the URL."""
        application = web.Application()
        application.router.add_get(SOCKET, self._handle)
        return serve(application, grace=0.1)


class Box:
    """A callback that keeps what it gets."""

    def __init__(self) -> None:
        self.frames: list[tuple[str, dict[str, Any]]] = []

    async def __call__(self, kind: str, frame: dict[str, Any]) -> None:
        self.frames.append((kind, frame))

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.frames]

    @property
    def values(self) -> list[Any]:
        return [frame["body"]["value"] for kind, frame in self.frames if kind == "message"]


async def scripted(
    script: Callable[[Socket], Awaitable[None]], use: Callable[[Vantiq], Awaitable[None]], **arguments: Any
) -> Sockets:
    sockets = Sockets(script)
    async with sockets.serve() as url, Vantiq(url, **{"timeout": 5, **arguments}) as client:
        await client.set_access_token("token")
        await use(client)
    assert sockets.failures == []
    return sockets
