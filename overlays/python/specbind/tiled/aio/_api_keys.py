"""Requests for API keys."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from specbind.core import arguments

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["api_key_request", "key_text", "seconds_of"]

_DURATION = re.compile(r"(?:(\d+)y)?\s*(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m)?\s*(?:(\d+)s?)?", re.ASCII)
_SECONDS = (365 * 24 * 3600, 24 * 3600, 3600, 60, 1)


def api_key_request(
    scopes: Iterable[str] | None,
    expires_in: int | str | None,
    note: str | None,
    access_tags: Iterable[str] | None,
) -> dict[str, Any]:
    """The JSON that asks for a key.

    Raises:
        TypeError: one text in place of a list of them, or something else than texts.
        ValueError: `expires_in` is no duration, or ends in the past.
    """
    return {
        "scopes": _texts("scopes", scopes),
        "expires_in": seconds_of(expires_in),
        "note": arguments.optional_text("note", note),
        "access_tags": _texts("access_tags", access_tags),
    }


def _texts(name: str, texts: Iterable[str] | None) -> list[str] | None:
    if texts is None:
        return None
    if isinstance(texts, str):
        raise TypeError(f"{name} is a list of texts; for one, write [{texts!r:.80}]")
    return [arguments.text(f"a member of {name}", text) for text in texts]


def key_text(api_key: str | None, name: str = "api_key") -> str | None:
    """An API key, without the spaces and line ends around it, or None.

    Raises:
        TypeError: it is no text.
        ValueError: it is empty, or cannot stand in a header.
    """
    given = arguments.optional_text(name, api_key)
    found = None if given is None else given.strip()
    if found is not None and (not found or not found.isascii() or not found.isprintable()):
        raise ValueError(f"{name} is empty or has characters that no key has; None stands for no key")
    return found


def seconds_of(duration: int | str | None) -> int | None:
    """Seconds of a duration such as `1h 30m`.

    Raises:
        TypeError: it is neither a whole number nor a text.
        ValueError: it is no duration, or below 0.
    """
    if duration is None:
        return None
    if not isinstance(duration, str):
        return arguments.whole("expires_in", duration, least=0)
    found = _DURATION.fullmatch(duration.strip()) if len(duration) < 100 else None
    if found is None or not any(found.groups()):
        raise ValueError(f"{duration!r:.100} is no duration; write it as 3y, 5d, 1h 30m or 600")
    return sum(int(text or 0) * unit for text, unit in zip(found.groups(), _SECONDS, strict=True))
