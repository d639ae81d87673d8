"""Lengths of time as ISO 8601 writes them: `type: string` with `format: duration`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from typing import Self

__all__ = ["DurationText", "convert_duration_text"]

_LONGEST = 200
_NUMBER = r"([0-9]+(?:[.,][0-9]+)?)"
_UNITS = (604_800, 86_400, 3_600, 60, 1)  # seconds of a week, a day, an hour, a minute and a second
_SHAPE = re.compile(
    rf"([+-]?)P(?=[0-9T])(?:{_NUMBER}Y)?(?:{_NUMBER}M)?(?:{_NUMBER}W)?(?:{_NUMBER}D)?"
    rf"(?:T(?=[0-9])(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?\Z"
)


class DurationText(str):
    """A duration, kept as it is written: `P1Y2M3D`, `P2W`, `-PT1.5S`.

    It is a `str`, since a month and a year are no fixed time, and nothing is lost on the way back. Two ways to write
    one duration are not equal. Any number may have a fraction, and weeks may stand beside the other parts.

    Args:
        value: the text, or a timedelta, which is written in days and seconds.

    Raises:
        ValueError: it is no duration of ISO 8601.
    """

    __slots__ = ()

    def __new__(cls, value: str | timedelta) -> Self:
        """Make one of its text or of a timedelta."""
        text: object = msgspec.to_builtins(value) if isinstance(value, timedelta) else value
        if not (isinstance(text, str) and len(text) <= _LONGEST and _SHAPE.match(text)):
            raise ValueError(f"{str(text)[:50]!r} is not a duration of ISO 8601, as 'P1Y2M3D' or 'PT90S'")
        return super().__new__(cls, text)

    def timedelta(self) -> timedelta:
        """Give it as a timedelta, rounded to the microsecond.

        Raises:
            ValueError: it has years or months, whose length depends on where they begin.
            OverflowError: it is longer than a timedelta can be.
        """
        found = _SHAPE.match(self)
        sign, years, months, *parts = found.groups() if found else ("", None, None)
        if any(part.strip("0.,") for part in (years, months) if part):
            raise ValueError(f"{str(self)!r} has years or months, which are no fixed time")
        length = timedelta(microseconds=_microseconds(parts))
        return -length if sign == "-" else length


def _microseconds(parts: list[str]) -> int:
    """Add weeks, days, hours, minutes and seconds without loss, and round once, half to even."""
    numbers = [(part or "0").replace(",", ".").partition(".") for part in parts]
    places = max(len(fraction) for _, _, fraction in numbers)
    whole = [int(number + fraction.ljust(places, "0")) for number, _, fraction in numbers]
    one: int = 10**places
    found, rest = divmod(sum(number * unit for number, unit in zip(whole, _UNITS, strict=True)) * 1_000_000, one)
    return found + (2 * rest > one or (2 * rest == one and found % 2 == 1))


def convert_duration_text(kind: type[DurationText], value: object) -> DurationText:
    """Read it from the wire; raises ValueError."""
    if isinstance(value, str):
        return kind(value)
    raise ValueError(f"Expected `str`, got `{type(value).__name__}`")
