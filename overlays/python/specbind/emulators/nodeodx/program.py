"""Running the emulated node as a program, or inside of one."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from specbind.bindings._runtime.server import serve as serve_application
from specbind.emulators.running import run_until_stopped

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
    return run_until_stopped(
        serve(node, host, port), f"{host}:{port}", lambda url: f"NodeODX emulator listens on {url}"
    )


@asynccontextmanager
async def serve(node: NodeOdx, host: str = "127.0.0.1", port: int = 0) -> AsyncGenerator[str, None]:
    """Serve a node inside of a running event loop, for tests; gives its URL. Closes the node at the end."""
    try:
        async with serve_application(node.application(), host, port) as url:
            yield url
    finally:
        await node.close()
