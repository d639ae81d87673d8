"""Protos on their way into the model: comments, places, options, services; what is refused, and how it is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2
from tests.support.compiled import compiled, message, protos_of, read, write
from tests.support.invariants import violations

from specbind.generator.diagnostics import Diagnostics, SpecError
from specbind.generator.ir.model import (
    Enum,
    Extension,
    Field,
    GrpcBinding,
    HttpRule,
    ListType,
    PathPiece,
    Presence,
    Ref,
)
from specbind.generator.passes import run_passes, select
from specbind.generator.proto import read_descriptor_set, read_protos

COMMENTED = """syntax = "proto3";
// Stands apart.

// About the package.
package a.b;

// A message.
//   Indented.
message M {
  // Before.
  string f = 1; // Behind.
  /* A block
   * of lines. */
  oneof which { int32 one = 2; }
}
"""
SERVICE = """syntax = "proto3";
package a.v1;
import "google/api/annotations.proto";
message M { string name = 1; }
// Serves.
service S {
  rpc Plain(M) returns (M) { option idempotency_level = NO_SIDE_EFFECTS; }
  // Uploads.
  rpc Up(stream M) returns (M) { option deprecated = true; option idempotency_level = IDEMPOTENT; }
  rpc Down(M) returns (stream M);
  rpc Both(stream M) returns (stream M) {
    option (google.api.http) = {
      get: "/v1/{name=shelves/*}:read"
      additional_bindings { post: "/v1/all" body: "*" response_body: "name" }
      additional_bindings { custom { kind: "HEAD" path: "/v1/{name}" } }
    };
  }
}
"""


def test_comments_become_docs(tmp_path: Path):
    api = read(tmp_path, a=COMMENTED)
    found = message(api, "a.b.M")
    assert found.doc == "A message.\n  Indented."
    assert found.fields[0].doc == "Before.\nBehind."
    assert found.traits is not None
    assert found.traits.oneofs[0].doc == "A block\nof lines."
    assert api.files[0].doc == "About the package."


def test_every_part_knows_its_line(tmp_path: Path):
    found = message(read(tmp_path, x__a=COMMENTED), "a.b.M")
    assert (found.source, found.fields[0].source) == ("x/a.proto:9:1", "x/a.proto:11:3")


@pytest.fixture(scope="module")
def with_google_apis() -> Path:
    annotations = next(path for path in protos_of("googleapis-common-protos") if path.name == "annotations.proto")
    return annotations.parents[2]


def test_rpcs_of_all_four_kinds(tmp_path: Path, with_google_apis: Path):
    (path,) = write(tmp_path, s=SERVICE)
    diagnostics = Diagnostics()
    api = read_protos([path], diagnostics, roots=[tmp_path, with_google_apis])
    assert not list(diagnostics)
    assert [definition.id for definition in api.definitions] == ["a.v1.M"]  # the options' messages are not needed
    (service,) = api.services
    assert (service.id, service.package, service.doc) == ("a.v1.S", "a.v1", "Serves.")
    bindings = [operation.binding for operation in service.operations]
    assert [(item.path, item.stream.value) for item in bindings if isinstance(item, GrpcBinding)] == [
        ("/a.v1.S/Plain", "none"),
        ("/a.v1.S/Up", "client"),
        ("/a.v1.S/Down", "server"),
        ("/a.v1.S/Both", "both"),
    ]
    plain, up, down, _ = service.operations
    assert (plain.safe, plain.idempotent, up.safe, up.idempotent, down.idempotent) == (True, True, False, True, False)
    assert (up.deprecated, up.doc) == (True, "Uploads.")
    assert up.body is not None
    payload = up.body.payloads[0]
    assert (payload.type, payload.item) == (ListType(Ref("a.v1.M")), Ref("a.v1.M"))
    assert isinstance(bindings[3], GrpcBinding)
    assert bindings[3].http == (
        HttpRule(
            "GET",
            "/v1/{name=shelves/*}:read",
            (PathPiece("/v1/"), PathPiece(parameter="name", pattern="shelves/*"), PathPiece(":read")),
        ),
        HttpRule("POST", "/v1/all", (PathPiece("/v1/all"),), "*", "name"),
        HttpRule("HEAD", "/v1/{name}", (PathPiece("/v1/"), PathPiece(parameter="name"))),
    )


@pytest.mark.parametrize(
    "path", ["//evil.invalid/x", "v1/x", "/v1/{name.__class__()}", "/a/../b", "/{name='x'}", "/a b"]
)
def test_a_malformed_http_rule_is_said_and_not_used(tmp_path: Path, with_google_apis: Path, path: str):
    rule = f'option (google.api.http) = {{ get: "{path}" }};'
    text = SERVICE.replace("rpc Down(M) returns (stream M);", f"rpc Down(M) returns (stream M) {{ {rule} }}")
    diagnostics = Diagnostics()
    api = read_protos(write(tmp_path, s=text), diagnostics, roots=[tmp_path, with_google_apis])
    binding = api.services[0].operations[2].binding
    assert isinstance(binding, GrpcBinding)
    assert binding.http == (HttpRule("GET", path),)
    assert [found.code for found in diagnostics] == ["SB247"]


def test_options_of_ones_own_are_kept_by_name(tmp_path: Path):
    options = """syntax = "proto2"; package o; import "google/protobuf/descriptor.proto";
