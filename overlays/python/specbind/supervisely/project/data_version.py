"""DataVersion and VersionInfo, under the module name of the official client."""

from __future__ import annotations

from specbind.supervisely._sync import DataVersion
from specbind.supervisely.types import VersionInfo

__all__ = ["DataVersion", "VersionInfo"]
