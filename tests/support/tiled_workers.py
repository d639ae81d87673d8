"""A program: two worker processes of dask.distributed read an array and a table of a real server, each all of both.

It is a process of its own, so that what distributed leaves behind at its end disturbs no test.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from distributed import Client, LocalCluster

from specbind import tiled


def read_in(worker: str, client: Client, array: Any, table: Any) -> dict[str, Any]:
    """What one worker reads: sums, and the processes that hold the values where they are read."""
    processes = array.map_blocks(lambda block: block * 0 + os.getpid())
    parts = table.map_partitions(lambda part: part * 0 + os.getpid())
    wanted = {
        "array": array.sum(),
        "part": array[1:, ::-1].sum(),
        "table": table["a"].sum(),
        "array read in": processes.max(),
        "array read in no less than": processes.min(),
        "table read in": parts["a"].max(),
        "table read in no less than": parts["a"].min(),
    }
    futures = {name: client.compute(each, workers=[worker], allow_other_workers=False) for name, each in wanted.items()}
    return {name: int(each.result(timeout=60)) for name, each in futures.items()}


def main(uri: str, key: str) -> None:
    """Print what each worker read of the array `a`, of a part of it, and of the column `a` of the table `t`."""
    root = tiled.from_uri(uri, "dask", api_key=key)
    assert isinstance(root, tiled.Container)
    array, table = root["a"], root["t"]
    assert isinstance(array, tiled.DaskArrayClient)
    assert isinstance(table, tiled.DaskDataFrameClient)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        pids = client.run(os.getpid)
        found = {process: read_in(worker, client, array.read(), table.read(["a"])) for worker, process in pids.items()}
    root.context.close()
    print(json.dumps({"own": os.getpid(), "workers": found}))  # noqa: T201 - for the test


if __name__ == "__main__":
    main(*sys.argv[1:])
