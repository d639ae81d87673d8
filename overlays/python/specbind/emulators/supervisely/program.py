"""Running the emulated server as a program, or inside of one."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from specbind.bindings._runtime.server import serve as serve_application

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
    try:
        asyncio.run(_until_stopped(server, host, port))
    except KeyboardInterrupt:
        pass  # where the event loop takes no signals (Windows)
    except OSError as error:
        print(f"The emulator cannot listen on {host}:{port}: {error.strerror or error}", file=sys.stderr)  # noqa: T201 - a program
        return 1
    return 0


@asynccontextmanager
async def serve(server: Supervisely, host: str = "127.0.0.1", port: int = 0) -> AsyncGenerator[str, None]:
    """Serve inside of a running event loop, for tests; gives the URL. Deletes all files at the end."""
    try:
        async with serve_application(server.application(), host, port) as url:
            yield url
    finally:
        server.close()


async def _until_stopped(server: Supervisely, host: str, port: int) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, stopped.set)
    async with serve(server, host, port) as url:
        team, workspace = server.world.team_id, server.world.workspace_id
        print(f"Supervisely emulator listens on {url}, team {team}, workspace {workspace}", flush=True)  # noqa: T201 - a program
        await stopped.wait()
