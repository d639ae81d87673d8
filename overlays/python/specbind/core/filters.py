"""Conditions that are written with Python's operators and turned into what a system understands.

    (Field("name", make=...) == "camera") & (Field("time", make=...) >= start)

What each system does with a condition is one function of its overlay: it walks over `Comparison`, `AllOf`, `AnyOf` and
`Not`, and refuses what the server cannot do. Nothing here knows any system.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Literal, NoReturn, TypeAlias, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["AllOf", "AnyOf", "Comparison", "Condition", "Field", "Not", "Operator"]

B = TypeVar("B")

Operator: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">=", "any", "exists"]
"""How a field is compared. `any`: it is one of several values, or holds one; `exists`: it has a value or not."""


@dataclass(frozen=True, slots=True)
class Condition(Generic[B]):
    """Base of all conditions. `&`, `|` and `~` combine them; `and`, `or`, `not` and `a < x < b` are a TypeError.

    Attributes:
        make: turns a whole condition into what the system understands.
    """

    make: Callable[[Condition[B]], B] = field(repr=False, kw_only=True)

    def build(self) -> B:
        """Give what the system understands.

        Raises:
            TypeError: the system knows no such condition.
            ValueError: the values do not fit.
        """
        return self.make(self)

    def __and__(self, other: Condition[B]) -> AllOf[B]:
        return AllOf((*_parts(self, AllOf), *_parts(self.same(other), AllOf)), make=self.make)

    def __or__(self, other: Condition[B]) -> AnyOf[B]:
        return AnyOf((*_parts(self, AnyOf), *_parts(self.same(other), AnyOf)), make=self.make)

    def __invert__(self) -> Condition[B]:
        return Not(self, make=self.make)

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "a condition is neither true nor false: write & | ~ instead of `and`, `or`, `not`, with parentheses around "
            "each comparison, and two comparisons, or between(), instead of a < x < b"
        )

    def same(self, other: object) -> Condition[B]:
        """Give the other one back if it is a condition for the same system. Raises TypeError if not."""
        if not isinstance(other, Condition):
            raise TypeError(f"{other!r:.80} is no condition; put parentheses around each comparison")
        same = cast("Condition[B]", other)  # of our system, as the next line finds out
        if same.make != self.make:
            raise TypeError("conditions for two systems do not go together")
        return same


@dataclass(frozen=True, slots=True)
class Comparison(Condition[B]):
    """One field against a value.

    Attributes:
        field: name of the field.
        operator: how they are compared.
        value: a tuple of values for `any`, a bool for `exists`.
    """

    field: str
    operator: Operator
    value: object


@dataclass(frozen=True, slots=True)
class AllOf(Condition[B]):
    """All of the parts hold."""

    parts: tuple[Condition[B], ...]


@dataclass(frozen=True, slots=True)
class AnyOf(Condition[B]):
    """At least one of the parts holds."""

    parts: tuple[Condition[B], ...]


@dataclass(frozen=True, slots=True)
class Not(Condition[B]):
    """The part does not hold."""

    part: Condition[B]

    def __invert__(self) -> Condition[B]:
        return self.part


def _parts(condition: Condition[B], kind: type[AllOf[B] | AnyOf[B]]) -> tuple[Condition[B], ...]:
    return condition.parts if isinstance(condition, AllOf | AnyOf) and isinstance(condition, kind) else (condition,)


class Field(Generic[B]):
    """A field of a system; comparing it with a value gives a `Comparison`."""

    __slots__ = ("make", "name")

    def __init__(self, name: str, *, make: Callable[[Condition[B]], B]) -> None:
        self.name = name
        self.make = make

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    __hash__ = object.__hash__

    def compared(self, operator: Operator, value: object) -> Comparison[B]:
        """Compare it with a value; another field is a TypeError."""
        if isinstance(value, Field | Condition):
            raise TypeError(f"{self.name} is compared with a value, not with a field or a condition")
        return Comparison(self.name, operator, value, make=self.make)

    def __eq__(self, other: object) -> Comparison[B]:  # type: ignore[override]  # that is the point of it
        return self.compared("==", other)

    def __ne__(self, other: object) -> Comparison[B]:  # type: ignore[override]  # that is the point of it
        return self.compared("!=", other)

    def __lt__(self, other: object) -> Comparison[B]:
        return self.compared("<", other)

    def __le__(self, other: object) -> Comparison[B]:
        return self.compared("<=", other)

    def __gt__(self, other: object) -> Comparison[B]:
        return self.compared(">", other)

    def __ge__(self, other: object) -> Comparison[B]:
        return self.compared(">=", other)

    def __bool__(self) -> NoReturn:
        raise TypeError(f"{self.name} alone is no condition; compare it, or call exists()")

    def any(self, *values: object) -> Comparison[B]:
        """It is one of the values; a list holds one of them.

        Raises:
            ValueError: there are no values.
        """
        if not values:
            raise ValueError(f"{self.name}.any() needs a value at least")
        for value in values:
            self.compared("any", value)
        return self.compared("any", values)

    def between(self, low: object, high: object) -> AllOf[B]:
        """It is `low`, `high` or something between them."""
        return (self >= low) & (self <= high)

    def exists(self, wanted: bool = True) -> Comparison[B]:
        """It has a value, or none if `wanted` is False."""
        return self.compared("exists", wanted)
