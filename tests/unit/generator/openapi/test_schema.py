"""Schemas without combinations become types."""

import pytest
from msgspec import UNSET

from specbind.generator.ir.model import (
    AnyType,
    Constraints,
    ListType,
    LiteralType,
    MapType,
    NeverType,
    NullableType,
    Presence,
    Ref,
    Scalar,
    ScalarKind,
    TupleType,
    UnionType,
    Variant,
)

STRING = Scalar(ScalarKind.STRING)
INTEGER = Scalar(ScalarKind.INTEGER)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ("{type: string}", STRING),
        ("{type: string, format: date-time}", Scalar(ScalarKind.STRING, "date-time")),
        ("{type: string, format: byte}", Scalar(ScalarKind.STRING, "byte")),
        ("{type: string, format: binary}", Scalar(ScalarKind.BINARY)),
        ("{type: string, contentMediaType: image/png}", Scalar(ScalarKind.BINARY)),
        ("{contentMediaType: application/octet-stream}", Scalar(ScalarKind.BINARY)),
        ("{type: string, contentEncoding: base64}", Scalar(ScalarKind.STRING, "byte")),
        ("{type: string, contentMediaType: application/json}", STRING),
        ("{type: integer}", INTEGER),
        ("{type: integer, format: int64}", Scalar(ScalarKind.INT64)),
        ("{format: int32}", Scalar(ScalarKind.INT32)),
        ("{type: number, format: double}", Scalar(ScalarKind.DOUBLE)),
        ("{type: number}", Scalar(ScalarKind.NUMBER)),
        ("{type: boolean}", Scalar(ScalarKind.BOOLEAN)),
        ("{type: file}", Scalar(ScalarKind.BINARY)),
        ("{}", AnyType()),
        ("true", AnyType()),
        ("false", NeverType()),
        ("{type: 'null'}", LiteralType(None)),
        ("{const: 7}", LiteralType(7)),
        ("{type: array, items: {type: string}}", ListType(STRING)),
        ("{type: array}", ListType(AnyType())),
        ("{items: {type: string}, maxItems: 3}", ListType(STRING, Constraints(max_items=3))),
        ("{type: object}", MapType(AnyType())),
        ("{type: object, additionalProperties: true}", MapType(AnyType())),
        ("{type: object, additionalProperties: {type: integer}}", MapType(INTEGER)),
        ("{additionalProperties: {type: integer}}", MapType(INTEGER)),
        ("{type: array, prefixItems: [{type: string}, {type: integer}]}", TupleType((STRING, INTEGER), AnyType())),
        ("{prefixItems: [{type: string}], items: false}", TupleType((STRING,))),
        ("{type: array, items: [{type: string}]}", TupleType((STRING,), AnyType())),
        ("{type: [string, integer]}", UnionType((Variant(STRING), Variant(INTEGER)))),
        ("{type: [string]}", STRING),
        ("{minLength: 2}", Scalar(ScalarKind.STRING, constraints=Constraints(min_length=2))),
        ("{type: string, minimum: 2}", STRING),
        ("{type: integer, minimum: 2, exclusiveMinimum: true}",
         Scalar(ScalarKind.INTEGER, constraints=Constraints(exclusive_minimum=2))),
        ("{type: integer, minimum: 2, exclusiveMinimum: false}",
         Scalar(ScalarKind.INTEGER, constraints=Constraints(minimum=2))),
        ("{type: integer, exclusiveMaximum: 9}",
         Scalar(ScalarKind.INTEGER, constraints=Constraints(exclusive_maximum=9))),
    ],
)  # fmt: skip
def test_types(schemas, schema, expected):
    read = schemas(f"X: {schema}")
    assert read.type("X") == expected
    assert read.errors == []


@pytest.mark.parametrize("null", ["{type: [string, 'null']}", "{type: string, nullable: true}"])
def test_null_stands_outside_of_a_named_type(schemas, null):
    read = schemas(f"X: {null}\nY: {{type: object, properties: {{x: {{$ref: '#/components/schemas/X'}}}}}}")
    assert read.type("X") == STRING
    assert read.fields("Y")["x"] == NullableType(Ref("X"))


def test_nullable_object_and_enum_components_are_nullable_where_they_are_used(schemas):
    read = schemas("""
O: {type: object, nullable: true, properties: {a: {type: string}}}
E: {enum: [a, b, null]}
U: {type: object, properties: {o: {$ref: '#/components/schemas/O'}, e: {$ref: '#/components/schemas/E'}}}
""")
    assert read.fields("O") == {"a": STRING}
    assert read.fields("U") == {"o": NullableType(Ref("O")), "e": NullableType(Ref("E"))}


