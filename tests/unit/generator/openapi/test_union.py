"""oneOf, anyOf and discriminators."""

import pytest

from specbind.generator.ir.model import (
    AnyType,
    LiteralType,
    NullableType,
    Ref,
    Scalar,
    ScalarKind,
    UnionType,
    Variant,
)

STRING = Scalar(ScalarKind.STRING)
INTEGER = Scalar(ScalarKind.INTEGER)
PETS = """
Cat: {type: object, required: [kind], properties: {kind: {type: string}, lives: {type: integer}}}
Dog: {type: object, required: [kind], properties: {kind: {type: string}, bark: {type: string}}}
"""
REFS = "[{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]"


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ("{oneOf: [{type: string}, {type: integer}]}", UnionType((Variant(STRING), Variant(INTEGER)))),
        ("{anyOf: [{type: string}, {type: integer}]}", UnionType((Variant(STRING), Variant(INTEGER)), exclusive=False)),
        ("{oneOf: [{type: string}, {type: string}]}", STRING),
        ("{oneOf: [{type: string}]}", STRING),
        ("{anyOf: [{type: string}, {}]}", AnyType()),
        ("{anyOf: [{type: string}, {anyOf: [{type: integer}, {type: string}]}]}",
         UnionType((Variant(STRING), Variant(INTEGER)), exclusive=False)),
        ("{type: string, oneOf: [{maxLength: 3}, {pattern: a}]}", None),
        ("{oneOf: []}", AnyType()),
    ],
)  # fmt: skip
def test_unions_are_flat_and_small(schemas, schema, expected):
    read = schemas(f"X: {schema}")
    if expected is None:
        assert {variant.type.scalar for variant in read.type("X").variants} == {ScalarKind.STRING}
    else:
        assert read.type("X") == expected


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
def test_null_stands_outside(schemas, keyword):
    read = schemas(f"X: {{type: object, properties: {{a: {{{keyword}: [{{type: string}}, {{type: 'null'}}]}}}}}}")
    assert read.fields("X") == {"a": NullableType(STRING)}


def test_a_nullable_variant_makes_the_union_nullable(schemas):
    read = schemas(
        "N: {type: object, nullable: true, properties: {n: {type: string}}}\n"
        "X: {type: object, properties: {a: {oneOf: [{$ref: '#/components/schemas/N'}, {type: string}]}}}"
    )
    assert read.fields("X") == {"a": NullableType(UnionType((Variant(Ref("N")), Variant(STRING))))}


def test_discriminator_values_come_from_the_mapping(schemas):
    read = schemas(
        PETS
        + f"""
Pet:
  oneOf: {REFS}
  discriminator: {{propertyName: kind, mapping: {{cat: '#/components/schemas/Cat', tom: Cat, dog: Dog}}}}
"""
    )
    assert read.type("Pet") == UnionType((Variant(Ref("Cat"), ("cat", "tom")), Variant(Ref("Dog"), ("dog",))), "kind")
    assert read.codes == []


def test_discriminator_values_are_names_where_nothing_is_said(schemas):
    read = schemas(PETS + f"Pet: {{oneOf: {REFS}, discriminator: {{propertyName: kind}}}}")
    assert [variant.tags for variant in read.type("Pet").variants] == [("Cat",), ("Dog",)]


def test_discriminator_values_are_the_constants_of_the_variants(schemas):
    read = schemas("""
Cat: {type: object, properties: {kind: {const: cat}}}
Dog: {type: object, properties: {kind: {type: string, enum: [dog]}}}
Pet:
  oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]
  discriminator: {propertyName: kind}
""")
    assert [variant.tags for variant in read.type("Pet").variants] == [("cat",), ("dog",)]


def test_a_mapping_that_leads_nowhere_is_a_finding_and_is_never_fetched(schemas):
    read = schemas(
        PETS
        + f"""
Pet:
  oneOf: {REFS}
  discriminator: {{propertyName: kind, mapping: {{c: Cat, d: Nope, e: 'http://127.0.0.1:1/x.json'}}}}
"""
    )
    assert read.codes == ["SB214", "SB214"]
    assert [variant.tags for variant in read.type("Pet").variants] == [("c",), ("Dog",)]


