"""Each benchmark ends and prints its rows; what it measures is not judged here."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.support.witness import ROOT

if TYPE_CHECKING:
    from pathlib import Path

ROWS = {
    "fallbacks": ["NodeODX: types", "NodeODX: operations", "together: types", "together: operations"],
    "generation": ["NodeODX: CPU", "NodeODX: peak memory", "NodeODX, unchanged: CPU"],
    "imports": ["NodeODX: 11 types", "NodeODX: make a client"],
    "json_bodies": ["decode one node, 107 bytes", "decode 80 options, 12721 bytes"],
    "small_gets": ["Client, 1 at a time", "Client, 50 at a time", "SyncClient"],
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ROWS)
def test_a_short_look_prints_its_rows(name: str, tmp_path: Path):
    program, found = ROOT / "tests" / "benchmarks" / f"{name}.py", tmp_path / "rows.json"
    ran = subprocess.run(
        [sys.executable, program, "--quick", "--json", found], capture_output=True, text=True, timeout=150, check=False
    )
    assert ran.returncode == 0, ran.stderr
    rows = {row["name"]: row for row in json.loads(found.read_text("utf-8"))["rows"]}
    assert rows.keys() >= set(ROWS[name])
    assert all(f"\n{name}" in ran.stdout for name in rows)
    assert f"\n-- {len(rows)} rows, " in ran.stdout
