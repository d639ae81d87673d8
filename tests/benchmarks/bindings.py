"""Generated bindings beside their peers, as ratios of CPU time: `make bench`.

A ratio is that of the smallest of several rounds, ours and the peer's in turn, so that other programs on the machine
disturb both alike. Beside it stands the promise.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
from aiohttp import web
from multidict import CIMultiDict

from specbind.bindings._runtime.http import Response
from specbind.bindings.nodeodx import Client, models
from specbind.bindings.nodeodx.operations.server import GET_NODE_INFO, GET_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from specbind.bindings._runtime.operation import Operation

ROUNDS = 7
REQUESTS = 300
INFO = b'{"version":"2.3.0","taskQueueCount":0,"cpuCores":4,"maxImages":null,"engineVersion":"3.5.0","engine":"odx"}'
OPTION = {"name": "dsm", "type": "bool", "value": "false", "domain": "bool", "help": "Make a surface model. " * 4}
OPTIONS = msgspec.json.encode([OPTION] * 80)


def report(name: str, rounds: list[tuple[float, float]], promise: float) -> None:
    """Print one line."""
    ours, peer = min(pair[0] for pair in rounds), min(pair[1] for pair in rounds)
    sys.stdout.write(
        f"{name:<36}{ours / peer:6.2f} x  promised {promise:4.2f} x  {ours * 1e6:11.1f} us beside {peer * 1e6:11.1f}\n"
    )
    sys.stdout.flush()


def cpu(call: Callable[[], object], times: int) -> float:
    """CPU seconds of one call."""
    start = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - start) / times


def started(statement: str) -> float:
    """CPU seconds of a statement in a new interpreter."""
    code = f"import time\nstart = time.process_time()\n{statement}\nprint(time.process_time() - start)"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


def decode(name: str, operation: Operation[Any], decoder: msgspec.json.Decoder[Any], body: bytes) -> None:
    """An answer read by its operation, beside a bare decoder."""
    answer = Response(200, CIMultiDict({"Content-Type": "application/json"}), content=body)
    times = 2_000_000 // len(body)
    rounds = [
        (cpu(lambda: operation.parse(answer), times), cpu(lambda: decoder.decode(body), times)) for _ in range(ROUNDS)
    ]
    report(f"decode {name}, {len(body)} bytes", rounds, 1.1)


def imports() -> None:
    """Import types, and make a client, beside the packages that they stand on."""
    types = "from specbind.bindings.nodeodx import models; models.TaskInfo"
    client = "from specbind.bindings.nodeodx import Client; Client('http://127.0.0.1:3000'); import aiohttp"
    report("import types", [(started(types), started("import msgspec")) for _ in range(ROUNDS)], 1.3)
    report("make a client", [(started(client), started("import aiohttp")) for _ in range(ROUNDS)], 1.1)


async def serve() -> None:
    """Answer GET /info on a free port, which is printed, until standard input ends."""

    async def info(_: web.Request) -> web.Response:
        return web.Response(body=INFO, content_type="application/json")

    application = web.Application()
    application.router.add_get("/info", info)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stdout.write(f"{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


async def small_gets(url: str) -> None:
    """GET /info beside aiohttp with the same decoder."""
    decoder = msgspec.json.Decoder(models.NodeInfo)

    async def by_hand() -> object:
        async with session.get(f"{url}/info") as response:
            return decoder.decode(await response.read())

    async def many(call: Callable[[], Awaitable[object]]) -> float:
        start = time.process_time()
        for _ in range(REQUESTS):
            await call()
        return (time.process_time() - start) / REQUESTS

    async with Client(url) as client, aiohttp.ClientSession() as session:
        report("GET /info", [(await many(client.server.info), await many(by_hand)) for _ in range(ROUNDS)], 0.85)


def main() -> None:
    """Run every measurement."""
    decode("80 options", GET_OPTIONS, msgspec.json.Decoder(list[models.Option]), OPTIONS)
    decode("one node", GET_NODE_INFO, msgspec.json.Decoder(models.NodeInfo), INFO)
    imports()
    command = [sys.executable, __file__, "serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        asyncio.run(small_gets(f"http://127.0.0.1:{server.stdout.readline().strip()}"))
        assert server.stdin
        server.stdin.close()


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        asyncio.run(serve())
    else:
        main()
