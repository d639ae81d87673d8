"""Version numbers of nodes, such as `2.2.4`, `2.2` or `2.2.4-rc1`."""

from __future__ import annotations

import re

__all__ = ["compare", "is_older"]

_VERSION = re.compile(r"v?(\d{1,9}(?:\.\d{1,9}){0,3})(?:-?([0-9A-Za-z][0-9A-Za-z.-]*))?(?:\+.*)?", re.ASCII)
_Key = tuple[tuple[int, ...], bool, tuple[tuple[bool, int, str], ...]]


def compare(version: str | None, other: str | None) -> int:
    """Order of two versions: -1, 0 or 1. One that cannot be read counts as the older."""
    left, right = _key(version), _key(other)
    if left is None or right is None:
        return 0 if version == other and version is not None else -1
    return (left > right) - (left < right)


def is_older(version: str | None, other: str) -> bool:
    """Whether a version is known to be older; False for one that cannot be read."""
    return _key(version) is not None and compare(version, other) < 0


def _key(version: str | None) -> _Key | None:
    """Sortable form: the numbers without zeros at the end, then releases after their candidates."""
    match = _VERSION.fullmatch((version or "").strip())
    if match is None:
        return None
    numbers = [int(part) for part in match[1].split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    candidate = match[2] or ""
    words = re.findall(r"\d+|[A-Za-z]+", candidate)
    parts = tuple((not word.isdigit(), int(word) if word.isdigit() else 0, word) for word in words)
    return tuple(numbers), not candidate, parts
