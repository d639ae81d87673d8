"""JSON: values, places and what is wrong with a text."""

import json

import pytest

from specbind.generator.codes import Code
from specbind.generator.source import MAX_DEPTH, ReadError
from specbind.generator.source.json_text import locate, parse, repeated_keys


def test_a_value_is_read():
    assert parse('{"a": [1, 2.5, null, "é"]}') == {"a": [1, 2.5, None, "é"]}


@pytest.mark.parametrize(("text", "offset"), [('{"a": 1 "b"}', 8), ('{"a": xope}', 7), ('{"é": 1 x}', 8)])
def test_a_syntax_error_has_its_place(text, offset):
    with pytest.raises(ReadError) as caught:
        parse(text)
    assert caught.value.code is Code.SYNTAX
    assert abs(caught.value.offset - offset) <= 1


def test_a_text_cut_short_is_an_error_at_its_end():
    with pytest.raises(ReadError) as caught:
        parse('{"a": [1')
    assert caught.value.offset == 8


def test_deep_nesting_is_an_error_with_its_place():
    text = '{"a":' * 6000 + "1" + "}" * 6000
    with pytest.raises(ReadError) as caught:
        parse(text)
    assert caught.value.code is Code.TOO_DEEP
    assert caught.value.pointer.startswith("/a/a/a")
    assert caught.value.offset > MAX_DEPTH


@pytest.mark.parametrize(
    ("text", "pointers"),
    [
        ('{"a": 1, "b": {"c": 1}}', []),
        ('{"a": 1, "a": 2}', ["/a"]),
        ('{"x/y": [{"k": 1, "k": 1}]}', ["/x~1y/0/k"]),
        ('{"a": "\\u0061", "\\u0061": 1}', ["/a"]),
    ],
)
def test_repeated_keys_are_found(text, pointers):
    assert [pointer for pointer, _ in repeated_keys(text, parse(text))] == pointers


def test_places_are_found_in_one_scan():
    text = json.dumps({"a": [{"b": 1}, {"b/c": [True]}], "z": {"": 2}}, indent=1)
    found = locate(text, [("a", "1", "b/c"), ("z", ""), ("a", "9")])
    assert text[found["a", "1", "b/c"][0] :].startswith('"b/c"')
    assert text[found["a", "1", "b/c"][1] :].startswith("[")
    assert text[found["z", ""][1] :].startswith("2")
    assert ("a", "9") not in found


def test_braces_in_strings_do_not_disturb_places():
    text = '{"a": "}]{[\\"", "b": {"c": 0}}'
    assert text[locate(text, [("b", "c")])["b", "c"][1]] == "0"
