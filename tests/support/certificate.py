"""Certificates for servers of this machine."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from tests.support.witness import program

if TYPE_CHECKING:
    from pathlib import Path


def localhost_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost that nobody signed, and its key."""
    found = folder / "cert.pem", folder / "key.pem"
    options = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost"]
    files = ["-out", str(found[0]), "-keyout", str(found[1])]
    subprocess.run([program("openssl"), "req", *options, *names, *files], check=True, capture_output=True)
    return found
