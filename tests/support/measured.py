"""Programs run as processes of their own, with the CPU time and memory that they and their children took."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Measured", "measured"]

_KIB = 1024 if sys.platform != "darwin" else 1024 * 1024  # ru_maxrss counts KiB, on macOS bytes


class Measured(NamedTuple):
    """A process that ended: seconds of CPU, and MiB that it or one of its children held at most."""

    status: int
    stdout: str
    stderr: str
    seconds: float
    mebibytes: float


def measured(command: Sequence[str | Path], folder: Path, *, limit: float) -> Measured:
    """Run a program in a folder; it is ended after `limit` seconds, which gives the status -9."""
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(
            list(map(str, command)), cwd=folder, stdout=stdout, stderr=stderr, start_new_session=True
        )
        clock = threading.Timer(limit, os.killpg, (process.pid, signal.SIGKILL))
        clock.start()
        try:
            _, waited, used = os.wait4(process.pid, 0)
        finally:
            clock.cancel()
        process.returncode = os.waitstatus_to_exitcode(waited)  # it is waited for already
        texts = [_all_of(file) for file in (stdout, stderr)]
    return Measured(process.returncode, *texts, used.ru_utime + used.ru_stime, used.ru_maxrss / _KIB)


def _all_of(file: object) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")
