"""A whole job on a NodeODX node: send images, wait, download, unpack, check that nothing was lost.

python examples/nodeodx_job.py --emulate                                   # against an emulated node of its own
python examples/nodeodx_job.py --node http://127.0.0.1:3000                # with images made on the spot
python examples/nodeodx_job.py --node https://node.example/?token=abc photos/*.jpg

Ctrl-C ends the program, not the task on the node; `--task` goes on with that.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

try:
    from rich.progress import Progress
except ImportError:
    Progress = None  # type: ignore[assignment, misc]  # plain lines then

from specbind.nodeodx import Node, Task
from specbind.nodeodx.exceptions import GenericError

if TYPE_CHECKING:
    from specbind.nodeodx.types import TaskInfo

Report = Callable[[float], object]


class Summary(NamedTuple):
    """What the job did."""

    task: Task
    info: TaskInfo
    images: int
    sent: int
    files: int
    received: int
    missing: list[str]


def main() -> int:
    """Run the job; the exit status is 0 only when every image came back unchanged, and 130 after Ctrl-C."""
    arguments = _arguments()
    begun: list[Task] = []
    with tempfile.TemporaryDirectory(prefix="nodeodx-job-") as scratch:
        images = arguments.images or make_images(Path(scratch) / "images", count=5)
        destination = arguments.out or Path(scratch) / "assets"
        start = time.monotonic()
        try:
            _check_writable(destination)
            with _node(arguments) as node:
                summary = run(node, images, destination, begun, arguments.task)
        except KeyboardInterrupt:
            print(f"\nInterrupted. {_way_on(begun, emulated=arguments.emulate)}", file=sys.stderr)
            return 130
        except (GenericError, OSError, ValueError) as error:
            print(f"The job failed: {error}", file=sys.stderr)
            return 1
        _print(summary, time.monotonic() - start, destination if arguments.out else None)
        return 1 if summary.missing else 0


def run(node: Node, images: list[Path], destination: Path, begun: list[Task], uuid: str = "") -> Summary:
    """Create a task, follow it to its end, fetch its assets and compare the images in them with those sent.

    The task is noted in `begun` as soon as the node has it. With `uuid` it was created by an earlier run.
    """
    about = node.info()
    print(
        f"Node        {about.engine} {about.engine_version}, API {about.version}, {about.task_queue_count} tasks",
        flush=True,
    )
    begun.append(node.get_task(uuid) if uuid else _created(node, images))
    task = begun[-1]
    with bar("Processing") as report:
        task.wait_for_completion(lambda info: report(info.progress), interval=1)
    with bar("Download") as report:
        task.download_assets(os.fspath(destination), report)
    files = [path for path in destination.rglob("*") if path.is_file()]
    digests = {_sha256(path) for path in files}
    return Summary(
        task=task,
        info=task.info(),
        images=len(images),
        sent=sum(image.stat().st_size for image in images),
        files=len(files),
        received=sum(path.stat().st_size for path in files),
        missing=[image.name for image in images if _sha256(image) not in digests],
    )


def _created(node: Node, images: list[Path]) -> Task:
    names = [os.fspath(image) for image in images]
    with bar("Upload") as report:
        task = node.create_task(names, {"dsm": True, "orthophoto-resolution": 4}, "specbind example", report)
    print(f"Created     task {task.uuid}", flush=True)
    return task


def _way_on(begun: list[Task], *, emulated: bool) -> str:
    if emulated:
        return "The emulated node is gone: run the same command again."
    if not begun:
        return "The node has no whole task yet: run the same command again."
    uuid = begun[-1].uuid
    return f"The node goes on with task {uuid}: run the same command with --task {uuid} to fetch its assets."


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run a whole job on a NodeODX node.")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--node", metavar="URL", help="address of the node, such as http://127.0.0.1:3000/?token=abc")
    where.add_argument("--emulate", action="store_true", help="start an emulated node for the time of the job")
    parser.add_argument("--token", default="", help="token of the node; goes before one in the address")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="keep the assets there")
    parser.add_argument("--task", default="", metavar="UUID", help="send nothing, and go on with this task of the node")
    parser.add_argument("images", nargs="*", type=Path, help="images to send; without any, some are made")
    arguments = parser.parse_args()
    if arguments.task and arguments.emulate:
        parser.error("--task goes with --node: an emulated node has no tasks of earlier runs")
    return arguments


@contextmanager
def _node(arguments: argparse.Namespace) -> Generator[Node, None, None]:
    if not arguments.emulate:
        yield _connect(arguments.node, arguments.token)
        return
    program = [sys.executable, "-m", "specbind.emulators.nodeodx"]
    command = [*program, "--port", "0", "--speed", "5", "--token", arguments.token]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as emulator:  # noqa: S603 - our own program
        try:
            line = emulator.stdout.readline() if emulator.stdout else ""
            if "http://" not in line:
                raise OSError("the emulator did not start")
            yield _connect("http://" + line.split("http://")[1].split()[0], arguments.token)
        finally:
            emulator.terminate()


def _check_writable(folder: Path) -> None:
    """Find out before the job, and not after it, that its results cannot be kept. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def _connect(url: str, token: str) -> Node:
    node = Node.from_url(url)
    if token:
        node.token = token
    return node


