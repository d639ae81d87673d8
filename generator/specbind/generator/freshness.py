"""Whether an output is up to date: told from hashes where nothing has changed, else by generating again in memory."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from .emit.manifest import MANIFEST, read_manifest
from .jobs import VERSION
from .source import MAX_BYTES
from .source.digest import combined_sha256

if TYPE_CHECKING:
    from pathlib import Path

    from .diagnostics import Diagnostics
    from .emit.fileset import FileSet
    from .emit.manifest import Manifest, ManifestApi
    from .jobs import Job, Material

__all__ = ["Freshness", "freshness_of", "unchanged"]


class Freshness(Struct, frozen=True, kw_only=True):
    """How an output differs from what it should be: `stale` lists files, `reasons` say what has changed since.

    `files` and `operations` count what the output should have. `made` is the generation, where there was one.
    """

    reasons: tuple[str, ...]
    stale: tuple[str, ...]
    files: int
    operations: int
    made: tuple[FileSet, Manifest] | None = None


def freshness_of(job: Job, diagnostics: Diagnostics) -> Freshness:
    """Compare what stands at the output with what the job makes. Raises SpecError for unusable input.

    Where the generator, the options and all that was read are those that the manifest records, nothing is generated:
    the manifest says what the files have to be.
    """
    return unchanged(job) or _compared(job, diagnostics)


def unchanged(job: Job) -> Freshness | None:
    """What the hashes say; None where something has changed, so that only a generation can tell."""
    standing = read_manifest(job.out)
    if standing is None or standing.generator_sha256 != job.generator_sha256 or _reasons(job, standing):
        return None
    stale = _differing(job, standing.files, standing.files)
    return Freshness(reasons=(), stale=stale, files=len(standing.files), operations=standing.operation_count)


def _compared(job: Job, diagnostics: Diagnostics) -> Freshness:
    standing = read_manifest(job.out)
    reasons = () if standing is None else _reasons(job, standing)
    files, manifest = job.make(diagnostics)
    hashes = files.hashes()
    stale = _differing(job, {} if standing is None else standing.files, hashes)
    if standing is None:
        stale = (f"missing: {MANIFEST}", *stale)
    elif not standing.agrees(manifest.with_files(hashes)):
        stale = (*stale, f"stale: {MANIFEST}")
    if not reasons and any(line.startswith("stale") for line in stale):
        reasons = (_CODE,)  # nothing else can have: the rest was compared
    return Freshness(
        reasons=reasons if stale else (),
        stale=stale,
        files=len(files),
        operations=manifest.operation_count,
        made=(files, manifest),
    )


def _reasons(job: Job, standing: Manifest) -> tuple[str, ...]:
    """What has changed since the manifest was written, in words."""
    found: list[str] = []
    if standing.version != VERSION:
        found.append(f"{_GENERATOR}: it was specbind {standing.version}, it is {VERSION}")
    elif standing.generator_sha256 not in ("", job.generator_sha256):
        found.append(_GENERATOR)
    if not standing.lists_its_files:
        found.append(_LIST)
    names = set(standing.apis)
    if "" in job.materials:
        if len(names) != 1:
            return (*found, "other APIs were generated")
        return (*found, *_changed(job, next(iter(standing.apis.values()))))
    found += [f"{name}: it is new" for name in sorted({*job.materials} - names)]
    found += [f"{name}: it is no longer asked for" for name in sorted(names - {*job.materials})]
    for name in sorted(names & {*job.materials}):
        found += [f"{name}: {reason}" for reason in _changed(job, standing.apis[name], name)]
    return tuple(found)


def _changed(job: Job, api: ManifestApi, name: str = "") -> list[str]:
    """What has changed of one API: its options, its face, its document."""
    material = job.material(name)
    was = replace(api.origin, files=())
    now = job.origin(material)
    found = [
        f"{_WORDS.get(member, f'the option {member} has changed')}"
        for member in was.__struct_fields__
        if getattr(was, member) != getattr(now, member)
    ]
    if _spec_sha256(material, api) != api.spec_sha256:
        found.append("the spec has changed")
    return found


_GENERATOR = "the generator has changed"
_LIST = f"{MANIFEST} is not as it was written: its list of files is another (a merge?)"
_CODE = "the generator or the source of a face has changed"
_WORDS = {
    "spec": "the spec stands elsewhere",
    "overlays": "the overlays are others, or stand elsewhere",
    "face": "another face is asked for",
    "targets": "other languages are asked for",
}


def _spec_sha256(material: Material, api: ManifestApi) -> str:
    """The hash of the same files as they are now; "" where the document or an overlay cannot be read."""
    if material.protos:
        from .proto import protos_sha256  # noqa: PLC0415  # a document needs no betterproto

        return protos_sha256(material.protos, material.reading.proto_roots, [name for name, _ in api.origin.files])
    contents = [_content(path) for path in (material.spec, *material.reading.overlays)]
    folder = material.spec.parent
    files = [(name, "" if (found := _part(folder, name)) is None else _sha256(found)) for name, _ in api.origin.files]
    known = [content for content in contents if content is not None]
    return combined_sha256(known, files) if len(known) == len(contents) else ""


def _part(folder: Path, name: str) -> bytes | None:
    """A file that a reference led to, only where the reader would follow it too."""
    path = folder / name
    return _content(path) if path.resolve().is_relative_to(folder.resolve()) else None


def _content(path: Path) -> bytes | None:
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError):
        return None


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _differing(job: Job, recorded: dict[str, str], wanted: dict[str, str]) -> tuple[str, ...]:
    """Files that are not as they are wanted; `recorded` are the hashes with which they were written."""
    found: list[str] = []
    for path, digest in wanted.items():
        target = job.out / path
        standing = _sha256(target.read_bytes()) if target.is_file() else ""
        if not standing:
            found.append(f"missing: {path}")
        elif standing != digest:
            edited = path in recorded and standing != recorded[path]
            found.append(f"{'changed by hand' if edited else 'stale'}: {path}")
    foreign = _files_below(job.out) if job.whole else {path for path in recorded if (job.out / path).is_file()}
    return (*found, *(f"left over: {path}" for path in sorted(foreign - {*wanted})))


def _files_below(out: Path) -> set[str]:
    found = (path.relative_to(out) for path in out.rglob("*") if path.is_file())
    return {path.as_posix() for path in found if "__pycache__" not in path.parts} - {MANIFEST}
