"""The model and the generated modules of every case are what stands in its folder."""

from __future__ import annotations

import pytest
from tests.cases.cases import CASES, FOLDER, made


@pytest.mark.parametrize("case", CASES)
def test_output_is_as_written(case: str):
    for path, content in made(case).items():
        name = path.relative_to(FOLDER)
        assert path.exists(), f"{name} is missing: run `python -m tests.cases.cases`"
        assert path.read_text(encoding="utf-8") == content.decode(), f"{name}: if it shall change, write it anew"


@pytest.mark.parametrize("case", CASES)
def test_every_case_has_a_test_and_shows_code(case: str):
    assert list((FOLDER / case).glob("test_*.py"))
    assert list((FOLDER / case).rglob("expected/**/*.py"))