def test_schemas_that_only_the_mapping_names_are_variants_too(schemas):
    read = schemas(
        PETS
        + """
Pet: {oneOf: [{$ref: '#/components/schemas/Cat'}], discriminator: {propertyName: kind, mapping: {c: Cat, d: Dog}}}
"""
    )
    assert [(variant.type.id, variant.tags) for variant in read.type("Pet").variants] == [
        ("Cat", ("c",)),
        ("Dog", ("d",)),
    ]


def test_a_base_with_a_discriminator_is_the_union_of_all_that_extend_it(schemas):
    read = schemas("""
Pet:
  type: object
  required: [kind]
  properties: {kind: {type: string}}
  discriminator: {propertyName: kind, mapping: {d: Dog}}
Cat: {allOf: [{$ref: '#/components/schemas/Pet'}, {properties: {lives: {type: integer}}}]}
Dog: {allOf: [{$ref: '#/components/schemas/Pet'}]}
Puppy: {allOf: [{$ref: '#/components/schemas/Dog'}, {properties: {age: {type: integer}}}]}
Home: {type: object, properties: {pet: {$ref: '#/components/schemas/Pet'}}}
""")
    assert read.type("Pet") == UnionType(
        (Variant(Ref("Cat"), ("Cat",)), Variant(Ref("Dog"), ("d",)), Variant(Ref("Puppy"), ("Puppy",))), "kind"
    )
    assert read.fields("Home") == {"pet": Ref("Pet")}
    assert read.fields("Pet.base") == {"kind": STRING}
    assert read.definitions["Cat"].bases == ("Pet.base",)
    assert list(read.fields("Dog")) == ["kind"]
    assert list(read.fields("Puppy")) == ["kind", "age"]


def test_a_base_that_no_mapping_leaves_out_is_a_variant_itself(schemas):
    read = schemas("""
Pet: {type: object, properties: {kind: {type: string}}, discriminator: {propertyName: kind}}
Cat: {allOf: [{$ref: '#/components/schemas/Pet'}]}
""")
    assert read.type("Pet") == UnionType((Variant(Ref("Cat"), ("Cat",)), Variant(Ref("Pet.base"), ("Pet",))), "kind")


def test_a_base_that_lists_its_children_and_is_their_base(schemas):
    read = schemas("""
Pet:
  type: object
  properties: {kind: {type: string}}
  oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]
  discriminator: {propertyName: kind}
Cat: {allOf: [{$ref: '#/components/schemas/Pet'}, {properties: {lives: {type: integer}}}]}
Dog: {allOf: [{$ref: '#/components/schemas/Pet'}, {properties: {bark: {type: string}}}]}
""")
    assert read.type("Pet") == UnionType((Variant(Ref("Cat"), ("Cat",)), Variant(Ref("Dog"), ("Dog",))), "kind")
    assert list(read.fields("Cat")) == ["kind", "lives"]


def test_members_beside_a_union_belong_to_every_variant(schemas):
    read = schemas(PETS + f"Pet: {{type: object, required: [id], properties: {{id: {{type: string}}}}, oneOf: {REFS}}}")
    ids = [variant.type.id for variant in read.type("Pet").variants]
    assert [list(read.fields(name)) for name in ids] == [["id", "kind", "lives"], ["id", "kind", "bark"]]
    assert [read.definitions[name].bases for name in ids] == [("Cat",), ("Dog",)]


def test_variants_that_only_require_members_are_a_note(schemas):
    read = schemas("""
X: {type: object, properties: {a: {type: string}, b: {type: string}}, anyOf: [{required: [a]}, {required: [b]}]}
""")
    assert read.fields("X") == {"a": STRING, "b": STRING}
    assert read.codes == ["SB208"]


def test_constants_of_different_kinds_stay_literals(schemas):
    assert schemas("X: {oneOf: [{const: a}, {const: 1}]}").type("X") == UnionType(
        (Variant(LiteralType("a")), Variant(LiteralType(1)))
    )
