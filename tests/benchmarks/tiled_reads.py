"""Reads from a real Tiled server beside the official client: time, CPU, requests and memory, judged.

Every read runs in a process of its own against the same server: one that has everything in memory, or with `--server
catalog` a catalog of SQLite, Zarr and Parquet, with `--server both` one after the other. Before it is measured,
the process has imported everything and read a small node of the same kind. CPU is that of the client during the read;
memory is its peak over what the process had before. Requests are counted by the server's log. The clients take turns,
and the median counts; the ratios are ours by theirs, so below 1 is better. `--rounds` sets the rounds (default 3, or
SPECBIND_BENCH_ROUNDS), `--only big` chooses reads by a part of their name.

The exit status is 1 where the values read differ, where ours takes more requests or more memory (below 1 MiB counts as
1 MiB), where keys take more requests than one for 300 and one beside, or where time or CPU is behind by more than a
quarter, which is what the same read varies by on a busy machine; `--strict` allows nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import json
import math
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measuring.tiled import KEY, OFFICIAL, connected, in_turns, serving, took

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

MARGIN = 1.25
"""How far behind time and CPU may be where `--strict` is not given."""
COUNTS = {"memory": 10_000, "catalog": 1_500}
"""Keys of the large container; a catalog takes new nodes at 50 in a second."""
TREE = """
import dask.dataframe, numpy, pandas
from tiled.adapters.array import ArrayAdapter
from tiled.adapters.mapping import MapAdapter
from tiled.adapters.table import TableAdapter

draw = numpy.random.default_rng(1)
frame = pandas.DataFrame({f"c{i}": draw.random(1_250_000) for i in range(10)})
one = TableAdapter.from_pandas(frame, npartitions=1)
small = pandas.DataFrame({"a": [1, 2], "b": [0.5, 1.5]})
tree = MapAdapter({
    "array": ArrayAdapter.from_array(draw.random(12_500_000), chunks=(1_250_000,)),
    "large": ArrayAdapter.from_array(draw.random(50_000_000), chunks=(1_250_000,)),
    "columns": ArrayAdapter.from_array(draw.random((2500, 5000)), chunks=(2500, 500)),
    "table": TableAdapter.from_dask_dataframe(dask.dataframe.from_pandas(frame, npartitions=10)),
    "one": one,
    "few": TableAdapter.from_pandas(small, npartitions=1),
    "tiny": MapAdapter({f"k{i:03}": ArrayAdapter.from_array(numpy.arange(3) + i) for i in range(200)}),
    "many": MapAdapter({f"k{i:05}": ArrayAdapter.from_array(numpy.arange(3)) for i in range(10_000)}),
})
"""


# --- the clients


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


def tables(root: Any, name: str) -> Callable[[], object]:
    """Read a table."""
    node = root[name]
    root["few"].read()
    return node.read


def keys(root: Any) -> Callable[[], object]:
    """List all keys of a container."""
    many = root["many"]
    list(root["tiny"].keys()[:3])
    return lambda: list(many.keys())


KEYS = "keys"
READS: dict[str, Callable[[Any], Callable[[], object]]] = {
    "array, 100 MB, 10 chunks": lambda root: arrays(root, "array"),
    "array, 100 MB, 10 chunks of columns": lambda root: arrays(root, "columns"),
    "array, 400 MB, 40 chunks": lambda root: arrays(root, "large"),
    "table, 100 MB, 10 partitions": lambda root: tables(root, "table"),
    "table, 100 MB, one partition": lambda root: tables(root, "one"),
    KEYS: keys,
    "200 small arrays": small_reads,
}


def digest(result: Any) -> str:
    """A hash of the values read: arrays, frames, or lists of arrays or keys."""
    sums = hashlib.blake2b(digest_size=12)

    def add(value: Any) -> None:
        if isinstance(value, str):
            sums.update(value.encode() + b"\0")
        elif isinstance(value, list):
            for each in value:
                add(each)
        elif hasattr(value, "columns"):
            add([str(name) for name in value.columns])
            for name in value.columns:
                add(value[name].to_numpy())
            add(value.index.to_numpy())
        else:
            add(f"{value.dtype} {value.shape}")
            for row in value if value.ndim > 1 else [value]:
                sums.update(row.tobytes())

    add(result)
    return sums.hexdigest()


def run_client(client: str, url: str, read: str) -> None:
    """Do one read and print what it took."""
    do = READS[read](connected(client, url))
    result, found = took(url, do)
    print(json.dumps({**found, "length": len(result), "digest": digest(result)}))  # noqa: T201 - for the parent


# --- the server and the table


@contextlib.contextmanager
def server(kind: str, folder: Path) -> Generator[tuple[str, Path], None, None]:
    """Serve the tree from memory, or an empty catalog; gives address and log."""
    (folder / "bench_tree.py").write_text(TREE, encoding="utf-8")
    tree = ["catalog", "--temp"] if kind == "catalog" else ["pyobject", "bench_tree:tree"]
    with serving(folder, *tree) as found:
        yield found


async def fill(url: str) -> None:
    """Write into a catalog what the tree in memory has."""
    import dask.array  # noqa: PLC0415 - only a catalog is filled
    import dask.dataframe  # noqa: PLC0415 - as above
    import numpy as np  # noqa: PLC0415 - as above
    import pandas as pd  # noqa: PLC0415 - as above

    from specbind.tiled import aio  # noqa: PLC0415 - the official client's process does not have it

    draw = np.random.default_rng(1)
    frame = pd.DataFrame({f"c{i}": draw.random(1_250_000) for i in range(10)})
    root: Any = await aio.from_uri(url, api_key=KEY)
    line, wide = (1_250_000,), (2500, 500)
    await root.write_array(dask.array.from_array(draw.random(12_500_000), chunks=line), key="array")
    await root.write_array(dask.array.from_array(draw.random(50_000_000), chunks=line), key="large")
    await root.write_array(dask.array.from_array(draw.random((2500, 5000)), chunks=wide), key="columns")
    await root.write_table(dask.dataframe.from_pandas(frame, npartitions=10), key="table")
    await root.write_table(frame, key="one")
    await root.write_table(pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5]}), key="few")
    tiny, many = await root.create_container("tiny"), await root.create_container("many")
    for number in range(200):
        await tiny.write_array(np.arange(3) + number, key=f"k{number:03}")
    for start in range(0, COUNTS["catalog"], 10):
        await asyncio.gather(*(many.create_container(f"k{n:05}") for n in range(start, start + 10)))
    await root.context.close()


def main() -> int:
    """Measure, or be one of the clients."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("SPECBIND_BENCH_ROUNDS", "3")))
    parser.add_argument("--only", default="")
    parser.add_argument("--client", choices=["specbind", "tiled"])
    parser.add_argument("--url")
    parser.add_argument("--server", choices=["memory", "catalog", "both"], default="memory")
    parser.add_argument("--strict", action="store_true", help="allow no margin for time and CPU")
    options = parser.parse_args()
    if options.client:
        run_client(options.client, options.url, options.only)
        return 0
    if not OFFICIAL.exists():
        print("tiled_reads: skipped, the official client is not there; `make interop` installs it")  # noqa: T201 - a program
        return 0
    faults: list[str] = []
    for kind in ["memory", "catalog"] if options.server == "both" else [options.server]:
        faults += section(kind, options)
    for fault in faults:
        print(f"behind: {fault}")  # noqa: T201 - a program
    return 1 if faults else 0


