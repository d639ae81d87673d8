"""Source, Document, Api, Plan, FileSet: the stages of a generation in a row."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, Struct

from . import vectors
from .codes import Code
from .diagnostics import Diagnostic, Place, Severity, SpecError, printable
from .emit.fileset import FileSet
from .emit.manifest import Manifest, ManifestApi, ManifestOperation, Origin
from .emit.text import identifier
from .faces import FaceError, render_face
from .ir.model import SCHEMA_VERSION, HttpBinding, dump, load
from .openapi import read_api
from .passes import run_passes, select
from .source import MAX_BYTES
from .targets.python.generate import generate_package, generate_standalone, runtime_files
from .targets.python.names import value_name
from .targets.python.package import plan_package
from .targets.python.reserved import KEYWORDS

if TYPE_CHECKING:
    from .config import ApiConfig, Config
    from .diagnostics import Diagnostics
    from .ir.model import Api

__all__ = [
    "Reading",
    "check_names",
    "core_folder",
    "entry_reading",
    "lower",
    "lower_or_load",
    "make_own",
    "make_standalone",
    "manifest_of",
]


class Reading(Struct, frozen=True, kw_only=True):
    """How a spec is read.

    `overlays` are OAI Overlay documents, applied in order; `include` and `exclude` are selectors (`tag:NAME`,
    `path:GLOB`, `operation:GLOB`) of the operations that are kept.
    """

    allow_partial: bool = False
    allow_files: bool = False
    overlays: tuple[Path, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


def lower(spec: Path, diagnostics: Diagnostics, reading: Reading = Reading(), *, name: str = "") -> Api:  # noqa: B008
    """The Api of a spec, all passes done. Raises SpecError if any error was found."""
    diagnostics.file = spec.as_posix()
    api = read_api(
        spec,
        diagnostics,
        name=name,
        allow_partial=reading.allow_partial,
        allow_files=reading.allow_files,
        overlays=reading.overlays,
    )
    api = run_passes(select(api, reading.include, reading.exclude, diagnostics), diagnostics)
    for found in diagnostics:
        if found.severity is Severity.ERROR:
            raise SpecError(found)
    return api


_SUFFIX_OF_MODELS = ".json"


def lower_or_load(path: Path, diagnostics: Diagnostics, reading: Reading = Reading()) -> Api:  # noqa: B008  # frozen
    """The Api of a spec, or of a model that `specbind ir` printed. Raises SpecError."""
    api = _load_model(path)
    if api is None:
        return lower(path, diagnostics, reading)
    diagnostics.file = path.as_posix()
    try:
        return run_passes(select(api, reading.include, reading.exclude, diagnostics), diagnostics)
    except RecursionError:
        raise _bad_model(path, "types are nested too deeply") from None


def _load_model(path: Path) -> Api | None:
    """The model in a file; None for what is none."""
    if path.suffix != _SUFFIX_OF_MODELS:
        return None
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        head = msgspec.json.decode(content, type=_Head)
    except (OSError, ValueError, RecursionError, msgspec.MsgspecError):
        return None  # the reader of documents says what is wrong
    if not isinstance(head.schema, int) or head.openapi is not UNSET or head.swagger is not UNSET:
        return None
    problem = f"version {head.schema} of the model" if head.schema != SCHEMA_VERSION else ""
    if not problem:
        try:
            return load(content)
        except (msgspec.MsgspecError, RecursionError) as error:
            problem = printable(str(error))
    raise _bad_model(path, problem)


def _bad_model(path: Path, problem: str) -> SpecError:
    message = f"a model that cannot be read: {problem}"
    hint = "print it anew with `specbind ir`, of the same version"
    return SpecError(Diagnostic(str(Code.MODEL), Severity.ERROR, message, Place(path.as_posix()), hint))


class _Head(Struct):
    """What tells a model from a document."""

    schema: object = UNSET
    openapi: object = UNSET
    swagger: object = UNSET


def make_standalone(
    spec: Path,
    diagnostics: Diagnostics,
    reading: Reading = Reading(),  # noqa: B008  # frozen
    *,
    package: str = "",
    with_core: bool = True,
) -> tuple[FileSet, Manifest]:
    """The project for somebody's own spec, formatted, and its manifest."""
    if package:
        _check_package_name(package)
    api = lower(spec, diagnostics, reading)
    if not any(service.operations for service in api.services) and not api.webhooks:
        text = "the document has no operations: the package will have types only"
        diagnostics.add(
            Diagnostic(str(Code.NO_OPERATIONS), Severity.WARNING, text, Place(spec.as_posix(), pointer="#/paths"))
        )
    name = package or value_name(api.name, "api").strip("_")
    if not package and name in _TAKEN_MODULES:
        name = f"{name}_api"
    files = generate_standalone(api, identifier(name), diagnostics, core=core_folder() if with_core else None)
    files.format()
    return files, manifest_of({name: api})


