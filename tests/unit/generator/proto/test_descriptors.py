"""The descriptor messages against Google's: nothing that a descriptor says may look like something else."""

from __future__ import annotations

import pytest
from google.protobuf import descriptor_pb2

from specbind.generator.proto.comments import Comments
from specbind.generator.proto.descriptors import FieldDescriptor, FileSet, unknown_fields
from specbind.generator.proto.wire import WireError, check, split

GOOGLE = descriptor_pb2.FieldDescriptorProto


@pytest.mark.parametrize(("name", "zero"), [("default_value", ""), ("oneof_index", 0), ("json_name", "")], ids=str)
def test_a_zero_is_not_the_same_as_nothing(name: str, zero: object):
    absent = FieldDescriptor().parse(GOOGLE(name="x").SerializeToString())
    present = FieldDescriptor().parse(GOOGLE(name="x", **{name: zero}).SerializeToString())
    assert getattr(absent, name) is None
    assert getattr(present, name) == zero


def test_packed_has_three_states():
    stated = [
        FieldDescriptor().parse(GOOGLE(options=descriptor_pb2.FieldOptions(**given)).SerializeToString()).options.packed
        for given in ({}, {"packed": False}, {"packed": True})
    ]
    assert stated == [None, False, True]


def test_every_scalar_whose_presence_matters_is_declared_again():
    """The others mean the same at their zero and absent; a new one in descriptor.proto has to be thought about."""
    fields = {
        field.name
        for message in (GOOGLE, descriptor_pb2.FieldOptions)
        for field in message.DESCRIPTOR.fields
        if field.has_presence and field.message_type is None
    }
    declared = {"default_value", "oneof_index", "json_name", "packed"}
    always = {"name", "number", "label", "type", "type_name", "extendee"}  # an empty one is as wrong as none
    off = {"proto3_optional", "deprecated", "weak", "lazy", "unverified_lazy", "debug_redact"}  # off unless stated
    languages = {"ctype", "jstype", "retention"}  # about other languages, or the compiler
    assert fields == declared | always | off | languages


def test_what_betterproto_does_not_know_is_kept():
    options = descriptor_pb2.MethodOptions()
    options.MergeFromString(b"\x82\xd3\xe4\x93\x02\x03abc")  # 72295728, google.api.http
    method = descriptor_pb2.MethodDescriptorProto(name="M", options=options)
    service = descriptor_pb2.ServiceDescriptorProto(method=[method])
    content = descriptor_pb2.FileDescriptorSet(file=[{"name": "a.proto", "service": [service]}]).SerializeToString()
    parsed = FileSet().parse(content)
    assert unknown_fields(parsed.file[0].service[0].method[0].options) == b"\x82\xd3\xe4\x93\x02\x03abc"


def descriptor_set() -> bytes:
    field = GOOGLE(name="f", number=1, label=1, type=9)
    message = descriptor_pb2.DescriptorProto(name="M", field=[field])
    file = descriptor_pb2.FileDescriptorProto(name="a.proto", syntax="proto3", message_type=[message])
    return descriptor_pb2.FileDescriptorSet(file=[file]).SerializeToString()


def test_every_cut_of_a_descriptor_set_is_found():
    content = descriptor_set()
    check(content, FileSet)
    for end in range(1, len(content)):
        with pytest.raises(WireError):
            check(content[:end], FileSet)


@pytest.mark.parametrize(
    "content",
    [b"\x08\x01", b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", b"\x0e", b"\x00\x00", b"\x0a\x02\x0a\xff", b"\x0b"],
    ids=["wire type", "length", "no such wire type", "number 0", "text", "group without an end"],
)
def test_bytes_that_are_no_descriptor_set_are_refused(content: bytes):
    with pytest.raises(WireError):
        check(content, FileSet)


def test_nesting_is_bounded():
    content = b""
    for _ in range(2000):
        content = b"\x1a" + varint(len(content)) + content
    file = b"\x22" + varint(len(content)) + content
    with pytest.raises(WireError, match="too deeply"):
        check(b"\x0a" + varint(len(file)) + file, FileSet)


def varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*found, value))


def test_source_information_is_read_apart_from_the_rest():
    """All ways in which the wire format may write it."""
    info = descriptor_pb2.SourceCodeInfo()
    info.location.add(path=[4, 300, 2, 1], span=[9, 4, 200], leading_comments=" Before.\n", trailing_comments="Behind")
    info.location.add(path=[4, 300, 2, 1], span=[1, 1, 1], leading_comments="Second")
    unpacked = b"\x0a\x08\x08\x04\x08\x01\x10\x07\x10\x03"
    file = descriptor_pb2.FileDescriptorProto(name="a.proto", package="p", source_code_info=info)
    rest, information = split(file.SerializeToString() + b"\x4a" + varint(len(unpacked)) + unpacked, 9)
    assert rest == descriptor_pb2.FileDescriptorProto(name="a.proto", package="p").SerializeToString()
    comments = Comments("a.proto", "x/a.proto", information)
    assert (str(comments.place((4, 300, 2, 1))), comments.doc((4, 300, 2, 1))) == ("x/a.proto:10:5", "Before.\nBehind")
    assert (comments.source((4, 1)), comments.source((9,))) == ("a.proto:8:4", "a.proto")


def test_source_information_that_ends_early_is_refused():
    with pytest.raises(WireError):
        Comments("a.proto", "a.proto", b"\x0a\x04\x0a\x03\x04")
