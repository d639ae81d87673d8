"""A test that lacks something is skipped with the reason, and fails where witnesses are required."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.support import witness

if TYPE_CHECKING:
    from pathlib import Path


def test_a_missing_witness_skips_with_the_reason(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SPECBIND_REQUIRE_WITNESSES", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no witness no-such-program: it is not installed"):
        witness.program("no-such-program")


def test_a_required_witness_fails(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SPECBIND_REQUIRE_WITNESSES", "1")
    with pytest.raises(pytest.fail.Exception, match="no witness no-such-client"):
        witness.interop_python("no-such-client")


def test_an_allowed_witness_may_be_missing_always(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("SPECBIND_REQUIRE_WITNESSES", "1")
    monkeypatch.setenv("SPECBIND_SHARED", str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match=r"no witness shared: corpus/x\.json"):
        witness.shared_path("corpus", "x.json")


def test_what_is_there_is_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("SPECBIND_SHARED", str(tmp_path))
    (tmp_path / "corpus").mkdir()
    assert witness.shared_path("corpus") == tmp_path / "corpus"


def test_every_allowed_skip_has_a_reason():
    assert all(witness.allowed_skips().values())


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Skipped: no witness shared: not there", True),
        ("Skipped: no witness pyodx: not there", False),
        ("Skipped: shared", False),
        ("could not import 'x'", False),
    ],
)
def test_only_listed_witnesses_may_be_skipped(message: str, expected: bool):
    assert witness.skip_is_allowed(message) is expected


@pytest.mark.parametrize(("required", "outcome"), [("1", "error"), ("1", "failed"), ("0", "skipped")])
def test_a_plain_skip_fails_where_witnesses_are_required(tmp_path: Path, required: str, outcome: str):
    here = str(witness.ROOT / "tests" / "conftest.py")
    conftest = (witness.ROOT / "tests" / "conftest.py").read_text(encoding="utf-8")
    (tmp_path / "conftest.py").write_text(conftest.replace("__file__", repr(here)))
    whole_file = ", allow_module_level=True" if outcome == "error" else ""
    where = "" if whole_file else "def test_one():\n    "
    (tmp_path / "test_one.py").write_text(f"import pytest\n\n{where}pytest.skip('because'{whole_file})\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio", str(tmp_path)]
    environment = {**os.environ, "SPECBIND_REQUIRE_WITNESSES": required, "PYTEST_ADDOPTS": ""}
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert f"1 {outcome} in " in ran.stdout
