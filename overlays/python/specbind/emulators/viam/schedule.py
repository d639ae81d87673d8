"""Cron expressions: which minutes they mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from .refusals import invalid

__all__ = ["Schedule"]

_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of the month", 1, 31), ("month", 1, 12), ("day of the week", 0, 7))
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


class Schedule:
    """A cron expression of five fields with numbers, `*`, `,`, `-` and `/`, in UTC.

    Raises:
        GRPCError: INVALID_ARGUMENT, the text is none.
    """

    def __init__(self, text: str) -> None:
        parts = text.split()
        if len(parts) != 5 or len(text) > 200:
            raise invalid("schedule is a cron expression of five fields, such as `*/15 * * * *`")
        sets = [_numbers(part, *field) for part, field in zip(parts, _FIELDS, strict=True)]
        self._minutes, self._hours, self._days, self._months, self._weekdays = sets
        # as cron has it: where both kinds of days are restricted, either of them is enough
        self._any_day = "*" not in (parts[2][0], parts[4][0])

    def between(self, begin: datetime, end: datetime) -> list[datetime]:
        """The minutes after `begin` and up to `end`, which are at most a few days apart."""
        found: list[datetime] = []
        moment = begin.astimezone(UTC).replace(second=0, microsecond=0) + _MINUTE
        while moment <= end:
            if not self._on(moment):
                moment = moment.replace(hour=0, minute=0) + _DAY
                continue
            if moment.hour in self._hours and moment.minute in self._minutes:
                found.append(moment)
            moment += _MINUTE
        return found

    def before(self, end: datetime, count: int, days: int = 400) -> list[datetime]:
        """The last minutes up to `end`, at most `count` of them, none older than `days`."""
        found: list[datetime] = []
        for back in range(days):
            last = end - back * _DAY
            found = self.between(last - _DAY, last) + found
            if len(found) >= count:
                break
        return found[-count:]

    def _on(self, moment: datetime) -> bool:
        if moment.month not in self._months:
            return False
        day, weekday = moment.day in self._days, moment.isoweekday() % 7 in self._weekdays
        return day or weekday if self._any_day else day and weekday


def _numbers(text: str, name: str, least: int, most: int) -> frozenset[int]:
    found: set[int] = set()
    for item in text.split(","):
        span, _, step = item.partition("/")
        first, _, last = span.partition("-")
        try:
            begin, end = (least, most) if span == "*" else (int(first), int(last or (most if step else first)))
            every = int(step or "1")
        except ValueError:
            raise invalid(f"schedule: {item[:20]!r} is no {name}") from None
        if not least <= begin <= end <= most or every < 1:
            raise invalid(f"schedule: {item[:20]!r} is no {name}, which is from {least} to {most}")
        found.update(range(begin, end + 1, every))
    return frozenset(number % 7 for number in found) if name == "day of the week" else frozenset(found)
