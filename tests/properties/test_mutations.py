"""A document with faults is read, or refused in a few lines; what can be read of it becomes a package that imports.

SPECBIND_MUTATIONS says how many faulty documents are tried in each of the 20 rounds (default: 5).
"""

from __future__ import annotations

import json
import os
from random import Random
from typing import TYPE_CHECKING

import pytest
import yaml
from tests.properties.mutations import mutated, operations
from tests.support.invariants import violations
from tests.support.raw_packages import RawPackages
from tests.support.witness import ROOT

from specbind.generator import vectors
from specbind.generator.diagnostics import Diagnostics, SpecError
from specbind.generator.passes import open_recursive_aliases
from specbind.generator.pipeline import Reading, lower

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROUNDS = 20
EACH = int(os.environ.get("SPECBIND_MUTATIONS", "5"))
SPECS = sorted((ROOT / "tests" / "cases").glob("*/spec.yaml"))


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RawPackages]:
    found = RawPackages(tmp_path_factory.mktemp("mutations"))
    yield found
    found.close()


@pytest.mark.parametrize("number", range(ROUNDS))
def test_faults_end_in_findings(number: int, packages: RawPackages, tmp_path: Path):
    documents = [yaml.load(path.read_text(encoding="utf-8"), yaml.SafeLoader) for path in SPECS]
    random = Random(number)  # noqa: S311 - the same faults each time
    refused: list[str] = []
    for _ in range(EACH):
        document, faults = mutated(random.choice(documents), random)
        spec = tmp_path / "spec.json"
        spec.write_text(json.dumps(document), encoding="utf-8")
        diagnostics = Diagnostics()
        try:
            api = open_recursive_aliases(lower(spec, diagnostics, Reading(allow_partial=True)), diagnostics)
        except SpecError as refusal:
            refused.append(str(refusal))
            continue
        made = {(found.binding.method, found.binding.path) for service in api.services for found in service.operations}
        assert operations(document) <= made, faults
        assert violations(api) == [], faults
        try:
            packages.try_out(api, diagnostics)
            vectors.derive(api)
        except Exception as error:
            error.add_note(f"seed {number}: {faults}")
            raise
    assert all(len(text.splitlines()) <= 3 for text in refused)
    assert len(refused) <= EACH // 2
