"""allOf."""

from specbind.generator.ir.model import (
    AnyType,
    Constraints,
    MapType,
    NullableType,
    Presence,
    Ref,
    Scalar,
    ScalarKind,
    UnionType,
)

STRING = Scalar(ScalarKind.STRING)
INTEGER = Scalar(ScalarKind.INTEGER)
BASE = """
Base: {type: object, required: [id], properties: {id: {type: integer}, name: {type: string}}}
Other: {type: object, properties: {tag: {type: string}}}
"""


def test_fields_of_all_bases_come_first_and_bases_are_kept(schemas):
    read = schemas(
        BASE
        + """
Pet:
  allOf:
    - {$ref: '#/components/schemas/Base'}
    - {$ref: '#/components/schemas/Other'}
    - {type: object, properties: {own: {type: string}}, required: [own, name]}
  description: A pet.
"""
    )
    pet = read.definitions["Pet"]
    assert [(field.wire, field.presence.value) for field in pet.fields] == [
        ("id", "required"), ("name", "required"), ("tag", "optional"), ("own", "required"),
    ]  # fmt: skip
    assert pet.bases == ("Base", "Other")
    assert pet.doc == "A pet."
    assert read.codes == []


def test_a_lone_reference_is_that_type(schemas):
    read = schemas(
        BASE
        + """
Named: {allOf: [{$ref: '#/components/schemas/Base'}], description: more words, nullable: true}
Use: {type: object, properties: {a: {allOf: [{$ref: '#/components/schemas/Base'}, {description: only words}]}}}
"""
    )
    assert read.type("Named") == Ref("Base")
    assert read.fields("Use") == {"a": Ref("Base")}


def test_a_branch_that_only_requires(schemas):
    read = schemas(BASE + "Pet: {allOf: [{$ref: '#/components/schemas/Base'}, {required: [name]}]}")
    assert [field.presence for field in read.definitions["Pet"].fields] == [Presence.REQUIRED] * 2
    assert read.definitions["Pet"].bases == ("Base",)


def test_members_beside_a_reference_mean_the_same_as_all_of(schemas):
    read = schemas(BASE + "Pet: {$ref: '#/components/schemas/Base', properties: {own: {type: string}}}")
    assert list(read.fields("Pet")) == ["id", "name", "own"]
    assert read.definitions["Pet"].bases == ("Base",)


def test_inherited_inline_types_keep_the_name_of_their_place(schemas):
    read = schemas("""
Base: {type: object, properties: {owner: {type: object, properties: {a: {type: string}}}}}
Pet: {allOf: [{$ref: '#/components/schemas/Base'}, {properties: {own: {enum: [x, y]}}}]}
""")
    assert read.fields("Pet") == {"owner": Ref("Base.owner"), "own": Ref("Pet.own")}


def test_a_member_that_two_branches_describe_is_the_narrower(schemas):
    read = schemas("""
Base: {type: object, properties: {
  kind: {type: string}, n: {type: number}, o: {type: object, properties: {a: {type: string}}}, any: {}}}
Pet:
  allOf:
    - {$ref: '#/components/schemas/Base'}
    - type: object
      required: [kind]
      properties:
        kind: {type: string, enum: [pet], description: The kind.}
        n: {type: integer}
        o: {type: object, properties: {b: {type: string}}}
        any: {type: boolean}
""")
    fields = read.fields("Pet")
    assert fields["kind"] == Ref("Pet.kind")
    assert fields["n"] == INTEGER
    assert read.fields("Pet.o") == {"a": STRING, "b": STRING}
    assert fields["any"] == Scalar(ScalarKind.BOOLEAN)
    assert read.codes == []


def test_a_narrowed_recursive_member_ends(schemas):
    read = schemas("""
A: {type: object, properties: {x: {$ref: '#/components/schemas/A'}, a: {type: string}}}
B: {type: object, properties: {x: {$ref: '#/components/schemas/B'}, b: {type: string}}}
C: {allOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]}
""")
    assert set(read.fields("C")) == {"x", "a", "b"}


def test_a_member_narrowed_to_a_derived_type_is_that_type(schemas):
    read = schemas(
        BASE
        + """
Derived: {allOf: [{$ref: '#/components/schemas/Base'}, {properties: {more: {type: string}}}]}
List: {type: object, properties: {item: {$ref: '#/components/schemas/Base'}}}
Special: {allOf: [{$ref: '#/components/schemas/List'}, {properties: {item: {$ref: '#/components/schemas/Derived'}}}]}
"""
    )
    assert read.fields("Special") == {"item": Ref("Derived")}


def test_contradictions_degrade_the_member_alone(schemas):
    read = schemas("""
Base: {type: object, properties: {a: {type: string}, b: {type: string}}}
Pet: {allOf: [{$ref: '#/components/schemas/Base'}, {properties: {a: {type: integer}}}]}
""")
    assert read.fields("Pet") == {"a": AnyType(degraded=True), "b": STRING}
    assert read.codes == ["SB210"]


