"""Values that do not fit their fields: both forms refuse the same, with the place."""

# ruff: noqa: RUF012 - msgspec copies empty lists and dicts that are defaults

from __future__ import annotations

from array import array
from collections import deque
from typing import Any

import pytest
from msgspec import UNSET

from specbind.generator.targets.python._runtime.enums import OpenInt
from specbind.generator.targets.python._runtime.proto import (
    DecodeError,
    EncodeError,
    Message,
    decode,
    encode,
    from_dict,
    from_json,
    to_json,
    value_or_default,
    wellknown,
)
from specbind.generator.targets.python._runtime.proto.codec import _Members


class Shade(OpenInt):
    DARK = 0
    LIGHT = 3


class Kinds(Message):
    a_double: Any = 0.0
    a_float: Any = 0.0
    a_bool: Any = False
    maybe: Any = UNSET
    content: Any = b""
    texts: Any = []
    numbers: Any = []
    flags: Any = []
    by_flag: Any = {}
    shade: Any = UNSET
    shades: Any = []
    by_name: Any = {}
    free: Any = UNSET
    wrapped: Any = UNSET
    pieces: Any = []
    text: Any = ""
    packed_shades: Any = []

    __proto__ = (
        "strict.Kinds",
        (
            (1, "a_double", "double"),
            (2, "a_float", "float"),
            (3, "a_bool", "bool"),
            (4, "maybe", "bool", "optional"),
            (5, "content", "bytes"),
            (6, "texts", "string", "repeated"),
            (7, "numbers", "int32", "packed"),
            (8, "flags", "bool", "packed"),
            (9, "by_flag", "map bool bytes"),
            (10, "shade", "closed Shade", "optional"),
            (11, "shades", "closed Shade", "repeated"),
            (12, "by_name", "map string closed Shade"),
            (13, "free", "struct"),
            (14, "wrapped", "wrapped double"),
            (15, "pieces", "bytes", "repeated"),
            (16, "text", "string"),
            (17, "packed_shades", "closed Shade", "packed"),
        ),
    )


@pytest.mark.parametrize(
    "content",
    [array("d", [1, 2]), memoryview(array("I", [1, 2, 3])), memoryview(b"abcdef")[::2], bytearray(b"xyz")],
    ids=["array", "numbers", "every second", "bytearray"],
)
def test_any_buffer_is_written_as_its_bytes(content: Any):
    plain = memoryview(content).tobytes()
    kinds = Kinds(content=content, pieces=[content], by_flag={True: content})
    expected = Kinds(content=plain, pieces=[plain], by_flag={True: plain})
    assert decode(Kinds, encode(kinds)) == expected
    assert to_json(kinds) == to_json(expected)


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"texts": "abc"}, "texts"),
        ({"texts": {"abc": 1}}, "texts"),
        ({"texts": {"abc"}}, "texts"),
        ({"texts": (one for one in "ab")}, "texts"),
        ({"texts": None}, "texts"),
        ({"numbers": None}, "numbers"),
        ({"numbers": {1: 2}}, "numbers"),
        ({"numbers": b"\1\2"}, "numbers"),
        ({"numbers": (one for one in (1, 2))}, "numbers"),
        ({"pieces": b"ab"}, "pieces"),
        ({"a_bool": "false"}, "a_bool"),
        ({"a_bool": 2}, "a_bool"),
        ({"maybe": ""}, "maybe"),
        ({"maybe": None}, "maybe"),
        ({"maybe": []}, "maybe"),
        ({"flags": [True, "false"]}, "flags[1]"),
        ({"by_flag": {"false": b"x"}}, "by_flag['false']"),
        ({"content": 5}, "content"),
        ({"content": [1]}, "content"),
        ({"a_double": "1.5"}, "a_double"),
        ({"a_float": 1e300}, "a_float"),
        ({"wrapped": None}, "wrapped"),
        ({"wrapped": ""}, "wrapped"),
        ({"shade": 99}, "shade"),
        ({"shades": [0, 99]}, "shades[1]"),
        ({"packed_shades": [0, 99]}, "packed_shades[1]"),
        ({"by_name": {"a": 99}}, "by_name['a']"),
        ({"free": {"a": 10**400}}, "free"),
        ({"free": {"a": 2**53 + 1}}, "free"),
        ({"free": {"a": object()}}, "free"),
        ({"text": "\ud800"}, "text"),
    ],
)
def test_what_does_not_fit_is_refused_in_both_forms(wrong: dict[str, Any], path: str):
    with pytest.raises(EncodeError) as caught:
        encode(Kinds(**wrong))
    assert caught.value.path == path
    with pytest.raises(EncodeError) as caught:
        to_json(Kinds(**wrong))
    assert caught.value.path == path


