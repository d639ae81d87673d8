"""Open enums: sets of known values that let unknown ones through.

An unknown value becomes a member of its own that is not registered, so that a server cannot fill the memory with names.
It compares and hashes equal to the plain value, and goes back to the wire as it came.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

__all__ = ["OpenFloat", "OpenInt", "OpenStr", "is_known"]


class OpenStr(str, Enum):  # noqa: UP042 - StrEnum's auto() values are of no use here
    """Base of string enums that keep unknown values."""

    def __str__(self) -> str:
        return str(self.value)

    def __format__(self, format_spec: str) -> str:
        return str.__format__(self.value, format_spec)

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member


class OpenInt(int, Enum):
    """Base of integer enums that keep unknown values."""

    def __str__(self) -> str:
        return str(self.value)

    def __format__(self, format_spec: str) -> str:
        return int.__format__(self.value, format_spec)

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        member = int.__new__(cls, value)
        member._name_ = str(int(value))
        member._value_ = int(value)
        return member


if TYPE_CHECKING:

    class OpenFloat(float, Enum):
        """Base of number enums that keep unknown values."""

else:

    class _FloatMembers(type):
        """Makes members of a class's numbers, as `EnumType` does: msgspec refuses real enums of floats."""

        def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, object]) -> type:
            numbers = {k: v for k, v in namespace.items() if isinstance(v, float | int) and not k.startswith("_")}
            cls = super().__new__(mcs, name, bases, {k: v for k, v in namespace.items() if k not in numbers})
            cls.__members__ = {}
            by_value = {}
            for key, value in numbers.items():
                member = by_value.setdefault(float(value), _member(cls, key, value))
                cls.__members__[key] = member
                setattr(cls, key, member)
            cls._by_value = by_value
            return cls

        def __call__(cls, value: float) -> OpenFloat:
            number = float(value)
            return cls._by_value.get(number) or _member(cls, repr(number), number)

        def __iter__(cls) -> Iterator[OpenFloat]:
            return iter(cls._by_value.values())

        def __len__(cls) -> int:
            return len(cls._by_value)

        def __getitem__(cls, name: str) -> OpenFloat:
            return cls.__members__[name]

    def _member(cls: type, name: str, value: float) -> OpenFloat:
        member = float.__new__(cls, value)
        member._name_ = name
        return member

    class OpenFloat(float, metaclass=_FloatMembers):
        """Base of number enums that keep unknown values."""

        @property
        def name(self) -> str:
            """The member's name; the number itself if it is unknown."""
            return self._name_

        @property
        def value(self) -> float:
            """The plain number."""
            return float(self)

        def __repr__(self) -> str:
            return f"<{type(self).__name__}.{self._name_}: {float(self)!r}>"

        def __reduce__(self) -> tuple[type, tuple[float]]:
            return type(self), (float(self),)


def is_known(member: OpenStr | OpenInt | OpenFloat) -> bool:
    """Say whether the enum's definition has this member."""
    return type(member).__members__.get(member.name) is member
