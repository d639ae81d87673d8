"""Objects keep the members that the spec does not name."""

from __future__ import annotations

import copy
import pickle
from datetime import date
from typing import Any

import msgspec
import pytest
from msgspec import UNSET, UnsetType, field
from petstore._runtime.errors import DecodeError, RequestError
from petstore._runtime.forms import Form
from petstore._runtime.hooks import encode_hook
from petstore._runtime.model import Model
from petstore._runtime.open_model import OpenModel, member_types, replace
from petstore._runtime.parameters import Query
from petstore._runtime.parsing import convert_text, parse_query
from petstore._runtime.payloads import Json, json_encoder
from petstore._runtime.unions import ShapedUnion, Variant


class Labels(OpenModel, rename={"pet_type": "petType", "odd": 'a"b\\c\n'}):
    pet_type: str
    born: date | UnsetType = UNSET
    parent: Labels | UnsetType | None = UNSET
    odd: int | UnsetType = UNSET
    additional_properties: dict[str, int] = field(default_factory=dict)


class Matched(
    OpenModel,
    patterns=(("^x-", lambda: str), (r"^\d+$", lambda: date)),
    additional=lambda: list[int],
):
    additional_properties: dict[str, str | date | list[int]] = field(default_factory=dict)


class Closed(OpenModel, patterns=(("^x-", lambda: str),), closed=True):
    name: str | UnsetType = UNSET
    additional_properties: dict[str, str] = field(default_factory=dict)


class Slow(OpenModel, patterns=(("^(a+)+$", lambda: int), ("^n", lambda: int)), additional=lambda: str):
    additional_properties: dict[str, Any] = field(default_factory=dict)


class Holder(Model):
    labels: Labels | None
    all: list[Labels] = field(default_factory=list)


class Plain(Model):
    name: str


Mixed = ShapedUnion(
    "Mixed",
    lambda: (
        Variant(Plain, required=("name",), known=("name",)),
        Variant(Labels, required=("petType",), known=("petType", "born")),
        Variant(str),
    ),
)


def decode(kind: Any, text: bytes) -> Any:
    return Json("application/json", lambda: kind).decode(text, "application/json")


def test_members_that_are_not_declared_are_kept_both_ways():
    text = b'{"petType":"cat","born":"2026-11-20","parent":{"petType":"p","y":2},"a\\"b\\\\c\\n":7,"x":1}'
    found = decode(Labels, text)
    assert found == Labels(
        pet_type="cat",
        born=date(2026, 11, 20),
        parent=Labels(pet_type="p", additional_properties={"y": 2}),
        odd=7,
        additional_properties={"x": 1},
    )
    assert json_encoder.encode(found) == text


def test_fields_that_are_not_given_stay_out():
    found = decode(Labels, b'{"petType":"cat"}')
    assert (found.born, found.additional_properties) == (UNSET, {})
    assert json_encoder.encode(found) == b'{"petType":"cat"}'
    found.additional_properties["x"] = 3
    assert Labels(pet_type="cat").additional_properties == {}


@pytest.mark.parametrize(
    ("text", "path", "said"),
    [
        (b'{"labels":{"petType":1}}', "$.labels.petType", "Expected `str`"),
        (b'{"labels":{}}', "$.labels", "petType"),
        (b'{"labels":{"petType":"c","x":"1"}}', "$.labels.x", "Expected `int`"),
        (b'{"labels":{"petType":"c","x y`":"1"}}', "$.labels['x y?']", "Expected `int`"),
        (b'{"labels":{"petType":"c","parent":{"petType":"c","x":[]}}}', "$.labels.parent.x", "Expected `int`"),
        (b'{"labels":null,"all":[{"petType":"c"},3]}', "$.all[1]", "Expected `object`, got `int`"),
        (b'{"labels":{"petType":"c","a\\"b\\\\c\\n":"x"}}', "$.labels.a?b?c?", "Expected `int`"),
    ],
)
def test_an_error_has_the_whole_path(text, path, said):
    with pytest.raises(DecodeError, match=said) as caught:
        decode(Holder, text)
    assert caught.value.path == path


def test_a_pattern_gives_the_type_of_a_name():
    found = decode(Matched, b'{"x-a":"text","12":"2026-11-20","other":[1]}')
    assert found.additional_properties == {"x-a": "text", "12": date(2026, 11, 20), "other": [1]}
    for text in (b'{"x-a":1}', b'{"12":"text"}', b'{"other":"x"}', b'{"12\\n":"2026-11-20"}'):
        with pytest.raises(DecodeError):
            decode(Matched, text)
    assert json_encoder.encode(found) == b'{"x-a":"text","12":"2026-11-20","other":[1]}'


