"""Whatever a document says, the package made from it is text of ours with values of theirs."""

from __future__ import annotations

import ast
import json
import os
import resource
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.support.witness import ROOT, shared_path

from specbind.generator.pipeline import core_folder

HERE = Path(__file__).resolve().parent
RUNTIME = ROOT / "generator/specbind/generator/targets/python/_runtime"
SECONDS = 120
MEMORY = 3 * 1024**3
CALLS = {"open", "exec", "eval", "__import__", "compile"}
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


DEVIATIONS: dict[str, str] = {}


def entries() -> list[object]:
    try:
        listed = json.loads(shared_path("hostile", "manifest.json").read_text())["specs"]
    except pytest.skip.Exception:
        return [pytest.param({"file": "manifest.json"}, id="collection")]  # the test itself says what is missing
    return [
        pytest.param(
            entry,
            id=entry["id"],
            marks=[pytest.mark.xfail(strict=True, reason=DEVIATIONS[entry["id"]])] if entry["id"] in DEVIATIONS else [],
        )
        for entry in listed
        if entry["kind"] == "openapi"
    ]


class Run(NamedTuple):
    """A program that ended, and what it did to the world: (what, detail)."""

    status: int
    stdout: str
    stderr: str
    deeds: list[tuple[str, str]]


def watched(arguments: list[str], folder: Path) -> Run:
    """Run Python in an empty folder with limits, watched."""
    folder.mkdir()
    temporary = folder.parent / "temporary"
    temporary.mkdir(exist_ok=True)
    log = folder.parent / f"{folder.name}.log"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TMPDIR": str(temporary),
        "PYTHONPATH": str(HERE / "watch"),
        "WATCH_LOG": str(log),
        "PYTHONDONTWRITEBYTECODE": "1",
    }

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        preexec_fn=limit,  # no thread runs in the test
    )
    deeds = [line.partition("\t") for line in log.read_text().splitlines()]
    return Run(done.returncode, done.stdout, done.stderr, [(what, ast.literal_eval(text)) for what, _, text in deeds])


def canaries() -> set[Path]:
    """Files that only a payload makes."""
    places = [ROOT, Path(tempfile.gettempdir()), Path.cwd(), Path.home(), shared_path("hostile", "openapi"), Path("/")]
    return {path for place in places for path in place.glob("PWNED*")}


def generate(spec: Path, tmp_path: Path) -> Run:
    out = tmp_path / "out"
    command = ["-m", "specbind.generator.cli", "generate", str(spec), "--out", str(out), "--package", "sample", "-v"]
    return watched(command, tmp_path / "generating")


@pytest.mark.parametrize("entry", entries())
def test_the_collection_comes_out_as_expected(entry, tmp_path):
    before = canaries()
    spec = shared_path("hostile", entry["file"])
    run = generate(spec, tmp_path)
    assert "Traceback" not in run.stderr
    check_deeds(run, tmp_path)
    assert run.status == 0 or entry["expected"] != "generates safely", run.stderr
    assert run.status != 0 or entry["expected"] != "rejected clearly"
    if run.status:
        assert run.status == 1
        check_refusal(run, spec, tmp_path / "out")
    else:
        check_files(tmp_path / "out")
        check_content(json.loads(spec.read_text()), imported(tmp_path), run.stderr + "".join(texts(tmp_path / "out")))
    assert canaries() == before
    assert not list(tmp_path.rglob("PWNED*"))


def check_deeds(run: Run, tmp_path: Path) -> None:
    """It connected to nobody, made no link, wrote beside the output or to temporary files, and left none."""
    for what, detail in run.deeds:
        if what == "write":
            assert Path(detail).is_relative_to(tmp_path) or detail == "/dev/null", (what, detail)
        elif what == "read":
            assert "secret_next_to_spec" not in detail
            assert detail != "/etc/passwd"
        else:
            assert what == "program", (what, detail)
            assert Path(detail).name == "ruff"
    assert {path.name for path in tmp_path.iterdir()} <= {"out", "generating", "generating.log", "temporary"}
    assert not list((tmp_path / "generating").iterdir())
    assert not list((tmp_path / "temporary").iterdir())


