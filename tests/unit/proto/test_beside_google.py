"""Random messages of every kind, beside google's own library."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from google.protobuf import json_format, message_factory
from google.protobuf.message import DecodeError as GoogleDecodeError
from tests.support.descriptors import Messages, compile_protos
from tests.support.random_messages import fill

from specbind.generator.targets.python._runtime.proto.errors import DecodeError
from specbind.generator.targets.python._runtime.proto.json_read import from_json
from specbind.generator.targets.python._runtime.proto.json_write import to_json
from specbind.generator.targets.python._runtime.proto.message import decode, encode

HERE = Path(__file__).parent
MESSAGES = Messages("beside_google", compile_protos([HERE], ["kinds3.proto", "kinds2.proto"]))
NAMES = [f"kinds.v3.{name}" for name in "Implicit Optional Repeated Maps Choice Tree Known".split()] + ["kinds.v2.Old"]
SEEDS = range(12)


def google(name: str):
    return message_factory.GetMessageClass(MESSAGES.pool.FindMessageTypeByName(name))


def sample(name: str, seed: int):
    return fill(google(name)(), Random(f"{name} {seed}"))  # noqa: S311 - the same every time


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", SEEDS)
def test_binary_form_is_the_same_both_ways(name: str, seed: int):
    theirs = sample(name, seed)
    content = theirs.SerializeToString(deterministic=True)
    ours = decode(MESSAGES.types[name], content)
    assert google(name).FromString(encode(ours)).SerializeToString(deterministic=True) == content
    assert decode(MESSAGES.types[name], encode(ours)) == ours
    if name not in {"kinds.v3.Maps", "kinds.v3.Tree"}:  # there the order of entries is free
        assert encode(ours) == content


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", SEEDS)
def test_json_is_the_same_both_ways(name: str, seed: int):
    theirs = sample(name, seed)
    ours = decode(MESSAGES.types[name], theirs.SerializeToString())
    text = json_format.MessageToJson(theirs, descriptor_pool=MESSAGES.pool)
    assert json.loads(to_json(ours)) == json.loads(text)
    assert from_json(MESSAGES.types[name], text) == ours
    assert json_format.Parse(to_json(ours), google(name)(), descriptor_pool=MESSAGES.pool) == theirs
    full = json_format.MessageToJson(
        theirs, always_print_fields_with_no_presence=True, preserving_proto_field_name=True
    )
    assert json.loads(to_json(ours, defaults=True, proto_names=True)) == json.loads(full)


def google_reads(name: str, content: bytes) -> bool:
    try:
        google(name).FromString(content)
    except GoogleDecodeError:
        return False
    return True


def we_read(name: str, content: bytes) -> bool:
    """Whether we read it; what was read has to come back from its own encoding."""
    try:
        message = decode(MESSAGES.types[name], content)
    except DecodeError:
        return False
    again = encode(message)
    assert encode(decode(MESSAGES.types[name], again)) == again
    return True


@pytest.mark.parametrize("name", NAMES)
def test_cut_off_anywhere_it_is_refused_where_google_refuses_it(name: str):
    for seed in SEEDS[:3]:
        content = sample(name, seed).SerializeToString()[:600]
        for end in range(len(content)):
            assert we_read(name, content[:end]) == google_reads(name, content[:end]), (seed, end)


@pytest.mark.parametrize("name", NAMES)
def test_damaged_bytes_are_refused_where_google_refuses_them(name: str):
    random = Random(name)  # noqa: S311 - the same every time
    for seed in SEEDS[:6]:
        content = sample(name, seed).SerializeToString()[:300]
        for _ in range(100 if content else 0):
            damaged = bytearray(content)
            for _ in range(random.randrange(1, 4)):
                damaged[random.randrange(len(damaged))] = random.randrange(256)
            assert we_read(name, bytes(damaged)) == google_reads(name, bytes(damaged)), bytes(damaged)
