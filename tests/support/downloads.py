"""What the tests of downloads fetch, and what they look for afterwards."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["CONTENT", "LONG", "left"]

CONTENT = bytes(range(256)) * 40  # 10,240 bytes in pieces that show their place
LONG = hashlib.shake_128(b"seed").digest(3_000_000)


def left(target: Path) -> list[str]:
    """Names of what stands beside the target."""
    return sorted(path.name for path in target.parent.iterdir() if path != target)