message Limits { optional int64 most = 1; repeated Unit units = 2; optional Limits inner = 3;
  map<string, int32> m = 4; }
enum Unit { METRE = 0; SECOND = 1; }
extend google.protobuf.FieldOptions { optional Limits limits = 50001; repeated sint32 tags = 50002 [packed = true]; }
"""
    user = """syntax = "proto3"; package u; import "options.proto";
message M { string f = 1 [
  (o.limits) = { most: 7 units: SECOND units: METRE inner { most: -1 } m { key: "k" value: 2 } },
  (o.tags) = -3, (o.tags) = 4]; }
"""
    write(tmp_path, options=options)
    field = message(read(tmp_path, user=user), "u.M").fields[0]
    limits = {"most": "7", "units": ["SECOND", "METRE"], "inner": {"most": "-1"}, "m": {"k": 2}}
    assert dict(field.options) == {"o.limits": limits, "o.tags": [-3, 4]}


OPTIONS = """syntax = "proto2"; package o; import "google/protobuf/descriptor.proto";
message Deep { optional int32 a = 1; optional int32 u = 2; repeated int32 l = 3; optional Deep down = 4; }
message Outer { optional Deep deep = 1; map<bool, int32> flags = 2; map<string, Deep> deeps = 3;
  map<int64, string> longs = 4; optional float f = 5; repeated float fs = 6; }
