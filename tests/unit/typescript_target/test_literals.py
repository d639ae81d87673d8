"""Whatever the text, a writer makes one inert literal, name or comment of it."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specbind.generator.emit.text import SpecText, code
from specbind.generator.targets.typescript.literals import (
    comment,
    json_string,
    literal,
    literal_type,
    property_name,
)

NASTY = st.sampled_from(
    [*"\"'\\\n\r\t *@/#{}`$;\u2028\u2029\u202e\ufeff\ud800\x00\x1b", "*/", "/*", "@ts-ignore", "\\@", "${x}", "a"]
)
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60) | st.lists(NASTY, max_size=30).map("".join)
STRING = re.compile(r'"(?:[^"\\\n\r\u2028\u2029]|\\.)*"\Z')


def read(written: str) -> str:
    """The text of a string literal, by rules of JavaScript that are not ours."""
    assert STRING.match(written)
    return json.loads(re.sub(r"\\u\{([0-9a-f]+)\}", lambda found: json.dumps(chr(int(found[1], 16)))[1:-1], written))


@given(ANY_TEXT)
def test_a_text_literal_gives_the_text_back(text: str):
    written = literal(text)
    assert read(written) == text
    assert written.isprintable()


@given(ANY_TEXT)
def test_a_json_string_gives_the_text_back(text: str):
    assert json.loads(json_string(SpecText(text))) == text


@given(st.lists(ANY_TEXT, max_size=3))
def test_a_comment_ends_where_we_end_it(paragraphs: list[str]):
    written = comment([SpecText(text) for text in paragraphs], 2)
    assert written.startswith("/**")
    assert written.endswith("*/")
    assert written.count("*/") == 1
    assert all(line.isprintable() for line in written.split("\n"))
    assert not re.search(r"(?:^|[\s*{])@", written.removeprefix("/**"))


def test_our_own_tags_stay_and_theirs_are_text():
    assert comment([SpecText("@deprecated soon, ask a@b.test"), code("@deprecated")], 0) == (
        "/**\n * \\@deprecated soon, ask a@b.test\n *\n * @deprecated\n */"
    )
    assert comment([SpecText("\\@x and {@link y}")], 0) == "/** \\\\\\@x and {\\@link y} */"


def test_a_comment_of_nothing_says_so():
    assert comment([SpecText(" \n")], 0) == "/** Not described. */"


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        ("name", "name"),
        ("$ref", "$ref"),
        ("__proto__", "__proto__"),
        ("a-b", '"a-b"'),
        ("1", '"1"'),
        ("", '""'),
        ("é", '"é"'),
        ("new\n", '"new\\u000a"'),
    ],
)
def test_members_are_quoted_where_they_are_no_identifiers(wire: str, expected: str):
    assert property_name(wire) == expected


def test_no_value_sets_a_prototype():
    assert literal({"__proto__": 1, "constructor": [None, True]}) == '{ ["__proto__"]: 1, constructor: [null, true] }'


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", '"a"'),
        (-1, "-1"),
        (2.5, "2.5"),
        (True, "true"),
        (None, "null"),
        (2**53 + 1, "number"),
        (["a", {"b": 1}], '["a", { b: 1 }]'),
        ({}, "{}"),
    ],
)
def test_the_type_of_one_value(value: object, expected: str):
    assert literal_type(value) == expected


def test_other_objects_have_no_literal():
    with pytest.raises(TypeError):
        literal(object())
    with pytest.raises(TypeError):
        literal_type(object())
