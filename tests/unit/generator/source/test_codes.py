"""The table of codes is complete and readable."""

import re

from tests.support.witness import ROOT

from specbind.generator.codes import Code, Weight


def test_codes_are_unique_and_belong_to_their_stage():
    assert len({str(code) for code in Code}) == len(Code)
    assert all(re.fullmatch(r"SB[0-5]\d\d", code) for code in Code)


def test_every_code_has_a_meaning_and_a_weight():
    for code in Code:
        assert isinstance(code.weight, Weight)
        assert code.meaning.endswith(".")
        assert len(code.meaning) < 110


def test_the_page_of_codes_says_the_same():
    page = (ROOT / "docs" / "diagnostics.md").read_text(encoding="utf-8")
    for code in Code:
        assert f"| {code} | {code.weight.value} | {code.meaning} |" in page
