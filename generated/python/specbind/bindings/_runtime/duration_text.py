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
        ValueError: the text is no duration of ISO 8601.
    """

    __slots__ = ()

    def __new__(cls, value: str | timedelta) -> Self:
        """Make one of its text or of a timedelta."""
        text = msgspec.to_builtins(value) if isinstance(value, timedelta) else value
        if not (len(text) <= _LONGEST and _SHAPE.match(text)):
            raise ValueError(f"{text[:50]!r} is not a duration of ISO 8601, as 'P1Y2M3D' or 'PT90S'")
        return super().__new__(cls, text)

    def timedelta(self) -> timedelta:
        """Give it as a timedelta, to the microsecond.

        Raises:
            ValueError: it has years or months, whose length depends on where they begin.
            OverflowError: it is longer than a timedelta can be.
        """
        found = _SHAPE.match(self)
        sign, years, months, *parts = found.groups() if found else ("", None, None)
        if any(float(part.replace(",", ".")) for part in (years, months) if part):
            raise ValueError(f"{str(self)!r} has years or months, which are no fixed time")
        weeks, days, hours, minutes, seconds = (float((part or "0").replace(",", ".")) for part in parts)
        length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
        return -length if sign == "-" else length


def convert_duration_text(kind: type[DurationText], value: object) -> DurationText:
    """Read it from the wire; raises ValueError."""
    if isinstance(value, str):
        return kind(value)
    raise ValueError(f"Expected `str`, got `{type(value).__name__}`")
