"""Supervisely, asynchronous: the names of `specbind.supervisely`, with `await`.

async with Api.from_env() as api:
    version_id = await api.project.version.create(project_id, "before the cleanup")
"""

from __future__ import annotations

from .api import Api as Api
from .data_version import DataVersion as DataVersion
from .dataset import DatasetApi as DatasetApi
from .file import FileApi as FileApi
from .image import ImageApi as ImageApi
from .project import ProjectApi as ProjectApi
from .team import TeamApi as TeamApi
from .workspace import WorkspaceApi as WorkspaceApi

__all__ = ["Api", "DataVersion", "DatasetApi", "FileApi", "ImageApi", "ProjectApi", "TeamApi", "WorkspaceApi"]
