"""Times and spans beside those of the standard library."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from specbind.generator.targets.python._runtime.proto import DecodeError, EncodeError
from specbind.generator.targets.python._runtime.proto.wellknown import Duration, Timestamp

MOMENTS = [
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC),
    datetime(2026, 3, 1, 5, 6, 7, 123_456, tzinfo=timezone(timedelta(hours=-9, minutes=-30))),
]
SPANS = [timedelta(0), timedelta(microseconds=-1), timedelta(days=-3, microseconds=5), timedelta(days=9999, seconds=1)]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_datetime_comes_back(moment: datetime):
    stamp = Timestamp.from_datetime(moment)
    assert 0 <= stamp.nanos < 1_000_000_000
    assert stamp.to_datetime() == moment
    assert datetime.fromisoformat(stamp.to_text()) == moment
    assert Timestamp.from_text(moment.isoformat()) == stamp


@pytest.mark.parametrize("span", SPANS)
def test_a_timedelta_comes_back(span: timedelta):
    duration = Duration.from_timedelta(span)
    assert duration.seconds * duration.nanos >= 0
    assert duration.to_timedelta() == span
    assert Duration.from_text(duration.to_text()) == duration


def test_nanoseconds_are_kept_in_the_message_and_cut_off_in_a_datetime():
    stamp = Timestamp.from_text("2020-01-01T00:00:00.123456789Z")
    assert stamp.nanos == 123_456_789
    assert stamp.to_datetime().microsecond == 123_456
    assert Duration(seconds=-1, nanos=-1999).to_timedelta() == timedelta(seconds=-1, microseconds=-1)


def test_what_is_out_of_range_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        Timestamp.from_datetime(datetime(2020, 1, 1))  # noqa: DTZ001 - that is the point
    with pytest.raises(OverflowError):
        Timestamp(seconds=1 << 40).to_datetime()
    with pytest.raises(EncodeError, match="years 1 and 9999"):
        Timestamp(nanos=-1).to_text()
    with pytest.raises(EncodeError, match="no duration"):
        Duration(seconds=1, nanos=-1).to_text()
    with pytest.raises(DecodeError, match="no duration"):
        Duration.from_text("1.s")
