"""Generated packages beside Google's library: the same bytes and the same JSON, for every message of real protos."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING

import pytest
from google.protobuf import json_format, message_factory
from tests.support.compiled import compiled, google_pool, protos_of, write
from tests.support.proto_package import Generated
from tests.support.random_messages import fill
from tests.support.witness import ROOT
from tests.unit.generator.proto.test_against_google import EDITION, PROTO2, PROTO3

if TYPE_CHECKING:
    from pathlib import Path

    from google.protobuf.descriptor_pool import DescriptorPool

VIAM = ROOT / "specs" / "viam"


def viam() -> tuple[list[Path], list[Path]]:
    return [VIAM / "app", VIAM / "proto"], [VIAM]


def googleapis() -> tuple[list[Path], list[Path]]:
    files = protos_of("googleapis-common-protos")
    return files, [next(path for path in files[0].parents if path.name == "site-packages")]


def grpcio_tools() -> tuple[list[Path], list[Path]]:
    files = protos_of("grpcio-tools")
    return files, [next(path for path in files[0].parents if path.name == "_proto")]


REAL = {"viam": (viam, 150), "googleapis": (googleapis, 100), "grpcio_tools": (grpcio_tools, 50)}


@pytest.fixture(scope="module", params=REAL)
def real(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    given, least = REAL[request.param]
    files, roots = given()
    made = Generated(tmp_path_factory.mktemp("real"), f"beside_{request.param}", files, roots)
    return made, google_pool(compiled(files, roots)), least


def test_everything_imports_and_every_message_has_a_codec(real: tuple[Generated, DescriptorPool, int]):
    made, _, least = real
    assert len(made.messages()) >= least
    for cls in made.messages():
        codec = made.message.codec_of(cls)
        assert codec.read and codec.write  # noqa: PT018 - both are compiled now
        for field in (*codec.fields, *(field.value for field in codec.fields if field.value)):
            if field.reference and field.kind != "wrapped":
                assert codec.type_of(field), field
        assert made.find(cls.__proto__[0]) is cls
    for module in made.modules:
        assert all(hasattr(module, name) for name in module.__all__), module


def compare(made: Generated, pool: DescriptorPool, cls: type, seed: int) -> None:
    name = cls.__proto__[0]  # type: ignore[attr-defined]
    google = message_factory.GetMessageClass(pool.FindMessageTypeByName(name))
    theirs = fill(google(), Random(f"{name} {seed}"))  # noqa: S311  # nothing secret
    content = theirs.SerializeToString(deterministic=True)
    ours = made.message.decode(cls, content)
    assert google.FromString(ours.SerializeToString()).SerializeToString(deterministic=True) == content, name
    theirs.DiscardUnknownFields()  # JSON has no form for them
    ours = made.message.decode(cls, theirs.SerializeToString())
    text = json_format.MessageToJson(theirs, descriptor_pool=pool)
    assert json.loads(made.runtime("proto.json_write").to_json(ours)) == json.loads(text), name
    assert made.runtime("proto.json_read").from_json(cls, text) == ours, name


def test_every_message_reads_and_writes_as_google_does(real: tuple[Generated, DescriptorPool, int]):
    made, pool, _ = real
    for cls in made.messages():
        for seed in range(2):
            compare(made, pool, cls, seed)


@pytest.mark.parametrize("text", [EDITION, PROTO2, PROTO3], ids=["edition 2023", "proto2", "proto3"])
def test_every_syntax(tmp_path: Path, text: str):
    files = write(tmp_path / "protos", all=text)
    package = f"syntax_{text.strip()[10:16].strip().lower().replace(chr(34), '')}"
    made = Generated(tmp_path / "out", package, files, [tmp_path / "protos"])
    pool = google_pool(compiled(files, [tmp_path / "protos"]))
    assert len(made.messages()) >= 2
    for cls in made.messages():
        for seed in range(8):
            compare(made, pool, cls, seed)
