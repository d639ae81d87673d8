"""Downloads of a large archive beside curl and the official client: CPU time and memory.

Every client runs in a process of its own against the same local server, which does as little as it can (`sendfile`).
CPU is that of the transfer, without the start of the interpreter; for curl it is that of the whole process. Memory is
the peak of the transfer over what the process had before it, with everything imported and one small call made.
The clients take turns, and the median counts. `--mib` sets the size (default 512, or SPECBIND_BENCH_MIB), `--rounds`
the rounds (default 3, or SPECBIND_BENCH_ROUNDS), `--tls` encrypts (without the official client, which wants a
certificate that somebody signed).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shutil
import socketserver
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

MIB = 1 << 20
UUID = "11111111-1111-4111-8111-111111111111"
PYODX = Path(__file__).resolve().parents[2] / ".interop" / "pyodx" / "bin" / "python"
INFO = {"version": "2.3.0", "taskQueueCount": 0, "maxImages": None, "engine": "odx", "engineVersion": "3"}
TASK = {
    "uuid": UUID,
    "name": "n",
    "dateCreated": 0,
    "processingTime": 1,
    "status": {"code": 40},
    "options": [],
    "imagesCount": 1,
    "progress": 100,
}


# --- the server


class Node(socketserver.StreamRequestHandler):
    """As much of a node as a download needs."""

    archive = Path()
    context: ssl.SSLContext | None = None

    def setup(self) -> None:
        """Encrypt, if that is asked for."""
        if self.context is not None:
            self.request = self.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self) -> None:
        """Answer requests until the client goes."""
        while line := self.rfile.readline().decode():
            headers: dict[str, str] = {}
            while (header := self.rfile.readline().decode().strip()) != "":
                name, _, text = header.partition(":")
                headers[name.lower()] = text.strip()
            path = line.split(" ")[1]
            if "/download/" in path:
                self._file(headers.get("range", ""))
            else:
                body = json.dumps(TASK if path.startswith("/task") else INFO).encode()
                self._head("200 OK", len(body), "Content-Type: application/json\r\n")
                self.wfile.write(body)

    def _file(self, wanted: str) -> None:
        size = self.archive.stat().st_size
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", wanted)
        start, end = (int(found[1]), int(found[2] or size - 1) + 1) if found else (0, size)
        more = 'Content-Type: application/zip\r\nAccept-Ranges: bytes\r\nETag: "bench"\r\n'
        if found:
            self._head("206 Partial Content", end - start, f"{more}Content-Range: bytes {start}-{end - 1}/{size}\r\n")
        else:
            self._head("200 OK", size, more)
        with self.archive.open("rb") as file:
            if self.context is not None:
                self.connection.sendfile(file, start, end - start)
                return
            while start < end:
                start += os.sendfile(self.connection.fileno(), file.fileno(), start, min(end - start, 8 * MIB))

    def _head(self, status: str, length: int, more: str) -> None:
        self.wfile.write(f"HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{more}\r\n".encode())
        self.wfile.flush()


class Server(socketserver.ThreadingTCPServer):
    """Says nothing of clients that go away."""

    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet."""


def serve(archive: str, certificate: str) -> None:
    """Serve until standard input ends; prints the address."""
    Node.archive = Path(archive)
    if certificate:
        Node.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        Node.context.load_cert_chain(certificate)
    with Server(("127.0.0.1", 0), Node) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdout.write(f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_address[1]}\n")
        sys.stdout.flush()
        sys.stdin.read()
        server.shutdown()


# --- the clients


