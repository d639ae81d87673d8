"""The subscriptions of a client: kept over losses of the websocket, and told what comes."""

from __future__ import annotations

import asyncio
import inspect
import logging
import random
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import msgspec

from specbind.bindings.vantiq_events import models
from specbind.core.backoff import exponential
from specbind.vantiq.errors import VantiqException

from ._connection import Connection, is_final
from ._paths import fault
from ._subscription import CONNECT, ERROR, MESSAGE, Subscription, current_subscription, make_wish

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from ._session import Session

    OnClose: TypeAlias = Callable[[], Awaitable[None]]
    Ended: TypeAlias = Callable[[VantiqException | None], None]

__all__ = ["Subscriber"]

_logger = logging.getLogger("Vantiq")
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 30.0
_STEADY = 5.0  # seconds after which a connection counts as good, so that waits begin anew
_ANSWER = 2.0  # seconds that a server has to answer an unsubscribe before the same is subscribed to again
_DRAIN = 5.0  # seconds that callbacks have for what waits when the subscriber ends by itself
_PASSING = frozenset({408, 425, 429, *range(500, 600)})


class Subscriber:
    """All subscriptions of a client, over one websocket.

    Args:
        session: the server and its token.
        version: version of the API.
        heartbeat: seconds between pings.
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
        self._connection = Connection(session, version, heartbeat=heartbeat, patience=patience)
        self._reconnect = reconnect
        self._queue_size = queue_size
        self._subscriptions: dict[str, Subscription] = {}
        self._leaving: dict[str, asyncio.Event] = {}
        self._opening: asyncio.Task[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._later: set[asyncio.Task[None]] = set()
        self._failures = 0
        self._connections = 0
        self._finished = False
        self._told_close = False
        self._asking: Subscription | None = None
        self._watchers: list[Ended] = []

    @property
    def connected(self) -> bool:
        """Whether frames can be sent now."""
        return self._connection.is_open

    async def start(self) -> asyncio.Task[None]:
        """Connect and validate. Gives the task that reads until the end. Raises VantiqException."""
        self._opening = asyncio.create_task(self._connection.open())
        try:
            await self._opening
        except BaseException as error:
            closed = self.ended
            await self._finish(None)
            if closed and isinstance(error, asyncio.CancelledError):
                raise _closed() from None
            raise
        if self.ended:
            raise _closed()
        self._task = asyncio.create_task(self._serve(), name="vantiq-subscriber")
        return self._task

    # --- the connection

    async def _serve(self) -> None:
        """Read until the end: that of the client, of the token, or of the socket where nobody wants to come back."""
        loop = asyncio.get_running_loop()
        error: VantiqException | None = None
        try:
            while True:
                since = loop.time()
                while (received := await self._connection.receive()) is not None:
                    self._route(*received)
                await self._connection.drop()
                for subscription in self._subscriptions.values():
                    subscription.confirmed = False
                self._leave_all()
                if not self._reconnect:
                    raise fault("subscriber.lost", "The connection of the subscriber was lost.")
                if loop.time() - since >= _STEADY:
                    self._failures = 0
                await self._come_back()
        except VantiqException as refusal:
            error = refusal
            await self._tell(refusal)
        finally:
            await self._finish(error)

    async def _come_back(self) -> None:
        while True:
            self._failures += 1
            wait = self._wait(self._failures)
            _logger.warning("the subscriber lost its connection; try %d in %.1f s", self._failures, wait)
            await asyncio.sleep(wait)
            try:
                await self._connection.open()
            except VantiqException as error:
                if is_final(error.code, error.params):
                    raise
                _logger.warning("%s", error)
                continue
            self._connections += 1
            for subscription in list(self._subscriptions.values()):
                known = self._subscriptions.get(subscription.request_id) is subscription
                if known and not subscription.refused:
                    await self._connection.send(subscription.wish())
            return

    @staticmethod
    def _wait(failures: int) -> float:
        return exponential(failures, base=_FIRST_WAIT, cap=_LONGEST_WAIT, draw=random.random)

    async def _tell(self, error: VantiqException) -> None:
        """Tell all callbacks why it ended, behind what waits for them."""
        self.ended = True  # who subscribes from now on begins anew
        _logger.error("the subscriber ends: %s", error)
        body = [{"code": error.code, "message": error.message, "params": error.params}]
        status = 401 if is_final(error.code, error.params) else 503
        subscriptions = list(self._subscriptions.values())
        for subscription in subscriptions:
            frame = {"status": status, "headers": {"X-Request-Id": subscription.request_id}, "body": body}
            subscription.put(ERROR, frame)
        await asyncio.gather(*(subscription.drain(_DRAIN) for subscription in subscriptions))

    def _route(self, frame: dict[str, Any], delivery: models.Delivery | None, length: int) -> None:
        if delivery is None or not delivery.headers or not delivery.headers.x_request_id:
            return
        request_id = delivery.headers.x_request_id
        subscription = self._subscriptions.get(request_id)
        if subscription is None:
            if delivery.status >= 200 and request_id in self._leaving:
                self._leaving.pop(request_id).set()
            return
        body: object = frame.get("body")
        ends = isinstance(body, dict) and cast("dict[str, Any]", body).get("op") == "unsubscribe"
        if delivery.status == 200 and not subscription.confirmed:
            if not ends:  # else it is the late answer to what was ended before
                subscription.confirm(frame.get("body"))
                subscription.put(CONNECT, frame)
        elif delivery.status == 200 and ends:
            self._subscriptions.pop(request_id)
            subscription.put(MESSAGE, frame)
            subscription.stop()
        elif delivery.status in (100, 200):
            subscription.put(MESSAGE, frame, length)
        elif delivery.status >= 400:
            self._refuse(subscription, frame, delivery.status)

    def _refuse(self, subscription: Subscription, frame: dict[str, Any], status: int) -> None:
        if not subscription.confirmed:
            if subscription.established and status in _PASSING:
                subscription.failures += 1
                wait = self._wait(subscription.failures)
                _logger.warning(
                    "%s was not taken up again (%d); next try in %.1f s", subscription.request_id, status, wait
                )
                self._do(self._ask_again(subscription, wait, self._connections))
                return
            subscription.refused = True
        subscription.put(ERROR, frame)

    async def _ask_again(self, subscription: Subscription, wait: float, connection: int) -> None:
        await asyncio.sleep(wait)
        known = self._subscriptions.get(subscription.request_id) is subscription
        if known and connection == self._connections:  # a new connection has asked by itself
            await self._connection.send(subscription.wish())

    def _catch_up(self, subscription: Subscription) -> None:
        """Have the server send again what a persistent subscription had no room for."""
        if self.connected and self._subscriptions.get(subscription.request_id) is subscription:
            subscription.confirmed = False
            self._do(self._connection.send(subscription.wish()))

    def _do(self, coroutine: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    # --- subscriptions

    def has(self, request_id: str) -> bool:
        """Whether there is such a subscription that the server has not refused."""
        found = self._subscriptions.get(request_id)
        return found is not None and not found.refused

    async def left(self, request_id: str) -> None:
        """Wait a short while for the answer to an unsubscribe, which bears the same id as what comes after it."""
        answered = self._leaving.get(request_id)
        if answered is None:
            return
        try:
            async with asyncio.timeout(_ANSWER):
                await answered.wait()
        except TimeoutError:
            self._leaving.pop(request_id, None)

    def _leave_all(self) -> None:
        leaving, self._leaving = self._leaving, {}
        for answered in leaving.values():
            answered.set()

    async def subscribe(
        self,
        request_id: str,
        path: str,
        parameters: dict[str, Any],
        namespace: str | None,
        callback: Callable[[str, dict[str, Any]], Awaitable[None]],
    ) -> None:
        """Ask for events. What the server says to it comes to the callback. Raises VantiqException."""
        wish = make_wish(request_id, path, parameters, namespace)
        if self.ended:
            raise _closed()
        old = self._subscriptions.pop(request_id, None)
        subscription = Subscription(wish, callback, self._queue_size, self._catch_up)
        self._subscriptions[request_id] = subscription
        await self._connection.send(subscription.wish())
        if old is not None:
            await old.end(current_subscription())

    async def unsubscribe(self, request_id: str) -> bool:
        """Ask for no more events. False where there is no such subscription."""
        subscription = self._subscriptions.pop(request_id, None)
        if subscription is None:
            return False
        if self.connected:
            self._leaving.setdefault(request_id, asyncio.Event())
            await self._connection.send(subscription.end_wish())
        await subscription.end(current_subscription())
        return True

    async def forget(self, request_id: str) -> None:
        """Listen no more, and leave a persistent subscription as it is on the server."""
        subscription = self._subscriptions.pop(request_id, None)
        if subscription is not None:
            await subscription.end(current_subscription())

    def name_of(self, request_id: str) -> str | None:
        """Name of a persistent subscription, once the server has told it."""
        subscription = self._subscriptions.get(request_id)
        return None if subscription is None else subscription.name

    async def ack(self, request_id: str, subscription_id: str, sequence: float, partition: float) -> None:
        """Say that a message was taken. Raises VantiqException where that cannot be said."""
        if not self.connected:
            raise fault("notransport", "The message cannot be acknowledged now; it will come again.")
        subscription = self._subscriptions.get(request_id)
        if subscription is not None:
            subscription.acknowledged += 1
        namespace = self._session.namespace if subscription is None else subscription.namespace
        parameters = models.AcknowledgementParameters(
            request_id=request_id, subscription_name=subscription_id, sequence_id=sequence, partition_id=partition
        )
        await self._connection.send(
            models.Acknowledgement(
                op="acknowledge",
                resource_name="events",
                resource_id=request_id,
                parameters=parameters,
                target_namespace=msgspec.UNSET if namespace is None else namespace,
            )
        )

    # --- the end

    def watch(self, ended: Ended) -> None:
        """Have a function called at the end, with the error that was the reason, None where it was wanted."""
        if self._finished:
            ended(None)
        else:
            self._watchers.append(ended)

    def unwatch(self, ended: Ended) -> None:
        """Have it called no more."""
        if ended in self._watchers:
            self._watchers.remove(ended)

    async def close(self) -> None:
        """End the socket and all subscriptions, and tell so once."""
        self.ended = True
        self._asking = current_subscription()
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        task = self._task
        if task is not None and task is not asyncio.current_task():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await self._finish(None)  # a task that never ran has finished nothing

    async def _finish(self, error: VantiqException | None) -> None:
        self.ended = self._finished = True
        for later in self._later:
            later.cancel()
        self._leave_all()
        watchers, self._watchers = self._watchers, []
        for ended in watchers:
            ended(error)
        subscriptions, self._subscriptions = self._subscriptions, {}
        await asyncio.gather(*(subscription.end(self._asking) for subscription in subscriptions.values()))
        await self._connection.close()
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


def _closed() -> VantiqException:
    return fault("notransport", "The client was closed while its subscriber was starting.")
