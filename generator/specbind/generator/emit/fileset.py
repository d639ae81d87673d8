"""The files of one generation: collected in memory, formatted once, then moved into place together."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from specbind.generator.codes import Code as Finding
from specbind.generator.diagnostics import Diagnostic, Place, Severity, SpecError

from .manifest import MANIFEST, Manifest, manifest_text, read_manifest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

__all__ = ["FileSet", "write_files"]

_SAFE_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\Z")


class FileSet:
    """Path -> content. Paths are relative, of safe letters, and no path is given twice."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}
        self._verbatim: set[str] = set()

    def add(self, path: str, content: str | bytes, *, verbatim: bool = False) -> None:
        """Add a file. `verbatim` files are not formatted. Raises ValueError for a path that is unsafe or taken."""
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or not all(_SAFE_PART.match(part) for part in parts):
            raise ValueError(f"unsafe path in the output: {path!r}")
        if path in self._files:
            raise ValueError(f"two files want the same path: {path!r}")
        self._files[path] = content.encode() if isinstance(content, str) else content
        if verbatim:
            self._verbatim.add(path)

    def update(self, other: FileSet, under: str = "") -> None:
        """Add all files of another set below a folder."""
        for path, content in other._files.items():
            self.add(f"{under}/{path}" if under else path, content, verbatim=path in other._verbatim)

    def __getitem__(self, path: str) -> bytes:
        return self._files[path]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._files))

    def __len__(self) -> int:
        return len(self._files)

    def hashes(self) -> dict[str, str]:
        """SHA-256 of every file by path."""
        return {path: hashlib.sha256(self._files[path]).hexdigest() for path in self}

    def format(self) -> None:
        """Bring every Python file into ruff's form, in one run. Raises SpecError if one does not parse."""
        wanted = [path for path in self if path.endswith(".py") and path not in self._verbatim]
        if not wanted:
            return
        with tempfile.TemporaryDirectory(prefix="specbind-") as folder:
            root = Path(folder)
            self._write(root, wanted)
            _ruff(["format", "--isolated", "--no-cache", "--line-length=120", "--target-version=py311", "."], root)
            for path in wanted:
                self._files[path] = (root / path).read_bytes()

    def _write(self, root: Path, paths: list[str]) -> None:
        for path in paths:
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(self._files[path])

    def write(self, root: Path) -> None:
        """Write every file below `root`, which is created."""
        root.mkdir(parents=True, exist_ok=True)
        self._write(root, list(self))


def _ruff(arguments: list[str], folder: Path) -> None:
    found = shutil.which("ruff", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if found is None:
        raise _failure(Finding.FORMATTER, "ruff is not installed", "pip install 'specbind[generator]'")
    command = [found, *arguments]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603  # no shell, our words
    if run.returncode:
        first = (run.stderr or run.stdout).strip().splitlines()[:3]
        raise _failure(
            Finding.OUTPUT_SYNTAX,
            f"the generated code does not parse: {' / '.join(first)}",
            "this is a fault of specbind",
        )


def _failure(code: Finding, message: str, hint: str, place: Place | None = None) -> SpecError:
    return SpecError(Diagnostic(str(code), Severity.ERROR, message, place or Place(), hint))


def write_files(files: FileSet, out: Path, manifest: Manifest, *, force: bool = False) -> None:
    """Put the files and a manifest of them below `out`. A new folder appears at once, whole or not at all; over an
    earlier generation every file is written beside it first, then each takes its place, the manifest last.

    A folder that is not empty is taken only if an earlier manifest stands in it. Files that the earlier manifest
    lists and that are no longer made are removed; files that it does not list are left alone. Raises SpecError if a
    generated file was edited by hand (unless `force`), if a file of somebody else is in the way, or if `out` cannot be
    written.
    """
    with _reporting(out):
        if out.is_symlink() or (out.exists() and not out.is_dir()):
            raise _failure(
                Finding.OUTPUT_KIND, "the output is not a folder", "choose another --out", Place(file=str(out))
            )
        listed = read_manifest(out)
        old = None if listed is None else listed.files
        lost = sorted(set(listed.apis) - set(manifest.apis)) if listed is not None else []
        if lost and not force:
            raise _failure(
                Finding.OTHER_GENERATION,
                f"the folder holds another generation ({', '.join(lost)}), which would be removed",
                "choose another --out; --force replaces it",
                Place(file=str(out)),
            )
        _refuse_foreign(files, out, old, force=force)
        out.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
        try:
            files.write(staged)
            (staged / MANIFEST).write_bytes(manifest_text(manifest, files.hashes()))
            _move(files, staged, out, old)
        finally:
            shutil.rmtree(staged, ignore_errors=True)


@contextmanager
def _reporting(out: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise _failure(
            Finding.OUTPUT,
            f"cannot write the output: {error.strerror}",
            "choose another --out",
            Place(file=str(error.filename or out)),
        ) from error


def _refuse_foreign(files: FileSet, out: Path, old: dict[str, str] | None, *, force: bool) -> None:
    if old is None:
        if out.is_dir() and any(out.iterdir()):
            raise _failure(
                Finding.OUTPUT_TAKEN,
                "the folder is not empty and was not made by specbind",
                "choose an empty folder",
                Place(file=str(out)),
            )
        return
    for path in {**dict.fromkeys(files), **old}:
        target = out / path
        if not target.is_file() or not target.resolve().is_relative_to(out.resolve()):
            continue
        if path not in old:
            raise _failure(
                Finding.FILE_TAKEN, "a file of somebody else is in the way", "move it away", Place(file=str(target))
            )
        if not force and hashlib.sha256(target.read_bytes()).hexdigest() != old[path]:
            raise _failure(
                Finding.FILE_EDITED,
                "a generated file was edited by hand",
                "keep own code outside the generated folder; --force overwrites",
                Place(file=str(target)),
            )


def _move(files: FileSet, staged: Path, out: Path, old: dict[str, str] | None) -> None:
    if not out.exists():
        staged.rename(out)
        out.chmod(0o755)
        return
    for path in [*files, MANIFEST]:
        target = out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        (staged / path).replace(target)
    for stale in sorted(set(old or ()) - set(files)):
        target = (out / stale).resolve()
        if target.is_relative_to(out.resolve()):
            target.unlink(missing_ok=True)
            for folder in target.parents:
                if folder == out.resolve() or (folder.is_dir() and any(folder.iterdir())):
                    break
                if folder.is_dir():
                    folder.rmdir()
