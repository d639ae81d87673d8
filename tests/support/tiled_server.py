"""Real Tiled servers from PyPI on free ports of this machine, one of each kind for a run; they stop by themselves."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from typing import TYPE_CHECKING

import pytest
from tests.support.witness import interop_python

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["KEY", "PASSWORD", "USER", "catalog", "in_memory", "with_users"]

KEY = "6b657920666f72207465737473"
USER, PASSWORD = "alice", "a-password"
TREE = """
import numpy
from tiled.adapters.array import ArrayAdapter
from tiled.adapters.mapping import MapAdapter

tree = MapAdapter(
    {
        f"k{number:03}": ArrayAdapter.from_array(numpy.arange(3) + number, metadata={"number": number})
        for number in range(7)
    }
)
"""
CONFIG = """
authentication:
  secret_keys: ["secret"]
  providers:
    - provider: toy
      authenticator: tiled.authenticators:DictionaryAuthenticator
      args:
        users_to_passwords: {{{user}: {password}}}
  tiled_admins: [{{provider: toy, id: {user}}}]
database: {{uri: "sqlite:///{folder}/users.db", init_if_not_exists: true}}
trees:
  - path: /
    tree: catalog
    args: {{uri: "sqlite:///{folder}/catalog.db", init_if_not_exists: true, writable_storage: ["{folder}/data"]}}
streaming_cache: {{uri: memory}}
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.contextmanager
def served(folder: Path, arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """A server with these arguments of `tiled serve`; gives its address."""
    python = interop_python("tiled")
    port = free_port()
    log = folder / "server.log"
    settings = {"TILED_CACHE_DIR": str(folder / "cache"), "PYTHONPATH": str(folder), "PATH": os.environ["PATH"]}
    command = [str(python.with_name("tiled")), "serve", *arguments, "--host", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, cwd=folder, env={**settings, **(environment or {})}
        )
    try:
        wait(process, f"http://127.0.0.1:{port}/api/v1/", log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own
            json.loads(answer.read())
            return
        time.sleep(0.1)
    pytest.fail(f"the server did not start: {log.read_text()[-2000:]}", pytrace=False)


@pytest.fixture(scope="session")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A writable catalog with one key."""
    with served(tmp_path_factory.mktemp("catalog"), ["catalog", "--temp", "--api-key", KEY]) as url:
        yield url


@pytest.fixture(scope="session")
def in_memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A tree of seven small arrays that cannot be changed."""
    folder = tmp_path_factory.mktemp("memory")
    (folder / "small_tree.py").write_text(TREE)
    with served(folder, ["pyobject", "small_tree:tree", "--api-key", KEY]) as url:
        yield url


@pytest.fixture(scope="session")
def with_users(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A catalog with one user, who is an administrator, and streams."""
    folder = tmp_path_factory.mktemp("users")
    (folder / "data").mkdir()
    config = folder / "config.yml"
    config.write_text(CONFIG.format(user=USER, password=PASSWORD, folder=folder))
    with served(folder, ["config", str(config)]) as url:
        yield url
