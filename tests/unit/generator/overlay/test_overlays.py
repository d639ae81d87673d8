"""Overlays: what they change, what is said, and where a changed part stands."""

import hashlib
from pathlib import Path

import pytest

from specbind.generator.diagnostics import Diagnostics, Severity, SpecError
from specbind.generator.openapi import read_api
from specbind.generator.openapi.overlay import Edits, apply, apply_overlays
from specbind.generator.source import Report

SPEC = """\
openapi: 3.1.0
info: {title: T, version: '1'}
paths:
  /a:
    get:
      operationId: a
      tags: [x]
      parameters:
        - {name: one, in: query, schema: {type: string}}
        - {name: two, in: query, schema: {type: string}}
        - {name: three, in: query, schema: {type: wrong}}
      responses: {'200': {description: d}}
  /b:
    get: {operationId: b, responses: {'200': {description: d}}}
components:
  schemas:
    P: {type: object, properties: {n: {type: integer}}}
"""


class Overlaid:
    """A document with overlays, read."""

    def __init__(self, folder: Path, actions: tuple[str, ...], **options) -> None:
        self.spec = folder / "spec.yaml"
        self.spec.write_text(options.pop("spec", SPEC))
        self.overlays = []
        for number, text in enumerate(actions):
            path = folder / f"{number}.overlay.yaml"
            path.write_text(text if "overlay:" in text else f"overlay: 1.0.0\ninfo: {{title: o, version: '1'}}\n{text}")
            self.overlays.append(path)
        self.diagnostics = Diagnostics()
        self.api = read_api(self.spec, self.diagnostics, overlays=self.overlays, **options)
        self.operations = {found.id: found for service in self.api.services for found in service.operations}
        self.codes = [found.code for found in self.diagnostics]

    def found(self, code: str):
        return next(found for found in self.diagnostics if found.code == code)


@pytest.fixture
def overlaid(tmp_path):
    def of(*actions: str, **options) -> Overlaid:
        return Overlaid(tmp_path, actions, **options)

    return of


def applied(value, *actions):
    """A raw value after the actions of one overlay, with the codes of what was said."""
    diagnostics = Diagnostics()
    edits = Edits(value, "#")
    report = Report(diagnostics)
    overlay = {"overlay": "1.0.0", "actions": list(actions)}
    apply_overlays([(Path("o.yaml"), "o#", overlay)], Path("spec.yaml"), edits, report)
    return edits.value, [code for code, _, _ in report._found]


def test_update_merges_objects_appends_to_lists_and_replaces_plain_values():
    value = {"a": {"b": 1, "c": [1], "d": {"e": 1, "f": 2}}, "l": [1]}
    update = {"b": 2, "c": [2, 3], "d": {"e": 9, "g": 3}, "new": {"x": None}}
    changed, codes = applied(value, {"target": "$.a", "update": update}, {"target": "$.l", "update": {"n": 1}})
    assert changed == {
        "a": {"b": 2, "c": [1, 2, 3], "d": {"e": 9, "f": 2, "g": 3}, "new": {"x": None}}, "l": [1, {"n": 1}],
    }  # fmt: skip
    assert codes == []
    assert value == {"a": {"b": 1, "c": [1], "d": {"e": 1, "f": 2}}, "l": [1]}


def test_actions_see_what_earlier_ones_did():
    changed, codes = applied(
        {"a": {"x": 1}},
        {"target": "$.a", "remove": True},
        {"target": "$", "update": {"a": {"y": [1]}}},
        {"target": "$.a.y", "update": 2},
        {"target": "$.a", "update": {"y": [3]}},
    )
    assert changed == {"a": {"y": [1, 2, 3]}}
    assert codes == []


def test_an_update_that_goes_to_several_targets_is_not_shared_between_them():
    changed, _ = applied(
        {"a": {}, "b": {}},
        {"target": "$.*", "update": {"l": [1], "o": {}}},
        {"target": "$.a.l", "update": 2},
        {"target": "$.a.o", "update": {"k": 1}},
    )
    assert changed == {"a": {"l": [1, 2], "o": {"k": 1}}, "b": {"l": [1], "o": {}}}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("$.l[0,2]", {"l": [1, 3], "o": {"p": {"q": 1}}}),
        ("$.l[?@ > 1]", {"l": [0, 1], "o": {"p": {"q": 1}}}),
        ("$.o..*", {"l": [0, 1, 2, 3], "o": {}}),
        ("$.*", {}),
        ("$..*", {}),
    ],
)
def test_remove(target, expected):
    value = {"l": [0, 1, 2, 3], "o": {"p": {"q": 1}}}
    assert applied(value, {"target": target, "remove": True}) == (expected, [])


