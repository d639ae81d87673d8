"""Text of a document is values and names in the output, never structure; and no text ends a generation in a traceback."""

from __future__ import annotations

import ast
import json
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from specbind.generator.diagnostics import Diagnostics, SpecError
from specbind.generator.pipeline import make_standalone

EVIL = [
    '"""', "'''", '"', "'", "\\", "\\\\", '\\"""', "\n", "\r", "\x85", "\u2028", "\u2029", "\0", "\x1b[31m", "\u202e", "\ufeff",
    "{{ 7*7 }}", "{% raw %}", "{#", "#", "# x", "*/", "//", "..", "../x", "/", "$ref", "~0", "~1", "%", "%s", "{0}", "{", "}", "${x}",
    "__init__", "__class__", "self", "None", "class", "import", "models", "Client", "Model", "UNSET", "open", "str", "list", "con",
    "é", "日本", "\U0001f600", "", " ", "\t", "a b", "1", "-1", "x" * 300, "noqa", "type: ignore", "fmt: off", "-*- coding: utf-7 -*-",
    '"; import os; os.system("x") #', "')\nopen('PWNED','w')#", "\\N{DIGIT ONE}", "\\x41", "\\", "0x10", "1e5", "nan", "[x](y)", "```",
]  # fmt: skip
EXPRESSIVE = (ast.Constant, ast.JoinedStr)

text = st.one_of(
    st.sampled_from(EVIL),
    st.lists(st.sampled_from(EVIL), min_size=1, max_size=3).map("".join),
    st.text(max_size=12).filter(lambda found: not any("\ud800" <= letter <= "\udfff" for letter in found)),
)

POSITIONS = (
    "title", "version", "description", "tag", "tag_doc", "operation", "summary", "operation_doc", "path", "query", "parameter_doc",
    "header", "cookie", "schema", "schema_doc", "property", "property_doc", "enum", "default", "const", "pattern", "format",
    "response_doc", "media", "scheme", "scheme_wire", "server", "variable", "discriminator", "mapping", "example", "required",
    "part", "status_schema", "varname", "extension",
)  # fmt: skip
PLAIN = {name: f"{name}x" for name in POSITIONS} | {
    "media": "application/vnd.x+json", "server": "https://host.test", "version": "1.0", "path": "things", "scheme_wire": "X-Key",
    "header": "X-Header", "cookie": "crumb",
}  # fmt: skip


def document(words: dict[str, str]) -> dict:
    """A document that has a text in every position where one may stand."""
    w = words
    prop = {"type": "string", "description": w["property_doc"], "default": w["default"], "pattern": w["pattern"]}
    thing = {
        "type": "object",
        "description": w["schema_doc"],
        "required": [w["property"]],
        "properties": {
            w["property"]: prop,
            "other": {"type": "string", "format": w["format"]},
            "kind": {"type": "string", "enum": [w["enum"], "fixed"], "x-enum-varnames": [w["varname"], "FIXED"]},
            "exact": {"const": w["const"]},
        },
        "example": {w["example"]: w["example"]},
        "x-" + w["extension"]: w["extension"],
    }
    reference = {"$ref": "#/components/schemas/" + pointer(w["schema"])}
    union = {
        "oneOf": [reference, {"$ref": "#/components/schemas/Second"}],
        "discriminator": {"propertyName": w["discriminator"], "mapping": {w["mapping"]: "#/components/schemas/Second"}},
    }
    operation = {
        "operationId": w["operation"],
        "tags": [w["tag"]],
        "summary": w["summary"],
        "description": w["operation_doc"],
        "security": [{w["scheme"]: []}],
        "parameters": [
            {"name": w["query"], "in": "query", "description": w["parameter_doc"], "schema": {"type": "string"}},
            {"name": w["header"], "in": "header", "schema": {"type": "string"}},
            {"name": w["cookie"], "in": "cookie", "schema": {"type": "string"}},
        ],
        "requestBody": {
            "description": w["response_doc"],
            "content": {"multipart/form-data": {"schema": {"type": "object", "properties": {w["part"]: {"type": "string"}}}}},
        },
        "responses": {
            "200": {"description": w["response_doc"], "content": {w["media"]: {"schema": reference}}},
            "400": {"description": w["response_doc"], "content": {"application/json": {"schema": union}}},
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": w["title"], "version": w["version"], "description": w["description"]},
        "tags": [{"name": w["tag"], "description": w["tag_doc"]}],
        "servers": [{"url": w["server"], "description": w["variable"]}],
        "paths": {"/" + w["path"] + "/{id}": {"post": operation}},
        "components": {
            "schemas": {
                w["schema"]: thing,
                "Second": {"type": "object", "required": ["k"], "properties": {"k": {"type": "string"}}},
            },
            "securitySchemes": {w["scheme"]: {"type": "apiKey", "in": "header", "name": w["scheme_wire"]}},
        },
    }


def pointer(name: str) -> str:
    """A schema's name inside a reference."""
    escaped = name.replace("~", "~0").replace("/", "~1")
    return "".join(f"%{byte:02X}" for byte in escaped.encode())


def generate(words: dict[str, str]) -> dict[str, bytes] | None:
    """The generated modules; None where the document is refused."""
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "spec.json"
        spec.write_text(json.dumps(document(words)))
        try:
            files, _ = make_standalone(spec, Diagnostics(), package="sample", with_core=False)
        except SpecError as error:
            assert str(error).isprintable() or "\n" in str(error)
            return None
    return {path: files[path] for path in files if path.endswith(".py") and "/_runtime/" not in path}


def shape(modules: dict[str, bytes]) -> Counter[str]:
    """Every statement of the modules with its names and constants masked: what may differ in number, not in kind."""
    found: Counter[str] = Counter()
    for content in modules.values():
        tree = ast.parse(content)
        for node in ast.walk(tree):
            assert not isinstance(node, (ast.JoinedStr, ast.Lambda)) or isinstance(node, ast.Lambda)
            if isinstance(node, ast.Call):
                found[f"call {callee(node.func)}"] += 1
            elif isinstance(node, ast.stmt):
                found[type(node).__name__] += 1
    return found


def callee(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ast.unparse(node)


@pytest.fixture(scope="module")
def plain() -> Counter[str]:
    modules = generate(PLAIN)
    assert modules is not None
    return shape(modules)
