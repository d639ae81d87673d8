"""Small JSON GETs over kept connections of a local server: CPU of the client as a ratio to its peers.

Ours has everything switched on: a deadline (`timeout=30`), retries (the middleware `Retry` of specbind.core) and the
limits of size. aiohttp is `session.get`, `read` and a bare msgspec decoder. The server is a process of its own that
answers the same bytes to everything.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from contextlib import AsyncExitStack, ExitStack
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import aiohttp
import httpx
import msgspec
from measuring.processes import in_turns
from measuring.rows import Report, Run, command_line

from specbind.bindings.nodeodx import Client, Limits, SyncClient, models
from specbind.core import Retry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ROUNDS = 9
REQUESTS = 400
CONCURRENT = 50
ASYNC_PROMISE = 0.85
SYNC_PROMISE = 0.3
DEADLINE = 30.0
"""Seconds for a whole call."""
BODY = b'{"version":"2.3.0","taskQueueCount":0,"cpuCores":4,"maxImages":null,"engineVersion":"3.5.0","engine":"odx"}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)


class Server(asyncio.Protocol):
    """Answers every request the same."""

    def __init__(self) -> None:
        self._waiting = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each head that is complete."""
        *heads, self._waiting = (self._waiting + data).split(b"\r\n\r\n")
        self._transport.write(ANSWER * len(heads))


async def serve() -> None:
    """Listen on a free port, which is printed, until standard input ends."""
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    server.close()


async def many(call: Callable[[], Awaitable[object]], requests: int, concurrent: int) -> float:
    """CPU seconds of a request."""

    async def some() -> None:
        for _ in range(requests // concurrent):
            await call()

    start = time.process_time()
    if concurrent == 1:
        await some()
    else:
        await asyncio.gather(*(some() for _ in range(concurrent)))
    return (time.process_time() - start) / (requests // concurrent * concurrent)


def many_sync(call: Callable[[], object], requests: int) -> float:
    """CPU seconds of a request, all threads together."""
    start = time.process_time()
    for _ in range(requests):
        call()
    return (time.process_time() - start) / requests


async def async_calls(url: str, stack: AsyncExitStack) -> dict[str, Callable[[], Awaitable[object]]]:
    """Open the asynchronous clients."""
    client = await stack.enter_async_context(Client(url, timeout=DEADLINE, middleware=[Retry()], limits=Limits()))
    session = await stack.enter_async_context(aiohttp.ClientSession())
    other = await stack.enter_async_context(httpx.AsyncClient())
    decoder = msgspec.json.Decoder(models.NodeInfo)

    async def by_aiohttp() -> object:
        async with session.get(f"{url}/info") as response:
            return decoder.decode(await response.read())

    async def by_httpx() -> object:
        return decoder.decode((await other.get(f"{url}/info")).content)

    return {"ours": client.server.info, "aiohttp": by_aiohttp, "httpx": by_httpx}


def sync_calls(url: str, stack: ExitStack) -> dict[str, Callable[[], object]]:
    """Open the synchronous clients."""
    client = stack.enter_context(SyncClient(url, timeout=DEADLINE, middleware=[Retry()], limits=Limits()))
    other = stack.enter_context(httpx.Client())
    decoder = msgspec.json.Decoder(models.NodeInfo)
    calls: dict[str, Callable[[], object]] = {
        "ours": client.server.info,
        "httpx": lambda: decoder.decode(other.get(f"{url}/info").content),
    }
    if find_spec("requests") is not None:
        import requests  # noqa: PLC0415 - only `make bench` installs it

        session = stack.enter_context(requests.Session())
        calls["requests"] = lambda: decoder.decode(session.get(f"{url}/info").content)
    return calls


def measure_async(report: Report, run: Run, runner: asyncio.Runner, url: str, concurrent: int) -> None:
    """Compare the asynchronous clients."""
    stack = AsyncExitStack()
    requests = 2 * CONCURRENT if run.quick else REQUESTS
    calls = runner.run(async_calls(url, stack))
    for call in calls.values():
        runner.run(many(call, concurrent, concurrent))  # open the connections

    def run_many(call: Callable[[], Awaitable[object]]) -> float:
        return runner.run(many(call, requests, concurrent))

    cpu = in_turns(run.rounds, {name: partial(run_many, call) for name, call in calls.items()})
    runner.run(stack.aclose())
    report.row(
        f"Client, {concurrent} at a time",
        cpu["ours"] / cpu["aiohttp"],
        promise=ASYNC_PROMISE,
        peer=cpu["httpx"] / cpu["aiohttp"],
        note=f"to aiohttp, {cpu['aiohttp'] * 1e6:.0f} us; the peer is httpx",
    )


def measure_sync(report: Report, run: Run, url: str) -> None:
    """Compare the synchronous clients."""
    requests = 2 * CONCURRENT if run.quick else REQUESTS
    with ExitStack() as stack:
        calls = sync_calls(url, stack)
        for call in calls.values():
            call()
        cpu = in_turns(run.rounds, {name: partial(many_sync, call, requests) for name, call in calls.items()})
    if "requests" in cpu:
        report.row(
            "SyncClient",
            cpu["ours"] / cpu["requests"],
            promise=SYNC_PROMISE,
            peer=cpu["httpx"] / cpu["requests"],
            note=f"to requests, {cpu['requests'] * 1e6:.0f} us; the peer is httpx",
        )
    else:
        report.skip("SyncClient beside requests", "requests is not installed; `make bench` does it")
        report.row("SyncClient", cpu["ours"] / cpu["httpx"], note=f"to httpx, {cpu['httpx'] * 1e6:.0f} us")


def main(run: Run) -> None:
    """Start the server and measure."""
    report = Report("small GETs", run)
    command = [sys.executable, __file__, "serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        with asyncio.Runner() as runner:
            for concurrent in (1, CONCURRENT):
                measure_async(report, run, runner, url, concurrent)
        measure_sync(report, run, url)
        server.stdin.close()
    report.close()


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        asyncio.run(serve())
    else:
        main(command_line(__doc__ or "", ROUNDS))
