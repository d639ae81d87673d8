"""A whole job on a Tiled server: write an array and a table, read, search, export, compare, delete.

python examples/tiled_job.py --serve                                     # against a real server, started for the job
TILED_API_KEY=... python examples/tiled_job.py --url https://tiled.example.org

`--serve` needs Tiled: `make interop` installs it beside the project, `pip install 'tiled[all]'` anywhere else.
Everything is made in one new container, which is deleted at the end.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

try:
    import dask.array
    import dask.dataframe
    import numpy as np
    import pandas as pd
    import pyarrow.csv
    import pyarrow.parquet
except ImportError as lacking:
    sys.exit(f"The job failed: {lacking.name} is not installed; pip install 'specbind[tiled]' brings it")

try:
    from rich.progress import Progress
except ImportError:
    Progress = None  # type: ignore[assignment, misc]  # no bars then

from specbind.tiled import ArrayClient, Container, DataFrameClient, FullText, Key, TiledError, from_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

FRAMES, SIDE, ROWS = 20, 1000, 200_000
INSTALLED = Path(__file__).resolve().parents[1] / ".interop" / "tiled" / "bin" / "tiled"


class ChangedError(Exception):
    """Something came back otherwise than it was sent."""


class CutOffError(Exception):
    """An export that was broken off on purpose."""


def main() -> int:
    """Run the job; the exit status is 0 only when everything came back unchanged, and 130 after Ctrl-C."""
    arguments = _arguments()
    start = time.monotonic()
    os.environ.setdefault("TILED_RETRY_ATTEMPTS", "3")  # that there is no server is told soon
    try:
        with tempfile.TemporaryDirectory(prefix="tiled-job-") as scratch:
            if arguments.serve:
                with serve(Path(scratch)) as (url, key):
                    job(url, key, Path(scratch))
                print(f"Requests    {_requests(Path(scratch) / 'server.log')}")
            else:
                job(arguments.url, arguments.api_key, Path(scratch))
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return 130
    except (ChangedError, TiledError, OSError, ValueError) as error:
        print(f"The job failed: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    print(f"Time        {time.monotonic() - start:.1f} s")
    return 0


def job(url: str, key: str | None, folder: Path) -> None:
    """Do everything in a new container of one server, and delete that."""
    root = from_uri(url, api_key=key)
    if not isinstance(root, Container):
        raise ValueError(f"{url} is no container")  # noqa: TRY004 - what the server has there
    with root.context:
        print(f"Server      {root.context.server_info.library_version} at {url}", flush=True)
        name = f"job-{uuid.uuid4().hex[:12]}"
        place = root.create_container(name, metadata={"purpose": "a job of specbind"})
        try:
            print(f"Container   {name}", flush=True)
            array, image = write_array(place)
            table, frame = write_table(place)
            search(place)
            export_array(array, image, folder)
            export_table(table, frame, folder)
        finally:
            place.delete(recursive=True, external_only=False)
        _same(name not in root, "the container is still there")
        print("Deleted     everything that was made")


def write_array(place: Container) -> tuple[ArrayClient, np.ndarray]:
    """Write frames of a detector in chunks, and read them."""
    image = np.random.default_rng(1).poisson(900, (FRAMES, SIDE, SIDE)).astype("uint16")
    start = time.monotonic()
    made = place.write_array(
        dask.array.from_array(image, chunks=(5, SIDE, SIDE)),
        key="frames",
        metadata={"sample": {"color": "red"}, "seconds": 0.1},
        dims=["time", "y", "x"],
    )
    written, start = time.monotonic() - start, time.monotonic()
    array = place["frames"]
    if not (isinstance(made, ArrayClient) and isinstance(array, ArrayClient)):
        raise ChangedError("the array is none")
    found = array.read()
    took = time.monotonic() - start
    _same(found.dtype == image.dtype and np.array_equal(found, image), "the array came back changed")
    print(
        f"Array       {image.nbytes:,} bytes in {math.prod(len(row) for row in array.chunks)} chunks, "
        f"written in {written:.2f} s, read in {took:.2f} s, the same"
    )
    start = time.monotonic()
    part = array[2:18:5, ::-1, 100:200]
    took = time.monotonic() - start
    _same(np.array_equal(part, image[2:18:5, ::-1, 100:200]), "the slice is another one")
    print(f"Slice       {part.nbytes:,} bytes of [2:18:5, ::-1, 100:200], read in {took:.2f} s, the same", flush=True)
    return array, image


def write_table(place: Container) -> tuple[DataFrameClient, pd.DataFrame]:
    """Write a table in two partitions, and read it."""
    draw = np.random.default_rng(2)
    columns = {
        "run": np.arange(ROWS),
        "celsius": draw.normal(20, 3, ROWS),
        "moment": pd.date_range("2026-01-01", periods=ROWS, freq="s", unit="us"),
        "state": np.where(draw.random(ROWS) < 0.1, "hot", "good"),
    }
    frame = pd.DataFrame(columns)
    start = time.monotonic()
    place.write_table(
        dask.dataframe.from_pandas(frame, npartitions=2),
        key="readings",
        metadata={"sample": {"color": "blue"}, "note": "from a calibrated thermometer"},
    )
    written, start = time.monotonic() - start, time.monotonic()
    table = place["readings"]
    if not isinstance(table, DataFrameClient):
        raise ChangedError("the table is none")
    found = table.read()
    took = time.monotonic() - start
    _equal(found, frame, "the table came back changed")
    print(
        f"Table       {ROWS:,} rows of {len(columns)} columns in 2 partitions, written in {written:.2f} s, "
        f"read in {took:.2f} s, the same",
        flush=True,
    )
    return table, frame


def search(place: Container) -> None:
    """Find both, by a member of their metadata and by a word, and list them."""
    red = list(place.search(Key("sample.color") == "red"))
    worded = list(place.search(FullText("calibrated")))
    _same((red, worded) == (["frames"], ["readings"]), f"the search found {red} and {worded}")
    keys = list(place.keys())
    _same(sorted(keys) == ["frames", "readings"] and len(place) == 2, f"the keys are {keys}")
    print(f"Search      red: {red[0]}; 'calibrated': {worded[0]}; all keys: {', '.join(keys)}", flush=True)


def export_array(array: ArrayClient, image: np.ndarray, folder: Path) -> None:
    """Export the array: the whole as bytes, in a second try, and a part as CSV."""
    target = folder / "frames.bin"
    came: list[int] = []

    def cut(done: int, _: int | None) -> None:
        came.append(done)
        raise CutOffError

    with suppress(CutOffError):
        array.export(target, format="application/octet-stream", progress_callback=cut, resume=True)
    if came[0] < image.nbytes:
        _same(not target.exists(), "an export that was cut off stands there as if it were whole")
    with bar("Export") as progress:
        array.export(target, format="application/octet-stream", progress_callback=progress, resume=True)
    _same(np.array_equal(np.fromfile(target, "<u2").reshape(image.shape), image), "the exported array is another one")
    size = target.stat().st_size
    print(f"Export      {target.name}, cut off at {came[0]:,} bytes, then whole, {size:,} bytes, the same")
    target = folder / "frame.csv"
    with bar("Export") as progress:
        array.export(target, slice=(3, slice(0, 100)), progress_callback=progress)
    found = np.loadtxt(target, delimiter=",", dtype="uint16")
    _same(np.array_equal(found, image[3, :100]), "the exported part of the array is another one")
    print(
        f"Export      {target.name} with 100 lines of one frame, {target.stat().st_size:,} bytes, the same", flush=True
    )


def export_table(table: DataFrameClient, frame: pd.DataFrame, folder: Path) -> None:
    """Export the table as Parquet, and two columns as CSV."""
    target = folder / "readings.parquet"
    with bar("Export") as progress:
        table.export(target, progress_callback=progress)
    _equal(pyarrow.parquet.read_table(target).to_pandas(), frame, "the exported table is another one")
    print(f"Export      {target.name}, {target.stat().st_size:,} bytes, the same")
    target = folder / "readings.csv"
    with bar("Export") as progress:
        table.export(target, ["run", "celsius"], progress_callback=progress)
    found = pyarrow.csv.read_csv(target).select(["run", "celsius"]).to_pandas()
    _equal(found, frame[["run", "celsius"]], "the exported columns are others")
    print(f"Export      {target.name} with 2 columns, {target.stat().st_size:,} bytes, the same", flush=True)


@contextmanager
def serve(folder: Path) -> Generator[tuple[str, str], None, None]:
    """A server with an empty catalog, as a program of its own; gives its address and its key."""
    program = str(INSTALLED) if INSTALLED.exists() else shutil.which("tiled")
    if program is None:
        raise OSError("there is no Tiled to start; `make interop` or `pip install 'tiled[all]'` installs it")
    key = secrets.token_hex(16)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    url, log = f"http://127.0.0.1:{port}", folder / "server.log"
    command = [program, "serve", "catalog", "--temp", "--host", "127.0.0.1", "--port", str(port)]
    settings = {
        **os.environ,
        "TILED_SINGLE_USER_API_KEY": key,
        "TILED_CACHE_DIR": str(folder / "cache"),
        "NO_COLOR": "1",
    }
    with log.open("wb") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output, env=settings)  # noqa: S603 - found above
    try:
        _wait(server, f"{url}/healthz", log)
        yield url, key
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait(server: subprocess.Popen[bytes], url: str, log: Path, patience: float = 60.0) -> None:
    """Until the server answers."""
    end = time.monotonic() + patience
    while server.poll() is None and time.monotonic() < end:
        with suppress(OSError):
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own server
            return
        time.sleep(0.1)
    lines = log.read_text(errors="replace").strip().splitlines()
    raise OSError(f"the server did not start: {lines[-1] if lines else 'it says nothing'}")


def _requests(log: Path) -> int:
    """How many requests the server counted, but for the questions whether it runs."""
    return len(re.findall(r"/api/v1", log.read_text(errors="replace")))


@contextmanager
def bar(label: str) -> Generator[Callable[[int, int | None], None], None, None]:
    """Progress of one file, where rich is installed and somebody watches."""
    if Progress is None or not sys.stdout.isatty():
        yield lambda _done, _total: None
        return
    with Progress(transient=True) as progress:
        row = progress.add_task(f"{label:<11}", total=None)
        yield lambda done, total: progress.update(row, completed=done, total=total)


def _equal(found: Any, frame: pd.DataFrame, otherwise: str) -> None:  # noqa: ANN401 - pandas has no types
    """Compare tables: columns, types and all values; text may be of another of pandas' types."""
    try:
        pd.testing.assert_frame_equal(found.reset_index(drop=True).astype(frame.dtypes), frame, check_exact=True)
    except (AssertionError, KeyError) as error:
        raise ChangedError(f"{otherwise}: {error}") from None


def _same(good: object, otherwise: str) -> None:
    if not good:
        raise ChangedError(otherwise)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--serve", action="store_true", help="start a server for the time of the job")
    where.add_argument("--url", default=os.environ.get("TILED_URL"), help="URL of a server (default: TILED_URL)")
    parser.add_argument("--api-key", help="the API key (default: TILED_API_KEY of the environment)")
    arguments = parser.parse_args()
    if not (arguments.serve or arguments.url):
        parser.error("--serve or --url is needed")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
