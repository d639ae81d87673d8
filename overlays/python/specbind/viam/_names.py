"""Names of files in a folder, with numbers where they are taken."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

__all__ = ["claimed", "numbered"]

_lock = threading.Lock()
_claims: set[str] = set()


def numbered(name: str) -> Iterator[str]:
    """Give a name, then the same with the numbers from 2 on before its extension."""
    stem, dot, extension = name.rpartition(".")
    if not stem:
        stem, dot, extension = name, "", ""
    yield name
    for number in count(2):
        yield f"{stem}_{number}{dot}{extension}"


def claimed(folder: Path, name: str) -> AbstractContextManager[Path]:
    """Claim a path of a folder at which nothing is, and which nothing else in this process has claimed meanwhile.

    Raises:
        OSError: the folder cannot be looked at.
    """
    with _lock:
        candidates = ((path := folder / each, os.path.normcase(path.absolute()).casefold()) for each in numbered(name))
        path, key = next((path, key) for path, key in candidates if key not in _claims and not os.path.lexists(path))
        _claims.add(key)
    return _released(path, key)


@contextmanager
def _released(path: Path, key: str) -> Generator[Path]:
    try:
        yield path
    finally:
        with _lock:
            _claims.discard(key)