def test_a_plain_value_is_replaced_by_a_plain_value():
    changed, codes = applied(
        {"a": "x", "l": [1, 2]}, {"target": "$.a", "update": "y"}, {"target": "$.l[1]", "update": None}
    )
    assert (changed, codes) == ({"a": "y", "l": [1, None]}, [])


def test_remove_outweighs_update():
    assert applied({"a": {}}, {"target": "$.a", "update": {"b": 1}, "remove": True})[0] == {}


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ({"target": "$.nothing", "remove": True}, "SB118"),
        ({"target": "$.nothing", "update": {}}, "SB118"),
        ({"target": "$", "remove": True}, "SB117"),
        ({"target": "$.a", "update": 5}, "SB117"),
        ({"target": "$.a.n", "update": {"x": 5}}, "SB117"),
        ({"target": "$.a", "update": {"n": {}}}, "SB117"),
        ({"target": "$.a", "update": {"o": None}}, "SB117"),
        ({"target": "$.a", "update": {"o": []}}, "SB117"),
        ({"target": "$.a"}, "SB117"),
        ({"target": "$.a", "copy": "$.b", "update": {}}, "SB117"),
        ({"target": "a"}, "SB117"),
        ({"target": 5, "update": {}}, "SB117"),
        ({"update": {}}, "SB117"),
        (5, "SB117"),
    ],
)
def test_an_action_that_cannot_be_done_is_said_and_changes_nothing(action, code):
    value = {"a": {"n": 1, "o": {"p": 1}}}
    assert applied(value, action) == (value, [code])


def test_an_overlay_changes_the_document_before_it_is_read(overlaid):
    read = overlaid("""
actions:
  - {target: "$.paths['/b']", remove: true}
  - target: $.paths.*.get
    update: {summary: S, tags: [y], parameters: [{name: four, in: query, schema: {$ref: '#/components/schemas/Q'}}]}
  - target: $.components.schemas
    update: {Q: {type: string, enum: [v]}}
""")
    assert list(read.operations) == ["a"]
    assert (read.operations["a"].summary, read.operations["a"].tags) == ("S", ("x", "y"))
    assert [parameter.wire for parameter in read.operations["a"].parameters] == ["one", "two", "three", "four"]
    assert [found.id for found in read.api.definitions] == ["P", "Q"]


def test_overlays_are_applied_in_order(overlaid):
    first = "actions: [{target: $.info, update: {title: First}}]"
    second = "actions: [{target: \"$.info[?@ == 'First']\", remove: true}, {target: $.info, update: {title: Second}}]"
    assert overlaid(first, second).api.title == "Second"
    assert overlaid(first, second).codes == ["SB209"]
    assert "SB118" in overlaid(second, first, allow_partial=True).codes


@pytest.mark.parametrize("ending", ["yaml", "json"])
def test_lines_of_untouched_parts_stay_and_changed_parts_name_the_overlay(tmp_path, ending):
    spec = SPEC
    if ending == "json":
        spec = (
            '{"openapi": "3.1.0", "info": {"title": "T", "version": "1"},\n"paths": {"/a": {"get": {"parameters": [\n'
            '{"name": "one", "in": "query"},\n{"name": "two", "in": "query"},\n'
            '{"name": "three", "in": "query", "schema": {"type": "wrong"}}\n],'
            '"operationId": "a", "responses": {"200": {"description": "d"}}}}}}'
        )
    path = tmp_path / f"spec.{ending}"
    path.write_text(spec)
    overlay = tmp_path / "o.yaml"
    overlay.write_text("""\
overlay: 1.0.0
actions:
  - target: $.paths['/a'].get.parameters[0]
    remove: true
  - target: $.paths['/a'].get.parameters
    update:
      name: new
      in: query
      schema: {type: odd}
  - target: $.paths['/a'].get
    update:
      responses: {nope: {description: d}}
""")
    diagnostics = Diagnostics()
    read_api(path, diagnostics, overlays=[overlay])
    places = {found.message.partition(" ")[0]: found.place for found in diagnostics}
    wrong, odd, nope = places["'wrong'"], places["'odd'"], places["'nope'"]
    assert (wrong.file, wrong.line) == (path.as_posix(), 11 if ending == "yaml" else 5)
    assert wrong.pointer == "#/paths/~1a/get/parameters/2/schema/type"
    assert (odd.file, odd.line, odd.pointer) == (overlay.as_posix(), 9, "#/actions/1/update/schema/type")
    assert (nope.file, nope.line, nope.pointer) == (overlay.as_posix(), 12, "#/actions/2/update/responses/nope")


