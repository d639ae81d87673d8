"""A whole job on the Viam platform: log in, upload rows and files, find them by a filter, download, compare.

python examples/viam_job.py --emulate                                    # against an emulated platform of its own
VIAM_API_KEY=... VIAM_API_KEY_ID=... \\
    python examples/viam_job.py --host app.viam.com --part <part id> photos/*.jpg

What it uploads stays on the platform, under a tag that is new in each run.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, TypeVar

try:
    from rich.progress import Progress
except ImportError:
    Progress = None  # type: ignore[assignment, misc]  # plain lines then

from specbind.bindings._runtime.errors import Error
from specbind.viam.filters import F
from specbind.viam.sync import DataClient, connect

SENSOR, CAMERA = "job-thermometer", "job-camera"
ROWS = 60

Found = TypeVar("Found")
Report = Callable[[int, "int | None"], object]


class Summary(NamedTuple):
    """What the job did."""

    rows: int
    files: int
    sent: int
    received: int
    missing: list[str]


def main() -> int:
    """Run the job; the exit status is 0 only when everything came back unchanged, and 130 after Ctrl-C."""
    arguments = _arguments()
    tag = f"job-{uuid.uuid4().hex[:12]}"
    with tempfile.TemporaryDirectory(prefix="viam-job-") as scratch:
        start = time.monotonic()
        try:
            files = arguments.files or make_files(Path(scratch) / "files", count=4)
            destination = arguments.out or Path(scratch) / "received"
            destination.mkdir(parents=True, exist_ok=True)
            with _platform(arguments) as (client, part):
                summary = run(client, part, files, destination, tag, arguments.patience)
        except KeyboardInterrupt:
            print(f"\nInterrupted. What was uploaded has the tag {tag}.", file=sys.stderr)
            return 130
        except (Error, OSError, ValueError) as error:
            print(f"The job failed: {error}", file=sys.stderr)
            return 1
        _print(summary, len(files), time.monotonic() - start, destination if arguments.out else None)
        return 1 if summary.missing else 0


def run(
    client: DataClient, part: str, files: list[Path], destination: Path, tag: str, patience: float = 60.0
) -> Summary:
    """Upload rows and files under a tag, find both by filters, download the files, and compare."""
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=ROWS)
    rows = [{"readings": {"celsius": 20 + minute / 8, "ok": True}} for minute in range(ROWS)]
    moments = [begin + timedelta(minutes=minute) for minute in range(ROWS)]
    client.tabular_data_capture_upload(
        rows,
        part,
        "rdk:component:sensor",
        SENSOR,
        "Readings",
        tags=[tag],
        data_request_times=[(moment, moment) for moment in moments],
    )
    print(f"Uploaded    {ROWS} rows under the tag {tag}", flush=True)
    sent = sum(path.stat().st_size for path in files)
    with bar("Upload", sent) as report:
        for path in files:
            client.file_upload_from_path(
                path, part, "rdk:component:camera", CAMERA, "GetImages", tags=[tag], progress=report()
            )
    half = begin + timedelta(minutes=ROWS // 2)
    warm = (F.component_name == SENSOR) & F.tags.any(tag) & (F.time >= half)
    found_rows = _until(lambda: client.tabular_data_by_filter(warm), ROWS // 2, patience)
    images = (F.component_name == CAMERA) & F.tags.any(tag)
    found = _until(lambda: list(client.binary_data(images, include_file_data=False)), len(files), patience)
    received: list[Path] = []
    with bar("Download", sum(each.metadata.file_size_bytes for each in found) or sent) as report:
        for number, each in enumerate(found):
            target = destination / f"{number + 1}{each.metadata.file_ext if len(each.metadata.file_ext) < 8 else ''}"
            received.append(client.download_binary(each, target, progress=report()))
    digests = {_sha256(path) for path in received}
    missing = [path.name for path in files if _sha256(path) not in digests]
    if [row.data for row in sorted(found_rows, key=lambda row: str(row.time_received))] != rows[ROWS // 2 :]:
        missing.append("rows of the second half hour")
    return Summary(len(found_rows), len(received), sent, sum(path.stat().st_size for path in received), missing)


def _until(ask: Callable[[], list[Found]], count: int, patience: float) -> list[Found]:
    """Ask until there is as much as was uploaded: a real platform takes a while until it finds new data."""
    end = time.monotonic() + patience
    while len(found := ask()) < count and time.monotonic() < end:
        time.sleep(1)
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run a whole job on the Viam platform.")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--host", help="name of the platform, such as app.viam.com")
    where.add_argument("--emulate", action="store_true", help="start an emulated platform for the time of the job")
    parser.add_argument("--port", type=int, default=443, help="its port (default: 443)")
    parser.add_argument("--insecure", action="store_true", help="without TLS, as an emulated platform wants it")
    parser.add_argument("--api-key", help="the API key (default: VIAM_API_KEY of the environment)")
    parser.add_argument("--api-key-id", help="its identifier (default: VIAM_API_KEY_ID)")
    parser.add_argument("--part", metavar="UUID", help="machine part that the data is uploaded for; needed with --host")
    parser.add_argument("--patience", type=float, default=60.0, metavar="SECONDS", help="for new data (default: 60)")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="keep what comes back there")
    parser.add_argument("files", nargs="*", type=Path, help="files to send; without any, some are made")
    arguments = parser.parse_args()
    if arguments.host and not arguments.part:
        parser.error("--host needs --part")
    return arguments


@contextmanager
def _platform(arguments: argparse.Namespace) -> Generator[tuple[DataClient, str], None, None]:
    """A client that has logged in, and the part to upload for."""
    if not arguments.emulate:
        key, key_id, plain = arguments.api_key, arguments.api_key_id, arguments.insecure
        with connect(key, key_id, host=arguments.host, port=arguments.port, tls=not plain, insecure=plain) as client:
            print(f"Platform    {arguments.host}:{arguments.port}", flush=True)
            yield client, arguments.part
        return
    command = [sys.executable, "-m", "specbind.emulators.viam", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as emulator:  # noqa: S603 - our own program
        try:
            lines = [emulator.stdout.readline() if emulator.stdout else "" for _ in range(3)]
            if not lines[2].startswith("part "):
                raise OSError("the emulator did not start")
            address = lines[0].split(" listens on ")[1].split()[0]
            key_id, key = lines[1].removeprefix("API key id ").strip().split(", API key ")
            host, _, port = address.rpartition(":")
            with connect(key, key_id, host=host, port=int(port), tls=False, insecure=True) as client:
                print(f"Platform    emulated, at {address}", flush=True)
                yield client, lines[2].split()[1]
        finally:
            emulator.terminate()


@contextmanager
def bar(label: str, total: int) -> Generator[Callable[[], Report], None, None]:
    """Progress over several files: by rich when it is installed and somebody watches, else one line at the end.

    What it gives makes the report of one file.
    """
    done: list[int] = []

    def begin(show: Callable[[int], object]) -> Report:
        place = len(done)
        done.append(0)

        def report(count: int, _: int | None) -> None:
            done[place] = count
            show(sum(done))

        return report

    if Progress is None or not sys.stdout.isatty():
        yield lambda: begin(lambda _: None)
        print(f"{label:<11} {100 * sum(done) / total if total else 100:.0f} %")
        return
    with Progress() as progress:
        row = progress.add_task(f"{label:<11}", total=total)
        yield lambda: begin(lambda count: progress.update(row, completed=count))


def _print(summary: Summary, files: int, seconds: float, kept: Path | None) -> None:
    print(f"Found       {summary.rows} rows of the second half hour, {summary.files} files")
    print(f"Sent        {summary.sent:,} bytes")
    print(f"Received    {summary.received:,} bytes" + (f", in {kept}" if kept else ""))
    lost = sum(not name.startswith("rows") for name in summary.missing)
    print(f"Checked     {files - lost} of {files} files are back with the same SHA-256")
    for name in summary.missing:
        print(f"            missing or changed: {name}")
    print(f"Time        {seconds:.1f} s")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def make_files(folder: Path, count: int) -> list[Path]:
    """Write files of about a megabyte that no two runs of a platform's storage could confuse."""
    folder.mkdir(parents=True)
    paths: list[Path] = []
    for number in range(count):
        paths.append(folder / f"capture_{number + 1}.{'jpg' if number % 2 else 'pcd'}")
        paths[-1].write_bytes(random.Random(number).randbytes(1_000_000 + number) + os.urandom(16))  # noqa: S311 - no secret
    return paths


if __name__ == "__main__":
    sys.exit(main())
