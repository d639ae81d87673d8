"""The files of the repository, for the tests of the house."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
IMPORT_ROOTS = ("generator", "generated/python", "overlays/python")
_NOT_OURS = {"__pycache__", "node_modules", "dist"}


@cache
def tracked_files() -> tuple[Path, ...]:
    """What git tracks or would track; without git, every file outside of caches and environments."""
    if shutil.which("git") and (ROOT / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        paths = [ROOT / name for name in listed.split("\0") if name]
    else:
        paths = []
        for folder, folders, names in os.walk(ROOT):
            folders[:] = [name for name in folders if name not in _NOT_OURS and (name == ".ci" or name[0] != ".")]
            paths.extend(Path(folder, name) for name in names)
    return tuple(sorted(path for path in paths if path.is_file()))


def relative(path: Path) -> str:
    """The path below the repository, with slashes."""
    return path.relative_to(ROOT).as_posix()


@cache
def python_modules() -> dict[str, Path]:
    """Dotted name -> file, for everything that can be imported as part of `specbind`."""
    found: dict[str, Path] = {}
    for path in tracked_files():
        name = relative(path)
        for root in IMPORT_ROOTS:
            if name.startswith(f"{root}/specbind/") and name.endswith(".py"):
                dotted = name.removeprefix(f"{root}/").removesuffix(".py").replace("/", ".")
                found[dotted.removesuffix(".__init__")] = path
    return found


def hand_written(path: Path) -> bool:
    """Whether a Python file is written by people."""
    name = relative(path)
    expected_output = name.startswith("tests/cases/") and "/expected/" in name
    return name.endswith(".py") and not name.startswith("generated/") and not expected_output


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))