extend google.protobuf.MessageOptions { optional Outer mo = 50001; }
"""


def options_of(tmp_path: Path, text: str) -> object:
    write(tmp_path, o=OPTIONS)
    user = f'syntax = "proto3"; package u; import "o.proto"; message M {{ {text} }}'
    traits = message(read(tmp_path, user=user), "u.M").traits
    assert traits is not None
    return dict(traits.options)["o.mo"]


def test_an_option_that_is_set_in_parts_keeps_all_parts(tmp_path: Path):
    text = "option (o.mo) = {deep {a: 1 l: 1 down {a: 3}}}; option (o.mo).deep.u = 8; option (o.mo).deep.down.u = 9;"
    assert options_of(tmp_path, text) == {"deep": {"a": 1, "u": 8, "l": [1], "down": {"a": 3, "u": 9}}}


def test_maps_in_options_have_keys_and_values_as_in_protojson(tmp_path: Path):
    text = """option (o.mo) = { flags { key: true value: 1 } flags { value: 2 } flags { key: true }
      deeps { key: "k" } longs { value: "x" } longs { key: 7 } };"""
    found = {"flags": {"true": 0, "false": 2}, "deeps": {"k": {}}, "longs": {"0": "x", "7": ""}}
    assert options_of(tmp_path, text) == found


def test_floats_in_options_have_the_digits_that_they_were_given(tmp_path: Path):
    text = "option (o.mo) = { f: 0.1 fs: [3.4028235e38, 16777216, 1e-45, 0.333333343, -2.5, inf] };"
    expected = {"f": 0.1, "fs": [3.4028235e38, 16777216.0, 1e-45, 0.33333334, -2.5, "Infinity"]}
    assert options_of(tmp_path, text) == expected


def test_standard_options_that_are_set_are_kept_by_their_names(tmp_path: Path):
    text = """syntax = "proto3"; package a;
    option java_package = "com.a"; option go_package = "a/b"; option optimize_for = CODE_SIZE;
    option cc_enable_arenas = false; option deprecated = true;
    message M { int64 f = 1 [jstype = JS_STRING, lazy = false, debug_redact = true]; int64 g = 2; }
    enum E { option allow_alias = true; Z = 0; Y = 0; }
    """
    api = read(tmp_path, a=text)
    assert dict(api.files[0].options) == {
        "java_package": "com.a", "go_package": "a/b", "optimize_for": "CODE_SIZE", "cc_enable_arenas": False,
    }  # fmt: skip
    fields = message(api, "a.M").fields
    assert dict(fields[0].options) == {"jstype": "JS_STRING", "lazy": False, "debug_redact": True}
    assert fields[1].options == ()
    (enum,) = (found for found in api.definitions if found.id == "a.E")
    assert isinstance(enum, Enum)
    assert enum.traits is not None
    assert enum.traits.options == (("allow_alias", True),)


def test_options_that_cannot_be_read_are_placed_where_they_stand(tmp_path: Path):
    options = descriptor_pb2.FieldOptions()
    field = descriptor_pb2.FieldDescriptorProto(name="f", number=1, label=1, type=9, options=options)
    file = {"name": "b.proto", "package": "p", "message_type": [{"name": "M", "field": [field]}]}
    stored = tmp_path / "set.binpb"
    whole = descriptor_pb2.FileDescriptorSet(file=[{"name": "o.proto", "package": "o"}, file])
    extension = whole.file[0].extension.add(name="x", number=50001, label=1, type=1)
    extension.extendee = ".google.protobuf.FieldOptions"
    descriptor_pb2.DESCRIPTOR.CopyToProto(whole.file.add())
    whole.file[1].message_type[0].field[0].options.MergeFromString(b"\x8a\xb5\x18\x01\x00")
    stored.write_bytes(whole.SerializeToString())
    with pytest.raises(SpecError, match="options cannot be read: a value of x has a wrong length") as caught:
        read_descriptor_set(stored, Diagnostics())
    assert caught.value.diagnostic.place.file.endswith(":b.proto")


def test_a_file_brings_only_what_it_needs_of_its_imports(tmp_path: Path):
    write(tmp_path, b='syntax = "proto3"; package b; message Used { E e = 1; } enum E { Z = 0; } message Spare {}')
    api = read(tmp_path, a='syntax = "proto3"; package a; import "b.proto"; message M { b.Used u = 1; }')
    assert [definition.id for definition in api.definitions] == ["b.Used", "a.M", "b.E"]
    assert [(file.path, file.asked) for file in api.files] == [("b.proto", False), ("a.proto", True)]


def test_names_that_look_alike_stay_apart(tmp_path: Path):
    api = read(tmp_path, a='syntax = "proto3"; message Outer { message Inner {} } message Outer_Inner {}')
    assert [definition.id for definition in api.definitions] == ["Outer", "Outer.Inner", "Outer_Inner"]


def test_extensions_know_whom_they_extend(tmp_path: Path):
    text = 'syntax = "proto2"; package p; message M { extensions 5 to 9; extend M { repeated M more = 5; } }'
    api = read(tmp_path, a=text)
    field = Field("more", ListType(Ref("p.M")), Presence.IMPLICIT, number=5, source="a.proto:1:73")
    assert api.extensions == (Extension("p.M.more", "p.M", field, "p"),)


# --- what is refused


def refused(files: list[Path], roots: list[Path]) -> list[str]:
    diagnostics = Diagnostics()
    with pytest.raises(SpecError):
        read_protos(files, diagnostics, roots=roots)
    return [str(found) for found in diagnostics]


def test_an_error_names_file_line_and_column(tmp_path: Path):
    (path,) = write(tmp_path, x__a='syntax = "proto3";\nmessage M {\n  strin f = 1;\n}\n')
    first = refused([path], [tmp_path])[0]
    assert first == f'{path.as_posix()}:3:3  error SB242  "strin" is not defined.'


def test_what_protoc_refuses_is_said_once_and_in_its_file(tmp_path: Path):
    good, bad = write(tmp_path, a='syntax = "proto3";', b='syntax = "proto3";\nmessage M { strin f = 1; }')
    finding, end = refused([good, bad], [tmp_path])
    assert finding == f'{bad.as_posix()}:2:13  error SB242  "strin" is not defined.'
    assert end == f"{bad.as_posix()}:2:13  error SB241  protoc refuses the protos: 1 finding (SB242)"


def test_a_warning_of_protoc_is_passed_on(tmp_path: Path):
    paths = write(tmp_path, a='syntax = "proto3";', b='syntax = "proto3";\nimport "a.proto";')
    diagnostics = Diagnostics()
    read_protos(paths, diagnostics, roots=[tmp_path])
    assert [str(found) for found in diagnostics] == [
        f"{paths[1].as_posix()}:2:1  warning SB243  Import a.proto is unused."
    ]


@pytest.mark.parametrize("path", ["../secret.proto", "/etc/secret.proto", "a/../../secret.proto", "./b.proto"])
def test_no_import_leads_out_of_the_roots(tmp_path: Path, path: str):
    write(tmp_path, secret='syntax = "proto3"; message Secret {}')
    (outer,) = write(tmp_path / "root", a=f'syntax = "proto3"; import "{path}"; message M {{}}')
    assert "SB242" in "".join(refused([outer], [tmp_path / "root"]))


def test_no_link_leads_out_of_the_roots(tmp_path: Path):
    (secret,) = write(tmp_path, secret='syntax = "proto3"; message Secret {}')
    (path,) = write(tmp_path / "root", a='syntax = "proto3"; import "link.proto"; message M { Secret s = 1; }')
    (tmp_path / "root" / "link.proto").symlink_to(secret)
    assert "SB244" in "".join(refused([path], [tmp_path / "root"]))


def test_a_file_that_an_earlier_root_hides_is_refused_unless_they_are_equal(tmp_path: Path):
    (one,) = write(tmp_path / "one", a='syntax = "proto3"; package one;')
    (two,) = write(tmp_path / "two", a='syntax = "proto3"; package two;')
    roots = [one.parent, two.parent]
    assert "it is hidden: imports of a.proto find" in refused([one, two], roots)[0]
    assert "it is hidden" in refused([two], roots)[0]
    two.write_bytes(one.read_bytes())
    assert read_protos([one, two], Diagnostics(), roots=roots).files[0].package == "one"


def test_a_file_outside_of_the_roots_is_refused(tmp_path: Path):
    (path,) = write(tmp_path, a='syntax = "proto3";')
    (tmp_path / "root").mkdir()
    assert "lies below no include root" in refused([path], [tmp_path / "root"])[0]
    assert "there is no such file" in refused([tmp_path / "none.proto"], [tmp_path])[0]
    assert "is not a folder" in refused([path], [tmp_path / "none"])[0]


def test_files_may_be_named_as_imports_name_them(tmp_path: Path):
    write(tmp_path, x__a='syntax = "proto3"; package x; message M {}')
    api = read_protos([Path("x/a.proto")], Diagnostics(), roots=[tmp_path])
    assert [definition.id for definition in api.definitions] == ["x.M"]


def test_paths_may_have_blanks_and_lead_over_the_folder_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "my protos"
    write(folder, x__a='syntax = "proto3"; package x; import "y/b.proto"; message M { y.N n = 1; }')
    write(folder, y__b='syntax = "proto3"; package y; message N {}')
    monkeypatch.chdir(folder / "y")
    for root in (Path(".."), folder):
        api = read_protos([Path("../x/a.proto")], Diagnostics(), roots=[root])
        assert [definition.id for definition in api.definitions] == ["y.N", "x.M"]


def test_a_folder_means_every_proto_in_it(tmp_path: Path):
    write(tmp_path, x__a='syntax = "proto3"; package x; message M {}', y='syntax = "proto3"; message N {}')
    api = read_protos([tmp_path], Diagnostics(), roots=[tmp_path])
    assert [definition.id for definition in api.definitions] == ["x.M", "N"]


def test_a_folder_without_protos_is_said(tmp_path: Path):
    assert "there is no proto here" in refused([tmp_path], [tmp_path])[0]


def test_a_module_that_stands_where_the_user_stands_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    trap = tmp_path / "grpc_tools"
    trap.mkdir()
    (trap / "__init__.py").write_text("")
    (trap / "protoc.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    read(tmp_path, a='syntax = "proto3"; message M {}')
    assert not (tmp_path / "ran").exists()


# --- descriptor sets


def test_a_descriptor_set_reads_as_its_protos_do(tmp_path: Path):
    paths = write(tmp_path, a=COMMENTED)
    stored = tmp_path / "set.binpb"
    stored.write_bytes(compiled(paths, [tmp_path]))
    assert (
        read_descriptor_set(stored, Diagnostics()).definitions
        == read_protos(paths, Diagnostics(), roots=[tmp_path]).definitions
    )


def set_with(**changes: object) -> bytes:
    """A descriptor set with one thing that protoc would never write."""
    field = {"name": "f", "number": 1, "label": 1, "type": 9} | {
        key: value
        for key, value in changes.items()
        if key in descriptor_pb2.FieldDescriptorProto.DESCRIPTOR.fields_by_name and key != "name"
    }
    if "field_name" in changes:
        field["name"] = changes["field_name"]
    file = {
        "name": changes.get("file", "a.proto"),
        "package": changes.get("package", "p"),
        "syntax": changes.get("syntax", "proto3"),
        "message_type": [{"name": changes.get("message", "M"), "field": [field]}] * changes.get("times", 1),  # type: ignore[operator]
        "enum_type": [{"name": "E", "value": changes.get("values", [{"name": "Z", "number": 0}])}],
        "service": [{"name": "S", "method": [{"name": "R", "input_type": changes.get("input", ".p.M"),
                                              "output_type": ".p.M"}]}],
    }  # fmt: skip
    return descriptor_pb2.FileDescriptorSet(file=[file]).SerializeToString()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"package": "p\nimport os"}, "no name of a package"),
        ({"message": 'M"""'}, "is no name"),
        ({"field_name": "f g"}, "is no name"),
        ({"field_name": ""}, "is no name"),
        ({"number": 0}, "is no number"),
        ({"number": 1 << 29}, "is no number"),
        ({"number": 19_500}, "is no number"),
        ({"type": 11, "type_name": ".p.None"}, "has no type"),
        ({"type": 11, "type_name": "M"}, "has no type"),
        ({"type": 14, "type_name": ".p.M"}, "has no type"),
        ({"oneof_index": 0}, "oneof that is not there"),
        ({"times": 2}, "is defined twice"),
        ({"values": []}, "has no values"),
        ({"input": ".p.E"}, "has no message"),
        ({"file": "../a.proto"}, "no name of a file"),
        ({"file": "/etc/a.proto"}, "no name of a file"),
        ({"type": 3, "default_value": "x"}, "is no default"),
    ],
    ids=str,
)
def test_what_no_proto_can_say_is_refused(tmp_path: Path, changes: dict[str, object], said: str):
    stored = tmp_path / "set.binpb"
    stored.write_bytes(set_with(**changes))
    diagnostics = Diagnostics()
    with pytest.raises(SpecError, match=said) as caught:
        read_descriptor_set(stored, diagnostics)
    assert caught.value.diagnostic.code == "SB245"


