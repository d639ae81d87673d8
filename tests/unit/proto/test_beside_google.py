"""Random messages of every kind, beside google's own library: the code is generated from the same protos."""

from __future__ import annotations

import json
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
FILES = [HERE / "kinds3.proto", HERE / "kinds2.proto"]
POOL = google_pool(compiled(FILES, [HERE]))
NAMES = [f"kinds.v3.{name}" for name in "Implicit Optional Repeated Maps Choice Tree Known".split()] + ["kinds.v2.Old"]
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

    def reads(self, name: str, content: bytes) -> bool:
        """Whether it reads bytes; what was read has to come back from its own encoding."""
        try:
            message = self.decode(name, content)
        except self.refusal:
            return False
        again = self.encode(message)
        assert self.encode(self.decode(name, again)) == again
        return True


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
    if name not in {"kinds.v3.Maps", "kinds.v3.Tree"}:  # there the order of entries is free
        assert ours.encode(message) == content


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", SEEDS)
def test_json_is_the_same_both_ways(ours: Ours, name: str, seed: int):
    theirs = sample(name, seed)
    message = ours.decode(name, theirs.SerializeToString())
    text = json_format.MessageToJson(theirs, descriptor_pool=POOL)
    assert json.loads(ours.to_json(message)) == json.loads(text)
    assert ours.from_json(name, text) == message
    assert json_format.Parse(ours.to_json(message), google(name)(), descriptor_pool=POOL) == theirs
    full = json_format.MessageToJson(
        theirs, always_print_fields_with_no_presence=True, preserving_proto_field_name=True
    )
    assert json.loads(ours.to_json(message, defaults=True, proto_names=True)) == json.loads(full)


def google_reads(name: str, content: bytes) -> bool:
    try:
        google(name).FromString(content)
    except GoogleDecodeError:
        return False
    return True


@pytest.mark.parametrize("name", NAMES)
def test_cut_off_anywhere_it_is_refused_where_google_refuses_it(ours: Ours, name: str):
    for seed in SEEDS[:3]:
        content = sample(name, seed).SerializeToString()[:600]
        for end in range(len(content)):
            assert ours.reads(name, content[:end]) == google_reads(name, content[:end]), (seed, end)


@pytest.mark.parametrize("name", NAMES)
def test_damaged_bytes_are_refused_where_google_refuses_them(ours: Ours, name: str):
    random = Random(name)  # noqa: S311 - the same every time
    for seed in SEEDS[:6]:
        content = sample(name, seed).SerializeToString()[:300]
        for _ in range(100 if content else 0):
            damaged = bytearray(content)
            for _ in range(random.randrange(1, 4)):
                damaged[random.randrange(len(damaged))] = random.randrange(256)
            assert ours.reads(name, bytes(damaged)) == google_reads(name, bytes(damaged)), bytes(damaged)
