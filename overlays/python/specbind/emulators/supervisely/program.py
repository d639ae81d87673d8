"""Running the emulated server as a program, or inside of one."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from specbind.bindings._runtime.server import serve as serve_application
from specbind.emulators.running import run_until_stopped

from .server import Supervisely

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

__all__ = ["run", "serve"]


def run(port: int = 8000, host: str = "127.0.0.1", token: str = "", *, ranges: bool = False, faults: str = "") -> int:
    """Serve until SIGINT or SIGTERM; prints the URL when it listens. Gives the exit status.

    Args:
        port: TCP port; 0 takes a free one.
        host: address to listen on.
        token: key that calls must bear; empty for none.
        ranges: hand out files by ranges.
        faults: faults to play.
    """
    server = Supervisely(token=token, ranges=ranges, faults=faults)
    return run_until_stopped(serve(server, host, port), f"{host}:{port}", lambda url: _greeting(server, url))


@asynccontextmanager
async def serve(server: Supervisely, host: str = "127.0.0.1", port: int = 0) -> AsyncGenerator[str, None]:
    """Serve inside of a running event loop, for tests; gives the URL. Deletes all files at the end."""
    try:
        async with serve_application(server.application(), host, port) as url:
            yield url
    finally:
        server.close()


def _greeting(server: Supervisely, url: str) -> str:
    world = server.world
    return f"Supervisely emulator listens on {url}, team {world.team_id}, workspace {world.workspace_id}"
