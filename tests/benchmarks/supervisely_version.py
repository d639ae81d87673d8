"""Making and restoring a version of a large project beside the official client: CPU time and memory.

The emulated server stands in a process of its own and makes up the geometries while it is asked for them, so that the
archive has about the wanted size. Every client runs in a process of its own. CPU is that of the call; memory is the
peak of the call over what the process had before it, with everything imported and one small call made.
`--mib` sets the size of the archive (default 64, or SPECBIND_BENCH_MIB), `--clients ours` leaves the official one out.
Then the same with alpha masks of 8 MiB, `--masks` of them (default 20; 0 for none), or only these by `--only-masks`:
memory must not grow with their number.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import random
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator

MIB = 1 << 20
OFFICIAL = Path(__file__).resolve().parents[2] / ".interop" / "supervisely" / "bin" / "python"
TOKEN = "key"
RAW = 48 * 1024  # random bytes of a figure: base64 of them is packed to about their size
PER_IMAGE = 10
MASK = 8 * MIB  # of base64


def serve(mib: int, masks: int) -> None:
    """Serve until standard input ends; prints address and id of a project, of `masks` masks if they are not 0."""
    from specbind.emulators.supervisely import Supervisely  # noqa: PLC0415 - a process of its own
    from specbind.emulators.supervisely import serve as listen  # noqa: PLC0415

    server = Supervisely(token=TOKEN, ranges=True)
    world, content = server.world, server.content
    shown, add = content.figures, content.add_figures

    def figures(asked: dict[str, Any]) -> list[dict[str, Any]]:
        found = shown(asked)
        for figure in [] if masks else found:
            bitmap = base64.b64encode(random.Random(figure["id"]).randbytes(RAW)).decode()  # noqa: S311 - only to be the same twice
            figure["geometry"] = {"bitmap": {"data": bitmap, "origin": [0, 0]}}
        return found

    def add_figures(asked: dict[str, Any]) -> list[dict[str, Any]]:
        return add({"figures": [{**figure, "geometry": None} for figure in asked["figures"]]})

    def set_mask(number: int, geometry: object) -> None:
        """Keep nothing: the server is not what is measured."""

    content.figures, content.add_figures = figures, add_figures  # type: ignore[method-assign]
    kind = "alpha_mask" if masks else "bitmap"
    meta = {"classes": [{"id": 900, "title": "c", "shape": kind, "color": "#00ff00"}], "tags": []}
    project = world.add(
        "project",
        {
            "name": "large",
            "type": "images",
            "workspaceId": world.workspace_id,
            "teamId": world.team_id,
            "meta": meta,
            "customData": {},
            "settings": {},
            "version": None,
        },
    )
    dataset = content.add_dataset({"projectId": project["id"], "name": "d"})
    count = masks or max(1, mib * MIB // RAW // PER_IMAGE)
    digest = content.store(b"image")
    bitmap = base64.b64encode(random.Random(1).randbytes(MASK // 4 * 3)).decode() if masks else ""  # noqa: S311 - see above
    mask = {"bitmap": {"data": bitmap, "origin": [0, 0]}}
    images = [{"title": f"{number}.jpg", "hash": digest} for number in range(count)]
    for image in content.add_images({"datasetId": dataset["id"], "images": images}):
        entry = {"entityId": image["id"], "classId": 900, "geometryType": kind}
        added = add({"figures": [entry] * (1 if masks else PER_IMAGE)})
        if masks:
            content.set_mask(added[0]["id"], mask)
    content.set_mask = set_mask  # type: ignore[method-assign]

    async def run() -> None:
        async with listen(server) as url:
            sys.stdout.write(f"{url} {project['id']}\n")
            sys.stdout.flush()
            await asyncio.to_thread(sys.stdin.read)

    asyncio.run(run())


def memory(field: str) -> int:
    """A line of the process's memory, in KiB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(rf"{field}:\s+(\d+)", status)[1])  # type: ignore[index]  # always there


@contextmanager
def measured() -> Generator[None, None, None]:
    """Print CPU seconds, wall seconds and MiB over idle of a block."""
    idle = memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    cpu, wall = time.process_time(), time.perf_counter()
    yield
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    sys.stdout.write("\nRESULT" + json.dumps({"cpu": cpu, "wall": wall, "mib": (memory("VmHWM") - idle) / 1024}))


def ours(step: str, url: str, project: int) -> None:
    """Our client, blocking."""
    import pyarrow.parquet  # noqa: F401, PLC0415 - so that imports are not measured
    import zstandard  # noqa: F401, PLC0415

    from specbind.supervisely import Api  # noqa: PLC0415 - a process of its own

    with Api(url, TOKEN) as api:
        info = api.project.get_info_by_id(project)
        if info is None:
            raise ValueError(project)
        with measured():
            if step == "create":
                api.project.version.create(info)
            else:
                api.project.version.restore(info, version_num=1)


def official(step: str, url: str, project: int) -> None:
    """The official client."""
    os.environ["SUPERVISELY_SKIP_HTTPS_USER_HELPER_CHECK"] = "true"
    import supervisely as sly  # noqa: PLC0415 - in its own environment
    from supervisely.project.versioning.image_snapshot_io import import_pyarrow  # noqa: PLC0415

    import_pyarrow()
    api = sly.Api(url, TOKEN)
    info = api.project.get_info_by_id(project)
    with measured():
        made = (
            api.project.version.create(info) if step == "create" else api.project.version.restore(info, version_num=1)
        )
    if made is None:
        raise ValueError("it was not made")


def compare(mib: int, masks: int, clients: list[str]) -> None:
    """One table."""
    content = f"{masks} alpha masks of {MASK // MIB} MiB" if masks else f"archive of about {mib} MiB"
    sys.stdout.write(f"{content}, emulated server on loopback\n")
    sys.stdout.write(f"{'':24}{'CPU':>8}{'wall':>8}{'memory':>12}\n")
    for client in clients:
        with subprocess.Popen(
            [sys.executable, __file__, "serve", str(mib), str(masks)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as server:
            url, project = server.stdout.readline().split()  # type: ignore[union-attr]  # it is a pipe
            for step in ("create", "restore"):
                python = sys.executable if client == "ours" else str(OFFICIAL)
                command = [python, __file__, client, step, url, project]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if "RESULT" not in done.stdout:
                    sys.stderr.write(done.stderr[-3000:])
                    raise SystemExit(1)
                found = json.loads(done.stdout.rpartition("RESULT")[2])
                sys.stdout.write(
                    f"{client + ' ' + step:24}{found['cpu']:7.1f}s{found['wall']:7.1f}s{found['mib']:8.0f} MiB\n"
                )
            server.stdin.close()  # type: ignore[union-attr]  # it is a pipe


def main() -> None:
    """Run the comparison, or one of its processes."""
    if len(sys.argv) > 2 and sys.argv[1] in ("serve", "ours", "official"):
        role, *rest = sys.argv[1:]
        if role == "serve":
            serve(int(rest[0]), int(rest[1]))
        else:
            {"ours": ours, "official": official}[role](rest[0], rest[1], int(rest[2]))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=int(os.environ.get("SPECBIND_BENCH_MIB", "64")))
    parser.add_argument("--masks", type=int, default=20)
    parser.add_argument("--only-masks", action="store_true")
    parser.add_argument("--clients", default="ours,official")
    options = parser.parse_args()
    wanted = [name for name in options.clients.split(",") if name == "ours" or OFFICIAL.exists()]
    if not options.only_masks:
        compare(options.mib, 0, wanted)
    if options.masks:
        compare(options.mib, options.masks, wanted)


if __name__ == "__main__":
    main()