def test_numbers_are_spelled_as_their_own_file_writes_them(overlaid):
    read = overlaid("actions:\n  - target: $.info\n    update: {version: 1.10}\n")
    assert read.api.version == "1.10"


def test_an_unmatched_target_is_an_error_with_its_place_in_the_overlay(overlaid):
    read = overlaid("actions:\n  - target: $.paths['/zzz']\n    remove: true\n")
    found = read.found("SB118")
    assert found.severity is Severity.ERROR
    assert (found.place.file, found.place.line) == (read.overlays[0].as_posix(), 4)
    assert found.place.pointer == "#/actions/0/target"
    assert overlaid("actions: [{target: $.x, remove: true}]", allow_partial=True).found("SB118").severity is (
        Severity.WARNING
    )


@pytest.mark.parametrize(
    ("extends", "codes"),
    [
        ("spec.yaml", []),
        ("./spec.yaml", []),
        ("../{folder}/spec.yaml", []),
        ("https://example.com/api/spec.yaml?x=1", []),
        ("https://example.com/api/other.yaml", ["SB119"]),
        ("other.yaml", ["SB119"]),
        ("ftp://example.com/spec.yaml", ["SB119"]),
        ("[5]", ["SB119"]),
        ("'%00'", ["SB119"]),
    ],
)
def test_what_an_overlay_is_made_for_is_compared(overlaid, tmp_path, extends, codes):
    extends = extends.replace("{folder}", tmp_path.name)
    read = overlaid(
        f"extends: {extends}\nactions: [{{target: $.info, update: {{title: U}}}}]", spec=SPEC.replace("wrong", "string")
    )
    assert read.codes == codes
    assert read.api.title == "U"


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: 1\noverlay: 2.0.0\nactions: []\n", "SB202", 2),
        ("openapi: 3.1.0\npaths: {} # no overlay: at all\n", "SB116", 1),
        ("overlay: 1.0.0\nactions: [\n", "SB105", 3),
        ("- overlay:\n", "SB116", 1),
    ],
)
def test_what_is_no_overlay_is_refused(overlaid, text, code, line):
    with pytest.raises(SpecError) as caught:
        overlaid(text)
    place = caught.value.diagnostic.place
    assert (caught.value.diagnostic.code, place.line) == (code, line)
    assert place.file.endswith("0.overlay.yaml")


def test_a_missing_overlay_is_named(tmp_path):
    (tmp_path / "spec.yaml").write_text(SPEC)
    with pytest.raises(SpecError) as caught:
        read_api(tmp_path / "spec.yaml", Diagnostics(), overlays=[tmp_path / "gone.yaml"])
    assert caught.value.diagnostic.code == "SB101"
    assert caught.value.diagnostic.place.file.endswith("gone.yaml")


def test_an_overlay_without_actions_is_said(overlaid):
    assert "SB117" in overlaid("actions: {}").codes
    assert "SB207" in overlaid("actions: []\nmore: 1").codes


def test_the_next_minor_version_is_read_with_a_warning(overlaid):
    read = overlaid("overlay: 1.1.0\nactions: [{target: $.info, update: {title: U}}]")
    assert "SB203" in read.codes
    assert read.api.title == "U"


def test_the_hash_covers_the_overlays(overlaid):
    read = overlaid("actions: [{target: $.info, update: {title: U}}]")
    content = read.spec.read_bytes() + read.overlays[0].read_bytes()
    assert read.api.spec_sha256 == hashlib.sha256(content).hexdigest()


def test_no_reference_leads_into_an_overlay(overlaid):
    read = overlaid("actions: [{target: $.components.schemas, update: {R: {$ref: '%000#/info'}}}]", allow_files=True)
    assert "SB112" in read.codes


def test_what_overlays_add_is_bounded(overlaid, monkeypatch):
    monkeypatch.setattr(apply, "MAX_ALIASED_VALUES", 20_000)
    doubling = "actions:\n" + "".join(
        f"  - {{target: '$..*', update: {{a{number}: {{b: {{}}, c: {{}}}}}}}}\n" for number in range(20)
    )
    with pytest.raises(SpecError) as caught:
        overlaid(doubling)
    assert caught.value.diagnostic.code == "SB102"
    assert caught.value.diagnostic.place.file.endswith("0.overlay.yaml")
