"""Changes of protos: a field is its number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.compiled import read

from specbind.generator.compat import compare

if TYPE_CHECKING:
    from pathlib import Path

PROTO = """syntax = "proto3"; package p;
message M { %s }
service S { rpc R(M) returns (M); }
"""


def changes(tmp_path: Path, old: str, new: str) -> list[tuple[str, str, str]]:
    before, after = (read(tmp_path / side, a=PROTO % text) for side, text in (("old", old), ("new", new)))
    return [(str(found.rule), found.impact.name, found.message) for found in compare(before, after).findings]


@pytest.mark.parametrize("kept", ["", "int32 kept = 9;"])
def test_a_field_that_is_renamed_is_one_finding(tmp_path: Path, kept: str) -> None:
    found = changes(tmp_path, f"string a = 1; {kept}", f"{kept} string b = 1;")
    assert {code for code, _, _ in found} == {"SD529"}
    assert {impact for _, impact, _ in found} == {"SOURCE"}
    assert {text for _, _, text in found} == {
        "p.M.a: renamed: is called b; JSON and source break, the binary form does not"
    }


def test_a_number_with_another_type_under_another_name_breaks(tmp_path: Path) -> None:
    found = changes(tmp_path, "string a = 1;", "int32 b = 1;")
    assert {code for code, _, _ in found} == {"SD520"}
    assert {impact for _, impact, _ in found} == {"BREAKING"}
    assert {text for _, _, text in found} == {"p.M.a: the number 1 was that of a, is that of b, which has another type"}


def test_what_else_changes_with_a_name_is_said(tmp_path: Path) -> None:
    found = changes(tmp_path, "string a = 1;", "optional string b = 1;")
    assert {code for code, _, _ in found} == {"SD529", "SD310"}


def test_a_name_with_another_number_is_compared_by_its_name(tmp_path: Path) -> None:
    found = changes(tmp_path, "string a = 1; string b = 2;", "string b = 1; string a = 2;")
    assert {code for code, _, _ in found} == {"SD526"}


def test_a_field_that_is_gone_and_one_that_is_new_stay_two(tmp_path: Path) -> None:
    found = changes(tmp_path, "string a = 1;", "string b = 2;")
    assert {code for code, _, _ in found} == {"SD521", "SD523"} or {code for code, _, _ in found} == {"SD521", "SD524"}
