"""The command `specbind`."""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from msgspec.structs import replace

from .codes import DEGRADATIONS, Code, Weight
from .config import Target, load_config
from .diagnostics import Diagnostics, Severity, SpecError, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from .freshness import Freshness
    from .ir.model import Api
    from .jobs import Job
    from .pipeline import Reading

__all__ = ["main"]

_CONFIG = Path("specs/specbind.toml")
_SHOWN = 20
_SHOWN_ALIKE = 3  # findings of one code
_SPEC = "an OpenAPI document, a descriptor set (.binpb), or protos and folders of protos"
_EMULATORS = ("nodeodx", "supervisely", "vantiq", "viam")
_FORMATS = ("text", "json", "markdown")
_THRESHOLDS = ("breaking", "source", "any", "never")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; gives the exit status: 0 done, 1 the input or output is at fault, 2 the command line is.

    Of `diff` and `check` 1 is an answer (changes that break, output that is stale); 2 also means unusable input.
    """
    _open_streams()
    given = sys.argv[1:] if arguments is None else arguments
    options = _parser(given).parse_args(given)
    diagnostics = Diagnostics()
    try:
        status: int = options.run(options, diagnostics)
        sys.stdout.flush()
    except SpecError as error:
        diagnostics.add(error.diagnostic)
        status = getattr(options, "unusable", 1)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except OSError as error:
        return _output_failed(error, getattr(options, "unusable", 1))
    if _is_refused(options, diagnostics):
        status = 1
    _print_findings(diagnostics, verbose=getattr(options, "verbose", None), notes=getattr(options, "notes", False))
    return status


def _is_refused(options: argparse.Namespace, diagnostics: Diagnostics) -> bool:
    """Whether `--strict` was given and there is a degradation; all of them are errors then."""
    if not getattr(options, "strict", False):
        return False
    diagnostics.as_errors(DEGRADATIONS)
    return diagnostics.failed


def _open_streams() -> None:
    """Let streams that the caller has closed (`>&-`) lead nowhere; else their numbers would go to the next files."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115  # until the end


