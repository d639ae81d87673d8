"""Aliases that lead to themselves through lists and maps: a comparison ends, and finds what differs in them."""

from __future__ import annotations

import pytest
from tests.cases.cases import FOLDER
from tests.unit.generator.compat.versions import Document, changes

REF = '{$ref: "#/components/schemas/Json"}'
JSON = (
    f'schemas: {{Json: {{anyOf: [{{type: KIND}}, {{type: "null"}}, {{type: array, items: {REF}}}, '
    f"{{type: object, additionalProperties: {REF}}}]}}}}"
)


def document(kind: str) -> Document:
    return Document(
        components=JSON.replace("KIND", kind),
        responses=f'"200": {{description: ok, content: {{application/json: {{schema: {REF}}}}}}}',
    )


def test_a_model_straight_from_the_reader_is_like_itself():
    text = (FOLDER / "recursion" / "spec.yaml").read_text(encoding="utf-8")
    assert changes(text, text) == []


@pytest.mark.parametrize(
    ("old", "new", "rule"), [("integer", "number", "TYPE_WIDENED"), ("number", "integer", "TYPE_NARROWED")]
)
def test_a_change_within_is_found_once(old, new, rule):
    assert [name for name, _ in changes(document(old), document(new))] == [rule]
    assert changes(document(old), document(old)) == []
