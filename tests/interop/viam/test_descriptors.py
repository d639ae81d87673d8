"""Our protos against the descriptors inside the official wheel: every message, field, enum value and rpc."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.support.witness import ROOT, interop_python

from specbind.generator.diagnostics import Diagnostics
from specbind.generator.ir.model import (
    Enum,
    GrpcBinding,
    ListType,
    MapType,
    Object,
    Presence,
    Ref,
    Scalar,
    ScalarKind,
    StreamKind,
)
from specbind.generator.proto import read_protos

pytestmark = pytest.mark.witness

MODULES = (
    "viam.gen.app.data.v1.data_pb2",
    "viam.gen.app.datasync.v1.data_sync_pb2",
    "viam.gen.app.dataset.v1.dataset_pb2",
    "viam.gen.app.datapipelines.v1.data_pipelines_pb2",
    "viam.gen.proto.rpc.v1.auth_pb2",
)
WORDS = {ScalarKind.BOOLEAN: "bool", ScalarKind.BINARY: "bytes"}


@cache
def official() -> dict[str, Any]:
    script = Path(__file__).with_name("descriptors.py")
    command = [str(interop_python("viam-sdk")), str(script), *MODULES]
    output = subprocess.run(command, capture_output=True, check=True, timeout=120).stdout
    found: dict[str, Any] = json.loads(output)
    return found


@cache
def ours() -> dict[str, Any]:
    root = ROOT / "specs" / "viam"
    api = read_protos([root / "app", root / "proto"], Diagnostics(), roots=[root])
    own = [item for item in api.definitions if item.source.startswith(("app/", "proto/"))]
    return {
        "messages": {
            item.id: [item.deprecated, sorted(field_facts(field) for field in item.fields)]
            for item in own
            if isinstance(item, Object)
        },
        "enums": {
            item.id: [[value.name, value.value] for value in item.values] for item in own if isinstance(item, Enum)
        },
        "services": {
            service.id: [rpc_facts(operation) for operation in service.operations] for service in api.services
        },
    }


def type_name(type_: Any) -> str:
    match type_:
        case Ref(id=name):
            return name
        case Scalar(scalar=kind, format=form):
            return form or WORDS.get(kind, kind.value)
        case ListType(item=item):
            return type_name(item)
        case MapType(value=value, key=key):
            return f"map<{type_name(key)}, {type_name(value)}>"
    raise TypeError(type_)


def field_facts(field: Any) -> list[Any]:
    many = {ListType: "many", MapType: "map"}.get(type(field.type), "one")
    json_name = field.wire if field.json is None else field.json
    explicit = field.presence is not Presence.IMPLICIT
    return [
        field.number, field.wire, json_name, type_name(field.type), many, explicit, field.oneof, field.deprecated,
    ]  # fmt: skip


def rpc_facts(operation: Any) -> list[Any]:
    assert isinstance(operation.binding, GrpcBinding)
    stream = operation.binding.stream
    request, answer = operation.body.payloads[0], operation.responses[0].payloads[0]
    return [
        operation.name,
        type_name(request.type),
        type_name(answer.type),
        stream in {StreamKind.CLIENT, StreamKind.BOTH},
        stream in {StreamKind.SERVER, StreamKind.BOTH},
        operation.deprecated,
    ]


def test_services_are_the_same() -> None:
    assert ours()["services"] == official()["services"]
    assert sum(map(len, ours()["services"].values())) == 62


@pytest.mark.parametrize("kind", ["messages", "enums"])
def test_definitions_are_the_same(kind: str) -> None:
    assert sorted(ours()[kind]) == sorted(official()[kind])
    assert {name: found for name, found in ours()[kind].items() if found != official()[kind][name]} == {}
