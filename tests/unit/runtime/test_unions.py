"""Unions that msgspec refuses are decoded by discriminator or shape."""

from __future__ import annotations

import datetime
from enum import Enum
from typing import Any, Literal

import msgspec
import pytest
from msgspec import UNSET, UnsetType
from petstore import models
from petstore._runtime.hooks import compose_path, decode_hook, encode_hook
from petstore._runtime.model import Model
from petstore._runtime.unions import ShapedUnion, UnknownVariant, Variant, convert_union


class Circle(Model):
    radius: float


class Box(Model):
    width: float
    height: float
    label: str = ""


Shape = ShapedUnion(
    "Shape",
    lambda: (
        Variant(Circle, required=("radius",), known=("radius",)),
        Variant(Box, required=("width", "height"), known=("width", "height", "label")),
        Variant(str),
        Variant(datetime.date),
        Variant(list[int]),
        Variant(float),
        Variant(int),
    ),
)


def decode(text: str, kind: Any) -> Any:
    return msgspec.json.decode(text, type=kind, dec_hook=decode_hook)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"radius": 2}', Circle(2)),
        ('{"width": 1, "height": 2, "label": "x"}', Box(1, 2, "x")),
        ('{"radius": 1, "width": 1, "height": 2}', Box(1, 2)),
        ('"plain"', "plain"),
        ('"2026-11-20"', datetime.date(2026, 11, 20)),
        ("[1, 2]", [1, 2]),
        ("3", 3),
        ("3.0", 3.0),
    ],
)
def test_the_shape_picks_the_variant(text, expected):
    found = decode(text, Shape)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("true", "got boolean"),
        ('{"depth": 1}', "Circle requires radius"),
        ('["x"]', "Expected `int`, got `str`"),
        ('{"radius": "x"}', "Expected `float`, got `str`"),
    ],
)
def test_what_fits_no_variant_is_refused_with_the_reason(text, says):
    with pytest.raises(msgspec.ValidationError, match=says):
        decode(text, Shape)


def test_a_union_stands_in_lists_dicts_and_beside_null():
    assert decode('[{"radius": 1}, null]', list[Shape | None]) == [Circle(1), None]
    assert decode('{"a": {"radius": 1}}', dict[str, Shape]) == {"a": Circle(1)}


def test_the_discriminator_picks_the_variant():
    assert decode('{"petType": "dog", "bark": "x"}', models.Pet) == models.Dog(pet_type="dog", bark="x")


def test_an_unknown_tag_keeps_the_value_and_goes_back_as_it_came():
    text = b'{"petType":"fish","fins":[1,2]}'
    found = decode(text.decode(), models.Pet)
    assert found == UnknownVariant("fish", {"petType": "fish", "fins": [1, 2]})
    assert msgspec.json.encode(found, enc_hook=encode_hook) == text


def test_a_union_within_its_own_variant_round_trips():
    text = b'{"petType":"cat","friend":{"petType":"cat","friend":{"petType":"fish"}}}'
    assert msgspec.json.encode(decode(text.decode(), models.Pet), enc_hook=encode_hook) == text


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('[{"petType": "cat", "lives": "x"}]', "$[0].lives"),
        (
            '[{"petType":"cat","friend":{"petType":"cat","friend":{"petType":"dog","bark":1}}}]',
            "$[0].friend.friend.bark",
        ),
        ("[5]", "$[0]"),
    ],
)
def test_the_path_of_a_fault_is_whole(text, path):
    with pytest.raises(msgspec.ValidationError) as caught:
        decode(text, list[models.Pet])
    assert compose_path(str(caught.value))[1] == path


def test_a_path_in_the_text_of_an_error_is_not_taken_for_one():
    message, path = compose_path("Invalid value '`$.x`' - at `$.a`")
    assert (message, path) == ("Invalid value '`$.x`'", "$.a")


def test_a_missing_discriminator_falls_back_to_the_shape():
    with pytest.raises(msgspec.ValidationError, match="petType"):
        decode('{"lives": 3}', models.Pet)


class Ring(Model, kw_only=True):
    child: Link | UnsetType = UNSET
    leaf: int | UnsetType = UNSET


class Hook(Model, kw_only=True):
    child: Link | UnsetType = UNSET
    leaf: int | UnsetType = UNSET


Link = ShapedUnion("Link", lambda: (Variant(Ring, known=("child", "leaf")), Variant(Hook, known=("child", "leaf"))))


@pytest.mark.parametrize("fails", [True, False])
def test_a_deep_value_is_tried_once_for_each_variant(fails):
    tried = 0
    value: object = {"leaf": "bad" if fails else 1}
    for _ in range(60):
        value = {"child": value, "leaf": 1}

    def counting(_kind: type, found: object) -> object:
        nonlocal tried
        tried += 1
        return convert_union(Link, found, strict=True, hook=counting)

    if fails:
        with pytest.raises(ValueError, match="No variant of Link fits"):
            counting(Link, value)
    else:
        assert isinstance(counting(Link, value), Ring)
    assert tried < 200


def test_what_one_decoding_found_is_not_remembered_for_the_next():
    value = {"leaf": 1}
    assert convert_union(Link, value, strict=True, hook=decode_hook) == Ring(leaf=1)
    value["leaf"] = 2
    assert convert_union(Link, value, strict=True, hook=decode_hook) == Ring(leaf=2)


class Move(Enum):
    UP = "up"


class Up(Model, kw_only=True):
    move: Move | UnsetType = UNSET
    to: str | UnsetType = UNSET


class Down(Model, kw_only=True):
    move: Literal["down"] | UnsetType = UNSET
    by: int | UnsetType = UNSET


def test_a_member_of_one_value_that_fits_goes_before_more_known_members():
    steps = ShapedUnion(
        "Steps",
        lambda: (
            Variant(dict[str, str]),
            Variant(Up, known=("move", "to")),
            Variant(Down, known=("move", "by")),
        ),
    )
    assert decode('{"move": "down"}', steps) == Down(move="down")
    assert decode('{"move": "up", "by": 1}', steps) == Up(move=Move.UP)


def test_instances_are_told_by_the_variants_and_not_by_the_union():
    assert isinstance(object(), Shape)  # msgspec asks this of what the hook gave
    assert isinstance(decode('{"radius": 2}', Shape), Circle)
