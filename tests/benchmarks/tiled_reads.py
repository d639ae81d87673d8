"""Reads from a real Tiled server beside the official client: time, CPU, requests and memory.

Every read runs in a process of its own against the same server, which has everything in memory. Before it is measured,
the process has imported everything and read a small node of the same kind. CPU is that of the client during the read;
memory is its peak over what the process had before. Requests are counted by the server's log. The clients take turns,
and the median counts; the last columns are ours by theirs, so below 1 is better. `--rounds` sets the rounds (default 3,
or SPECBIND_BENCH_ROUNDS), `--only big` chooses reads by a part of their name.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

MIB = 1 << 20
KEY = "6b6579"
OFFICIAL = Path(__file__).resolve().parents[2] / ".interop" / "tiled" / "bin" / "python"
TREE = """
import dask.dataframe, numpy, pandas
from tiled.adapters.array import ArrayAdapter
from tiled.adapters.mapping import MapAdapter
from tiled.adapters.table import TableAdapter

draw = numpy.random.default_rng(1)
frame = pandas.DataFrame({f"c{i}": draw.random(1_250_000) for i in range(10)})
small = pandas.DataFrame({"a": [1, 2], "b": [0.5, 1.5]})
tree = MapAdapter({
    "array": ArrayAdapter.from_array(draw.random(12_500_000), chunks=(1_250_000,)),
    "large": ArrayAdapter.from_array(draw.random(50_000_000), chunks=(1_250_000,)),
    "columns": ArrayAdapter.from_array(draw.random((2500, 5000)), chunks=(2500, 500)),
    "table": TableAdapter.from_dask_dataframe(dask.dataframe.from_pandas(frame, npartitions=10)),
    "few": TableAdapter.from_pandas(small, npartitions=1),
    "tiny": MapAdapter({f"k{i:03}": ArrayAdapter.from_array(numpy.arange(3) + i) for i in range(200)}),
    "many": MapAdapter({f"k{i:05}": ArrayAdapter.from_array(numpy.arange(3)) for i in range(10_000)}),
})
"""


# --- the clients


def status(field: str) -> int:
    """A line of the process's memory, in KiB."""
    found = re.search(rf"{field}:\s+(\d+)", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found[1]) if found else 0


def arrays(root: Any, name: str) -> Callable[[], object]:
    """Read an array."""
    node = root[name]
    root["tiny"]["k000"].read()
    return node.read


def small_reads(root: Any) -> Callable[[], object]:
    """Look 200 arrays up, and read each."""
    tiny = root["tiny"]
    tiny["k000"].read()
    return lambda: [tiny[f"k{number:03}"].read() for number in range(200)]


def tables(root: Any) -> Callable[[], object]:
    """Read a table."""
    node = root["table"]
    root["few"].read()
    return node.read


def keys(root: Any) -> Callable[[], object]:
    """List 10,000 keys."""
    many = root["many"]
    list(root["tiny"].keys()[:3])
    return lambda: list(many.keys())


READS: dict[str, Callable[[Any], Callable[[], object]]] = {
    "array, 100 MB, 10 chunks": lambda root: arrays(root, "array"),
    "array, 100 MB, 10 chunks of columns": lambda root: arrays(root, "columns"),
    "array, 400 MB, 40 chunks": lambda root: arrays(root, "large"),
    "table, 100 MB, 10 partitions": tables,
    "10,000 keys": keys,
    "200 small arrays": small_reads,
}


