"""An ASGI application in this process, in place of a server."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, cast

from specbind.bindings._runtime import AsgiTransport, ProtocolError

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from specbind.bindings._runtime import Request, Response
    from specbind.bindings._runtime.asgi import Application

__all__ = ["ApplicationTransport", "api_key_of"]


class ApplicationTransport:
    """Calls an application for every request. Its startup runs before the first one, its shutdown at `close`.

    Args:
        application: an ASGI 3 application, as `tiled.server.app.build_app` gives it.
    """

    def __init__(self, application: object) -> None:
        if not callable(application):
            raise TypeError(f"app is an ASGI application, not {application!r:.80}")
        self._application = cast("Application", application)
        self._inner = AsgiTransport(self._application)
        self._lifespan: _Lifespan | None = None

    async def send(self, request: Request) -> Response:
        """Send a request."""
        if self._lifespan is None:
            self._lifespan = _Lifespan(self._application)
        await self._lifespan.started()
        return await self._inner.send(request)

    async def close(self) -> None:
        """End what runs, then the application."""
        await self._inner.close()
        if self._lifespan is not None:
            await self._lifespan.end()
            self._lifespan = None


_SHUTDOWN = 10.0
_LOGGER = logging.getLogger("specbind.tiled")


class _Lifespan:
    """The startup and shutdown of an application; one that knows neither is just called."""

    def __init__(self, application: Application) -> None:
        loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = loop.create_future()
        self._leave = asyncio.Event()
        self._asked = False
        self._task = loop.create_task(self._run(application))

    async def started(self) -> None:
        await asyncio.shield(self._ready)

    async def end(self) -> None:
        self._leave.set()
        _, running = await asyncio.wait({self._task}, timeout=_SHUTDOWN)
        if running:
            _LOGGER.warning("the shutdown of the application took longer than %g s and is cancelled", _SHUTDOWN)
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=_SHUTDOWN)
        elif not self._task.cancelled():
            self._task.result()

    async def _run(self, application: Application) -> None:
        scope: MutableMapping[str, object] = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
        try:
            await application(scope, self._receive, self._send)
        except Exception as error:  # noqa: BLE001 - the application is somebody else's
            if self._asked and not self._ready.done():
                problem = ProtocolError(f"the application did not start: {type(error).__name__}: {error}")
                problem.__cause__ = error
                self._ready.set_exception(problem)
        finally:
            self._settle()

    def _settle(self) -> None:
        if not self._ready.done():
            self._ready.set_result(None)

    async def _receive(self) -> MutableMapping[str, object]:
        if not self._asked:
            self._asked = True
            return {"type": "lifespan.startup"}
        await self._leave.wait()
        return {"type": "lifespan.shutdown"}

    async def _send(self, message: MutableMapping[str, object]) -> None:
        if message["type"] == "lifespan.startup.complete":
            self._settle()
        elif message["type"] == "lifespan.startup.failed" and not self._ready.done():
            self._ready.set_exception(ProtocolError(f"the application did not start: {message.get('message', '')}"))


def api_key_of(application: object) -> str | None:
    """The key of a single-user application of Tiled, None where there is none."""
    overrides = getattr(application, "dependency_overrides", None)
    if not isinstance(overrides, dict):
        return None
    for dependency, override in cast("dict[object, object]", overrides).items():
        if getattr(dependency, "__name__", "") == "get_settings" and callable(override):
            found = getattr(override(), "single_user_api_key", None)
            return found if isinstance(found, str) else None
    return None
