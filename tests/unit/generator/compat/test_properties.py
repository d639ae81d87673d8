"""What holds for any two documents."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import lru_cache

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.cases.cases import CASES, FOLDER
from tests.support.witness import ROOT, shared_path

from specbind.generator.compat import Impact, Rule, compare
from specbind.generator.diagnostics import Diagnostics
from specbind.generator.ir.graph import all_operations
from specbind.generator.ir.model import Api, Enum, Object, Operation, Parameter, Presence, Scalar, ScalarKind, load
from specbind.generator.pipeline import Reading, lower, run_passes

MODELS = {case: FOLDER / case / "ir.json" for case in CASES} | {"nodeodx": ROOT / "generated" / "ir" / "nodeodx.json"}
OPPOSITE = {
    Rule.OPERATION_ADDED: Rule.OPERATION_REMOVED,
    Rule.PARAMETER_ADDED: Rule.PARAMETER_REMOVED,
    Rule.PARAMETER_ADDED_REQUIRED: Rule.PARAMETER_REMOVED,
    Rule.ENUM_VALUE_ADDED: Rule.ENUM_VALUE_REMOVED,
    Rule.TYPE_NARROWED: Rule.TYPE_WIDENED,
    Rule.NUMBER_NARROWED: Rule.NUMBER_WIDENED,
    Rule.DEFINITION_ADDED: Rule.DEFINITION_REMOVED,
}


@lru_cache
def model(name: str) -> Api:
    return load(MODELS[name].read_bytes())


@pytest.mark.parametrize("name", MODELS)
def test_nothing_differs_from_itself(name):
    assert compare(model(name), model(name)).findings == ()


@pytest.mark.parametrize("name", MODELS)
def test_the_passes_leave_a_model_alone_that_they_made(name):
    assert run_passes(model(name), Diagnostics()) == model(name)


def mutations(operation: Operation) -> list[Operation]:
    """Changes of what an operation asks of its callers, each of which somebody notices."""
    extra = Parameter("added-by-test", "query", Scalar(ScalarKind.STRING), "form", explode=True)
    made = [
        replace(operation, parameters=(*operation.parameters, extra)),
        replace(operation, parameters=(*operation.parameters, replace(extra, presence=Presence.REQUIRED))),
        replace(operation, id=f"{operation.id}.renamed"),
        replace(operation, deprecated=not operation.deprecated),
    ]
    for number, parameter in enumerate(operation.parameters):
        before, after = operation.parameters[:number], operation.parameters[number + 1 :]
        made.append(replace(operation, parameters=(*before, *after)))
        changes = (
            replace(parameter, type=Scalar(ScalarKind.BOOLEAN, "test")),
            replace(parameter, default="changed by test"),
            replace(parameter, wire=f"{parameter.wire}-renamed"),
        )
        made.extend(replace(operation, parameters=(*before, changed, *after)) for changed in changes)
    if operation.body is not None:
        made.append(replace(operation, body=None))
        made.append(replace(operation, body=replace(operation.body, required=not operation.body.required)))
    if operation.responses:
        made.append(replace(operation, responses=operation.responses[1:]))
    return made


def changed_requests(api: Api) -> list[Api]:
    made: list[Api] = []
    for at, service in enumerate(api.services):
        for index, operation in enumerate(service.operations):
            for other in mutations(operation):
                operations = (*service.operations[:index], other, *service.operations[index + 1 :])
                services = (*api.services[:at], replace(service, operations=operations), *api.services[at + 1 :])
                made.append(replace(api, services=services))
    return made


def changed_types(api: Api) -> list[Api]:
    made: list[Api] = []
    for index, definition in enumerate(api.definitions):
        others: list[Object | Enum] = []
        if isinstance(definition, Object) and definition.fields:
            others.append(replace(definition, fields=definition.fields[1:]))
        if isinstance(definition, Enum) and definition.values:
            others.append(replace(definition, values=definition.values[1:]))
        for other in others:
            definitions = (*api.definitions[:index], other, *api.definitions[index + 1 :])
            made.append(replace(api, definitions=definitions))
    return made


@given(st.data())
@settings(max_examples=150, derandomize=True, deadline=None)
def test_every_change_is_found_and_its_reverse_is_its_opposite(data):
    api = model(data.draw(st.sampled_from(sorted(MODELS))))
    candidates = [*changed_requests(api), *changed_types(api)]
    if not candidates:
        return
    other = data.draw(st.sampled_from(candidates))
    there, back = compare(api, other), compare(other, api)
    assert there.findings
    assert back.findings
    forward, backward = ({found.rule for found in side.findings} for side in (there, back))
    for rule, opposite in OPPOSITE.items():
        assert rule not in forward or opposite in backward, (rule, backward)
        assert rule not in backward or opposite in forward, (rule, forward)


FINDINGS = """
from tests.unit.generator.compat import test_properties as here

for name in ("nodeodx", "unions", "enums"):
    api = here.model(name)
    for other in [*here.changed_requests(api)[:20], *here.changed_types(api)[:20]]:
        for sides in ((api, other), (other, api)):
            print(here.compare(*sides))
"""


def test_what_is_found_does_not_depend_on_the_run():
    """Sets are walked in another order where texts have other hashes."""
    path = os.pathsep.join([str(ROOT), *sys.path])
    started = [
        subprocess.Popen(
            [sys.executable, "-c", FINDINGS],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": path},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2", "3")
    ]
    said = [process.communicate(timeout=120)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    assert said[0].count("Finding(") > 20
    assert len(set(said)) == 1


def test_two_published_versions_of_one_api():
    folder = shared_path("corpus", "openapi")
    old, new = (
        lower(folder / f"intercom--{version}.yaml", Diagnostics(), Reading(allow_partial=True))
        for version in ("2.14", "preview")
    )
    found = compare(old, new)
    ids = {operation.id for api in (old, new) for operation in all_operations(api)}
    assert found.bump == "major"
    assert {name for item in found.findings for name in item.operations} <= ids
    gone = [item.message for item in found.findings if item.rule is Rule.OPERATION_REMOVED]
    assert "GET /ip_allowlist is gone" in gone
    assert len([item for item in found.findings if item.rule is Rule.OPERATION_ADDED]) > 50
    assert compare(new, new).findings == ()


@pytest.mark.slow
def test_one_api_as_2_0_and_as_3_0_is_the_same_api():
    folder = shared_path("corpus")
    old, new = (
        lower(folder / path, Diagnostics(), Reading(allow_partial=True))
        for path in ("swagger2/kubernetes--api.json", "openapi/kubernetes--converted.json")
    )
    assert [found.rule for found in compare(old, new).findings] in ([], [Rule.OTHER])


def test_codes_are_unique_and_every_rule_has_a_meaning():
    assert len({str(rule) for rule in Rule}) == len(Rule)
    for rule in Rule:
        assert re.fullmatch(r"SD[1-5]\d\d", rule)
        assert rule.meaning.endswith(".")
        assert len(rule.meaning) < 110
        assert isinstance(rule.sent, Impact)


def test_the_page_of_rules_says_the_same():
    page = (ROOT / "docs" / "diff.md").read_text(encoding="utf-8")
    table = [line for line in page.splitlines() if line.startswith("| SD")]
    assert table == [f"| {rule} | {rule.sent.word} | {rule.received.word} | {rule.meaning} |" for rule in Rule]


def test_findings_are_plain_values():
    found = compare(model("nodeodx"), changed_requests(model("nodeodx"))[0])
    assert msgspec.json.decode(msgspec.json.encode(found))["findings"]
