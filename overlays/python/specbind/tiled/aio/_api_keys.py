"""Requests for API keys."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["api_key_request", "seconds_of"]

_DURATION = re.compile(r"(?:(\d+)y)?\s*(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m)?\s*(?:(\d+)s?)?", re.ASCII)
_SECONDS = (365 * 24 * 3600, 24 * 3600, 3600, 60, 1)


def api_key_request(
    scopes: Iterable[str] | None,
    expires_in: int | str | None,
    note: str | None,
    access_tags: Iterable[str] | None,
) -> dict[str, Any]:
    """The JSON that asks for a key."""
    return {
        "scopes": None if scopes is None else list(scopes),
        "expires_in": seconds_of(expires_in),
        "note": note,
        "access_tags": None if access_tags is None else list(access_tags),
    }


def seconds_of(duration: int | str | None) -> int | None:
    """Seconds of a duration such as `1h 30m`.

    Raises:
        ValueError: it is none.
    """
    if duration is None or isinstance(duration, int):
        return duration
    found = _DURATION.fullmatch(duration.strip()) if len(duration) < 100 else None
    if found is None or not any(found.groups()):
        raise ValueError(f"{duration!r:.100} is no duration; write it as 3y, 5d, 1h 30m or 600")
    return sum(int(text or 0) * unit for text, unit in zip(found.groups(), _SECONDS, strict=True))
