"""Running the emulated server as a program, or inside of one."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from specbind.bindings._runtime.server import serve as serve_application
from specbind.emulators.running import run_until_stopped

from .server import VantiqServer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

__all__ = ["run", "serve"]


def run(
    port: int = 8080,
    host: str = "127.0.0.1",
    users: Mapping[str, str] | None = None,
    token: str = "",
    lifetime: float = 3600.0,
) -> int:
    """Serve until SIGINT or SIGTERM; prints the URL when it listens. Gives the exit status.

    Args:
        port: TCP port; 0 takes a free one.
        host: address to listen on.
        users: passwords by user.
        token: an access token of the first user; empty for none.
        lifetime: seconds that other tokens are good for.
    """
    server = VantiqServer(users=users, token=token, lifetime=lifetime)
    return run_until_stopped(serve(server, host, port), f"{host}:{port}", "Vantiq emulator listens on {}".format)


@asynccontextmanager
async def serve(server: VantiqServer, host: str = "127.0.0.1", port: int = 0) -> AsyncGenerator[str, None]:
    """Serve inside of a running event loop, for tests; gives the URL. Closes the server at the end."""
    async with serve_application(server.application(), host, port) as url:
        try:
            yield url
        finally:
            await server.close()