@contextmanager
def bar(label: str) -> Generator[Report, None, None]:
    """A progress bar for percentages: by rich when it is installed and somebody watches, else one line at the end."""
    if Progress is None or not sys.stdout.isatty():
        last = [0.0]
        yield lambda value: last.__setitem__(0, value)
        print(f"{label:<11} {last[0]:.0f} %")
        return
    with Progress() as progress:
        row = progress.add_task(f"{label:<11}", total=100)
        yield lambda value: progress.update(row, completed=value)


def _print(summary: Summary, seconds: float, kept: Path | None) -> None:
    returned = summary.images - len(summary.missing)
    status, processing = summary.info.status.name.lower(), summary.info.processing_time / 1000
    print(f"Task        {summary.task.uuid}, {status} after {processing:.1f} s of processing")
    print(f"Sent        {summary.images} images, {summary.sent:,} bytes")
    print(f"Received    {summary.files} files, {summary.received:,} bytes" + (f", in {kept}" if kept else ""))
    print(f"Checked     {returned} of {summary.images} images are back with the same SHA-256")
    for name in summary.missing:
        print(f"            missing or changed: {name}")
    print(f"Time        {seconds:.1f} s")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def make_images(folder: Path, count: int) -> list[Path]:
    """Write some grey JPEG images, each with another pattern, so that the job runs without a camera."""
    folder.mkdir(parents=True)
    images: list[Path] = []
    for number in range(count):
        noise = random.Random(number)  # noqa: S311 - a picture, not a secret
        blocks = [[(x * 3 + y * 2 + noise.randrange(60)) % 256 for x in range(80)] for y in range(60)]
        images.append(folder / f"image_{number + 1}.jpg")
        images[-1].write_bytes(jpeg(blocks))
    return images


def jpeg(blocks: list[list[int]]) -> bytes:
    """A baseline JPEG in which each value (0 to 255) fills a square of 8 by 8 pixels.

    Only the mean of a square is coded, as the difference from the square before; all details are zero.
    """
    # quantisation 8 makes a step of the mean's coefficient one grey level
    quantisation = b"\x00" + bytes([8] * 64)
    frame = struct.pack(">BHHB3B", 8, 8 * len(blocks), 8 * len(blocks[0]), 1, 1, 0x11, 0)
    # sizes of differences, 0 to 8 bits, as codes of 4 bits; the one code for "no details" has 1 bit
    means = b"\x00" + bytes([0, 0, 0, 9] + [0] * 12) + bytes(range(9))
    details = b"\x10" + bytes([1] + [0] * 15) + b"\x00"
    bits: list[str] = []
    last = 0
    for value in (value - 128 for row in blocks for value in row):
        difference, last = value - last, value
        size = abs(difference).bit_length()
        coded = difference if difference > 0 else difference + (1 << size) - 1
        bits.append(f"{size:04b}" + (f"{coded:0{size}b}" if size else "") + "0")
    stream = "".join(bits)
    stream += "1" * (-len(stream) % 8)
    scan = int(stream, 2).to_bytes(len(stream) // 8, "big").replace(b"\xff", b"\xff\x00")
    segments = [
        (0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"),
        (0xDB, quantisation),
        (0xC0, frame),
        (0xC4, means),
        (0xC4, details),
        (0xDA, b"\x01\x01\x00\x00\x3f\x00"),
    ]
    head = b"".join(struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content for marker, content in segments)
    return b"\xff\xd8" + head + scan + b"\xff\xd9"


if __name__ == "__main__":
    sys.exit(main())
