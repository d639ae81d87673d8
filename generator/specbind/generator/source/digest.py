"""One hash for all that was read of a document."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["combined_sha256"]


def combined_sha256(contents: Iterable[bytes], files: Iterable[tuple[str, str]]) -> str:
    """SHA-256 of the document and its overlays in order, then of the names and hashes of further files.

    Of a document in one file without overlays it is the plain hash of that file.
    """
    sha256 = hashlib.sha256()
    for content in contents:
        sha256.update(content)
    for name, digest in files:
        sha256.update(f"\n{digest}  {name}".encode())
    return sha256.hexdigest()
