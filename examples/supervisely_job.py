"""A short job on a Supervisely server: a project with images, a version of it, a change, and the version restored.

python examples/supervisely_job.py --emulate                      # against an emulated server of its own
python examples/supervisely_job.py --workspace 12                 # against SERVER_ADDRESS with API_TOKEN

Against a real server everything that is made here is left there to be looked at.
"""

from __future__ import annotations

import argparse
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from specbind.supervisely import Api, ImageInfo, SuperviselyError

if TYPE_CHECKING:
    from collections.abc import Generator

EMULATOR = [sys.executable, "-m", "specbind.emulators.supervisely", "--port", "0", "--token", "key", "--ranges"]


def main() -> int:
    """Run the job; the exit status is 0 only when the restored project has what the version was made of."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--emulate", action="store_true", help="start an emulated server")
    where.add_argument("--workspace", type=int, help="workspace on the server of the environment")
    options = parser.parse_args()
    start = time.monotonic()
    try:
        if options.emulate:
            with emulated() as (url, workspace), Api(url, "key") as api:
                same = run(api, workspace)
        else:
            with Api.from_env() as api:
                same = run(api, options.workspace)
    except (SuperviselyError, OSError, ValueError) as error:
        print(f"The job failed: {error}", file=sys.stderr)
        return 1
    print(f"{'Restored as it was' if same else 'NOT as it was'}, in {time.monotonic() - start:.1f} s")
    return 0 if same else 1


def run(api: Api, workspace: int) -> bool:
    """Make a project and a version, change the project, restore the version, compare."""
    print(f"Supervisely {api.get_instance_version()} at {api.server_address}")
    project = api.project.create(workspace, "specbind example", change_name_if_conflict=True)
    dataset = api.dataset.create(project.id, "first")
    with tempfile.TemporaryDirectory(prefix="supervisely-job-") as folder:
        paths = make_images(Path(folder), count=5)
        before = api.image.upload_paths(dataset.id, [path.name for path in paths], paths)
        print(f"Project {project.id} has {len(before)} images")
        version_id = api.project.version.create(project.id, "before the change")
        if version_id is None:
            raise ValueError("no version was made")
        extra = make_images(Path(folder), count=1, first=99)
        api.image.upload_paths(dataset.id, [extra[0].name], extra)
    for version in api.project.version.get_list(project.id):
        print(f"Version {version.version} ({version.name}), {version.status}")
    restored = api.project.version.restore(project.id, version_id)
    if restored is None:
        raise ValueError("the version has no archive")
    print(f"Project {restored.id}: {restored.name}")
    copies = api.dataset.get_list(restored.id, recursive=True)
    after = [image for copy in copies for image in api.image.get_list(copy.id)]
    return contents(before) == contents(after)


def contents(images: list[ImageInfo]) -> list[tuple[str, str | None]]:
    """Names and hashes."""
    return sorted((image.name, image.hash) for image in images)


def make_images(folder: Path, count: int, first: int = 1) -> list[Path]:
    """PNG images of one colour each."""
    paths: list[Path] = []
    for number in range(first, first + count):
        rows = b"".join(b"\0" + bytes([number * 40 % 256, 90, 160]) * 16 for _ in range(16))
        content = b"\x89PNG\r\n\x1a\n"
        for kind, data in (
            (b"IHDR", struct.pack(">IIBBBBB", 16, 16, 8, 2, 0, 0, 0)),
            (b"IDAT", zlib.compress(rows)),
            (b"IEND", b""),
        ):
            content += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        path = folder / f"image_{number}.png"
        path.write_bytes(content)
        paths.append(path)
    return paths


@contextmanager
def emulated() -> Generator[tuple[str, int], None, None]:
    """An emulated server in a process of its own; gives its address and a workspace."""
    with subprocess.Popen(EMULATOR, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - a fixed command
        try:
            line = process.stdout.readline() if process.stdout is not None else ""
            words = line.replace(",", "").split()
            if "http" not in line or not words[-1].isdecimal():
                raise OSError("the emulator did not start")
            yield next(word for word in words if word.startswith("http")), int(words[-1])
        finally:
            process.terminate()


if __name__ == "__main__":
    sys.exit(main())
