"""One subscription: its frames wait in a bounded queue for a callback of their own task."""

from __future__ import annotations

import asyncio
import inspect
import logging
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import msgspec

from specbind.bindings._runtime.hooks import decode_hook
from specbind.bindings._runtime.payloads import json_encoder
from specbind.bindings.vantiq_events import models
from specbind.vantiq.values import to_vantiq

from ._paths import fault

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Callback: TypeAlias = Callable[[str, dict[str, Any]], Awaitable[None]]

__all__ = ["CONNECT", "ERROR", "MESSAGE", "Subscription", "current_subscription", "make_wish"]

CONNECT = "connect"
MESSAGE = "message"
ERROR = "error"

_logger = logging.getLogger("Vantiq")
_MOST_HELD = 64 << 20  # characters of all frames that wait
_CONTROL = 100  # frames beyond the queue that say something of the subscription itself
_GRACE = 2.0  # seconds that a callback has to end when it is cancelled
_within: ContextVar[Subscription | None] = ContextVar("vantiq_subscription", default=None)


def current_subscription() -> Subscription | None:
    """The subscription whose callback is running here, also in a task or thread that it has begun."""
    return _within.get()


def make_wish(request_id: str, path: str, parameters: dict[str, Any], namespace: str | None) -> models.Subscription:
    """The frame that asks for events. It shares nothing with the parameters. Raises VantiqException."""
    try:
        copied: object = msgspec.json.decode(json_encoder.encode({**to_vantiq(parameters), "requestId": request_id}))
        wish = models.Subscription(
            op=models.SubscriptionOp.SUBSCRIBE,
            resource_name="events",
            resource_id=path,
            parameters=msgspec.convert(copied, models.SubscriptionParameters, dec_hook=decode_hook),
            target_namespace=msgspec.UNSET if namespace is None else namespace,
        )
        json_encoder.encode(wish)
    except (msgspec.MsgspecError, TypeError, ValueError, RecursionError) as error:
        message = "Unexpected error during {0} operation: {1}"
        raise fault("argument.invalid", message, "subscribe", f"{type(error).__name__}: {error}") from error
    return wish


class Subscription:
    """A wish for events, and the callback that gets them one after the other.

    Args:
        wish: the frame that asks for them.
        callback: called with the kind and the whole frame.
        size: frames that wait for a slow callback. Of what comes beyond, the number is told by an error frame; a
            persistent subscription gets it later.
        catch_up: has the server send again what it keeps.
    """

    def __init__(
        self, wish: models.Subscription, callback: Callback, size: int, catch_up: Callable[[Subscription], None]
    ) -> None:
        self.request_id = wish.parameters.request_id
        self.confirmed = False
        self.established = False
        self.refused = False
        self.failures = 0
        self.acknowledged = 0
        self._wish = wish
        self._callback = callback
        self._size = size
        self._catch_up = catch_up
        self._lost = 0
        self._behind = 0
        self._acknowledged_before = -1
        self._held = 0
        self._ended = False
        self._frames: asyncio.Queue[tuple[str, dict[str, Any], int] | None] = asyncio.Queue()
        self._task = asyncio.create_task(self._deliver())

    @property
    def namespace(self) -> str | None:
        """Namespace of the path, None for that of the token."""
        return self._wish.target_namespace or None

    @property
    def name(self) -> str | None:
        """Name of a persistent subscription, once it is known."""
        return self._wish.parameters.subscription_name or None

    def wish(self) -> models.Subscription:
        """The frame that asks for the events."""
        return self._wish

    def end_wish(self) -> models.Subscription:
        """The frame that asks for no more."""
        return msgspec.structs.replace(self._wish, op=models.SubscriptionOp.UNSUBSCRIBE)

    def confirm(self, body: object) -> None:
        """The server has said yes. A persistent subscription is taken up again by the name in its answer."""
        self.confirmed = self.established = True
        self.refused = False
        self.failures = self._behind = 0
        name = cast("dict[str, object]", body).get("name") if isinstance(body, dict) else None
        if self._wish.parameters.persistent is True and isinstance(name, str):
            self._wish.parameters.subscription_name = name

    def put(self, kind: str, frame: dict[str, Any], length: int = 0) -> None:
        """Let a frame wait for the callback. Never blocks, so that no subscription can stop another one.

        Args:
            kind: what it is.
            frame: the whole of it.
            length: its characters, 0 for one that says something of the subscription itself.
        """
        kept = kind == MESSAGE and length > 0 and self._wish.parameters.persistent is True and self.name is not None
        if kept and self._behind:
            self._behind += 1  # it comes again, in its place behind the others
            return
        waiting = self._frames.qsize()
        full = waiting >= self._size + (0 if length else _CONTROL) or (waiting and self._held + length > _MOST_HELD)
        if full and kept:
            self._behind = 1
        elif full:
            if not self._lost:
                _logger.warning("%s: the callback is too slow, frames are lost", self.request_id)
            self._lost += 1
        else:
            self._tell_lost()
            self._held += length
            self._frames.put_nowait((kind, frame, length))

    def _tell_lost(self) -> None:
        if not self._lost:
            return
        lost, self._lost = self._lost, 0
        error = {
            "code": "io.vantiq.python.subscriber.overflow",
            "message": "The callback was too slow: {0} frames are lost.",
            "params": [lost],
        }
        frame = {"status": 507, "headers": {"X-Request-Id": self.request_id}, "body": [error]}
        self._frames.put_nowait((ERROR, frame, 0))

    async def _deliver(self) -> None:
        _within.set(self)
        while (item := await self._frames.get()) is not None:
            kind, frame, length = item
            self._held -= length
            if self._frames.empty():
                self._tell_lost()
            try:
                result: object = self._callback(kind, frame)
                if inspect.isawaitable(result):
                    await result
            except Exception:
                # of a stranger: it must stop neither this subscription nor another one
                _logger.exception("the callback of %s failed at a %s frame", self.request_id, kind)
            if self._ended:
                return
            if self._behind and self.confirmed and self._frames.empty():
                self._get_the_rest()

    def _get_the_rest(self) -> None:
        """Ask for what there was no room for, unless the same would come again since nothing was acknowledged."""
        if self.acknowledged != self._acknowledged_before:
            self._acknowledged_before = self.acknowledged
            self._catch_up(self)
            return
        self._lost, self._behind = self._lost + self._behind, 0
        _logger.warning("%s: messages come again only when some are acknowledged", self.request_id)
        self._tell_lost()

    def stop(self) -> None:
        """Let it end by itself when what waits was delivered."""
        self._frames.put_nowait(None)

    async def drain(self, seconds: float) -> None:
        """Deliver what waits, within some seconds, and end."""
        self.stop()
        await asyncio.wait((self._task,), timeout=seconds)
        if not self._task.done():
            _logger.warning(
                "%s: %d frames were not delivered before the end", self.request_id, max(0, self._frames.qsize() - 1)
            )
            await self.end(None)

    async def end(self, asking: Subscription | None) -> None:
        """Deliver nothing more. A callback that is running is cancelled, unless it is the one that asks for it."""
        self._ended = True
        while not self._frames.empty():
            self._frames.get_nowait()
        if asking is self:
            self.stop()
            return
        self._task.cancel()
        await asyncio.wait((self._task,), timeout=_GRACE)
        if not self._task.done():
            _logger.warning("the callback of %s does not end; it is left alone", self.request_id)
