"""The program that the conformance runner drives: reads requests, answers with what generated messages make of them.

    python testee.py FOLDER

`FOLDER` holds the package `conformance_sdk`, which the runner has generated from the suite's own protos.
"""

from __future__ import annotations

import struct
import sys

sys.path.insert(0, sys.argv[1])

from conformance_sdk import REGISTRY
from conformance_sdk._runtime.proto import (
    DecodeError,
    EncodeError,
    decode,
    encode,
    from_json,
    to_json,
    which_oneof,
)
from conformance_sdk.conformance import (
    ConformanceRequest,
    ConformanceResponse,
    TestCategory,
    WireFormat,
)


def main() -> None:
    """Answer until the runner closes the pipe."""
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while head := source.read(4):
        request = decode(ConformanceRequest, source.read(struct.unpack("<I", head)[0]))
        try:
            fields = answer(request)
        except Exception as error:  # noqa: BLE001 - the runner has to hear of it
            fields = {"runtime_error": f"{type(error).__name__}: {error}"}
        content = encode(ConformanceResponse(**fields))
        target.write(struct.pack("<I", len(content)) + content)
        target.flush()


def answer(request: ConformanceRequest) -> dict[str, object]:
    """Do what one request asks; give the field of the response."""
    name = request.message_type
    if name == "conformance.FailureSet":
        return {"protobuf_payload": b""}
    try:
        cls = REGISTRY.find(name)
    except LookupError:
        return {"skipped": f"{name} is not known"}
    try:
        kind = which_oneof(request, "payload")
        if kind == "protobuf_payload":
            message = decode(cls, request.protobuf_payload)
        elif kind == "json_payload":
            ignore = request.test_category == TestCategory.JSON_IGNORE_UNKNOWN_PARSING_TEST
            message = from_json(cls, request.json_payload, ignore_unknown=ignore, registry=REGISTRY)
        else:
            return {"skipped": "only the binary form and JSON"}
    except DecodeError as error:
        return {"parse_error": str(error)[:500]}
    try:
        if request.requested_output_format == WireFormat.PROTOBUF:
            return {"protobuf_payload": encode(message)}
        if request.requested_output_format == WireFormat.JSON:
            return {"json_payload": to_json(message, registry=REGISTRY)}
    except EncodeError as error:
        return {"serialize_error": str(error)[:500]}
    return {"skipped": "only the binary form and JSON"}


if __name__ == "__main__":
    main()