def test_null_beside_a_reference_in_3_0(schemas):
    read = schemas(
        "A: {type: object, properties: {x: {type: string}}}\n"
        "U: {type: object, properties: {a: {nullable: true, allOf: [{$ref: '#/components/schemas/A'}]},"
        " b: {$ref: '#/components/schemas/A', nullable: true}}}",
        version="3.0.3",
    )
    assert read.fields("U") == {"a": NullableType(Ref("A")), "b": NullableType(Ref("A"))}


def test_an_object_keeps_what_the_document_says(schemas):
    read = schemas("""
Pet:
  description: A pet.
  type: object
  deprecated: true
  required: [id, tag]
  properties:
    id: {type: integer, format: int64, readOnly: true, description: Key.}
    name: {type: string, default: Rex, title: Its Name}
    secret: {type: string, writeOnly: true, deprecated: true}
  additionalProperties: {type: integer}
  patternProperties: {'^x-': {type: string}}
  minProperties: 1
  example: {id: 1}
""")
    pet = read.definitions["Pet"]
    assert (pet.doc, pet.deprecated, pet.source) == ("A pet.", True, "#/components/schemas/Pet")
    assert [(field.wire, field.presence) for field in pet.fields] == [
        ("id", Presence.REQUIRED),
        ("name", Presence.OPTIONAL),
        ("secret", Presence.OPTIONAL),
        ("tag", Presence.REQUIRED),
    ]
    key, name, secret, tag = pet.fields
    assert (key.read_only, key.doc, key.default) == (True, "Key.", UNSET)
    assert (name.default, name.doc) == ("Rex", "Its Name")
    assert (secret.write_only, secret.deprecated) == (True, True)
    assert tag.type == INTEGER
    assert (pet.additional, pet.additional_declared) == (INTEGER, True)
    assert pet.patterns == (("^x-", STRING),)
    assert pet.constraints == Constraints(min_properties=1)
    assert pet.examples == ({"id": 1},)


def test_unknown_members_of_an_object(schemas):
    read = schemas("""
Silent: {type: object, properties: {a: {type: string}}}
Closed: {type: object, properties: {a: {type: string}}, additionalProperties: false}
Empty: {type: object, additionalProperties: false}
""")
    assert (read.definitions["Silent"].additional, read.definitions["Silent"].additional_declared) == (AnyType(), False)
    assert (read.definitions["Closed"].additional, read.definitions["Closed"].additional_declared) == (None, True)
    assert read.definitions["Empty"].additional is None


def test_a_title_that_only_repeats_the_name_is_no_doc(schemas):
    read = schemas("PetTag: {type: object, title: Pet Tag, properties: {is_good: {type: boolean, title: Is Good}}}")
    assert read.definitions["PetTag"].doc == ""
    assert read.field("PetTag", "is_good").doc == ""


def test_inline_definitions_are_named_after_their_place(schemas):
    read = schemas("""
Pet:
  type: object
  properties:
    owner: {type: object, properties: {kind: {enum: [a, b]}}}
    tags: {type: array, items: {enum: [x, y]}}
    extra: {type: object, additionalProperties: {type: object, properties: {z: {type: string}}}}
    either: {oneOf: [{type: object, title: First One, required: [a]}, {type: object, required: [b]}]}
""")
    assert set(read.definitions) == {
        "Pet", "Pet.owner", "Pet.owner.kind", "Pet.tags.item", "Pet.extra.value", "Pet.either.First_One",
        "Pet.either.variant2",
    }  # fmt: skip


def test_equal_ids_are_told_apart_with_a_finding(schemas):
    read = schemas("""
Pet: {type: object, properties: {owner: {type: object, properties: {a: {type: string}}}}}
Pet.owner: {type: object, properties: {b: {type: string}}}
""")
    assert read.fields("Pet.owner") == {"b": STRING}
    assert read.fields("Pet")["owner"] == Ref("Pet.owner.2")
    assert read.codes == ["SB215"]


def test_references_into_a_schema_share_its_definition(schemas):
    read = schemas("""
Pet: {type: object, properties: {owner: {type: object, properties: {a: {type: string}}}, age: {type: integer}}}
Use: {type: object, properties: {
  o: {$ref: '#/components/schemas/Pet/properties/owner'}, n: {$ref: '#/components/schemas/Pet/properties/age'}}}
""")
    assert read.fields("Use") == {"o": Ref("Pet.owner"), "n": Ref("Pet.age")}
    assert read.fields("Pet")["owner"] == Ref("Pet.owner")
    assert read.type("Pet.age") == INTEGER


def test_recursion_goes_through_references(schemas):
    read = schemas("""
Tree: {type: object, properties: {children: {type: array, items: {$ref: '#/components/schemas/Tree'}}}}
""")
    assert read.fields("Tree") == {"children": ListType(Ref("Tree"))}
    assert read.codes == []


