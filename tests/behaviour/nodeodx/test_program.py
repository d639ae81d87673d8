"""The emulator as a program, the synchronous face, and the example, which belong together."""

from __future__ import annotations

import asyncio
import gc
import os
import queue
import signal
import subprocess
import sys
import threading
from http.client import IncompleteRead
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib import request

import pytest
from tests.support.witness import missing

from specbind.nodeodx import (
    Node,
    NodeConnectionError,
    NodeResponseError,
    NodeServerError,
    TaskReport,
    TaskStatus,
)
from specbind.nodeodx.webhook import parse_report

if TYPE_CHECKING:
    from tests.behaviour.nodeodx.faulty import FaultyNode

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_program_says_where_it_listens_and_stops_cleanly(number: signal.Signals, tmp_path: Path) -> None:
    if os.name == "nt":
        missing("signals", "Windows has signals of another kind")
    command = [sys.executable, "-m", "specbind.emulators.nodeodx", "--port", "0", "--token", "t"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as program:
        try:
            assert program.stdout is not None
            url = program.stdout.readline().split()[-1]
            with Node.from_url(f"{url}/?token=t") as node:
                assert node.info().engine == "odx"
            program.send_signal(number)
            _, errors = program.communicate(timeout=20)
        finally:
            program.kill()
    assert (program.returncode, errors) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_a_taken_port_is_told_in_one_line() -> None:
    command = [sys.executable, "-m", "specbind.emulators.nodeodx", "--host", "192.0.2.1", "--port", "1"]
    program = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert program.returncode == 1
    assert len(program.stderr.splitlines()) == 1


async def test_the_synchronous_face_does_the_whole_job(emulator: FaultyNode, images: list[str], tmp_path: Path) -> None:
    threads: set[int] = set()

    def job() -> tuple[int, TaskStatus]:
        with Node.from_url(emulator.url) as node:
            task = node.create_task(
                images, {"dsm": True}, progress_callback=lambda _: threads.add(threading.get_ident())
            )
            task.wait_for_completion(lambda _: threads.add(threading.get_ident()), interval=0.01)
            task.download_assets(str(tmp_path / "assets"))
            assert task.node is node or task.node == node
            return threading.get_ident(), node.get_task(task.uuid).info().status

    thread, status = await asyncio.to_thread(job)
    assert status is TaskStatus.COMPLETED
    assert threads == {thread}
    assert (tmp_path / "assets" / "images" / "image_1.jpg").exists()


async def test_a_node_that_nobody_closes_says_nothing(emulator: FaultyNode) -> None:
    program = "import sys; from specbind.nodeodx import Node; print(Node.from_url(sys.argv[1]).info().engine)"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", "-c", program, emulator.url, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    output, errors = await asyncio.wait_for(process.communicate(), 30)
    assert (output.decode().strip(), errors.decode()) == ("odx", "")
    gc.collect()


def test_the_example_runs(tmp_path: Path) -> None:
    command = [
        sys.executable,
        str(ROOT / "examples" / "nodeodx_job.py"),
        "--emulate",
        "--token",
        "t",
        "--out",
        str(tmp_path),
    ]
    program = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (program.returncode, program.stderr) == (0, "")
    assert "5 of 5 images" in program.stdout
    assert len(list((tmp_path / "images").iterdir())) == 5


def get(url: str, wanted: str = "") -> tuple[int, str]:
    """Read a whole answer; gives its status and its range without the total."""
    with request.urlopen(request.Request(url, headers={"Range": wanted} if wanted else {})) as answer:  # noqa: S310 - our own server
        answer.read()
        shown = answer.headers["Content-Range"] or ""
        return answer.status, shown.rstrip("0123456789")


def test_the_options_of_the_program_do_what_they_say(tmp_path: Path, images: list[str]) -> None:
    """Ranges, webhook and faults, all from the command line."""
    reports: queue.Queue[TaskReport] = queue.Queue()

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            reports.put(parse_report(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    faults = (
        "503:info:2,drop:upload,truncate:download:0.5,wrong-range:download,no-range:download,"
        "slow:download:1M:2,error:options,hang:output"
    )
    with HTTPServer(("127.0.0.1", 0), Hook) as hook:
        threading.Thread(target=hook.serve_forever, daemon=True).start()
        command = [sys.executable, "-m", "specbind.emulators.nodeodx", "--port", "0", "--speed", "500", "--ranges"]
        command += ["--webhook", f"http://127.0.0.1:{hook.server_port}/", "--faults", faults]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
            try:
                assert program.stdout is not None
                url = program.stdout.readline().split()[-1]
                with Node.from_url(url) as node:
                    for _ in range(2):
                        with pytest.raises(NodeServerError, match="503"):
                            node.info()
                    task = node.create_task(images, retry_timeout=0.01)
                    task.wait_for_completion(interval=0.01)
                    archive = f"{url}/task/{task.uuid}/download/all.zip"
                    with pytest.raises(IncompleteRead):
                        get(archive)
                    assert get(archive, "bytes=5-9") == (206, "bytes 4-8/")
                    assert get(archive, "bytes=5-9") == (200, "")
                    assert get(archive, "bytes=5-9") == (206, "bytes 5-9/")
                    path = tmp_path / "all.zip"
                    task.save_zip(path, connections=2, piece=0.002)
                    with pytest.raises(NodeResponseError, match="ETIMEDOUT"):
                        node.options()
                    node.timeout = 0.2
                    with pytest.raises(NodeConnectionError, match="silent"):
                        task.output()
                    assert task.output() != []
                assert reports.get(timeout=10).uuid == task.uuid
            finally:
                program.terminate()
                hook.shutdown()
