"""Enums and constants."""

from specbind.generator.ir.model import Enum, EnumValue, NullableType, Ref, Scalar, ScalarKind


def values(definition: Enum) -> list[object]:
    return [value.value for value in definition.values]


def test_values_and_their_kinds(schemas):
    read = schemas("""
S: {type: string, enum: [a, 'no', on]}
N: {type: integer, enum: [1, 2]}
L: {type: integer, format: int64, enum: [1, 2]}
F: {type: number, enum: [1, 2.5]}
M: {enum: [a, 1, true]}
B: {type: boolean, enum: [true, false]}
""")
    assert [read.definitions[name].scalar for name in "SNLFM"] == [
        ScalarKind.STRING, ScalarKind.INTEGER, ScalarKind.INT64, ScalarKind.NUMBER, None,
    ]  # fmt: skip
    assert read.definitions["S"].open
    assert values(read.definitions["M"]) == ["a", 1, True]
    assert read.type("B") == Scalar(ScalarKind.BOOLEAN)


def test_null_is_taken_out(schemas):
    read = schemas("X: {type: object, properties: {e: {type: [string, 'null'], enum: [a, b, null]}}}")
    assert read.fields("X") == {"e": NullableType(Ref("X.e"))}
    assert values(read.definitions["X.e"]) == ["a", "b"]


def test_names_and_docs_of_values(schemas):
    read = schemas("X: {enum: [1, 2], x-enum-varnames: [ONE, TWO], x-enum-descriptions: [one, two]}")
    assert read.definitions["X"].values == (EnumValue(1, "ONE", "one"), EnumValue(2, "TWO", "two"))


def test_repeated_and_misfit_values_are_findings(schemas):
    read = schemas("A: {type: string, enum: [a, b, a]}\nB: {type: integer, enum: [x, 1]}\nC: {type: string, enum: []}")
    assert values(read.definitions["A"]) == ["a", "b"]
    assert values(read.definitions["B"]) == ["x", 1]
    assert read.type("C").degraded
    assert read.codes == ["SB237", "SB213", "SB213"]


def test_one_and_true_are_different_values(schemas):
    assert values(schemas("X: {enum: [1, true, '1']}").definitions["X"]) == [1, True, "1"]


def test_an_enum_on_an_array_means_its_items(schemas):
    read = schemas("X: {type: array, items: {type: string}, enum: [a, b]}")
    assert read.type("X").item == Ref("X.item")
    assert values(read.definitions["X.item"]) == ["a", "b"]
    assert read.codes == ["SB213"]


def test_a_union_of_constants_is_an_enum(schemas):
    read = schemas("X: {oneOf: [{const: a, title: First, description: the first}, {const: b}]}")
    assert read.definitions["X"].values == (EnumValue("a", "First", "the first"), EnumValue("b"))