@pytest.mark.parametrize("empty", [None, "", 0, b"", []])
def test_a_falsy_value_without_presence_is_its_default(empty: Any):
    kinds = Kinds(a_double=empty, a_float=empty, a_bool=empty, content=empty)
    assert encode(kinds) == b""
    assert to_json(kinds) == "{}"


def test_sequences_are_lists():
    kinds = Kinds(texts=("a", "b"), numbers=range(3))
    assert decode(Kinds, encode(kinds)) == Kinds(texts=["a", "b"], numbers=[0, 1, 2])
    assert encode(Kinds(texts=deque(["a"]), numbers=array("i", [1]))) == encode(Kinds(texts=["a"], numbers=[1]))
    assert to_json(Kinds(numbers=range(2))) == '{"numbers":[0,1]}'


def test_bools_and_their_numbers_are_bools():
    kinds = Kinds(a_bool=1, maybe=0, flags=[True, 0])
    assert encode(kinds) == encode(Kinds(a_bool=True, maybe=False, flags=[True, False]))
    assert to_json(kinds) == '{"aBool":true,"maybe":false,"flags":[true,false]}'


def test_derived_texts_are_texts():
    class Text(str):
        __slots__ = ()

    kinds = Kinds(text=Text("a"), texts=[Text("b")], free={Text("c"): Text("d")})
    assert to_json(kinds) == '{"texts":["b"],"free":{"c":"d"},"text":"a"}'


class Changing(dict[str, object]):
    """A dict that another thread changes."""

    def items(self) -> Any:
        for item in super().items():
            yield item
            self[f"{item[0]}x"] = 0


def test_a_dict_that_changes_meanwhile_is_an_error_of_the_tree():
    for write in (encode, to_json):
        with pytest.raises(EncodeError, match=r"strict\.Kinds.*changed size"):
            write(Kinds(by_name=Changing(a=Shade.DARK)))


def test_keys_that_are_no_text_are_refused():
    with pytest.raises(DecodeError, match=r"strict\.Kinds\.free: expected a text as a key, got a number"):
        from_dict(Kinds, {"free": {1: 2}})  # type: ignore[dict-item]
    with pytest.raises(DecodeError, match=r"strict\.Kinds: there is no field '1'"):
        from_dict(Kinds, {1: 2})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    "call", [encode, to_json, lambda one: decode(type(one), b""), lambda one: from_json(one, "{}")]
)
def test_what_is_no_message_is_named(call: Any):
    with pytest.raises(TypeError, match="is no type of message"):
        call(5)


def test_a_duration_that_is_too_long_for_a_timedelta():
    with pytest.raises(OverflowError):
        wellknown.Duration(seconds=10**18).to_timedelta()


def test_defaults_of_32_bits_are_those_of_32_bits():
    class Old(Message):
        ratio: Any = UNSET

        __proto__ = ("strict.Old", ((1, "ratio", "float", "optional", 1.1),))

    assert value_or_default(Old(), "ratio") == 1.100000023841858


def test_what_is_read_of_nothing_is_shown_as_nothing():
    assert repr(decode(Kinds, b"")) == "Kinds()"


def test_an_instant_below_the_last_level_is_refused_in_every_form():
    class Tree(Message):
        below: Any = UNSET
        at: Any = UNSET

        __proto__ = ("strict.Tree", ((1, "below", "message Tree"), (2, "at", "message @Timestamp")))

    globals()["Tree"] = Tree  # where its table looks for it
    for seconds in (5, 1_700_000_000):
        tree = Tree(at=wellknown.Timestamp(seconds=seconds))
        for _ in range(99):
            tree = Tree(below=tree)
        assert decode(Tree, encode(tree)) == tree
        with pytest.raises(DecodeError, match="more than 100 levels"):
            decode(Tree, encode(Tree(below=tree)))


def test_members_for_unknown_numbers_are_kept_but_not_without_end():
    members = _Members(Shade)
    assert members[77] is members[77] == 77
    for number in range(5000):
        assert members[number] == number
    assert len(members) <= 1002
