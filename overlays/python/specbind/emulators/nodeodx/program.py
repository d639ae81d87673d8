"""Running the emulated node as a program, or inside of one."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from specbind.bindings._runtime.server import serve as serve_application

from .server import NodeOdx

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

__all__ = ["run", "serve"]


def run(
    port: int = 3000,
    host: str = "127.0.0.1",
    token: str = "",
    speed: float = 1.0,
    *,
    max_images: int | None = None,
    parallel_tasks: int = 1,
    ranges: bool = False,
    webhook: str = "",
    faults: str = "",
) -> int:
    """Serve until SIGINT or SIGTERM; prints the URL when it listens. Gives the exit status.

    Args:
        port: TCP port; 0 takes a free one.
        host: address to listen on.
        token: token that calls must bear; empty for none.
        speed: 1 lets a task take about ten seconds; 10 takes a tenth of that.
        max_images: images that a task may have, None for no limit.
        parallel_tasks: tasks that run at the same time.
        ranges: hand out archives by ranges.
        webhook: URL that is told of every task that has ended.
        faults: faults to play; see `faults`.
    """
    node = NodeOdx(
        token=token,
        speed=speed,
        max_images=max_images,
        parallel_tasks=parallel_tasks,
        ranges=ranges,
        webhook=webhook,
        faults=faults,
    )
    try:
        asyncio.run(_until_stopped(node, host, port))
    except KeyboardInterrupt:
        pass  # where the event loop takes no signals (Windows)
    except OSError as error:
        print(f"The emulator cannot listen on {host}:{port}: {error.strerror or error}", file=sys.stderr)  # noqa: T201 - a program
        return 1
    return 0


@asynccontextmanager
async def serve(node: NodeOdx, host: str = "127.0.0.1", port: int = 0) -> AsyncGenerator[str, None]:
    """Serve a node inside of a running event loop, for tests; gives its URL. Closes the node at the end."""
    try:
        async with serve_application(node.application(), host, port) as url:
            yield url
    finally:
        await node.close()


async def _until_stopped(node: NodeOdx, host: str, port: int) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, stopped.set)
    async with serve(node, host, port) as url:
        print(f"NodeODX emulator listens on {url}", flush=True)  # noqa: T201 - a program
        await stopped.wait()
