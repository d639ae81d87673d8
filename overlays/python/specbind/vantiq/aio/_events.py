"""The websocket that brings events: it validates, subscribes, and comes back after a loss."""

from __future__ import annotations

import asyncio
import inspect
import logging
import random
from typing import TYPE_CHECKING, Any, TypeAlias, cast
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import msgspec

from specbind.bindings._runtime.hooks import decode_hook
from specbind.bindings._runtime.payloads import json_encoder
from specbind.bindings._runtime.redirects import REDIRECTS
from specbind.bindings.vantiq_events import models
from specbind.core.backoff import exponential
from specbind.vantiq.errors import VantiqException, errors_in

from ._paths import fault
from ._subscription import CONNECT, ERROR, MESSAGE, Subscription

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ._session import Session

    OnClose: TypeAlias = Callable[[], Awaitable[None]]

__all__ = ["Subscriber"]

_logger = logging.getLogger("Vantiq")
_LARGEST_FRAME = 64 << 20
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 30.0
_FRAMES = msgspec.json.Decoder(dict[str, Any])


class Subscriber:
    """The one websocket of a client.

    Args:
        session: the server and its token.
        version: version of the API.
        heartbeat: seconds between pings; a peer that does not answer within half of them is taken for dead.
        patience: seconds that the server may take to connect and to validate.
        reconnect: come back after a loss, with all subscriptions.
        queue_size: frames that wait for a slow callback, for each subscription.
    """

    def __init__(
        self, session: Session, version: str, *, heartbeat: float, patience: float, reconnect: bool, queue_size: int
    ) -> None:
        self.on_close: OnClose | None = None
        self.ended = False
        self._session = session
        self._url = socket_url(session.server, version)
        self._heartbeat = heartbeat
        self._patience = patience
        self._reconnect = reconnect
        self._queue_size = queue_size
        self._http: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._subscriptions: dict[str, Subscription] = {}
        self._task: asyncio.Task[None] | None = None
        self._told_close = False
        self._asking: asyncio.Task[object] | None = None
        self._watchers: list[Callable[[], None]] = []

    @property
    def connected(self) -> bool:
        """Whether frames can be sent now."""
        return self._socket is not None and not self._socket.closed

    async def start(self) -> asyncio.Task[None]:
        """Connect and validate. Gives the task that reads until the end. Raises VantiqException."""
        try:
            await self._open()
        except BaseException:
            await self._finish()
            raise
        self._task = asyncio.create_task(self._serve(), name="vantiq-subscriber")
        return self._task

    # --- the socket

    async def _open(self) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await self._validate()
        except TimeoutError as error:
            message = "Failed to start subscriber transport: {0}"
            raise fault("subtransport.exception", message, f"no answer within {self._patience:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise fault("subtransport.exception", "Failed to start subscriber transport: {0}", str(error)) from error

    async def _validate(self) -> None:
        session = self._session
        if session.token is None:
            message = "Attempt to connect subscriber when parent was not authenticated."
            raise fault("subscriber.notauthenticated", message)
        if self._http is None:
            self._http = aiohttp.ClientSession(
                trust_env=session.trust_env, cookie_jar=aiohttp.DummyCookieJar(), middlewares=(_plainly,)
            )
        socket = await self._http.ws_connect(
            self._url,
            heartbeat=self._heartbeat,
            ssl=session.ssl,
            proxy=session.proxy,
            max_msg_size=_LARGEST_FRAME,
        )
        try:
            await self._greet(socket, session.token)
        except BaseException:
            await socket.close()
            raise
        self._socket = socket  # only now: nothing may be sent before the server has said yes

    async def _greet(self, socket: aiohttp.ClientWebSocketResponse, token: str) -> None:
        """Say who asks, and wait for the yes. Raises VantiqException for a no."""
        validation = models.Validation(op="validate", resource_name="system.credentials", object=token)
        await socket.send_str(json_encoder.encode(validation).decode())
        while True:
            received = await socket.receive()
            if received.type is not aiohttp.WSMsgType.TEXT:
                reason = "closed before it was validated"
                raise fault("subtransport.failed", "Failed to start subscriber transport: {0}", reason)
            frame, delivery = _read(received.data)
            if delivery is None:
                continue
            if delivery.status == 200:
                return
            if delivery.status >= 400:
                first = errors_in(delivery.status, frame.get("body"))[0]
                message = "Connect call failed: {0} :: {1}:{2}"
                raise fault("connect.failed", message, delivery.status, first.code, first.message)

    async def _drop(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()

    async def _serve(self) -> None:
        """Read until the end: that of the client, of the token, or of the socket where nobody wants to come back."""
        try:
            while True:
                await self._read_all()
                await self._drop()
                for subscription in self._subscriptions.values():
                    subscription.confirmed = False
                if not self._reconnect:
                    return
                await self._come_back()
        except VantiqException as error:
            _logger.error("the subscriber ends: %s", error)  # noqa: TRY400 - of the server, not of this program
            body = [{"code": error.code, "message": error.message, "params": error.params}]
            for subscription in self._subscriptions.values():
                frame = {"status": 401, "headers": {"X-Request-Id": subscription.request_id}, "body": body}
                subscription.put(ERROR, frame)
            await asyncio.sleep(0)  # the callbacks are told before they end
        finally:
            await self._finish()

    async def _come_back(self) -> None:
        failures = 0
        while True:
            failures += 1
            wait = exponential(failures, base=_FIRST_WAIT, cap=_LONGEST_WAIT, draw=random.random)
            _logger.warning("the subscriber lost its connection; try %d in %.1f s", failures, wait)
            await asyncio.sleep(wait)
            try:
                await self._open()
            except VantiqException as error:
                if error.code.endswith((".connect.failed", ".notauthenticated")):
                    raise  # the server says no, and will say so again
                _logger.warning("%s", error)
                continue
            for subscription in list(self._subscriptions.values()):
                known = self._subscriptions.get(subscription.request_id) is subscription
                if known and not subscription.refused:
                    await self._send(subscription.wish())
            return

    async def _read_all(self) -> None:
        socket = self._socket
        while socket is not None:
            message = await socket.receive()
            if message.type is aiohttp.WSMsgType.TEXT:
                self._route(*_read(message.data))
            elif message.type is not aiohttp.WSMsgType.BINARY:
                return  # closed by the peer, by us or by a silence that was too long

    def _route(self, frame: dict[str, Any], delivery: models.Delivery | None) -> None:
        if delivery is None or not delivery.headers or not delivery.headers.x_request_id:
            return
        subscription = self._subscriptions.get(delivery.headers.x_request_id)
        if subscription is None:
            return
        body = frame.get("body")
        if delivery.status == 200 and not subscription.confirmed:
            subscription.confirm(body)
            subscription.put(CONNECT, frame)
        elif delivery.status in (100, 200):
            if (
                delivery.status == 200
                and isinstance(body, dict)
                and cast("dict[str, Any]", body).get("op") == "unsubscribe"
            ):
                self._subscriptions.pop(subscription.request_id)
            subscription.put(MESSAGE, frame)
        elif delivery.status >= 400:
            subscription.refused = not subscription.confirmed
            subscription.put(ERROR, frame)

    async def _send(self, frame: msgspec.Struct) -> None:
        """Send a frame. A socket that is lost just now is noticed by the reader, which sends what matters again."""
        socket = self._socket
        if socket is None or socket.closed:
            return
        try:
            await socket.send_str(json_encoder.encode(frame).decode())
        except (aiohttp.ClientError, ConnectionError, RuntimeError):
            _logger.debug("a frame could not be sent: the socket is lost")

    # --- subscriptions

    def has(self, request_id: str) -> bool:
        """Whether there is such a subscription that the server has not refused."""
        found = self._subscriptions.get(request_id)
        return found is not None and not found.refused

    async def subscribe(
        self,
        path: str,
        parameters: dict[str, Any],
        namespace: str | None,
        callback: Callable[[str, dict[str, Any]], Awaitable[None]],
    ) -> None:
        """Ask for events. What the server says to it comes to the callback."""
        request_id = path if namespace is None else f"{path}@{namespace}"
        old = self._subscriptions.pop(request_id, None)
        if old is not None:
            await old.end(asyncio.current_task())
        subscription = Subscription(request_id, path, parameters, namespace, callback, self._queue_size)
        self._subscriptions[request_id] = subscription
        await self._send(subscription.wish())

    async def unsubscribe(self, request_id: str) -> bool:
        """Ask for no more events. False where there is no such subscription."""
        subscription = self._subscriptions.pop(request_id, None)
        if subscription is None:
            return False
        await self._send(subscription.end_wish())
        await subscription.end(asyncio.current_task())
        return True

    async def forget(self, request_id: str) -> None:
        """Listen no more, and leave a persistent subscription as it is on the server."""
        subscription = self._subscriptions.pop(request_id, None)
        if subscription is not None:
            await subscription.end(asyncio.current_task())

    def name_of(self, request_id: str) -> str | None:
        """Name of a persistent subscription, once the server has told it."""
        subscription = self._subscriptions.get(request_id)
        found = None if subscription is None else subscription.parameters.get("subscriptionName")
        return found if isinstance(found, str) else None

    async def ack(self, request_id: str, subscription_id: str, sequence: float, partition: float) -> None:
        """Say that a message was taken. Raises VantiqException where that cannot be said."""
        if not self.connected:
            raise fault("notransport", "The message cannot be acknowledged now; it will come again.")
        subscription = self._subscriptions.get(request_id)
        namespace = self._session.namespace if subscription is None else subscription.namespace
        parameters = models.AcknowledgementParameters(
            request_id=request_id, subscription_name=subscription_id, sequence_id=sequence, partition_id=partition
        )
        await self._send(
            models.Acknowledgement(
                op="acknowledge",
                resource_name="events",
                resource_id=request_id,
                parameters=parameters,
                target_namespace=msgspec.UNSET if namespace is None else namespace,
            )
        )

    # --- the end

    def watch(self, ended: Callable[[], None]) -> None:
        """Have a function called at the end."""
        self._watchers.append(ended)

    def unwatch(self, ended: Callable[[], None]) -> None:
        """Have it called no more."""
        if ended in self._watchers:
            self._watchers.remove(ended)

    async def close(self) -> None:
        """End the socket and all subscriptions, and tell so once."""
        task = self._task
        self._asking = asyncio.current_task()
        if task is None or task is asyncio.current_task():
            await self._finish()
            return
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await self._finish()  # a task that never ran has finished nothing

    async def _finish(self) -> None:
        self.ended = True
        await self._drop()
        http, self._http = self._http, None
        if http is not None:
            await http.close()
        subscriptions, self._subscriptions = self._subscriptions, {}
        for subscription in subscriptions.values():
            await subscription.end(self._asking)
        for ended in self._watchers:
            ended()
        if self._told_close or self._task is None:
            return
        self._told_close = True
        if self.on_close is not None:
            try:
                result: object = self.on_close()
                if inspect.isawaitable(result):
                    await result
            except Exception:
                _logger.exception("the callback at the end of the subscriber failed")  # of a stranger


async def _plainly(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Send the handshake without a password of a `.netrc`, and follow no redirect: a token is for its server only."""
    request.headers.popall("Authorization", None)
    response = await send(request)
    if response.status in REDIRECTS:
        response.close()
        message = "Failed to start subscriber transport: {0}"
        raise fault("subtransport.failed", message, f"a redirect of the websocket ({response.status}) is not followed")
    return response


def socket_url(server: str, version: str) -> str:
    """URL of the websocket of a server."""
    parts = urlsplit(server)
    scheme = "wss" if parts.scheme.lower() == "https" else "ws"
    return urlunsplit((scheme, parts.netloc, f"{parts.path}/api/v{version}/wsock/websocket", "", ""))


def _read(text: str) -> tuple[dict[str, Any], models.Delivery | None]:
    """A frame as it came, and as its type; None for what is none, which is passed over."""
    try:
        frame = _FRAMES.decode(text)
        return frame, msgspec.convert(frame, models.Delivery, dec_hook=decode_hook)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        _logger.warning("a frame of the server does not fit and is passed over: %s", error)
        return {}, None