def test_of_two_enums_without_common_value_the_derived_one_counts(schemas):
    read = schemas("""
Base: {type: object, properties: {a: {type: string, enum: [x, y]}}}
Pet: {allOf: [{$ref: '#/components/schemas/Base'}, {properties: {a: {type: string, enum: [z, w]}}}]}
""")
    assert [value.value for value in read.definitions[read.fields("Pet")["a"].id].values] == ["z", "w"]
    assert read.codes == ["SB210"]


def test_scalars_are_narrowed_keyword_by_keyword(schemas):
    read = schemas("""
Name: {type: string, minLength: 1}
Short: {allOf: [{$ref: '#/components/schemas/Name'}, {maxLength: 5}]}
When: {allOf: [{type: string}, {format: date}]}
Letters: {allOf: [{enum: [a, b, c]}, {enum: [b, c, d]}]}
Never: {allOf: [{type: string}, {type: object, properties: {a: {}}}]}
""")
    assert read.type("Short") == Scalar(ScalarKind.STRING, constraints=Constraints(min_length=1, max_length=5))
    assert read.type("When") == Scalar(ScalarKind.STRING, "date")
    assert [value.value for value in read.definitions["Letters"].values] == ["b", "c"]
    assert read.type("Never") == AnyType(degraded=True)


def test_null_needs_every_branch(schemas):
    read = schemas("""
N: {type: [object, 'null'], properties: {a: {type: string}}}
Use: {type: object, properties: {
  both: {allOf: [{$ref: '#/components/schemas/N'}, {type: [object, 'null'], properties: {b: {type: string}}}]},
  one: {allOf: [{$ref: '#/components/schemas/N'}, {type: object, properties: {b: {type: string}}}]}}}
""")
    assert read.fields("Use") == {"both": NullableType(Ref("Use.both")), "one": Ref("Use.one")}


def test_a_union_among_the_branches_gives_variants_with_all_members(schemas):
    read = schemas(
        BASE
        + """
Pet:
  allOf:
    - {$ref: '#/components/schemas/Base'}
    - oneOf: [{$ref: '#/components/schemas/Other'}, {type: object, title: Else, properties: {z: {type: string}}}]
"""
    )
    pet = read.type("Pet")
    assert isinstance(pet, UnionType)
    assert [list(read.fields(variant.type.id)) for variant in pet.variants] == [
        ["id", "name", "tag"],
        ["id", "name", "z"],
    ]


def test_a_union_behind_a_reference_is_joined_with_a_finding(schemas):
    read = schemas(
        BASE
        + """
Either: {oneOf: [{$ref: '#/components/schemas/Base'}, {$ref: '#/components/schemas/Other'}]}
Pet: {allOf: [{$ref: '#/components/schemas/Either'}, {properties: {own: {type: string}}}]}
"""
    )
    assert [(f.wire, f.presence.value) for f in read.definitions["Pet"].fields] == [
        ("id", "optional"), ("name", "optional"), ("tag", "optional"), ("own", "optional"),
    ]  # fmt: skip
    assert read.codes == ["SB211"]


def test_bases_that_multiply_stay_linear(schemas):
    text = "N0: {type: object, properties: {x: {type: string}}}\n"
    for n in range(1, 26):
        base = f"{{$ref: '#/components/schemas/N{n - 1}'}}"
        other = f"{{type: object, properties: {{y{n}: {{type: string}}}}}}"
        text += f"N{n}: {{allOf: [{base}, {base}], oneOf: [{base}, {other}]}}\n"
    assert len(schemas(text).definitions) < 200


def test_items_that_several_branches_describe_have_all_members(schemas):
    read = schemas("""
Base: {type: object, properties: {events: {type: array, items: {type: object, properties: {a: {type: string}}}}}}
Pet:
  allOf:
    - {$ref: '#/components/schemas/Base'}
    - properties:
        events:
          type: array
          items:
            allOf:
              - {$ref: '#/components/schemas/Base/properties/events/items'}
              - {type: object, properties: {b: {type: string}}}
""")
    item = read.fields("Pet")["events"].item
    assert item == Ref("Pet.events.item")
    assert read.fields("Pet.events.item") == {"a": STRING, "b": STRING}


def test_values_of_maps_that_several_branches_describe(schemas):
    read = schemas("""
A: {type: object, additionalProperties: {type: object, properties: {a: {type: string}}}}
B: {allOf: [{$ref: '#/components/schemas/A'}, {additionalProperties: {type: object, properties: {b: {type: string}}}}]}
C: {allOf: [{$ref: '#/components/schemas/A'}, {type: object, description: no more}]}
""")
    assert read.fields(read.type("B").value.id) == {"a": STRING, "b": STRING}
    assert read.type("C") == MapType(Ref("A.value"))
