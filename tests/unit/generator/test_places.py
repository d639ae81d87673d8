"""Lines for findings that were made without one."""

from specbind.generator.diagnostics import Diagnostic, Diagnostics, Place, Severity
from specbind.generator.openapi import read_api

SPEC = """\
openapi: 3.1.0
info: {title: T, version: '1'}
paths: {}
components:
  schemas:
    A: {$ref: pet.yaml#/Pet}
    B: {type: string}
"""


def late(pointer: str, message: str = "m") -> Diagnostic:
    return Diagnostic("SB400", Severity.WARNING, message, Place(pointer=pointer))


def read(tmp_path, **options) -> Diagnostics:
    (tmp_path / "pet.yaml").write_text("# pets\nPet: {type: object, properties: {n: {type: string}}}\n")
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC)
    diagnostics = Diagnostics()
    diagnostics.file = path.as_posix()
    read_api(path, diagnostics, allow_files=True, **options)
    return diagnostics


def test_late_findings_get_the_lines_of_their_pointers(tmp_path):
    diagnostics = read(tmp_path)
    diagnostics.add(late("#/components/schemas/B"))
    diagnostics.add(late("pet.yaml#/Pet/properties/n"))
    diagnostics.fill_places()
    here, there = (found.place for found in diagnostics)
    assert (here.file.rpartition("/")[2], here.line, here.column, here.pointer) == (
        "spec.yaml", 7, 5, "#/components/schemas/B",
    )  # fmt: skip
    assert (there.file.rpartition("/")[2], there.line, there.pointer) == ("pet.yaml", 2, "#/Pet/properties/n")


def test_parts_that_an_overlay_brought_lead_into_it(tmp_path):
    overlay = tmp_path / "o.yaml"
    overlay.write_text(
        "overlay: 1.0.0\nactions:\n- {target: $.components.schemas, update: {\n   C: {type: integer}}}\n"
    )
    diagnostics = read(tmp_path, overlays=[overlay])
    diagnostics.add(late("#/components/schemas/C"))
    diagnostics.fill_places()
    (found,) = diagnostics
    assert (found.place.file, found.place.line) == (overlay.as_posix(), 4)


def test_what_has_no_pointer_or_stands_elsewhere_stays_as_it_is(tmp_path):
    diagnostics = read(tmp_path)
    given = [
        Diagnostic("SB400", Severity.NOTE, "a", Place("--package")),
        Diagnostic("SB400", Severity.NOTE, "b", Place("other.yaml", pointer="#/x")),
        Diagnostic("SB400", Severity.NOTE, "c"),
    ]
    for item in given:
        diagnostics.add(item)
    diagnostics.fill_places()
    assert list(diagnostics) == given


def test_a_pointer_to_nothing_gets_the_nearest_line(tmp_path):
    diagnostics = read(tmp_path)
    diagnostics.add(late("#/components/schemas/B/nothing"))
    diagnostics.fill_places()
    assert [found.place.line for found in diagnostics] == [7]
