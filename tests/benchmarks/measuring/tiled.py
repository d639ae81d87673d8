"""A real Tiled server with two clients in turns, each call in a process of its own. Needs the standard library only."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

__all__ = ["CLIENTS", "KEY", "OFFICIAL", "connected", "in_turns", "serving", "took"]

KEY = "6b6579"
CLIENTS = ("specbind", "tiled")
OFFICIAL = Path(__file__).resolve().parents[3] / ".interop" / "tiled" / "bin" / "python"


def connected(client: str, url: str) -> Any:
    """The root of a server, by one of the clients."""
    if client == "specbind":
        from specbind.tiled import from_uri  # noqa: PLC0415 - the other process does not have it

        return from_uri(url, api_key=KEY)
    from tiled.client import from_uri as official  # noqa: PLC0415 - as above

    return official(url, api_key=KEY)


def took(url: str, do: Callable[[], object]) -> tuple[Any, dict[str, Any]]:
    """Do it; gives its result and what it took: seconds, CPU seconds, and MiB at the peak over those before."""
    urllib.request.urlopen(f"{url}/healthz?begin").close()  # noqa: S310 - a mark in the log of our own server
    idle = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    wall, cpu = time.perf_counter(), time.process_time()
    result = do()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = _status("VmHWM") - idle
    urllib.request.urlopen(f"{url}/healthz?end").close()  # noqa: S310 - as above
    return result, {"wall": wall, "cpu": cpu, "mib": peak / 1024}


def _status(field: str) -> int:
    """A line of the process's memory, in KiB."""
    found = re.search(rf"{field}:\s+(\d+)", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found[1]) if found else 0


@contextlib.contextmanager
def serving(folder: Path, *tree: str) -> Generator[tuple[str, Path], None, None]:
    """Serve what `tiled serve` calls by these words, with files below `folder`; gives address and log."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    log = folder / "server.log"
    own = {"PYTHONPATH": str(folder), "TILED_CACHE_DIR": str(folder / "cache"), "TMPDIR": str(folder), "NO_COLOR": "1"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [OFFICIAL.with_name("tiled"), "serve", *tree, "--api-key", KEY, "--host", "127.0.0.1", "--port", str(port)],
            stdout=output,
            stderr=output,
            cwd=folder,
            env={**os.environ, **own},
        )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{url}/healthz", timeout=5).close()  # noqa: S310 - our own server
                break
            time.sleep(0.2)
        yield url, log
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def in_turns(program: str, url: str, log: Path, name: str, rounds: int) -> dict[str, list[dict[str, Any]]]:
    """What `program --client CLIENT --url URL --only NAME` prints, with the requests of each, by client."""
    found: dict[str, list[dict[str, Any]]] = {client: [] for client in CLIENTS}
    for number in range(rounds):
        for client in sorted(found, reverse=bool(number % 2)):
            found[client].append(_measured(program, client, url, log, name))
    return found


def _measured(program: str, client: str, url: str, log: Path, name: str) -> dict[str, Any]:
    python = sys.executable if client == "specbind" else OFFICIAL
    start = log.stat().st_size
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "TILED_CACHE_DIR": folder, "TILED_SITE_PROFILES": folder, "TILED_PROFILES": folder}
        done = subprocess.run(
            [python, program, "--client", client, "--url", url, "--only", name],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            env=environment,
        )
    time.sleep(0.3)  # the log is written behind
    with log.open("rb") as file:
        file.seek(start)
        text = file.read().decode("utf-8", "replace")
    part = text.rpartition("/healthz?begin")[2].partition("/healthz?end")[0]
    return {**json.loads(done.stdout.splitlines()[-1]), "requests": len(re.findall(r"/api/v1", part))}
