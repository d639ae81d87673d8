"""An emulated server that notes what it is asked, and a way to wait for something."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from specbind.emulators.vantiq import VantiqServer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class WatchedServer(VantiqServer):
    """Notes the requests, and answers some of them by itself."""

    url = ""

    def __init__(self, **arguments: object) -> None:
        super().__init__(**arguments)  # type: ignore[arg-type]
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.answers: list[web.Response] = []

    def application(self, *, base_path: str | None = None) -> web.Application:
        application = super().application(base_path=base_path)

        @web.middleware
        async def note(
            request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
        ) -> web.StreamResponse:
            self.requests.append((request.method, request.raw_path, dict(request.headers)))
            return self.answers.pop(0) if self.answers else await handler(request)

        application.middlewares.insert(0, note)
        return application

    @property
    def paths(self) -> list[str]:
        return [f"{method} {path}" for method, path, _ in self.requests]


async def until(condition: Callable[[], object], seconds: float = 10) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.005)
