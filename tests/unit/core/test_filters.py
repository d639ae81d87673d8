"""Conditions are made by operators, and what Python cannot mean by them is an error."""

from __future__ import annotations

import operator

import pytest

from specbind.core.filters import AllOf, AnyOf, Comparison, Condition, Field, Not


def shown(condition: Condition[str]) -> str:
    match condition:
        case Comparison(field, compared, value):
            return f"{field}{compared}{value}"
        case AllOf(parts):
            return f"({' & '.join(map(shown, parts))})"
        case AnyOf(parts):
            return f"({' | '.join(map(shown, parts))})"
        case Not(part):
            return f"~{shown(part)}"
        case _:
            raise AssertionError(condition)


A = Field("a", make=shown)
B = Field("b", make=shown)


def test_operators_build_comparisons() -> None:
    built = [A == 1, A != 1, A < 1, A <= 1, A > 1, A >= 1, A.any(1, 2), A.exists(), A.exists(wanted=False)]
    assert [each.build() for each in built] == [
        "a==1",
        "a!=1",
        "a<1",
        "a<=1",
        "a>1",
        "a>=1",
        "aany(1, 2)",
        "aexistsTrue",
        "aexistsFalse",
    ]


def test_combinations_are_flat() -> None:
    assert ((A == 1) & (B == 2) & A.between(3, 4)).build() == "(a==1 & b==2 & a>=3 & a<=4)"
    assert ((A == 1) | (B == 2) | (B == 3)).build() == "(a==1 | b==2 | b==3)"
    assert ((A == 1) & ((B == 2) | ~(B == 3))).build() == "(a==1 & (b==2 | ~b==3))"
    assert (~~(A == 1)).build() == "a==1"


def test_values_may_stand_on_the_left() -> None:
    assert operator.le(1, A).build() == "a>=1"


def test_conditions_are_values() -> None:
    assert bool(AllOf.__eq__((A == 1) & (B == 2), (A == 1) & (B == 2)))
    assert len({A == 1, A == 1, A == 2}) == 2


def test_what_python_cannot_mean_is_an_error() -> None:
    with pytest.raises(TypeError, match="instead of `and`"):
        bool((A == 1) and (B == 2))
    with pytest.raises(TypeError, match=r"between\(\)"):
        assert 1 <= A <= 2
    with pytest.raises(TypeError, match="a alone is no condition"):
        assert not A
    with pytest.raises(TypeError, match="compared with a value"):
        assert A == B
    with pytest.raises(TypeError, match="compared with a value"):
        A.any(1, B)
    with pytest.raises(ValueError, match=r"a\.any\(\) needs a value"):
        A.any()
    with pytest.raises(TypeError, match="put parentheses"):
        (A == 1) & True  # type: ignore[operator]


def test_conditions_of_two_systems_do_not_mix() -> None:
    other = Field("c", make=lambda _: "other")
    with pytest.raises(TypeError, match="two systems"):
        (A == 1) & (other == 1)
