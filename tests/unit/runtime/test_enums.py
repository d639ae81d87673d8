"""Open enums keep what they do not know."""

from __future__ import annotations

import copy
import pickle

import msgspec
import pytest
from petstore._runtime.enums import OpenFloat, OpenInt, OpenStr, is_known
from petstore._runtime.hooks import decode_hook, encode_hook


class Colour(OpenStr):
    RED = "red"


class Level(OpenInt):
    LOW = 1


class Ratio(OpenFloat):
    HALF = 0.5


@pytest.mark.parametrize(
    ("kind", "text", "value"), [(Colour, b'"blue"', "blue"), (Level, b"7", 7), (Ratio, b"0.25", 0.25)]
)
def test_an_unknown_value_decodes_compares_and_encodes_as_it_came(kind, text, value):
    member = msgspec.json.decode(text, type=kind, dec_hook=decode_hook)
    assert isinstance(member, kind)
    assert member == value
    assert hash(member) == hash(value)
    assert not is_known(member)
    assert msgspec.json.encode(member, enc_hook=encode_hook) == text


@pytest.mark.parametrize(
    ("kind", "text", "member"),
    [(Colour, b'"red"', Colour.RED), (Level, b"1", Level.LOW), (Ratio, b"0.5", Ratio.HALF)],
)
def test_a_known_value_is_its_member(kind, text, member):
    found = msgspec.json.decode(text, type=kind, dec_hook=decode_hook)
    assert found is member
    assert is_known(found)


def test_unknown_values_are_not_kept():
    for number in range(50):
        Colour(f"shade-{number}")
    assert list(Colour) == [Colour.RED]
    assert len(Colour._value2member_map_) == 1
    Ratio(0.75)
    assert list(Ratio) == [Ratio.HALF]


@pytest.mark.parametrize("member", [Colour("blue"), Colour.RED, Level(9), Ratio(0.25), Ratio.HALF])
def test_members_can_be_pickled_and_copied(member):
    assert pickle.loads(pickle.dumps(member)) == member  # noqa: S301 - our own bytes
    assert copy.deepcopy(member) == member
    assert type(pickle.loads(pickle.dumps(member))) is type(member)  # noqa: S301 - our own bytes


def test_members_print_as_their_value():
    assert f"{Colour('blue')} {Colour.RED} {Level.LOW:03d}" == "blue red 001"
    assert repr(Ratio(0.25)) == "<Ratio.0.25: 0.25>"


@pytest.mark.parametrize(("kind", "text"), [(Colour, b"3"), (Level, b'"x"'), (Ratio, b'"0.5"'), (Ratio, b"true")])
def test_a_value_of_another_kind_is_refused(kind, text):
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=kind, dec_hook=decode_hook)


def test_an_enum_works_as_a_key():
    found = msgspec.json.decode(b'{"red": 1, "blue": 2}', type=dict[Colour, int])
    assert found == {Colour.RED: 1, Colour("blue"): 2}
    assert found["blue"] == 2
