"""Vantiq, blocking: the face that is generated from the asynchronous client, and what a face alone cannot give.

    from specbind.vantiq.sync import Vantiq

    with Vantiq("https://dev.vantiq.com") as client:
        client.authenticate("name", "password")
        for record in client.records("Pump"): ...
        for event in client.messages(VantiqResources.TOPICS, "/alarms"): ...

Callbacks of `subscribe` come in threads of their own, one after the other for each subscription, and may make calls of
the client. The body of a download is a BodyReader.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from specbind.bindings._runtime.portal import get_portal
from specbind.faces.vantiq import Vantiq as _Vantiq

from ._threads import Threaded
from .aio._paths import fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import aiohttp

    from .response import VantiqResponse

__all__ = ["BodyReader", "Vantiq"]

_BLOCK = 256 * 1024


class BodyReader:
    """The body of a download, read as it comes: `read(100)`, `read()` for all, or block by block in a `for` loop."""

    def __init__(self, stream: aiohttp.StreamReader) -> None:
        self._stream = stream

    def read(self, n: int = -1) -> bytes:
        """At most `n` bytes, b"" at the end; all of them where `n` is negative. Raises VantiqException."""
        return get_portal().run(self._read(n))

    async def _read(self, n: int) -> bytes:
        return await self._stream.read(n)

    def __iter__(self) -> Iterator[bytes]:
        while block := self.read(_BLOCK):
            yield block


class Vantiq(_Vantiq):
    """A client that blocks; its arguments are those of the asynchronous one."""

    __slots__ = ()

    def download(self, path: str) -> VantiqResponse:
        """As the asynchronous call; `body` is a BodyReader."""
        answer = super().download(path)
        if answer.is_success:
            answer.body = BodyReader(answer.body)
        return answer

    def start_subscriber_transport(self) -> None:
        """Open the websocket for events; `subscribe` does it where it was not."""
        super().start_subscriber_transport()

    def subscribe(
        self,
        resource: str,
        resource_id: str,
        operation: str | None,
        callback: Callable[[str, dict[str, Any]], object],
        params: dict[str, Any] | None = None,
        target_namespace: str | None = None,
    ) -> VantiqResponse:
        """As the asynchronous call; the callback is a plain function, called in a thread of its own."""
        given: Any = _threaded(callback) if callable(callback) else callback  # what is no function is refused there
        wish = self._async.subscribe(resource, resource_id, operation, given, params, target_namespace)
        return get_portal().run(wish)

    def register_subscriber_on_close(self, callback: Callable[[], object]) -> None:
        """As the asynchronous call; the callback is a plain function, called in a thread of its own."""
        self._async.register_subscriber_on_close(_threaded(callback))


def _threaded(callback: Callable[..., object]) -> Threaded:
    if inspect.iscoroutinefunction(callback) or inspect.iscoroutinefunction(type(callback).__call__):
        raise fault("argument.invalid", "A callback of the blocking client is a plain function, not one with async.")
    return Threaded(callback)
