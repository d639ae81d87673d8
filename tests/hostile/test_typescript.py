"""Whatever a document says, the TypeScript made from it is our text: theirs stands in strings, comments and names."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.hostile.test_output_text import EVIL, PLAIN, POSITIONS, PROSE, ROUGH, document, text
from tests.support.typescript import Compiler
from tests.support.witness import shared_path

from specbind.generator.diagnostics import Diagnostics, SpecError
from specbind.generator.pipeline import make_standalone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.typescript import Seen

KINDS = {
    "SourceFile", "EndOfFileToken", "Identifier", "StringLiteral", "NumericLiteral", "PrefixUnaryExpression",
    "TrueKeyword", "FalseKeyword", "NullKeyword", "StringKeyword", "NumberKeyword", "BooleanKeyword",
    "UndefinedKeyword", "UnknownKeyword", "NeverKeyword", "ExportKeyword", "ReadonlyKeyword", "QuestionToken",
    "DotDotDotToken",
    "ImportDeclaration", "ImportClause", "NamedImports", "ImportSpecifier", "NamespaceImport", "TypeKeyword",
    "ExportDeclaration", "NamedExports", "ExportSpecifier", "NamespaceExport",
    "InterfaceDeclaration", "TypeAliasDeclaration", "PropertySignature", "IndexSignature", "Parameter", "TypeLiteral",
    "TypeReference", "QualifiedName", "UnionType", "IntersectionType", "ParenthesizedType", "ArrayType", "TupleType",
    "RestType", "LiteralType",
    "VariableStatement", "VariableDeclarationList", "VariableDeclaration", "ObjectLiteralExpression",
    "ArrayLiteralExpression", "PropertyAssignment", "ComputedPropertyName",
}  # fmt: skip
SPECIFIER = re.compile(r"\.{1,2}/(?:[A-Za-z0-9_]+/)*[A-Za-z0-9_]+\.js\Z")
SAFE_FILE = re.compile(r"(?:\w+/)?(?:src/(?:[a-z]+/)?)?[A-Za-z0-9_]+\.(?:ts|json|md)\Z")


@pytest.fixture(scope="module")
def compiler() -> Iterator[Compiler]:
    started = Compiler()
    yield started
    started.close()


def batched(values: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def generate(spec: Path) -> dict[str, str] | None:
    """The project of a document; None where reading refuses it."""
    try:
        files, _ = make_standalone(spec, Diagnostics(), target="typescript")
    except SpecError as error:
        if error.diagnostic.code.startswith(("SB1", "SB2")):
            return None
        raise  # anything later is our own fault
    return {path: files[path].decode() for path in files}


def generate_from(words: dict[str, str], folder: Path) -> dict[str, str] | None:
    spec = folder / "spec.json"
    spec.write_text(json.dumps(document(words)))
    return generate(spec)


def check(compiler: Compiler, files: dict[str, str]) -> dict[str, Seen]:
    """It compiles, and has nothing but what our templates write."""
    problems, seen = compiler.inspect(files)
    assert problems == []
    assert len({path.casefold() for path in files}) == len(files)
    json.loads(files["package.json"])
    for path, found in seen.items():
        assert SAFE_FILE.match(path), path
        assert not ROUGH.search(files[path]), path
        assert set(found.kinds) <= KINDS, (path, set(found.kinds) - KINDS)
        assert all(map(SPECIFIER.match, found.specifiers)), (path, found.specifiers)
        assert set(found.tags) <= {"deprecated"}, (path, found.tags)
        assert found.pragmas == [], path
    return seen


def test_the_collection(compiler: Compiler, tmp_path: Path):
    listed = json.loads(shared_path("hostile", "manifest.json").read_text())["specs"]
    entries = [entry for entry in listed if entry["kind"] == "openapi"]
    made = 0
    for entry in entries:
        spec = shared_path("hostile", entry["file"])
        files = generate(spec)
        assert files is None or entry["expected"] != "rejected clearly", entry["id"]
        assert files is not None or entry["expected"] != "generates safely", entry["id"]
        if files is None:
            continue
        made += 1
        check(compiler, files)
        assert not any("TOPSECRET" in content for content in files.values()), entry["id"]
    assert made > len(entries) / 2
    assert not list(tmp_path.iterdir())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.fixed_dictionaries({position: text.map(lambda found: f"x{found}x") for position in PROSE}))
def test_prose_changes_comments_and_strings_only(compiler, tmp_path, words):
    plain = generate_from(PLAIN, tmp_path)
    files = generate_from(PLAIN | words, tmp_path)
    assert plain is not None
    assert files is not None
    before, after = check(compiler, plain), check(compiler, files)
    assert {path: found.skeleton for path, found in after.items()} == {
        path: found.skeleton for path, found in before.items()
    }


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.dictionaries(st.sampled_from(POSITIONS), text))
def test_any_text_anywhere_makes_nothing_but_our_statements(compiler, tmp_path, words):
    files = generate_from(PLAIN | words, tmp_path)
    if files is not None:
        check(compiler, files)


SINKS = [
    *(evil for evil in EVIL if evil), "*/ export const x = 1; /*", "*/", "*\\/", "@ts-ignore", "@ts-expect-error",
    "@ts-nocheck", "\n@internal", "{@link x}", "@deprecated", "\\@deprecated", "\n * @jsx evil",
    "/// <reference path='x'/>",
    "${process.exit()}", "`", "__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "default", "eval",
    "arguments", "undefined", "globalThis", "await", "yield", "let", "static", "any", "never", "string", "unknown",
    "object", "Array", "Promise", "Record", "models", "operations", "runtime", "index", "api", "Operation", "Bytes",
    "index.js", "nul", "COM1", "</script>", "\ud800".encode("unicode_escape").decode(), "\x7f", "\u200b", "\u2067",
]  # fmt: skip


@pytest.mark.parametrize("some", list(batched(SINKS, 8)), ids=repr)
def test_each_text_as_names_and_as_prose(compiler, tmp_path, some):
    """Several texts in one run of the compiler, each in a folder of its own: its number, then what it is used for."""
    names = ("tag", "operation", "query", "schema", "property", "enum", "scheme", "part", "mapping", "discriminator")
    files: dict[str, str] = {}
    for number, evil in enumerate(some):
        for use, positions in (("names", (*names, "const", "default", "varname")), ("prose", PROSE)):
            made = generate_from(PLAIN | dict.fromkeys(positions, evil), tmp_path)
            assert made is not None
            files |= {f"{number}_{use}/{path}": content for path, content in made.items()}
    seen = check(compiler, files | {name: files[f"0_names/{name}"] for name in ("package.json", "tsconfig.json")})
    for number, evil in enumerate(some):
        assert evil in {
            name for path, found in seen.items() if path.startswith(f"{number}_names/") for name in found.members
        }


def test_an_empty_name_is_a_name(compiler, tmp_path):
    for position in ("scheme", "scheme_wire", "variable", "version", "mapping", "enum"):
        files = generate_from(PLAIN | {position: ""}, tmp_path)
        if files is not None:
            check(compiler, files)


def test_names_that_differ_in_case_only_get_files_of_their_own(compiler, tmp_path):
    found = document(PLAIN)
    (operation,) = next(iter(found["paths"].values())).values()
    for number, tag in enumerate(("Pets", "pets", "PETS", "index", "Index", "aux", "AUX")):
        found["paths"][f"/{number}/{{id}}"] = {"get": operation | {"tags": [tag], "operationId": f"call{number}"}}
    for name in ("thing", "Thing", "THING"):
        found["components"]["schemas"][name] = {"type": "object", "properties": {name: {"type": "string"}}}
    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps(found))
    files = generate(spec)
    assert files is not None
    check(compiler, files)
    assert len([path for path in files if path.startswith("src/operations/")]) == 9


@pytest.mark.parametrize(
    "source",
    [
        "export function f() {}",
        "export const x = eval('1');",
        "export const x = `a`;",
        "import './src/api.js';\nimport 'fs';",
        "/** @internal */\nexport const x = 1;",
        "// @ts-ignore\nexport const x: string = 1;",
        "class A {}",
        "export const x = 1; // \u2028",
    ],
)
def test_the_check_sees_what_it_is_for(compiler, tmp_path, source):
    files = generate_from(PLAIN, tmp_path)
    assert files is not None
    with pytest.raises(AssertionError):
        check(compiler, files | {"src/more.ts": source})
