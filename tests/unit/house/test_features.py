"""The table of features and the cases that show them are in step."""

from __future__ import annotations

import re

import pytest
from tests.cases.cases import CASES
from tests.support.witness import ROOT

PAGE = (ROOT / "docs" / "features.md").read_text(encoding="utf-8")
TABLES = [table.splitlines() for table in re.findall(r"(?:^\|.*\n)+", PAGE, re.MULTILINE)]
ROWS = [line for table in TABLES for line in table[2:]]
NAME = re.compile(r"`([a-z_0-9]+)`")


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]


def named() -> set[str]:
    return {name for row in ROWS for name in NAME.findall(cells(row)[-1])}


def test_every_table_has_a_column_of_cases():
    assert TABLES
    assert [table[0] for table in TABLES if cells(table[0])[-1] != "case"] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: cells(row)[0])
def test_every_row_names_its_case(row):
    assert len(cells(row)) == 3
    assert NAME.findall(cells(row)[-1])


def test_every_case_is_named_and_every_named_case_exists():
    assert named() == set(CASES)
