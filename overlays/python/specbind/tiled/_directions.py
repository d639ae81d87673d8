"""Directions of `sort`."""

from __future__ import annotations

from typing import Final

__all__ = ["ASCENDING", "DESCENDING"]

ASCENDING: Final = 1
"""Smallest first."""
DESCENDING: Final = -1
"""Largest first."""