def run_client(client: str, url: str, read: str) -> None:
    """Do one read and print what it took."""
    if client == "specbind":
        from specbind.tiled import from_uri  # noqa: PLC0415 - the other process does not have it

        root: Any = from_uri(url, api_key=KEY)
    else:
        from tiled.client import from_uri as official  # noqa: PLC0415 - as above

        root = official(url, api_key=KEY)
    do = READS[read](root)
    urllib.request.urlopen(f"{url}/healthz?begin").close()  # noqa: S310 - a mark in the log of our own server
    idle = status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    wall, cpu = time.perf_counter(), time.process_time()
    result = do()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = status("VmHWM") - idle
    urllib.request.urlopen(f"{url}/healthz?end").close()  # noqa: S310 - as above
    print(json.dumps({"wall": wall, "cpu": cpu, "mib": peak / 1024, "length": len(result)}))  # type: ignore[arg-type]  # noqa: T201 - for the parent


# --- the server and the table


@contextlib.contextmanager
def server(folder: Path) -> Generator[tuple[str, Path], None, None]:
    """Serve the tree; gives address and log."""
    (folder / "bench_tree.py").write_text(TREE, encoding="utf-8")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    log = folder / "server.log"
    command = [OFFICIAL.with_name("tiled"), "serve", "pyobject", "bench_tree:tree", "--api-key", KEY]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            stdout=output,
            stderr=output,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder), "TILED_CACHE_DIR": str(folder / "cache"), "NO_COLOR": "1"},
        )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{url}/healthz", timeout=5).close()  # noqa: S310 - our own server
                break
            time.sleep(0.2)
        yield url, log
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def requests_in(text: str) -> int:
    """Requests between the two marks."""
    part = text.rpartition("/healthz?begin")[2].partition("/healthz?end")[0]
    return len(re.findall(r"/api/v1", part))


def measure(client: str, url: str, log: Path, read: str) -> dict[str, float]:
    """One read in a process of its own."""
    python = sys.executable if client == "specbind" else OFFICIAL
    start = log.stat().st_size
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "TILED_CACHE_DIR": folder, "TILED_SITE_PROFILES": folder, "TILED_PROFILES": folder}
        done = subprocess.run(
            [python, __file__, "--client", client, "--url", url, "--only", read],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        )
    time.sleep(0.3)  # the log is written behind
    with log.open("rb") as file:
        file.seek(start)
        text = file.read().decode("utf-8", "replace")
    return {**json.loads(done.stdout.splitlines()[-1]), "requests": requests_in(text)}


def main() -> None:
    """Measure, or be one of the clients."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("SPECBIND_BENCH_ROUNDS", "3")))
    parser.add_argument("--only", default="")
    parser.add_argument("--client", choices=["specbind", "tiled"])
    parser.add_argument("--url")
    options = parser.parse_args()
    if options.client:
        run_client(options.client, options.url, options.only)
        return
    if not OFFICIAL.exists():
        print("tiled_reads: skipped, the official client is not there; `make interop` installs it")  # noqa: T201 - a program
        return
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as (url, log):
        print("| read | client | s | CPU s | requests | MiB over idle |\n|---|---|---|---|---|---|")  # noqa: T201 - a program
        for read in READS:
            if options.only not in read:
                continue
            found: dict[str, list[dict[str, float]]] = {"specbind": [], "tiled": []}
            for round_number in range(options.rounds):
                for client in sorted(found, reverse=bool(round_number % 2)):
                    found[client].append(measure(client, url, log, read))
            show(read, found)


def show(read: str, found: dict[str, list[dict[str, float]]]) -> None:
    """Print medians, and ours by theirs."""
    names = ("wall", "cpu", "requests", "mib")
    middle = {
        client: {name: statistics.median(each[name] for each in runs) for name in names}
        for client, runs in found.items()
    }
    for client, row in middle.items():
        cells = f"{row['wall']:.2f} | {row['cpu']:.2f} | {row['requests']:.0f} | {row['mib']:.0f}"
        print(f"| {read} | {client} | {cells} |")  # noqa: T201 - a program
    ratios = [middle["specbind"][name] / (middle["tiled"][name] or 1) for name in names]
    print(f"| {read} | ratio | {' | '.join(f'{ratio:.2f}' for ratio in ratios)} |", flush=True)  # noqa: T201 - a program


if __name__ == "__main__":
    main()
