"""Random messages of every kind, beside google's own library: the code is generated from the same protos."""

from __future__ import annotations

import json
import math
from pathlib import Path
from random import Random
from typing import Any

import pytest
from google.protobuf import json_format, message_factory
from google.protobuf.message import DecodeError as GoogleDecodeError
from tests.support.compiled import compiled, google_pool
from tests.support.proto_package import Generated
from tests.support.random_messages import fill

HERE = Path(__file__).parent
FILES = [HERE / "kinds3.proto", HERE / "kinds2.proto", HERE / "kinds2024.proto"]
POOL = google_pool(compiled(FILES, [HERE]))
PROTO3 = [f"kinds.v3.{name}" for name in "Implicit Optional Repeated Maps Choice Tree Known".split()]
NAMES = [*PROTO3, "kinds.v2.Old", "kinds.v2024.Edition"]
UNORDERED = {"kinds.v3.Maps", "kinds.v3.Tree", "kinds.v2024.Edition"}  # the order of a map's entries is free
SEEDS = range(12)


class Ours:
    """What the generated package says of bytes and texts."""

    def __init__(self, folder: Path) -> None:
        self.made = Generated(folder, "kinds_beside_google", FILES, [HERE])
        message = self.made.runtime("proto.message")
        self.encode = message.encode
        self.to_json = self.made.runtime("proto.json_write").to_json
        self._decode, self._from_json = message.decode, self.made.runtime("proto.json_read").from_json
        self.refusal = self.made.runtime("proto.errors").DecodeError

    def decode(self, name: str, content: bytes) -> Any:
        return self._decode(self.made.find(name), content)

    def from_json(self, name: str, text: str) -> Any:
        return self._from_json(self.made.find(name), text)

    def reads(self, name: str, content: bytes) -> Any:
        """A message, None if the bytes are refused."""
        try:
            return self.decode(name, content)
        except self.refusal:
            return None


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Ours:
    return Ours(tmp_path_factory.mktemp("kinds"))


def google(name: str):
    return message_factory.GetMessageClass(POOL.FindMessageTypeByName(name))


def sample(name: str, seed: int):
    return fill(google(name)(), Random(f"{name} {seed}"))  # noqa: S311 - the same every time


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", SEEDS)
def test_binary_form_is_the_same_both_ways(ours: Ours, name: str, seed: int):
    theirs = sample(name, seed)
    content = theirs.SerializeToString(deterministic=True)
    message = ours.decode(name, content)
    assert google(name).FromString(ours.encode(message)).SerializeToString(deterministic=True) == content
    assert ours.decode(name, ours.encode(message)) == message
    if name not in UNORDERED:
        assert ours.encode(message) == content


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", SEEDS)
def test_json_is_the_same_both_ways(ours: Ours, name: str, seed: int):
    theirs = sample(name, seed)
    theirs.DiscardUnknownFields()  # JSON has no form for them
    message = ours.decode(name, theirs.SerializeToString())
    text = json_format.MessageToJson(theirs, descriptor_pool=POOL)
    assert json.loads(ours.to_json(message)) == json.loads(text)
    assert ours.from_json(name, text) == message
    assert json_format.Parse(ours.to_json(message), google(name)(), descriptor_pool=POOL) == theirs
    full = json_format.MessageToJson(
        theirs, always_print_fields_with_no_presence=True, preserving_proto_field_name=True
    )
    assert json.loads(ours.to_json(message, defaults=True, proto_names=True)) == json.loads(full)


def google_reads(name: str, content: bytes) -> Any:
    """A message without unknown fields, None if the bytes are refused."""
    try:
        message = google(name).FromString(content)
    except GoogleDecodeError:
        return None
    message.DiscardUnknownFields()
    level(message)
    return message


def level(message: Any) -> None:
    """Take away what may differ: payloads of NaNs, and a Value reads as null without content or with another number."""
    if message.DESCRIPTOR.full_name == "google.protobuf.Value" and message.WhichOneof("kind") in {None, "null_value"}:
        message.null_value = 0
    for field, value in message.ListFields():
        entry = field.message_type is not None and field.message_type.GetOptions().map_entry
        kind = field.message_type.fields_by_name["value"].message_type if entry else field.message_type
        if kind is None:
            level_numbers(message, field.name, value)
        else:
            for one in value.values() if entry else value if field.is_repeated else [value]:
                level(one)


def level_numbers(message: Any, name: str, value: Any) -> None:
    if isinstance(value, float) and math.isnan(value):
        setattr(message, name, math.nan)
    elif not isinstance(value, int | float | str | bytes):
        for key in list(value) if hasattr(value, "keys") else range(len(value)):
            if isinstance(value[key], float) and math.isnan(value[key]):
                value[key] = math.nan


def content_of(message: Any) -> bytes:
    """The bytes of a message of google's, in one order."""
    return message.SerializePartialToString(deterministic=True)


def assert_same(ours: Ours, name: str, content: bytes) -> None:
    """Both refuse bytes, or both find the same in them; ours comes back from its own encoding."""
    theirs, message = google_reads(name, content), ours.reads(name, content)
    assert (message is None) == (theirs is None), content
    if message is None or not theirs.IsInitialized():
        return
    again = ours.encode(message)
    assert content_of(google_reads(name, again)) == content_of(theirs), content
    assert ours.encode(ours.decode(name, again)) == again


@pytest.mark.parametrize("name", NAMES)
def test_cut_off_anywhere_it_is_refused_where_google_refuses_it(ours: Ours, name: str):
    for seed in SEEDS[:3]:
        content = content_of(sample(name, seed))[:600]
        for end in range(len(content)):
            assert_same(ours, name, content[:end])


@pytest.mark.parametrize("name", NAMES)
def test_damaged_bytes_are_refused_where_google_refuses_them(ours: Ours, name: str):
    random = Random(name)  # noqa: S311 - the same every time
    for seed in SEEDS[:6]:
        content = content_of(sample(name, seed))[:300]
        for _ in range(100 if content else 0):
            damaged = bytearray(content)
            for _ in range(random.randrange(1, 4)):
                damaged[random.randrange(len(damaged))] = random.randrange(256)
            assert_same(ours, name, bytes(damaged))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("kinds.v2.Old", b"\x62\x02hi\x78\x63"),
        ("kinds.v2.Old", b"\x82\x01\x06\x62\x02hi\x78\x63"),
        ("kinds.v2024.Edition", b"\x1a\x00\x7a\x02hi\x70\x63"),
        ("kinds.v2024.Edition", b"\x1a\x00\x82\x01\x08\x1a\x00\x7a\x02hi\x70\x63"),
    ],
)
def test_a_number_that_a_closed_enum_does_not_have_leaves_the_oneof_alone(ours: Ours, name: str, content: bytes):
    theirs, message = google(name).FromString(content), ours.decode(name, content)
    assert ours.encode(message) == theirs.SerializeToString() == content
    assert "hi" in repr(message)


@pytest.mark.parametrize("content", [b"\x32\x06\x08\x05\x10\x01\x18\x07", b"\x32\x06\x08\x05\x10\x10\x10\x00"])
def test_an_entry_with_unknown_fields_is_an_unknown_field(ours: Ours, content: bytes):
    message = ours.decode("kinds.v2.Old", content)
    assert ours.encode(message) == content
    assert message.by_number == dict(google("kinds.v2.Old").FromString(content).by_number) == {}
