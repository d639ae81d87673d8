"""An emulated node that can misbehave on request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from specbind.emulators.nodeodx import NodeOdx

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Fault = Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]


class FaultyNode(NodeOdx):
    """Plays the faults that are noted for a path, one a request, before it behaves well again."""

    def __init__(self, **settings: object) -> None:
        super().__init__(**{"speed": 500.0, **settings})  # type: ignore[arg-type]  # as NodeOdx takes them
        self.tricks: dict[str, list[Fault]] = {}
        self.requests: list[tuple[str, str]] = []
        self.url = ""

    def application(self, *, base_path: str | None = None) -> web.Application:
        application = super().application(base_path=base_path)
        application.middlewares.insert(0, self._misbehave)
        return application

    @web.middleware
    async def _misbehave(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.requests.append((request.method, request.path))
        for part, faults in self.tricks.items():
            if part in request.path and faults:
                return await faults.pop(0)(request, handler)
        return await handler(request)

    def count(self, part: str) -> int:
        """Requests to paths with this part."""
        return sum(part in path for _, path in self.requests)


def answer(status: int, text: str = "", content_type: str = "text/html") -> Fault:
    """Answer without reading the request."""

    async def fault(_request: web.Request, _handler: Handler) -> web.StreamResponse:
        return web.Response(status=status, text=text, content_type=content_type)

    return fault


def refuse(text: str) -> Fault:
    """Answer as a node that says no."""
    return answer(200, text, "application/json")


async def lose(request: web.Request, _handler: Handler) -> web.StreamResponse:
    """Close the connection without having done anything."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def lose_reply(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Do what is asked, then close the connection without an answer."""
    await handler(request)
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def bad_gateway_after(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Do what is asked, then answer as a proxy that has lost the node."""
    await handler(request)
    return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")


async def pass_on(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Behave well this time."""
    return await handler(request)
