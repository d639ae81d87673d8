"""Events: who wants which, the websockets that they go to, and reliable messages that wait to be acknowledged."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import WSMsgType, web

from specbind.bindings._runtime.decoders import make_decoder
from specbind.bindings._runtime.server import Rejection
from specbind.bindings.vantiq_events import models

from .answers import error_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .sessions import Caller

__all__ = ["Hub"]

_MOST_WAITING = 10_000
_LARGEST = 16 << 20
_FIRST = 10.0
_VALIDATION: msgspec.json.Decoder[models.Validation] = make_decoder(models.Validation)
_SUBSCRIPTION: msgspec.json.Decoder[models.Subscription] = make_decoder(models.Subscription)
_ACKNOWLEDGEMENT: msgspec.json.Decoder[models.Acknowledgement] = make_decoder(models.Acknowledgement)


@dataclass(slots=True, eq=False)
class _Socket:
    frames: asyncio.Queue[str | None] = field(default_factory=lambda: asyncio.Queue(_MOST_WAITING))
    wishes: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    names: dict[str, str] = field(default_factory=dict[str, str])

    def send(self, status: int, request_id: str | None, body: object) -> None:
        """Let a frame go out; a peer that takes none is cut."""
        headers: dict[str, str] = {} if request_id is None else {"X-Request-Id": request_id}
        frame = {"status": status, "contentType": "application/json", "headers": headers, "body": body}
        try:
            self.frames.put_nowait(msgspec.json.encode(frame).decode())
        except asyncio.QueueFull:
            self.cut()

    def cut(self) -> None:
        """End the socket."""
        while not self.frames.empty():
            self.frames.get_nowait()
        self.frames.put_nowait(None)


@dataclass(slots=True)
class _Lasting:
    """A persistent subscription: it lives on without a socket."""

    name: str
    path: str
    namespace: str
    user: str
    waiting: deque[dict[str, Any]] = field(default_factory=deque[dict[str, Any]])
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    listener: tuple[_Socket, str] | None = None


class Hub:
    """All websockets of a server.

    Args:
        caller: who has a token; raises Rejection.
        enters: whether somebody may enter a namespace.
    """

    def __init__(self, caller: Callable[[str], Caller], enters: Callable[[Caller, str], bool]) -> None:
        self._caller = caller
        self._enters = enters
        self._sockets: set[_Socket] = set()
        self._lasting: dict[str, _Lasting] = {}
        self._names = itertools.count(1)
        self.accepts = True

    def subscriptions(self) -> list[dict[str, Any]]:
        """The persistent subscriptions as instances."""
        return [
            {"_id": each.name, "name": each.name, "resourceId": each.path, "waiting": len(each.waiting)}
            for each in self._lasting.values()
        ]

    def forget(self, name: str) -> bool:
        """End a persistent subscription. False where there is none."""
        return self._lasting.pop(name, None) is not None

    def cut_all(self) -> int:
        """Cut all websockets, as a network does; gives how many there were."""
        cut = list(self._sockets)
        for socket in cut:
            socket.cut()
        return len(cut)

    def publish(self, namespace: str, path: str, kind: str, value: object) -> None:
        """Send an event to all who want it."""
        event: dict[str, Any] = {"path": f"{path}/{kind}" if kind else path, "value": value}
        for socket in list(self._sockets):
            for request_id, wish in list(socket.wishes.items()):
                if wish == (namespace, path) and request_id not in socket.names:
                    socket.send(100, request_id, event)
        for lasting in self._lasting.values():
            if (lasting.namespace, lasting.path) == (namespace, path):
                body = {**event, "partitionId": 0, "sequenceId": next(lasting.numbers)}
                lasting.waiting.append(body)
                if len(lasting.waiting) > _MOST_WAITING:
                    lasting.waiting.popleft()
                if lasting.listener is not None:
                    lasting.listener[0].send(100, lasting.listener[1], body)

    # --- one socket

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Speak with one client until it goes."""
        response = web.WebSocketResponse(max_msg_size=_LARGEST)
        await response.prepare(request)
        if not self.accepts:
            await response.close()
            return response
        socket = _Socket()
        writer = asyncio.create_task(self._write(socket, response))
        try:
            caller = await self._validated(socket, response)
            if caller is not None:
                self._sockets.add(socket)
                await self._listen(socket, caller, response)
        finally:
            self._sockets.discard(socket)
            for lasting in self._lasting.values():
                if lasting.listener is not None and lasting.listener[0] is socket:
                    lasting.listener = None
            if socket.frames.full():
                writer.cancel()
            else:
                socket.frames.put_nowait(None)  # what waits goes out first
            await asyncio.gather(writer, return_exceptions=True)
            await response.close()
        return response

    async def _write(self, socket: _Socket, response: web.WebSocketResponse) -> None:
        while (frame := await socket.frames.get()) is not None:
            await response.send_str(frame)
        await response.close()

    async def _validated(self, socket: _Socket, response: web.WebSocketResponse) -> Caller | None:
        try:
            message = await response.receive(timeout=_FIRST)
        except TimeoutError:
            return None
        if message.type is not WSMsgType.TEXT:
            return None
        try:
            validation = _VALIDATION.decode(message.data)
            caller = self._caller(validation.object)
        except (msgspec.MsgspecError, RecursionError) as error:
            socket.send(400, None, [error_of("io.vantiq.websocket.invalid", "The frame does not fit: {0}", str(error))])
            return None
        except Rejection as rejection:
            socket.send(rejection.status, None, rejection.body)
            return None
        socket.send(200, None, {"username": caller.user, "namespace": caller.namespace})
        return caller

    async def _listen(self, socket: _Socket, caller: Caller, response: web.WebSocketResponse) -> None:
        async for message in response:
            if message.type is not WSMsgType.TEXT:
                return
            try:
                op = msgspec.json.decode(message.data, type=_Op).op
                if op == "acknowledge":
                    self._acknowledge(caller, _ACKNOWLEDGEMENT.decode(message.data))
                else:
                    wish = _SUBSCRIPTION.decode(message.data)
                    if op == "subscribe":
                        self._subscribe(socket, caller, wish)
                    else:
                        self._unsubscribe(socket, wish)
            except (msgspec.MsgspecError, RecursionError) as error:
                body = [error_of("io.vantiq.websocket.invalid", "The frame does not fit: {0}", str(error))]
                socket.send(400, None, body)

    def _subscribe(self, socket: _Socket, caller: Caller, wish: models.Subscription) -> None:
        request_id = wish.parameters.request_id
        namespace = wish.target_namespace or caller.namespace
        kind, _, name = wish.resource_id.removeprefix("/").partition("/")
        if kind not in ("topics", "sources", "services", "types") or not name:
            error = error_of("io.vantiq.subscribe.invalid", "There are no events at {0}.", wish.resource_id)
            socket.send(400, request_id, [error])
            return
        if not self._enters(caller, namespace):
            error = error_of("io.vantiq.namespace.forbidden", "The namespace {0} may not be entered.", namespace)
            socket.send(403, request_id, [error])
            return
        socket.wishes[request_id] = namespace, wish.resource_id
        if wish.parameters.persistent is not True:
            socket.send(200, request_id, {})
            return
        lasting = self._taken_up(caller, namespace, wish)
        lasting.listener = socket, request_id
        socket.names[request_id] = lasting.name
        socket.send(200, request_id, {"name": lasting.name})
        for body in list(lasting.waiting):
            socket.send(100, request_id, body)

    def _taken_up(self, caller: Caller, namespace: str, wish: models.Subscription) -> _Lasting:
        name = wish.parameters.subscription_name
        found = self._lasting.get(name) if name else None
        if found is not None and (found.user, found.namespace, found.path) == (
            caller.user,
            namespace,
            wish.resource_id,
        ):
            return found
        made = _Lasting(f"subscription-{next(self._names)}", wish.resource_id, namespace, caller.user)
        self._lasting[made.name] = made
        return made

    def _unsubscribe(self, socket: _Socket, wish: models.Subscription) -> None:
        request_id = wish.parameters.request_id
        if socket.wishes.pop(request_id, None) is None:
            error = error_of("io.vantiq.subscribe.unknown", "There is no subscription {0}.", request_id)
            socket.send(404, request_id, [error])
            return
        name = socket.names.pop(request_id, None)
        if name is not None:
            self._lasting.pop(name, None)
        socket.send(200, request_id, {"op": "unsubscribe"})

    def _acknowledge(self, caller: Caller, acknowledgement: models.Acknowledgement) -> None:
        lasting = self._lasting.get(acknowledgement.parameters.subscription_name)
        if lasting is None or lasting.user != caller.user:
            return
        sequence = acknowledgement.parameters.sequence_id
        lasting.waiting = deque(each for each in lasting.waiting if each["sequenceId"] != sequence)


class _Op(msgspec.Struct):
    op: str
