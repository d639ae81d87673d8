"""A select of many records, beside the official client: time, CPU and memory, all as ratios.

Each client runs in a process of its own against one emulated server, which is warm, with everything imported and one
small call made before. Time is that of the call, CPU that of the client's process during it, memory what the peak of
the process grew by. The clients take turns, and the least of each counts, of memory the median. Nothing is promised.
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from measuring.rows import Report, command_line

from specbind.vantiq import Vantiq, VantiqResources

OFFICIAL = Path(__file__).resolve().parents[2] / ".interop" / "vantiqsdk" / "bin" / "python"
CLIENTS = {"ours": (sys.executable, "specbind.vantiq"), "official": (str(OFFICIAL), "vantiqsdk")}
WORKER = """
import asyncio, importlib, json, sys, time

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))

async def main(module, url):
    package = importlib.import_module(module)
    async with package.Vantiq(url) as client:
        await client.set_access_token("bench")
        await client.select("Pump", limit=1)
        memory, cpu, start = peak(), time.process_time(), time.perf_counter()
        found = await client.select("Pump")
        wall, cpu = time.perf_counter() - start, time.process_time() - cpu
        print(json.dumps({"rows": len(found.body), "time": wall, "CPU": cpu, "memory": peak() - memory}))

asyncio.run(main(*sys.argv[1:]))
"""


def main() -> int:
    """Run it."""
    run = command_line(__doc__ or "", rounds=7)
    report = Report("vantiq_select", run)
    count = 1_000 if run.quick else 10_000
    if not OFFICIAL.exists():
        report.skip(f"select of {count:,} records", "`make interop-environments` has not installed vantiqsdk")
    elif not Path("/proc/self/status").exists():
        report.skip(f"select of {count:,} records", "the peak of memory is read from /proc")
    else:
        measure(report, run.rounds, count)
    report.close()
    return 0


def measure(report: Report, rounds: int, count: int) -> None:
    """Fill a server, and let the clients take turns."""
    command = [sys.executable, "-m", "specbind.emulators.vantiq", "--port", "0", "--token", "bench"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            url = server.stdout.readline().split()[-1] if server.stdout else ""
            asyncio.run(fill(url, count))
            found: dict[str, list[dict[str, Any]]] = {name: [] for name in CLIENTS}
            for _ in range(rounds):
                for name in random.sample(list(CLIENTS), len(CLIENTS)):
                    found[name].append(one(*CLIENTS[name], url, count))
        finally:
            server.terminate()
    for measured in ("time", "CPU", "memory"):
        pick = statistics.median if measured == "memory" else min
        ours, official = (pick([each[measured] for each in found[name]]) for name in CLIENTS)
        unit, scale = ("MiB", 2**20) if measured == "memory" else ("ms", 1e-3)
        note = f"{ours / scale:.1f} beside {official / scale:.1f} {unit}"
        report.row(f"select of {count:,} records, {measured}", ours / official, note=note)


async def fill(url: str, count: int) -> None:
    """Put records onto the server."""
    async with Vantiq(url) as client:
        await client.set_access_token("bench")
        await client.insert(VantiqResources.TYPES, {"name": "Pump"})
        for number in range(count):
            row = {
                "id": f"pump-{number}",
                "pressure": number * 0.37,
                "active": number % 3 == 0,
                "tags": ["one", "two"],
                "site": {"name": "plant ä", "position": {"type": "Point", "coordinates": [number * 0.01, 47.4]}},
            }
            await client.insert("Pump", row)


def one(python: str, module: str, url: str, count: int) -> dict[str, Any]:
    """One turn of a client."""
    ran = subprocess.run([python, "-c", WORKER, module, url], capture_output=True, text=True, check=True, timeout=120)
    found: dict[str, Any] = json.loads(ran.stdout)
    if found["rows"] != count:
        raise RuntimeError(f"{module} found {found['rows']} of {count} records")
    return found


if __name__ == "__main__":
    sys.exit(main())
