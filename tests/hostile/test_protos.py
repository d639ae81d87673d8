"""Hostile protos: what comes out is only text and tables, loses nothing, and survives hostile messages."""

from __future__ import annotations

import ast
import base64
import json
import math
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from tests.support.compiled import compiled, google_pool, protos_of
from tests.support.proto_package import Generated
from tests.support.random_messages import fill
from tests.support.witness import shared_path

SECONDS = 20
CALLS = {"open", "exec", "eval", "__import__", "compile"}
NAMES = ["p01-comments", "p03-proto2-defaults", "p04-keywords", "p06-recursion", "p07-http-annotation",
         "p09-descriptor-names", "p11-import-traversal", "p12-deep-nesting"]  # fmt: skip


def collection() -> dict[str, dict[str, str]]:
    listed = json.loads(shared_path("hostile", "manifest.json").read_text())["specs"]
    return {entry["id"]: entry for entry in listed if "proto" in entry["file"]}


def google_apis() -> Path:
    file = protos_of("googleapis-common-protos")[0]
    return next(path for path in file.parents if path.name == "site-packages")


def run(spec: Path, folder: Path, package: str) -> subprocess.CompletedProcess[str]:
    roots = ["--proto-root", str(spec.parent), "--proto-root", str(google_apis())] if spec.suffix == ".proto" else []
    program = "import sys; from specbind.generator.cli import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", program, "generate", str(spec), *roots, "--out", "out", "--package", package],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_whole_collection_is_named_here() -> None:
    assert sorted(collection()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_collection_is_handled_as_expected(tmp_path: Path, name: str) -> None:
    entry = collection()[name]
    spec = shared_path("hostile", entry["file"])
    started = time.monotonic()
    done = run(spec, tmp_path, "hostile_protos")
    assert time.monotonic() - started < SECONDS * 3  # other programs run beside
    assert "Traceback" not in done.stderr
    assert all(line.isprintable() for line in done.stderr.splitlines())
    out = tmp_path / "out"
    assert bool(done.returncode) is not out.exists()
    if done.returncode:
        assert entry["expected"] != "generates safely", done.stderr
        assert "error SB2" in done.stderr
        return
    assert entry["expected"] != "rejected clearly"
    for path in out.rglob("*.py"):
        if "_runtime" not in path.parts:
            for node in ast.walk(ast.parse(path.read_text())):
                assert not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS)
    load = "import sys, pkgutil, importlib; sys.path.insert(0, 'out'); p = importlib.import_module('hostile_protos')\n"
    load += "for m in pkgutil.walk_packages(p.__path__, 'hostile_protos.'): importlib.import_module(m.name)"
    imported = subprocess.run([sys.executable, "-c", load], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert imported.returncode == 0, imported.stderr
    assert not list(tmp_path.rglob("PWNED*"))
    assert not list(Path.cwd().glob("PWNED*"))


def generated(tmp_path: Path, name: str) -> tuple[Generated, descriptor_pool.DescriptorPool]:
    folder = shared_path("hostile", "proto")
    file = next(folder.glob(f"{name}-*.proto"))
    return Generated(tmp_path, f"hostile_{name}", [file], [folder]), google_pool(compiled([file], [folder]))


@pytest.mark.parametrize("name", ["p01", "p03", "p04", "p06"])
def test_nothing_is_lost_and_every_field_comes_back(tmp_path: Path, name: str) -> None:
    made, pool = generated(tmp_path, name)
    types = {cls.__proto__[0]: cls for cls in made.messages()}
    assert types
    for full_name, cls in types.items():
        described = pool.FindMessageTypeByName(full_name)
        fields = made.message.codec_of(cls).fields
        assert [(field.name, field.json_name, field.number) for field in fields] == [
            (field.name, field.json_name, field.number) for field in described.fields
        ]
        random = Random(full_name)  # noqa: S311  # nothing secret
        theirs = fill(message_factory.GetMessageClass(described)(), random, depth=2)
        content = type(theirs).SerializeToString(theirs)  # a field may have the name of the method
        ours = made.message.decode(cls, content)
        assert type(theirs).FromString(made.message.encode(ours)) == theirs


def test_names_that_mean_something_in_python_are_kept_on_the_wire(tmp_path: Path) -> None:
    made, pool = generated(tmp_path, "p04")
    (cls,) = (found for found in made.messages() if found.__proto__[0].endswith(".A"))
    fields = {field.name: field.attribute for field in made.message.codec_of(cls).fields}
    for wire in ("from", "__class__", "__init__", "SerializeToString", "_", "__slots__", "True", "property", "str"):
        attribute = fields[wire]
        value = {"True": True, "str": b"x"}.get(wire, "x")
        message = cls(**{attribute: value})
        theirs = message_factory.GetMessageClass(pool.FindMessageTypeByName(cls.__proto__[0]))()
        theirs.ParseFromString(message.SerializeToString())
        assert {field.name: found for field, found in theirs.ListFields()} == {wire: value}
    service = made.at("hostile.p04.import_.class_.SClient")
    methods = {name for name in vars(service) if not name.startswith("_")}
    assert methods == {"init", "close", "import_", "class_"}
    enum = made.at("hostile.p04.import_.class_.E")
    codec = made.message.codec_of(cls)
    assert [member.value for member in enum] == [0, 1, 2, 3, 4]
    assert dict(enum.__proto_names__)["mro_"] == "mro"
    assert codec.by_json_name["True"].attribute == "True_"


def test_defaults_are_those_of_the_proto(tmp_path: Path) -> None:
    made, _ = generated(tmp_path, "p03")
    (cls,) = made.messages()
    defaults = {field.name: field.default for field in made.message.codec_of(cls).fields}
    assert math.isnan(defaults.pop("d"))
    assert defaults == {
        "s": '";open("PWNED_p03","w")#',
        "b": b'\x00\xff"\\\n',
        "f": math.inf,
        "i": -(1 << 63),
        "t": "\r\n{open('PWNED_p03')}",
    }


def test_deep_messages_are_an_error_and_no_crash(tmp_path: Path) -> None:
    made, _ = generated(tmp_path, "p06")
    cls = made.find("hostile.p06.R")
    content = b""
    for _ in range(10_000):
        content = b"\x0a" + varint(len(content)) + content
    errors = made.runtime("proto.errors")
    with pytest.raises(errors.DecodeError, match="levels"):
        made.message.decode(cls, content)
    with pytest.raises(errors.DecodeError):
        made.runtime("proto.json_read").from_json(cls, '{"r":' * 10_000 + "{}" + "}" * 10_000)


def varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*found, value))


