"""Ctrl-C in a program that writes: the node is taken back, and the program ends as Ctrl-C ends programs."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
import pytest
from tests.support.tiled_script import ABOUT, entry

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = """
import signal, sys
import numpy
from specbind.tiled import from_uri
signal.signal(signal.SIGINT, signal.default_int_handler)  # who starts the tests may have it ignored
from_uri(sys.argv[1], api_key="secret").write_array(numpy.zeros(3), key="a")
"""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.calls: list[str] = []
        self.nodes: set[str] = set()
        self.structure: object = None
        self.writing = threading.Event()
        self.end = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a program that is interrupted leaves its connections."""


class _Answers(BaseHTTPRequestHandler):
    server: _Server
    body = b""
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self._path()
        if path and path != "metadata/" and "a" not in self.server.nodes:
            self._answer({"detail": "none"}, 404)
        else:
            described = {"structure": self.server.structure, "data_sources": [{"id": 1}]}
            node = entry("a", family="array", **described) if path == "metadata/a" else entry()
            self._answer(ABOUT if not path else {"data": node})

    def do_POST(self) -> None:
        self._path()
        self.server.structure = msgspec.json.decode(self.body)["data_sources"][0]["structure"]
        self.server.nodes.add("a")
        self._answer({"id": "a", "data_sources": [{"id": 1}]})

    def do_PUT(self) -> None:
        self._path()
        self.server.writing.set()
        self.server.end.wait(60)

    def do_DELETE(self) -> None:
        self._path()
        self.server.nodes.discard("a")
        self._answer(None)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _path(self) -> str:
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = urlsplit(self.path).path.removeprefix("/api/v1/")
        self.server.calls.append(f"{self.command} {path}")
        return path

    def _answer(self, value: object, status: int = 200) -> None:
        content = msgspec.json.encode(value)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def server() -> Iterator[_Server]:
    with _Server() as found:
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield found
        found.end.set()
        found.shutdown()
        thread.join()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
def test_ctrl_c_during_a_write_takes_the_node_back_and_ends_the_program(server: _Server):
    command = [sys.executable, "-c", PROGRAM, f"http://127.0.0.1:{server.server_port}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        try:
            assert server.writing.wait(60)
            program.send_signal(signal.SIGINT)
            _, errors = program.communicate(timeout=30)
        finally:
            program.kill()
    assert program.returncode == -signal.SIGINT
    assert errors.splitlines()[-1] == "KeyboardInterrupt"
    assert server.calls[-3:] == ["PUT array/full/a", "GET metadata/a", "DELETE metadata/a"]
    assert server.nodes == set()
