"""The packages of all cases are clean under `mypy --strict`."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tests.cases.cases import CASES, FOLDER, reading

from specbind.generator.diagnostics import Diagnostics
from specbind.generator.pipeline import make_standalone


@pytest.mark.slow
def test_generated_code_is_strictly_typed(tmp_path):
    names = [f"case_{case}" for case in CASES]
    for case, name in zip(CASES, names, strict=True):
        options, spec = reading(FOLDER / case), FOLDER / case / "spec.yaml"
        files, _ = make_standalone(spec, Diagnostics(), options, package=name, with_core=False)
        for path in files:
            if path.startswith(f"{name}/"):
                (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / path).write_bytes(files[path])
    packages = [word for name in names for word in ("-p", name)]
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", tmp_path / "cache", *packages]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout
