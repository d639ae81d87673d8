"""Events: subscriptions with callbacks, or iterated."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any

from specbind.vantiq.response import VantiqResponse

from ._caller import Caller, refusal
from ._events import Subscriber
from ._messages import Messages
from ._paths import checked_mapping, event_path, fault, request_id_of
from ._subscription import make_wish

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

__all__ = ["Listening"]


class Listening(Caller):
    """The websocket of a client, opened by the first subscription."""

    _heartbeat: float
    _patience: float
    _reconnect: bool
    _queue_size: int
    _subscriber: Subscriber | None
    _starting: asyncio.Lock | None
    _on_close: Callable[[], Awaitable[None]] | None

    async def start_subscriber_transport(self) -> asyncio.Task[None] | None:
        """Open the websocket for events; `subscribe` does it where it was not.

        Returns:
            The task that reads it; it ends with the websocket. None where there is one already.

        Raises:
            VantiqException: the server says no, or nothing within 30 seconds, or the client is closed meanwhile.
        """
        if self._starting is None:
            self._starting = asyncio.Lock()
        async with self._starting:
            if self._subscriber is not None and not self._subscriber.ended:
                return None
            if self._session.token is None:
                message = "Attempt to connect subscriber when parent was not authenticated."
                raise fault("subscriber.notauthenticated", message)
            subscriber = Subscriber(
                self._session,
                self._api_version,
                heartbeat=self._heartbeat,
                patience=self._patience,
                reconnect=self._reconnect,
                queue_size=self._queue_size,
            )
            subscriber.on_close = self._on_close
            self._subscriber = subscriber  # before it is open: whoever closes the client meanwhile ends it
            return await subscriber.start()

    async def subscribe(
        self,
        resource: str,
        resource_id: str,
        operation: str | None,
        callback: Callable[[str, dict[str, Any]], Awaitable[None]],
        params: dict[str, Any] | None = None,
        target_namespace: str | None = None,
    ) -> VantiqResponse:
        """Have a callback called with events.

        Callbacks of one subscription come one after the other; those of others do not wait for them. After a loss of
        the connection the subscription is made again, which the callback sees as a further `connect`; events in
        between are lost, unless `params` has `persistent`.

        Args:
            resource: TOPICS, SOURCES, SERVICES or TYPES of VantiqResources.
            resource_id: `/some/topic`, name of the source, `service/event`, or name of the type.
            operation: `insert`, `update` or `delete` of a type; None for anything else.
            callback: called with `connect`, `message` or `error` and the frame: a dict with `status`, `contentType`,
                `headers` and `body`, of a message with `path` and `value`.
            params: how events are wanted: `{"persistent": True}` for those that are kept until `ack`.
            target_namespace: namespace of the event, by default that of the client.

        Returns:
            An answer of status 204: the wish was sent. What the server says to it comes to the callback. Or a failure
            of status 400 where there is such a subscription already.

        Raises:
            VantiqException: the arguments do not fit, or the websocket cannot be opened.
        """
        path = event_path(resource, resource_id, operation)
        parameters = checked_mapping("params", params)
        if not callable(callback):
            raise fault("argument.invalid", "{0} is a function, not {1}.", "callback", type(callback).__name__)
        namespace = target_namespace or self._session.namespace
        request_id = request_id_of(path, namespace)
        make_wish(request_id, path, parameters, namespace)  # what cannot be sent opens nothing
        await self.start_subscriber_transport()
        subscriber = self._subscriber
        if subscriber is None:
            raise fault("notransport", "The client was closed while its subscriber was starting.")
        await subscriber.left(request_id)
        if subscriber.has(request_id):
            message = "A subscription for path {0} already exists for ns {1}."
            return VantiqResponse.from_error(refusal("subscribed", message, path, namespace or "current"))
        await subscriber.subscribe(request_id, path, parameters, namespace, callback)
        return VantiqResponse(successful=True, status_code=204, content_type=None)

    async def unsubscribe(
        self, resource: str, resource_id: str, operation: str | None = None, target_namespace: str | None = None
    ) -> bool:
        """End a subscription; arguments as in `subscribe`. False where there is none."""
        path = event_path(resource, resource_id, operation)
        namespace = target_namespace or self._session.namespace
        if self._subscriber is None:
            return False
        return await self._subscriber.unsubscribe(request_id_of(path, namespace))

    async def messages(
        self,
        resource: str,
        resource_id: str,
        operation: str | None = None,
        params: dict[str, Any] | None = None,
        target_namespace: str | None = None,
    ) -> AsyncGenerator[dict[str, Any], None]:
        """Events as they come, in place of a callback; ends with the client, and ends the subscription with itself.

        Gives the body of each: `path`, `value`, and of a persistent subscription `partitionId` and `sequenceId`. A
        message of such a subscription is acknowledged when the next one is asked for, so one that was not dealt with
        comes again; the subscription stays on the server, and `params` with its `subscriptionName` takes it up.

        Raises:
            VantiqException: as in `subscribe`, where the server refuses it, and where events end by themselves.
        """
        box = Messages()
        path, namespace = event_path(resource, resource_id, operation), target_namespace or self._session.namespace
        request_id = request_id_of(path, namespace)
        persistent = checked_mapping("params", params).get("persistent") is True
        answer = await self.subscribe(resource, resource_id, operation, box.take, params, namespace)
        answer.raise_for_errors()
        subscriber = self._subscriber
        if subscriber is None:
            return  # closed just now
        subscriber.watch(box.end)
        try:
            async for body in box.bodies():
                yield body
                name = subscriber.name_of(request_id)
                if persistent and name is not None and subscriber.connected and "sequenceId" in body:
                    await self.ack(request_id, name, body)
        finally:
            subscriber.unwatch(box.end)
            await (subscriber.forget if persistent else subscriber.unsubscribe)(request_id)

    async def ack(self, request_id: str, subscription_id: str, msg: dict[str, Any]) -> None:
        """Say that a message of a persistent subscription was taken; else it comes again.

        Args:
            request_id: header `X-Request-Id` of the frame.
            subscription_id: `name` in the body of the frame of kind `connect`.
            msg: body of the frame, with `partitionId` and `sequenceId`.

        Raises:
            VantiqException: the message has none of these, a text is empty or a number is none, or there is no
                connection just now.
        """
        message = checked_mapping("msg", msg)
        if "partitionId" not in message:
            raise fault("ack.nopartitionid", "The message being acknowledged contains no partition_id.")
        if "sequenceId" not in message:
            raise fault("ack.nosequenceid", "The message being acknowledged contains no sequence_id.")
        for argument, text in (("request_id", request_id), ("subscription_id", subscription_id)):
            if not isinstance(text, str) or not text:  # pyright: ignore[reportUnnecessaryIsInstance] - from callers
                raise fault("argument.invalid", "{0} is a text, and not empty: {1}.", argument, ascii(text)[:100])
        for member in ("partitionId", "sequenceId"):
            number: object = message[member]
            if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
                raise fault("argument.invalid", "{0} is a number, not {1}.", member, ascii(number)[:100])
        if self._subscriber is None:
            raise fault("notransport", "No transport for subscriptions has been established.")
        await self._subscriber.ack(request_id, subscription_id, message["sequenceId"], message["partitionId"])

    def register_subscriber_on_close(self, callback: Callable[[], Awaitable[None]]) -> None:
        """Have a callback called once when the websocket has ended for good. May be registered before there is one."""
        self._on_close = callback
        if self._subscriber is not None:
            self._subscriber.on_close = callback
