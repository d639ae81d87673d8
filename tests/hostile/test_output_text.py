"""Text of a document is values and names in the output, never structure; no text ends in a traceback."""

from __future__ import annotations

import ast
import json
import re
import tempfile
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.hostile.positions import FURTHER, FURTHER_PROSE, PLAIN_FURTHER, widened

from specbind.generator.diagnostics import Diagnostics, SpecError
from specbind.generator.pipeline import make_standalone

EVIL = [
    '"""', "'''", '"', "'", "\\", "\\\\", '\\"""', "\n", "\r", "\x85", "\u2028", "\u2029", "\0", "\x1b[31m",
    "\u202e", "\u200f", "\ufeff", 'say "hi"', "see https://evil.test or www.evil.test",
    "{{ 7*7 }}", "{% raw %}", "{#", "#", "# x", "*/", "//", "..", "../x", "/", "$ref", "~0", "~1", "%", "%s", "{0}",
    "{", "}", "${x}",
    "__init__", "__class__", "self", "None", "class", "import", "models", "Client", "Model", "UNSET", "open", "str",
    "list", "con",
    "é", "日本", "\U0001f600", "", " ", "\t", "a b", "1", "-1", "x" * 300, "noqa", "type: ignore", "fmt: off",
    "-*- coding: utf-7 -*-",
    '"; import os; os.system("x") #', "')\nopen('PWNED','w')#", "\\N{DIGIT ONE}", "\\x41", "\\", "0x10", "1e5",
    "nan", "[x](y)", "```",
]  # fmt: skip
PROSE = (
    "title", "description", "tag_doc", "summary", "operation_doc", "parameter_doc", "schema_doc", "property_doc",
    "response_doc",
    "pattern", "example", "variable",
    *FURTHER_PROSE,
)  # fmt: skip
GRAMMATICAL = (
    "path", "additional_method", "flow", "status", "header", "answer_header", "encoding_header", "scope",
    "link_parameter",
)  # fmt: skip
"""Positions where most texts are no value at all: reading refuses the document, or leaves out what has them."""

