"""Range requests: which version of a resource is fetched, and whether an answer holds the bytes that were asked for."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import msgspec

from .errors import ChangedDuringTransferError, UnexpectedReplyError
from .partfile import Version
from .spans import UNKNOWN_END, Span, parse_content_range

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._link import Response

__all__ = [
    "MIB",
    "Ranges",
    "check_partial",
    "content_end",
    "content_length",
    "is_encoded",
    "range_headers",
    "ranges_of",
    "version_of",
]

MIB = 1 << 20
_MAX_PIECES = 1000


class Ranges(msgspec.Struct, frozen=True, kw_only=True):
    """How one download is spread over connections."""

    connections: int = 4
    """Connections at a time, at least 1. More pay only where the server limits each connection."""
    piece: int = 8 * MIB
    """Bytes that one range request asks for; more where the whole would take more than 1,000 requests."""
    weak: bool = False
    """Trust a weak ETag (or a date) that stays the same in every answer. HTTP calls that unsafe: set it only with a
    `check` that proves the whole file, such as `whole_zip`."""

    def __post_init__(self) -> None:
        if self.connections < 1 or self.piece < 1:
            message = f"connections and piece must be at least 1, not {self.connections} and {self.piece}"
            raise ValueError(message)

    def piece_of(self, total: int) -> int:
        """Bytes of a piece of `total` bytes."""
        return max(self.piece, -(-total // _MAX_PIECES))


def ranges_of(value: object) -> Ranges | None:
    """Ranges or None. Raises TypeError for anything else."""
    if value is not None and not isinstance(value, Ranges):
        raise TypeError(f"ranges is a Ranges, as Ranges(connections=4), not {type(value).__name__}")
    return value


def is_encoded(headers: Mapping[str, str]) -> bool:
    """Whether the body is compressed, so that lengths and offsets count other bytes."""
    return headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}


def content_length(headers: Mapping[str, str]) -> int | None:
    """Bytes of the content, None when the server does not tell or they are counted compressed."""
    text = headers.get("Content-Length", "").strip()
    known = text.isascii() and text.isdecimal() and len(text) <= 18 and "Transfer-Encoding" not in headers
    return int(text) if known and not is_encoded(headers) else None


def version_of(headers: Mapping[str, str], total: int | None) -> Version:
    """Read the validators of an answer."""
    etag = headers.get("ETag", "").strip()
    modified = headers.get("Last-Modified", "").strip()
    if etag:
        validator = etag if etag.startswith('"') and etag.endswith('"') and len(etag) > 1 else ""
    else:
        validator = modified if _is_strong_date(modified, headers.get("Date", "")) else ""
    return Version(etag, modified, total, validator)


def range_headers(span: Span, version: Version, *, open_end: bool = False) -> dict[str, str]:
    """Headers that ask for a span of this version, or for everything from its start on."""
    headers = {"Range": f"bytes={span.start}-" if open_end else f"bytes={span.start}-{span.end - 1}"}
    if version.validator:
        headers["If-Range"] = version.validator
    return headers


def check_partial(response: Response, span: Span, version: Version) -> None:
    """Make sure that a 206 holds the asked span of the known version, or the beginning of that span.

    A server may give less than was asked for (RFC 9110, 14.2); `content_end` tells where it ends.

    Raises:
        UnexpectedReplyError: another status or range, or one that cannot be read.
        ChangedDuringTransferError: another version.
    """
    if response.status != 206:
        message = f"the answer to a range request has status {response.status}, not 206"
        raise UnexpectedReplyError(message)
    found = parse_content_range(response.headers.get("Content-Range"))
    length = content_length(response.headers)
    given = None if found is None else found.span
    if (
        found is None
        or given is None
        or given.start != span.start
        or given.end > span.end
        or length not in (None, given.end - given.start)
        or is_encoded(response.headers)
    ):
        text = response.headers.get("Content-Range", "")[:100]
        message = f"bytes {span.start}-{span.end - 1} were asked for, but {text!r} came"
        raise UnexpectedReplyError(message)
    if not version.same(version_of(response.headers, found.total)):
        message = "the resource on the server changed while it was downloaded"
        raise ChangedDuringTransferError(message)


def content_end(response: Response) -> int:
    """Position after the last byte that a 206 holds; `UNKNOWN_END` for other answers."""
    found = parse_content_range(response.headers.get("Content-Range")) if response.status == 206 else None
    return UNKNOWN_END if found is None or found.span is None else found.span.end


def _is_strong_date(modified: str, date: str) -> bool:
    """RFC 9110, 8.8.2.2: a date is strong when the answer is at least one second younger."""
    try:
        return (parsedate_to_datetime(date) - parsedate_to_datetime(modified)).total_seconds() >= 1
    except (ValueError, TypeError):
        return False