def check_refusal(run: Run, spec: Path, out: Path) -> None:
    """A refusal names the place in a few lines and leaves nothing behind."""
    errors = [block for block in run.stderr.splitlines() if "  error SB" in block]
    assert errors, run.stderr
    assert all(line.startswith(f"{spec}:") for line in errors), errors
    assert len(run.stderr.splitlines()) <= 65  # twenty findings of each severity at most
    assert not out.exists()


def check_files(out: Path) -> None:
    """Every file is listed, parses, and calls nothing that runs text; what is copied is what is shipped."""
    files = [path for path in out.rglob("*") if path.is_file() and path.name != "MANIFEST.json"]
    assert not [path for path in out.rglob("*") if path.is_symlink()]
    listed = json.loads((out / "MANIFEST.json").read_text())["files"]
    assert {path.relative_to(out).as_posix() for path in files} == set(listed)
    for path in files:
        content = path.read_bytes()
        assert b"TOPSECRET" not in content
        assert b"root:x:0" not in content
        shipped = shipped_as(path.relative_to(out).parts)
        if shipped is not None:
            linked = content.replace(b"from .._runtime", b"from specbind.bindings._runtime")
            assert shipped.read_bytes() in {content, linked}, path
        elif path.suffix == ".py":
            assert forbidden_calls(content) == [], path
    project = tomllib.loads((out / "pyproject.toml").read_text())
    assert set(project) <= {"build-system", "project", "tool"}
    assert set(project["tool"]) == {"hatch"}
    assert [line.partition(">")[0] for line in project["build-system"]["requires"]] == ["hatchling"]


def shipped_as(parts: tuple[str, ...]) -> Path | None:
    """The file of ours that a generated file is a copy of."""
    base = {"_runtime": RUNTIME, "_core": core_folder()}.get(parts[1] if len(parts) > 2 else "")
    return None if base is None else base.joinpath(*parts[2:])


def forbidden_calls(source: bytes) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in CALLS:
                found.append(ast.unparse(node))
    return found


def imported(tmp_path: Path) -> dict:
    """Import all of it in a fresh folder, and say what is there."""
    run = watched([str(HERE / "inspect_package.py"), str(tmp_path / "out"), "sample"], tmp_path / "importing")
    assert run.status == 0, run.stderr
    assert not [deed for deed in run.deeds if deed[0] != "read"]
    return json.loads(run.stdout)


def texts(out: Path) -> list[str]:
    """The docstrings below types and members, where values stand that are no members of an enum."""
    trees = [ast.parse(path.read_bytes()) for path in out.glob("sample/models/*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return [node.value for node in nodes if isinstance(node.value, str)]


def check_content(document: dict, found: dict, said: str) -> None:
    """Every operation, member and enum value is in the package, or named in what was said."""
    declared = [
        (method.upper(), path)
        for path, item in document.get("paths", {}).items()
        for method in METHODS
        if method in item
    ]
    assert len(found["operations"]) == len(declared)
    wire = {name for names in found["wire"].values() for name in names}
    for schema in document.get("components", {}).get("schemas", {}).values():
        for name in schema.get("properties", {}):
            assert name in wire or name in said, name
        for value in schema.get("enum", []):
            assert value is None or value in found["values"] or repr(value)[1:-1] in said, value
    assert found["changed"] == []


def test_the_watch_sees_what_it_is_for(tmp_path):
    code = "import os, socket\nopen('x', 'w')\nos.symlink('x', 'y')\nsocket.socket().connect_ex(('127.0.0.1', 1))"
    kinds = {what for what, _ in watched(["-c", code], tmp_path / "bad").deeds}
    assert {"write", "os.symlink", "socket.connect"} <= kinds


def test_the_scan_sees_what_it_is_for():
    found = forbidden_calls(b"x = [open('a')]\nbuiltins.exec('1')\nreopen()")
    assert sorted(found) == ["builtins.exec('1')", "open('a')"]
