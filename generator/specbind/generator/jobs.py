"""A generation as it was asked for: what it reads, where it writes, and what a manifest must say to be of it."""

from __future__ import annotations

import hashlib
import os
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from . import pipeline
from .codes import Code
from .diagnostics import Diagnostic, Place, Severity, SpecError
from .emit.formatting import formatter_version
from .emit.manifest import Manifest, Origin, read_manifest
from .pipeline import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .config import Config, Target
    from .diagnostics import Diagnostics
    from .emit.fileset import FileSet

__all__ = ["VERSION", "Job", "Material", "generator_sha256", "own_job", "recorded_job", "standalone_job"]

VERSION = version("specbind")
"""That of this installation."""

_HERE = Path(__file__).resolve().parent
_WITHOUT_EFFECT = ("cli.py", "freshness.py", "inspect.py", "jobs.py", "compat")
"""Parts of the generator that no output depends on."""


class Material(Struct, frozen=True, kw_only=True):
    """What one API is made from.

    `protos` are all files and folders that were named, where these are protos; `spec` is then the first of them.
    `recorded` is set where a manifest says where the spec stood; that stays so, wherever it is read now.
    """

    spec: Path
    protos: tuple[Path, ...] = ()
    reading: Reading = Reading()
    package: str = ""
    with_core: bool = True
    face: str = ""
    targets: tuple[Target, ...] = ("python",)
    recorded: Origin | None = None


class Job(Struct, frozen=True, kw_only=True):
    """A generation into `out`. `materials` are by the API's name, "" where the document's title decides it.

    `whole` says that nothing else may stand in `out`. `names_generator` says that the manifest has the hash of the
    generator's code; without it every check generates.
    """

    out: Path
    materials: dict[str, Material]
    generate: Callable[[Diagnostics], tuple[FileSet, Manifest]]
    whole: bool = False
    names_generator: bool = True

    def make(self, diagnostics: Diagnostics) -> tuple[FileSet, Manifest]:
        """Generate in memory. The manifest says what everything was made from. Raises SpecError."""
        files, manifest = self.generate(diagnostics)
        apis = {
            name: replace(api, origin=replace(self.origin(self.material(name)), files=api.origin.files))
            for name, api in manifest.apis.items()
        }
        return files, replace(
            manifest, generator_sha256=self.generator_sha256 if self.names_generator else "", apis=apis
        )

    def material(self, name: str) -> Material:
        """What the API of this name is made from. Raises KeyError."""
        return self.materials[name if name in self.materials else ""]

    @property
    def generator_sha256(self) -> str:
        """The hash of the code that makes this output, and of the versions that its form depends on."""
        folders = [pipeline.core_folder()] if self._copies_core else []
        return generator_sha256(*folders, versions=_versions())

    @property
    def _copies_core(self) -> bool:
        alone = self.materials.get("")
        return alone is not None and alone.with_core and "python" in alone.targets

    def origin(self, material: Material) -> Origin:
        """What the manifest has to say of a material, but for the files that references lead to."""
        reading = material.reading
        was = material.recorded
        spec = "" if material.protos else _relative(material.spec, self.out)
        return Origin(
            spec=spec if was is None else was.spec,
            overlays=tuple(_relative(path, self.out) for path in reading.overlays) if was is None else was.overlays,
            allow_partial=reading.allow_partial,
            allow_files=reading.allow_files,
            include=reading.include,
            exclude=reading.exclude,
            package=material.package,
            without_core=not material.with_core,
            face=material.face,
            protos=tuple(_relative(path, self.out) for path in material.protos) if was is None else was.protos,
            proto_roots=tuple(_relative(path, self.out) for path in reading.proto_roots)
            if was is None
            else was.proto_roots,
            targets=material.targets,
        )


def standalone_job(
    specs: Path | Sequence[Path],
    out: Path,
    reading: Reading = Reading(),  # noqa: B008  # frozen
    *,
    target: Target = "python",
    package: str = "",
    with_core: bool = True,
    recorded: Origin | None = None,
) -> Job:
    """The package of somebody's own spec, or of protos, in one language."""
    given = (specs,) if isinstance(specs, Path) else tuple(specs)

    def generate(diagnostics: Diagnostics) -> tuple[FileSet, Manifest]:
        return pipeline.make_standalone(
            given, diagnostics, reading, target=target, package=package, with_core=with_core
        )

    material = Material(
        spec=given[0],
        protos=given if pipeline.is_of_protos(given, reading) else (),
        reading=reading,
        package=package,
        with_core=with_core,
        targets=(target,),
        recorded=recorded,
    )
    return Job(out=out, materials={"": material}, generate=generate)


