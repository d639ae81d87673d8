"""How much an archive may hold."""

from __future__ import annotations

import msgspec

__all__ = ["SnapshotLimits"]


class SnapshotLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of what is read from an archive. Passing one is a SnapshotError."""

    snapshot: int = 256 << 30
    """Bytes of the snapshot in an archive."""
    members: int = 64
    """Entries of an archive."""
    document: int = 64 << 20
    """Bytes of one JSON document in it (project, meta, manifest)."""
    row_group: int = 1 << 30
    """Bytes of one row group of a table, unpacked: what is in memory at a time."""
    rows: int = 1_000_000_000
    """Rows of one table."""
    window: int = 128 << 20
    """Bytes that the decompressor may keep to look back."""