def section(kind: str, options: argparse.Namespace) -> list[str]:
    """Measure all reads against one server; gives what is not at or ahead."""
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as folder, server(kind, Path(folder)) as (url, log):
        if kind == "catalog":
            asyncio.run(fill(url))
        print(f"\nServer: {kind}\n")  # noqa: T201 - a program
        print("| read | client | s | CPU s | requests | MiB over idle | |\n|---|---|---|---|---|---|---|")  # noqa: T201
        for read in READS:
            if options.only not in read:
                continue
            found = in_turns(__file__, url, log, read, options.rounds)
            faults += show(kind, read, found, 1.0 if options.strict else MARGIN)
    return faults


def show(kind: str, read: str, found: dict[str, list[dict[str, Any]]], margin: float) -> list[str]:
    """Print medians, and ours by theirs; gives what is not at or ahead."""
    names = ("wall", "cpu", "requests", "mib")
    label = f"{COUNTS[kind]:,} keys" if read == KEYS else read
    middle = {
        client: {name: statistics.median(each[name] for each in runs) for name in names}
        for client, runs in found.items()
    }
    for client, row in middle.items():
        cells = f"{row['wall']:.2f} | {row['cpu']:.2f} | {row['requests']:.0f} | {row['mib']:.1f}"
        print(f"| {label} | {client} | {cells} | |")  # noqa: T201 - a program
        row["mib"] = max(row["mib"], 1)
    ratios = {name: middle["specbind"][name] / (middle["tiled"][name] or 1) for name in names}
    behind = [name for name, ratio in ratios.items() if ratio > 1]
    verdict = f"behind: {', '.join(behind)}" if behind else "ahead"
    print(f"| {label} | ratio | {' | '.join(f'{ratio:.2f}' for ratio in ratios.values())} | {verdict} |", flush=True)  # noqa: T201 - a program
    allowed = {"wall": margin, "cpu": margin, "requests": 1.0, "mib": 1.0}
    where = f"{kind}, {label}"
    faults = [f"{where}: {name} {ratios[name]:.2f}" for name in names if ratios[name] > allowed[name]]
    if len({each["digest"] for runs in found.values() for each in runs}) != 1:
        faults.append(f"{where}: the clients read different values")
    bound = math.ceil(COUNTS[kind] / 300) + 1
    if read == KEYS and middle["specbind"]["requests"] > bound:
        faults.append(f"{where}: more than {bound} requests")
    return faults


if __name__ == "__main__":
    sys.exit(main())
