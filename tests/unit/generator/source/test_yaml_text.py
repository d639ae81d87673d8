"""YAML: the core schema, bounds, and nothing that builds objects."""

import pytest
import yaml

from specbind.generator.codes import Code
from specbind.generator.source import MAX_DEPTH, ReadError, yaml_text
from specbind.generator.source.yaml_text import parse, scalar


@pytest.fixture(params=["libyaml", "pure Python"], autouse=True)
def parser(request, monkeypatch):
    if request.param == "pure Python" or not yaml.__with_libyaml__:
        monkeypatch.setattr(yaml_text, "_loader", yaml.SafeLoader)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12), ("-7", -7), ("0o17", 15), ("0x1F", 31), ("1.5", 1.5), ("1e3", 1000.0), (".5", 0.5),
        (".inf", ".inf"), (".nan", ".nan"), ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
        ("no", "no"), ("on", "on"), ("Yes", "Yes"), ("2023-01-01", "2023-01-01"), ("1_000", "1_000"),
        ("12:30:45", "12:30:45"), ("1.2.3", "1.2.3"), ("-", "-"), ("nope", "nope"), ("1e999", "1e999"),
    ],
)  # fmt: skip
def test_plain_scalars_follow_yaml_1_2(text, value):
    assert scalar(text) == value
    assert type(scalar(text)) is type(value)


def test_quoted_scalars_are_strings():
    assert parse("a: '12'\nb: \"true\"\nc: |\n  5\n").value == {"a": "12", "b": "true", "c": "5\n"}


def test_keys_keep_their_text():
    assert parse("200: a\ntrue: b\n1.10: c\nnull: d\n").value == {"200": "a", "true": "b", "1.10": "c", "null": "d"}


def test_anchors_and_merge_keys_work():
    text = "base: &b {x: 1, y: 2}\nmore:\n  <<: *b\n  y: 3\nlist: [*b]\n"
    assert parse(text).value == {"base": {"x": 1, "y": 2}, "more": {"y": 3, "x": 1}, "list": [{"x": 1, "y": 2}]}


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system", "!custom", "!!binary", "!!timestamp", "!!set"])
def test_tags_are_refused(tag):
    with pytest.raises(ReadError) as caught:
        parse(f"a:\n  b: {tag} x\n" if tag != "!!set" else "a:\n  b: !!set {x}\n")
    assert caught.value.code is Code.TAG
    assert caught.value.pointer == "/a/b" or tag == "!!set"


def test_core_tags_are_taken():
    assert parse("a: !!str 12\nb: !!int '7'\nc: !!map {}\nd: !!seq []\n").value == {"a": "12", "b": 7, "c": {}, "d": []}


def test_aliases_cannot_explode():
    levels = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    with pytest.raises(ReadError) as caught:
        parse("\n".join(levels))
    assert caught.value.code is Code.ALIAS
    assert "alias limit" in caught.value.message


@pytest.mark.parametrize("text", ["a: &x [*x]", "a: *nowhere", "a: &x {b: {c: *x}}"])
def test_aliases_lead_somewhere_else(text):
    with pytest.raises(ReadError) as caught:
        parse(text)
    assert caught.value.code in (Code.ALIAS, Code.SYNTAX)


def test_depth_is_bounded():
    with pytest.raises(ReadError) as caught:
        parse("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))
    assert caught.value.code is Code.TOO_DEEP


def test_a_repeated_key_is_reported_and_the_last_value_counts():
    document = parse("a:\n  b: 1\n  c: 2\n  b: 3\n")
    assert document.value == {"a": {"b": 3, "c": 2}}
    assert [pointer for pointer, _ in document.repeated] == ["/a/b"]


def test_a_key_that_is_a_list_is_an_error():
    with pytest.raises(ReadError) as caught:
        parse("? [a, b]\n: 1\n")
    assert caught.value.code is Code.KEY_KIND


def test_a_second_document_is_noticed():
    document = parse("a: 1\n---\nb: 2\n")
    assert document.value == {"a": 1}
    assert document.more > 0


def test_a_syntax_error_has_its_place():
    text = "a: 1\nb: [1, 2\nc: 3\n"
    with pytest.raises(ReadError) as caught:
        parse(text)
    assert caught.value.code is Code.SYNTAX
    assert caught.value.offset >= text.index("c")