def own_job(config: Config, base: Path) -> Job:
    """Everything that a configuration asks for; `base` is its folder."""

    def generate(diagnostics: Diagnostics) -> tuple[FileSet, Manifest]:
        return pipeline.make_own(config, base, diagnostics)

    materials = {
        name: Material(
            spec=base / (entry.spec or entry.protos[0]),
            protos=tuple(base / path for path in entry.protos),
            reading=pipeline.entry_reading(entry, base),
            face=entry.face,
            targets=entry.targets,
        )
        for name, entry in config.api.items()
    }
    # Generator, faces' sources and output live in one repository: hashes of code would be a conflict in every merge.
    out = (base / config.output).resolve()
    return Job(out=out, materials=materials, generate=generate, whole=True, names_generator=False)


def recorded_job(out: Path, spec: Path | None = None) -> Job:
    """The generation that the manifest in `out` records; `spec` says where its document stands now.

    Raises SpecError where there is no manifest of a single package, or the document is not found.
    """
    manifest = read_manifest(out)
    if manifest is None or len(manifest.apis) != 1:
        message = "no package that specbind made" if manifest is None else "not the output of one spec"
        hint = "give the folder that was --out of `specbind generate`; a configuration is checked without a folder"
        raise _failure(out, message, hint)
    (api,) = manifest.apis.values()
    origin = api.origin
    found = [spec] if spec else [out / path for path in origin.protos or (origin.spec,)]
    if not (origin.spec or origin.protos) or not all(
        path.is_file() or (origin.protos and path.is_dir()) for path in found
    ):
        message = "the document that the package was made from is not here"
        raise _failure(found[0], message, "say where with --spec FILE")
    reading = Reading(
        allow_partial=origin.allow_partial,
        allow_files=origin.allow_files,
        overlays=tuple(out / path for path in origin.overlays),
        include=origin.include,
        exclude=origin.exclude,
        proto_roots=tuple(out / path for path in origin.proto_roots),
    )
    return standalone_job(
        found,
        out,
        reading,
        target="typescript" if origin.targets == ("typescript",) else "python",
        package=origin.package,
        with_core=not origin.without_core,
        recorded=origin,
    )


def _failure(place: Path, message: str, hint: str) -> SpecError:
    return SpecError(Diagnostic(str(Code.NOT_GENERATED), Severity.ERROR, message, Place(str(place)), hint))


def _relative(path: Path, out: Path) -> str:
    """The way from the output to a file; the file's name alone where it would lead over the root of the file system."""
    here, there = out.resolve(), path.resolve()
    try:
        shared = Path(os.path.commonpath([here, there]))
    except ValueError:  # another drive
        return path.name
    if shared == shared.parent:
        return path.name
    return Path(os.path.relpath(there, here)).as_posix()


@cache
def generator_sha256(*folders: Path, versions: tuple[str, ...] = ()) -> str:
    """SHA-256 of the code of the generator, of the folders that an output has copies of, and of what it runs with."""
    own = [(name, path) for name, path in _files_below(_HERE) if name.partition("/")[0] not in _WITHOUT_EFFECT]
    code = _sha256_of([*own, *(found for folder in folders for found in _files_below(folder))])
    return hashlib.sha256("\n".join((code, *versions)).encode()).hexdigest()


def _versions() -> tuple[str, ...]:
    """Of what is no code of ours and decides what comes out: the formatter, and Python with its Unicode and `repr`."""
    return (formatter_version(), "python {}.{}".format(*sys.version_info[:2]))


def _files_below(path: Path) -> list[tuple[str, Path]]:
    """Every file of a package by its relative path, in order; or the module alone."""
    if not path.is_dir():
        return [(path.name, path)]
    found = (file for file in path.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return sorted((file.relative_to(path).as_posix(), file) for file in found)


def _sha256_of(files: Iterable[tuple[str, Path]]) -> str:
    """SHA-256 over names and contents; a file that is not there counts as empty."""
    sha256 = hashlib.sha256()
    for name, path in files:
        content = path.read_bytes() if path.is_file() else b""
        sha256.update(f"{hashlib.sha256(content).hexdigest()}  {name}\n".encode())
    return sha256.hexdigest()
