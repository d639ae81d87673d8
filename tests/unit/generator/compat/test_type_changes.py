"""One change of a type, sent and received: the rule, and what it weighs either way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.generator.compat.versions import Document, changes

PET = "type: object, properties: {name: {type: string}%s}%s"


def record(members: str = "", rest: str = "") -> str:
    return "{" + PET % (members, rest) + "}"


# old schema, new schema; rule, what it weighs when sent and when received; the same with old and new swapped
BOTH_WAYS = [
    (
        "{type: string}", "{type: integer}",
        "TYPE_CHANGED", "breaking", "breaking",
        "TYPE_CHANGED", "breaking", "breaking",
    ),
    (
        "{type: integer, format: int32}", "{type: integer, format: int64}",
        "NUMBER_WIDENED", "addition", "breaking",
        "NUMBER_NARROWED", "breaking", "note",
    ),
    (
        "{type: integer}", "{type: number}",
        "TYPE_WIDENED", "addition", "breaking",
        "TYPE_NARROWED", "breaking", "source",
    ),
    (
        "{type: string}", "{}",
        "TYPE_WIDENED", "addition", "breaking",
        "TYPE_NARROWED", "breaking", "source",
    ),
    (
        "{type: string}", "{type: [string, 'null']}",
        "NULL_ALLOWED", "addition", "breaking",
        "NULL_REFUSED", "breaking", "note",
    ),
    (
        "{type: string}", "{type: string, format: date-time}",
        "FORMAT_STATED", "breaking", "source",
        "FORMAT_DROPPED", "source", "breaking",
    ),
    (
        "{type: string, format: date}", "{type: string, format: uuid}",
        "FORMAT_CHANGED", "breaking", "breaking",
        "FORMAT_CHANGED", "breaking", "breaking",
    ),
    (
        "{type: string}", "{type: string, format: password}",
        "FORMAT_HINT", "note", "note",
        "FORMAT_HINT", "note", "note",
    ),
    (
        "{type: string, maxLength: 9}", "{type: string, maxLength: 5}",
        "CONSTRAINT_TIGHTENED", "breaking", "note",
        "CONSTRAINT_LOOSENED", "addition", "note",
    ),
    (
        "{type: integer, minimum: 0}", "{type: integer, minimum: 1}",
        "CONSTRAINT_TIGHTENED", "breaking", "note",
        "CONSTRAINT_LOOSENED", "addition", "note",
    ),
    (
        "{type: integer, multipleOf: 5}", "{type: integer, multipleOf: 10}",
        "CONSTRAINT_TIGHTENED", "breaking", "note",
        "CONSTRAINT_LOOSENED", "addition", "note",
    ),
    (
        "{type: array, items: {type: string}}", "{type: array, items: {type: string}, uniqueItems: true}",
        "CONSTRAINT_TIGHTENED", "breaking", "note",
        "CONSTRAINT_LOOSENED", "addition", "note",
    ),
    (
        "{type: array, items: {type: string}}", "{type: array, items: {type: integer}}",
        "TYPE_CHANGED", "breaking", "breaking",
        "TYPE_CHANGED", "breaking", "breaking",
    ),
    (
        record(), record(", age: {type: integer}"),
        "FIELD_ADDED", "addition", "addition",
        "FIELD_REMOVED", "source", "breaking",
    ),
    (
        record(", age: {type: integer}"), record(", age: {type: integer}", ", required: [age]"),
        "VALUE_REQUIRED", "breaking", "addition",
        "VALUE_OPTIONAL", "addition", "breaking",
    ),
    (
        record(", age: {type: integer, default: 1}"), record(", age: {type: integer, default: 2}"),
        "DEFAULT_CHANGED", "breaking", "note",
        "DEFAULT_CHANGED", "breaking", "note",
    ),
    (
        record(", age: {type: integer}"), record(", age: {type: integer, default: 2}"),
        "DEFAULT_STATED", "note", "note",
        "DEFAULT_CHANGED", "breaking", "note",
    ),
    (
        record(", age: {type: integer}"), record(", age: {type: integer, deprecated: true}"),
        "DEPRECATED", "addition", "addition",
        "UNDEPRECATED", "note", "note",
    ),
    (
        record(), record(rest=", additionalProperties: false"),
        "MEMBERS_REFUSED", "breaking", "note",
        "MEMBERS_ALLOWED", "addition", "note",
    ),
    (
        record(rest=", additionalProperties: {type: integer}"), record(rest=", additionalProperties: {type: string}"),
        "TYPE_CHANGED", "breaking", "breaking",
        "TYPE_CHANGED", "breaking", "breaking",
    ),
    (
        "{enum: [a, b]}", "{enum: [a, b, c]}",
        "ENUM_VALUE_ADDED", "addition", "note",
        "ENUM_VALUE_REMOVED", "breaking", "source",
    ),
    (
        "{oneOf: [{type: string}, {type: integer}]}", "{oneOf: [{type: string}, {type: integer}, {type: boolean}]}",
        "VARIANT_ADDED", "addition", "breaking",
        "VARIANT_REMOVED", "breaking", "note",
    ),
    (
        "{type: string}", "{oneOf: [{type: string}, {type: boolean}]}",
        "VARIANT_ADDED", "addition", "breaking",
        "VARIANT_REMOVED", "breaking", "note",
    ),
    (
        "{oneOf: [{type: string}, {type: boolean}]}", "{anyOf: [{type: string}, {type: boolean}]}",
        "UNION_KIND", "note", "note",
        "UNION_EXCLUSIVE", "breaking", "note",
    ),
    (
        "{const: a}", "{type: string}",
        "TYPE_WIDENED", "addition", "breaking",
        "TYPE_NARROWED", "breaking", "source",
    ),
]  # fmt: skip


def sent(schema: str) -> Document:
    return Document(body=f"requestBody: {{content: {{application/json: {{schema: {schema}}}}}}},")


def received(schema: str) -> Document:
    return Document(responses=f'"200": {{description: ok, content: {{application/json: {{schema: {schema}}}}}}}')


@pytest.mark.parametrize(("old", "new", *"abcdef"), BOTH_WAYS)
def test_a_change_weighs_by_the_way_of_the_value(old, new, a, b, c, d, e, f):
    assert changes(sent(old), sent(new)) == [(a, b)]
    assert changes(received(old), received(new)) == [(a, c)]
    assert changes(sent(new), sent(old)) == [(d, e)]
    assert changes(received(new), received(old)) == [(d, f)]


def test_a_new_required_member_breaks_requests_alone():
    old, new = record(), record(", age: {type: integer}", ", required: [age]")
    assert changes(sent(old), sent(new)) == [("FIELD_ADDED_REQUIRED", "breaking")]
    assert changes(received(old), received(new)) == [("FIELD_ADDED_REQUIRED", "addition")]


def test_a_member_that_is_gone_from_a_closed_record_is_refused():
    closed = ", additionalProperties: false"
    old, new = record(", age: {type: integer}", closed), record("", closed)
    assert changes(sent(old), sent(new)) == [("FIELD_REFUSED", "breaking")]


def test_a_member_that_becomes_read_only_is_gone_from_what_is_sent():
    old, new = record(", age: {type: integer}"), record(", age: {type: integer, readOnly: true}")
    assert changes(sent(old), sent(new)) == [("FIELD_REMOVED", "source")]
    assert changes(received(old), received(new)) == [("FIELD_DIRECTION", "note")]


def test_an_enum_in_place_of_a_string_is_narrower():
    assert changes(sent("{type: string}"), sent("{enum: [a]}")) == [
        ("TYPE_NARROWED", "breaking"),
        ("DEFINITION_ADDED", "addition"),
    ]


def test_a_map_that_becomes_a_record_changes_the_generated_class():
    old, new = "{type: object, additionalProperties: {type: string}}", record()
    assert ("GENERATED_FORM", "source") in changes(received(old), received(new))


SHAPES = """schemas: {
  Cat: {type: object, required: [kind], properties: {kind: {const: cat}}},
  Dog: {type: object, required: [kind], properties: {kind: {const: dog}}},
  Pet: {oneOf: [{$ref: "#/components/schemas/Cat"}%s], discriminator: {propertyName: kind, mapping: {cat: Cat%s}}}}"""
REF = '{$ref: "#/components/schemas/Pet"}'
DOG = ', {$ref: "#/components/schemas/Dog"}'


def test_readers_keep_an_unknown_variant_where_a_discriminator_tells_variants_apart():
    one = SHAPES % (DOG, ", dog: Dog")
    two = SHAPES.replace(
        "Pet: {", "Fox: {type: object, required: [kind], properties: {kind: {const: fox}}}, Pet: {"
    ) % (
        DOG + DOG.replace("Dog", "Fox"),
        ", dog: Dog, fox: Fox",
    )
    found = changes(replace(received(REF), components=one), replace(received(REF), components=two))
    assert ("VARIANT_ADDED_OPEN", "note") in found
    assert all(impact in ("note", "addition") for _, impact in found)
    found = changes(replace(sent(REF), components=two), replace(sent(REF), components=one))
    assert ("VARIANT_REMOVED", "breaking") in found


def named(name: str, members: str = "", used: bool = True) -> Document:
    schema = f'{{$ref: "#/components/schemas/{name}"}}' if used else "{type: string}"
    whole = f"schemas: {{{name}: {record(members)}}}"
    return Document(
        responses=f'"200": {{description: ok, content: {{application/json: {{schema: {schema}}}}}}}', components=whole
    )


def test_another_name_for_an_equal_schema_breaks_code_and_not_the_wire():
    assert changes(named("Pet"), named("Animal")) == [("TYPE_NAME", "source")]


def test_a_type_that_no_operation_uses_cannot_break_the_wire():
    found = changes(named("Pet", ", age: {type: integer}", used=False), named("Pet", used=False))
    assert found == [("FIELD_REMOVED", "source")]


def test_types_may_nest_deep():
    deep = "{type: array, items: " * 60
    old, new = (sent(f"{deep}{{type: {kind}}}{'}' * 60}") for kind in ("string", "boolean"))
    assert changes(old, new) == [("TYPE_CHANGED", "breaking")]


def test_recursive_types_are_compared_once():
    tree = 'next: {$ref: "#/components/schemas/Tree"}, all: {type: array, items: {$ref: "#/components/schemas/Tree"}}'

    def document(age: str) -> str:
        return named("Tree", f", {tree}, age: {{type: {age}}}").text()

    assert changes(document("string"), document("string")) == []
    assert changes(document("string"), document("boolean")) == [("TYPE_CHANGED", "breaking")]
