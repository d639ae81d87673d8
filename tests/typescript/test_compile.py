"""All TypeScript that we generate is accepted by the compiler under `strict`, unused imports included."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.cases.cases import CASES, FOLDER, reading
from tests.support.typescript import texts
from tests.support.witness import ROOT, shared_path

from specbind.generator.diagnostics import Diagnostics
from specbind.generator.pipeline import make_standalone

if TYPE_CHECKING:
    from tests.support.typescript import Compiler

STRANGERS = (
    "openapi/adyen--checkoutservice-v71.json",  # discriminators, deep inheritance
    "openapi/kubernetes--converted.json",  # large: over a thousand operations
    "openapi/mistral--api.yaml",  # 3.1, streams of events, multipart, headers of answers
)


def made(case: str) -> dict[str, str]:
    files, _ = make_standalone(FOLDER / case / "spec.yaml", Diagnostics(), reading(FOLDER / case), target="typescript")
    return {path: files[path].decode() for path in files}


def test_our_packages(compiler: Compiler):
    files = texts(ROOT / "generated/typescript")
    assert [path for path in files if path.endswith("/api.ts")]
    assert compiler.problems(files) == []


def test_every_case(compiler: Compiler):
    made_of = {case: made(case) for case in CASES}
    files = {f"{case}/{path}": text for case, found in made_of.items() for path, text in found.items()}
    assert compiler.problems(files | {"tsconfig.json": made_of[CASES[0]]["tsconfig.json"]}) == []


@pytest.mark.parametrize("name", STRANGERS)
def test_documents_of_strangers(compiler: Compiler, name: str):
    files, manifest = make_standalone(shared_path("corpus", *name.split("/")), Diagnostics(), target="typescript")
    written = {path: files[path].decode() for path in files}
    assert compiler.problems(written) == []
    modules = [text for path, text in written.items() if path.startswith("src/operations/")]
    assert manifest.operation_count == sum(text.count("> = {\n  id: ") for text in modules)


def test_the_compiler_sees_what_it_is_for(compiler: Compiler):
    wrong = 'export const x: number = "a";\nimport type { y } from "./z.js";'
    problems = compiler.problems(made("objects") | {"src/x.ts": wrong})
    assert [problem.partition(": ")[0] for problem in problems] == ["src/x.ts:1", "src/x.ts:2", "src/x.ts:2"]
