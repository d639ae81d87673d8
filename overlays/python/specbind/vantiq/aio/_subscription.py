"""One subscription: its frames wait in a bounded queue for a callback of their own task."""

from __future__ import annotations

import asyncio
import inspect
import logging
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import msgspec

from specbind.bindings._runtime.hooks import decode_hook
from specbind.bindings.vantiq_events import models

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Callback: TypeAlias = Callable[[str, dict[str, Any]], Awaitable[None]]

__all__ = ["CONNECT", "ERROR", "MESSAGE", "Subscription"]

CONNECT = "connect"
MESSAGE = "message"
ERROR = "error"

_logger = logging.getLogger("Vantiq")


class Subscription:
    """A wish for events, and the callback that gets them one after the other.

    Args:
        request_id: what frames of it bear as `X-Request-Id`.
        path: path of the events.
        parameters: how they are wanted; copied.
        namespace: namespace of the path, None for that of the token.
        callback: called with the kind and the whole frame.
        size: frames that wait for a slow callback. Of what comes beyond, the number is told by an error frame.
    """

    def __init__(
        self,
        request_id: str,
        path: str,
        parameters: dict[str, Any],
        namespace: str | None,
        callback: Callback,
        size: int,
    ) -> None:
        self.request_id = request_id
        self.path = path
        self.parameters = {**parameters, "requestId": request_id}
        self.namespace = namespace
        self.confirmed = False
        self.refused = False
        self._callback = callback
        self._size = size
        self._lost = 0
        self._frames: asyncio.Queue[tuple[str, dict[str, Any]] | None] = asyncio.Queue()
        self._task = asyncio.create_task(self._deliver())

    def wish(self) -> models.Subscription:
        """The frame that asks for the events."""
        return models.Subscription(
            op=models.SubscriptionOp.SUBSCRIBE,
            resource_name="events",
            resource_id=self.path,
            parameters=msgspec.convert(self.parameters, models.SubscriptionParameters, dec_hook=decode_hook),
            target_namespace=msgspec.UNSET if self.namespace is None else self.namespace,
        )

    def end_wish(self) -> models.Subscription:
        """The frame that asks for no more."""
        wish = self.wish()
        wish.op = models.SubscriptionOp.UNSUBSCRIBE
        return wish

    def confirm(self, body: object) -> None:
        """The server has said yes. A persistent subscription is taken up again by the name in its answer."""
        self.confirmed, self.refused = True, False
        name = cast("dict[str, object]", body).get("name") if isinstance(body, dict) else None
        if self.parameters.get("persistent") is True and isinstance(name, str):
            self.parameters["subscriptionName"] = name

    def put(self, kind: str, frame: dict[str, Any]) -> None:
        """Let a frame wait for the callback. Never blocks, so that no subscription can stop another one."""
        if self._frames.qsize() >= self._size:
            if not self._lost:
                _logger.warning("%s: the callback is too slow, frames are lost", self.request_id)
            self._lost += 1
            return
        if self._lost:
            lost, self._lost = self._lost, 0
            self._frames.put_nowait((ERROR, self._overflow(lost)))
        self._frames.put_nowait((kind, frame))

    def _overflow(self, lost: int) -> dict[str, Any]:
        error = {
            "code": "io.vantiq.python.subscriber.overflow",
            "message": "The callback was too slow: {0} frames are lost.",
            "params": [lost],
        }
        return {"status": 507, "headers": {"X-Request-Id": self.request_id}, "body": [error]}

    async def _deliver(self) -> None:
        while (item := await self._frames.get()) is not None:
            kind, frame = item
            if self._lost and self._frames.empty():
                lost, self._lost = self._lost, 0
                self._frames.put_nowait((ERROR, self._overflow(lost)))
            try:
                result: object = self._callback(kind, frame)
                if inspect.isawaitable(result):
                    await result
            except Exception:
                # of a stranger: it must stop neither this subscription nor another one
                _logger.exception("the callback of %s failed at a %s frame", self.request_id, kind)

    async def end(self, asking: asyncio.Task[object] | None) -> None:
        """Deliver nothing more; the callback that is running is cancelled, unless it is the task that asks for it."""
        if self._task is asking:
            self._frames.put_nowait(None)
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