@pytest.mark.parametrize(
    ("schema", "default", "kept"),
    [
        ("{type: integer}", "5", 5),
        ("{type: integer}", "evil()", UNSET),
        ("{type: integer}", "5.0", 5),
        ("{type: number}", "5", 5),
        ("{type: boolean}", "'yes'", UNSET),
        ("{type: string}", "x", "x"),
        ("{type: string, format: date}", "'2024-01-01'", "2024-01-01"),
        ("{type: string, format: date}", "evil()", UNSET),
        ("{type: string, format: uuid}", "evil()", UNSET),
        ("{type: string, format: byte}", "evil()", UNSET),
        ("{type: array, items: {}}", "[]", []),
        ("{type: array, items: {}}", "x", UNSET),
        ("{type: [string, 'null']}", "null", None),
    ],
)
def test_defaults_fit_their_type_or_are_not_used(schemas, schema, default, kept):
    read = schemas(f"X: {{type: object, properties: {{a: {schema[:-1]}, default: {default}}}}}}}")
    assert read.field("X", "a").default == kept
    assert ("SB212" in read.codes) == (kept is UNSET)


def test_a_number_where_yaml_means_text_keeps_its_spelling(read):
    found = read("""
openapi: 3.0.0
info: {title: T, version: 1.10}
paths: {}
components: {schemas: {X: {type: object, properties: {a: {type: string, default: 1.10},
  b: {type: string, enum: [1.0, 2.0]}}}}}
""")
    assert found.api.version == "1.10"
    assert found.field("X", "a").default == "1.10"
    assert [value.value for value in found.definitions["X.b"].values] == ["1.0", "2.0"]


@pytest.mark.parametrize(
    ("schema", "code"),
    [
        ("[1, 2]", "SB209"),
        ("{type: banana}", "SB209"),
        ("{type: string, minLength: x}", "SB204"),
        ("{type: object, properties: [a]}", "SB204"),
        ("{type: object, required: a}", "SB204"),
        ("{type: string, title: {a: 1}}", "SB204"),
        ("{type: string, not: {const: a}}", "SB208"),
        ("{type: string, colour: red}", "SB207"),
    ],
)
def test_malformed_parts_are_findings_and_nothing_else_is_lost(schemas, schema, code):
    read = schemas(f"X: {schema}\nY: {{type: object, properties: {{x: {{$ref: '#/components/schemas/X'}}}}}}")
    assert code in read.codes
    assert read.errors == []
    assert read.fields("Y") == {"x": Ref("X")}


def test_a_type_that_lists_none_is_left_out_and_the_rest_counts(schemas):
    read = schemas("X: {type: [], properties: {a: {type: string}}}")
    assert read.fields("X") == {"a": STRING}
    assert [found.message for found in read.diagnostics] == [
        "'type' lists no type, which means nothing; it is left out"
    ]


def test_a_dangling_reference_is_any_value_and_its_users_stay(schemas):
    read = schemas("X: {type: object, properties: {a: {$ref: '#/components/schemas/Nope'}, b: {type: string}}}")
    assert read.codes == ["SB236"]
    assert read.fields("X") == {"a": AnyType(degraded=True), "b": STRING}
    place = read.found("SB236").place
    assert place.pointer == "#/components/schemas/X/properties/a"
    assert place.line > 0


def test_references_in_a_circle_end(schemas):
    read = schemas("""
A: {$ref: '#/components/schemas/B'}
B: {$ref: '#/components/schemas/A'}
S: {$ref: '#/components/schemas/S'}
I: {allOf: [{$ref: '#/components/schemas/J'}]}
J: {allOf: [{$ref: '#/components/schemas/I'}]}
Pet: {type: object, properties: {a: {$ref: '#/components/schemas/A'}}}
""")
    assert "SB114" in read.codes
    assert read.fields("Pet") == {"a": Ref("A")}


def test_nesting_just_below_the_bound_is_read(schemas):
    deep = "{type: string}"
    for _ in range(90):
        deep = f"{{type: object, properties: {{a: {deep}}}}}"
    assert len(schemas(f"X: {deep}").definitions) == 90


def test_large_integers_as_text_keep_their_format(schemas):
    read = schemas("{A: {type: string, format: int64}, B: {type: string, format: uint64}}")
    assert read.type("A") == Scalar(ScalarKind.STRING, "int64")
    assert read.type("B") == Scalar(ScalarKind.STRING, "uint64")


def test_xml_names_are_a_note(schemas):
    read = schemas("A: {type: object, properties: {a: {type: string, xml: {attribute: true}}}}")
    assert read.codes == ["SB208"]
