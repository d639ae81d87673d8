"""Digests that servers promise in their headers, and the check of a file against them."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import zlib
from typing import TYPE_CHECKING, NamedTuple, Protocol

from .errors import DigestMismatchError
from .tasks import raise_if_cancelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["Digest", "check_digests", "promised_digests"]

_BLOCK = 1 << 20
_ITEM = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=\s*:?([A-Za-z0-9+/=_-]*):?\s*(?:;[^,]*)?(?:,|$)")
_NAMES = {
    "md5": "md5", "sha": "sha1", "sha1": "sha1", "sha-1": "sha1", "sha256": "sha256", "sha-256": "sha256",
    "sha512": "sha512", "sha-512": "sha512", "crc32": "crc32",
}  # fmt: skip
_LENGTHS = {"md5": 16, "sha1": 20, "sha256": 32, "sha512": 64, "crc32": 4}


class Digest(NamedTuple):
    """One digest of a whole file."""

    algorithm: str
    """`md5`, `sha1`, `sha256`, `sha512` or `crc32`."""
    value: bytes


class _Hash(Protocol):
    def update(self, block: bytes, /) -> object: ...

    def digest(self) -> bytes: ...


def promised_digests(headers: Mapping[str, str], *, partial: bool = False) -> list[Digest]:
    """Digests of the whole file that the headers of an answer promise.

    Read are `Content-MD5`, `Digest` (RFC 3230), `Repr-Digest` and `Content-Digest` (RFC 9530), `x-goog-hash` and
    `x-amz-checksum-*`. Algorithms that the standard library lacks (crc32c, crc64nvme) are passed over, as are the
    checksums of checksums that S3 gives for uploads in parts.

    Args:
        headers: headers of the answer; names in any case.
        partial: True for a 206, where `Content-MD5` and `Content-Digest` cover the part only.

    Raises:
        DigestMismatchError: a digest of a known algorithm cannot be read, so that no content could ever match it.
    """
    lower: dict[str, str] = {}
    for name, value in headers.items():  # a name may come several times
        known = lower.get(name.lower())
        lower[name.lower()] = value if known is None else f"{known}, {value}"
    return [digest for name, text in _promises(lower, partial=partial) if (digest := _digest(name, text)) is not None]


def _promises(lower: Mapping[str, str], *, partial: bool) -> Iterator[tuple[str, str]]:
    names = ["digest", "repr-digest"]
    if not partial:
        names.append("content-digest")
        if "content-md5" in lower:
            yield "md5", lower["content-md5"].strip()
    # when the store unpacks gzip on the way, its hash is that of other bytes
    if lower.get("x-goog-stored-content-encoding", "identity") == lower.get("content-encoding", "identity"):
        names.append("x-goog-hash")
    for name in names:
        yield from _ITEM.findall(lower.get(name, ""))
    if lower.get("x-amz-checksum-type", "FULL_OBJECT").upper() == "FULL_OBJECT":
        for algorithm in ("sha256", "sha1", "crc32"):
            text = lower.get(f"x-amz-checksum-{algorithm}", "").strip()
            if text and "-" not in text:
                yield algorithm, text


def _digest(name: str, text: str) -> Digest | None:
    algorithm = _NAMES.get(name.lower())
    if algorithm is None:
        return None
    length = _LENGTHS[algorithm]
    # some servers write hexadecimal where base64 is asked for; no text is of the right length as both
    for decode in (_base64, bytes.fromhex):
        with contextlib.suppress(ValueError):
            value = decode(text)
            if len(value) == length:
                return Digest(algorithm, value)
    message = f"the server promises a {algorithm} digest that cannot be read: {text[:80]!r}"
    raise DigestMismatchError(message, algorithm=algorithm, expected=text[:80])


def _base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


class _Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, block: bytes, /) -> None:
        self._value = zlib.crc32(block, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


def _start(algorithm: str) -> _Hash:
    if algorithm == "crc32":
        return _Crc32()
    return hashlib.new(algorithm, usedforsecurity=False)


def check_digests(path: Path, digests: list[Digest]) -> None:
    """Compare a file on disk with its promised digests. One pass, constant memory; blocks, so run it in a thread.

    Raises:
        DigestMismatchError: at the first difference, and for an algorithm that is not known.
    """
    if not digests:
        return
    unknown = [digest.algorithm for digest in digests if digest.algorithm not in _LENGTHS]
    if unknown:
        message = f"{unknown[0]!r} is not one of the digests that can be checked: {', '.join(sorted(_LENGTHS))}"
        raise DigestMismatchError(message, algorithm=unknown[0])
    running = {digest.algorithm: _start(digest.algorithm) for digest in digests}
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            raise_if_cancelled()
            for each in running.values():
                each.update(block)
    for algorithm, value in digests:
        actual = running[algorithm].digest()
        if actual != value:
            message = f"{path.name}: {algorithm} is {actual.hex()}, but {value.hex()} was promised; download again"
            raise DigestMismatchError(message, algorithm=algorithm, expected=value.hex(), actual=actual.hex())
