"""Text forms of ProtoJSON: time stamps, durations, field masks, numbers, bytes."""

from __future__ import annotations

import base64
import binascii
import math
import re
import struct
from datetime import date
from decimal import Decimal

from .failures import Malformed, Unencodable

__all__ = [
    "MAX_DURATION",
    "MAX_TIMESTAMP",
    "MIN_TIMESTAMP",
    "bytes_from_text",
    "bytes_to_text",
    "duration_from_text",
    "duration_to_text",
    "integer",
    "json_kind",
    "mask_from_text",
    "mask_to_text",
    "number",
    "shortest_float",
    "timestamp_from_text",
    "timestamp_to_text",
]

MIN_TIMESTAMP = -62_135_596_800
"""0001-01-01T00:00:00Z in seconds since 1970."""
MAX_TIMESTAMP = 253_402_300_799
"""9999-12-31T23:59:59Z in seconds since 1970."""
MAX_DURATION = 315_576_000_000
"""About 10,000 years, in whole seconds."""

_BILLION = 1_000_000_000
_EPOCH = date(1970, 1, 1).toordinal()
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_TIMESTAMP = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(?:Z|([+-])([0-9]{2}):([0-9]{2}))"
)
_DURATION = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,9}))?s")
_MASK_PATH = re.compile(r"[a-z0-9]+(?:_[a-z][a-z0-9]*)*(?:\.[a-z0-9]+(?:_[a-z][a-z0-9]*)*)*")
_SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_URL_SAFE = str.maketrans("-_", "+/")
_SHOWN = 40


def _shown(text: object) -> str:
    return repr(text)[:_SHOWN]


def _fraction(nanos: int) -> str:
    """Nanoseconds as 0, 3, 6 or 9 digits behind a point."""
    if not nanos:
        return ""
    if nanos % 1_000_000 == 0:
        return f".{nanos // 1_000_000:03}"
    return f".{nanos // 1000:06}" if nanos % 1000 == 0 else f".{nanos:09}"


def timestamp_to_text(seconds: int, nanos: int) -> str:
    """Give a time stamp as RFC 3339 in UTC.

    Raises:
        Unencodable: it is not in the years 1 to 9999.
    """
    if not MIN_TIMESTAMP <= seconds <= MAX_TIMESTAMP or not 0 <= nanos < _BILLION:
        raise Unencodable(f"{seconds} s and {nanos} ns are no time between the years 1 and 9999")
    days, rest = divmod(seconds, 86400)
    day = date.fromordinal(_EPOCH + days)
    hours, rest = divmod(rest, 3600)
    return f"{day.isoformat()}T{hours:02}:{rest // 60:02}:{rest % 60:02}{_fraction(nanos)}Z"


def timestamp_from_text(text: str) -> tuple[int, int]:
    """Read RFC 3339 as seconds and nanoseconds.

    Raises:
        Malformed: it is something else, or not in the years 1 to 9999.
    """
    found = _TIMESTAMP.fullmatch(text)
    if found is None:
        raise Malformed(f"{_shown(text)} is no time stamp of RFC 3339")
    year, month, day, hour, minute, second = map(int, found.group(1, 2, 3, 4, 5, 6))
    if hour > 23 or minute > 59 or second > 59:
        raise Malformed(f"{_shown(text)} is no time of a day")
    try:
        days = date(year, month, day).toordinal() - _EPOCH
    except ValueError as error:
        raise Malformed(f"{_shown(text)}: {error}") from None
    seconds = days * 86400 + hour * 3600 + minute * 60 + second
    if found[8]:
        hours, minutes = int(found[9]), int(found[10])
        if hours > 23 or minutes > 59:
            raise Malformed(f"{_shown(text)} has no offset of UTC")
        offset = hours * 3600 + minutes * 60
        seconds += offset if found[8] == "-" else -offset
    if not MIN_TIMESTAMP <= seconds <= MAX_TIMESTAMP:
        raise Malformed(f"{_shown(text)} is not between the years 1 and 9999")
    return seconds, int((found[7] or "").ljust(9, "0"))


def duration_to_text(seconds: int, nanos: int) -> str:
    """Give a duration as seconds with an `s`.

    Raises:
        Unencodable: it is too long, or seconds and nanoseconds have different signs.
    """
    total = seconds * _BILLION + nanos
    opposite = seconds * nanos < 0
    if abs(seconds) > MAX_DURATION or abs(nanos) >= _BILLION or opposite:
        raise Unencodable(f"{seconds} s and {nanos} ns are no duration of at most {MAX_DURATION} s")
    return f"{'-' if total < 0 else ''}{abs(seconds)}{_fraction(abs(nanos))}s"


