"""Makes the example package importable as `petstore`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.support.assembly import importable

_folder = tempfile.TemporaryDirectory(prefix="specbind-tests-")
importable(Path(_folder.name))


def pytest_unconfigure() -> None:
    """Remove the copy."""
    _folder.cleanup()
