"""How much an archive may hold."""

from __future__ import annotations

import msgspec

_ALWAYS = 64 << 20

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
    value: int = 256 << 20
    """Bytes of one value of a table, such as one mask."""
    table: int = 64 << 30
    """Bytes of the values of one table, unpacked: what the index on disk gets."""
    ratio: int = 200
    """How many times its own size a compressed file may unpack to, where that is above 64 MiB."""
    window: int = 128 << 20
    """Bytes that the decompressor may keep to look back."""

    def unpacked(self, size: int) -> SnapshotLimits:
        """The bounds for a compressed file of so many bytes."""
        return msgspec.structs.replace(self, snapshot=min(self.snapshot, max(_ALWAYS, self.ratio * size)))