def duration_from_text(text: str) -> tuple[int, int]:
    """Read seconds with an `s`, as seconds and nanoseconds of the same sign.

    Raises:
        Malformed: it is something else, or too long.
    """
    found = _DURATION.fullmatch(text)
    if found is None:
        raise Malformed(f"{_shown(text)} is no duration, as 1.5s")
    seconds, nanos = int(found[2]), int((found[3] or "").ljust(9, "0"))
    if seconds > MAX_DURATION:
        raise Malformed(f"{_shown(text)} is longer than {MAX_DURATION} s")
    return (-seconds, -nanos) if found[1] else (seconds, nanos)


def mask_to_text(paths: list[str]) -> str:
    """Give a field mask as names in lower camel case with commas.

    Raises:
        Unencodable: a path would not come back as it was.
    """
    for path in paths:
        if not _MASK_PATH.fullmatch(path):
            raise Unencodable(f"the path {_shown(path)} has no form in JSON that leads back to it")
    return ",".join(re.sub(r"_([a-z])", lambda found: found[1].upper(), path) for path in paths)


def mask_from_text(text: str) -> list[str]:
    """Read names in lower camel case with commas.

    Raises:
        Malformed: a name has an underscore or a strange character.
    """
    paths = text.split(",") if text else []
    for path in paths:
        if not re.fullmatch(r"[A-Za-z0-9]+(?:\.[A-Za-z0-9]+)*", path):
            raise Malformed(f"{_shown(path)} is no path of a field mask in JSON")
    return [re.sub(r"[A-Z]", lambda found: "_" + found[0].lower(), path) for path in paths]


def bytes_to_text(content: bytes) -> str:
    """Give bytes in base64 with the usual alphabet."""
    return base64.b64encode(content).decode("ascii")


def bytes_from_text(text: str) -> bytes:
    """Read base64 of either alphabet, with or without padding.

    Raises:
        Malformed: it is something else.
    """
    bare = text.rstrip("=").translate(_URL_SAFE)
    try:
        if len(text) - len(bare) <= 2:
            return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        pass  # it is refused below
    raise Malformed(f"{_shown(text)} is no base64")


def integer(value: object, low: int, high: int) -> int:
    """Read an integer that may stand as a number or as a text, also with an exponent.

    Raises:
        Malformed: it is no integer or out of range.
    """
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value) or len(value) > _SHOWN:
            raise Malformed(f"{_shown(value)} is no number")
        exact = Decimal(value)
        if exact and not -40 < exact.adjusted() < 40:
            raise Malformed(f"{_shown(value)} is out of range")
        found = int(exact)
        if found != exact:
            raise Malformed(f"{_shown(value)} is no integer")
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise Malformed(f"expected an integer, got {json_kind(value)}")
    elif isinstance(value, float):
        if not value.is_integer():
            raise Malformed(f"{value!r} is no integer")
        found = int(value)
    else:
        found = value
    if not low <= found <= high:
        raise Malformed(f"{_shown(found)} is out of range")
    return found


def number(value: object, *, single: bool) -> float:
    """Read a number that may stand as a number or as a text; `single` for 32 bits.

    Raises:
        Malformed: it is no number or out of range.
    """
    if isinstance(value, str):
        if value in _SPECIAL:
            return _SPECIAL[value]
        if not _NUMBER.fullmatch(value):
            raise Malformed(f"{_shown(value)} is no number")
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise Malformed(f"expected a number, got {json_kind(value)}")
    try:
        found = float(value)
        if not math.isinf(found):
            return struct.unpack("<f", struct.pack("<f", found))[0] if single else found
    except OverflowError:
        pass  # it is refused below
    raise Malformed(f"{_shown(value)} is out of range")


_KINDS: dict[type, str] = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "an object",
}


def json_kind(value: object) -> str:
    """What JSON calls a value."""
    return _KINDS.get(type(value), type(value).__name__)


def shortest_float(value: float) -> float:
    """The number with the fewest digits that is the same in 32 bits."""
    for digits in (6, 7, 8):
        short = float(f"{value:.{digits}g}")
        try:
            if struct.pack("<f", short) == struct.pack("<f", value):
                return short
        except OverflowError:
            continue
    return float(f"{value:.9g}")
