"""Running an emulator as a program: until a signal, with a line that says where it listens."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

__all__ = ["run_until_stopped"]

Address = TypeVar("Address")


class _Refused(Exception):  # noqa: N818 - it becomes a line of text
    """It does not begin to serve."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error)
        self.error = error


def run_until_stopped(
    serving: AbstractAsyncContextManager[Address], where: str, greeting: Callable[[Address], str]
) -> int:
    """Serve until SIGINT or SIGTERM. Gives the exit status, 1 where nothing can listen, or the machine fails later.

    Args:
        serving: serves while it is entered, and gives the address.
        where: host and port, for the message of what went wrong.
        greeting: what is printed once it listens, made of the address.
    """
    try:
        asyncio.run(_until_stopped(serving, greeting))
    except KeyboardInterrupt:
        pass  # where the event loop takes no signals (Windows)
    except _Refused as refused:
        error = refused.error
        print(f"The emulator cannot listen on {where}: {error.strerror or error}", file=sys.stderr)  # noqa: T201 - a program
        return 1
    except OSError as error:
        print(f"The emulator on {where} stopped by an error: {error}", file=sys.stderr)  # noqa: T201 - a program
        return 1
    return 0


async def _until_stopped(serving: AbstractAsyncContextManager[Address], greeting: Callable[[Address], str]) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, stopped.set)
    async with AsyncExitStack() as stack:
        try:
            address = await stack.enter_async_context(serving)
        except OSError as error:
            raise _Refused(error) from error
        print(greeting(address), flush=True)  # noqa: T201 - a program
        await stopped.wait()
