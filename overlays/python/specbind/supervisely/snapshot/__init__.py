"""Snapshots of projects: the columnar format of the official client, written and read in constant memory."""

from __future__ import annotations

from .archive import pack, unpack
from .limits import SnapshotLimits
from .schema import FORMAT, FORMATS
from .staged import Staged, stage
from .writer import SnapshotWriter

__all__ = ["FORMAT", "FORMATS", "SnapshotLimits", "SnapshotWriter", "Staged", "pack", "stage", "unpack"]
