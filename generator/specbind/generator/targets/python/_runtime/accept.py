"""How much a client wants a media type: the Accept header (RFC 9110, 12.5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Range", "accepted", "preferring", "quality"]

_MOST_RANGES = 64


class Range(NamedTuple):
    """One entry of an Accept header: type, subtype ("*" for all) and how much it is wanted, 0 to 1."""

    type: str
    subtype: str
    quality: float


def accepted(headers: Sequence[str]) -> list[Range]:
    """Read Accept headers; entries that are none are left out."""
    found: list[Range] = []
    for entry in ",".join(headers).split(",")[:_MOST_RANGES]:
        media, *parameters = (piece.strip().lower() for piece in entry.split(";"))
        kind, slash, subtype = media.partition("/")
        wanted = next((text[2:] for text in parameters if text.startswith("q=")), "1")
        try:
            level = float(wanted)
        except ValueError:
            continue
        if slash and 0 <= level <= 1:
            found.append(Range(kind, subtype, level))
    return found


def preferring(media: str, header: str) -> str:
    """Give an Accept header with one of its media types first and the others behind it; without it, as it was."""
    wanted = media.strip().lower()
    entries = header.split(", ")
    first = [entry for entry in entries if entry.partition(";")[0].strip().lower() == wanted]
    if not first:
        return header
    # the order is for servers that take the first, the figures are for those that do as the standard says
    return ", ".join([*first, *(f"{entry};q=0.5" for entry in entries if entry not in first)])


def quality(ranges: Sequence[Range], media: str) -> float:
    """Say how much a media type is wanted: by the most exact entry that takes it, 1 where there are no entries."""
    if not ranges:
        return 1.0
    kind, _, subtype = media.partition(";")[0].strip().lower().partition("/")
    taking = [
        (entry.type != "*", entry.subtype != "*", entry.quality)
        for entry in ranges
        if entry.type in {kind, "*"} or kind == "*"
        if entry.subtype in {subtype, "*"} or subtype == "*"
    ]
    return max(taking)[2] if taking else 0.0