_LONGEST_NAME = 100
_TAKEN_MODULES = sys.stdlib_module_names | {"aiohttp", "msgspec", "multidict", "specbind", "yarl"}


def _check_package_name(package: str) -> None:
    """Raises SpecError for a name that cannot be imported, or that would hide a module which the package needs."""
    problem, hint = "", ""
    known = package.isascii() and package.isidentifier() and package not in KEYWORDS
    if not known or package != package.strip("_") or len(package) > _LONGEST_NAME:
        problem, hint = "is no package name", f"{value_name(package, 'api_')} would do"
    elif package in _TAKEN_MODULES:
        problem, hint = "is the name of another module, which the package would hide", f"{package}_api would do"
    if problem:
        raise SpecError(
            Diagnostic(
                str(Code.PACKAGE_NAME), Severity.ERROR, f"--package: {package!r} {problem}", Place("--package"), hint
            )
        )


def check_names(api: Api, diagnostics: Diagnostics) -> None:
    """Add what the Python target would say of the Api, such as names that collide."""
    plan_package(api, identifier("checked"), diagnostics, runtime_levels=0, with_core=False)


def make_own(config: Config, base: Path, diagnostics: Diagnostics) -> tuple[FileSet, Manifest]:
    """Everything below `generated/`: IR, bindings, runtime and faces of the APIs of a configuration."""
    files = FileSet()
    bindings = "python/specbind/bindings"
    files.update(runtime_files(), under=f"{bindings}/_runtime")
    apis: dict[str, Api] = {}
    for name, entry in sorted(config.api.items()):
        api = apis[name] = lower(base / entry.spec, diagnostics, entry_reading(entry, base), name=name)
        files.add(f"ir/{name}.json", dump(api))
        files.add(f"vectors/{name}.json", vectors.dump(api))
        package = generate_package(api, identifier(name), diagnostics, runtime_levels=1)
        files.update(package, under=f"{bindings}/{name}")
        if entry.face:
            files.add(f"python/specbind/faces/{name}.py", _face(entry, base / config.overlays))
    if any(entry.face for entry in config.api.values()):
        files.add("python/specbind/faces/py.typed", "")
    files.format()
    return files, manifest_of(apis)


def entry_reading(entry: ApiConfig, base: Path) -> Reading:
    """How the spec of an entry of a configuration is read; `base` is the configuration's folder."""
    overlays = tuple(base / path for path in entry.spec_overlays)
    return Reading(overlays=overlays, include=entry.include, exclude=entry.exclude)


def _face(entry: ApiConfig, overlays: Path) -> str:
    path = overlays.joinpath(*entry.face.split("."))
    source = path if path.is_dir() else path.with_suffix(".py")
    try:
        return render_face(source, entry.face)
    except (FaceError, OSError, SyntaxError) as error:
        raise SpecError(
            Diagnostic(str(Code.FACE), Severity.ERROR, f"no face of {entry.face}: {error}", Place(str(source)))
        ) from error


def core_folder() -> Path:
    """Where specbind.core stands in this installation."""
    import specbind.core  # noqa: PLC0415  # only a stand-alone package needs it

    return Path(str(specbind.core.__file__)).parent


def manifest_of(apis: dict[str, Api]) -> Manifest:
    """The manifest of an output: generator, specs, every operation."""
    return Manifest(version=version("specbind"), apis={name: _manifest_api(api) for name, api in apis.items()})


def _manifest_api(api: Api) -> ManifestApi:
    operations = tuple(
        ManifestOperation(operation.id, service.id, binding.method, binding.path)
        for service in api.services
        for operation in service.operations
        if isinstance(binding := operation.binding, HttpBinding)
    )
    return ManifestApi(api.spec_sha256, api.title, api.version, operations, Origin(files=api.spec_files))
