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
from .emit.formatting import format_python
from .emit.manifest import Manifest, ManifestApi, ManifestOperation, Origin
from .emit.text import identifier
from .faces import FaceError, render_face
from .ir.model import SCHEMA_VERSION, HttpBinding, dump, load
from .openapi import read_api
from .passes import open_recursive_aliases, run_passes, select
from .source import MAX_BYTES
from .targets.python import proto as python_proto
from .targets.python.generate import generate_package, generate_standalone, runtime_files
from .targets.python.names import value_name
from .targets.python.package import plan_package
from .targets.python.reserved import KEYWORDS
from .targets.typescript import generate as typescript

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .config import ApiConfig, Config, Target
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
    `path:GLOB`, `operation:GLOB`) of the operations that are kept. `proto_roots` are the folders that imports of
    protos start from.
    """

    allow_partial: bool = False
    allow_files: bool = False
    overlays: tuple[Path, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    proto_roots: tuple[Path, ...] = ()


def lower(
    specs: Path | Sequence[Path],
    diagnostics: Diagnostics,
    reading: Reading = Reading(),  # noqa: B008  # frozen
    *,
    name: str = "",
) -> Api:
    """The Api of a spec, all passes done: of an OpenAPI document, of a descriptor set, or of any number of protos.

    Raises SpecError if any error was found.
    """
    files = [specs] if isinstance(specs, Path) else list(specs)
    diagnostics.file = files[0].as_posix()
    api = _read(files, diagnostics, reading, name)
    api = run_passes(select(api, reading.include, reading.exclude, diagnostics), diagnostics)
    for found in diagnostics:
        if found.severity is Severity.ERROR:
            raise SpecError(found)
    return api


_DESCRIPTOR_SETS = {".binpb", ".protoset", ".fds", ".desc", ".pb"}


def is_of_protos(files: Sequence[Path], reading: Reading) -> bool:
    """Whether specs are protos or folders of protos, not a document or a descriptor set."""
    first = files[0]
    if len(files) == 1 and first.suffix in _DESCRIPTOR_SETS:
        return False
    named = first.suffix == ".proto" or (first.is_dir() and next(first.rglob("*.proto"), None) is not None)
    return named or bool(reading.proto_roots)


def _read(files: list[Path], diagnostics: Diagnostics, reading: Reading, name: str) -> Api:
    first = files[0]
    if is_of_protos(files, reading):
        from .proto import read_protos  # noqa: PLC0415  # a document needs no betterproto

        return read_protos(
            files, diagnostics, roots=reading.proto_roots, name=name, allow_partial=reading.allow_partial
        )
    if len(files) > 1:
        place, hint = Place(files[1].as_posix()), "several files are read together only if they are protos"
        raise SpecError(Diagnostic(str(Code.UNREADABLE), Severity.ERROR, "one spec at a time", place, hint))
    if first.suffix in _DESCRIPTOR_SETS:
        from .proto import read_descriptor_set  # noqa: PLC0415  # as above: a document needs none

        return read_descriptor_set(first, diagnostics, name=name, allow_partial=reading.allow_partial)
    return read_api(
        first,
        diagnostics,
        name=name,
        allow_partial=reading.allow_partial,
        allow_files=reading.allow_files,
        overlays=reading.overlays,
    )


_SUFFIX_OF_MODELS = ".json"


def lower_or_load(path: Path, diagnostics: Diagnostics, reading: Reading = Reading()) -> Api:  # noqa: B008  # frozen
    """The Api of a spec, or of a model that `specbind ir` printed, to be walked through: every alias in it has an end.

    Raises SpecError.
    """
    api = _load_model(path)
    if api is None:
        return open_recursive_aliases(lower(path, diagnostics, reading), diagnostics)
    diagnostics.file = path.as_posix()
    try:
        api = run_passes(select(api, reading.include, reading.exclude, diagnostics), diagnostics)
        return open_recursive_aliases(api, diagnostics)
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
    specs: Path | Sequence[Path],
    diagnostics: Diagnostics,
    reading: Reading = Reading(),  # noqa: B008  # frozen
    *,
    target: Target = "python",
    package: str = "",
    with_core: bool = True,
) -> tuple[FileSet, Manifest]:
    """The project for somebody's own spec in the language `target`, formatted, and its manifest.

    `with_core` is for Python alone.
    """
    if package:
        _check_package_name(package)
    api = lower(specs, diagnostics, reading)
    if not any(service.operations for service in api.services) and not api.webhooks and not api.files:
        text = "the document has no operations: the package will have types only"
        place = Place(diagnostics.file, pointer="#/paths")
        diagnostics.add(Diagnostic(str(Code.NO_OPERATIONS), Severity.WARNING, text, place))
    name = package or value_name(api.name, "api").strip("_")
    if not package and name in _TAKEN_MODULES:
        name = f"{name}_api"
    if api.files:
        _refuse_other_than_python(target, diagnostics.file)
        files = python_proto.generate_standalone(api, identifier(name), diagnostics, runtime_files(messages=True))
        format_python(files)
        return files, manifest_of({name: api})
    if target == "typescript":
        return typescript.generate_standalone(api, name, diagnostics), manifest_of({name: api})
    api = open_recursive_aliases(api, diagnostics)  # no alias of Python may mention itself
    files = generate_standalone(api, identifier(name), diagnostics, core=core_folder() if with_core else None)
    format_python(files)
    return files, manifest_of({name: api})


_LONGEST_NAME = 100
_TAKEN_MODULES = sys.stdlib_module_names | {"aiohttp", "google", "grpclib", "msgspec", "multidict", "specbind", "yarl"}


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
    if api.files:
        python_proto.plan_protos(api, diagnostics, runtime_levels=0)
        return
    api = open_recursive_aliases(api, diagnostics)
    plan_package(api, identifier("checked"), diagnostics, runtime_levels=0, with_core=False)


def make_own(config: Config, base: Path, diagnostics: Diagnostics) -> tuple[FileSet, Manifest]:
    """Everything below `generated/`: IR, vectors, packages, runtimes and faces of the APIs of a configuration."""
    files = FileSet()
    bindings = "python/specbind/bindings"
    messages = any(entry.protos for entry in config.api.values())
    files.update(runtime_files(messages=messages), under=f"{bindings}/_runtime")
    apis: dict[str, Api] = {}
    for name, entry in sorted(config.api.items()):
        specs = [base / path for path in entry.protos] or [base / entry.spec]
        api = apis[name] = lower(specs, diagnostics, entry_reading(entry, base), name=name)
        files.add(f"ir/{name}.json", dump(api))
        if api.files:
            for target in entry.targets:
                _refuse_other_than_python(target, diagnostics.file)
            files.update(python_proto.generate_package(api, diagnostics, runtime_levels=1), under=f"{bindings}/{name}")
        else:
            files.add(f"vectors/{name}.json", vectors.dump(api))
            _add_packages(files, api, name, entry, diagnostics)
        if entry.face:
            files.add(f"python/specbind/faces/{name}.py", _face(entry, base / config.overlays))
    if any("typescript" in entry.targets for entry in config.api.values()):
        files.update(typescript.shared_files(), under="typescript")
    if any(entry.face for entry in config.api.values()):
        files.add("python/specbind/faces/py.typed", "")
    format_python(files)
    return files, manifest_of(apis)


def _add_packages(files: FileSet, api: Api, name: str, entry: ApiConfig, diagnostics: Diagnostics) -> None:
    if "python" in entry.targets:
        opened = open_recursive_aliases(api, diagnostics)
        package = generate_package(opened, identifier(name), diagnostics, runtime_levels=1)
        files.update(package, under=f"python/specbind/bindings/{name}")
    if "typescript" in entry.targets:
        files.update(typescript.generate_package(api, name, diagnostics), under=f"typescript/{name}")


def _refuse_other_than_python(target: Target, file: str) -> None:
    """Raises SpecError where protos are to come out in a language that has no messages yet."""
    if target != "python":
        message = f"protos do not come out as {target} yet"
        raise SpecError(
            Diagnostic(str(Code.CONFIGURATION), Severity.ERROR, message, Place(file), "python is the target")
        )


def entry_reading(entry: ApiConfig, base: Path) -> Reading:
    """How the spec of an entry of a configuration is read; `base` is the configuration's folder."""
    overlays = tuple(base / path for path in entry.spec_overlays)
    roots = tuple(base / path for path in entry.proto_roots)
    return Reading(overlays=overlays, include=entry.include, exclude=entry.exclude, proto_roots=roots)


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
        ManifestOperation(
            operation.id,
            service.id,
            operation.binding.method if isinstance(operation.binding, HttpBinding) else "POST",
            operation.binding.path,
        )
        for service in api.services
        for operation in service.operations
    )
    return ManifestApi(api.spec_sha256, api.title, api.version, operations, Origin(files=api.spec_files))
