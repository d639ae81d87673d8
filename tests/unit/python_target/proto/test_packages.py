"""Packages of generated protos: names, places and what is said about them."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from itertools import count
from typing import TYPE_CHECKING

import pytest
from msgspec import UNSET
from tests.support.compiled import write
from tests.support.proto_package import Generated

if TYPE_CHECKING:
    from pathlib import Path

_numbers = count(1)


def generate(tmp_path: Path, **protos: str) -> Generated:
    """A package of a name that is new, so that none is imported twice."""
    files = write(tmp_path / "protos", **protos)
    return Generated(tmp_path / "out", f"names_{next(_numbers)}", files, [tmp_path / "protos"])


def notes(made: Generated, code: str) -> list[str]:
    return [found.message for found in made.diagnostics if found.code == code]


def test_names_are_those_of_the_proto(tmp_path: Path):
    made = generate(
        tmp_path, a='syntax = "proto3"; package a.v1; message BinaryID { string fileId = 1; int32 x_y = 2; }'
    )
    cls = made.at("a.v1.BinaryID")
    assert cls(fileId="f", x_y=1).SerializeToString() == b"\x0a\x01f\x10\x01"


def test_nested_and_top_level_names_never_merge(tmp_path: Path):
    text = """syntax = "proto3"; package a;
    message Outer { message Inner { string nested = 1; } Inner inner = 1; Outer_Inner other = 2; }
    message Outer_Inner { string top = 1; }
    """
    made = generate(tmp_path, a=text)
    outer = made.at("a.Outer")
    nested, top = made.find("a.Outer.Inner"), made.find("a.Outer_Inner")
    assert nested is not top
    assert outer.FromString(b"\x0a\x03\x0a\x01n\x12\x03\x0a\x01t") == outer(
        inner=nested(nested="n"), other=top(top="t")
    )
    assert notes(made, "SB401") == ["a.Outer_Inner is called Outer_Inner_2: its own name is taken or reserved"]


def test_names_that_python_or_the_package_needs_are_told_apart(tmp_path: Path):
    text = """syntax = "proto3"; package import.class.group_1;
    message None { None next = 1; }
    message Message { string str = 1; repeated string list = 2; map<string, bytes> dict = 3; bytes bytes = 4; }
    message group_1 { group_1 services = 1; }
    message Timestamp { Message Message = 1; }
    message UNSET { optional int32 UnsetType = 1; }
    message _Private { int32 __secret = 1; int32 _ = 2; }
    enum E { None_ = 0; mro = 1; real = 2; }
    """
    made = generate(tmp_path, a=text)
    package = "import_.class_.group_1_"
    filled = made.at(f"{package}.Message")(str="s", list=["l"], dict={"k": b"v"}, bytes=b"b")
    assert made.at(f"{package}.Message").FromString(filled.SerializeToString()) == filled
    private = made.find("import.class.group_1._Private")
    assert private(field_secret=1, field_=2).SerializeToString() == b"\x08\x01\x10\x02"
    holder = made.at(f"{package}.Timestamp")
    assert holder.FromString(holder(Message=filled).SerializeToString()).Message == filled
    assert made.at(f"{package}.UNSET")(UnsetType=0).SerializeToString() == b"\x08\x00"
    assert dict(made.at(f"{package}.E").__proto_names__) == {"mro_": "mro", "real_": "real"}
    assert notes(made, "SB403")
    assert notes(made, "SB402")


def test_names_of_fields_do_not_depend_on_what_else_is_generated(tmp_path: Path):
    foo = """syntax = "proto3"; package one; import "two.proto";
    message Foo { string item = 1; two.Bar bar = 3; two.Colour colour = 4; }
    """
    alone = 'syntax = "proto3"; package two; message Bar {} enum Colour { RED = 0; }'
    more = f"{alone} message item {{}} enum bar {{ NONE = 0; }}"
    made = [generate(tmp_path / name, one=foo, two=two) for name, two in (("a", alone), ("b", more))]
    assert [found.at("one.Foo").__annotations__.keys() for found in made] == [
        {"item": 0, "bar": 0, "colour": 0}.keys()
    ] * 2
    assert not any(notes(found, "SB403") for found in made)


HIDING = """syntax = "proto3"; package a;
message item { item item = 1; repeated item many = 2; colour colour = 3; map<string, list> list = 4; }
message list { Box Box = 1; int32 item_ = 4; repeated int32 int = 2; int32 str = 3; }
message Box { list list = 1; repeated list many = 2; item item = 3; TypeAlias TypeAlias = 4; }
message TypeAlias { oneof one { colour colour = 1; item item = 2; } optional colour other = 3; }
enum colour { RED = 0; GREEN = 1; }
"""


def test_a_field_may_have_the_name_of_a_class_that_annotations_need(tmp_path: Path):
    made = generate(tmp_path, a=HIDING)
    item, box = made.at("a.item"), made.at("a.Box")
    filled = item(item=item(), many=[item()], colour=made.at("a.colour").GREEN, list={"k": made.at("a.list")()})
    assert item.FromString(filled.SerializeToString()) == filled
    assert item().colour is made.at("a.colour").RED
    whole = box(list=made.at("a.list")(Box=box(), int=[1]), item=filled, TypeAlias=made.at("a.TypeAlias")(item=filled))
    assert box.FromString(whole.SerializeToString()) == whole
    assert not notes(made, "SB403")


def test_types_are_right_where_fields_have_names_of_classes(tmp_path: Path):
    made = generate(tmp_path, a=HIDING)
    user = tmp_path / "user.py"
    user.write_text(
        f"from msgspec import UnsetType\nfrom {made.package}.a import Box, colour, item\n"
        "found: item | UnsetType = Box().item\nshade: colour = item().colour\nmany: list[item] = item().many\n"
    )
    command = [sys.executable, "-m", "mypy", "--strict", f"--cache-dir={tmp_path / 'cache'}", str(user)]
    group = made.folder / made.package / "a" / "group_1.py"
    done = subprocess.run(
        [*command, str(group)],
        cwd=made.folder,
        env={**os.environ, "MYPYPATH": str(made.folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_every_other_name_is_said(tmp_path: Path):
    text = """syntax = "proto3"; package a;
    message M { int32 from = 1; int32 _x = 2; int32 SerializeToString = 3; }
    enum E { None = 0; }
    """
    made = generate(tmp_path, a=text)
    assert [found.partition(":")[0] for found in notes(made, "SB403")] == [
        "a field of a.M is called from_",
        "a field of a.M is called field_x",
        "a field of a.M is called SerializeToString_",
    ]
    assert len(notes(made, "SB402")) == 1


def test_messages_without_a_package_stand_at_the_root(tmp_path: Path):
    made = generate(tmp_path, a='syntax = "proto3"; message M { int32 x = 1; } message registry {}')
    assert made.root.M(x=1).SerializeToString() == b"\x08\x01"
    assert made.find("registry") is made.root.registry_


def test_packages_that_differ_in_case_get_folders_of_their_own(tmp_path: Path):
    made = generate(
        tmp_path,
        a='syntax = "proto3"; package Box; message M { int32 a = 1; }',
        b='syntax = "proto3"; package box; message M { string b = 1; }',
    )
    assert len({path.lower() for path in made.paths}) == len(made.paths)
    assert made.find("Box.M") is not made.find("box.M")


def test_packages_that_need_each_other_import_without_a_circle(tmp_path: Path):
    made = generate(
        tmp_path,
        a1='syntax = "proto3"; package a; message First {}',
        b1='syntax = "proto3"; package b; import "a1.proto"; message Second { a.First f = 1; }',
        a2='syntax = "proto3"; package a; import "b1.proto"; message Third { b.Second s = 1; Third t = 2; }',
    )
    for name in ("a", "b"):
        program = f"import sys; sys.path.insert(0, {str(made.folder)!r}); import {made.package}.{name}.group_1"
        subprocess.run([sys.executable, "-c", program], check=True)
    third = made.at("a.Third")
    assert third.FromString(b"\x0a\x02\x0a\x00").s == made.at("b.Second")(f=made.at("a.First")())


def test_many_messages_are_cut_into_modules_that_load_alone(tmp_path: Path):
    chain = "".join(f"message M{n} {{ M{n + 1} next = 1; }}\n" for n in range(160)) + "message M160 {}"
    made = generate(tmp_path, a=f'syntax = "proto3"; package a; {chain}')
    assert len([path for path in made.paths if "/a/group_" in path]) >= 3
    program = (
        f"import sys; sys.path.insert(0, {str(made.folder)!r}); from {made.package}.a import M160; "
        "print(sum('.a.group_' in name for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=True, capture_output=True).stdout == b"1\n"


def test_the_messages_of_google_protobuf_are_those_of_the_runtime(tmp_path: Path):
    text = """syntax = "proto3"; package a;
    import "google/protobuf/timestamp.proto"; import "google/protobuf/struct.proto";
    import "google/protobuf/wrappers.proto";
    message M {
      google.protobuf.Timestamp at = 1; google.protobuf.Struct object = 2; google.protobuf.Value any = 3;
      google.protobuf.ListValue many = 4; google.protobuf.StringValue text = 5; google.protobuf.NullValue none = 6;
      map<string, google.protobuf.Value> values = 7; repeated google.protobuf.Int64Value numbers = 8;
    }
    service S { rpc R(google.protobuf.StringValue) returns (google.protobuf.Struct); }
    """
    made = generate(tmp_path, a=text)
    known = made.runtime("proto.wellknown")
    cls = made.at("a.M")
    filled = cls(
        at=known.Timestamp(seconds=1), object={"a": [1.0, None]}, any=None, many=["x"], text="", numbers=[1, 0]
    )
    assert cls.FromString(filled.SerializeToString()) == filled
    assert (cls().at, cls().object, cls().any, cls().text) == (UNSET, UNSET, UNSET, UNSET)
    assert not any("google" in path for path in made.paths)
    rpc = made.at("a.services.S_R")
    assert (rpc.request, rpc.response) == (known.StringValue, known.Struct)


def test_documentation_says_what_the_proto_says(tmp_path: Path):
    text = """syntax = "proto3"; package a;
    // About M.
    message M {
      option deprecated = true;
      // About f.
      string f = 1 [deprecated = true];
      // One of them.
      oneof which { int32 x = 2; int32 y = 3; }
    }
    """
    made = generate(tmp_path, a=text)
    doc = made.at("a.M").__doc__
    assert "About M." in doc
    assert "Deprecated." in doc
    assert "Oneof which: at most one of x, y. One of them." in doc
    assert "Source: a.proto" in doc


def test_extensions_are_typed_objects(tmp_path: Path):
    text = """syntax = "proto2"; package a;
    message M { extensions 5 to 9; enum E { ONE = 1; } }
    // Of M.
    extend M { optional int32 more = 5; repeated M many = 6; optional M.E e = 7; }
    message Scope { extend M { optional string more = 8 [default = "d"]; } }
    """
    made = generate(tmp_path, a=text)
    cls, more, many, e, scoped = (made.at(f"a.{name}") for name in ("M", "more", "many", "e", "Scope_more"))
    message = cls()
    assert more.get(message) is UNSET
    more.set(message, 7)
    many.set(message, [cls(), cls()])
    e.set(message, made.at("a.M_E").ONE)
    scoped.set(message, "s")
    back = cls.FromString(message.SerializeToString())
    assert (more.get(back), many.get(back), e.get(back), scoped.get(back)) == (7, [cls(), cls()], 1, "s")
    assert cls.FromString(b"\x28\x07").SerializeToString() == b"\x28\x07"


def test_the_registry_knows_extensions_so_that_json_has_them(tmp_path: Path):
    text = """syntax = "proto2"; package a;
    message M { extensions 5 to 9; }
    message Scope { extend M { optional string more = 8; } }
    """
    other = 'syntax = "proto2"; package b.c; import "a.proto"; extend a.M { repeated int32 far = 9; }'
    made = generate(tmp_path, a=text, b=other)
    message = made.runtime("proto.json_read").from_json(
        made.at("a.M"), '{"[a.Scope.more]": "s", "[b.c.far]": [1, 2]}', registry=made.root.REGISTRY
    )
    assert made.at("a.Scope_more").get(message) == "s"
    assert made.at("b.c.far").get(message) == [1, 2]
    written = made.runtime("proto.json_write").to_json(message, registry=made.root.REGISTRY)
    assert json.loads(written) == {"[a.Scope.more]": "s", "[b.c.far]": [1, 2]}


def test_a_name_that_nobody_has_is_an_attribute_error(tmp_path: Path):
    made = generate(tmp_path, a='syntax = "proto3"; package a; message M {}')
    with pytest.raises(AttributeError):
        importlib.import_module(f"{made.package}.a").Missing  # noqa: B018  # that is the test


def test_the_registry_unpacks_any(tmp_path: Path):
    text = (
        'syntax = "proto3"; package a; import "google/protobuf/any.proto"; message M { google.protobuf.Any any = 1; }'
    )
    made = generate(tmp_path, a=text)
    packed = made.runtime("proto.wellknown").Any.pack(made.at("a.M")())
    assert packed.unpack(made.root.REGISTRY) == made.at("a.M")()


def test_the_readme_shows_a_call_that_runs(tmp_path: Path):
    text = """syntax = "proto3"; package a.v1;
    message M { string x = 1; }
    service First { rpc Many(stream M) returns (M); rpc One(M) returns (M); }
    """
    made = generate(tmp_path, a=text, b='syntax = "proto3"; package b;')
    readme = (made.folder / "README.md").read_text(encoding="utf-8")
    assert readme.startswith(f"# {made.package}\n")
    block = readme.split("```python\n")[1].split("```")[0]
    assert f"from {made.package}.a.v1 import FirstClient, M\n" in block
    assert "FirstClient(transport).one(M(), timeout=30)" in block
    compile(block, "README.md", "exec")
    assert 'description = "Protos: a.v1, b"' in (made.folder / "pyproject.toml").read_text(encoding="utf-8")
