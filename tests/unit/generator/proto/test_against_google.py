"""What the reader makes of protos, compared with what Google's own library says about the same descriptors."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import FieldDescriptor
from tests.support.compiled import compiled, google_pool, protos_of, write
from tests.support.witness import shared_path

from specbind.generator.diagnostics import Diagnostics, Severity
from specbind.generator.ir.model import (
    Enum,
    ListType,
    MapType,
    NullableType,
    Object,
    Presence,
    Ref,
    Scalar,
    ScalarKind,
    dump,
    load,
)
from specbind.generator.proto import read_protos
from specbind.generator.proto.fields import camel
from specbind.generator.targets.python._runtime.proto.table import camel as runtime_camel

if TYPE_CHECKING:
    from pathlib import Path

    from google.protobuf.descriptor import Descriptor
    from google.protobuf.descriptor_pool import DescriptorPool

    from specbind.generator.ir.model import Api, Field, Type

KINDS = {
    FieldDescriptor.TYPE_DOUBLE: Scalar(ScalarKind.DOUBLE),
    FieldDescriptor.TYPE_FLOAT: Scalar(ScalarKind.FLOAT),
    FieldDescriptor.TYPE_INT64: Scalar(ScalarKind.INT64),
    FieldDescriptor.TYPE_UINT64: Scalar(ScalarKind.UINT64),
    FieldDescriptor.TYPE_INT32: Scalar(ScalarKind.INT32),
    FieldDescriptor.TYPE_FIXED64: Scalar(ScalarKind.UINT64, "fixed64"),
    FieldDescriptor.TYPE_FIXED32: Scalar(ScalarKind.UINT32, "fixed32"),
    FieldDescriptor.TYPE_BOOL: Scalar(ScalarKind.BOOLEAN),
    FieldDescriptor.TYPE_STRING: Scalar(ScalarKind.STRING),
    FieldDescriptor.TYPE_BYTES: Scalar(ScalarKind.BINARY),
    FieldDescriptor.TYPE_UINT32: Scalar(ScalarKind.UINT32),
    FieldDescriptor.TYPE_SFIXED32: Scalar(ScalarKind.INT32, "sfixed32"),
    FieldDescriptor.TYPE_SFIXED64: Scalar(ScalarKind.INT64, "sfixed64"),
    FieldDescriptor.TYPE_SINT32: Scalar(ScalarKind.INT32, "sint32"),
    FieldDescriptor.TYPE_SINT64: Scalar(ScalarKind.INT64, "sint64"),
}

EDITION = """
edition = "2023";
package e;
option features.utf8_validation = NONE;
option features.message_encoding = DELIMITED;
message M {
  string plain = 1;
  string bare = 2 [features.field_presence = IMPLICIT];
  string needed = 3 [features.field_presence = LEGACY_REQUIRED];
  repeated int32 run = 4;
  repeated int32 loose = 5 [features.repeated_field_encoding = EXPANDED];
  M inner = 6;
  M prefixed = 7 [features.message_encoding = LENGTH_PREFIXED];
  map<string, M> map = 8;
  string checked = 9 [features.utf8_validation = VERIFY];
  oneof which { string one = 10; M other = 11; }
  message Below { M up = 1; Closed closed = 2; Open open = 3 [default = OPEN_ONE]; }
}
enum Closed { option features.enum_type = CLOSED; CLOSED_FIVE = 5; }
enum Open { OPEN_ZERO = 0; OPEN_ONE = 1; }
"""
PROTO2 = r"""
syntax = "proto2";
package old;
message M {
  required int32 needed = 1;
  optional sint64 back = 2 [default = -5];
  repeated fixed32 loose = 3;
  repeated fixed32 run = 4 [packed = true];
  optional group Inner = 5 { optional bytes raw = 1 [default = "\x00\xff\"\\\n\303\277"]; }
  optional float low = 6 [default = -inf];
  optional double odd = 7 [default = nan];
  optional E e = 8 [default = TWO];
  optional string text = 9 [default = "\"quoted\"\r\n\u00e9"];
  optional bool yes = 10 [default = true];
  optional uint64 big = 11 [default = 18446744073709551615];
  optional float close = 12 [default = 0.1];
  oneof which { int32 a = 13; group Chosen = 14 { optional int32 b = 1; } }
  extensions 100 to 199, 1000 to max;
  reserved 50, 60 to 70;
  reserved "gone", "away";
  map<sint32, string> map = 15;
}
enum E { ONE = 1; TWO = 2; UNO = 1; option allow_alias = true; reserved 9 to 11; reserved "NINE"; }
extend M { optional M more = 100; repeated int32 numbers = 101 [packed = true]; }
message Scope { extend M { optional string deep = 102; } }
"""
PROTO3 = """
syntax = "proto3";
package new;
message M {
  string a_b_c = 1;
  optional int32 first = 2;
  optional int32 second = 3;
  repeated E run = 4;
  repeated double loose = 5 [packed = false];
  oneof zero { int32 x = 6; M y = 7; string z = 8; }
  map<bool, bytes> flags = 9;
  map<fixed64, Outer.Inner> deep = 10;
  string renamed = 11 [json_name = "@other"];
}
enum E { ZERO = 0; NEGATIVE = -1; }
message Outer { message Inner { } Inner inner = 1; }
message Outer_Inner { }
"""


def compare(api: Api, pool: DescriptorPool) -> int:
    fields = 0
    for definition in api.definitions:
        if isinstance(definition, Enum):
            google = pool.FindEnumTypeByName(definition.id)
            assert google.is_closed is not definition.open, definition.id
            assert [(value.name, value.value) for value in definition.values] == [
                (value.name, value.number) for value in google.values
            ]
            assert definition.package == google.file.package
        elif isinstance(definition, Object):
            fields += compare_message(definition, pool.FindMessageTypeByName(definition.id))
    for extension in api.extensions:
        google = pool.FindExtensionByName(extension.id)
        assert google.containing_type.full_name == extension.extendee
        compare_field(extension.field, google)
    assert [(service.id, [operation.id for operation in service.operations]) for service in api.services] == [
        (name, [method.full_name for method in pool.FindServiceByName(name).methods])
        for name in (service.id for service in api.services)
    ]
    return fields


def compare_message(message: Object, google: Descriptor) -> int:
    assert [field.wire for field in message.fields] == [field.name for field in google.fields]
    assert message.package == google.file.package
    assert message.traits is not None
    real = [oneof for oneof in google.oneofs if not is_synthetic(oneof)]
    assert [oneof.name for oneof in message.traits.oneofs] == [oneof.name for oneof in real]
    assert [(first, last + 1) for first, last in message.traits.extension_ranges] == list(google.extension_ranges)
    for field, theirs in zip(message.fields, google.fields, strict=True):
        compare_field(field, theirs)
    return len(message.fields)


def is_synthetic(oneof) -> bool:
    return len(oneof.fields) == 1 and oneof.name == f"_{oneof.fields[0].name}" and oneof.fields[0].has_presence


def compare_field(field: Field, google: FieldDescriptor) -> None:
    name = google.full_name
    assert (field.wire, field.number) == (google.name, google.number)
    assert (field.wire if field.json is None else field.json) == google.json_name, name
    assert (field.presence in {Presence.OPTIONAL, Presence.REQUIRED}) is google.has_presence, name
    assert (field.presence is Presence.REQUIRED) is google.is_required, name
    real = google.containing_oneof is not None and not is_synthetic(google.containing_oneof)
    assert field.oneof == (google.containing_oneof.name if real else ""), name
    form = field.form
    assert bool(form and form.packed) is google.is_packed, name
    assert bool(form and form.delimited) is (google.type == FieldDescriptor.TYPE_GROUP), name
    assert field.type == google_type(google), name
    if google.has_default_value:
        assert same_default(field, google), name


def google_type(google: FieldDescriptor) -> Type:
    if google.message_type is not None and google.message_type.GetOptions().map_entry:
        key, value = google.message_type.fields
        return MapType(one_type(value), key=KINDS[key.type])
    return ListType(one_type(google)) if google.is_repeated else one_type(google)


def one_type(google: FieldDescriptor) -> Type:
    named = google.message_type or google.enum_type
    return Ref(named.full_name) if named is not None else KINDS[google.type]


def same_default(field: Field, google: FieldDescriptor) -> bool:
    default = google.default_value
    if isinstance(default, bytes):
        import base64  # noqa: PLC0415

        return base64.b64decode(str(field.default)) == default
    if google.enum_type is not None:
        return google.enum_type.values_by_name[str(field.default)].number == default
    if isinstance(default, float):
        ours = float(str(field.default))
        if google.type == FieldDescriptor.TYPE_FLOAT:
            ours = struct.unpack("<f", struct.pack("<f", ours))[0]
        return ours == default or (math.isnan(ours) and math.isnan(default))
    return field.default == default


def check(files: list[Path], roots: list[Path]) -> int:
    diagnostics = Diagnostics()
    api = read_protos(files, diagnostics, roots=roots)
    assert not [str(found) for found in diagnostics if found.severity is Severity.ERROR]
    assert load(dump(api)) == api
    assert not any(
        isinstance(field.type, NullableType)
        for item in api.definitions
        if isinstance(item, Object)
        for field in item.fields
    )
    return compare(api, google_pool(compiled(files, roots)))


@pytest.mark.parametrize("text", [EDITION, PROTO2, PROTO3], ids=["edition 2023", "proto2", "proto3"])
def test_features_are_resolved_as_google_does(tmp_path: Path, text: str):
    assert check(write(tmp_path, all=text), [tmp_path]) > 8


def test_an_edition_of_2024_is_read(tmp_path: Path):
    text = EDITION.replace('"2023"', '"2024"')
    assert check(write(tmp_path, all=text), [tmp_path]) > 8


@pytest.mark.parametrize(("distribution", "least"), [("grpcio-tools", 150), ("googleapis-common-protos", 300)])
def test_every_proto_of_a_distribution_is_read(distribution: str, least: int):
    files = protos_of(distribution)
    root = next(path for path in files[0].parents if path.name in {"_proto", "site-packages"})
    assert check(files, [root]) >= least


@pytest.mark.parametrize("name", ["p01-comments", "p03-proto2-defaults", "p04-keywords", "p06-recursion"])
def test_hostile_protos_that_are_lawful_are_read(name: str):
    folder = shared_path("hostile", "proto")
    assert check([folder / f"{name}.proto"], [folder]) > 1


NAMES = ["a", "a_b", "a__b", "_a", "__a_", "a_", "a_1b", "a1_b2", "A_b", "aB_cD", "_", "__", "a_B", "URL_ids_", "x_9_y"]


@pytest.mark.parametrize("name", NAMES)
def test_json_names_follow_one_rule_protocs(name: str):
    file = descriptor_pb2.FileDescriptorProto(name="a.proto", syntax="proto3")
    file.message_type.add(name="M").field.add(name=name, number=1, label=1, type=9)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    expected = pool.FindMessageTypeByName("M").fields[0].json_name
    assert {camel(name), runtime_camel(name)} == {expected}


def test_the_rule_of_json_names_knows_letters_of_ascii_alone():
    assert camel("a_\u00df_\u01c6b") == runtime_camel("a_\u00df_\u01c6b") == "a\u00df\u01c6b"
