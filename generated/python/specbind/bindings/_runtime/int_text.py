"""64-bit integers that are text on the wire: `type: string` with `format: int64` or `uint64`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Int64Text", "UInt64Text", "convert_int_text"]

_MOST_DIGITS = 20


class Int64Text(int):
    """A signed integer of 64 bits that JSON carries as text, so that no reader rounds it.

    It is an `int`; arithmetic gives plain integers, which have to be wrapped again before they are sent.

    Raises:
        ValueError: it is not between -2**63 and 2**63 - 1, or not a number.
    """

    __slots__ = ()
    smallest: ClassVar[int] = -(2**63)
    largest: ClassVar[int] = 2**63 - 1

    def __new__(cls, value: int | str = 0) -> Self:
        """Make one of a number or its digits."""
        if isinstance(value, str):
            digits = value[1:] if value[:1] in {"+", "-"} else value
            if not (digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS):
                raise ValueError(f"{value[:50]!r} is not an integer in text")
            value = int(value)
        if not cls.smallest <= value <= cls.largest:
            raise ValueError(f"it must be between {cls.smallest} and {cls.largest}")
        return super().__new__(cls, value)


class UInt64Text(Int64Text):
    """The same from 0 to 2**64 - 1."""

    __slots__ = ()
    smallest = 0
    largest = 2**64 - 1


def convert_int_text(kind: type[Int64Text], value: object) -> Int64Text:
    """Read it from the wire; raises ValueError. A JSON number without a fraction is taken too."""
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return kind(value)
    raise ValueError(f"Expected `str`, got `{type(value).__name__}`")