ROUGH = re.compile(r"[^\x20-\x7e\n\u00a1-\U0010ffff]|[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
"""Letters that break lines, turn text around or are not seen, in whatever an editor, a compiler or a diff shows."""

LINK = re.compile(r"://|www\.")
ALLOWED_MODULES = {"__future__", "builtins", "collections.abc", "datetime", "decimal", "functools", "typing", "uuid"}
ALLOWED_CALLS = {
    "Events", "Lines", "ServerUrl", "Webhook", "field", "as_raw_with_headers", "as_raw_sync_with_headers",
    "ApiKey", "Binary", "Body", "Cookie", "Endpoint", "Form", "Header", "Json", "Multipart", "Operation", "Part",
    "Path", "Query", "QueryString",
    "Reply", "ShapedUnion", "Text", "Variant", "as_raw", "as_raw_sync", "deprecated", "lazy", "lazy_groups",
    "raw_resource",
    "raw._raw", "self._raw",
    "self.not_implemented",
}  # fmt: skip
ALLOWED_NODES = (
    ast.Module, ast.Expr, ast.Constant, ast.ImportFrom, ast.alias, ast.Assign, ast.AnnAssign, ast.ClassDef,
    ast.FunctionDef,
    ast.AsyncFunctionDef, ast.arguments, ast.arg, ast.keyword, ast.Return, ast.Raise, ast.Await, ast.If, ast.Pass,
    ast.Name, ast.Load,
    ast.Store, ast.Attribute, ast.Subscript, ast.BinOp, ast.BitOr, ast.Tuple, ast.List, ast.Dict, ast.Call,
    ast.Lambda, ast.UnaryOp,
    ast.USub,
)  # fmt: skip

text = st.one_of(
    st.sampled_from(EVIL),
    st.lists(st.sampled_from(EVIL), min_size=1, max_size=3).map("".join),
    st.text(max_size=12).filter(lambda found: not any("\ud800" <= letter <= "\udfff" for letter in found)),
)

POSITIONS = (
    "title", "version", "description", "tag", "tag_doc", "operation", "summary", "operation_doc", "path", "query",
    "parameter_doc",
    "header", "cookie", "schema", "schema_doc", "property", "property_doc", "enum", "default", "const", "pattern",
    "format",
    "response_doc", "media", "scheme", "scheme_wire", "server", "variable", "discriminator", "mapping", "example",
    "required",
    "part", "status_schema", "varname", "extension",
    *FURTHER,
)  # fmt: skip
PLAIN = {name: f"{name}x" for name in POSITIONS} | {
    "media": "application/vnd.x+json", "server": "https://host.test", "version": "1.0", "path": "things",
    "scheme_wire": "X-Key",
    "header": "X-Header", "cookie": "crumb",
    **PLAIN_FURTHER,
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
            "content": {
                "multipart/form-data": {"schema": {"type": "object", "properties": {w["part"]: {"type": "string"}}}}
            },
        },
        "responses": {
            "200": {"description": w["response_doc"], "content": {w["media"]: {"schema": reference}}},
            "400": {"description": w["response_doc"], "content": {"application/json": {"schema": union}}},
        },
    }
    return {
        "openapi": "3.2.0",
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
    """The generated files; None where reading refuses the document."""
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "spec.json"
        spec.write_text(json.dumps(widened(document(words), words)))
        try:
            files, _ = make_standalone(spec, Diagnostics(), package="sample", with_core=False)
        except SpecError as error:
            if error.diagnostic.code.startswith(("SB1", "SB2")):
                return None
            raise  # anything later is our own fault
    tomllib.loads(files["pyproject.toml"].decode())
    return {path: files[path] for path in files if "/_runtime/" not in path}


class _Mask(ast.NodeTransformer):
    """Takes out what a text may decide: constants and names."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:  # named by ast
        return ast.copy_location(ast.Constant(type(node.value).__name__), node)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for member in ("name", "id", "attr", "arg", "asname"):
            if isinstance(getattr(node, member, None), str):
                setattr(node, member, "_")
        return super().generic_visit(node)


def modules(files: dict[str, bytes]) -> dict[str, bytes]:
    return {path: content for path, content in files.items() if path.endswith(".py")}


def masked(files: dict[str, bytes]) -> dict[str, str]:
    return {path: ast.dump(_Mask().visit(ast.parse(content))) for path, content in modules(files).items()}


def check(files: dict[str, bytes]) -> None:
    """Nothing but the statements that our templates write, calling nothing but our own runtime."""
    for path, content in files.items():
        rough = ROUGH.search(content.decode())
        assert rough is None, (path, rough)
    for part in files.get("README.md", b"").decode().split("\n```")[::2]:  # what stands in no block of code
        assert not LINK.search(part), part
    for path, content in modules(files).items():
        tree = ast.parse(content)
        imported = {}
        for node in ast.walk(tree):
            assert isinstance(node, ALLOWED_NODES), (path, ast.unparse(node))
            if isinstance(node, ast.ImportFrom):
                assert node.level or node.module in ALLOWED_MODULES, (path, node.module)
                imported |= {found.asname or found.name: found.name for found in node.names}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = callee(node.func, imported)
                given = [ast.unparse(argument) for argument in (*node.args, *node.keywords)]
                resource = name[0].isupper() and given in (["self"], ["self._raw()"])
                assert name in ALLOWED_CALLS or name.startswith("self._call") or resource, (path, ast.unparse(node))
            elif isinstance(node, ast.Attribute):
                assert not node.attr.startswith("__"), (path, ast.unparse(node))
            elif isinstance(node, ast.Name):
                assert not node.id.startswith("__") or node.id in {"__all__", "__name__", "__getattr__", "__dir__"}


def callee(node: ast.expr, imported: dict[str, str]) -> str:
    return imported.get(node.id, node.id) if isinstance(node, ast.Name) else ast.unparse(node)


@pytest.fixture(scope="module")
def plain() -> dict[str, str]:
    files = generate(PLAIN)
    assert files is not None
    check(files)
    return masked(files)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.fixed_dictionaries({position: text.map(lambda found: f"x{found}x") for position in PROSE}))
def test_prose_changes_constants_only(plain, words):
    files = generate(PLAIN | words)
    assert files is not None
    assert masked(files) == plain


@pytest.mark.parametrize("evil", ['say "hi"', '""', 'x\\"', "x\\", "x\u2028\u202ex", "https://evil.test"])
def test_prose_that_ends_or_breaks_as_a_literal_does_stays_inside(plain, evil):
    files = generate(PLAIN | dict.fromkeys(PROSE, evil))
    assert files is not None
    check(files)
    assert masked(files) == plain


@settings(max_examples=60, deadline=None)
@given(words=st.dictionaries(st.sampled_from(POSITIONS), text))
def test_any_text_anywhere_makes_nothing_but_our_statements(words):
    files = generate(PLAIN | words)
    if files is not None:
        check(files)


@pytest.mark.parametrize("evil", EVIL, ids=repr)
def test_the_same_text_everywhere(evil):
    files = generate(dict.fromkeys(POSITIONS, evil) | {name: PLAIN[name] for name in GRAMMATICAL})
    assert files is not None
    check(files)


@pytest.mark.parametrize("evil", [evil for evil in EVIL if evil], ids=repr)
def test_names_alone(evil):
    """With everything else in order, so that nothing is refused before the names are made (an empty name is)."""
    names = (
        "tag",
        "operation",
        "query",
        "schema",
        "property",
        "enum",
        "scheme",
        "part",
        "mapping",
        "discriminator",
        "varname",
    )
    files = generate(PLAIN | dict.fromkeys(names, evil))
    assert files is not None
    check(files)


def test_the_check_sees_what_it_is_for():
    for source in (
        b"import os",
        b"from os import system",
        b"x = open('y')",
        b"x = ().__class__",
        b"f'{x}'",
        b"print(1)",
        b"del x",
        "x = '\u2028'".encode(),
        "x = '\u202e'".encode(),
        b"x = '\x7f'",
    ):
        with pytest.raises(AssertionError):
            check({"x.py": source})
    with pytest.raises(AssertionError):
        check({"README.md": b"# https://evil.test\n\n```\nhttps://host.test\n```\n"})
    check({"README.md": b"# x\n\n```\nhttps://host.test\n```\n"})
