"""Byte ranges: which bytes are there, which are missing, and who fetches them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["UNKNOWN_END", "Board", "Claim", "ContentRange", "Span", "Spans", "parse_content_range"]

UNKNOWN_END = 1 << 62
"""End of a span whose length the server did not tell."""

_CONTENT_RANGE = re.compile(r"bytes (?:(\d{1,18})-(\d{1,18})|\*)/(\d{1,18}|\*)", re.ASCII | re.IGNORECASE)


class Span(NamedTuple):
    """Bytes from `start` up to, not including, `end`."""

    start: int
    end: int


class ContentRange(NamedTuple):
    """A `Content-Range` header; `span` is None for an unsatisfied range, `total` when it is not told."""

    span: Span | None
    total: int | None


def parse_content_range(header: str | None) -> ContentRange | None:
    """Read a `Content-Range` header of bytes; None when it is absent or makes no sense."""
    match = _CONTENT_RANGE.fullmatch((header or "").strip())
    if match is None:
        return None
    first, last, total = match.groups()
    whole = None if total == "*" else int(total)
    if first is None:
        return ContentRange(None, whole)
    span = Span(int(first), int(last) + 1)
    if span.start >= span.end or (whole is not None and span.end > whole):
        return None
    return ContentRange(span, whole)


class Spans:
    """A set of bytes, kept as sorted spans that do not touch."""

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._spans: list[Span] = []
        for span in spans:
            self.add(span)

    def __iter__(self) -> Iterator[Span]:
        return iter(self._spans)

    def add(self, new: Span) -> None:
        """Put in the bytes of a span."""
        if new.start >= new.end:
            return
        apart = [span for span in self._spans if span.end < new.start or span.start > new.end]
        joined = [span for span in self._spans if span.end >= new.start and span.start <= new.end]
        whole = Span(min([new.start, *(span.start for span in joined)]), max([new.end, *(span.end for span in joined)]))
        self._spans = sorted([*apart, whole])

    def missing(self, total: int) -> list[Span]:
        """Spans of `[0, total)` that are not in the set."""
        gaps: list[Span] = []
        position = 0
        for span in self._spans:
            if span.start > position:
                gaps.append(Span(position, min(span.start, total)))
            position = span.end
        if position < total:
            gaps.append(Span(position, total))
        return gaps

    @property
    def size(self) -> int:
        """Number of bytes in the set."""
        return sum(span.end - span.start for span in self._spans)

    @property
    def end(self) -> int:
        """End of the last span, 0 when empty."""
        return self._spans[-1].end if self._spans else 0


class Claim:
    """Bytes that one connection fetches: from `position`, which moves on, up to `end`.

    `limit` is where the answer ends that fills it: it cannot go on after that.
    """

    def __init__(self, span: Span) -> None:
        self.position, self.end = span
        self.limit = UNKNOWN_END

    @property
    def rest(self) -> Span:
        """What is not fetched yet."""
        return Span(self.position, self.end)


class Board:
    """The pieces that nobody fetches yet.

    The stream that began at the front goes on piece by piece (`extend`), while other connections take pieces from
    the back: when they meet, all is claimed, and nothing was asked for twice.
    """

    def __init__(self, missing: Iterable[Span], piece: int) -> None:
        self._pieces = [
            Span(start, min(start + piece, span.end))
            for span in missing
            for start in range(span.start, span.end, piece)
        ]

    def __len__(self) -> int:
        return len(self._pieces)

    def take_first(self) -> Claim | None:
        """Claim the first piece."""
        return Claim(self._pieces.pop(0)) if self._pieces else None

    def take_last(self) -> Claim | None:
        """Claim the last piece."""
        return Claim(self._pieces.pop()) if self._pieces else None

    def extend(self, claim: Claim) -> bool:
        """Let a claim go on over the next piece, if nobody has it, as far as its answer goes."""
        if claim.end < claim.limit and self._pieces and self._pieces[0].start == claim.end:
            claim.end = self._pieces.pop(0).end
            self.cut(claim, claim.limit)
            return True
        return False

    def cut(self, claim: Claim, limit: int) -> None:
        """Let a claim end with its answer at the latest, and put back the rest."""
        claim.limit = limit
        if limit < claim.end:
            rest, claim.end = Claim(Span(limit, claim.end)), limit
            self.give_back(rest)

    def give_back(self, claim: Claim) -> None:
        """Put back what a claim did not fetch."""
        if claim.position < claim.end:
            self._pieces = sorted([*self._pieces, claim.rest])
