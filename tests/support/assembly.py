"""The example package `petstore` with the runtime beside it, as the generator lays it out."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

__all__ = ["assemble", "importable"]

HERE = Path(__file__).resolve().parent
RUNTIME = HERE.parents[1] / "generator/specbind/generator/targets/python/_runtime"


def assemble(folder: Path) -> Path:
    """Copy the package and the runtime below `folder`, and give the package's folder."""
    ignored = shutil.ignore_patterns("__pycache__", ".ruff_cache", "ruff.toml")
    package = shutil.copytree(HERE / "petstore", folder / "petstore", ignore=ignored)
    shutil.copytree(RUNTIME, package / "_runtime", ignore=ignored)
    return package


def importable(folder: Path) -> None:
    """Make `import petstore` find the package below `folder`."""
    if "petstore" not in sys.modules:
        assemble(folder)
        sys.path.insert(0, str(folder))
