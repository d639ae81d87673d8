"""Arrays with types by position."""

from __future__ import annotations

from specbind.generator.diagnostics import Diagnostics
from specbind.generator.pipeline import check_names, lower

SPEC = """
openapi: 3.1.0
info: {title: T, version: '1'}
paths: {}
components:
  schemas:
    Point:
      type: object
      properties:
        closed: {type: array, prefixItems: [{type: number}, {type: number}], items: false}
        more: {type: array, prefixItems: [{type: number}], items: {type: string}}
"""


def test_positions_that_lose_their_types_are_said(tmp_path):
    (tmp_path / "spec.yaml").write_text(SPEC)
    diagnostics = Diagnostics()
    check_names(lower(tmp_path / "spec.yaml", diagnostics), diagnostics)
    assert [item.code for item in diagnostics if item.code == "SB412"] == ["SB412"]
