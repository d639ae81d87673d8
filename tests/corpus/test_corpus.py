"""Every document of the corpus is generated whole, imports, and comes out the same twice.

`make test` takes a spread of them, `make corpus` all. Each document is a row of the table in `.build/corpus`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections import Counter
from pathlib import Path

import pytest
from tests.corpus.documents import SPREAD, SWITCHES, TYPED, corpus_folder, counted, documents
from tests.corpus.table import Row, keep
from tests.support.measured import measured

from specbind.generator.codes import DEGRADATIONS

SECONDS = 300
WHOLE = os.environ.get("SPECBIND_CORPUS_DOCUMENTS") == "all"
IMPORT = Path(__file__).resolve().parents[1] / "support" / "import_package.py"
_FINDING = re.compile(r"^\S.*  (error|warning|note) (SB\d\d\d)  ", re.MULTILINE)


def chosen(spread: tuple[str, ...], *, whole: bool) -> list[str]:
    try:
        there = documents(corpus_folder())
    except pytest.skip.Exception:
        return ["the corpus"]  # the test itself says that it is missing
    return [name for name in there if whole or name in spread]


def switch(document: str) -> list[str]:
    return [text for name, (text, _) in SWITCHES.items() if document.endswith(name)]


def generate(document: str, out: Path, *more: str):
    command = [
        sys.executable, "-m", "specbind.generator.cli", "generate", corpus_folder() / document, "--out", out,
        "--package", "package", "--without-core", *switch(document), *more,
    ]  # fmt: skip
    return measured(command, out.parent, limit=SECONDS)


def hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("document", chosen(SPREAD, whole=WHOLE))
def test_a_document_comes_out_whole(document: str, tmp_path: Path):
    there = counted(corpus_folder() / document)
    first = generate(document, tmp_path / "first")
    assert first.status == 0, first.stderr
    second = generate(document, tmp_path / "second", "--verbose")
    assert hashes(tmp_path / "first") == hashes(tmp_path / "second")

    manifest = json.loads((tmp_path / "first" / "MANIFEST.json").read_text(encoding="utf-8"))
    (api,) = manifest["apis"].values()
    made = {(operation["method"], operation["path"]): operation["id"] for operation in api["operations"]}
    assert set(made) == there.operations
    assert {key: made[key] for key in there.ids} == there.ids
    assert len(set(made.values())) == len(made)

    imported = measured([sys.executable, IMPORT, tmp_path / "first", "package"], tmp_path, limit=SECONDS)
    assert imported.status == 0, imported.stderr
    found = json.loads(imported.stdout)
    assert found["endpoints"] == len(there.operations)
    assert found["webhooks"] >= there.webhooks
    assert found["types"] >= there.schemas

    said = _FINDING.findall(second.stderr)
    codes = Counter(code for _, code in said)
    keep(
        Row(
            document=document,
            operations=len(there.operations),
            generated=len(made),
            webhooks=found["webhooks"],
            types=found["types"],
            files=len(manifest["files"]),
            severities=dict(Counter(severity for severity, _ in said)),
            degradations={code: number for code, number in sorted(codes.items()) if code in DEGRADATIONS},
            seconds=first.seconds,
            mebibytes=first.mebibytes,
            modules=found["modules"],
            import_seconds=imported.seconds,
        )
    )


@pytest.mark.slow
@pytest.mark.parametrize("document", chosen(TYPED, whole=False) if WHOLE else chosen(TYPED[3:4], whole=False))
def test_a_package_is_clean_under_mypy(document: str, tmp_path: Path):
    made = generate(document, tmp_path / "out")
    assert made.status == 0, made.stderr
    options = ["--strict", "--config-file=", "--no-incremental", "--cache-dir", os.devnull, "-p", "package"]
    done = measured([sys.executable, "-m", "mypy", *options], tmp_path / "out", limit=SECONDS)
    assert done.status == 0, done.stdout


def test_the_switches_are_needed(tmp_path: Path):
    """Each is in the table because the document is refused without it."""
    there = documents(corpus_folder())
    for name in SWITCHES:
        for document in there:
            if document.endswith(name) and not document.startswith("digitalocean--multi"):
                command = [
                    sys.executable, "-m", "specbind.generator.cli", "generate", corpus_folder() / document,
                    "--out", tmp_path / "out",
                ]  # fmt: skip
                done = measured(command, tmp_path, limit=SECONDS)
                assert done.status == 1, document
                assert not (tmp_path / "out").exists()