def test_texts_of_a_descriptor_set_stay_texts(tmp_path: Path) -> None:
    """Places that protoc checks and a descriptor set need not: comments, defaults, options, JSON names."""
    hostile = '"""\nopen("PWNED_set", "w").close()\n"""\\'
    field = descriptor_pb2.FieldDescriptorProto(
        name="f", number=1, label=1, type=9, json_name=hostile, default_value=hostile, proto3_optional=False
    )
    raw = descriptor_pb2.FieldDescriptorProto(
        name="g", number=2, label=1, type=12, default_value="\\x22" + base64.b64encode(b"x").decode()
    )
    info = descriptor_pb2.SourceCodeInfo()
    for path in ([2], [4, 0], [4, 0, 2, 0], [6, 0], [6, 0, 2, 0]):
        info.location.add(path=path, span=[0, 0, 0], leading_comments=hostile, trailing_comments=hostile)
    file = descriptor_pb2.FileDescriptorProto(
        name="x.proto",
        package="p",
        syntax="proto2",
        message_type=[descriptor_pb2.DescriptorProto(name="M", field=[field, raw])],
        service=[{"name": "S", "method": [{"name": "R", "input_type": ".p.M", "output_type": ".p.M"}]}],
        source_code_info=info,
    )
    stored = tmp_path / "set.binpb"
    stored.write_bytes(descriptor_pb2.FileDescriptorSet(file=[file]).SerializeToString())
    made = Generated(tmp_path / "out", "hostile_set", [stored], [])
    (cls,) = made.messages()
    first, second = made.message.codec_of(cls).fields
    assert (first.default, first.json_name) == (hostile, hostile)
    assert second.default == b'"' + base64.b64encode(b"x")
    assert not list(tmp_path.rglob("PWNED*"))
    assert not list(Path.cwd().glob("PWNED*"))
