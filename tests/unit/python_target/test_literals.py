"""Whatever the text, a writer makes one inert literal of it."""

import ast
import re
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specbind.generator.emit.paragraphs import markdown
from specbind.generator.emit.text import SpecText, code
from specbind.generator.targets.python.literals import docstring, entries, literal, toml

NASTY = st.sampled_from([*"\"'\\\n\r\t #{}%;\u2028\u202e\ud800\x00\x1b`", '"""', "\\N{DASH}", "a"])
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60) | st.lists(NASTY, max_size=30).map("".join)


@given(ANY_TEXT)
def test_a_text_literal_gives_the_text_back(text):
    written = literal(SpecText(text))
    assert ast.literal_eval(written) == text
    assert written.isprintable()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_a_json_literal_gives_the_value_back(value):
    assert ast.literal_eval(literal(value)) == value


def test_other_objects_have_no_literal():
    with pytest.raises(TypeError):
        literal(object())


@given(st.lists(ANY_TEXT, max_size=4), st.sampled_from([0, 4, 8]))
def test_a_docstring_is_one_string_and_nothing_else(texts, indent):
    written = docstring([SpecText(text) for text in texts], indent)
    tree = ast.parse("if True:\n" + " " * max(indent, 1) + written if indent else written)
    body = tree.body[0].body if indent else tree.body
    assert len(body) == 1
    assert isinstance(body[0].value, ast.Constant)


@given(ANY_TEXT)
def test_an_entry_of_a_docstring_is_inert(text):
    section = entries("Args", [(code("name"), SpecText(text))])
    body = ast.parse(docstring([section], 0)).body
    assert len(body) == 1
    assert isinstance(body[0].value, ast.Constant)


@given(ANY_TEXT)
def test_a_toml_string_is_one_string(text):
    table = tomllib.loads(f"a = {toml(SpecText(text))}")
    assert list(table) == ["a"]
    assert table["a"] == "".join("?" if "\ud800" <= letter <= "\udfff" else letter for letter in text)


@given(ANY_TEXT)
def test_markdown_is_one_line_without_markup(text):
    written = markdown(SpecText(text))
    assert "\n" not in written
    bare = re.sub(r"\\.", "", written)
    assert not set(bare) & set("<>`[]*_!\\")
    assert "://" not in written


def test_an_escaped_link_stays_text():
    written = markdown(SpecText("\\[a\\](http://evil)"))
    assert written == "\\\\\\[a\\\\\\](http:\u200b//evil)"


def test_quotes_stay_readable_in_docstrings():
    assert docstring([SpecText('the "big" one')], 4) == '"""the "big" one."""'.replace(".", "")
    assert docstring([SpecText('ends in "x"')], 4) == '"""ends in "x\\""""'


def test_long_lines_are_wrapped_and_tables_are_not():
    text = "word " * 60 + "\n\n| " + "cell | " * 40
    lines = docstring([SpecText(text)], 4).split("\n")
    assert max(len(line) for line in lines if "|" not in line) <= 114
    assert sum("|" in line for line in lines) == 1
