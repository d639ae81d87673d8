"""The passes."""

import pytest

from specbind.generator.diagnostics import Diagnostics
from specbind.generator.ir.model import (
    Alias,
    AnyType,
    Api,
    ListType,
    MapType,
    NullableType,
    Object,
    Ref,
    Scalar,
    ScalarKind,
    UnionType,
    Variant,
)
from specbind.generator.passes import run_passes
from specbind.generator.passes.aliases import break_alias_cycles, open_recursive_aliases
from specbind.generator.passes.unions import flatten_unions

STRING = Scalar(ScalarKind.STRING)
INTEGER = Scalar(ScalarKind.INTEGER)
CAT, DOG = Object("Cat", ()), Object("Dog", ())


@pytest.fixture
def apply():
    def of(refine, *definitions):
        diagnostics = Diagnostics()
        api = refine(Api(1, "a", "1", definitions=definitions), diagnostics)
        return {found.id: found for found in api.definitions}, [found.code for found in diagnostics]

    return of


def test_a_map_of_itself_becomes_an_object(apply):
    found, codes = apply(open_recursive_aliases, Alias("M", MapType(Ref("M")), doc="d"))
    assert found["M"] == Object("M", (), doc="d", additional=Ref("M"), additional_declared=True)
    assert codes == []


def test_a_list_of_itself_is_opened_with_a_warning(apply):
    found, codes = apply(open_recursive_aliases, Alias("L", ListType(Ref("L"))))
    assert found["L"].type == ListType(AnyType(degraded=True))
    assert codes == ["SB301"]


def test_a_union_that_lists_itself_loses_that_variant(apply):
    found, codes = apply(break_alias_cycles, Alias("U", UnionType((Variant(Ref("U")), Variant(STRING)))))
    assert found["U"].type == STRING
    assert codes == []


def test_longer_circles_are_opened_once(apply):
    found, codes = apply(
        open_recursive_aliases,
        Alias("A", ListType(Ref("B"))),
        Alias("B", NullableType(Ref("C"))),
        Alias("C", UnionType((Variant(Ref("A")), Variant(STRING)))),
        Alias("D", ListType(Ref("A"))),
    )
    assert found["A"].type == ListType(AnyType(degraded=True))
    assert found["C"].type == UnionType((Variant(Ref("A")), Variant(STRING)))
    assert codes == ["SB301"]


def test_a_circle_through_lists_and_maps_stays_for_languages_that_have_it(apply):
    definitions = (
        Alias("L", UnionType((Variant(STRING), Variant(ListType(Ref("L"))), Variant(MapType(Ref("L")))))),
        Alias("A", ListType(Ref("B"))),
        Alias("B", NullableType(Ref("A"))),
    )
    found, codes = apply(break_alias_cycles, *definitions)
    assert tuple(found.values()) == definitions
    assert codes == []


def test_a_circle_of_null_and_unions_is_opened_for_all(apply):
    found, codes = apply(
        break_alias_cycles,
        Alias("A", NullableType(Ref("B"))),
        Alias("B", UnionType((Variant(Ref("A")), Variant(STRING)))),
    )
    assert found["A"].type == NullableType(AnyType(degraded=True))
    assert codes == ["SB301"]


def test_recursion_through_an_object_stays(apply):
    definitions = (Alias("L", ListType(Ref("O"))), Object("O", (), additional=Ref("L")))
    found, codes = apply(break_alias_cycles, *definitions)
    assert tuple(found.values()) == definitions
    assert codes == []


def test_many_circles_are_opened_quickly(apply):
    found, _ = apply(open_recursive_aliases, *(Alias(f"L{n}", ListType(Ref(f"L{n}"))) for n in range(3000)))
    assert all(alias.type == ListType(AnyType(degraded=True)) for alias in found.values())


def test_unions_by_name_are_laid_flat(apply):
    found, _ = apply(
        flatten_unions,
        CAT,
        Alias("Inner", UnionType((Variant(Ref("Cat")), Variant(STRING)))),
        Alias("Named", Ref("Inner")),
        Alias("Outer", UnionType((Variant(Ref("Named")), Variant(INTEGER), Variant(STRING)))),
    )
    assert found["Outer"].type == UnionType((Variant(Ref("Cat")), Variant(STRING), Variant(INTEGER)))


def test_a_union_with_the_same_discriminator_is_laid_flat_with_its_values(apply):
    found, _ = apply(
        flatten_unions,
        CAT,
        DOG,
        Alias("Pet", UnionType((Variant(Ref("Cat"), ("c",)),), "kind")),
        Alias("All", UnionType((Variant(Ref("Pet"), ("p",)), Variant(Ref("Dog"), ("d",))), "kind")),
    )
    assert found["All"].type == UnionType((Variant(Ref("Cat"), ("c",)), Variant(Ref("Dog"), ("d",))), "kind")


def test_a_union_with_another_discriminator_stays_a_variant(apply):
    outer = UnionType((Variant(Ref("Pet")), Variant(STRING)))
    pet = UnionType((Variant(Ref("Cat"), ("c",)), Variant(Ref("Dog"), ("d",))), "kind")
    found, _ = apply(flatten_unions, CAT, DOG, Alias("Pet", pet), Alias("All", outer))
    assert found["All"].type == outer


def test_all_passes_leave_a_plain_api_as_it_is():
    api = Api(1, "a", "1", definitions=(CAT, Alias("A", STRING)))
    assert run_passes(api, Diagnostics()) == api
