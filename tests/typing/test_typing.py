"""mypy and pyright, both strict, agree with the example package and see what its users see."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.assembly import assemble
from tests.support.witness import missing

HERE = Path(__file__).resolve().parent
MARK = "# wrong"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with the example package, its runtime, and the files to check."""
    found = tmp_path_factory.mktemp("typing")
    assemble(found)
    for name in ("petstore_calls.py", "petstore_mistakes.py"):
        shutil.copy(HERE / name, found)
    settings = {
        "typeCheckingMode": "strict",
        "pythonVersion": "3.11",
        "include": ["."],
        "reportUnusedExpression": False,
    }
    (found / "pyrightconfig.json").write_text(json.dumps(settings))
    return found


def run(folder: Path, *command: str) -> str:
    environment = {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=300, check=False, env=environment
    )
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    return done.stdout


def mypy(folder: Path, *targets: str) -> list[tuple[str, int, str]]:
    """Give file, line and text of every error."""
    needs("mypy")
    options = [
        "--strict",
        "--python-version=3.11",
        "--no-error-summary",
        "--hide-error-context",
        "--no-pretty",
        "--cache-dir=.cache",
    ]
    found = []
    for line in run(folder, sys.executable, "-m", "mypy", *options, *targets).splitlines():
        name, number, kind, text = line.split(":", 3)
        if kind.strip() == "error":
            found.append((name, int(number), text.strip()))
    return found


def pyright(folder: Path, *targets: str) -> list[tuple[str, int, str]]:
    """Give file, line and text of every error."""
    needs("pyright")
    output = run(folder, sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson", *targets)
    found = json.loads(output)["generalDiagnostics"]
    return [
        (Path(error["file"]).name, error["range"]["start"]["line"] + 1, error["message"])
        for error in found
        if error["severity"] == "error"
    ]


def needs(name: str) -> None:
    """End the test where a checker does not run: pyright brings its own program on first use."""
    done = subprocess.run([sys.executable, "-m", name, "--version"], capture_output=True, text=True, check=False)
    if done.returncode:
        missing(name, "it does not run here")


def marked() -> set[int]:
    lines = (HERE / "petstore_mistakes.py").read_text().splitlines()
    return {number for number, line in enumerate(lines, 1) if line.endswith(MARK)}


CHECKERS = [mypy, pyright]


@pytest.mark.slow
@pytest.mark.parametrize("checker", CHECKERS)
def test_the_package_its_runtime_and_its_use_are_clean(folder, checker):
    assert checker(folder, "petstore", "petstore_calls.py") == []


@pytest.mark.slow
@pytest.mark.parametrize("checker", CHECKERS)
def test_mistakes_are_seen_and_nothing_else(folder, checker):
    assert {
        line for name, line, _ in checker(folder, "petstore_mistakes.py") if name == "petstore_mistakes.py"
    } == marked()
