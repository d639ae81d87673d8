"""Content encodings, unpacked in bounded steps."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Protocol

from .errors import DecodeError, TruncatedError, excerpt

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ACCEPT_ENCODING", "Decompressor", "decompressor"]

ACCEPT_ENCODING = "gzip, deflate"
_STEP = 256 * 1024
_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


class _Stream(Protocol):
    """What zlib gives."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    def decompress(self, data: bytes, /, max_length: int = 0) -> bytes: ...


class Decompressor:
    """Unpacks gzip or deflate, at most 256 KiB at a time. Check sums are checked, junk behind is refused.

    Args:
        encoding: gzip, x-gzip or deflate.
        status: status of the answer, for errors.
        secrets: texts that must not be shown in errors.
    """

    def __init__(self, encoding: str, status: int = 0, secrets: tuple[str, ...] = ()) -> None:
        self._encoding = encoding
        self._status = status
        self._secrets = secrets
        self._gzip = encoding != "deflate"
        self._stream: _Stream | None = zlib.decompressobj(_GZIP) if self._gzip else None
        self._started = False
        self._ended = False

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Unpack a piece; raises DecodeError where it is not what it says."""
        while piece:
            if self._ended:
                if not self._gzip or piece[0] != 0x1F:
                    raise self._error("bytes come behind the end of the compressed answer")
                self._stream = zlib.decompressobj(_GZIP)  # gzip may have several members
                self._ended = False
            try:
                stream = self._open(piece)
                part = stream.decompress(piece, _STEP)
            except zlib.error as error:
                begins = "" if self._started else f"; it begins {excerpt(piece, self._secrets)!r}"
                raise self._error(f"this is not what came: {error}{begins}") from None
            self._started = True
            piece = stream.unconsumed_tail
            if stream.eof:
                self._ended = True
                piece = stream.unused_data
            if part:
                yield part
            if not piece and not stream.eof:
                # output may still wait inside once the input is used up
                while part := stream.decompress(b"", _STEP):
                    yield part

    def finish(self) -> None:
        """Check that the end was reached; raises TruncatedError."""
        if self._started and not self._ended:
            raise TruncatedError(f"the {self._encoding} answer was cut off")

    def _error(self, problem: str) -> DecodeError:
        status = f" {self._status}" if self._status else ""
        message = f"the answer{status} has Content-Encoding {self._encoding}, and {problem}"
        return DecodeError(message, status=self._status)

    def _open(self, piece: bytes) -> _Stream:
        if self._stream is None:
            # "deflate" means zlib; many servers send it without the zlib header
            zlib_header = piece[0] & 0x0F == 8 and (len(piece) < 2 or (piece[0] * 256 + piece[1]) % 31 == 0)
            self._stream = zlib.decompressobj(_ZLIB if zlib_header else _RAW)
        return self._stream


def decompressor(encoding: str, status: int = 0, secrets: tuple[str, ...] = ()) -> Decompressor | None:
    """Give the decompressor of a Content-Encoding header, None for identity; raises DecodeError for an unknown one.

    `status` and `secrets` are those of the answer, for errors.
    """
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return None
    if name in {"gzip", "x-gzip", "deflate"}:
        return Decompressor(name, status, secrets)
    message = f"the answer has the content encoding {encoding[:40]!r}; {ACCEPT_ENCODING} were offered"
    raise DecodeError(message, status=status)