def rss(field: str) -> int:
    """A line of the process's memory, in KiB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(rf"{field}:\s+(\d+)", status)[1])  # type: ignore[index]  # always there


@contextmanager
def measured() -> Generator[None, None, None]:
    """Print CPU seconds, wall seconds and KiB over idle of a block."""
    idle = rss("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    cpu, wall = time.process_time(), time.perf_counter()
    yield
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    sys.stdout.write(json.dumps({"cpu": cpu, "wall": wall, "over": rss("VmHWM") - idle}))


def plain(url: str, folder: str, connections: str) -> None:
    """`download_file`: length checked, no look into the archive."""
    from specbind.bindings import nodeodx  # noqa: PLC0415 - a process of its own
    from specbind.bindings.nodeodx.operations.tasks import DOWNLOAD_ASSET  # noqa: PLC0415
    from specbind.core import Ranges, download_file  # noqa: PLC0415

    async def run() -> None:
        async with nodeodx.Client(url, ssl=False) as client:
            await client.tasks.info(UUID)
            request = client.build(DOWNLOAD_ASSET, (UUID, "all.zip"))
            ranges = Ranges(connections=int(connections))
            with measured():
                await download_file(client.send, request, Path(folder, "out.zip"), ranges=ranges)

    asyncio.run(run())


def checked(url: str, folder: str, connections: str) -> None:
    """`Task.download_zip`: every checksum of the archive tested before it has its name."""
    from specbind.nodeodx import Node as OurNode  # noqa: PLC0415 - a process of its own

    parts = urlsplit(url)
    with OurNode("127.0.0.1", parts.port or 0, scheme=parts.scheme, ssl=False) as node:
        task = node.get_task(UUID)
        task.info()
        with measured():
            task.download_zip(folder, None, int(connections))


def official(url: str, folder: str, connections: str) -> None:
    """`Task.download_zip` of the official client, with its own defaults."""
    from pyodx import Node as OfficialNode  # noqa: PLC0415 - in its own environment

    task = OfficialNode("127.0.0.1", urlsplit(url).port).get_task(UUID)
    task.info()
    with measured():
        task.download_zip(folder, None, int(connections))


def curl(url: str, folder: Path) -> dict[str, float]:
    """The whole process of curl."""
    command = ["curl", "-sk", "-o", str(folder / "out.zip"), f"{url}/task/{UUID}/download/all.zip"]
    start = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError("curl failed")
    return {"cpu": usage.ru_utime + usage.ru_stime, "wall": time.perf_counter() - start, "over": 0}


# --- the comparison


@contextmanager
def serving(archive: Path, certificate: Path | None) -> Generator[str, None, None]:
    """A server in a process of its own; gives its address."""
    command = [sys.executable, __file__, "serve", str(archive), str(certificate or "")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def run(python: str | Path, *arguments: object) -> dict[str, float]:
    """One client in a process of its own."""
    command = [str(python), __file__, *map(str, arguments)]
    found: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


def make_archive(path: Path, mib: int) -> None:
    """A zip file of so many MiB, stored."""
    block = os.urandom(MIB)
    with zipfile.ZipFile(path, "w") as archive, archive.open("big.bin", "w", force_zip64=True) as file:
        for _ in range(mib):
            file.write(block)


def make_certificate(folder: Path) -> Path:
    """A certificate and its key, in one file."""
    path = folder / "server.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*command, "-keyout", str(path), "-out", str(folder / "cert")], check=True, capture_output=True)
    with path.open("ab") as file:
        file.write((folder / "cert").read_bytes())
    return path


def compare(url: str, folder: Path, place: str, mib: int, rounds: int) -> None:
    """Print the table for one folder."""
    clients: dict[str, Callable[[], dict[str, float]]] = {
        "curl": lambda: curl(url, folder),
        **{
            f"download_file, {count} connection{'s' * (count > 1)}": lambda count=count: run(
                sys.executable, "plain", url, folder, count
            )
            for count in (1, 4, 16)
        },
        "Task.download_zip, 1 connection": lambda: run(sys.executable, "checked", url, folder, 1),
        "Task.download_zip, 16 connections": lambda: run(sys.executable, "checked", url, folder, 16),
    }
    if url.startswith("https:"):
        pass
    elif PYODX.exists():
        clients["pyodx, 16 connections"] = lambda: run(PYODX, "official", url, folder, 16)
    else:
        sys.stdout.write("pyodx is left out: its environment is made by `make interop`\n")
    curl(url, folder)  # the first to touch the memory pays for it
    results: dict[str, list[dict[str, float]]] = {name: [] for name in clients}
    for _ in range(rounds):
        for name, client in clients.items():
            results[name].append(client())
            for path in folder.iterdir():
                path.unlink()
    base = statistics.median(found["cpu"] for found in results["curl"])
    for name, found in results.items():
        cpu = statistics.median(each["cpu"] for each in found)
        wall = statistics.median(each["wall"] for each in found)
        over = max(each["over"] for each in found) / 1024
        promise = PROMISES.get(name, "")
        sys.stdout.write(
            f"{place:<6}{name:<36}{cpu / base:6.2f} x curl's CPU  {cpu:6.2f} s CPU  {mib / wall:7.0f} MiB/s"
            f"{over:7.1f} MiB over idle  {promise}\n"
        )
    sys.stdout.flush()


PROMISES = {
    "download_file, 1 connection": "promised 1.20 x",
    "download_file, 4 connections": "promised 16 MiB",
    "download_file, 16 connections": "promised 32 MiB",
}


def main() -> int:
    """Compare in memory and on disk."""
    parser = argparse.ArgumentParser(description="Compare downloads with curl and the official client.")
    parser.add_argument("--mib", type=int, default=int(os.environ.get("SPECBIND_BENCH_MIB", "512")))
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("SPECBIND_BENCH_ROUNDS", "3")))
    parser.add_argument("--tls", action="store_true")
    chosen = parser.parse_args()
    if sys.platform != "linux" or shutil.which("curl") is None:
        sys.stdout.write("transfers are left out: they need Linux and curl\n")
        return 0
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a file system in memory
    with tempfile.TemporaryDirectory(dir=memory) as room, tempfile.TemporaryDirectory() as disk:
        archive = Path(room, "all.zip")
        make_archive(archive, chosen.mib)
        out = Path(room, "out")
        out.mkdir()
        with serving(archive, make_certificate(Path(room)) if chosen.tls else None) as url:
            sys.stdout.write(f"{chosen.mib} MiB, {chosen.rounds} rounds{', TLS' * chosen.tls}\n")
            compare(url, out, "tmpfs", chosen.mib, chosen.rounds)
            compare(url, Path(disk), "disk", chosen.mib, chosen.rounds)
    return 0


if __name__ == "__main__":
    programs = {"serve": serve, "plain": plain, "checked": checked, "official": official}
    if len(sys.argv) > 1 and sys.argv[1] in programs:
        programs[sys.argv[1]](*sys.argv[2:])
    else:
        sys.exit(main())
