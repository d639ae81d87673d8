"""What the emulated engine makes of a task's files: one zip archive."""

from __future__ import annotations

import hashlib
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from specbind.bindings.nodeodx.models import TaskOption

__all__ = ["Result", "collect"]

_BLOCK = 1 << 20


@dataclass(kw_only=True)
class Result:
    """What stands in the report, and which paths the archive shall have (none: all)."""

    uuid: str
    options: list[TaskOption]
    outputs: list[str]


def collect(images: Path, archive: Path, result: Result) -> None:
    """Write the archive: the files as they were uploaded, an orthophoto and a report. Blocks."""
    report = msgspec.json.format(msgspec.json.encode(_report(images, result)), indent=2)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(images.iterdir()):
            name = f"images/{path.name}"
            if _wanted(name, result.outputs):
                packed.write(path, name, zipfile.ZIP_STORED)
        for name, content in {
            "odm_orthophoto/odm_orthophoto.tif": _tiff(64, 64),
            "odm_report/report.json": report,
        }.items():
            if _wanted(name, result.outputs):
                packed.writestr(name, content)


def _wanted(name: str, outputs: list[str]) -> bool:
    if not outputs:
        return True
    # nodes take ".." out of the paths that they are given
    wanted = (
        PurePosixPath(*(part for part in PurePosixPath(output).parts if part not in ("..", "/"))) for output in outputs
    )
    return any(PurePosixPath(name).is_relative_to(path) for path in wanted)


def _report(images: Path, result: Result) -> dict[str, object]:
    return {
        "task": result.uuid,
        "options": {option.name: option.value for option in result.options},
        "images": [
            {"name": path.name, "bytes": path.stat().st_size, "sha256": _sha256(path)}
            for path in sorted(images.iterdir())
        ],
    }


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _tiff(width: int, height: int) -> bytes:
    """A grey gradient as an uncompressed TIFF: header, one directory, one strip."""
    pixels = bytes((x * 2 + y * 2) % 256 for y in range(height) for x in range(width))
    tags = (
        (256, width),
        (257, height),
        (258, 8),
        (259, 1),
        (262, 1),
        (273, 0),
        (277, 1),
        (278, height),
        (279, len(pixels)),
    )
    offset = 8 + 2 + 12 * len(tags) + 4
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, offset if tag == 273 else value) for tag, value in tags)
    return struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + entries + struct.pack("<I", 0) + pixels
