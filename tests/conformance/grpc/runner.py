"""connectrpc's conformance suites for gRPC clients and servers: `make grpc-conformance`.

The runner is a Go program, its protos come with its module. Our client and server are generated of them each time.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
OUT = ROOT / ".build" / "grpc-conformance"
PACKAGE = "conformance_protos"
MODULE = "connectrpc.com/conformance"
LIMIT = 600


def protos(version: str) -> Path:
    """Where the protos of the module are."""
    with tempfile.TemporaryDirectory() as folder:  # inside of a Go module the answer would be about that
        command = [shutil.which("go") or "go", "mod", "download", "-json", f"{MODULE}@{version}"]
        found = subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=LIMIT)
    return Path(json.loads(found.stdout)["Dir"]) / "proto"


def generate(root: Path) -> None:
    """Write our client and server of the protos."""
    shutil.rmtree(OUT, ignore_errors=True)
    program = Path(sys.executable).with_name("specbind")
    command = [program, "generate", "--proto-root", root, root / "connectrpc", "--out", OUT, "--package", PACKAGE]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=LIMIT)


def main(arguments: list[str]) -> int:
    """Run the suites: the program, the version of its module, and arguments for it."""
    program, version, *more = arguments
    generate(protos(version))
    return max([run(mode, program, more) for mode in ("client", "server")])


def run(mode: str, program: str, more: list[str]) -> int:
    """Run one suite."""
    sys.stdout.write(f"== our {mode}\n")
    sys.stdout.flush()
    command = [
        program,
        *("--mode", mode, "--conf", HERE / "features.yaml", "--known-failing", f"@{HERE / f'known_{mode}.txt'}"),
        *more,
        *("--", sys.executable, HERE / f"{mode}.py"),
    ]
    environment = {**os.environ, "PYTHONPATH": str(OUT)}
    return subprocess.run(command, env=environment, check=False, timeout=LIMIT).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
