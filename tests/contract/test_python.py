"""The generated Python clients do what the contract cases say, derived from the specs or written by hand."""

from __future__ import annotations

import importlib

import pytest
from tests.cases.cases import CASES, api_of, command_options
from tests.cases.cases import FOLDER as CASES_FOLDER
from tests.contract.replay import Python
from tests.support.packages import generated
from tests.support.witness import ROOT

from specbind.generator.config import load_config
from specbind.generator.diagnostics import Diagnostics
from specbind.generator.pipeline import entry_reading, lower
from specbind.generator.vectors import derive, dump, load

SPECS = ROOT / "specs"
CONFIG = load_config(SPECS / "specbind.toml")
DOCUMENTS = {name: entry for name, entry in CONFIG.api.items() if entry.spec}
"""Our APIs that have requests; protos have messages."""
HAND_WRITTEN = sorted(SPECS.glob("*/vectors/*.json"))

DEVIATIONS: dict[str, str] = {}


def derived(api: str):
    return derive(lower(SPECS / CONFIG.api[api].spec, Diagnostics(), entry_reading(CONFIG.api[api], SPECS), name=api))


def own_cases() -> list[object]:
    """Every case of our own APIs."""
    found = [(api, "derived", case) for api in DOCUMENTS for case in derived(api).cases]
    for path in HAND_WRITTEN:
        vectors = load(path.read_bytes())
        found += [(vectors.api, path.stem, case) for case in vectors.cases]
    return [pytest.param(api, case, id=f"{api}-{kind}-{case.operation}-{case.case}") for api, kind, case in found]


@pytest.mark.filterwarnings("ignore:.* is deprecated by the API")  # Tiled keeps an old name of two routes
@pytest.mark.parametrize(("api", "case"), own_cases())
async def test_own_clients(api, case):
    await Python(importlib.import_module(f"specbind.bindings.{api}")).replay(case)


def test_every_operation_has_a_case():
    for api in DOCUMENTS:
        operations = {
            operation.id
            for service in lower(
                SPECS / CONFIG.api[api].spec, Diagnostics(), entry_reading(CONFIG.api[api], SPECS), name=api
            ).services
            for operation in service.operations
        }
        assert {case.operation for case in derived(api).cases} == operations


def test_hand_written_cases_are_there():
    assert HAND_WRITTEN


def test_cases_are_the_same_every_time():
    for api, entry in DOCUMENTS.items():
        assert dump(lower(SPECS / entry.spec, Diagnostics(), entry_reading(entry, SPECS), name=api)) == dump(
            lower(SPECS / entry.spec, Diagnostics(), entry_reading(entry, SPECS), name=api)
        )
        assert load(dump(lower(SPECS / entry.spec, Diagnostics(), entry_reading(entry, SPECS), name=api))) == derived(
            api
        )


@pytest.mark.filterwarnings("ignore:.* is deprecated by the API:DeprecationWarning")
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.xfail(strict=True, reason=DEVIATIONS[name]))
        if name in DEVIATIONS
        else name
        for name in CASES
    ],
)
async def test_features(name, tmp_path):
    folder = CASES_FOLDER / name
    vectors = derive(api_of(name))
    with generated(tmp_path, folder / "spec.yaml", "--without-core", *command_options(folder)) as package:
        python = Python(package)
        failures = []
        for case in vectors.cases:
            try:
                await python.replay(case)
            except (AssertionError, Exception) as error:  # noqa: BLE001  # all that differ are shown together
                failures.append(f"{case.operation} {case.case}: {type(error).__name__} {error}")
        assert not failures, "\n".join(failures)
