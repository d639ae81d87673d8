"""Python in ruff's form, all files of a generation in one run: for the Python target and for faces."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from specbind.generator.codes import Code
from specbind.generator.diagnostics import Diagnostic, Severity, SpecError

if TYPE_CHECKING:
    from .fileset import FileSet

__all__ = ["format_python", "formatter_version"]


def format_python(files: FileSet) -> None:
    """Bring every Python file into ruff's form, in one run. Raises SpecError if one does not parse."""
    wanted = files.formattable(".py")
    if not wanted:
        return
    with tempfile.TemporaryDirectory(prefix="specbind-") as folder:
        root = Path(folder)
        files.write(root, wanted)
        _ruff(["format", "--isolated", "--no-cache", "--line-length=120", "--target-version=py311", "."], root)
        for path in wanted:
            files.reform(path, (root / path).read_bytes())


@cache
def formatter_version() -> str:
    """What the ruff that would be run says of itself; "" where there is none, or it does not start."""
    found = _ruff_path()
    if found is None:
        return ""
    try:
        return subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603  # no shell, our words
    except (OSError, subprocess.CalledProcessError):
        return ""


def _ruff_path() -> str | None:
    return shutil.which("ruff", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))


def _ruff(arguments: list[str], folder: Path) -> None:
    found = _ruff_path()
    if found is None:
        raise _failure(Code.FORMATTER, "ruff is not installed", "pip install 'specbind[generator]'")
    command = [found, *arguments]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603  # no shell, our words
    if run.returncode:
        first = (run.stderr or run.stdout).strip().splitlines()[:3]
        raise _failure(
            Code.OUTPUT_SYNTAX,
            f"the generated code does not parse: {' / '.join(first)}",
            "this is a fault of specbind",
        )


def _failure(code: Code, message: str, hint: str) -> SpecError:
    return SpecError(Diagnostic(str(code), Severity.ERROR, message, hint=hint))
