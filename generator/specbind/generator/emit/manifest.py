"""MANIFEST.json: what an output says about itself, enough to tell later whether it is still up to date."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from specbind.generator.codes import Code
from specbind.generator.diagnostics import Diagnostic, Place, Severity, SpecError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MANIFEST", "Manifest", "ManifestApi", "ManifestOperation", "Origin", "manifest_text", "read_manifest"]

MANIFEST = "MANIFEST.json"


class Origin(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an API was made from, and how.

    `spec` and `overlays` are relative to the output's folder, or a name alone where only the root of the file system
    holds both. `files` are further files that were read, relative to the spec's folder, with their SHA-256 ("" for one
    that is not there). Of protos, `protos` are the files and folders that were named and `proto_roots` the folders that
    imports start from, both instead of `spec`; `files` are then named as imports name them. The other members are the
    options of `specbind generate` and the keys of the configuration.
    """

    spec: str = ""
    overlays: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    allow_partial: bool = False
    allow_files: bool = False
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    package: str = ""
    without_core: bool = False
    face: str = ""
    protos: tuple[str, ...] = ()
    proto_roots: tuple[str, ...] = ()
    targets: tuple[str, ...] = ("python",)


class ManifestOperation(msgspec.Struct, frozen=True):
    """One operation of an output."""

    id: str
    service: str
    method: str
    path: str


class ManifestApi(msgspec.Struct, frozen=True):
    """One API of an output. `spec_sha256` is that of the document, its overlays and all files that were read."""

    spec_sha256: str
    title: str
    version: str
    operations: tuple[ManifestOperation, ...]
    origin: Origin = Origin()


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an output says about itself; the hashes of its files are added when it is written.

    `generator_sha256` is that of the generator's own code, or "". It only says whether it is worth to generate again:
    another hash alone makes no output stale. With it stands `files_sha256`, over all of `files`: a list that lost or
    gained a line since (two versions were merged, say) is not trusted.
    """

    generator: str = "specbind"
    version: str = ""
    generator_sha256: str = ""
    apis: dict[str, ManifestApi] = {}
    files_sha256: str = ""
    files: dict[str, str] = {}

    @property
    def operation_count(self) -> int:
        """How many operations the output has."""
        return sum(len(api.operations) for api in self.apis.values())

    @property
    def lists_its_files(self) -> bool:
        """Whether `files` is the list that was written; True where nothing is said about it."""
        return not self.generator_sha256 or self.files_sha256 == _list_sha256(self.files)

    def with_files(self, files: dict[str, str]) -> Manifest:
        """The same with the hashes of the files."""
        return replace(self, files=files, files_sha256=_list_sha256(files) if self.generator_sha256 else "")

    def agrees(self, other: Manifest) -> bool:
        """Whether both say the same, whatever generator's code made them."""
        return replace(self, generator_sha256="") == replace(other, generator_sha256="")


def manifest_text(manifest: Manifest, files: dict[str, str]) -> bytes:
    """The manifest as it is written, with the hashes of the files."""
    return msgspec.json.format(msgspec.json.encode(manifest.with_files(files)), indent=2) + b"\n"


def _list_sha256(files: dict[str, str]) -> str:
    """SHA-256 over sorted paths and hashes."""
    return hashlib.sha256("".join(f"{digest}  {path}\n" for path, digest in sorted(files.items())).encode()).hexdigest()


def read_manifest(out: Path) -> Manifest | None:
    """The manifest of the generation that stands at `out`; None if there is none. Raises SpecError if it is damaged."""
    damaged = Diagnostic(
        str(Code.MANIFEST),
        Severity.ERROR,
        f"{MANIFEST} is damaged",
        Place(file=str(out / MANIFEST)),
        "restore it, or generate into another folder",
    )
    try:
        found = msgspec.json.decode((out / MANIFEST).read_bytes(), type=Manifest)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except msgspec.MsgspecError as error:
        raise SpecError(damaged) from error
    if any(not _is_inside(path) for path in found.files):
        raise SpecError(damaged)
    return found


def _is_inside(path: str) -> bool:
    """Whether a path of a manifest stays below its folder, on every system."""
    parts = PurePosixPath(path).parts
    return bool(parts) and not PurePosixPath(path).is_absolute() and ".." not in parts and not set(path) & {"\\", ":"}