def _output_failed(error: OSError, status: int) -> int:
    """What we print cannot be written: its reader left, or a disk is full. Gives the exit status."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes once more at exit
    if not isinstance(error, BrokenPipeError):
        print(f"specbind: {error}", file=sys.stderr)
    return status


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="specbind", description="Typed Python bindings from OpenAPI documents and protos."
    )
    parser.add_argument("--version", action="version", version=f"specbind {version('specbind')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser(
        "generate", help="make a package from a spec, or our own SDKs from specs/specbind.toml"
    )
    command.add_argument(
        "spec", nargs="*", type=_document, help="an OpenAPI document, or protos; without it, the configuration's specs"
    )
    command.add_argument("--out", type=Path, help="folder of the new package (with SPEC)")
    command.add_argument("--target", choices=get_args(Target), help="language of the new package (default: python)")
    command.add_argument("--package", default="", help="import name; default: from the document's title")
    _add_reading_options(command)
    _add_strict_option(command, "write nothing")
    command.add_argument("--without-core", action="store_true", help="leave out retries, pages and transfers")
    command.add_argument("--config", type=Path, help=f"configuration (default: {_CONFIG})")
    command.add_argument(
        "--check", action="store_true", help="as `specbind check`: write nothing, exit 1 if the output is stale"
    )
    command.add_argument("--force", action="store_true", help="overwrite generated files that were edited by hand")
    command.add_argument("-v", "--verbose", action="store_true", help="show every note")
    command.set_defaults(run=_generate, parser=command)

    command = commands.add_parser("ir", help="print the language-neutral model of a spec as JSON")
    command.add_argument("spec", nargs="+", type=_document, help=_SPEC)
    _add_reading_options(command)
    command.set_defaults(run=_ir)

    command = commands.add_parser("inspect", help="say what stands in a spec, and what is wrong with it")
    command.add_argument("spec", nargs="+", type=_document, help=_SPEC)
    _add_reading_options(command)
    _add_strict_option(command, "exit 1")
    command.add_argument("-v", "--verbose", action="store_true", help="show every finding")
    command.set_defaults(run=_inspect, notes=True)

    _add_answering_commands(commands.add_parser)

    command = commands.add_parser("emulate", help="run an emulated server")
    emulators = command.add_subparsers(required=True, metavar="SYSTEM")
    for name in _EMULATORS:
        emulator = emulators.add_parser(name, help=f"emulate {name}")
        if "emulate" in given:  # other commands need no emulator
            module = import_module(f"specbind.emulators.{name}")
            module.configure(emulator)
            emulator.set_defaults(run=_emulate, module=module)
    return parser


def _document(text: str) -> Path:
    """A file with a document; what is meant for another kind of program is told at once."""
    if text.partition("://")[0].lower() in ("http", "https", "ftp", "file") and "://" in text:
        raise argparse.ArgumentTypeError(f"nothing is fetched: download {printable(text)} first, and give the file")
    if text == "-":
        raise argparse.ArgumentTypeError("standard input is not read: write the document to a file, and give that")
    return Path(text)


@contextlib.contextmanager
def _without_collection() -> Generator[None]:
    """No search for cycles: what a generation builds lives until its end; the search takes a fifth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _add_answering_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Commands whose exit status is the answer: 1 for a finding, 2 for input that cannot be used."""
    command = add("check", help="say whether generated files are up to date, and write nothing")
    command.add_argument(
        "out", nargs="?", type=Path, help="folder of a generated package; without it, the configuration's output"
    )
    command.add_argument(
        "--spec", type=_document, help="where the package's document stands now (default: as recorded)"
    )
    command.add_argument("--config", type=Path, help=f"configuration (default: {_CONFIG})")
    command.add_argument("-v", "--verbose", action="store_true", help="show every note")
    command.set_defaults(run=_check, parser=command, unusable=2)

    command = add("diff", help="say what changes between two versions of an API, and what it breaks")
    command.add_argument("old", type=_document, help="the former document, or a model that `specbind ir` printed")
    command.add_argument("new", type=_document, help="the document that takes its place")
    _add_reading_options(command)
    command.add_argument("--format", choices=_FORMATS, default="text", help="default: text")
    command.add_argument(
        "--fail-on",
        choices=_THRESHOLDS,
        default="breaking",
        help="exit 1 at this impact and above: breaking (default), source, any; or never",
    )
    command.add_argument("-v", "--verbose", action="store_true", help="show every note about the documents")
    command.set_defaults(run=_diff, unusable=2)


def _add_reading_options(command: argparse.ArgumentParser) -> None:
    _add_trust_options(command)
    command.add_argument(
        "--overlay",
        action="append",
        type=_document,
        default=[],
        metavar="FILE",
        help="apply an OAI Overlay (repeatable)",
    )
    selectors = "tag:NAME, path:GLOB or operation:GLOB (repeatable)"
    command.add_argument("--include", action="append", default=[], metavar="SELECTOR", help=f"keep only {selectors}")
    command.add_argument("--exclude", action="append", default=[], metavar="SELECTOR", help=f"leave out {selectors}")
    command.add_argument(
        "--proto-root",
        action="append",
        type=Path,
        default=[],
        metavar="DIR",
        help="folder that imports of protos start from (repeatable; default: the proto's folder)",
    )


def _add_strict_option(command: argparse.ArgumentParser, consequence: str) -> None:
    command.add_argument(
        "--strict", action="store_true", help=f"{consequence} where something would be looser than the spec says"
    )


def _add_trust_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--allow-partial", action="store_true", help="go on where something must be left out")
    command.add_argument("--allow-files", action="store_true", help="follow references to files in the spec's folder")


def _reading(options: argparse.Namespace) -> Reading:
    from .pipeline import Reading  # noqa: PLC0415  # see _generate

    return Reading(
        allow_partial=options.allow_partial,
        allow_files=options.allow_files,
        overlays=tuple(options.overlay),
        include=tuple(options.include),
        exclude=tuple(options.exclude),
        proto_roots=tuple(options.proto_root),
    )


@_without_collection()
def _lowered(spec: Path, diagnostics: Diagnostics, reading: Reading) -> Api:
    from . import pipeline  # noqa: PLC0415  # see _generate

    return pipeline.lower(spec, diagnostics, reading)


@_without_collection()
def _generate(options: argparse.Namespace, diagnostics: Diagnostics) -> int:
    from . import jobs  # noqa: PLC0415  # `specbind emulate` needs no Jinja and no YAML
    from .emit.fileset import write_files  # noqa: PLC0415
    from .freshness import freshness_of  # noqa: PLC0415

    _refuse_idle(options)
    if options.spec:
        out_given = options.out or options.parser.error("--out is needed with a spec")
        job = jobs.standalone_job(
            options.spec,
            out_given,
            _reading(options),
            target=options.target or "python",
            package=options.package,
            with_core=not options.without_core,
        )
    else:
        job = _configured(options.config)
    if options.check:
        if options.strict:
            job.make(diagnostics)  # what is not stale need not be generated, and says nothing
        return _report(job, freshness_of(job, diagnostics))
    found = None if options.force or options.strict else freshness_of(job, diagnostics)
    if found is not None and not found.stale:
        return _report(job, found)
    files, manifest = (found and found.made) or job.make(diagnostics)
    if _is_refused(options, diagnostics):
        return 1
    write_files(files, job.out, manifest, force=options.force)
    print(f"{job.out}: {len(files)} files, {manifest.operation_count} operations")
    return 0


def _configured(config: Path | None) -> Job:
    from . import jobs  # noqa: PLC0415  # see _generate

    path = config or _CONFIG
    return jobs.own_job(load_config(path), path.parent)


@_without_collection()
def _check(options: argparse.Namespace, diagnostics: Diagnostics) -> int:
    from . import jobs  # noqa: PLC0415  # see _generate
    from .freshness import freshness_of  # noqa: PLC0415

    if options.out is None and options.spec is not None:
        options.parser.error("--spec goes with OUT")
    if options.out is not None and options.config is not None:
        options.parser.error("--config goes without OUT")
    job = _configured(options.config) if options.out is None else jobs.recorded_job(options.out, options.spec)
    return _report(job, freshness_of(job, diagnostics))


def _refuse_idle(options: argparse.Namespace) -> None:
    """Options that would have no effect are a mistake of the command line."""
    if options.strict and options.allow_partial:
        options.parser.error("--strict lets nothing be left out, --allow-partial does")
    readings = ("allow_partial", "allow_files", "overlay", "include", "exclude", "proto_root")
    with_spec = ("out", "target", "package", "without_core", *readings)
    idle = ["config"] if options.spec else list(with_spec)
    for name in idle:
        if getattr(options, name):
            problem = "--config goes without SPEC" if name == "config" else f"--{name.replace('_', '-')} needs SPEC"
            options.parser.error(problem)
    if options.without_core and options.target not in {None, "python"}:
        options.parser.error("--without-core goes with --target python")


def _report(job: Job, found: Freshness) -> int:
    for line in found.stale[:_SHOWN]:
        print(printable(line), file=sys.stderr)
    if len(found.stale) > _SHOWN:
        print(f"... and {len(found.stale) - _SHOWN} more", file=sys.stderr)
    for reason in found.reasons:
        print(f"why: {printable(reason)}", file=sys.stderr)
    if found.stale:
        print(f"{len(found.stale)} generated files are not up to date: generate again", file=sys.stderr)
        return 1
    print(f"{job.out}: up to date, {found.files} files, {found.operations} operations")
    return 0


def _ir(options: argparse.Namespace, diagnostics: Diagnostics) -> int:
    from .ir.model import dump  # noqa: PLC0415

    sys.stdout.buffer.write(dump(_lowered(options.spec, diagnostics, _reading(options))))
    return 0


def _inspect(options: argparse.Namespace, diagnostics: Diagnostics) -> int:
    from . import pipeline  # noqa: PLC0415  # see _generate
    from .inspect import summary  # noqa: PLC0415

    try:  # what would be left out is no reason to say nothing of the rest
        api = _lowered(options.spec, diagnostics, replace(_reading(options), allow_partial=True))
        pipeline.check_names(api, diagnostics)
        print(summary(api))
    finally:
        if not options.allow_partial:
            diagnostics.as_errors({str(code) for code in Code if code.weight is Weight.LOSS})
    return 1 if diagnostics.failed else 0


@_without_collection()
def _diff(options: argparse.Namespace, diagnostics: Diagnostics) -> int:
    from . import pipeline  # noqa: PLC0415  # see _generate
    from .compat import compare, locate, render  # noqa: PLC0415

    reading = _reading(options)
    sides = Diagnostics(), Diagnostics()
    try:
        old, new = (
            pipeline.lower_or_load(
                path, found, replace(reading, proto_roots=_roots_of(path, other, options.proto_root))
            )
            for path, other, found in zip((options.old, options.new), (options.new, options.old), sides, strict=True)
        )
        comparison = compare(old, new, sides)
        sys.stdout.write(render(comparison, locate(comparison, *sides), options.format))
    finally:
        for found in sides:
            found.fill_places()
            diagnostics.extend(found)
    return 1 if comparison.reaches(options.fail_on) else 0


def _roots_of(document: Path, other: Path, roots: Sequence[Path]) -> tuple[Path, ...]:
    """The include roots of one of two documents: not those that hold only the other, with files of the same names."""

    def holds(root: Path, path: Path) -> bool:
        folder = os.path.abspath(root)  # noqa: PTH100  # without `..`, and links as they are named
        return Path(os.path.abspath(path)).is_relative_to(folder)  # noqa: PTH100  # as above

    return tuple(root for root in roots if holds(root, document) or not holds(root, other))


def _emulate(options: argparse.Namespace, _: Diagnostics) -> int:
    status: int = options.module.main(options)
    return status


def _print_findings(diagnostics: Diagnostics, *, verbose: bool | None, notes: bool = False) -> None:
    """Findings on stderr, the worst last and those of one code together: a few of each, but up to twenty errors whole.

    Notes are counted; with `notes` they are shown as warnings are. `verbose` is None for commands without that option.
    """
    diagnostics.fill_places()
    hint = "" if verbose is None else " (--verbose shows them)"
    for severity in (Severity.NOTE, Severity.WARNING, Severity.ERROR):
        found = [item for item in diagnostics if item.severity is severity]
        if severity is Severity.NOTE and not (verbose or notes):
            if found:
                print(f"{len(found)} note{'s' * (len(found) > 1)}{hint}", file=sys.stderr)
            continue
        few = severity is Severity.ERROR and len(found) <= _SHOWN
        limit = len(found) if verbose or few else _SHOWN_ALIKE
        for code in [""] if verbose else dict.fromkeys(item.code for item in found):
            items = [item for item in found if code in ("", item.code)]
            for item in items[:limit]:
                print(item, file=sys.stderr)
            if len(items) > limit:
                print(f"... and {len(items) - limit} more {code}{hint}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
