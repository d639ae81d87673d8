"""Makes the example package importable as `petstore`."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import pytest
from tests.support.assembly import importable
from tests.support.witness import program

_folder = tempfile.TemporaryDirectory(prefix="specbind-tests-")
importable(Path(_folder.name))


def pytest_unconfigure() -> None:
    """Remove the copy."""
    _folder.cleanup()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost that nobody signed, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    found = folder / "cert.pem", folder / "key.pem"
    options = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost"]
    files = ["-out", str(found[0]), "-keyout", str(found[1])]
    subprocess.run([program("openssl"), "req", *options, *names, *files], check=True, capture_output=True)
    return found
