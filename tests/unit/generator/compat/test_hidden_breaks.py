"""Changes that look compatible and are not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.generator.compat.versions import Document, changes

BASE = Document()


def sent(schema: str) -> Document:
    return replace(BASE, body=f"requestBody: {{content: {{application/json: {{schema: {schema}}}}}}},")


def received(schema: str) -> Document:
    return replace(BASE, responses=f'"200": {{description: ok, content: {{application/json: {{schema: {schema}}}}}}}')


INTEGERS = "{type: object, additionalProperties: {type: integer}}"
PATTERNS = "{type: object, additionalProperties: false, properties: {a: {type: string}}%s}"
SUFFIX = ', patternProperties: {"^x-": {type: %s}}'


def with_b(kind: str) -> str:
    return INTEGERS.replace("object,", f"object, properties: {{b: {{type: {kind}}}}},")


# old schema, new schema, the rule that breaks; whether it does when sent, and when received
SCHEMAS = [
    (INTEGERS, with_b("string"), "TYPE_CHANGED", True, True),
    (with_b("string"), INTEGERS, "TYPE_CHANGED", True, True),
    (INTEGERS, with_b("integer"), "TYPE_CHANGED", False, False),
    (PATTERNS % (SUFFIX % "string"), PATTERNS % "", "MEMBERS_REFUSED", True, False),
    (
        PATTERNS % (SUFFIX % "integer"),
        PATTERNS.replace("a: {", "x-b: {type: string}, a: {") % (SUFFIX % "integer"),
        "TYPE_CHANGED", True, True,
    ),
    ("{enum: [a, bcd]}", "{type: string, maxLength: 2}", "CONSTRAINT_TIGHTENED", True, False),
    ("{enum: [a, bcd]}", "{type: string, format: uuid}", "FORMAT_STATED", True, False),
    ("{type: string, format: date}", "{enum: [a, b]}", "FORMAT_DROPPED", False, True),
    ("{anyOf: [{type: string}, {type: boolean}]}", "{oneOf: [{type: string}, {type: boolean}]}",
     "UNION_EXCLUSIVE", True, False),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "rule", "request_breaks", "answer_breaks"), SCHEMAS)
def test_a_schema_asks_for_something_else(old, new, rule, request_breaks, answer_breaks):
    assert ((rule, "breaking") in changes(sent(old), sent(new))) is request_breaks
    assert ((rule, "breaking") in changes(received(old), received(new))) is answer_breaks


UNION = """schemas: {
  A: {type: object, required: [kind], properties: {kind: {type: string}, a: {type: string}}},
  B: {type: object, required: [kind], properties: {kind: {type: string}, b: {type: string}}},
  C: {oneOf: [{$ref: "#/components/schemas/A"}, {$ref: "#/components/schemas/B"}],
    discriminator: {propertyName: kind, mapping: {%s}}}}"""


@pytest.mark.parametrize("side", [sent, received])
def test_discriminator_values_that_change_places(side):
    schema = side('{$ref: "#/components/schemas/C"}')
    old, new = (replace(schema, components=UNION % mapping) for mapping in ("x: A, y: B", "x: B, y: A"))
    assert changes(old, new) == [("TAG_MOVED", "breaking")] * 2
    assert changes(old, replace(schema, components=UNION % "x: A, z: A, y: B")) != []
    assert ("TAG_MOVED", "breaking") not in changes(old, replace(schema, components=UNION % "x: A, z: A, y: B"))


def answers(**kinds: str) -> Document:
    stated = [
        f'"{status.removeprefix("s")}": {{description: x, content: {{application/json: {{schema: {{type: {kind}}}}}}}}}'
        for status, kind in {"s200": "string", **kinds}.items()
    ]
    return replace(BASE, responses=", ".join(stated))


@pytest.mark.parametrize("wide", ["default", "s4XX"])
def test_an_error_is_compared_with_what_covered_it(wide):
    general = answers(**{wide: "string"})
    same, other = answers(**{wide: "string", "s404": "string"}), answers(**{wide: "string", "s404": "integer"})
    assert changes(general, other) == [("TYPE_CHANGED", "breaking"), ("ERROR_ADDED", "addition")]
    assert changes(other, general) == [("TYPE_CHANGED", "breaking"), ("ERROR_REMOVED", "note")]
    assert changes(general, same) == [("ERROR_ADDED", "addition")]


FORM = """requestBody: {content: {application/x-www-form-urlencoded: {schema: {type: object, properties: {
  a: {type: string}, o: {type: object, properties: {x: {type: string}}}}}%s}}},"""


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("o: {style: deepObject, explode: true}", ("PARAMETER_STYLE", "breaking")),
        ("a: {contentType: text/csv}", ("PARAMETER_STYLE", "breaking")),
        ("a: {contentType: text/plain}", ("PART_CHANGED", "note")),
        ("o: {contentType: application/json}", ("PART_CHANGED", "note")),
    ],
)
def test_an_encoding_is_compared_with_the_default_one(encoding, found):
    old, new = (replace(BASE, body=FORM % more) for more in ("", f", encoding: {{{encoding}}}"))
    assert changes(old, new) == [found]
    assert changes(new, old) == [found]


OAUTH = "securitySchemes: {o: {type: oauth2, flows: {%s: {tokenUrl: %s, scopes: {}}}}}"


def test_a_flow_that_is_gone_or_asks_elsewhere():
    old = replace(BASE, components=OAUTH % ("clientCredentials", "/t"))
    for flow, url in (("password", "/t"), ("clientCredentials", "/u")):
        assert changes(old, replace(BASE, components=OAUTH % (flow, url))) == [("SCHEME_FLOW", "breaking")]


def served(url: str) -> Document:
    return replace(BASE, rest=f"servers: [{{url: '{url}'}}]\n")


def test_no_servers_are_the_root():
    assert changes(BASE, served("/v2")) == [("SERVER_REMOVED", "breaking"), ("SERVER_ADDED", "addition")]
    assert changes(served("/v2"), BASE) == [("SERVER_REMOVED", "breaking"), ("SERVER_ADDED", "addition")]
    assert changes(BASE, served("/")) == [("OTHER", "note")]
    assert changes(BASE, served("https://a.example")) == [("SERVER_ADDED", "addition")]


def test_values_of_a_server_variable():
    one, two = (
        replace(BASE, rest=f"servers: [{{url: '/{{v}}', variables: {{v: {{default: a, enum: [{values}]}}}}}}]\n")
        for values in ("a", "a, b")
    )
    assert changes(one, two) == [("SERVER_VARIABLES", "source")]
    assert changes(two, one) == [("SERVER_VALUE_REMOVED", "breaking")]


def test_a_parameter_that_may_no_longer_be_empty():
    full, empty = (
        replace(BASE, parameters=f"{BASE.parameters}, {{name: q, in: query{more}, schema: {{type: string}}}}")
        for more in ("", ", allowEmptyValue: true")
    )
    assert changes(empty, full) == [("EMPTY_REFUSED", "breaking")]
    assert changes(full, empty) == [("PARAMETER_ENCODING", "note")]
