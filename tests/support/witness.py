"""The one way for a test to ask for something that may be absent: other people's programs and collections of documents.

A test that lacks a witness is skipped with the reason. With SPECBIND_REQUIRE_WITNESSES=1 it fails instead, unless
`.ci/allowed-skips.txt` names the witness. Every skip of the suite goes this way; `tests/conftest.py` sees to it.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

__all__ = [
    "ROOT",
    "allowed_skips",
    "interop_python",
    "missing",
    "program",
    "shared_path",
    "skip_is_allowed",
    "witnesses_required",
]

ROOT = Path(__file__).resolve().parents[2]
"""The repository."""

_ALLOWED = ROOT / ".ci" / "allowed-skips.txt"
_PREFIX = "no witness "


def witnesses_required() -> bool:
    """Whether a missing witness is a failure."""
    return os.environ.get("SPECBIND_REQUIRE_WITNESSES") == "1"


def allowed_skips(path: Path = _ALLOWED) -> dict[str, str]:
    """Witnesses that may always be missing, with the reason."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition(" ") for line in lines if line and not line.startswith("#"))
    return {name: reason.strip() for name, _, reason in pairs}


def skip_is_allowed(message: str) -> bool:
    """Whether a test may be skipped with this message where witnesses are required."""
    name = message.removeprefix("Skipped: ").removeprefix(_PREFIX).partition(":")[0]
    return _PREFIX in message and name in allowed_skips()


def missing(witness: str, reason: str) -> NoReturn:
    """End the test that needs `witness`: skipped, or failed where witnesses are required."""
    message = f"{_PREFIX}{witness}: {reason}"
    if witnesses_required() and not skip_is_allowed(message):
        pytest.fail(message, pytrace=False)
    pytest.skip(message, allow_module_level=True)


def shared_path(*parts: str) -> Path:
    """A file or folder of the shared collection: below SPECBIND_SHARED, or `shared` beside the repository."""
    base = Path(os.environ.get("SPECBIND_SHARED") or ROOT.parent / "shared")
    path = base.joinpath(*parts)
    if not path.exists():
        missing("shared", f"{'/'.join(parts) or 'the collection'} is not there; SPECBIND_SHARED says where it is")
    return path


def program(name: str) -> Path:
    """An executable on the PATH."""
    found = shutil.which(name)
    if found is None:
        missing(name, "it is not installed")
    return Path(found)


def interop_python(name: str) -> Path:
    """The Python of the environment in which an official client is installed."""
    folder = ROOT / ".interop" / name
    path = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not (path.exists() and (folder / ".installed").exists()):  # the stamp comes last
        missing(name, "its environment is made by `make interop`")
    return path
