"""The blocking classes."""

from __future__ import annotations

from specbind.faces.supervisely import (
    Api,
    DatasetApi,
    DataVersion,
    FileApi,
    ImageApi,
    ProjectApi,
    TeamApi,
    WorkspaceApi,
)

__all__ = ["Api", "DataVersion", "DatasetApi", "FileApi", "ImageApi", "ProjectApi", "TeamApi", "WorkspaceApi"]
