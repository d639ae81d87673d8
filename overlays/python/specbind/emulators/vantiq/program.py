"""Running the emulated server as a program, or inside of one."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from specbind.bindings._runtime.server import serve as serve_application

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
    try:
        asyncio.run(_until_stopped(server, host, port))
    except KeyboardInterrupt:
        pass  # where the event loop takes no signals (Windows)
    except OSError as error:
        print(f"The emulator cannot listen on {host}:{port}: {error.strerror or error}", file=sys.stderr)  # noqa: T201 - a program
        return 1
    return 0


@asynccontextmanager
async def serve(server: VantiqServer, host: str = "127.0.0.1", port: int = 0) -> AsyncGenerator[str, None]:
    """Serve inside of a running event loop, for tests; gives the URL. Closes the server at the end."""
    async with serve_application(server.application(), host, port) as url:
        try:
            yield url
        finally:
            await server.close()


async def _until_stopped(server: VantiqServer, host: str, port: int) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, stopped.set)
    async with serve(server, host, port) as url:
        print(f"Vantiq emulator listens on {url}", flush=True)  # noqa: T201 - a program
        await stopped.wait()