def test_names_that_a_slow_pattern_may_match_have_any_type():
    assert decode(Slow, b'{"a":[1],"n":2}').additional_properties == {"a": [1], "n": 2}
    with pytest.raises(DecodeError, match="Expected `int`"):
        decode(Slow, b'{"n":"x"}')


def test_a_long_name_is_not_matched():
    assert decode(Matched, b'{"x-' + b"a" * 300 + b'":1}').additional_properties == {"x-" + "a" * 300: 1}


def test_a_closed_object_takes_names_of_its_patterns_only():
    assert decode(Closed, b'{"x-a":"1","y":2}') == Closed(additional_properties={"x-a": "1"})
    with pytest.raises(RequestError, match="takes no additional property 'y'"):
        Json("application/json", lambda: Closed).encode(Closed(additional_properties={"y": "1"}))


def test_an_additional_property_cannot_replace_a_declared_one():
    with pytest.raises(RequestError, match="'petType' is the declared field 'pet_type'"):
        Json("application/json", lambda: Labels).encode(Labels(pet_type="a", additional_properties={"petType": 1}))


def test_it_is_a_variant_of_a_union():
    assert decode(Mixed, b'{"petType":"c","x":1}') == Labels(pet_type="c", additional_properties={"x": 1})
    assert decode(Mixed, b'{"name":"n"}') == Plain("n")
    assert decode(Mixed, b'"n"') == "n"
    with pytest.raises(DecodeError, match="Labels requires petType"):
        decode(Mixed, b"{}")
    with pytest.raises(DecodeError) as caught:
        decode(list[Mixed], b'[{"petType":"c","x":"1"}]')
    assert caught.value.path == "$[0].x"


def test_it_is_a_value():
    first = Labels(pet_type="a", additional_properties={"x": 1})
    assert first == copy.deepcopy(first) == pickle.loads(pickle.dumps(first))  # noqa: S301 - our own bytes
    assert first != Labels(pet_type="a")
    assert first != "a"
    assert repr(first) == ("Labels(pet_type='a', born=UNSET, parent=UNSET, odd=UNSET, additional_properties={'x': 1})")
    second = replace(first, pet_type="b")
    assert (second.pet_type, second.additional_properties, first.pet_type) == ("b", {"x": 1}, "a")
    assert replace(Plain("a"), name="b") == Plain("b")
    with pytest.raises(TypeError, match="no field 'kind'"):
        replace(first, kind="b")
    with pytest.raises(TypeError, match="unhashable"):
        hash(first)


def test_arguments_are_checked():
    with pytest.raises(TypeError, match="needs the argument 'pet_type'"):
        Labels()
    with pytest.raises(TypeError, match="no field 'petType'"):
        Labels(pet_type="a", petType="b")
    with pytest.raises(AttributeError):
        Labels(pet_type="a").kind = 1


def test_a_subclass_has_the_fields_of_its_base():
    class More(Labels):
        extra: int = 3

    assert (More(pet_type="a").extra, More(pet_type="a").odd) == (3, UNSET)


def test_it_goes_through_forms_and_parameters():
    labels = Labels(pet_type="cat", born=date(2026, 11, 20), additional_properties={"x": 1})
    assert Form("application/x-www-form-urlencoded", lambda: Labels).encode(labels)[1] == (
        b"petType=cat&born=2026-11-20&x=1"
    )
    assert convert_text(Labels, {"petType": "cat", "x": "1"}) == Labels(pet_type="cat", additional_properties={"x": 1})
    deep = Query("f", lambda: Labels, style="deepObject")
    assert deep.write(labels) == [("f%5BpetType%5D", "cat"), ("f%5Bborn%5D", "2026-11-20"), ("f%5Bx%5D", "1")]
    assert parse_query(deep, [("f[petType]", "cat"), ("f[born]", "2026-11-20"), ("f[x]", "1")]) == labels
    assert Query("f", lambda: Labels).write(labels) == [("petType", "cat"), ("born", "2026-11-20"), ("x", "1")]
    assert msgspec.to_builtins([labels], enc_hook=encode_hook) == [{"petType": "cat", "born": "2026-11-20", "x": 1}]


def test_the_type_of_each_member_is_known():
    assert [member_types(Labels)(name) for name in ("petType", "x")] == [str, int]
    assert [member_types(Closed)(name) for name in ("x-a", "y")] == [str, None]
    assert member_types(Plain)("name") is str
    assert member_types(dict[str, int])("any") is int
    assert member_types(int)("any") is None
