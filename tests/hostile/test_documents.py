"""Hostile documents: read within bounds, refused in a few lines with a place, or read without anything lost unsaid."""

from __future__ import annotations

import json
import socket
import time

import pytest
from tests.support.invariants import violations
from tests.support.witness import shared_path

from specbind.generator.diagnostics import Diagnostics, SpecError
from specbind.generator.ir.model import dump
from specbind.generator.openapi import read_api
from specbind.generator.passes import run_passes

SECONDS = 20
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def collection() -> list[dict[str, str]]:
    listed = json.loads(shared_path("hostile", "manifest.json").read_text())["specs"]
    return [entry for entry in listed if entry["kind"] == "openapi"]


def written_here(name: str, tmp_path):
    """A document of this folder's own, too large or too odd to keep as a file."""
    base = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}}
    texts = {
        "long chain of references": lambda: json.dumps(
            {**base, "components": {"schemas": {
                f"S{n}": {"$ref": f"#/components/schemas/S{n + 1}"} for n in range(5000)}
                | {"S5000": {"type": "string"}}}}
        ),
        "long chain of bases": lambda: json.dumps(
            {**base, "components": {"schemas": {
                f"S{n}": {"allOf": [{"$ref": f"#/components/schemas/S{n + 1}"}, {"properties": {f"p{n}": {}}}]}
                for n in range(3000)} | {"S3000": {"type": "object"}}}}
        ),
        "many variants": lambda: json.dumps(
            {**base, "components": {"schemas": {"U": {"oneOf": [
                {"type": "object", "properties": {f"p{n}": {"type": "string"}}} for n in range(3000)]}}}}
        ),
        "nested tuples": lambda: "openapi: 3.1.0\npaths: {}\ncomponents: {schemas: {X: "
        + "{prefixItems: [" * 130 + "{}" + "]}" * 130 + "}}",
        "every list holds itself": lambda: json.dumps(
            {**base, "components": {"schemas": {
                f"S{n}": {"type": "array", "items": {"$ref": f"#/components/schemas/S{(n + 1) % 2000}"}}
                for n in range(2000)}}}
        ),
        "wide path": lambda: json.dumps({**base, "paths": {"/" + "{a}" * 5000 + "{" * 5000: {"get": {}}}}),
        "repeated keys": lambda: '{"openapi": "3.1.0", "paths": {"/a": {"get": {}}, "/a": {"post": {}}}}',
        "control characters": lambda: json.dumps(
            {**base, "paths": {"/a\r\nX: y\0": {"get": {"operationId": "a\x1b[31m\n", "tags": ["\u202e"]}}}}
        ),
    }  # fmt: skip
    path = tmp_path / "spec.yaml"
    path.write_text(texts[name]())
    return path


OWN = [
    "long chain of references", "long chain of bases", "many variants", "nested tuples", "every list holds itself",
    "wide path", "repeated keys", "control characters",
]  # fmt: skip


def outcome(path):
    """The Api, or the error that refuses the document; with all findings."""
    diagnostics = Diagnostics()
    started = time.process_time()
    try:
        found = run_passes(read_api(path, diagnostics), diagnostics)
    except SpecError as error:
        found = error
    assert time.process_time() - started < SECONDS
    for line in "\n".join(map(str, diagnostics)).splitlines():
        assert line.isprintable()
        assert len(line) < 1000
    return found, diagnostics


@pytest.mark.parametrize("name", OWN)
def test_own_documents_end_with_an_api_or_a_clear_error(tmp_path, name):
    found, diagnostics = outcome(written_here(name, tmp_path))
    if isinstance(found, SpecError):
        assert found.diagnostic.place.pointer
        assert found.diagnostic.place.line > 0
    else:
        assert violations(found) == []
        assert dump(found)
    if name == "repeated keys":
        assert diagnostics.failed


def test_the_collection_is_handled_as_expected(monkeypatch):
    def no_connection(*_: object) -> None:
        pytest.fail("a document opened a connection")

    monkeypatch.setattr(socket.socket, "connect", no_connection)
    for entry in collection():
        path = shared_path("hostile", entry["file"])
        found, diagnostics = outcome(path)
        refused = isinstance(found, SpecError) or diagnostics.failed
        assert refused or entry["expected"] != "rejected clearly", entry["id"]
        assert not refused or entry["expected"] != "generates safely", entry["id"]
        if isinstance(found, SpecError):
            assert found.diagnostic.place.line > 0, entry["id"]
            assert len(str(found).splitlines()) <= 3, entry["id"]
            continue
        assert violations(found) == [], entry["id"]
        paths = json.loads(path.read_text())["paths"].values()
        declared = sum(1 for item in paths for method in METHODS if method in item)
        assert sum(len(service.operations) for service in found.services) == declared, entry["id"]
        assert b"TOPSECRET" not in dump(found), entry["id"]
