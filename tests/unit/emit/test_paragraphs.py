"""Prose laid out in lines."""

from __future__ import annotations

import textwrap

from hypothesis import given
from hypothesis import strategies as st

from specbind.generator.emit.paragraphs import wrapped

WORDS = st.lists(st.text(alphabet="ab-.,éß", min_size=1, max_size=12), min_size=1, max_size=30)


@given(st.sampled_from(["", " ", "  "]), WORDS, st.integers(min_value=5, max_value=40))
def test_words_fall_where_textwrap_lets_them_fall(lead: str, words: list[str], width: int):
    line = lead + " ".join(words)
    rest = " " * (len(lead) + 2) if words[0] == "-" and len(words) > 1 else lead
    expected = textwrap.wrap(line, width, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False)
    assert wrapped(line, width) == ([line] if len(line) <= width else expected)


def test_markdown_that_a_cut_would_break_stays_whole():
    for line in ("| a | b | c |", "# a long heading", "`code that goes on`", "> a quotation"):
        assert wrapped(line, 8) == [line]
