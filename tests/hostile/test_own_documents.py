"""Hostile documents of our own: generated within bounds or refused with a place; no file is opened but theirs."""

from __future__ import annotations

import json
import os
import resource
import sys

import pytest
from tests.hostile.bombs import BOMBS, REFUSED
from tests.support.measured import measured
from tests.support.packages import document
from tests.support.raw_packages import RawPackages

from specbind.generator.cli import main
from specbind.generator.diagnostics import Diagnostics, SpecError
from specbind.generator.ir.model import dump
from specbind.generator.pipeline import Reading, lower

SECONDS = 20
MEBIBYTES = 1024
SECRET = "TOPSECRET-own"


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    found = RawPackages(tmp_path_factory.mktemp("bombs"))
    yield found
    found.close()


@pytest.mark.parametrize("name", BOMBS)
def test_what_would_grow_is_bounded(name, tmp_path, packages):
    spec = tmp_path / "spec.json"
    spec.write_text(BOMBS[name]())
    before = resource.getrusage(resource.RUSAGE_SELF)
    diagnostics = Diagnostics()
    api = lower(spec, diagnostics)
    packages.try_out(api, diagnostics)
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert after.ru_utime - before.ru_utime < SECONDS
    assert len(dump(api)) < 20 * 2**20
    assert all(len(line) < 1000 for found in diagnostics for line in str(found).splitlines())


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_end_is_refused_with_a_place(name, tmp_path):
    text = REFUSED[name]()
    spec = tmp_path / ("spec.json" if text.startswith("{") else "spec.yaml")
    spec.write_text(text)
    command = [sys.executable, "-m", "specbind.generator.cli", "generate", spec, "--out", tmp_path / "out"]
    run = measured(command, tmp_path, limit=SECONDS)
    assert run.status == 1, run.stderr
    assert run.mebibytes < MEBIBYTES
    assert "Traceback" not in run.stderr
    assert f"{spec}:" in run.stderr.splitlines()[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == [spec.name]


def beside(tmp_path):
    """A folder with a document's place in it, and secrets beside, above and behind links."""
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    schema = json.dumps({"description": SECRET, "type": "object", "properties": {SECRET: {"type": "string"}}})
    for path in (tmp_path / "above.json", tmp_path / "folder-too.json"):
        path.write_text(schema)
    (folder / "link.json").symlink_to(tmp_path / "above.json")
    (folder / "up").symlink_to(tmp_path)
    return folder


OUTSIDE = [
    "../above.json", "sub/../../above.json", "./../above.json#/properties", "..%2fabove.json", "%2e%2e/above.json",
    "link.json", "up/above.json", "up/../above.json", "../folder-too.json", "file:../above.json", "..\\above.json",
    "sub/%00/../../../above.json", "/etc/passwd", "file:///etc/passwd", "//host/share/x.json", "~/x.json",
    "http://127.0.0.1:9/x.json", "\\\\host\\share\\x.json", "sub", ".", "..", "", "missing.json", "/proc/self/environ",
]  # fmt: skip


@pytest.mark.parametrize("reference", OUTSIDE)
@pytest.mark.parametrize("position", ["schema", "path", "parameter", "mapping"])
def test_no_file_outside_the_folder_is_opened(reference, position, tmp_path):
    folder = beside(tmp_path)
    absolute = reference.replace("/etc/passwd", str(tmp_path / "above.json"))
    target = {"$ref": absolute}
    operation = {"responses": {"200": {"description": "d"}}}
    spec = document({"/a": {"get": operation}}, {"X": {"type": "object"}})
    if position == "schema":
        spec["components"]["schemas"]["X"] = target
    elif position == "path":
        spec["paths"]["/b"] = target
    elif position == "parameter":
        operation["parameters"] = [target]
    else:
        choice = {"propertyName": "k", "mapping": {"x": absolute}}
        spec["components"]["schemas"]["U"] = {"oneOf": [{"$ref": "#/components/schemas/X"}], "discriminator": choice}
    path = folder / "spec.json"
    path.write_text(json.dumps(spec))
    for allow_files in (False, True):
        diagnostics = Diagnostics()
        try:
            said = dump(lower(path, diagnostics, Reading(allow_partial=True, allow_files=allow_files))).decode()
        except SpecError as refusal:
            said = str(refusal)
        assert SECRET not in said
        assert not any(SECRET in str(found) for found in diagnostics)


def test_files_beside_the_document_are_opened_only_when_asked_for(tmp_path):
    (tmp_path / "part.json").write_text(json.dumps({"type": "object", "description": SECRET}))
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(document({}, {"X": {"$ref": "part.json"}})))
    with pytest.raises(SpecError, match="SB112"):
        lower(path, Diagnostics())
    assert SECRET in dump(lower(path, Diagnostics(), Reading(allow_files=True))).decode()


EVIL = '"""\nimport os; os.system("touch PWNED_overlay") #\\'


def test_an_overlay_is_as_hostile_as_a_document(tmp_path, capsys):
    spec, overlay, out = tmp_path / "spec.json", tmp_path / "overlay.json", tmp_path / "out"
    spec.write_text(json.dumps(document({"/a": {"get": {"operationId": "o", "responses": {}}}})))
    members = {"title": EVIL, "description": EVIL}
    actions = [
        {"target": "$", "description": EVIL, "update": {"info": members, "servers": [{"url": EVIL}], EVIL: EVIL}},
        {"target": "$.paths.*.get", "update": {"summary": EVIL, "tags": [EVIL], "x-specbind-name": EVIL}},
        {"target": "$.components.schemas", "update": {EVIL: {"type": "object", "properties": {EVIL: {}}}}},
    ]  # fmt: skip
    extends = {"extends": "http://127.0.0.1:9/x"}
    overlay.write_text(json.dumps({"overlay": "1.0.0", "info": members, **extends, "actions": actions}))
    assert main(["generate", str(spec), "--out", str(out), "--overlay", str(overlay), "--package", "sample"]) == 0
    assert "SB119" in capsys.readouterr().err
    run = measured([sys.executable, "-c", "import sample, sample.models as m; m.__all__"], out, limit=SECONDS)
    assert run.status == 0, run.stderr
    assert not list(tmp_path.rglob("PWNED*"))


def test_targets_of_an_overlay_are_bounded(tmp_path, capsys):
    spec, overlay = tmp_path / "spec.json", tmp_path / "overlay.json"
    spec.write_text(BOMBS["wide allOf"]())
    actions = [{"target": "$" + "..*" * 30, "update": {"a": 1}}, {"target": "$" + "[?(@.a)]" * 3000, "remove": True}]
    overlay.write_text(json.dumps({"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": actions}))
    before = os.times().user
    assert main(["generate", str(spec), "--out", str(tmp_path / "out"), "--overlay", str(overlay)]) == 1
    assert os.times().user - before < SECONDS
    assert len(capsys.readouterr().err) < 5000
