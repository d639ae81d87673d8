"""CPU time and memory of calls, statements and programs."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["MIB", "FreshPython", "Usage", "cpu_of_calls", "in_turns", "program", "run_program"]

MIB = 1 << 20


class Usage(msgspec.Struct, frozen=True):
    """What a program took: CPU seconds (user and system) with its children, peak memory in bytes, exit status."""

    cpu: float
    peak: int
    status: int


def in_turns(rounds: int, calls: Mapping[str, Callable[[], float]]) -> dict[str, float]:
    """Let all have their turn in each round, in random order; give the smallest result of each.

    Other programs on the machine can only add to a CPU time, and with turns they disturb all alike.
    """
    found: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name in random.sample(list(calls), len(calls)):
            found[name].append(calls[name]())
    return {name: min(values) for name, values in found.items()}


def cpu_of_calls(call: Callable[[], object], times: int) -> float:
    """CPU seconds of one call, the mean of `times`."""
    start = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - start) / times


def program(name: str) -> str:
    """The program of this environment."""
    return str(Path(sys.executable).with_name(name))


def run_program(command: Sequence[str], folder: Path) -> Usage:
    """Run a program to its end, its output thrown away.

    The peak is the largest of its processes; on Linux a child begins with the size of this process.
    """
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        _, status, usage = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
    scale = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes there
    return Usage(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * scale, running.returncode)


class FreshPython:
    """Runs statements, each in a new interpreter with warm bytecode.

    Args:
        paths: folders to import from, beside the environment's own.
    """

    def __init__(self, *paths: Path) -> None:
        self._cache = tempfile.TemporaryDirectory()
        self._warm: set[str] = set()
        unset = {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH"}
        self._environment = {name: text for name, text in os.environ.items() if name not in unset}
        self._environment["PYTHONPYCACHEPREFIX"] = self._cache.name
        self._environment["PYTHONPATH"] = os.pathsep.join(map(str, paths))

    def __enter__(self) -> FreshPython:
        return self

    def __exit__(self, *_: object) -> None:
        self._cache.cleanup()

    def measure(self, statement: str) -> tuple[float, float]:
        """CPU seconds of a statement, and bytes that it adds to the peak memory."""
        if statement not in self._warm:
            self._run(statement)
            self._warm.add(statement)
        cpu, peak = self._run(statement).split()
        return float(cpu), float(peak)

    def cpu(self, statement: str) -> float:
        """CPU seconds of a statement."""
        return self.measure(statement)[0]

    def peak(self, statement: str) -> float:
        """Bytes that a statement adds to the peak memory."""
        return self.measure(statement)[1]

    def _run(self, statement: str) -> str:
        command = [sys.executable, "-c", _PROGRAM.format(statement=statement)]
        ran = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False)
        if ran.returncode:
            raise RuntimeError(f"{statement!r} failed: {ran.stderr[-500:]}")
        return ran.stdout


_PROGRAM = """
import time
def peak():
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
    except OSError:
        return 0
before = peak()
start = time.process_time()
{statement}
print(time.process_time() - start, peak() - before)
"""
