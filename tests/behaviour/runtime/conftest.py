"""Makes the example package importable as `petstore`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from tests.support.assembly import importable
from tests.support.certificate import localhost_certificate

_folder = tempfile.TemporaryDirectory(prefix="specbind-tests-")
importable(Path(_folder.name))


def pytest_unconfigure() -> None:
    """Remove the copy."""
    _folder.cleanup()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost that nobody signed, and its key."""
    return localhost_certificate(tmp_path_factory.mktemp("tls"))