def test_an_unknown_edition_is_a_warning(tmp_path: Path):
    stored = tmp_path / "set.binpb"
    stored.write_bytes(set_with(syntax="proto4"))
    diagnostics = Diagnostics()
    read_descriptor_set(stored, diagnostics)
    assert [found.code for found in diagnostics] == ["SB246"]


@pytest.mark.parametrize("content", [b"", b"\xff" * 40, b"syntax = 'proto3';", set_with()[:-1]])
def test_bytes_that_are_no_descriptor_set_are_refused(tmp_path: Path, content: bytes):
    stored = tmp_path / "set.binpb"
    stored.write_bytes(content)
    with pytest.raises(SpecError):
        read_descriptor_set(stored, Diagnostics())


# --- the model and its passes


def test_selectors_choose_rpcs_by_path(tmp_path: Path, with_google_apis: Path):
    text = SERVICE.replace("rpc Down(M)", "rpc Down(Other)") + "message Other { Inner i = 1; } message Inner {}"
    api = read_protos(write(tmp_path, s=text), Diagnostics(), roots=[tmp_path, with_google_apis])
    kept = select(api, ["path:/a.v1.S/Up"], [], Diagnostics())
    assert [operation.name for operation in kept.services[0].operations] == ["Up"]
    assert [definition.id for definition in kept.definitions] == ["a.v1.M"]
    rest = select(api, [], ["operation:a.v1.S.Up"], Diagnostics())
    assert [operation.name for operation in rest.services[0].operations] == ["Plain", "Down", "Both"]
    assert len(rest.definitions) == 3


@pytest.mark.parametrize("distribution", ["grpcio-tools", "googleapis-common-protos"])
def test_the_model_of_real_protos_holds_together(distribution: str):
    files = protos_of(distribution)
    root = next(path for path in files[0].parents if path.name in {"_proto", "site-packages"})
    diagnostics = Diagnostics()
    api = read_protos(files, diagnostics, roots=[root])
    assert violations(api) == []
    assert run_passes(api, diagnostics) == api
