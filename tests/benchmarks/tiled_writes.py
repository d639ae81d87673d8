"""Writes to a real Tiled server beside the official client: time, CPU, requests and memory.

Every write runs in a process of its own against one `tiled serve catalog --temp`, which keeps what it gets in files.
Before it is measured, the process has made its data, imported everything and written a small node of the same kind. CPU
is that of the client during the write; memory is its peak over what the process had before. Requests are counted by the
server's log. The clients take turns, and the median counts; the last columns are ours by theirs, so below 1 is better.
`--rounds` sets the rounds (default 3, or SPECBIND_BENCH_ROUNDS), `--only table` chooses writes by a part of their name.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from measuring.tiled import CLIENTS, OFFICIAL, connected, in_turns, serving, took

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 1_250_000
"""Of a table of ten columns, 100 MB; the array has ten times as many numbers."""


def numbers(chunks: int) -> Callable[[int], object]:
    """An array of so many numbers, in chunks of dask, or in one of numpy."""

    def made(count: int) -> object:
        import dask.array  # noqa: PLC0415 - only the process that writes needs it
        import numpy  # noqa: PLC0415 - as above

        values = numpy.random.default_rng(1).random(count * 10)
        return values if chunks == 1 else dask.array.from_array(values, chunks=count * 10 // chunks)

    return made


def columns(count: int) -> object:
    """A frame of two dimensions, whose columns are no runs of memory."""
    import dask.array  # noqa: PLC0415 - as above
    import numpy  # noqa: PLC0415 - as above

    values = numpy.random.default_rng(1).random((count // 250, 2500))
    return dask.array.from_array(values, chunks=(count // 250, 250))


def frame(partitions: int) -> Callable[[int], object]:
    """A table of so many rows, in partitions of dask, or in one of pandas."""

    def made(count: int) -> object:
        import dask.dataframe  # noqa: PLC0415 - as above
        import numpy  # noqa: PLC0415 - as above
        import pandas  # noqa: PLC0415 - as above

        draw = numpy.random.default_rng(1)
        values = pandas.DataFrame({f"c{i}": draw.random(count) for i in range(10)})
        return values if partitions == 1 else dask.dataframe.from_pandas(values, npartitions=partitions)

    return made


WRITES: dict[str, tuple[str, Callable[[int], object]]] = {
    "array, 100 MB, 10 chunks": ("write_array", numbers(10)),
    "array, 100 MB, 10 chunks of columns": ("write_array", columns),
    "array, 100 MB, one chunk": ("write_array", numbers(1)),
    "table, 100 MB, 10 partitions": ("write_table", frame(10)),
    "table, 100 MB, one partition": ("write_table", frame(1)),
}


def run_client(client: str, url: str, write: str) -> None:
    """Do one write and print what it took."""
    root = connected(client, url)
    method, make = WRITES[write]
    getattr(root, method)(make(2500))
    data = make(ROWS)
    made, found = took(url, lambda: getattr(root, method)(data))
    made.delete(external_only=False)
    print(json.dumps(found))  # noqa: T201 - for the parent


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
        print("tiled_writes: skipped, the official client is not there; `make interop` installs it")  # noqa: T201 - a program
        return
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), "catalog", "--temp") as (url, log):
        print("| write | client | s | CPU s | requests | MiB over idle |\n|---|---|---|---|---|---|")  # noqa: T201 - a program
        for write in WRITES:
            if options.only not in write:
                continue
            show(write, in_turns(__file__, url, log, write, options.rounds))


def show(write: str, found: dict[str, list[dict[str, float]]]) -> None:
    """Print medians, and ours by theirs."""
    names = ("wall", "cpu", "requests", "mib")
    ours, theirs = ([statistics.median(each[name] for each in found[client]) for name in names] for client in CLIENTS)
    rows = {"specbind": ours, "tiled": theirs, "ratio": [a / (b or 1) for a, b in zip(ours, theirs, strict=True)]}
    for client, row in rows.items():
        cells = " | ".join(f"{value:.2f}" for value in row)
        print(f"| {write} | {client} | {cells} |", flush=True)  # noqa: T201 - a program


if __name__ == "__main__":
    main()
