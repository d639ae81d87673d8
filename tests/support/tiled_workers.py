"""A program: two worker processes of dask.distributed read an array and a table of a real server.

It is a process of its own, so that what distributed leaves behind at its end disturbs no test.
"""

from __future__ import annotations

import sys

from distributed import Client, LocalCluster

from specbind import tiled


def main(uri: str, key: str) -> None:
    """Print the sums of the array `a`, of a part of it, and of the column `a` of the table `t`."""
    root = tiled.from_uri(uri, "dask", api_key=key)
    assert isinstance(root, tiled.Container)
    array, table = root["a"], root["t"]
    assert isinstance(array, tiled.DaskArrayClient)
    assert isinstance(table, tiled.DaskDataFrameClient)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster),
    ):
        found = [array.read().sum(), array[1:, ::-1].sum(), table.read(["a"])["a"].sum()]
        print(*(int(each.compute()) for each in found))  # noqa: T201 - for the test
    root.context.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
